// Nearest rows of many queries, without storing any distance but those of the lists. Needs packed_layout.cu and tile_scan.cu
// before it.
//
// A thread holds the scores of 8 queries x 8 rows in registers, and the 16 lanes of a half warp share its 8 queries.

struct Stage {
    float4 queries[CHUNK_FEATURES][TILE_ROWS / 4];
    float4 rows[CHUNK_FEATURES][TILE_ROWS / 4];
};

// The float4 of a packed chunk that this thread copies.
__device__ float4 load_chunk(const float* packed, long long tile, int feature, int d)
{
    feature += threadIdx.x / 32;
    const float* line = packed + (tile * d + min(feature, d - 1)) * TILE_ROWS;
    return reinterpret_cast<const float4*>(line)[threadIdx.x % 32];
}

__device__ void unpack(float* out, float4 a, float4 b)
{
    out[0] = a.x; out[1] = a.y; out[2] = a.z; out[3] = a.w;
    out[4] = b.x; out[5] = b.y; out[6] = b.z; out[7] = b.w;
}

// Adds a feature to a score: its product, or, by differences, minus half its squared difference.
template <bool BY_DIFFERENCES>
__device__ __forceinline__ float accumulate(float score, float x, float y)
{
    return BY_DIFFERENCES ? fmaf(-0.5f * (x - y), x - y, score) : fmaf(x, y, score);
}

// Adds up to `features` staged features to all scores. The 8 queries of a thread are adjacent; its rows are 4 from 4 l and 4 from
// 64 + 4 l.
template <bool BY_DIFFERENCES>
__device__ __forceinline__ void accumulate_chunk(const Stage& stage, int features, float (&score)[8][8])
{
    const int warp = threadIdx.x / 32, half = threadIdx.x / 16 % 2, lane = threadIdx.x % 16;
#pragma unroll
    for (int f = 0; f < CHUNK_FEATURES; ++f) {
        if (f >= features) break;
        float x[8], y[8];
        unpack(x, stage.queries[f][warp * 4 + half * 2], stage.queries[f][warp * 4 + half * 2 + 1]);
        unpack(y, stage.rows[f][lane], stage.rows[f][16 + lane]);
#pragma unroll
        for (int i = 0; i < 8; ++i)
#pragma unroll
            for (int j = 0; j < 8; ++j) score[i][j] = accumulate<BY_DIFFERENCES>(score[i][j], x[i], y[j]);
    }
}

// Inserts the scores above the threshold into the list of `query`; both half warps insert at the same time.
__device__ __forceinline__ void insert_scores(float (&score)[8], int query, int first_slot, int k, TopKLists& lists)
{
    const int lane = threadIdx.x % 16, shift = threadIdx.x / 16 % 2 * 16;
    float threshold = lists.threshold[query];
    for (;;) {
        float best = score[0];
        int at = 0;
#pragma unroll
        for (int j = 1; j < 8; ++j)
            if (score[j] > best) { best = score[j]; at = j; }
        const unsigned offering = __ballot_sync(ALL_LANES, best > threshold);
        if (!offering) break;
        const unsigned half_offering = offering >> shift & 0xffffu;
        const int source = shift + (half_offering ? __ffs(half_offering) - 1 : 0);
        const float source_score = __shfl_sync(ALL_LANES, best, source);
        const int slot = first_slot + __shfl_sync(ALL_LANES, (at / 4) * 64 + at % 4 + 4 * lane, source);
        threshold = fmaxf(threshold, insert_sorted(lists, query, source_score, slot, half_offering, k));
        if (half_offering && shift + lane == source)
#pragma unroll
            for (int j = 0; j < 8; ++j) score[j] = j == at ? -INFINITE : score[j];
    }
    lists.threshold[query] = threshold;
}

// Computes every score of a tile in float32.
template <bool BY_DIFFERENCES>
struct Float32Scorer {
    static constexpr bool HAS_FILTER = false;
    const Search& search;
    TopKLists& lists;
    Stage (&stages)[2];
    int buffer;

    __device__ void flush() {}
    __device__ void await_copies() {}

    __device__ __forceinline__ bool score_tile(int tile, bool scores, int)
    {
        const int lane = threadIdx.x % 16, first = first_query(), d = search.d;
        const long long block = blockIdx.x;
        float score[8][8], sq_norms[8];
        const float4* tile_sq_norms = reinterpret_cast<const float4*>(search.sq_norms + (long long)tile * TILE_ROWS);
        unpack(sq_norms, tile_sq_norms[lane], tile_sq_norms[16 + lane]);
#pragma unroll
        for (int i = 0; i < 8; ++i)
#pragma unroll
            for (int j = 0; j < 8; ++j) score[i][j] = -0.5f * sq_norms[j];

        float4 x = load_chunk(search.queries, block, 0, d), y = load_chunk(search.packed, tile, 0, d);
        for (int f = 0; f < d; f += CHUNK_FEATURES, buffer ^= 1) {
            stages[buffer].queries[threadIdx.x / 32][threadIdx.x % 32] = x;
            stages[buffer].rows[threadIdx.x / 32][threadIdx.x % 32] = y;
            __syncthreads(); // one per chunk: the other buffer was read before the last barrier
            if (f + CHUNK_FEATURES < d) {
                x = load_chunk(search.queries, block, f + CHUNK_FEATURES, d);
                y = load_chunk(search.packed, tile, f + CHUNK_FEATURES, d);
            }
            if (scores) accumulate_chunk<BY_DIFFERENCES>(stages[buffer], d - f, score);
        }
        bool is_better = false;
#pragma unroll
        for (int i = 0; i < 8; ++i)
#pragma unroll
            for (int j = 0; j < 8; ++j) is_better |= score[i][j] > lists.threshold[first + i];
        if (!scores || !__any_sync(ALL_LANES, is_better)) return false;
#pragma unroll
        for (int i = 0; i < 8; ++i) insert_scores(score[i], first + i, tile * TILE_ROWS, search.k, lists);
        return true; // fewer tiles of the group may be reachable now
    }
};

template <bool BY_DIFFERENCES>
__device__ __forceinline__ void search_block(const Search& search, float* sq_distances, int* slots, unsigned long long* counters)
{
    __shared__ Stage stages[2];
    __shared__ TopKLists lists;
    __shared__ WarpVotes votes[2];
    Float32Scorer<BY_DIFFERENCES> scorer{search, lists, stages, 0};
    clear_lists(search, lists);
    scan_tiles<1>(search, lists, votes, scorer, counters);
    write_lists(search, lists, sq_distances, slots);
}

// Lists (parts, query slots, k) of the nearest rows of each part: squared distances, and slots (-1: the list has no such entry).
// Grid: blocks of queries x parts of `tiles_per_part` tiles, a multiple of 32. `counters`, or null, counts the tiles that blocks
// staged and the tiles that warps scored. Where `abandoned` (parts, blocks) is not null, only blocks marked in it search: the
// lists of the others exist already.
extern "C" __global__ void __launch_bounds__(SEARCH_THREADS, 2)
nearest_by_products(const __grid_constant__ Search search, float* sq_distances, int* slots, unsigned long long* counters,
                    const unsigned char* abandoned)
{
    if (abandoned && !abandoned[(long long)blockIdx.y * gridDim.x + blockIdx.x]) return;
    search_block<false>(search, sq_distances, slots, counters);
}

// The same by differences, slower: the error of a squared distance is proportional to the squared distance alone. Every finite
// squared norm must be given as 0.
extern "C" __global__ void __launch_bounds__(SEARCH_THREADS, 2)
nearest_by_differences(const __grid_constant__ Search search, float* sq_distances, int* slots, unsigned long long* counters)
{
    search_block<true>(search, sq_distances, slots, counters);
}

// Merges the lists of all parts into one list per query, in the caller's order and with the caller's row numbers. One thread per
// query.
extern "C" __global__ void merge_parts(const float* part_sq_distances, const int* part_slots, int parts, long long lists_per_part,
                                       int k, long long m, const long long* query_order, const long long* row_order,
                                       float* sq_distances, long long* indices)
{
    const long long query = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (query >= m) return;
    float best[MAX_K];
    int best_slot[MAX_K];
    for (int l = 0; l < k; ++l) { best[l] = INFINITE; best_slot[l] = -1; }
    for (int part = 0; part < parts; ++part)
        for (int e = 0; e < k; ++e) {
            const long long in = (part * lists_per_part + query) * k + e;
            float value = part_sq_distances[in];
            int slot = part_slots[in];
            if (!(value < best[k - 1])) break; // the list of a part is sorted
            for (int l = 0; l < k; ++l)
                if (value < best[l]) {
                    const float next_value = best[l]; best[l] = value; value = next_value;
                    const int next_slot = best_slot[l]; best_slot[l] = slot; slot = next_slot;
                }
        }
    const long long out = (query_order ? query_order[query] : query) * k;
    for (int l = 0; l < k; ++l) {
        sq_distances[out + l] = best[l];
        indices[out + l] = best_slot[l] < 0 ? 0 : row_order ? row_order[best_slot[l]] : best_slot[l];
    }
}
