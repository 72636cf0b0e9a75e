// The packed layout of rows: tiles of TILE_ROWS rows, feature after feature, and a box around each group of rows.
//
//   packed[tile][feature][lane]        a chunk of features of a tile is contiguous and aligned, and is copied by float4
//   sq_norms[tile][lane]               squared norms; infinite in slots after the last row
//   low, high[box / 32][feature][box % 32]     the lanes of a warp read 32 boxes side by side

constexpr int CHUNK_FEATURES = 8; // staged at a time
constexpr int WARPS = SEARCH_THREADS / 32;
constexpr unsigned ALL_LANES = 0xffffffffu;
#define INFINITE __int_as_float(0x7f800000)

static_assert(BOX_GROUP == 32 && QUERIES_PER_WARP == 16 && WARPS == 8, "the kernels count on these sizes");

// Packs rows. One block per tile, one thread per row. `order` holds the row of X for each slot; null: slot i holds row i.
// The squared norm is summed in double, where each product is exact, and rounded once.
extern "C" __global__ void pack_rows(const float* X, const long long* order, long long n, int d, float* packed, float* sq_norms)
{
    const long long slot = (long long)blockIdx.x * TILE_ROWS + threadIdx.x;
    float* column = packed + (long long)blockIdx.x * d * TILE_ROWS + threadIdx.x;
    const float* row = X + (slot < n ? (order ? order[slot] : slot) : 0) * d;
    double sum = 0;
    for (int f = 0; f < d; ++f) {
        const float value = slot < n ? row[f] : 0.0f;
        column[(long long)f * TILE_ROWS] = value;
        sum = __dadd_rn(sum, __dmul_rn((double)value, (double)value));
    }
    sq_norms[slot] = slot < n ? __double2float_rn(sum) : INFINITE;
}

__device__ long long box_index(long long box, int feature, int d)
{
    return ((box >> 5) * d + feature) * 32 + (box & 31);
}

// Computes the boxes around groups of `rows_per_box` slots. One thread per box, one grid row per feature. A box without rows is
// empty: low above high.
extern "C" __global__ void compute_boxes(const float* packed, const float* sq_norms, long long boxes, int rows_per_box, int d,
                                         float* low, float* high)
{
    const long long box = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (box >= boxes) return;
    for (int f = blockIdx.y; f < d; f += gridDim.y) {
        float smallest = INFINITE, largest = -INFINITE;
        for (long long slot = box * rows_per_box; slot < (box + 1) * rows_per_box; ++slot) {
            if (sq_norms[slot] == INFINITE) break;
            const float value = packed[((slot / TILE_ROWS) * d + f) * TILE_ROWS + slot % TILE_ROWS];
            smallest = fminf(smallest, value);
            largest = fmaxf(largest, value);
        }
        low[box_index(box, f, d)] = smallest;
        high[box_index(box, f, d)] = largest;
    }
}

// Chooses the tile where each search starts: the tile of the part whose box is nearest to the centre of a box of queries.
// One warp per box of queries (x) and part (y).
extern "C" __global__ void choose_seeds(const float* query_low, const float* query_high, const float* low, const float* high,
                                        int tiles, int tiles_per_part, int d, int* seeds)
{
    const int lane = threadIdx.x, end = min(tiles, ((int)blockIdx.y + 1) * tiles_per_part);
    float nearest = INFINITE;
    int seed = blockIdx.y * tiles_per_part;
    for (int tile = blockIdx.y * tiles_per_part + lane; tile < end; tile += 32) {
        float sq_distance = 0;
        for (int f = 0; f < d; ++f) {
            const long long q = box_index(blockIdx.x, f, d), r = box_index(tile, f, d);
            const float centre = 0.5f * query_low[q] + 0.5f * query_high[q];
            const float distance = fmaxf(0.0f, fmaxf(low[r] - centre, centre - high[r]));
            sq_distance = fmaf(distance, distance, sq_distance);
        }
        if (sq_distance < nearest) { nearest = sq_distance; seed = tile; }
    }
    for (int step = 16; step; step /= 2) {
        const float other = __shfl_xor_sync(ALL_LANES, nearest, step);
        const int other_seed = __shfl_xor_sync(ALL_LANES, seed, step);
        if (other < nearest || (other == nearest && other_seed < seed)) { nearest = other; seed = other_seed; }
    }
    if (lane == 0) seeds[(long long)blockIdx.y * gridDim.x + blockIdx.x] = seed;
}
