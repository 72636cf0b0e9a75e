// Rows as the search sees them, in the frame of the candidates. Needs float64_distances.cu above it.
//
// A row is centred in scaled units, multiplied by unit * unit2, powers of two that are applied one after another, and turned:
// out = (row - centre) . axes, summed in double and rounded once. Without axes the first r features stay as they are.

constexpr int ROWS = 8; // of a block, one a warp

// Values (m, r) in float (narrow) or double; far[row] = *some = 1 where one is not within the limit. norms (m,), of rows that are
// centred, in scaled units and rounded up; null: not wanted. Grid: blocks of rows x groups of 32 values.
extern "C" __global__ void __launch_bounds__(32 * ROWS)
framed(const void* X, int wide, int d, double scale, double scale2, const unsigned char* flat, const long long* rows, long long m,
       const double* centre, double unit, double unit2, const double* axes, int r, double limit, int narrow, void* out,
       unsigned char* far, int* some, double* norms)
{
    __shared__ double staged[ROWS][32];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    const long long place = (long long)blockIdx.x * ROWS + warp;
    if (place >= m) return; // a whole warp, and no barrier is for more
    for (int group = blockIdx.y * 32; group < r; group += gridDim.y * 32) {
        const int own = group + lane;
        const bool measured = norms && group == 0, all = axes || measured;
        double value = 0, square = 0;
        for (int from = all ? 0 : group; from < (all ? d : group + 32); from += 32) {
            const int f = from + lane;
            double apart = 0;
            if (f < d && !(flat && flat[f]))
                apart = __dsub_rn(scaled(X, wide, rows[place] * d + f, scale, scale2), centre[f]);
            square = __dadd_rn(square, __dmul_rn(apart, apart));
            apart = __dmul_rn(__dmul_rn(apart, unit), unit2);
            if (!axes) {
                if (f == own) value = apart;
                continue;
            }
            staged[warp][lane] = apart;
            __syncwarp();
            for (int g = 0; own < r && g < min(32, d - from); ++g)
                value = __dadd_rn(value, __dmul_rn(staged[warp][g], axes[(long long)(from + g) * r + own]));
            __syncwarp();
        }
        if (measured) {
            for (int step = 16; step; step /= 2) square = __dadd_rn(square, __shfl_xor_sync(0xffffffffu, square, step));
            if (lane == 0) norms[place] = __dmul_rn(sqrt(square), 1 + 0x1p-39);
        }
        if (own >= r) continue;
        if (narrow) value = static_cast<float*>(out)[place * r + own] = __double2float_rn(value);
        else static_cast<double*>(out)[place * r + own] = value;
        if (!(fabs(value) <= limit)) far[place] = *some = 1;
    }
}
