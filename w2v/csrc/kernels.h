/* The five verbs of every word2vec step, on rows of float32 matrices.
 *
 * Rows are given as lists of pointers, so that a row may lie in the model or in a worker's own
 * copy. Promises: every function works on rows of `width` floats, starting at addresses aligned to
 * 64 bytes; the floats between the vector size and `width` are zero and stay zero. H and E hold a
 * row for each example, `stride` floats apart. The score of example i and output row j is at
 * S[i * ns + j]. Changes are added to a row when it is stored, so a row named twice receives both
 * changes. Refuses: nothing. Callers check.
 *
 * The same source (kernels.inl) is compiled once per instruction set; w2v_pick_kernels() returns
 * the best one the processor has.
 */
#ifndef W2V_KERNELS_H
#define W2V_KERNELS_H

#include <math.h>
#include <stdint.h>

#define W2V_ALIGN 64 /* bytes: a cache line */

/* For what is compiled once per instruction set: always inlined, so that it has its caller's set;
 * short loops over registers unrolled. */
#if defined(__GNUC__) || defined(__clang__)
#define INLINE inline __attribute__((always_inline))
#else
#define INLINE inline
#endif
#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define UNROLL _Pragma("GCC unroll 8")
#else
#define UNROLL
#endif

typedef struct {
    int64_t stride; /* floats from one row to the next */
    int64_t width;  /* floats of a row that are computed on: the vector size, rounded up */
} w2v_shape;

/* A sum of cross-entropies: nats, and what is not yet settled, log(product) + sum of each lane. A
 * logarithm a step would cost a twentieth of the training. */
#define W2V_LANES 16   /* no instruction set has more */
#define W2V_FACTORS 24 /* of at most 2 each: twice as many in each lane, and a double still holds
                        * the product of all lanes */
typedef struct {
    double nats;
    int64_t factors; /* in each product */
    float products[W2V_LANES];
    float sums[W2V_LANES];
} w2v_loss;

typedef struct {
    const char *isa;
    int lanes;

    /* H[i] = mean of the rows inputs[k], starts[i] <= k < starts[i + 1], for m examples. */
    void (*gather)(float *H, float *const *inputs, const int32_t *starts, int64_t m,
                   w2v_shape shape);

    /* S[i * ns + j] = h[i] . outputs[j] for m hidden rows and n output rows. */
    void (*scores)(float *S, int64_t ns, float *const *h, int64_t m, float *const *outputs,
                   int64_t n, w2v_shape shape);

    /* Scores become alpha * (label - sigmoid(score)), `count` of them in a row. The binary
     * cross-entropies are added to `loss`. S and labels have room up to a multiple of 16. */
    void (*sigmoid_errors)(float *S, const float *labels, int64_t count, float alpha,
                           w2v_loss *loss);

    /* Example i has the targets t = targets[k], starts[i] <= k < starts[i + 1], all of them
     * predicted from one pass: scores become alpha * sum_t (1[j = t] - softmax(score)_j). The
     * cross-entropies are added to `loss`. ns is a multiple of 16, and longer than n is allowed. */
    void (*softmax_errors)(float *S, int64_t ns, const int32_t *targets, const int32_t *starts,
                           int64_t m, int64_t n, float alpha, w2v_loss *loss);

    /* E[i] = sum_j S[i, j] outputs[j] and outputs[j] += sum_i S[i, j] h[i], both from the weights
     * before the call. `distinct` says that no output row is named twice; `in_place`, that no
     * hidden row is and that they are the inputs: then h[i] += what E[i] would have been, the same
     * as scatter() would do, and E is only room to work in. The `n_ahead` rows of `ahead` are asked
     * for on the way: the next step will need them. */
    void (*update)(float *E, float *const *h, int64_t m, const float *S, int64_t ns,
                   float *const *outputs, int64_t n, int distinct, int in_place,
                   float *const *ahead, int64_t n_ahead, w2v_shape shape);

    /* inputs[k] += E[i] (divided by the number of inputs of i if `exact`), as in gather(). */
    void (*scatter)(float *const *inputs, const int32_t *starts, const float *E, int64_t m,
                    int exact, w2v_shape shape);

    /* sum += row. */
    void (*add)(float *sum, const float *row, w2v_shape shape);

    /* row += weight * (sum - count * row): the change of `count` copies of a row, from their sum. */
    void (*blend)(float *row, const float *sum, float count, float weight, w2v_shape shape);

    /* For queries, on n rows of d floats, `stride` floats apart and at any address:
     * S[i] = rows[i] . query. */
    void (*dots)(float *S, const float *query, const float *rows, int64_t n, int64_t stride,
                 int64_t d);
} w2v_kernels;

/* The kernels named `isa`, or the best of this processor if NULL; NULL if it has none of the name. */
const w2v_kernels *w2v_pick_kernels(const char *isa);

/* The names that w2v_pick_kernels() takes on this processor, best first: i = 0, 1, ... NULL. */
const char *w2v_isa_name(int i);

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN /* its macros would take names such as min and small */
#define NOMINMAX
#include <windows.h>
#define W2V_YIELD() SwitchToThread()
#else
#include <sched.h>
#define W2V_YIELD() sched_yield()
#endif

#if defined(__GNUC__) || defined(__clang__)
#define W2V_PREFETCH(address) __builtin_prefetch((address), 1)
#define W2V_PREFETCH_READ(address) __builtin_prefetch((address), 0)
static inline int64_t w2v_arrive(int64_t *arrivals) {
    return __atomic_add_fetch(arrivals, 1, __ATOMIC_ACQ_REL);
}
static inline int64_t w2v_arrived(const int64_t *arrivals) {
    return __atomic_load_n(arrivals, __ATOMIC_ACQUIRE);
}
static inline int64_t w2v_fetch_add(int64_t *counter, int64_t value) {
    return __atomic_fetch_add(counter, value, __ATOMIC_RELAXED);
}
static inline int64_t w2v_load(const int64_t *flag) {
    return __atomic_load_n(flag, __ATOMIC_RELAXED);
}
static inline void w2v_store32(int32_t *p, int32_t value) {
    __atomic_store_n(p, value, __ATOMIC_RELAXED);
}
static inline int32_t w2v_exchange32(int32_t *p, int32_t value) {
    return __atomic_exchange_n(p, value, __ATOMIC_RELAXED);
}
static inline int64_t w2v_exchange64(int64_t *p, int64_t value) {
    return __atomic_exchange_n(p, value, __ATOMIC_ACQ_REL);
}
#else
#include <intrin.h>
#define W2V_PREFETCH(address) ((void)(address))
#define W2V_PREFETCH_READ(address) ((void)(address))
static inline int64_t w2v_fetch_add(int64_t *counter, int64_t value) {
    return _InterlockedExchangeAdd64(counter, value);
}
static inline int64_t w2v_load(const int64_t *flag) { return *(const volatile int64_t *)flag; }
static inline void w2v_store32(int32_t *p, int32_t value) { *(volatile int32_t *)p = value; }
static inline int32_t w2v_exchange32(int32_t *p, int32_t value) {
    return (int32_t)_InterlockedExchange((volatile long *)p, value);
}
static inline int64_t w2v_exchange64(int64_t *p, int64_t value) {
    return _InterlockedExchange64(p, value);
}
static inline int64_t w2v_arrive(int64_t *arrivals) {
    return _InterlockedIncrement64(arrivals);
}
static inline int64_t w2v_arrived(const int64_t *arrivals) {
    return _InterlockedOr64((int64_t *)arrivals, 0);
}
#endif

/* Wait until all workers are here; 0 if `*stop` says that some will not come. `arrivals` counts
 * up for ever: the meeting is complete at the next multiple of `workers`. A short spin, then the
 * core is offered to others: spinning on where another worker should run costs a thousandfold. */
static inline int w2v_meet(int64_t *arrivals, int64_t workers, const int64_t *stop) {
    const int64_t complete = (w2v_arrive(arrivals) + workers - 1) / workers * workers;
    for (int64_t spins = 0; w2v_arrived(arrivals) < complete; spins++) {
        if (w2v_load(stop)) return 0;
        if (spins > 500) W2V_YIELD();
    }
    return 1;
}

/* A lock: 0 is open. Its holder is quick; a worker that waits offers its core. */
static inline void w2v_lock(int64_t *lock) {
    while (w2v_exchange64(lock, 1)) W2V_YIELD();
}
static inline void w2v_unlock(int64_t *lock) { w2v_exchange64(lock, 0); }

/* Ask for the cache lines of a row that will be needed soon. */
static inline void w2v_prefetch_row(const float *row, w2v_shape shape) {
    for (int64_t c = 0; c < shape.width; c += W2V_ALIGN / 4) W2V_PREFETCH(row + c);
}

static inline w2v_loss w2v_no_loss(void) {
    w2v_loss loss = {.nats = 0};
    for (int k = 0; k < W2V_LANES; k++) loss.products[k] = 1;
    return loss;
}

/* Take the logarithm now. */
static inline void w2v_settle(w2v_loss *loss) {
    double nats = loss->nats, product = 1;
    for (int k = 0; k < W2V_LANES; k++) {
        nats += loss->sums[k];
        product *= loss->products[k];
    }
    *loss = w2v_no_loss();
    loss->nats = nats + log(product);
}

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

/* An entry of Walker's alias table: with 32 random bits below `threshold` the entry's own number
 * is drawn, else `alias`. Side by side, so that a draw costs one cache line. */
typedef struct {
    uint32_t threshold;
    int32_t alias;
} w2v_alias;

/* The entry that 64 random bits pick: the upper half does. */
static inline int32_t w2v_entry(uint32_t n, uint64_t bits) {
    return (int32_t)w2v_below((uint32_t)(bits >> 32), n);
}

/* Draw from the table with 64 random bits: the upper half picks the entry, the lower decides. The
 * mask in place of a branch saves a misprediction every few draws. */
static inline int32_t w2v_draw(const w2v_alias *table, uint32_t n, uint64_t bits) {
    const int32_t entry = w2v_entry(n, bits);
    const int32_t own = -(int32_t)((uint32_t)bits < table[entry].threshold);
    return (own & entry) | (~own & table[entry].alias);
}

#endif
