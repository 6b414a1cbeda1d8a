/* kernels.inl compiled once per instruction set, and the choice between them. */
#include "kernels.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define PASTE_(a, b) a##_##b
#define PASTE(a, b) PASTE_(a, b)
#define NAME(x) PASTE(x, ISA)
#define STRING_(x) #x
#define STRING(x) STRING_(x)

/* How far below others a score stands in the lanes that hold none: its exponential is lost when it is
 * added to 1. No further, since numbers below the smallest normal one take the processor 25 ns. */
#define OUT_OF_SIGHT 50.0f

#define DOTS_AHEAD 256 /* floats, 1 KiB: half and twice as far are about as good */

/* Plain C: compilers without vector types use it, and the tests do. */
#define ISA scalar
#define LANES 1
#include "kernels.inl"
#undef ISA
#undef LANES

#if defined(__GNUC__) || defined(__clang__)
#define HAVE_VECTORS 1
typedef float vec4 __attribute__((vector_size(16), may_alias));
#if defined(__clang__)
#define SHUFFLE(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#else
typedef int32_t ivec4 __attribute__((vector_size(16)));
#define SHUFFLE(a, b, i, j, k, l) __builtin_shuffle(a, b, (ivec4){i, j, k, l})
#endif
/* What every processor of the architecture has: SSE2 on x86-64, NEON on 64-bit ARM. */
#define ISA baseline
#define LANES 4
#include "kernels.inl"
#undef ISA
#undef LANES
#endif

#if HAVE_VECTORS && defined(__x86_64__)
#define HAVE_AVX2 1
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#define ISA avx2
#define LANES 8
#include "kernels.inl"
#undef ISA
#undef LANES
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

const char *w2v_isa_name(int i) {
    const char *names[4] = {NULL, NULL, NULL, NULL};
    int count = 0;
#if HAVE_AVX2
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) names[count++] = "avx2";
#endif
#if HAVE_VECTORS
    names[count++] = "baseline";
#endif
    names[count++] = "scalar";
    return i < count ? names[i] : NULL;
}

const w2v_kernels *w2v_pick_kernels(const char *isa) {
    const char *name;
    for (int i = 0; (name = w2v_isa_name(i)) != NULL; i++) {
        if (isa != NULL && strcmp(isa, name) != 0) continue;
#if HAVE_AVX2
        if (strcmp(name, "avx2") == 0) return &kernels_avx2;
#endif
#if HAVE_VECTORS
        if (strcmp(name, "baseline") == 0) return &kernels_baseline;
#endif
        return &kernels_scalar;
    }
    return NULL;
}
