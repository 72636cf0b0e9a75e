// Nearest rows of many queries, with a filter on tensor cores before the scores of float32. Needs packed_layout.cu, tile_scan.cu and fp16_fragments.cu
// above it.
//
// A warp multiplies its 16 queries, which it keeps in registers, with fragments of 8 rows that the block stages. Who passes is put
// off until 32 pairs of the warp wait, and scored as `nearest` does it: the same bits enter the same lists. Between, thresholds
// are those of before, and more may pass.

constexpr int STAGED = STEPS <= 2 ? 16 : STEPS <= 4 ? 8 : 4; // fragments at a time: 9 KiB at most
constexpr int TOGETHER = 4;                                  // fragments whose products a warp interleaves
constexpr int BLOCKS = STEPS == 1 ? 3 : 2;                   // of a multiprocessor: as many as registers allow
constexpr int PUT_OFF = 64;                                  // pairs that a warp can put off

// When a block gives up. A pair that passes costs about as much as SHARE products of `nearest`. Lists begin
// empty, so that FIRST pairs of a warp pass anyway, and EACH more for each of the k entries. Credit for tiles where few passed ends
// at CREDIT.
constexpr int SHARE = 128, FIRST = 96 * OWN, EACH = 8 * OWN, CREDIT = 1 << 16;
constexpr float APART = 64.0f; // margins that the square across a tile must hold, or most of its rows would pass

struct Pairs {
    int row[WARPS][PUT_OFF];
    unsigned char query[WARPS][PUT_OFF]; // of the warp's own
};

struct Filter {
    static constexpr bool LOSES = true;
    const Search& search;
    List& list;
    const int* rows;
    int4 (&stages)[2][STAGED * FRAGMENT / 4];
    Pairs& pairs;
    unsigned long long* visited;
    int lost, buffer, ahead, waiting;
    // of queries lane / 4 and lane / 4 + 8 of the warp
    int4 x[STEPS];
    float margin[2], floor[2];

    __device__ void open(const int* queries)
    {
        const int lane = threadIdx.x % 32;
        queries += ((long long)blockIdx.x * WARPS + threadIdx.x / 32) * (2 * FRAGMENT);
#pragma unroll
        for (int step = 0; step < STEPS; ++step) x[step] = reinterpret_cast<const int4*>(queries)[step * 32 + lane];
        for (int i = 0; i < 2; ++i) margin[i] = __int_as_float(queries[OWN * FEATURES / 2 + lane / 4 + 8 * i]);
        const int allowed = FIRST + EACH * search.k;
        lost = hopeless() ? allowed : -allowed;
        buffer = waiting = 0;
        ahead = -1;
    }

    // Whether the rows nearest to this warp lie so close together that halves do not tell them apart.
    __device__ bool hopeless()
    {
        const int tile = search.seed[((long long)blockIdx.y * gridDim.x + blockIdx.x) * WARPS + threadIdx.x / 32];
        float across = 0, largest = fmaxf(margin[0], margin[1]);
        for (int f = threadIdx.x % 32; f < search.d; f += 32) {
            const long long r = box_at(tile, f, search.d);
            across = fmaf(search.high[r] - search.low[r], search.high[r] - search.low[r], across);
        }
        for (int step = 16; step; step /= 2) {
            across += __shfl_xor_sync(ALL, across, step);
            largest = fmaxf(largest, __shfl_xor_sync(ALL, largest, step));
        }
        return across < APART * largest;
    }

    __device__ void raise()
    {
        __syncwarp(); // thresholds are those that other lanes wrote
        for (int i = 0; i < 2; ++i)
            floor[i] = 65536.0f * __fsub_rd(list.threshold[threadIdx.x / 32 * OWN + threadIdx.x % 32 / 4 + 8 * i], margin[i]);
    }

    __device__ __forceinline__ void settle()
    {
        if (waiting) score_pairs(); // never more than 31
        raise();
    }

    __device__ void wait() { copies_done(); }

    __device__ __forceinline__ void fetch(int tile, int fragment, int into)
    {
        const int4* from = reinterpret_cast<const int4*>(rows + ((long long)tile * FRAGMENTS + fragment) * FRAGMENT);
        for (int at = threadIdx.x; at < STAGED * FRAGMENT / 4; at += THREADS) copy_ahead(stages[into] + at, from + at);
    }

    __device__ __forceinline__ bool look(int tile, bool mine, int next)
    {
        if (tile != ahead) {
            fetch(tile, 0, buffer);
            copies_done();
            __syncthreads();
        }
        bool passed = false;
#pragma unroll 1
        for (int fragment = 0; fragment < FRAGMENTS; fragment += STAGED, buffer ^= 1) {
            if (fragment) {
                copies_done();
                __syncthreads();
            }
            // the other buffer was read before the last barrier
            if (fragment + STAGED < FRAGMENTS) fetch(tile, fragment + STAGED, buffer ^ 1);
            else if (next >= 0) fetch(next, 0, buffer ^ 1);
            if (mine && multiply(tile * TILE + fragment * ROWS)) passed = true;
        }
        ahead = next;
        if (mine) lost = max(lost - OWN * TILE / SHARE, -CREDIT);
        return passed;
    }

    __device__ __forceinline__ bool multiply(int first_row)
    {
        const int lane = threadIdx.x % 32;
        const int2* y = reinterpret_cast<const int2*>(stages[buffer]) + lane;
        const float2* starts = reinterpret_cast<const float2*>(stages[buffer]) + ROWS * FEATURES / 4 + lane % 4;
        bool any = false;
#pragma unroll 1
        for (int row = first_row; row < first_row + STAGED * ROWS; row += TOGETHER * ROWS) {
            float sum[TOGETHER][4];
#pragma unroll
            for (int i = 0; i < TOGETHER; ++i) {
                const float2 start = starts[i * FRAGMENT / 2];
                sum[i][0] = sum[i][2] = start.x;
                sum[i][1] = sum[i][3] = start.y;
            }
#pragma unroll
            for (int step = 0; step < STEPS; ++step)
#pragma unroll
                for (int i = 0; i < TOGETHER; ++i) multiply_halves(sum[i], x[step], y[i * FRAGMENT / 2 + step * 32]);
            y += TOGETHER * FRAGMENT / 2;
            starts += TOGETHER * FRAGMENT / 2;
            float most[2]; // pairs of maxima: a chain of comparisons would wait for itself
            for (int j = 0; j < 2; ++j)
                most[j] = fmaxf(fmaxf(fmaxf(sum[0][2 * j], sum[0][2 * j + 1]), fmaxf(sum[1][2 * j], sum[1][2 * j + 1])),
                                fmaxf(fmaxf(sum[2][2 * j], sum[2][2 * j + 1]), fmaxf(sum[3][2 * j], sum[3][2 * j + 1])));
            if (!__any_sync(ALL, most[0] > floor[0] || most[1] > floor[1])) continue;
            unsigned which = 0;
#pragma unroll
            for (int i = 0; i < TOGETHER; ++i)
#pragma unroll
                for (int j = 0; j < 4; ++j) which |= (sum[i][j] > floor[j / 2] ? 1u : 0u) << (4 * i + j);
            put_off(which, row);
            any = true;
        }
        return any;
    }

    // Bit 4 i + j of `which`: sum j of fragment i passes, query lane / 4 + j / 2 * 8 and row lane % 4 * 2 + j % 2.
    __device__ __forceinline__ void put_off(unsigned which, int first_row)
    {
        const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
#pragma unroll 1
        for (int bit = 0; bit < 4 * TOGETHER; ++bit) {
            const bool mine = which >> bit & 1u;
            const unsigned passing = __ballot_sync(ALL, mine);
            if (mine) {
                const int at = waiting + __popc(passing & ((1u << lane) - 1));
                pairs.row[warp][at] = first_row + bit / 4 * ROWS + lane % 4 * 2 + bit % 2;
                pairs.query[warp][at] = lane / 4 + bit / 2 % 2 * 8;
            }
            waiting += __popc(passing);
            __syncwarp();
            if (waiting >= 32) {
                score_pairs();
                raise();
            }
        }
    }

    // Scores of the last pairs put off, 32 at most, one a lane, and those above the thresholds into the lists.
    __device__ __forceinline__ void score_pairs()
    {
        const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, half = threadIdx.x / 16 % 2, count = min(waiting, 32);
        waiting -= count;
        lost += count;
        if (visited && lane == 0) atomicAdd(visited + 2, (unsigned long long)count);
        int row = 0, query = first_query();
        float score = -INFINITE;
        if (lane < count) {
            row = pairs.row[warp][waiting + lane];
            query = warp * OWN + pairs.query[warp][waiting + lane];
            const float* x = search.queries + (long long)blockIdx.x * search.d * TILE + query;
            const float* y = search.packed + (long long)(row / TILE) * search.d * TILE + row % TILE;
            score = -0.5f * search.norms[row];
#pragma unroll 16
            for (int f = 0; f < search.d; ++f) score = fmaf(x[f * TILE], y[f * TILE], score);
        }
        for (;;) { // the half warps side by side, each for its own queries
            const bool better = score > list.threshold[query];
            const unsigned lower = __ballot_sync(ALL, better && query % OWN < 8), upper = __ballot_sync(ALL, better && query % OWN >= 8);
            if (!(lower | upper)) break;
            const unsigned mine = half ? upper : lower;
            const int source = mine ? __ffs(mine) - 1 : 0;
            const float value = __shfl_sync(ALL, score, source);
            const int entering = __shfl_sync(ALL, row, source), whose = __shfl_sync(ALL, query, source);
            const int own = mine ? whose : first_query();
            const float asked = enter(list, own, value, entering, mine, search.k);
            list.threshold[own] = fmaxf(list.threshold[own], asked);
            if (lane == __ffs(lower) - 1 || lane == __ffs(upper) - 1) score = -INFINITE;
            __syncwarp();
        }
    }
};

// As `nearest`, which does it where `gave_up` (parts, blocks) becomes 1. `visited` counts the pairs that passed, too.
extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS)
filtered(const float* packed, const float* norms, const float* low, const float* high, int tiles, int part,
         const float* queries, const float* query_norms, const float* query_low, const float* query_high,
         const long long* order, const double* radius, const int* seed, int d, int k, float* squares, int* places,
         unsigned long long* visited, unsigned char* gave_up, const int* row_halves, const int* query_halves)
{
    __shared__ int4 stages[2][STAGED * FRAGMENT / 4];
    __shared__ List list;
    __shared__ Pairs pairs;
    __shared__ Told told[2];
    const Search search{packed, norms, low, high, tiles, part, queries, query_norms, query_low, query_high, order, radius, seed,
                        d, k};
    Filter scorer{search, list, row_halves, stages, pairs, visited};
    scorer.open(query_halves);
    open_lists(search, list);
    const bool done = walk<8>(search, list, told, scorer, visited);
    if (threadIdx.x == 0) gave_up[(long long)blockIdx.y * gridDim.x + blockIdx.x] = !done;
    if (done) close_lists(search, list, squares, places);
}
