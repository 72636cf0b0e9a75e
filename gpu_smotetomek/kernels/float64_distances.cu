// Squared distances in float64 with the bits of NumPy: each product and each sum is rounded on its own, feature after feature.

// The matrix X * scale * scale2, where both factors are powers of two that are applied one after the other.
struct ScaledMatrix {
    const void* X; // (n, d) of double if is_float64, else of float
    int is_float64, d;
    double scale, scale2;
    const unsigned char* ignored; // (d,), 1 for each feature that takes no part; null: all features take part
};

__device__ double scaled_value(const ScaledMatrix& matrix, long long at)
{
    const double value = matrix.is_float64 ? static_cast<const double*>(matrix.X)[at]
                                           : (double)static_cast<const float*>(matrix.X)[at];
    return __dmul_rn(__dmul_rn(value, matrix.scale), matrix.scale2);
}

__device__ bool is_ignored(const ScaledMatrix& matrix, int feature) { return matrix.ignored && matrix.ignored[feature]; }

__device__ double add_sq_difference(double sum, double a, double b)
{
    const double difference = __dsub_rn(a, b);
    return __dadd_rn(sum, __dmul_rn(difference, difference));
}

__device__ double sq_distance(const ScaledMatrix& matrix, long long row, long long other)
{
    const long long a = row * matrix.d, b = other * matrix.d;
    double sum = 0;
    for (int f = 0; f < matrix.d; ++f)
        if (!is_ignored(matrix, f)) sum = add_sq_difference(sum, scaled_value(matrix, a + f), scaled_value(matrix, b + f));
    return sum;
}

// Squared distances (m, w) between rows first (m,) and second (m, w). One thread per pair.
extern "C" __global__ void pair_sq_distances(const __grid_constant__ ScaledMatrix matrix, const long long* first,
                                             const long long* second, long long m, long long w, double* out)
{
    const long long pair = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (pair < m * w) out[pair] = sq_distance(matrix, first[pair / w], second[pair]);
}

// Squared distances (m, n) between rows first (m,) and second (n,). A block computes PAIR_TILE x PAIR_TILE pairs and stages
// PAIR_TILE features at a time.
extern "C" __global__ void tile_sq_distances(const __grid_constant__ ScaledMatrix matrix, const long long* first,
                                             const long long* second, long long m, long long n, double* out)
{
    __shared__ double first_values[PAIR_TILE][PAIR_TILE + 1], second_values[PAIR_TILE][PAIR_TILE + 1];
    const int x = threadIdx.x, y = threadIdx.y, d = matrix.d;
    for (long long top = (long long)blockIdx.y * PAIR_TILE; top < m; top += (long long)gridDim.y * PAIR_TILE) {
        const long long left = (long long)blockIdx.x * PAIR_TILE;
        double sum = 0;
        for (int start = 0; start < d; start += PAIR_TILE) {
            const bool used = start + x < d && !is_ignored(matrix, start + x);
            first_values[y][x] = used && top + y < m ? scaled_value(matrix, first[top + y] * d + start + x) : 0;
            second_values[y][x] = used && left + y < n ? scaled_value(matrix, second[left + y] * d + start + x) : 0;
            __syncthreads();
            for (int f = 0; f < min(PAIR_TILE, d - start); ++f)
                sum = add_sq_difference(sum, first_values[y][f], second_values[x][f]);
            __syncthreads();
        }
        if (top + y < m && left + x < n) out[(top + y) * n + left + x] = sum;
    }
}

// Lowers target[rows[i]] to values[i] wherever that is smaller, in double. (CuPy's own atomic minimum rounds doubles to float.)
extern "C" __global__ void scatter_min(double* target, const long long* rows, const double* values, long long m)
{
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= m) return;
    unsigned long long* address = reinterpret_cast<unsigned long long*>(target + rows[i]);
    unsigned long long seen = *address;
    while (values[i] < __longlong_as_double((long long)seen)) {
        const unsigned long long before = atomicCAS(address, seen, (unsigned long long)__double_as_longlong(values[i]));
        if (before == seen) break;
        seen = before;
    }
}

// Rows (m, d) between rows base (m,) and neighbor (m,): p + gap (q - p). The difference is rounded to the type of X, product and
// sum to double, and the result to the type of X. One thread per value.
extern "C" __global__ void interpolate(const void* X, int is_float64, int d, const long long* base, const long long* neighbor,
                                       const double* gap, long long m, void* out)
{
    const long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= m * d) return;
    const long long row = at / d, p = base[row] * d + at % d, q = neighbor[row] * d + at % d;
    if (is_float64) {
        const double* rows = static_cast<const double*>(X);
        static_cast<double*>(out)[at] = __dadd_rn(__dmul_rn(__dsub_rn(rows[q], rows[p]), gap[row]), rows[p]);
    } else {
        const float* rows = static_cast<const float*>(X);
        const double step = __dmul_rn((double)__fsub_rn(rows[q], rows[p]), gap[row]);
        static_cast<float*>(out)[at] = __double2float_rn(__dadd_rn(step, (double)rows[p]));
    }
}
