// Rows in an order that puts near ones together: all nodes of a level are split at their medians along one feature.
//
// `order` (total,) has every row number below n, and above that numbers of nobody, who come last in every node.

constexpr int WIDEST = 4096; // rows of a node that one block halves to the end

// A number in the order of the values; nobody's is the largest.
__device__ unsigned rank_of(const float* X, long long n, int d, int feature, long long row)
{
    if (row >= n) return 0xffffffffu;
    const unsigned bits = (unsigned)__float_as_int(X[row * d + feature]);
    return bits >> 31 ? ~bits : bits | 0x80000000u;
}

// What a sort puts every node of 2^shift rows in the order of a feature by: its number, then the rank of the row.
extern "C" __global__ void node_keys(const float* X, long long n, int d, int feature, const long long* order, int shift,
                                     long long total, long long* keys)
{
    const long long place = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (place < total) keys[place] = (place >> shift) << 32 | rank_of(X, n, d, feature, order[place]);
}

// One block a node of `width` rows, a power of two up to WIDEST: it is halved `levels` times, in place. The features of the
// levels stand in `early` and `late`, four in each, 16 bits each, the first one lowest.
extern "C" __global__ void halve(const float* X, long long n, int d, long long* order, int width, int levels,
                                 unsigned long long early, unsigned long long late)
{
    __shared__ unsigned ranks[WIDEST];
    __shared__ int rows[WIDEST];
    long long* own = order + (long long)blockIdx.x * width;
    for (int i = threadIdx.x; i < width; i += blockDim.x) rows[i] = (int)(own[i] < n ? own[i] : n); // nobody's may be no int
    for (int level = 0; level < levels; ++level) {
        const int feature = (int)((level < 4 ? early >> 16 * level : late >> 16 * (level - 4)) & 0xffff);
        const int node = width >> level;
        __syncthreads();
        for (int i = threadIdx.x; i < width; i += blockDim.x) ranks[i] = rank_of(X, n, d, feature, rows[i]);
        for (int size = 2; size <= node; size *= 2) // a bitonic sort of all nodes at once
            for (int step = size / 2; step; step /= 2) {
                __syncthreads();
                for (int pair = threadIdx.x; pair < width / 2; pair += blockDim.x) {
                    const int low = 2 * pair - (pair & (step - 1)), high = low + step;
                    const bool ascending = size == node || !(low & size);
                    if ((ranks[low] > ranks[high]) == ascending && ranks[low] != ranks[high]) {
                        const unsigned rank = ranks[low];
                        const int row = rows[low];
                        ranks[low] = ranks[high];
                        rows[low] = rows[high];
                        ranks[high] = rank;
                        rows[high] = row;
                    }
                }
            }
    }
    __syncthreads();
    for (int i = threadIdx.x; i < width; i += blockDim.x) own[i] = rows[i];
}
