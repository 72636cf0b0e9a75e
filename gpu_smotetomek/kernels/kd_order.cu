// A k-d order of rows: all nodes of a level are split at their medians along one feature, so near rows get near slots.
//
// `order` (total,) holds every row number below n; larger numbers are padding, and come last in every node.

static_assert(MAX_BLOCK_LEVELS == 8, "two words hold the features of the levels, four in each");

// An unsigned number that sorts as the value does; padding sorts last.
__device__ unsigned sort_key(const float* X, long long n, int d, int feature, long long row)
{
    if (row >= n) return 0xffffffffu;
    const unsigned bits = (unsigned)__float_as_int(X[row * d + feature]);
    return bits >> 31 ? ~bits : bits | 0x80000000u;
}

// Keys (total,) whose sort orders each node of 2^shift rows by a feature: the node's number, then the row's key.
extern "C" __global__ void compute_node_keys(const float* X, long long n, int d, int feature, const long long* order, int shift,
                                             long long total, long long* keys)
{
    const long long slot = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (slot < total) keys[slot] = (slot >> shift) << 32 | sort_key(X, n, d, feature, order[slot]);
}

// Splits each node of `width` rows, a power of two up to MAX_NODE_ROWS, `levels` times in place. One block per node. `early` and
// `late` hold the features of the levels, four in each, 16 bits each, the first one lowest.
extern "C" __global__ void kd_order_block(const float* X, long long n, int d, long long* order, int width, int levels,
                                          unsigned long long early, unsigned long long late)
{
    __shared__ unsigned keys[MAX_NODE_ROWS];
    __shared__ int rows[MAX_NODE_ROWS];
    long long* node_order = order + (long long)blockIdx.x * width;
    for (int i = threadIdx.x; i < width; i += blockDim.x)
        rows[i] = (int)(node_order[i] < n ? node_order[i] : n); // the number of a padding row may exceed an int
    for (int level = 0; level < levels; ++level) {
        const int feature = (int)((level < 4 ? early >> 16 * level : late >> 16 * (level - 4)) & 0xffff);
        const int node = width >> level;
        __syncthreads();
        for (int i = threadIdx.x; i < width; i += blockDim.x) keys[i] = sort_key(X, n, d, feature, rows[i]);
        for (int size = 2; size <= node; size *= 2) // a bitonic sort of all nodes at once
            for (int step = size / 2; step; step /= 2) {
                __syncthreads();
                for (int pair = threadIdx.x; pair < width / 2; pair += blockDim.x) {
                    const int low = 2 * pair - (pair & (step - 1)), high = low + step;
                    const bool ascending = size == node || !(low & size);
                    if ((keys[low] > keys[high]) == ascending && keys[low] != keys[high]) {
                        const unsigned key = keys[low];
                        const int row = rows[low];
                        keys[low] = keys[high];
                        rows[low] = rows[high];
                        keys[high] = key;
                        rows[high] = row;
                    }
                }
            }
    }
    __syncthreads();
    for (int i = threadIdx.x; i < width; i += blockDim.x) node_order[i] = rows[i];
}
