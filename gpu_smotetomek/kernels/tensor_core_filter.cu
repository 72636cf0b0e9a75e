// Nearest rows of many queries, with a filter on tensor cores before the float32 scores. Needs packed_layout.cu, tile_scan.cu and
// fp16_fragments.cu before it.
//
// A warp keeps its 16 queries in registers and multiplies them with fragments of 8 rows that the block stages. Pairs that pass
// the filter are queued. As soon as 32 pairs of a warp wait, they are scored as in nearest_by_products: the same bits enter the
// same lists. Until then the thresholds are old, which only lets more pairs pass.

constexpr int STAGED_FRAGMENTS = FEATURE_STEPS <= 2 ? 16 : FEATURE_STEPS <= 4 ? 8 : 4; // 9 KiB at most
constexpr int INTERLEAVED = 4; // fragments whose products a warp interleaves
constexpr int RESIDENT_BLOCKS = FEATURE_STEPS == 1 ? 3 : 2; // on a multiprocessor: as many as registers allow
constexpr int QUEUE_PAIRS = 64; // of a warp

// When a block abandons the filter. A pair that passes costs about as much as PRODUCTS_PER_PAIR products in nearest_by_products.
// Lists start empty, so the first FREE_PAIRS pairs of a warp are free, and FREE_PAIRS_PER_ENTRY more for each of the k entries.
// Tiles in which few pairs pass earn credit, at most MAX_CREDIT.
constexpr int PRODUCTS_PER_PAIR = 128, FREE_PAIRS = 96 * QUERIES_PER_WARP, FREE_PAIRS_PER_ENTRY = 8 * QUERIES_PER_WARP;
constexpr int MAX_CREDIT = 1 << 16;
// The squared diagonal of the nearest tile's box, in margins of a query, below which most of its rows would pass.
constexpr float MIN_DIAGONAL_MARGINS = 64.0f;

struct PairQueue {
    int slot[WARPS][QUEUE_PAIRS];
    unsigned char query[WARPS][QUEUE_PAIRS]; // among the queries of the warp
};

struct FilteredScorer {
    static constexpr bool HAS_FILTER = true;
    const Search& search;
    TopKLists& lists;
    const int* row_fragments;
    int4 (&stages)[2][STAGED_FRAGMENTS * FRAGMENT_WORDS / 4];
    PairQueue& queue;
    unsigned long long* counters;
    int filter_cost, buffer, prefetched, queued; // cost in pairs; the tile whose first fragments are staged, or -1
    // for queries lane / 4 and lane / 4 + 8 of the warp
    int4 x[FEATURE_STEPS];
    float margin[2], min_sum[2];

    __device__ void load_queries(const int* query_fragments)
    {
        const int lane = threadIdx.x % 32;
        query_fragments += ((long long)blockIdx.x * WARPS + threadIdx.x / 32) * (2 * FRAGMENT_WORDS);
#pragma unroll
        for (int step = 0; step < FEATURE_STEPS; ++step)
            x[step] = reinterpret_cast<const int4*>(query_fragments)[step * 32 + lane];
        for (int i = 0; i < 2; ++i)
            margin[i] = __int_as_float(query_fragments[QUERIES_PER_WARP * FEATURES / 2 + lane / 4 + 8 * i]);
        const int free_pairs = FREE_PAIRS + FREE_PAIRS_PER_ENTRY * search.k;
        filter_cost = filter_useless() ? free_pairs : -free_pairs;
        buffer = queued = 0;
        prefetched = -1;
    }

    // Whether the rows of the tile nearest to this warp lie so close together that float16 cannot separate them.
    __device__ bool filter_useless()
    {
        const int tile = search.seeds[((long long)blockIdx.y * gridDim.x + blockIdx.x) * WARPS + threadIdx.x / 32];
        float sq_diagonal = 0, largest = fmaxf(margin[0], margin[1]);
        for (int f = threadIdx.x % 32; f < search.d; f += 32) {
            const long long r = box_index(tile, f, search.d);
            sq_diagonal = fmaf(search.high[r] - search.low[r], search.high[r] - search.low[r], sq_diagonal);
        }
        for (int step = 16; step; step /= 2) {
            sq_diagonal += __shfl_xor_sync(ALL_LANES, sq_diagonal, step);
            largest = fmaxf(largest, __shfl_xor_sync(ALL_LANES, largest, step));
        }
        return sq_diagonal < MIN_DIAGONAL_MARGINS * largest;
    }

    __device__ void refresh_thresholds()
    {
        __syncwarp(); // other lanes wrote the thresholds
        for (int i = 0; i < 2; ++i) {
            const int query = threadIdx.x / 32 * QUERIES_PER_WARP + threadIdx.x % 32 / 4 + 8 * i;
            min_sum[i] = 65536.0f * __fsub_rd(lists.threshold[query], margin[i]);
        }
    }

    __device__ __forceinline__ void flush()
    {
        if (queued) score_queued(); // at most 31 pairs wait here
        refresh_thresholds();
    }

    __device__ void await_copies() { ::await_copies(); }

    __device__ __forceinline__ void stage_fragments(int tile, int fragment, int into)
    {
        const long long first_word = ((long long)tile * TILE_FRAGMENTS + fragment) * FRAGMENT_WORDS;
        const int4* from = reinterpret_cast<const int4*>(row_fragments + first_word);
        for (int at = threadIdx.x; at < STAGED_FRAGMENTS * FRAGMENT_WORDS / 4; at += SEARCH_THREADS)
            copy_async(stages[into] + at, from + at);
    }

    __device__ __forceinline__ bool score_tile(int tile, bool scores, int next)
    {
        if (tile != prefetched) {
            stage_fragments(tile, 0, buffer);
            ::await_copies();
            __syncthreads();
        }
        bool passed = false;
#pragma unroll 1
        for (int fragment = 0; fragment < TILE_FRAGMENTS; fragment += STAGED_FRAGMENTS, buffer ^= 1) {
            if (fragment) {
                ::await_copies();
                __syncthreads();
            }
            // the other buffer was read before the last barrier
            if (fragment + STAGED_FRAGMENTS < TILE_FRAGMENTS) stage_fragments(tile, fragment + STAGED_FRAGMENTS, buffer ^ 1);
            else if (next >= 0) stage_fragments(next, 0, buffer ^ 1);
            if (scores && filter_staged(tile * TILE_ROWS + fragment * FRAGMENT_ROWS)) passed = true;
        }
        prefetched = next;
        if (scores) filter_cost = max(filter_cost - QUERIES_PER_WARP * TILE_ROWS / PRODUCTS_PER_PAIR, -MAX_CREDIT);
        return passed;
    }

    // Enqueues the pairs of the staged fragments that pass, and returns whether there is one.
    __device__ __forceinline__ bool filter_staged(int first_slot)
    {
        const int lane = threadIdx.x % 32;
        const int2* y = reinterpret_cast<const int2*>(stages[buffer]) + lane;
        const float2* starts = reinterpret_cast<const float2*>(stages[buffer]) + FRAGMENT_ROWS * FEATURES / 4 + lane % 4;
        bool passed = false;
#pragma unroll 1
        for (int slot = first_slot; slot < first_slot + STAGED_FRAGMENTS * FRAGMENT_ROWS; slot += INTERLEAVED * FRAGMENT_ROWS) {
            float sum[INTERLEAVED][4];
#pragma unroll
            for (int i = 0; i < INTERLEAVED; ++i) {
                const float2 start = starts[i * FRAGMENT_WORDS / 2];
                sum[i][0] = sum[i][2] = start.x;
                sum[i][1] = sum[i][3] = start.y;
            }
#pragma unroll
            for (int step = 0; step < FEATURE_STEPS; ++step)
#pragma unroll
                for (int i = 0; i < INTERLEAVED; ++i) multiply_fp16(sum[i], x[step], y[i * FRAGMENT_WORDS / 2 + step * 32]);
            y += INTERLEAVED * FRAGMENT_WORDS / 2;
            starts += INTERLEAVED * FRAGMENT_WORDS / 2;
            float largest[2]; // maxima of pairs: each comparison of a chain would wait for the one before
            for (int j = 0; j < 2; ++j)
                largest[j] = fmaxf(fmaxf(fmaxf(sum[0][2 * j], sum[0][2 * j + 1]), fmaxf(sum[1][2 * j], sum[1][2 * j + 1])),
                                   fmaxf(fmaxf(sum[2][2 * j], sum[2][2 * j + 1]), fmaxf(sum[3][2 * j], sum[3][2 * j + 1])));
            if (!__any_sync(ALL_LANES, largest[0] > min_sum[0] || largest[1] > min_sum[1])) continue;
            unsigned passing = 0;
#pragma unroll
            for (int i = 0; i < INTERLEAVED; ++i)
#pragma unroll
                for (int j = 0; j < 4; ++j) passing |= (sum[i][j] > min_sum[j / 2] ? 1u : 0u) << (4 * i + j);
            enqueue(passing, slot);
            passed = true;
        }
        return passed;
    }

    // Bit 4 i + j of `passing`: sum j of fragment i passes, that of query lane / 4 + j / 2 * 8 and row lane % 4 * 2 + j % 2.
    __device__ __forceinline__ void enqueue(unsigned passing, int first_slot)
    {
        const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
#pragma unroll 1
        for (int bit = 0; bit < 4 * INTERLEAVED; ++bit) {
            const bool passes = passing >> bit & 1u;
            const unsigned passing_lanes = __ballot_sync(ALL_LANES, passes);
            if (passes) {
                const int at = queued + __popc(passing_lanes & ((1u << lane) - 1));
                queue.slot[warp][at] = first_slot + bit / 4 * FRAGMENT_ROWS + lane % 4 * 2 + bit % 2;
                queue.query[warp][at] = lane / 4 + bit / 2 % 2 * 8;
            }
            queued += __popc(passing_lanes);
            __syncwarp();
            if (queued >= 32) {
                score_queued();
                refresh_thresholds();
            }
        }
    }

    // Scores the last 32 queued pairs, or all if there are fewer, one per lane, and inserts those above the thresholds.
    __device__ __forceinline__ void score_queued()
    {
        const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, half = threadIdx.x / 16 % 2, count = min(queued, 32);
        queued -= count;
        filter_cost += count;
        if (counters && lane == 0) atomicAdd(counters + 2, (unsigned long long)count);
        int slot = 0, query = first_query();
        float score = -INFINITE;
        if (lane < count) {
            slot = queue.slot[warp][queued + lane];
            query = warp * QUERIES_PER_WARP + queue.query[warp][queued + lane];
            const float* x = search.queries + (long long)blockIdx.x * search.d * TILE_ROWS + query;
            const float* y = search.packed + (long long)(slot / TILE_ROWS) * search.d * TILE_ROWS + slot % TILE_ROWS;
            score = -0.5f * search.sq_norms[slot];
#pragma unroll 16
            for (int f = 0; f < search.d; ++f) score = fmaf(x[f * TILE_ROWS], y[f * TILE_ROWS], score);
        }
        for (;;) { // both half warps at the same time, each for its own queries
            const bool is_better = score > lists.threshold[query];
            const unsigned lower = __ballot_sync(ALL_LANES, is_better && query % QUERIES_PER_WARP < 8);
            const unsigned upper = __ballot_sync(ALL_LANES, is_better && query % QUERIES_PER_WARP >= 8);
            if (!(lower | upper)) break;
            const unsigned offering = half ? upper : lower;
            const int source = offering ? __ffs(offering) - 1 : 0;
            const float source_score = __shfl_sync(ALL_LANES, score, source);
            const int source_slot = __shfl_sync(ALL_LANES, slot, source), source_query = __shfl_sync(ALL_LANES, query, source);
            const int target = offering ? source_query : first_query();
            const float kth_score = insert_sorted(lists, target, source_score, source_slot, offering, search.k);
            lists.threshold[target] = fmaxf(lists.threshold[target], kth_score);
            if (lane == __ffs(lower) - 1 || lane == __ffs(upper) - 1) score = -INFINITE;
            __syncwarp();
        }
    }
};

// As nearest_by_products, which must search the blocks that are marked in `abandoned` (parts, blocks) afterwards. counters[2]
// counts the pairs that passed.
extern "C" __global__ void __launch_bounds__(SEARCH_THREADS, RESIDENT_BLOCKS)
nearest_filtered(const __grid_constant__ Search search, float* sq_distances, int* slots, unsigned long long* counters,
                 unsigned char* abandoned, const int* row_fragments, const int* query_fragments)
{
    __shared__ int4 stages[2][STAGED_FRAGMENTS * FRAGMENT_WORDS / 4];
    __shared__ TopKLists lists;
    __shared__ PairQueue queue;
    __shared__ WarpVotes votes[2];
    FilteredScorer scorer{search, lists, row_fragments, stages, queue, counters};
    scorer.load_queries(query_fragments);
    clear_lists(search, lists);
    const bool is_done = scan_tiles<8>(search, lists, votes, scorer, counters);
    if (threadIdx.x == 0) abandoned[(long long)blockIdx.y * gridDim.x + blockIdx.x] = !is_done;
    if (is_done) write_lists(search, lists, sq_distances, slots);
}
