// Rows as halves for tensor cores, and how wrong their products can be. Needs packed_layout.cu above it, and STEPS: sixteens of features,
// rounded up; features beyond the last are zeros.
//
// Rows are held as halves of 2^8 times their coordinates, in the order in which a warp multiplies them:
//
//   fragment of 8 rows [step][lane][2], of 16 queries [step][lane][4]     words of two halves: a lane loads 8 or 16 bytes
//   then one float a row, where its sums start, or one a query, its margin; TILE / 8 or TILE / 16 fragments a tile
//
// The filter. Let F = 16 STEPS, c = 2^-10 + 2^-19 F, t the threshold of a query x, and s the score of a row y in float32. Of a
// pair, the tensor cores compute the sum of  -2^16 (1 - c) |y|^2 / 2  and of all products of halves, and it passes if the sum is
// above  2^16 (t - c |x|^2 / 2 - 2^-32 F).  A pair with s > t always passes. In units of scores, with A = sum |x_f y_f|:
//   - two roundings to halves change a product by (2^-10 + 2^-22) |x_f y_f| at most, and, where a half is subnormal, by 2^-33
//     (|x_f| + |y_f|) (1 + 2^-11) + 2^-66, which is below 2^-34 (x_f^2 + y_f^2 + 2) (1 + 2^-10);
//   - products of halves are exact, and sums are not those of IEEE: some terms at a time are aligned with the largest, cut off
//     and added, and the sum is cut off again. With blocks of one term or more and no digit beyond float32, F features lose
//     3 F 2^-23 (|y|^2 / 2 + (1 + 2^-9) A) at most, in any order; 2^-21 F is allowed. A subnormal or zero is aligned as if it had the
//     least exponent, which loses 2^-36 F more at most (Fasi, Higham, Mikaitis, Pranesh, Numerical behavior of NVIDIA tensor
//     cores, PeerJ Comput. Sci. 7:e330, 2021; Khattak, Mikaitis, Accurate models of NVIDIA tensor cores, arXiv 2512.07004);
//   - s itself errs by 2^-24 (F + 2) (|y|^2 / 2 + A), and norms and starts by 2^-22 of themselves, both rounded generously.
// A is at most (|x|^2 + |y|^2) / 2. So the sum of all is below  c (|x|^2 + |y|^2) / 2 + 2^-32 F:  beside 2^-10, c has 2^-19 F, and
// 1.2 times 2^-20 F is used. Halves hold coordinates up to 2^7; rows and queries of norms beyond it are zeros, and always pass.

#ifdef __CUDA_ARCH__ // tests without a GPU have their own
__device__ unsigned half_of(float value)
{
    unsigned short half;
    asm("cvt.rn.f16.f32 %0, %1;" : "=h"(half) : "f"(value));
    return half;
}

// Sums of 16 queries x 8 rows, 4 a lane, and the products of 16 features: mma.m16n8k16.
__device__ __forceinline__ void multiply_halves(float (&sum)[4], int4 x, int2 y)
{
#if __CUDA_ARCH__ >= 800
    asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
                 : "r"(x.x), "r"(x.y), "r"(x.z), "r"(x.w), "r"(y.x), "r"(y.y));
#else
    __trap(); // nobody starts it there
#endif
}

// 16 bytes on their way to shared memory, until this thread waits for all of its copies.
__device__ __forceinline__ void copy_ahead(int4* to, const int4* from)
{
#if __CUDA_ARCH__ >= 800
    const unsigned shared = (unsigned)__cvta_generic_to_shared(to);
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16;" ::"r"(shared), "l"(from) : "memory");
#endif
}

__device__ __forceinline__ void copies_done()
{
#if __CUDA_ARCH__ >= 800
    asm volatile("cp.async.wait_all;" ::: "memory");
#endif
}
#endif

constexpr int FEATURES = 16 * STEPS;
constexpr int ROWS = 8;                                               // of a fragment
constexpr int FRAGMENT = ROWS * (FEATURES / 2 + 1);                   // words
constexpr int FRAGMENTS = TILE / ROWS;                                // of a tile
constexpr float FAR = 16384.0f; // norms squared beyond which no halves are made
constexpr double SLACK = 0x1p-10 + 0x1p-19 * FEATURES;

__device__ float start_of(float norm)
{
    if (norm == INFINITE) return -INFINITE; // beyond the last row: never passes
    return norm > FAR ? INFINITE : __double2float_ru(__dmul_rn(-0x1p15 * (1 - SLACK), (double)norm));
}

__device__ float margin_of(float norm)
{
    if (norm == INFINITE) return 0.0f;
    return norm > FAR ? INFINITE : __double2float_ru(__dadd_rn(__dmul_rn(SLACK / 2, (double)norm), 0x1p-32 * FEATURES));
}

// Fragments of the `width` rows (8) or queries (16) of tiles: one block a tile, one thread a word. Which four features a lane
// holds is free, as long as rows and queries agree: four neighbours.
extern "C" __global__ void halves(const float* packed, const float* norms, int width, int d, int* fragments)
{
    const int times = width / 8, pairs = width * FEATURES / 2, words = pairs + width;
    const long long tile = blockIdx.x;
    fragments += tile * TILE / width * words;
    for (int at = threadIdx.x; at < TILE / width * words; at += blockDim.x) {
        const int word = at % words, lane = word / (2 * times) % 32, one = word % (2 * times);
        const int row = at / words * width + (word < pairs ? lane / 4 + one % times * 8 : word - pairs);
        const float norm = norms[tile * TILE + row];
        if (word >= pairs) {
            fragments[at] = __float_as_int(width == ROWS ? start_of(norm) : margin_of(norm));
            continue;
        }
        const int feature = word / (64 * times) * 16 + lane % 4 * 4 + one / times * 2;
        unsigned both = 0;
        for (int f = feature; f < min(feature + 2, norm > FAR ? 0 : d); ++f)
            both |= half_of(256.0f * packed[(tile * d + f) * TILE + row]) << (f - feature) * 16;
        fragments[at] = (int)both;
    }
}
