// Projection of rows into the coordinates that the search uses. Needs float64_distances.cu before it.
//
// A row is centred in scaled units, multiplied by unit * unit2, two powers of two that are applied one after the other, and
// rotated: out = (row - centre) . axes, summed in double and rounded once. Without axes the first r features are kept.

// Coordinates (m, r), of float if to_float32, else of double. outlying[row] and *any_outlying become 1 where a coordinate exceeds
// the limit. norms (m,), or null: norms of the centred rows in scaled units, rounded up. Grid: blocks of rows x groups of 32
// coordinates.
extern "C" __global__ void __launch_bounds__(32 * PROJECT_ROWS)
project(const __grid_constant__ ScaledMatrix matrix, const long long* rows, long long m, const double* centre, double unit,
        double unit2, const double* axes, int r, double limit, int to_float32, void* out, unsigned char* outlying,
        int* any_outlying, double* norms)
{
    __shared__ double staged[PROJECT_ROWS][32];
    const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, d = matrix.d;
    const long long position = (long long)blockIdx.x * PROJECT_ROWS + warp;
    if (position >= m) return; // the whole warp returns, and no barrier spans several warps
    for (int group = blockIdx.y * 32; group < r; group += gridDim.y * 32) {
        const int axis = group + lane;
        const bool computes_norm = norms && group == 0, all = axes || computes_norm;
        double value = 0, sq_norm = 0;
        for (int from = all ? 0 : group; from < (all ? d : group + 32); from += 32) {
            const int f = from + lane;
            double difference = 0;
            if (f < d && !is_ignored(matrix, f))
                difference = __dsub_rn(scaled_value(matrix, rows[position] * d + f), centre[f]);
            sq_norm = __dadd_rn(sq_norm, __dmul_rn(difference, difference));
            difference = __dmul_rn(__dmul_rn(difference, unit), unit2);
            if (!axes) {
                if (f == axis) value = difference;
                continue;
            }
            staged[warp][lane] = difference;
            __syncwarp();
            for (int g = 0; axis < r && g < min(32, d - from); ++g)
                value = __dadd_rn(value, __dmul_rn(staged[warp][g], axes[(long long)(from + g) * r + axis]));
            __syncwarp();
        }
        if (computes_norm) {
            for (int step = 16; step; step /= 2) sq_norm = __dadd_rn(sq_norm, __shfl_xor_sync(ALL_LANES, sq_norm, step));
            if (lane == 0) norms[position] = __dmul_rn(sqrt(sq_norm), 1 + 0x1p-39);
        }
        if (axis >= r) continue;
        if (to_float32) value = static_cast<float*>(out)[position * r + axis] = __double2float_rn(value);
        else static_cast<double*>(out)[position * r + axis] = value;
        if (!(fabs(value) <= limit)) outlying[position] = *any_outlying = 1;
    }
}
