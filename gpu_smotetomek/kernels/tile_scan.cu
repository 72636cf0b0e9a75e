// The lists of the nearest rows, and the order in which a block scans the tiles: shared by all searches. Needs packed_layout.cu
// before it.
//
// A block has TILE_ROWS queries. Each of its WARPS warps owns QUERIES_PER_WARP of them and scores all rows of a tile for these.
// Each query has a sorted list of MAX_K entries, and lane l of one half warp owns entry l: an insertion takes one comparison per
// lane, and no other thread touches the list.
//
// Rows are compared by  score = x.y - |y|^2 / 2,  which starts at -|y|^2 / 2 and takes one fused multiply-add per feature. The
// squared distance is |x|^2 - 2 score, clamped at 0; it falls as the score rises, also when both are rounded.

struct TopKLists {
    float score[TILE_ROWS][MAX_K];
    int slot[TILE_ROWS][MAX_K];
    float threshold[TILE_ROWS]; // only higher scores enter; all 16 lanes write the same value, so each reads what it wrote
};

// The arguments of a search.
struct Search {
    const float *packed, *sq_norms, *low, *high; // rows, and the boxes of their tiles
    int tiles, tiles_per_part;
    const float *queries, *query_sq_norms, *query_low, *query_high; // queries, and the boxes of their warps
    const long long* query_order; // as in pack_rows
    const double* radius; // (m,), in the caller's order; null: no limit
    const int* seeds; // (parts, warps): the tile that each warp scans first
    int d, k;
};

__device__ float sq_distance_from(float sq_norm, float score) { return fmaxf(0.0f, fmaf(-2.0f, score, sq_norm)); }

// The first of the 8 queries of the block whose lists belong to this half warp.
__device__ int first_query() { return threadIdx.x / 16 * 8; }

// Inserts a row into the list of `query` if `inserts`, and returns the score of entry k. Of equal scores the earlier stays first.
// All lanes of a half warp pass the same arguments; both halves of a warp must call, each for a query of its own.
__device__ __forceinline__ float insert_sorted(TopKLists& lists, int query, float score, int slot, bool inserts, int k)
{
    const int lane = threadIdx.x % 16;
    const float entry = lists.score[query][lane];
    const int entry_slot = lists.slot[query][lane];
    const float left = __shfl_up_sync(ALL_LANES, entry, 1, 16);
    const int left_slot = __shfl_up_sync(ALL_LANES, entry_slot, 1, 16);
    const bool changes = inserts && entry < score, takes_left = changes && lane > 0 && left < score;
    const float updated = takes_left ? left : changes ? score : entry;
    lists.score[query][lane] = updated;
    lists.slot[query][lane] = takes_left ? left_slot : changes ? slot : entry_slot;
    return __shfl_sync(ALL_LANES, updated, threadIdx.x / 16 % 2 * 16 + k - 1);
}

// Bit t is set if tile 32 group + t may hold a row whose squared distance from a query of this warp is below `max_sq_distance`.
// Coordinates are exact. The squared distance between two boxes errs by a factor of at most (d + 3) roundings, which `shrink`
// takes away, and by at most d times 2^-126, which the backend's error bound covers. So every row of a tile whose bit is clear
// has a squared distance of at least `max_sq_distance`.
__device__ unsigned reachable_tiles(const Search& search, int group, float max_sq_distance)
{
    const int tile = group * 32 + threadIdx.x % 32, d = search.d;
    const long long query_box = (long long)blockIdx.x * WARPS + threadIdx.x / 32;
    const float shrink = 1.0f - (float)(d + 16) * 0x1p-23f;
    float sq_distance = 0;
    for (int f = 0; f < d; ++f) {
        const long long q = box_index(query_box, f, d), r = box_index(tile, f, d);
        const float distance = fmaxf(0.0f, fmaxf(search.low[r] - search.query_high[q], search.query_low[q] - search.high[r]));
        sq_distance = fmaf(distance, distance, sq_distance);
    }
    return __ballot_sync(ALL_LANES, tile < search.tiles && sq_distance * shrink < max_sq_distance);
}

// Empties the lists of the 8 queries of this half warp. Slots without a query accept no score. A query with radius r accepts
// squared distances below r * r only, that is, scores above (|x|^2 - r * r) / 2.
__device__ void clear_lists(const Search& search, TopKLists& lists)
{
    const int first = first_query();
    const long long query_slot = (long long)blockIdx.x * TILE_ROWS + first;
    for (int i = 0; i < 8; ++i) {
        const float sq_norm = search.query_sq_norms[query_slot + i];
        float threshold = sq_norm == INFINITE ? INFINITE : -INFINITE;
        if (search.radius && sq_norm != INFINITE) {
            const double r = search.radius[search.query_order ? search.query_order[query_slot + i] : query_slot + i];
            threshold = __double2float_rd(__dmul_rn(0.5, __dsub_rn((double)sq_norm, __dmul_rn(r, r))));
        }
        lists.threshold[first + i] = threshold;
        lists.score[first + i][threadIdx.x % 16] = -INFINITE;
        lists.slot[first + i][threadIdx.x % 16] = -1;
    }
}

// The largest squared distance that a query of this warp still accepts; negative if the warp has no query.
__device__ float max_accepted_sq_distance(const Search& search, const TopKLists& lists)
{
    const int first = first_query();
    const float* sq_norms = search.query_sq_norms + (long long)blockIdx.x * TILE_ROWS + first;
    float largest = -1.0f;
    for (int i = 0; i < 8; ++i)
        if (sq_norms[i] != INFINITE) largest = fmaxf(largest, sq_distance_from(sq_norms[i], lists.threshold[first + i]));
    return fmaxf(largest, __shfl_xor_sync(ALL_LANES, largest, 16));
}

// Writes the lists of this block: squared distances, and slots of the rows (-1: the list has no such entry).
__device__ void write_lists(const Search& search, const TopKLists& lists, float* sq_distances, int* slots)
{
    const int first = first_query(), lane = threadIdx.x % 16;
    if (lane >= search.k) return;
    const long long query_slot = (long long)blockIdx.x * TILE_ROWS + first, part_lists = (long long)gridDim.x * TILE_ROWS;
    for (int i = 0; i < 8; ++i) {
        const long long out = (blockIdx.y * part_lists + query_slot + i) * search.k + lane;
        const float score = lists.score[first + i][lane];
        sq_distances[out] = score == -INFINITE ? INFINITE : sq_distance_from(search.query_sq_norms[query_slot + i], score);
        slots[out] = lists.slot[first + i][lane];
    }
}

// What the warps of a block exchange before each tile: the tiles of the group that each warp can reach, and its filter's cost.
struct alignas(16) WarpVotes {
    unsigned reachable[WARPS];
    int filter_cost[WARPS];
};

// Scans all tiles of the part that a warp of the block can reach. Returns false if the block abandons its filter.
//
// The seeds of the warps come first, then all other tiles, group by group around the middle seed. A scorer has
//   flush()                        brings lists and thresholds up to date
//   score_tile(tile, scores, next) scores a tile if `scores` is set, and returns whether a list has changed or may change;
//                                  `next` is the tile that most likely follows, or -1
//   await_copies()                 waits for the copies that this thread started, before the barrier
//   filter_cost                    what its filter has cost beyond its savings, if HAS_FILTER; a block whose sum of costs is
//                                  positive abandons the filter
// After every PATIENCE-th tile the reachable tiles of the group are computed again, as the lists have become better.
template <int PATIENCE, class Scorer>
__device__ __forceinline__ bool scan_tiles(const Search& search, const TopKLists& lists, WarpVotes (&votes)[2], Scorer& scorer,
                                           unsigned long long* counters)
{
    const int warp = threadIdx.x / 32;
    const int* seeds = search.seeds + ((long long)blockIdx.y * gridDim.x + blockIdx.x) * WARPS;
    const int first_group = blockIdx.y * search.tiles_per_part / 32;
    const int groups = (min(search.tiles - (int)blockIdx.y * search.tiles_per_part, search.tiles_per_part) + 31) / 32;
    const int middle = seeds[WARPS / 2] / 32 - first_group;
    int turn = 0;
    // steps -WARPS to -1 scan the seed of one warp each; step s >= 0 scans group middle, middle + 1, middle - 1, ... in a circle
    for (int step = -WARPS; step < groups; ++step) {
        const int offset = (step + 1) / 2 * (step % 2 ? 1 : -1);
        const int group = step < 0 ? seeds[step + WARPS] / 32 : first_group + (middle + offset + groups) % groups;
        unsigned scanned_seeds = 0; // tiles of this group that were scanned as seeds
        for (int w = 0; w < min(WARPS, step + WARPS); ++w)
            if (seeds[w] / 32 == group) scanned_seeds |= 1u << seeds[w] % 32;
        unsigned remaining = ~scanned_seeds, reachable = 0;
        if (step < 0) remaining &= 1u << seeds[step + WARPS] % 32;

        int scanned = 0;
        for (bool is_stale = true;;) {
            if (is_stale && scanned % PATIENCE == 0 && (PATIENCE == 1 || scanned == 0 || reachable != ALL_LANES)) {
                scorer.flush();
                reachable = reachable_tiles(search, group, max_accepted_sq_distance(search, lists));
                is_stale = false;
            }
            if (threadIdx.x % 32 == 0) {
                votes[turn].reachable[warp] = reachable & remaining;
                if constexpr (Scorer::HAS_FILTER) votes[turn].filter_cost[warp] = scorer.filter_cost;
            }
            scorer.await_copies();
            __syncthreads();
            unsigned needed = 0;
            int filter_cost = 0;
#pragma unroll
            for (int w = 0; w < WARPS; ++w) {
                needed |= votes[turn].reachable[w];
                if constexpr (Scorer::HAS_FILTER) filter_cost += votes[turn].filter_cost[w];
            }
            turn ^= 1; // one barrier is enough: these votes are overwritten only after the next barrier
            if (filter_cost > 0) return false;
            if (!needed) break;
            const int bit = __ffs(needed) - 1, next_bit = __ffs(needed & (needed - 1)) - 1;
            const bool scores = reachable >> bit & 1u;
            remaining &= ~(1u << bit);
            ++scanned;
            if (counters && threadIdx.x % 32 == 0) {
                if (warp == 0) atomicAdd(counters, 1ull);
                if (scores) atomicAdd(counters + 1, 1ull);
            }
            if (scorer.score_tile(group * 32 + bit, scores, next_bit < 0 ? -1 : group * 32 + next_bit)) is_stale = true;
        }
    }
    scorer.flush();
    return true;
}
