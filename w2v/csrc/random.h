/* Random numbers as a function of place: a draw depends on the seed and on where it is made. */
#ifndef W2V_RANDOM_H
#define W2V_RANDOM_H

#include <stdint.h>

/* A 64-bit mixer (the finaliser of SplitMix64, Steele, Lea and Flood 2014). Both the stream of
 * random numbers and the per-token decisions are this function of a counter, so that a draw
 * depends on the seed and on where it is made, never on which thread makes it. */
static inline uint64_t w2v_mix(uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

#define W2V_GOLDEN 0x9e3779b97f4a7c15u /* 2^64 / golden ratio, SplitMix64's step */

static inline uint64_t w2v_next(uint64_t *state) { return w2v_mix(*state += W2V_GOLDEN); }

/* A uniform integer in [0, n) from 32 random bits (Lemire's multiply-shift; the bias is below
 * n / 2^32). */
static inline uint32_t w2v_below(uint32_t bits, uint32_t n) {
    return (uint32_t)(((uint64_t)bits * n) >> 32);
}

#endif
