// float16 fragments for tensor cores, and a bound on the error of their products. Needs packed_layout.cu before it, and
// FEATURE_STEPS: the number of steps of STEP_FEATURES features, rounded up; features after the last are zeros.
//
// Rows are stored as 2^8 times their coordinates in float16, in the order in which a warp multiplies them:
//
//   fragment of 8 rows [step][lane][2], of 16 queries [step][lane][4]     words of two float16: a lane loads 8 or 16 bytes
//   then one float per row, where its sums start, or one per query, its margin; TILE_ROWS / 8 or TILE_ROWS / 16 fragments a tile
//
// The filter. Let F = 16 FEATURE_STEPS, c = 2^-10 + 2^-19 F, t the threshold of a query x, and s the score of a row y in
// float32. For a pair, the tensor cores compute the sum of  -2^16 (1 - c) |y|^2 / 2  and of all
// products of float16, and the pair passes if the sum is above  2^16 (t - c |x|^2 / 2 - 2^-32 F).  A pair with s > t always
// passes. In units of scores, with A = sum |x_f y_f|:
//   - two roundings to float16 change a product by (2^-10 + 2^-22) |x_f y_f| at most, and, where a float16 is subnormal, by
//     2^-33 (|x_f| + |y_f|) (1 + 2^-11) + 2^-66, which is below 2^-34 (x_f^2 + y_f^2 + 2) (1 + 2^-10);
//   - products of float16 are exact, but sums are not those of IEEE: a few terms at a time are aligned with the largest,
//     truncated and added, and the sum is truncated again. With groups of one term or more and no digit beyond float32, F
//     features lose 3 F 2^-23 (|y|^2 / 2 + (1 + 2^-9) A) at most, in any order; 2^-21 F is allowed. A subnormal or zero is
//     aligned as if it had the least exponent, which loses 2^-36 F more at most (Fasi, Higham, Mikaitis, Pranesh, Numerical
//     behavior of NVIDIA tensor cores, PeerJ Comput. Sci. 7:e330, 2021; Khattak, Mikaitis, Accurate models of NVIDIA tensor
//     cores, arXiv 2512.07004);
//   - s itself errs by 2^-24 (F + 2) (|y|^2 / 2 + A), and squared norms and starts by 2^-22 of themselves, both rounded
//     generously.
// A is at most (|x|^2 + |y|^2) / 2. So the sum of all errors is below  c (|x|^2 + |y|^2) / 2 + 2^-32 F:  besides 2^-10, c
// has 2^-19 F, and 1.2 times 2^-20 F is used. At this scale float16 holds coordinates up to 2^7; rows and queries of larger
// norms are stored as zeros, and their pairs always pass.

#ifdef __CUDA_ARCH__ // the tests on a CPU define these functions themselves
__device__ unsigned to_fp16(float value)
{
    unsigned short bits;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(bits) : "f"(value));
    return bits;
}

// Adds the products of 16 features to sums of 16 queries x 8 rows, 4 per lane: mma.m16n8k16.
__device__ __forceinline__ void multiply_fp16(float (&sum)[4], int4 x, int2 y)
{
#if __CUDA_ARCH__ >= 800
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
                 : "r"(x.x), "r"(x.y), "r"(x.z), "r"(x.w), "r"(y.x), "r"(y.y));
#else
    __trap(); // never launched on such a device
#endif
}

// Starts to copy 16 bytes to shared memory; they are there once this thread has called await_copies.
__device__ __forceinline__ void copy_async(int4* to, const int4* from)
{
#if __CUDA_ARCH__ >= 800
    const unsigned shared = (unsigned)__cvta_generic_to_shared(to);
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared), "l"(from) : "memory");
#endif
}

__device__ __forceinline__ void await_copies()
{
#if __CUDA_ARCH__ >= 800
    asm volatile("cp.async.wait_all;" ::: "memory");
#endif
}
#endif

constexpr int FEATURES = STEP_FEATURES * FEATURE_STEPS;
constexpr int FRAGMENT_WORDS = FRAGMENT_ROWS * (FEATURES / 2 + 1);
constexpr int TILE_FRAGMENTS = TILE_ROWS / FRAGMENT_ROWS;
constexpr float MAX_SQ_NORM = 16384.0f; // larger rows are stored as zeros
constexpr double SLACK = 0x1p-10 + 0x1p-19 * FEATURES; // c

static_assert(FRAGMENT_ROWS == 8 && STEP_FEATURES == 16, "the shape of mma.m16n8k16");

__device__ float initial_sum(float sq_norm)
{
    if (sq_norm == INFINITE) return -INFINITE; // no row in this slot: never passes
    if (sq_norm > MAX_SQ_NORM) return INFINITE;
    return __double2float_ru(__dmul_rn(-0x1p15 * (1 - SLACK), (double)sq_norm));
}

__device__ float query_margin(float sq_norm)
{
    if (sq_norm == INFINITE) return 0.0f;
    if (sq_norm > MAX_SQ_NORM) return INFINITE;
    return __double2float_ru(__dadd_rn(__dmul_rn(SLACK / 2, (double)sq_norm), 0x1p-32 * FEATURES));
}

// Packs tiles into fragments of `width` rows (8) or queries (16). One block per tile; each thread packs one word at a time. Which
// four features a lane holds is free if rows and queries agree: they are adjacent.
extern "C" __global__ void pack_fp16(const float* packed, const float* sq_norms, int width, int d, int* fragments)
{
    const int eights = width / 8, feature_words = width * FEATURES / 2, words = feature_words + width;
    const long long tile = blockIdx.x;
    fragments += tile * TILE_ROWS / width * words;
    for (int at = threadIdx.x; at < TILE_ROWS / width * words; at += blockDim.x) {
        const int word = at % words, lane = word / (2 * eights) % 32, lane_word = word % (2 * eights);
        const int row = at / words * width + (word < feature_words ? lane / 4 + lane_word % eights * 8 : word - feature_words);
        const float sq_norm = sq_norms[tile * TILE_ROWS + row];
        if (word >= feature_words) {
            fragments[at] = __float_as_int(width == FRAGMENT_ROWS ? initial_sum(sq_norm) : query_margin(sq_norm));
            continue;
        }
        const int feature = word / (64 * eights) * 16 + lane % 4 * 4 + lane_word / eights * 2;
        unsigned pair = 0;
        for (int f = feature; f < min(feature + 2, sq_norm > MAX_SQ_NORM ? 0 : d); ++f)
            pair |= to_fp16(256.0f * packed[(tile * d + f) * TILE_ROWS + row]) << (f - feature) * 16;
        fragments[at] = (int)pair;
    }
}
