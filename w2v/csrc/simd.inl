/* Vectors of one precision and instruction set; simd.h says what must be defined. */
#include "simd.h"

#include <math.h>
#include <string.h>

#if BYTES
typedef REAL NAME(vec) __attribute__((vector_size(BYTES), may_alias));
typedef REAL NAME(uvec) __attribute__((vector_size(BYTES), may_alias, aligned(sizeof(REAL))));
typedef SINT NAME(ivec) __attribute__((vector_size(BYTES), may_alias));
static INLINE VEC NAME(select)(IVEC mask, VEC yes, VEC no) {
    return (VEC)((mask & (IVEC)yes) | (~mask & (IVEC)no));
}
#else
typedef REAL NAME(vec);
typedef REAL NAME(uvec);
typedef SINT NAME(ivec);
static INLINE VEC NAME(select)(IVEC condition, VEC yes, VEC no) { return condition ? yes : no; }
#endif

/* e^x; arguments beyond the range give the smallest or the largest number in it.
 *
 * x = n ln 2 + r with |r| <= ln 2 / 2: a polynomial in r, and n put into the exponent. Adding
 * 1.5 * 2^(digits - 1) rounds to an integer and leaves it in the low bits. The float's coefficients
 * are those of Cephes' expf (Moshier 1984), good to 1e-7; the double's are 1/k!, enough at degree
 * 13 for all but the last bit or two. Plain C calls the library's function. */
static INLINE VEC NAME(exp)(VEC x) {
    const VEC zero = {0};
#if IS_DOUBLE
    x = SELECT(x < -708.0, zero - 708.0, x);
    x = SELECT(x > 709.0, zero + 709.0, x);
#else
    x = SELECT(x < -87.0f, zero - 87.0f, x);
    x = SELECT(x > 88.0f, zero + 88.0f, x);
#endif
#if !BYTES && IS_DOUBLE
    return exp(x);
#elif !BYTES
    return expf(x);
#elif IS_DOUBLE
    const VEC shifted = x * 1.4426950408889634 + 6755399441055744.0;
    const VEC n = shifted - 6755399441055744.0;
    const VEC r = (x - n * 6.93147180369123816490e-01) - n * 1.90821492927058770002e-10;
    const VEC r2 = r * r, r4 = r2 * r2, r8 = r4 * r4;
    /* Estrin's order: four short chains, because a small network waits for every result */
    const VEC a = (1.0 + r) + r2 * (1.0 / 2 + r * (1.0 / 6));
    const VEC b = (1.0 / 24 + r * (1.0 / 120)) + r2 * (1.0 / 720 + r * (1.0 / 5040));
    const VEC c =
        (1.0 / 40320 + r * (1.0 / 362880)) + r2 * (1.0 / 3628800 + r * (1.0 / 39916800));
    const VEC d = 1.0 / 479001600 + r * (1.0 / 6227020800.0);
    return ((a + r4 * b) + r8 * (c + r4 * d)) * (VEC)(((IVEC)shifted + 1023) << 52);
#else
    const VEC shifted = x * 1.44269504f + 12582912.0f;
    const VEC n = shifted - 12582912.0f;
    const VEC r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    VEC p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    return p * (VEC)(((IVEC)shifted + 127) << 23);
#endif
}
