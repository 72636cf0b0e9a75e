
// The first rows of all by (square, row number), in double: no square is stored. Needs float64_distances.cu above it.
//
// A block has ASKED queries; a thread takes the squares of one row and all of them, and a warp keeps a list for each query,
// whose entry l belongs to lane l. At the end warp q joins the lists that the warps have of query q.

constexpr int ASKED = 8;    // queries of a block, and its warps
constexpr int STAGED = 64;  // features that are staged at a time
constexpr int LONGEST = 32; // of a list
constexpr int NOBODY = 0x7fffffff;
constexpr unsigned WARP = 0xffffffffu;

__device__ bool before(double square, int place, double other, int there)
{
    return square < other || (square == other && place < there);
}

// An entry of a sorted list, and the last one of it, which all lanes know.
struct Listed {
    double square = __longlong_as_double(0x7ff0000000000000ll), last = square;
    int place = NOBODY, last_place = NOBODY;
};

// Put what the lanes offer into the list of a warp, one after another: an entry takes its place, what follows moves on.
__device__ void put(double offered, int offered_place, bool offers, int k, Listed& list)
{
    const int lane = threadIdx.x % 32;
    for (;;) {
        offers = offers && before(offered, offered_place, list.last, list.last_place);
        const unsigned some = __ballot_sync(WARP, offers);
        if (!some) return;
        const int source = __ffs(some) - 1;
        const double value = __shfl_sync(WARP, offered, source);
        const int at = __shfl_sync(WARP, offered_place, source);
        const double left = __shfl_up_sync(WARP, list.square, 1);
        const int left_place = __shfl_up_sync(WARP, list.place, 1);
        const bool moves = before(value, at, list.square, list.place);
        const bool follows = moves && lane > 0 && before(value, at, left, left_place);
        list.square = follows ? left : moves ? value : list.square;
        list.place = follows ? left_place : moves ? at : list.place;
        list.last = __shfl_sync(WARP, list.square, k - 1);
        list.last_place = __shfl_sync(WARP, list.place, k - 1);
        offers = offers && lane != source;
    }
}

// Lists (m, parts, k) of the first of `rows` (n,), ascending, of each part, k at most LONGEST; a query is not in its own list.
// A list that is too short ends in infinite squares and the query. Grid: blocks of queries x parts of `part` rows.
extern "C" __global__ void __launch_bounds__(32 * ASKED)
first_rows(const void* X, int wide, int d, double scale, double scale2, const unsigned char* flat, const long long* queries,
           long long m, const long long* rows, int n, int part, int k, double* D, long long* found)
{
    __shared__ double near[ASKED][STAGED], squares[ASKED][ASKED][LONGEST];
    __shared__ int places[ASKED][ASKED][LONGEST];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const long long top = (long long)blockIdx.x * ASKED, begin = (long long)blockIdx.y * part;
    const long long end = begin + part < n ? begin + part : n;
    Listed lists[ASKED];
    for (long long start = begin; start < end; start += 32 * ASKED) {
        const int at = (int)start + threadIdx.x;
        const long long row = at < end ? rows[at] : -1;
        double sum[ASKED] = {};
        for (int from = 0; from < d; from += STAGED) {
            if (d > STAGED || start == begin) { // what fits is staged once
                __syncthreads();
                for (int i = threadIdx.x; i < ASKED * STAGED; i += 32 * ASKED) {
                    const long long query = top + i / STAGED;
                    const int f = from + i % STAGED;
                    near[i / STAGED][i % STAGED] =
                        query < m && f < d ? scaled(X, wide, queries[query] * d + f, scale, scale2) : 0;
                }
                __syncthreads();
            }
            for (int f = 0; row >= 0 && f < min(STAGED, d - from); ++f) {
                if (flat && flat[from + f]) continue;
                const double value = scaled(X, wide, row * d + from + f, scale, scale2);
#pragma unroll
                for (int q = 0; q < ASKED; ++q) sum[q] = plus_square(sum[q], near[q][f], value);
            }
        }
#pragma unroll
        for (int q = 0; q < ASKED; ++q) {
            const bool asked = row >= 0 && top + q < m && queries[top + q] != row;
            put(sum[q], at, asked, k, lists[q]);
        }
    }
#pragma unroll
    for (int q = 0; q < ASKED; ++q) {
        squares[q][warp][lane] = lists[q].square;
        places[q][warp][lane] = lists[q].place;
    }
    __syncthreads();
    Listed best;
    for (int other = 0; other < ASKED; ++other) {
        const int offered = places[warp][other][lane];
        put(squares[warp][other][lane], offered, offered != NOBODY, k, best);
    }
    if (top + warp >= m || lane >= k) return;
    const long long out = ((top + warp) * gridDim.y + blockIdx.y) * k + lane;
    D[out] = best.square;
    found[out] = best.place == NOBODY ? queries[top + warp] : rows[best.place];
}

// Of the rows `listed` (m, w) for each query the first k by (square, row), k at most LONGEST: (m, k). The query itself stands for
// nobody, and pads what is too short, at an infinite square. One warp a query, which takes 32 squares at a time.
extern "C" __global__ void decided(const void* X, int wide, int d, double scale, double scale2, const unsigned char* flat,
                                   const long long* queries, long long m, const long long* listed, int w, int k, double* D,
                                   long long* found)
{
    const long long query = ((long long)blockIdx.x * blockDim.x + threadIdx.x) / 32;
    const int lane = threadIdx.x % 32;
    if (query >= m) return;
    const long long own = queries[query];
    Listed list;
    for (int from = 0; from < w; from += 32) {
        const long long row = from + lane < w ? listed[query * w + from + lane] : own;
        double sum = 0;
        for (int f = 0; row != own && f < d; ++f)
            if (!flat || !flat[f])
                sum = plus_square(sum, scaled(X, wide, own * d + f, scale, scale2), scaled(X, wide, row * d + f, scale, scale2));
        put(sum, (int)row, row != own, k, list);
    }
    if (lane >= k) return;
    D[query * k + lane] = list.square;
    found[query * k + lane] = list.place == NOBODY ? own : list.place;
}
