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

#include "simd.h"

#include <math.h>

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

    /* inputs[k] += E[i] (divided by the number of inputs of i if `exact_gradient`), as in gather(). */
    void (*scatter)(float *const *inputs, const int32_t *starts, const float *E, int64_t m,
                    int exact_gradient, w2v_shape shape);

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

/* How rows of so many floats lie: they start on cache lines, the rest is padding. */
static inline w2v_shape w2v_shape_of(int64_t columns, const w2v_kernels *kernels) {
    const int64_t per_line = W2V_ALIGN / (int64_t)sizeof(float), lanes = kernels->lanes;
    return (w2v_shape){.stride = (columns + per_line - 1) / per_line * per_line,
                       .width = (columns + lanes - 1) / lanes * lanes};
}

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

#endif
