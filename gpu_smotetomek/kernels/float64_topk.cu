// The k nearest rows by (float64 squared distance, index), without storing all distances. Needs float64_distances.cu before it.
//
// A block has TOPK_QUERIES queries and as many warps. Each thread computes the distances of one row to all queries of the block.
// Each warp keeps a sorted list for every query; lane l holds entry l. At the end warp q merges all lists of query q.

constexpr int STAGED_FEATURES = 64;
constexpr int NO_ROW = 0x7fffffff;
constexpr unsigned ALL_LANES = 0xffffffffu;

__device__ bool precedes(double sq_distance, int index, double other_sq_distance, int other_index)
{
    return sq_distance < other_sq_distance || (sq_distance == other_sq_distance && index < other_index);
}

// One entry of a sorted list, and the k-th entry, which every lane holds.
struct ListEntry {
    double sq_distance = __longlong_as_double(0x7ff0000000000000ll), kth_sq_distance = sq_distance;
    int index = NO_ROW, kth_index = NO_ROW;
};

// Inserts the offers of all lanes into the list of the warp, one after another; entries after the insertion move up by one.
__device__ void insert_sorted(double sq_distance, int index, bool offers, int k, ListEntry& entry)
{
    const int lane = threadIdx.x % 32;
    for (;;) {
        offers = offers && precedes(sq_distance, index, entry.kth_sq_distance, entry.kth_index);
        const unsigned offering = __ballot_sync(ALL_LANES, offers);
        if (!offering) return;
        const int source = __ffs(offering) - 1;
        const double new_sq_distance = __shfl_sync(ALL_LANES, sq_distance, source);
        const int new_index = __shfl_sync(ALL_LANES, index, source);
        const double left_sq_distance = __shfl_up_sync(ALL_LANES, entry.sq_distance, 1);
        const int left_index = __shfl_up_sync(ALL_LANES, entry.index, 1);
        const bool changes = precedes(new_sq_distance, new_index, entry.sq_distance, entry.index);
        const bool takes_left = changes && lane > 0 && precedes(new_sq_distance, new_index, left_sq_distance, left_index);
        entry.sq_distance = takes_left ? left_sq_distance : changes ? new_sq_distance : entry.sq_distance;
        entry.index = takes_left ? left_index : changes ? new_index : entry.index;
        entry.kth_sq_distance = __shfl_sync(ALL_LANES, entry.sq_distance, k - 1);
        entry.kth_index = __shfl_sync(ALL_LANES, entry.index, k - 1);
        offers = offers && lane != source;
    }
}

// For each query and each part of `rows` (n,), ascending row numbers, the k nearest rows: (m, parts, k), k at most MAX_FLOAT64_K.
// The query itself is left out. A list that is too short ends in infinite squared distances and the query.
// Grid: blocks of queries x parts of `rows_per_part` rows.
extern "C" __global__ void __launch_bounds__(TOPK_THREADS)
topk_by_part(const __grid_constant__ ScaledMatrix matrix, const long long* queries, long long m, const long long* rows, int n,
             int rows_per_part, int k, double* sq_distances, long long* indices)
{
    __shared__ double query_values[TOPK_QUERIES][STAGED_FEATURES], list_sq_distances[TOPK_QUERIES][TOPK_QUERIES][MAX_FLOAT64_K];
    __shared__ int list_indices[TOPK_QUERIES][TOPK_QUERIES][MAX_FLOAT64_K];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, d = matrix.d;
    const long long top = (long long)blockIdx.x * TOPK_QUERIES, begin = (long long)blockIdx.y * rows_per_part;
    const long long end = begin + rows_per_part < n ? begin + rows_per_part : n;
    ListEntry entries[TOPK_QUERIES];
    for (long long start = begin; start < end; start += TOPK_THREADS) {
        const int position = (int)start + threadIdx.x;
        const long long row = position < end ? rows[position] : -1;
        double sum[TOPK_QUERIES] = {};
        for (int from = 0; from < d; from += STAGED_FEATURES) {
            if (d > STAGED_FEATURES || start == begin) { // if all features fit, they are staged once
                __syncthreads();
                for (int i = threadIdx.x; i < TOPK_QUERIES * STAGED_FEATURES; i += TOPK_THREADS) {
                    const long long query = top + i / STAGED_FEATURES;
                    const int f = from + i % STAGED_FEATURES;
                    query_values[i / STAGED_FEATURES][i % STAGED_FEATURES] =
                        query < m && f < d ? scaled_value(matrix, queries[query] * d + f) : 0;
                }
                __syncthreads();
            }
            for (int f = 0; row >= 0 && f < min(STAGED_FEATURES, d - from); ++f) {
                if (is_ignored(matrix, from + f)) continue;
                const double value = scaled_value(matrix, row * d + from + f);
#pragma unroll
                for (int q = 0; q < TOPK_QUERIES; ++q) sum[q] = add_sq_difference(sum[q], query_values[q][f], value);
            }
        }
#pragma unroll
        for (int q = 0; q < TOPK_QUERIES; ++q) {
            const bool offers = row >= 0 && top + q < m && queries[top + q] != row;
            insert_sorted(sum[q], position, offers, k, entries[q]);
        }
    }
#pragma unroll
    for (int q = 0; q < TOPK_QUERIES; ++q) {
        list_sq_distances[q][warp][lane] = entries[q].sq_distance;
        list_indices[q][warp][lane] = entries[q].index;
    }
    __syncthreads();
    ListEntry merged;
    for (int other = 0; other < TOPK_QUERIES; ++other) {
        const int index = list_indices[warp][other][lane];
        insert_sorted(list_sq_distances[warp][other][lane], index, index != NO_ROW, k, merged);
    }
    if (top + warp >= m || lane >= k) return;
    const long long out = ((top + warp) * gridDim.y + blockIdx.y) * k + lane;
    sq_distances[out] = merged.sq_distance;
    indices[out] = merged.index == NO_ROW ? queries[top + warp] : rows[merged.index];
}

// For each query the first k of its candidates (m, w) by (squared distance, row number): (m, k), k at most MAX_FLOAT64_K. The
// query itself is no candidate: it pads lists that are too short, at an infinite squared distance. A warp takes one query, and 32
// candidates at a time.
extern "C" __global__ void rerank(const __grid_constant__ ScaledMatrix matrix, const long long* queries, long long m,
                                  const long long* candidates, int w, int k, double* sq_distances, long long* indices)
{
    const long long query = ((long long)blockIdx.x * blockDim.x + threadIdx.x) / 32;
    const int lane = threadIdx.x % 32;
    if (query >= m) return;
    const long long query_row = queries[query];
    ListEntry entry;
    for (int from = 0; from < w; from += 32) {
        const long long row = from + lane < w ? candidates[query * w + from + lane] : query_row;
        const double candidate = row != query_row ? sq_distance(matrix, query_row, row) : 0;
        insert_sorted(candidate, (int)row, row != query_row, k, entry);
    }
    if (lane >= k) return;
    sq_distances[query * k + lane] = entry.sq_distance;
    indices[query * k + lane] = entry.index == NO_ROW ? query_row : entry.index;
}
