// Nearest rows of many queries, fused: no distance is ever stored. Needs packed_layout.cu and tile_scan.cu above it.
//
// A thread holds 8 queries x 8 rows of products in registers, and the 16 lanes of a half warp share its 8 queries.

struct Stage {
    float4 queries[CHUNK][TILE / 4];
    float4 rows[CHUNK][TILE / 4];
};

// The part of a packed chunk that this thread copies: one float4 of one feature.
__device__ float4 fetched(const float* packed, long long tile, int feature, int d)
{
    feature += threadIdx.x / 32;
    const float* line = packed + (tile * d + min(feature, d - 1)) * TILE;
    return reinterpret_cast<const float4*>(line)[threadIdx.x % 32];
}

__device__ void spread(float* out, float4 a, float4 b)
{
    out[0] = a.x; out[1] = a.y; out[2] = a.z; out[3] = a.w;
    out[4] = b.x; out[5] = b.y; out[6] = b.z; out[7] = b.w;
}

// What a feature adds to a score: a product, or where APART half the square of a difference, taken away.
template <bool APART>
__device__ __forceinline__ float with(float score, float x, float y)
{
    return APART ? fmaf(-0.5f * (x - y), x - y, score) : fmaf(x, y, score);
}

// Scores of `features` staged features. The 8 queries of a thread are neighbours; its 8 rows are 4 l and 64 + 4 l onwards.
template <bool APART>
__device__ __forceinline__ void multiply(const Stage& stage, int features, float (&score)[8][8])
{
    const int warp = threadIdx.x / 32, half = threadIdx.x / 16 % 2, lane = threadIdx.x % 16;
#pragma unroll
    for (int f = 0; f < CHUNK; ++f) {
        if (f >= features) break;
        float x[8], y[8];
        spread(x, stage.queries[f][warp * 4 + half * 2], stage.queries[f][warp * 4 + half * 2 + 1]);
        spread(y, stage.rows[f][lane], stage.rows[f][16 + lane]);
#pragma unroll
        for (int i = 0; i < 8; ++i)
#pragma unroll
            for (int j = 0; j < 8; ++j) score[i][j] = with<APART>(score[i][j], x[i], y[j]);
    }
}

// Put what is above the threshold of query `i` into its list, the half warps side by side.
__device__ __forceinline__ void insert(float (&score)[8], int query, int first_row, int k, List& list)
{
    const int lane = threadIdx.x % 16, shift = threadIdx.x / 16 % 2 * 16;
    float threshold = list.threshold[query];
    for (;;) {
        float best = score[0];
        int at = 0;
#pragma unroll
        for (int j = 1; j < 8; ++j)
            if (score[j] > best) { best = score[j]; at = j; }
        const unsigned both = __ballot_sync(ALL, best > threshold);
        if (!both) break;
        const unsigned mine = both >> shift & 0xffffu;
        const int source = shift + (mine ? __ffs(mine) - 1 : 0);
        const float value = __shfl_sync(ALL, best, source);
        const int row = first_row + __shfl_sync(ALL, (at / 4) * 64 + at % 4 + 4 * lane, source);
        threshold = fmaxf(threshold, enter(list, query, value, row, mine, k));
        if (mine && shift + lane == source)
#pragma unroll
            for (int j = 0; j < 8; ++j) score[j] = j == at ? -INFINITE : score[j];
    }
    list.threshold[query] = threshold;
}

// Every score of a tile in float32.
template <bool APART>
struct Exactly {
    static constexpr bool LOSES = false;
    const Search& search;
    List& list;
    Stage (&stages)[2];
    int buffer;

    __device__ void settle() {}
    __device__ void wait() {}

    __device__ __forceinline__ bool look(int tile, bool mine, int)
    {
        const int lane = threadIdx.x % 16, first = first_query(), d = search.d;
        const long long block = blockIdx.x;
        float score[8][8], half_norms[8];
        const float4* tile_norms = reinterpret_cast<const float4*>(search.norms + (long long)tile * TILE);
        spread(half_norms, tile_norms[lane], tile_norms[16 + lane]);
#pragma unroll
        for (int i = 0; i < 8; ++i)
#pragma unroll
            for (int j = 0; j < 8; ++j) score[i][j] = -0.5f * half_norms[j];

        float4 x = fetched(search.queries, block, 0, d), y = fetched(search.packed, tile, 0, d);
        for (int f = 0; f < d; f += CHUNK, buffer ^= 1) {
            stages[buffer].queries[threadIdx.x / 32][threadIdx.x % 32] = x;
            stages[buffer].rows[threadIdx.x / 32][threadIdx.x % 32] = y;
            __syncthreads(); // one a chunk: the other buffer was read before the last one
            if (f + CHUNK < d) {
                x = fetched(search.queries, block, f + CHUNK, d);
                y = fetched(search.packed, tile, f + CHUNK, d);
            }
            if (mine) multiply<APART>(stages[buffer], d - f, score);
        }
        bool better = false;
#pragma unroll
        for (int i = 0; i < 8; ++i)
#pragma unroll
            for (int j = 0; j < 8; ++j) better |= score[i][j] > list.threshold[first + i];
        if (!mine || !__any_sync(ALL, better)) return false;
#pragma unroll
        for (int i = 0; i < 8; ++i) insert(score[i], first + i, tile * TILE, search.k, list);
        return true; // what is wanted of the group may be less now
    }
};

// Lists (parts, places, k) of the rows of each part: squares, and places in the packed order (-1: none was near enough).
// Grid: blocks of queries x parts of `part` tiles, a multiple of 32. `radius` (m,) may be null, `order` as in `pack`;
// `visited` may be null, or counts the tiles that blocks staged and that warps multiplied. Where `gave_up` (parts, blocks) is
// not null, the lists of blocks that did not give up are there already.
extern "C" __global__ void __launch_bounds__(THREADS, 2)
nearest(const float* packed, const float* norms, const float* low, const float* high, int tiles, int part,
        const float* queries, const float* query_norms, const float* query_low, const float* query_high,
        const long long* order, const double* radius, const int* seed, int d, int k, float* squares, int* places,
        unsigned long long* visited, const unsigned char* gave_up)
{
    __shared__ Stage stages[2];
    __shared__ List list;
    __shared__ Told told[2];
    if (gave_up && !gave_up[(long long)blockIdx.y * gridDim.x + blockIdx.x]) return;
    const Search search{packed, norms, low, high, tiles, part, queries, query_norms, query_low, query_high, order, radius, seed,
                        d, k};
    Exactly<false> scorer{search, list, stages, 0};
    open_lists(search, list);
    walk<1>(search, list, told, scorer, visited);
    close_lists(search, list, squares, places);
}

// The same by differences, where it is given 0 for every finite norm: slower, and a square errs in proportion to itself alone.
extern "C" __global__ void __launch_bounds__(THREADS, 2)
nearest_apart(const float* packed, const float* norms, const float* low, const float* high, int tiles, int part,
              const float* queries, const float* query_norms, const float* query_low, const float* query_high,
              const long long* order, const double* radius, const int* seed, int d, int k, float* squares, int* places,
              unsigned long long* visited)
{
    __shared__ Stage stages[2];
    __shared__ List list;
    __shared__ Told told[2];
    const Search search{packed, norms, low, high, tiles, part, queries, query_norms, query_low, query_high, order, radius, seed,
                        d, k};
    Exactly<true> scorer{search, list, stages, 0};
    open_lists(search, list);
    walk<1>(search, list, told, scorer, visited);
    close_lists(search, list, squares, places);
}

// The lists of all parts as one a query, in the caller's order and row numbers. One thread a query.
extern "C" __global__ void merge(const float* squares, const int* places, int parts, long long lists, int k, long long m,
                                 const long long* query_order, const long long* row_order, float* D, long long* rows)
{
    const long long query = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (query >= m) return;
    float best[LISTED];
    int at[LISTED];
    for (int l = 0; l < k; ++l) { best[l] = INFINITE; at[l] = -1; }
    for (int part = 0; part < parts; ++part)
        for (int e = 0; e < k; ++e) {
            const long long in = (part * lists + query) * k + e;
            float value = squares[in];
            int place = places[in];
            if (!(value < best[k - 1])) break; // this part's list is sorted
            for (int l = 0; l < k; ++l)
                if (value < best[l]) {
                    const float v = best[l]; best[l] = value; value = v;
                    const int p = at[l]; at[l] = place; place = p;
                }
        }
    const long long out = (query_order ? query_order[query] : query) * k;
    for (int l = 0; l < k; ++l) {
        D[out + l] = best[l];
        rows[out + l] = at[l] < 0 ? 0 : row_order ? row_order[at[l]] : at[l];
    }
}
