// CUDA C++ on a CPU, for tests: the text of a kernel compiles as C++, and each CUDA thread is a fiber.
//
// Blocks run one after another. Each warp in turn runs as far as it can, in even blocks from the first warp and in odd blocks from
// the last. A fiber that waits, at a barrier or for the other lanes of its warp, gives up its turn. If no fiber moves in a whole
// round, the block can never end. This, and every broken rule of CUDA, is reported with the block in which it happened.
//
// It finds: barriers that some threads miss or that differ, warp operations with missing lanes, accesses outside an array (under
// -fsanitize=address), uses of shared memory that was not written (it is poisoned before every block) or whose asynchronous copy
// was not awaited, arguments of the wrong type.
// It cannot find: races between blocks or within a warp, races between warps that this order does not show, a missing
// __syncwarp, anything about time.
#pragma once

#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)
#define __grid_constant__
#define __restrict__ __restrict
// Shared memory is static: all fibers of a block see it. A section of its own can be poisoned between blocks, but the address
// sanitizer guards only variables outside such sections.
#ifdef __SANITIZE_ADDRESS__
#define __shared__ static
#else
#define __shared__ static __attribute__((section("shared_memory")))
extern "C" char __start_shared_memory[] __attribute__((weak)), __stop_shared_memory[] __attribute__((weak));
#endif

using std::max;
using std::min;

struct dim3 { unsigned x = 1, y = 1, z = 1; };
struct alignas(8) float2 { float x, y; };
struct alignas(16) float4 { float x, y, z, w; };
struct alignas(8) int2 { int x, y; };
struct alignas(16) int4 { int x, y, z, w; };

namespace on_cpu {

constexpr size_t STACK = 48 * 1024;
constexpr unsigned WARP = 32;

struct Fiber {
    ucontext_t context;
    jmp_buf resume_at; // where it gave up its turn; unlike a swap of contexts, a jump needs no system call
    bool begun = false;
    dim3 index;
    unsigned number = 0;
    int barrier = 0; // source line of the barrier at which it waits; 0: none
    bool ended = false;
    std::vector<std::pair<int4*, const int4*>> copies; // started and not awaited yet
};

// An exchange within a warp: each lane writes a value, waits for the others, and reads theirs. Two rooms, used in turn, separate
// successive exchanges.
struct Warp {
    unsigned ended = 0, arrived = 0, generation = 0;
    uint64_t room[2][WARP];
};

struct Block {
    dim3 grid, shape, index;
    std::vector<Fiber> fibers;
    std::vector<Warp> warps;
    std::vector<char> stacks;
    ucontext_t scheduler;
    jmp_buf scheduler_resume_at;
    Fiber* current = nullptr;
    unsigned running = 0, waiting = 0, generation = 0;
    uint64_t progress = 0; // grows whenever a fiber moves on
    std::string broken;    // the first rule that was broken
};

inline Block block;
inline void (*entry)(void**);
inline void** arguments;

#ifdef __SANITIZE_ADDRESS__ // it follows contexts, but not jumps between stacks
inline void give_up_turn() { swapcontext(&block.current->context, &block.scheduler); }
inline void give_turn(Fiber& fiber) { swapcontext(&block.scheduler, &fiber.context); }
#else
inline void give_up_turn()
{
    if (!_setjmp(block.current->resume_at)) _longjmp(block.scheduler_resume_at, 1);
}
inline void give_turn(Fiber& fiber)
{
    if (_setjmp(block.scheduler_resume_at)) return;
    if (fiber.begun) _longjmp(fiber.resume_at, 1);
    fiber.begun = true;
    setcontext(&fiber.context);
}
#endif

inline void break_rule(const std::string& what)
{
    if (block.broken.empty()) block.broken = what;
    for (;;) give_up_turn(); // the scheduler leaves this block
}

inline void barrier(int line)
{
    Fiber& self = *block.current;
    if (block.running != block.fibers.size()) break_rule("a barrier after some threads of the block have ended");
    for (const Fiber& other : block.fibers)
        if (other.barrier && other.barrier != line)
            break_rule("threads wait at barriers of lines " + std::to_string(other.barrier) + " and " + std::to_string(line));
    const unsigned generation = block.generation;
    self.barrier = line;
    ++block.progress;
    if (++block.waiting == block.running) {
        block.waiting = 0;
        ++block.generation;
        for (Fiber& other : block.fibers) other.barrier = 0;
    }
    while (generation == block.generation) give_up_turn();
}

inline Warp& warp() { return block.warps[block.current->number / WARP]; }
inline unsigned lane() { return block.current->number % WARP; }

// Values of all lanes, once all have arrived. `mask` must name every lane of the warp, and no lane may have ended.
inline const uint64_t* exchange(unsigned mask, uint64_t value)
{
    Warp& w = warp();
    const unsigned here = std::min<unsigned>(WARP, block.fibers.size() - block.current->number / WARP * WARP);
    const unsigned lanes = here == WARP ? ~0u : (1u << here) - 1;
    if ((mask & lanes) != lanes) break_rule("a warp operation whose mask leaves lanes out");
    if (w.ended) break_rule("a warp operation after some lanes have ended");
    const unsigned generation = w.generation;
    uint64_t* room = w.room[generation % 2];
    room[lane()] = value;
    ++block.progress;
    if (++w.arrived == here) {
        w.arrived = 0;
        ++w.generation;
    }
    while (generation == w.generation) give_up_turn();
    return room;
}

template <class T> T from_lane(unsigned mask, T value, unsigned source)
{
    static_assert(sizeof(T) <= sizeof(uint64_t));
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(T));
    bits = exchange(mask, bits)[source % WARP];
    std::memcpy(&value, &bits, sizeof(T));
    return value;
}

inline void run_fiber()
{
    entry(arguments);
    Fiber& self = *block.current;
    self.ended = true;
    --block.running;
    warp().ended |= 1u << lane();
    ++block.progress;
    if (block.waiting) break_rule("a thread ended while others wait at the barrier of line " + [] {
        for (const Fiber& other : block.fibers) if (other.barrier) return std::to_string(other.barrier);
        return std::string("?");
    }());
    give_up_turn();
}

inline void prepare_block()
{
    const dim3 shape = block.shape;
    const unsigned threads = shape.x * shape.y * shape.z;
    block.fibers.assign(threads, Fiber{});
    block.warps.assign((threads + WARP - 1) / WARP, Warp{});
    block.running = threads;
    block.waiting = block.generation = 0;
#ifndef __SANITIZE_ADDRESS__
    if (__start_shared_memory) std::memset(__start_shared_memory, 0xCD, __stop_shared_memory - __start_shared_memory);
#endif
    for (unsigned number = 0; number < threads; ++number) {
        Fiber& fiber = block.fibers[number];
        fiber.number = number;
        fiber.index = {number % shape.x, number / shape.x % shape.y, number / (shape.x * shape.y)};
        getcontext(&fiber.context);
        fiber.context.uc_stack.ss_sp = &block.stacks[number * STACK];
        fiber.context.uc_stack.ss_size = STACK;
        makecontext(&fiber.context, run_fiber, 0);
    }
}

// Runs a warp as far as it can: if it should wait for other warps and does not, it now does something wrong.
inline void run_warp(size_t number)
{
    const size_t first = number * WARP, end = std::min(first + WARP, block.fibers.size());
    for (uint64_t before = block.progress - 1; before != block.progress;) {
        before = block.progress;
        for (size_t thread = first; thread < end; ++thread) {
            if (block.fibers[thread].ended) continue;
            block.current = &block.fibers[thread];
            give_turn(*block.current);
            if (!block.broken.empty()) return;
        }
    }
}

inline void run_block()
{
    prepare_block();
    while (block.running) {
        const uint64_t before = block.progress;
        const bool backwards = block.index.x % 2;
        for (size_t turn = 0; turn < block.warps.size(); ++turn) {
            run_warp(backwards ? block.warps.size() - 1 - turn : turn);
            if (!block.broken.empty()) return;
        }
        if (before == block.progress) {
            block.broken = "all threads wait for others";
            return;
        }
    }
}

inline const char* launch(void (*body)(void**), void** values, const unsigned* grid, const unsigned* shape)
{
    static std::string report;
    entry = body;
    arguments = values;
    block.grid = {grid[0], grid[1], grid[2]};
    block.shape = {shape[0], shape[1], shape[2]};
    block.stacks.resize(size_t(shape[0]) * shape[1] * shape[2] * STACK);
    block.broken.clear();
    for (unsigned z = 0; z < grid[2]; ++z)
        for (unsigned y = 0; y < grid[1]; ++y)
            for (unsigned x = 0; x < grid[0]; ++x) {
                block.index = {x, y, z};
                run_block();
                if (block.broken.empty()) continue;
                report = "block (" + std::to_string(x) + ", " + std::to_string(y) + ", " + std::to_string(z) + "): " + block.broken;
                return report.c_str();
            }
    return nullptr;
}

// ---- for Python: the parameters of a kernel ----
// One letter each as in the struct module, pointers in capitals, void* as P; a struct as {size name:letter:offset ...}.

template <class T> struct Description {
    static std::string text()
    {
        using V = std::remove_cv_t<std::remove_pointer_t<T>>;
        char letter = '?';
        if constexpr (std::is_void_v<V>) letter = 'p';
        else if constexpr (std::is_same_v<V, float>) letter = 'f';
        else if constexpr (std::is_same_v<V, double>) letter = 'd';
        else if constexpr (std::is_same_v<V, int>) letter = 'i';
        else if constexpr (std::is_same_v<V, long long>) letter = 'q';
        else if constexpr (std::is_same_v<V, unsigned char>) letter = 'b';
        else if constexpr (std::is_same_v<V, unsigned long long>) letter = 'u';
        return {std::is_pointer_v<T> ? char(letter - 'a' + 'A') : letter};
    }
};

template <class... P> std::string describe(void (*)(P...))
{
    std::string text;
    for (const std::string& parameter : {Description<std::remove_cv_t<P>>::text()...}) text += parameter + "\n";
    return text;
}

template <auto kernel, class... P, size_t... I> void call(void (*)(P...), void** values, std::index_sequence<I...>)
{
    kernel(*static_cast<P*>(values[I])...);
}

template <class... P> constexpr auto numbers(void (*)(P...)) { return std::index_sequence_for<P...>{}; }

template <auto kernel> void body(void** values) { call<kernel>(kernel, values, numbers(kernel)); }

} // namespace on_cpu

#define MEMBER(name) + " " #name ":" + Description<decltype(S::name)>::text() + ":" + std::to_string(offsetof(S, name))
#define DESCRIBE_STRUCT(name, members)                                                                  \
    template <> struct on_cpu::Description<name> {                                                      \
        using S = name;                                                                                 \
        static std::string text() { return "{" + std::to_string(sizeof(S)) members + "}"; }             \
    };

#define EXPORT_KERNEL(name)                                                                             \
    extern "C" const char* parameters_of_##name()                                                       \
    {                                                                                                   \
        static const std::string text = on_cpu::describe(name);                                         \
        return text.c_str();                                                                            \
    }                                                                                                   \
    extern "C" const char* launch_##name(void** values, const unsigned* grid, const unsigned* shape)    \
    {                                                                                                   \
        return on_cpu::launch(on_cpu::body<name>, values, grid, shape);                                 \
    }

// ---- built-in variables and functions of CUDA ----

#define threadIdx (on_cpu::block.current->index)
#define blockIdx (on_cpu::block.index)
#define blockDim (on_cpu::block.shape)
#define gridDim (on_cpu::block.grid)
#define __syncthreads() on_cpu::barrier(__LINE__)

template <class T> T __shfl_sync(unsigned mask, T value, int source, int width = 32)
{
    return on_cpu::from_lane(mask, value, on_cpu::lane() / width * width + source % width);
}
template <class T> T __shfl_up_sync(unsigned mask, T value, int by, int width = 32)
{
    const int position = on_cpu::lane() % width;
    return on_cpu::from_lane(mask, value, on_cpu::lane() - (position >= by ? by : 0));
}
template <class T> T __shfl_xor_sync(unsigned mask, T value, int by) { return on_cpu::from_lane(mask, value, on_cpu::lane() ^ by); }
inline unsigned __ballot_sync(unsigned mask, int vote)
{
    const uint64_t* votes = on_cpu::exchange(mask, vote != 0);
    const unsigned here = std::min<unsigned>(32, on_cpu::block.fibers.size() - on_cpu::block.current->number / 32 * 32);
    unsigned result = 0;
    for (unsigned l = 0; l < here; ++l) result |= unsigned(votes[l]) << l;
    return result;
}
inline int __any_sync(unsigned mask, int vote) { return __ballot_sync(mask, vote) != 0; }

inline void __syncwarp(unsigned mask = ~0u) { on_cpu::exchange(mask, 0); }

inline int __ffs(unsigned bits) { return __builtin_ffs(bits); }
inline int __popc(unsigned bits) { return __builtin_popcount(bits); }
inline double __longlong_as_double(long long bits) { double value; std::memcpy(&value, &bits, 8); return value; }
inline long long __double_as_longlong(double value) { long long bits; std::memcpy(&bits, &value, 8); return bits; }
inline float __int_as_float(int bits) { float value; std::memcpy(&value, &bits, 4); return value; }
inline int __float_as_int(float value) { int bits; std::memcpy(&bits, &value, 4); return bits; }

// compiled with -ffp-contract=off: only fmaf fuses a product with a sum
inline float __fsub_rn(float a, float b) { return a - b; }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dsub_rn(double a, double b) { return a - b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline float __double2float_rn(double value) { return float(value); }
inline float __double2float_rd(double value)
{
    const float nearest = float(value);
    return nearest > value ? std::nextafter(nearest, -HUGE_VALF) : nearest;
}
inline float __double2float_ru(double value) { return -__double2float_rd(-value); }
inline float __fsub_rd(float a, float b)
{
    const float nearest = a - b;
    if (std::isinf(nearest)) return nearest;
    const float subtracted = nearest - a; // the rounding error is a float itself (Knuth's sum of two)
    const float lost = (a - (nearest - subtracted)) + (-b - subtracted);
    return lost < 0 ? std::nextafter(nearest, -HUGE_VALF) : nearest;
}

// blocks run one after another
template <class T> T atomicAdd(T* address, T value) { const T old = *address; *address += value; return old; }
template <class T> T atomicCAS(T* address, T expected, T value)
{
    const T old = *address;
    if (old == expected) *address = value;
    return old;
}

// ---- machine instructions of fp16_fragments.cu ----

// The bits of the float16 nearest to a value, ties to even.
inline unsigned to_fp16(float value)
{
    const unsigned sign = std::signbit(value) ? 0x8000 : 0;
    const float size = std::fabs(value);
    if (!(size < 65520)) return sign | 0x7c00;
    const int exponent = size < 0x1p-14f ? -14 : std::ilogb(size);
    return sign | (unsigned((exponent + 14) << 10) + unsigned(std::nearbyint(std::ldexp(double(size), 10 - exponent))));
}

inline double from_fp16(unsigned bits)
{
    const int exponent = bits >> 10 & 31;
    const double finite = std::ldexp(double(bits & 1023) + (exponent ? 1024 : 0), std::max(exponent, 1) - 25);
    const double size = exponent == 31 ? (bits & 1023 ? NAN : HUGE_VAL) : finite;
    return bits >> 15 & 1 ? -size : size;
}

namespace on_cpu {

// As tensor cores are observed to add: four products at a time and the sum so far are aligned with the largest of them, truncated
// at the last digit of float32, added without error, and truncated again.
inline float add_products(float sum, const double (&products)[4])
{
    if (!std::isfinite(sum + products[0] + products[1] + products[2] + products[3])) {
        for (double product : products) sum += float(product);
        return sum;
    }
    double largest = std::fabs(double(sum));
    for (double product : products) largest = std::max(largest, std::fabs(product));
    if (largest == 0) return sum;
    const double digits = std::ldexp(1.0, 23 - std::ilogb(largest));
    double total = std::trunc(sum * digits);
    for (double product : products) total += std::trunc(product * digits);
    total /= digits;
    const float nearest = float(total);
    return std::fabs(double(nearest)) > std::fabs(total) ? std::nextafter(nearest, 0.0f) : nearest;
}

} // namespace on_cpu

inline void multiply_fp16(float (&sum)[4], int4 x, int2 y)
{
    static const std::vector<double> values = [] {
        std::vector<double> all(65536);
        for (unsigned bits = 0; bits < 65536; ++bits) all[bits] = from_fp16(bits);
        return all;
    }();
    const unsigned words[6] = {unsigned(x.x), unsigned(x.y), unsigned(x.z), unsigned(x.w), unsigned(y.x), unsigned(y.y)};
    unsigned all[32][6];
    for (int pair = 0; pair < 3; ++pair) {
        const uint64_t* room = on_cpu::exchange(~0u, words[2 * pair] | uint64_t(words[2 * pair + 1]) << 32);
        for (int lane = 0; lane < 32; ++lane) {
            all[lane][2 * pair] = unsigned(room[lane]);
            all[lane][2 * pair + 1] = unsigned(room[lane] >> 32);
        }
    }
    const unsigned lane = on_cpu::lane();
    for (int j = 0; j < 4; ++j) // sum j is of query lane / 4 + j / 2 * 8 and row lane % 4 * 2 + j % 2
        for (int high = 0; high < 2; ++high)
            for (int both = 0; both < 2; ++both) {
                double products[4];
                for (int i = 0; i < 4; ++i) {
                    const unsigned other = both * 2 + i / 2;
                    const unsigned a = all[lane / 4 * 4 + other][high * 2 + j / 2], b = all[(lane % 4 * 2 + j % 2) * 4 + other][4 + high];
                    products[i] = values[a >> i % 2 * 16 & 0xffff] * values[b >> i % 2 * 16 & 0xffff];
                }
                sum[j] = on_cpu::add_products(sum[j], products);
            }
}

// A copy arrives only when it is awaited; until then its target is poisoned.
inline void copy_async(int4* to, const int4* from)
{
    std::memset(to, 0xCD, sizeof(int4));
    on_cpu::block.current->copies.push_back({to, from});
}
inline void await_copies()
{
    for (auto [to, from] : on_cpu::block.current->copies) *to = *from;
    on_cpu::block.current->copies.clear();
}
