/* Vectors for the sources that are compiled once per instruction set and precision.
 *
 * Such a source is an .inl file. Its .c file defines, before it includes the .inl, ISA (a name),
 * REAL (float or double), SINT (the signed integer of that size), IS_DOUBLE (0 or 1) and BYTES (of
 * a vector; 0 for plain C), and takes the definitions back afterwards. simd.inl, included first,
 * gives the types and functions for them. All macros below follow the definitions in force.
 */
#ifndef W2V_SIMD_H
#define W2V_SIMD_H

#include <stdint.h>

#define W2V_ALIGN 64 /* bytes: a cache line */

#if defined(__GNUC__) || defined(__clang__)
#define HAVE_VECTORS 1
#define W2V_PREFETCH(address) __builtin_prefetch((address), 1)
#define W2V_PREFETCH_READ(address) __builtin_prefetch((address), 0)
/* Always inlined, so that the function is compiled for its caller's instruction set. */
#define INLINE inline __attribute__((always_inline))
#else
#define HAVE_VECTORS 0
#define W2V_PREFETCH(address) ((void)(address))
#define W2V_PREFETCH_READ(address) ((void)(address))
#define INLINE inline
#endif

/* Before a short loop over registers. */
#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define UNROLL _Pragma("GCC unroll 8")
#else
#define UNROLL
#endif

/* Between these two lines functions may use AVX2 and FMA. */
#if HAVE_VECTORS && defined(__x86_64__)
#define HAVE_AVX2 1
#if defined(__clang__)
#define BEGIN_AVX2                                                                               \
    _Pragma("clang attribute push(__attribute__((target(\"avx2,fma\"))), apply_to = function)")
#define END_AVX2 _Pragma("clang attribute pop")
#else
#define BEGIN_AVX2 _Pragma("GCC push_options") _Pragma("GCC target(\"avx2,fma\")")
#define END_AVX2 _Pragma("GCC pop_options")
#endif
#else
#define HAVE_AVX2 0
#endif

/* x_float_avx2, for example. */
#define NAME(x) PASTE(x, REAL, ISA)
#define PASTE(x, real, isa) PASTE_(x, real, isa)
#define PASTE_(x, real, isa) x##_##real##_##isa

#define VEC NAME(vec)
#define IVEC NAME(ivec) /* of integers: where a comparison holds, all bits of the lane are set */
#define LANES ((int)(BYTES ? BYTES / sizeof(REAL) : 1))
#define SELECT(condition, yes, no) NAME(select)(condition, yes, no)

/* The vector at pointer + c: an aligned address, the same for reading, any address for reading. */
#define AT(pointer, c) (*(VEC *)((pointer) + (c)))
#define CAT(pointer, c) (*(const VEC *)((pointer) + (c)))
#define UAT(pointer, c) (*(const NAME(uvec) *)((pointer) + (c)))

/* A lane of a vector variable, to read or to write. */
#define LANE(v, k) (((REAL *)&(v))[k])

#endif
