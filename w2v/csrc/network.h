/* Training of a feed-forward network: whole epochs of shuffle, gather, forward, loss, backward and
 * update, for float and double (network.inl, included for each precision and instruction set).
 *
 * Promises: weights are w[dest, source]; all changes of an update are computed at the old weights;
 * the same bits for any number of workers, because what is cut into tasks, and where, depends on
 * the network and the batch alone. Refuses: nothing. Callers check.
 *
 * Layers are numbered from 0, the input. Activations A[l] and deltas D[l] are (batch, units).
 */
#ifndef W2V_NETWORK_H
#define W2V_NETWORK_H

#include "memory.h"

#include <stdint.h>

enum { W2V_SIGMOID, W2V_TANH, W2V_RELU, W2V_LINEAR, W2V_SINE, W2V_SOFTMAX };
enum { W2V_SQUARED_ERROR, W2V_BINARY_CROSS_ENTROPY, W2V_CROSS_ENTROPY };
enum {
    W2V_SGD,
    W2V_MOMENTUM,
    W2V_NESTEROV,
    W2V_ADAGRAD,
    W2V_RMSPROP,
    W2V_ADADELTA,
    W2V_ADAM,
    W2V_SPARSE_ADAM
};

/* sgemm or dgemm of Fortran BLAS; the arguments are float or double alike. */
typedef void (*w2v_blas_gemm)(char *, char *, int *, int *, int *, void *, void *, int *, void *,
                              int *, void *, void *, int *);

typedef struct {
    int32_t units, activation;
    int32_t first_source, sources; /* in w2v_network.sources; the layer below comes first */
    int64_t bias;                  /* place in theta, or -1 */
    double k, K, dropout;
} w2v_layer;

typedef struct {
    int32_t from;
    int64_t weights; /* place in theta of the (units, units of `from`) matrix */
} w2v_source;

typedef struct {
    /* The network: layers[0] is the input, layers[last] the output. */
    const w2v_layer *layers;
    const w2v_source *sources;
    int64_t last;
    void *theta, *moments; /* (size,) and (2, size) */
    int64_t size;

    /* The patterns: (n, inputs), (n, outputs), and (n,) weights with mean 1 or NULL. */
    const void *X, *T, *weight;
    int64_t n;
    /* Sparse patterns: X holds the entries that are stored, those of pattern i at starts[i] ..
     * starts[i + 1], each with its input in columns[], at most one an input. NULL: X is dense. */
    const int64_t *starts;
    const int32_t *columns;

    /* How to train: see Training in reference.py. */
    int32_t loss, optimizer, shuffle;
    int64_t batch, patience, workers;
    uint64_t seed;
    double learning_rate, decay, first, second, epsilon, l2, clip, error_limit, tol;

    /* What has been done, and what is reported: the mean loss of each epoch. */
    int64_t epoch, epochs, done, updates;
    double *losses;

    /* Means. */
    int32_t small;      /* 1: the loops for small layers, 0: matrix products */
    w2v_blas_gemm gemm; /* for products of at least blas_from multiplications; NULL: none */
    int64_t blas_from;

    /* Work space, set by w2v_network_plan(). */
    void **A, **D, **slopes;
    void *gradient, *scratch, *small_space;
    uint8_t *active; /* whether an input is not 0 in the whole batch, for sparse Adam */
    int32_t *listed; /* such inputs in order, `n_listed` of them */
    int64_t n_listed;
    uint64_t *keys;
    int64_t *order;
    double *sums;
    int64_t scratch_each, gradient_each;

    /* Where workers meet. Who sets `stop` ends the training after the update under way. */
    int64_t arrivals, stop, quit, next[3];
} w2v_network;

/* Give a network its work space; if memory.start is NULL, only count it. */
void w2v_network_plan(w2v_network *net, int64_t bytes_per_real, w2v_memory *memory);

/* Units of the widest layer up to which loops beat matrix products. */
#define W2V_SMALL 16

/* Below so many multiplications BLAS costs more in preparing than it saves. */
#define W2V_BLAS_FROM 500000

/* How many workers find something to do in one update. */
int64_t w2v_network_workers(const w2v_network *net);

/* Train, as a worker counted from 0: all workers call this with the same network, and return
 * together. */
typedef void (*w2v_network_worker)(w2v_network *net, int64_t worker);
w2v_network_worker w2v_network_pick(int64_t bytes_per_real, const char *isa);

#endif
