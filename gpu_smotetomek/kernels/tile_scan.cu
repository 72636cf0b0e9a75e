// The lists of nearest rows, and the way of a block through the tiles: what every search shares. Needs packed_layout.cu above it.
//
// A block has TILE queries and goes through tiles of rows. Each of its 8 warps owns OWN queries and looks at all rows of a
// tile. Each query has a list of LISTED entries, sorted, whose entry l belongs to lane l of one half of its warp: so a row is
// inserted by one comparison a lane, and nobody else touches the list.
//
// What is compared is `score` = x.y - |y|^2 / 2, which starts at -|y|^2 / 2 and takes one fused multiply-add a feature;
// the square is |x|^2 - 2 score, clamped at 0, and falls as the score rises, also when both are rounded.

struct List {
    float score[TILE][LISTED];
    int row[TILE][LISTED];
    float threshold[TILE]; // a score must be above it; all 16 lanes write the same, so that each reads what it wrote
};

// What a search is given: rows and the boxes of their tiles, queries and the boxes of their warps, and where each warp begins.
struct Search {
    const float *packed, *norms, *low, *high;
    int tiles, part;
    const float *queries, *query_norms, *query_low, *query_high;
    const long long* order;
    const double* radius;
    const int* seed;
    int d, k;
};

__device__ float square_of(float norm, float score) { return fmaxf(0.0f, fmaf(-2.0f, score, norm)); }

// The first of the 8 queries, in the block, whose lists belong to this half warp.
__device__ int first_query() { return threadIdx.x / 16 * 8; }

// Where `enters`, a row of this score takes its place in the list of `query`; the score that the list now asks for. Equal
// scores: the first stays. The lanes of a half warp say the same; both halves come, with queries of their own.
__device__ __forceinline__ float enter(List& list, int query, float value, int row, bool enters, int k)
{
    const int lane = threadIdx.x % 16;
    const float entry = list.score[query][lane];
    const int held = list.row[query][lane];
    const float left = __shfl_up_sync(ALL, entry, 1, 16);
    const int held_left = __shfl_up_sync(ALL, held, 1, 16);
    const bool moves = enters && entry < value, takes_left = moves && lane > 0 && left < value;
    const float now = takes_left ? left : moves ? value : entry;
    list.score[query][lane] = now;
    list.row[query][lane] = takes_left ? held_left : moves ? row : held;
    return __shfl_sync(ALL, now, threadIdx.x / 16 % 2 * 16 + k - 1);
}

// Which of 32 tiles this warp needs: bit t is clear where no row of tile 32 group + t is nearer to a query than `worst`.
// Coordinates are exact and the square of the gap between two boxes errs by a factor of (d + 3) roundings at most, which
// `sure` takes away, and by d times 2^-126, which the backend's bound holds: such a row has a square of `worst` at least.
__device__ unsigned needed(const Search& search, int group, float worst)
{
    const int tile = group * 32 + threadIdx.x % 32, d = search.d;
    const long long own = (long long)blockIdx.x * WARPS + threadIdx.x / 32;
    const float sure = 1.0f - (float)(d + 16) * 1.1920929e-7f;
    float apart = 0;
    for (int f = 0; f < d; ++f) {
        const long long q = box_at(own, f, d), r = box_at(tile, f, d);
        const float gap = fmaxf(0.0f, fmaxf(search.low[r] - search.query_high[q], search.query_low[q] - search.high[r]));
        apart = fmaf(gap, gap, apart);
    }
    return __ballot_sync(ALL, tile < search.tiles && apart * sure < worst);
}

// Empty lists for the 8 queries of this half warp. A query that is none wants nothing; one with a radius r wants no square of
// r * r or more, that is, no score of (|x|^2 - r * r) / 2 or less.
__device__ void open_lists(const Search& search, List& list)
{
    const int first = first_query();
    const long long place = (long long)blockIdx.x * TILE + first;
    for (int i = 0; i < 8; ++i) {
        const float norm = search.query_norms[place + i];
        float threshold = norm == INFINITE ? INFINITE : -INFINITE;
        if (search.radius && norm != INFINITE) {
            const double r = search.radius[search.order ? search.order[place + i] : place + i];
            threshold = __double2float_rd(__dmul_rn(0.5, __dsub_rn((double)norm, __dmul_rn(r, r))));
        }
        list.threshold[first + i] = threshold;
        list.score[first + i][threadIdx.x % 16] = -INFINITE;
        list.row[first + i][threadIdx.x % 16] = -1;
    }
}

// The largest square that a query of this warp still lets in; below 0 where it has no query.
__device__ float worst_square(const Search& search, const List& list)
{
    const int first = first_query();
    const float* norms = search.query_norms + (long long)blockIdx.x * TILE + first;
    float worst = -1.0f;
    for (int i = 0; i < 8; ++i)
        if (norms[i] != INFINITE) worst = fmaxf(worst, square_of(norms[i], list.threshold[first + i]));
    return fmaxf(worst, __shfl_xor_sync(ALL, worst, 16));
}

// The lists of this block as squares, and places in the packed order (-1: none was near enough).
__device__ void close_lists(const Search& search, const List& list, float* squares, int* places)
{
    const int first = first_query(), lane = threadIdx.x % 16;
    if (lane >= search.k) return;
    const long long place = (long long)blockIdx.x * TILE + first, lists = (long long)gridDim.x * TILE;
    for (int i = 0; i < 8; ++i) {
        const long long out = (blockIdx.y * lists + place + i) * search.k + lane;
        const float score = list.score[first + i][lane];
        squares[out] = score == -INFINITE ? INFINITE : square_of(search.query_norms[place + i], score);
        places[out] = list.row[first + i][lane];
    }
}

// What warps tell each other before each tile: the tiles of the group that they want, and what they gained or lost.
struct alignas(16) Told {
    unsigned wanted[WARPS];
    int lost[WARPS];
};

// Through all tiles of the part that some warp of the block needs; false where the block gave up.
//
// First the tiles nearest to each warp, then all others, group by group around the middle one. A scorer
//   settles      whatever it put off: lists and thresholds are up to date
//   looks        at a tile, if it is `mine`, with the one that comes `next` most likely (-1: unknown); has a list changed, or may it?
//   waits        for what it fetched, before the barrier
//   has lost     so much by its way of looking, in its own units; where a block has lost more than nothing, it gives up
// What a warp wants of a group is found out anew after every PATIENCE-th tile, as lists become better.
template <int PATIENCE, class Scorer>
__device__ __forceinline__ bool walk(const Search& search, const List& list, Told (&told)[2], Scorer& scorer,
                                     unsigned long long* visited)
{
    const int warp = threadIdx.x / 32;
    const int* seed = search.seed + ((long long)blockIdx.y * gridDim.x + blockIdx.x) * WARPS;
    const int begin = blockIdx.y * search.part / 32;
    const int groups = (min(search.tiles - (int)blockIdx.y * search.part, search.part) + 31) / 32;
    const int middle = seed[WARPS / 2] / 32 - begin;
    int turn = 0;
    for (int step = -WARPS; step < groups; ++step) {
        const int away = (step + 1) / 2 * (step % 2 ? 1 : -1);
        const int group = step < 0 ? seed[step + WARPS] / 32 : begin + (middle + away + groups) % groups;
        unsigned seeded = 0; // tiles of this group that were or are seeds
        for (int w = 0; w < min(WARPS, step + WARPS); ++w)
            if (seed[w] / 32 == group) seeded |= 1u << seed[w] % 32;
        unsigned left = ~seeded, wanted = 0;
        if (step < 0) left &= 1u << seed[step + WARPS] % 32;

        int seen = 0;
        for (bool stale = true;;) {
            if (stale && seen % PATIENCE == 0 && (PATIENCE == 1 || seen == 0 || wanted != ALL)) {
                scorer.settle();
                wanted = needed(search, group, worst_square(search, list));
                stale = false;
            }
            if (threadIdx.x % 32 == 0) {
                told[turn].wanted[warp] = wanted & left;
                if constexpr (Scorer::LOSES) told[turn].lost[warp] = scorer.lost;
            }
            scorer.wait();
            __syncthreads();
            unsigned staged = 0;
            int lost = 0;
#pragma unroll
            for (int w = 0; w < WARPS; ++w) {
                staged |= told[turn].wanted[w];
                if constexpr (Scorer::LOSES) lost += told[turn].lost[w];
            }
            turn ^= 1; // one barrier is enough: nobody writes here before all have met at the next one
            if (lost > 0) return false;
            if (!staged) break;
            const int bit = __ffs(staged) - 1, after = __ffs(staged & (staged - 1)) - 1;
            const bool mine = wanted >> bit & 1u;
            left &= ~(1u << bit);
            ++seen;
            if (visited && threadIdx.x % 32 == 0) {
                if (warp == 0) atomicAdd(visited, 1ull);
                if (mine) atomicAdd(visited + 1, 1ull);
            }
            if (scorer.look(group * 32 + bit, mine, after < 0 ? -1 : group * 32 + after)) stale = true;
        }
    }
    scorer.settle();
    return true;
}
