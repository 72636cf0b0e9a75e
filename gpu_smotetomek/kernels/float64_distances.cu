// The float64 arithmetic that decides, with the bits of NumPy: every product and sum is rounded on its own, in order.
//
// X is a matrix (n, d) of float (wide = 0) or double (wide = 1). Distances are taken of X * scale * scale2, powers of two
// that are applied one after another; features that `flat` (d,) marks take no part (null: all do).

__device__ double scaled(const void* X, int wide, long long at, double scale, double scale2)
{
    const double value = wide ? static_cast<const double*>(X)[at] : (double)static_cast<const float*>(X)[at];
    return __dmul_rn(__dmul_rn(value, scale), scale2);
}

__device__ double plus_square(double sum, double a, double b)
{
    const double apart = __dsub_rn(a, b);
    return __dadd_rn(sum, __dmul_rn(apart, apart));
}

// Squared distances (m, w) between rows first (m,) and second (m, w). One thread a pair.
extern "C" __global__ void pair_squares(const void* X, int wide, int d, double scale, double scale2, const unsigned char* flat,
                                        const long long* first, const long long* second, long long m, long long w, double* out)
{
    const long long pair = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (pair >= m * w) return;
    const long long a = first[pair / w] * d, b = second[pair] * d;
    double sum = 0;
    for (int f = 0; f < d; ++f)
        if (!flat || !flat[f])
            sum = plus_square(sum, scaled(X, wide, a + f, scale, scale2), scaled(X, wide, b + f, scale, scale2));
    out[pair] = sum;
}

// target[rows[i]] becomes the least of itself and values[i], in double (CuPy's own atomic minimum rounds doubles to float).
extern "C" __global__ void lower(double* target, const long long* rows, const double* values, long long m)
{
    const long long i = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= m) return;
    unsigned long long* place = reinterpret_cast<unsigned long long*>(target + rows[i]);
    unsigned long long seen = *place;
    while (values[i] < __longlong_as_double((long long)seen)) {
        const unsigned long long before = atomicCAS(place, seen, (unsigned long long)__double_as_longlong(values[i]));
        if (before == seen) break;
        seen = before;
    }
}

constexpr int SIDE = 16;

// Squared distances (m, n) between rows first (m,) and second (n,). One block SIDE x SIDE pairs, SIDE features at a time.
extern "C" __global__ void tile_squares(const void* X, int wide, int d, double scale, double scale2, const unsigned char* flat,
                                        const long long* first, const long long* second, long long m, long long n, double* out)
{
    __shared__ double near[SIDE][SIDE + 1], far[SIDE][SIDE + 1];
    const int x = threadIdx.x, y = threadIdx.y;
    for (long long top = (long long)blockIdx.y * SIDE; top < m; top += (long long)gridDim.y * SIDE) {
        const long long left = (long long)blockIdx.x * SIDE;
        double sum = 0;
        for (int start = 0; start < d; start += SIDE) {
            const bool taken = start + x < d && (!flat || !flat[start + x]);
            near[y][x] = taken && top + y < m ? scaled(X, wide, first[top + y] * d + start + x, scale, scale2) : 0;
            far[y][x] = taken && left + y < n ? scaled(X, wide, second[left + y] * d + start + x, scale, scale2) : 0;
            __syncthreads();
            for (int f = 0; f < min(SIDE, d - start); ++f) sum = plus_square(sum, near[y][f], far[x][f]);
            __syncthreads();
        }
        if (top + y < m && left + x < n) out[(top + y) * n + left + x] = sum;
    }
}

// Rows (m, d) between rows base (m,) and neighbor (m,): p + gap (q - p), the difference in the type of X, product and sum in
// double, rounded once to the type of X. One thread a value.
extern "C" __global__ void interpolate(const void* X, int wide, int d, const long long* base, const long long* neighbor,
                                       const double* gap, long long m, void* out)
{
    const long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= m * d) return;
    const long long row = at / d, p = base[row] * d + at % d, q = neighbor[row] * d + at % d;
    if (wide) {
        const double* rows = static_cast<const double*>(X);
        static_cast<double*>(out)[at] = __dadd_rn(__dmul_rn(__dsub_rn(rows[q], rows[p]), gap[row]), rows[p]);
    } else {
        const float* rows = static_cast<const float*>(X);
        const double step = __dmul_rn((double)__fsub_rn(rows[q], rows[p]), gap[row]);
        static_cast<float*>(out)[at] = __double2float_rn(__dadd_rn(step, (double)rows[p]));
    }
}
