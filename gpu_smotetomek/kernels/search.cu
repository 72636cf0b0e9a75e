// Nearest rows of many queries, fused: no distance is ever stored. Needs layout.cu above it.
//
// A block has TILE queries and goes through tiles of rows. Each of its 8 warps owns OWN queries and looks at all rows of a
// tile: a thread holds 8 queries x 8 rows of products in registers, and the 16 lanes of a half warp share its 8 queries.
// Each query has a list of LISTED entries, sorted, whose entry l belongs to lane l of its half warp: so a row is inserted by
// one comparison a lane, and nobody else touches the list.
//
// What is compared is `score` = x.y - |y|^2 / 2, which starts at -|y|^2 / 2 and takes one fused multiply-add a feature;
// the square is |x|^2 - 2 score, clamped at 0, and falls as the score rises, also when both are rounded.

struct Stage {
    float4 queries[CHUNK][TILE / 4];
    float4 rows[CHUNK][TILE / 4];
};

struct List {
    float score[TILE][LISTED];
    int row[TILE][LISTED];
    float threshold[TILE]; // a score must be above it; all 16 lanes write the same, so that each reads what it wrote
};

__device__ float square_of(float norm, float score) { return fmaxf(0.0f, fmaf(-2.0f, score, norm)); }

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

// Products of `features` staged features. The 8 queries of a thread are neighbours; its 8 rows are 4 l and 64 + 4 l onwards.
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
            for (int j = 0; j < 8; ++j) score[i][j] = fmaf(x[i], y[j], score[i][j]);
    }
}

// Put what is above the threshold of query `i` into its list, the half warps side by side. Equal scores: the first stays.
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

        const float entry = list.score[query][lane];
        const int held = list.row[query][lane];
        const float left = __shfl_up_sync(ALL, entry, 1, 16);
        const int held_left = __shfl_up_sync(ALL, held, 1, 16);
        const bool moves = mine && entry < value, takes_left = moves && lane > 0 && left < value;
        const float now = takes_left ? left : moves ? value : entry;
        list.score[query][lane] = now;
        list.row[query][lane] = takes_left ? held_left : moves ? row : held;
        threshold = fmaxf(threshold, __shfl_sync(ALL, now, shift + k - 1));
        if (mine && shift + lane == source)
#pragma unroll
            for (int j = 0; j < 8; ++j) score[j] = j == at ? -INFINITE : score[j];
    }
    list.threshold[query] = threshold;
}

// Which of 32 tiles this warp needs: bit t is clear where no row of tile 32 group + t is nearer to a query than `worst`.
// Coordinates are exact and the square of the gap between two boxes errs by a factor of (d + 3) roundings at most, which
// `sure` takes away, and by d times 2^-126, which the backend's bound holds: such a row has a square of `worst` at least.
__device__ unsigned needed(const float* query_low, const float* query_high, long long own, const float* low, const float* high,
                           int group, int tiles, int d, float worst, float sure)
{
    const int tile = group * 32 + threadIdx.x % 32;
    float apart = 0;
    for (int f = 0; f < d; ++f) {
        const long long q = box_at(own, f, d), r = box_at(tile, f, d);
        const float gap = fmaxf(0.0f, fmaxf(low[r] - query_high[q], query_low[q] - high[r]));
        apart = fmaf(gap, gap, apart);
    }
    return __ballot_sync(ALL, tile < tiles && apart * sure < worst);
}

// Empty lists for the 8 queries from `first` of the block on. A query that is none wants nothing; one with a radius r wants no
// square of r * r or more, that is, no score of (|x|^2 - r * r) / 2 or less.
__device__ void open_lists(List& list, int first, const float* norms, const long long* order, const double* radius, long long place)
{
    for (int i = 0; i < 8; ++i) {
        const float norm = norms[place + i];
        float threshold = norm == INFINITE ? INFINITE : -INFINITE;
        if (radius && norm != INFINITE) {
            const double r = radius[order ? order[place + i] : place + i];
            threshold = __double2float_rd(__dmul_rn(0.5, __dsub_rn((double)norm, __dmul_rn(r, r))));
        }
        list.threshold[first + i] = threshold;
        list.score[first + i][threadIdx.x % 16] = -INFINITE;
        list.row[first + i][threadIdx.x % 16] = -1;
    }
}

// The largest square that a query of this warp still lets in; below 0 where it has no query.
__device__ float worst_square(const List& list, int first, const float* norms, long long place)
{
    float worst = -1.0f;
    for (int i = 0; i < 8; ++i) {
        const float norm = norms[place + i];
        if (norm != INFINITE) worst = fmaxf(worst, square_of(norm, list.threshold[first + i]));
    }
    return fmaxf(worst, __shfl_xor_sync(ALL, worst, 16));
}

// Lists (parts, places, k) of the rows of each part: squares, and places in the packed order (-1: none was near enough).
// Grid: blocks of queries x parts of `part` tiles, a multiple of 32. `radius` (m,) may be null, `order` as in `pack`;
// `visited` may be null, or counts the tiles that blocks staged and that warps multiplied.
extern "C" __global__ void __launch_bounds__(THREADS, 2)
nearest(const float* packed, const float* norms, const float* low, const float* high, int tiles, int part,
        const float* queries, const float* query_norms, const float* query_low, const float* query_high,
        const long long* order, const double* radius, const int* seed, int d, int k, float* squares, int* places,
        unsigned long long* visited)
{
    __shared__ Stage stages[2];
    __shared__ List list;
    __shared__ unsigned wanted_by[2][WARPS];
    const int warp = threadIdx.x / 32, half = threadIdx.x / 16 % 2, lane = threadIdx.x % 16;
    const int first = warp * OWN + half * 8; // of this thread's queries, in the block
    const long long block = blockIdx.x, place = block * TILE + first;
    const float sure = 1.0f - (float)(d + 16) * 1.1920929e-7f;

    open_lists(list, first, query_norms, order, radius, place);

    // First the tiles nearest to each warp, then all others, group by group around the middle one.
    seed += ((long long)blockIdx.y * gridDim.x + block) * WARPS;
    const int begin = blockIdx.y * part / 32, groups = (min(tiles - (int)blockIdx.y * part, part) + 31) / 32;
    const int middle = seed[WARPS / 2] / 32 - begin;
    int buffer = 0, ballot = 0;
    for (int step = -WARPS; step < groups; ++step) {
        const int away = (step + 1) / 2 * (step % 2 ? 1 : -1);
        const int group = step < 0 ? seed[step + WARPS] / 32 : begin + (middle + away + groups) % groups;
        unsigned seeded = 0; // tiles of this group that were or are seeds
        for (int w = 0; w < min(WARPS, step + WARPS); ++w)
            if (seed[w] / 32 == group) seeded |= 1u << seed[w] % 32;
        unsigned left = ~seeded, wanted = 0;
        if (step < 0) left &= 1u << seed[step + WARPS] % 32;

        for (bool stale = true;;) {
            if (stale) {
                const float worst = worst_square(list, first, query_norms, place);
                wanted = needed(query_low, query_high, block * WARPS + warp, low, high, group, tiles, d, worst, sure);
                stale = false;
            }
            if (threadIdx.x % 32 == 0) wanted_by[ballot][warp] = wanted & left;
            __syncthreads();
            unsigned staged = 0;
            for (int w = 0; w < WARPS; ++w) staged |= wanted_by[ballot][w];
            ballot ^= 1; // one barrier is enough: nobody writes here before all have met at the next one
            if (!staged) break;
            const int bit = __ffs(staged) - 1, tile = group * 32 + bit;
            const bool mine = wanted >> bit & 1u;
            left &= ~(1u << bit);
            if (visited && threadIdx.x % 32 == 0) {
                if (warp == 0) atomicAdd(visited, 1ull);
                if (mine) atomicAdd(visited + 1, 1ull);
            }

            float score[8][8], half_norms[8];
            const float4* tile_norms = reinterpret_cast<const float4*>(norms + (long long)tile * TILE);
            spread(half_norms, tile_norms[lane], tile_norms[16 + lane]);
#pragma unroll
            for (int i = 0; i < 8; ++i)
#pragma unroll
                for (int j = 0; j < 8; ++j) score[i][j] = -0.5f * half_norms[j];

            float4 x = fetched(queries, block, 0, d), y = fetched(packed, tile, 0, d);
            for (int f = 0; f < d; f += CHUNK, buffer ^= 1) {
                stages[buffer].queries[threadIdx.x / 32][threadIdx.x % 32] = x;
                stages[buffer].rows[threadIdx.x / 32][threadIdx.x % 32] = y;
                __syncthreads(); // one a chunk: the other buffer was read before the last one
                if (f + CHUNK < d) {
                    x = fetched(queries, block, f + CHUNK, d);
                    y = fetched(packed, tile, f + CHUNK, d);
                }
                if (mine) multiply(stages[buffer], d - f, score);
            }
            bool better = false;
#pragma unroll
            for (int i = 0; i < 8; ++i)
#pragma unroll
                for (int j = 0; j < 8; ++j) better |= score[i][j] > list.threshold[first + i];
            if (!mine || !__any_sync(ALL, better)) continue;
#pragma unroll
            for (int i = 0; i < 8; ++i) insert(score[i], first + i, tile * TILE, k, list);
            stale = true; // what is wanted of this group may be less now
        }
    }

    if (lane >= k) return;
    const long long lists = (long long)gridDim.x * TILE;
    for (int i = 0; i < 8; ++i) {
        const long long out = (((long long)blockIdx.y * lists) + place + i) * k + lane;
        const float score = list.score[first + i][lane];
        squares[out] = score == -INFINITE ? INFINITE : square_of(query_norms[place + i], score);
        places[out] = list.row[first + i][lane];
    }
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
