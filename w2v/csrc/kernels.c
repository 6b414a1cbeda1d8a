/* kernels.inl compiled once per instruction set, and the choice between them. */
#include "kernels.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define STRING_(x) #x
#define STRING(x) STRING_(x)

/* How far below others a score stands in the lanes that hold none: its exponential is lost when it is
 * added to 1. No further, since numbers below the smallest normal one take the processor 25 ns. */
#define OUT_OF_SIGHT 50.0f

#define DOTS_AHEAD 256 /* floats, 1 KiB: half and twice as far are about as good */

/* What update_tile() in kernels.inl does. */
enum {
    BOTH,          /* as above */
    BOTH_IN_PLACE, /* the last tile, where h are the inputs: h[i] += E[i] instead of storing E[i] */
    BOTH_OF_ONE,   /* m is 1: the errors stay in registers, and no change has to be gathered */
    ONLY_E,        /* where an output row may stand in two tiles, E comes first, for all tiles, ... */
    ONLY_OUTPUTS,  /* ... and then the outputs */
    ONLY_OUTPUTS_IN_PLACE /* the last tile of these, with h[i] += E[i] */
};

#define REAL float
#define SINT int32_t
#define IS_DOUBLE 0

/* Plain C: compilers without vector types use it, and the tests do. A page has no use for it. */
#if !(HAVE_VECTORS && defined(__wasm__))
#define HAVE_SCALAR 1
#define ISA scalar
#define BYTES 0
#include "kernels.inl"
#undef ISA
#undef BYTES
#else
#define HAVE_SCALAR 0
#endif

#if HAVE_VECTORS
typedef float vec4 __attribute__((vector_size(16), may_alias));
#if defined(__clang__)
#define SHUFFLE(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#else
typedef int32_t ivec4 __attribute__((vector_size(16)));
#define SHUFFLE(a, b, i, j, k, l) __builtin_shuffle(a, b, (ivec4){i, j, k, l})
#endif
/* What every processor of the architecture has: SSE2 on x86-64, NEON on 64-bit ARM, SIMD128 in
 * WebAssembly. */
#define ISA baseline
#define BYTES 16
#include "kernels.inl"
#undef ISA
#undef BYTES
#endif

#if HAVE_AVX2
BEGIN_AVX2
#define ISA avx2
#define BYTES 32
#include "kernels.inl"
#undef ISA
#undef BYTES
END_AVX2
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
#if HAVE_SCALAR
    names[count++] = "scalar";
#endif
    return i < count ? names[i] : NULL;
}

const w2v_kernels *w2v_pick_kernels(const char *isa) {
    const char *name;
    for (int i = 0; (name = w2v_isa_name(i)) != NULL; i++) {
        if (isa != NULL && strcmp(isa, name) != 0) continue;
#if HAVE_AVX2
        if (strcmp(name, "avx2") == 0) return &kernels_float_avx2;
#endif
#if HAVE_VECTORS
        if (strcmp(name, "baseline") == 0) return &kernels_float_baseline;
#endif
#if HAVE_SCALAR
        return &kernels_float_scalar;
#endif
    }
    return NULL;
}
