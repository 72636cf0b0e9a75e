// Rows as the search wants them: tiles of TILE rows, feature after feature, and a box around each group of rows.
//
//   packed[tile][feature][lane]        a chunk of features of a tile is contiguous and aligned: it is copied by float4
//   norms[tile][lane]                  squares of the norms; infinite beyond the last row
//   low, high[group / 32][feature][group % 32]     32 boxes are read side by side by the lanes of a warp

constexpr int TILE = 128;    // rows of a tile, and queries of a block
constexpr int CHUNK = 8;     // features that are staged at a time
constexpr int WARPS = 8;     // of a block
constexpr int THREADS = 32 * WARPS;
constexpr int OWN = TILE / WARPS; // queries of a warp
constexpr int LISTED = 16;   // longest list
constexpr unsigned ALL = 0xffffffffu;
#define INFINITE __int_as_float(0x7f800000)

// One block a tile, one thread a row. `order` says which row of X stands where; null: as it comes.
// The sum of the squares is taken in double, where each is exact, and rounded once.
extern "C" __global__ void pack(const float* X, const long long* order, long long n, int d, float* packed, float* norms)
{
    const long long place = (long long)blockIdx.x * TILE + threadIdx.x;
    float* column = packed + (long long)blockIdx.x * d * TILE + threadIdx.x;
    const float* row = X + (place < n ? (order ? order[place] : place) : 0) * d;
    double sum = 0;
    for (int f = 0; f < d; ++f) {
        const float value = place < n ? row[f] : 0.0f;
        column[(long long)f * TILE] = value;
        sum = __dadd_rn(sum, __dmul_rn((double)value, (double)value));
    }
    norms[place] = place < n ? __double2float_rn(sum) : INFINITE;
}

__device__ long long box_at(long long group, int feature, int d)
{
    return ((group >> 5) * d + feature) * 32 + (group & 31);
}

// One thread a group of `width` rows, one feature a grid row. A group without rows gets an empty box: low above high.
extern "C" __global__ void boxes(const float* packed, const float* norms, long long groups, int width, int d, float* low, float* high)
{
    const long long group = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (group >= groups) return;
    for (int f = blockIdx.y; f < d; f += gridDim.y) {
        float least = INFINITE, most = -INFINITE;
        for (long long place = group * width; place < (group + 1) * width; ++place) {
            if (norms[place] == INFINITE) break;
            const float value = packed[((place / TILE) * d + f) * TILE + place % TILE];
            least = fminf(least, value);
            most = fmaxf(most, value);
        }
        low[box_at(group, f, d)] = least;
        high[box_at(group, f, d)] = most;
    }
}

// Where the search begins: of the tiles of each part, the one whose box is nearest to the middle of a box of queries.
// One warp a box of queries (x) and part (y).
extern "C" __global__ void seeds(const float* query_low, const float* query_high, const float* low, const float* high,
                                 int tiles, int part, int d, int* seed)
{
    const int lane = threadIdx.x, end = min(tiles, ((int)blockIdx.y + 1) * part);
    float best = INFINITE;
    int at = blockIdx.y * part;
    for (int tile = blockIdx.y * part + lane; tile < end; tile += 32) {
        float apart = 0;
        for (int f = 0; f < d; ++f) {
            const long long q = box_at(blockIdx.x, f, d), r = box_at(tile, f, d);
            const float middle = 0.5f * query_low[q] + 0.5f * query_high[q];
            const float gap = fmaxf(0.0f, fmaxf(low[r] - middle, middle - high[r]));
            apart = fmaf(gap, gap, apart);
        }
        if (apart < best) { best = apart; at = tile; }
    }
    for (int step = 16; step; step /= 2) {
        const float other = __shfl_xor_sync(ALL, best, step);
        const int there = __shfl_xor_sync(ALL, at, step);
        if (other < best || (other == best && there < at)) { best = other; at = there; }
    }
    if (lane == 0) seed[(long long)blockIdx.y * gridDim.x + blockIdx.x] = at;
}
