/* The training loop: blocks of an encoded corpus become steps on rows.
 *
 * A block is a number of consecutive tokens, the unit of work, of randomness and of the learning
 * rate. Its words are chosen (subsampling, windows), then each centre becomes a job: the examples
 * of its context (skip-gram or CBOW) against the output rows of its loss (negative sampling,
 * hierarchical or exact softmax). Two list builders for the inputs, three for the outputs.
 *
 * Knows ids and rows. Not: words, Python, files. All memory is the caller's.
 */
#ifndef W2V_TRAIN_H
#define W2V_TRAIN_H

#include "draws.h"
#include "kernels.h"

/* What every worker of an epoch reads, and nobody writes. */
typedef struct {
    const w2v_kernels *kernels;
    w2v_shape shape;
    const int32_t *ids; /* (tokens,) */
    const int64_t *offsets; /* (sentences + 1,): sentence i is ids[offsets[i]:offsets[i + 1]] */
    int64_t sentences, tokens;
    int64_t block; /* tokens of a block */
    uint64_t seed;
    int64_t epoch;
    float alpha, end_alpha; /* learning rates at the first and behind the last token */
    int cbow, shrink;
    int shared; /* the examples of a centre share its noise words */
    int negative_sampling, hierarchical, softmax; /* one of them is true */
    int32_t window, negative;
    int32_t vocabulary;
    int32_t pool;  /* noise words a block draws */
    int32_t batch; /* examples an exact softmax step waits for */
    int32_t sampled;      /* ids below it may be left out: ... */
    const uint32_t *keep; /* ... a word is kept if 32 random bits are below keep[word] */
    const w2v_alias *noise;
    const int64_t *path_starts; /* word i's Huffman path: nodes path_starts[i]:path_starts[i + 1] */
    const int32_t *path_nodes;
    const float *path_labels; /* 1 - code; 16 behind the last one may be read */
    const float *labels;      /* negative sampling: 1 and `negative` zeros, again and again */
} w2v_plan;

/* One step: m examples against n output rows that they share. */
typedef struct {
    int32_t m, n;
    float **inputs;         /* rows of W_in, flat */
    int32_t *starts;        /* (m + 1): example i has inputs[starts[i]:starts[i + 1]] */
    float **outputs;        /* (n,) rows of W_out, and behind them others the step will read */
    int32_t n_ahead;        /* how many of these are worth asking for before the step */
    const float *labels;    /* sigmoid link: (m, n) of 0 and 1 */
    int32_t *targets;       /* softmax link: positions in outputs of the words predicted, flat */
    int32_t *target_starts; /* (m + 1): example i predicts targets[target_starts[i]: ...] */
    int in_place;           /* each example is one input row, and no two are the same */
} w2v_job;

typedef struct {
    const w2v_kernels *kernels;
    w2v_shape shape;
    int softmax;  /* the link: softmax over the output rows, or a sigmoid for each */
    int means;    /* examples are means of inputs; else each is one input row, used where it lies */
    int distinct; /* no job names an output row twice */
    int exact;    /* divide an example's gradient by its number of inputs */
    float *H;     /* (examples, stride) */
    float **rows; /* (examples,) the rows of H */
    float *E;     /* (examples, stride) */
    float *S;     /* (examples, outputs) */
    w2v_loss loss;
} w2v_stepper;

/* The words of a block that subsampling kept, context beyond its ends included. */
typedef struct {
    int64_t number;
    int64_t n;
    int32_t *words; /* (n,) */
    int32_t *low;   /* (n,) centre t has the context low[t]:high[t] but t; */
    int32_t *high;  /* (n,) what is no centre has none */
    int32_t *noise; /* (pool,) its noise words */
    uint64_t stream; /* of random numbers, for the noise; changes with every draw, so that ... */
    char apart[128]; /* ... no other worker's block may share its cache line */
} w2v_block;

/* Who touches a row: the last block, and the last round in which several blocks did; both counted
 * from 1. */
typedef struct {
    int32_t block, contested;
} w2v_claim;

/* The rows of one matrix, as one worker sees them: the model's, or for some its own copies. */
typedef struct {
    float *W;
    float *copies;
    /* Free-running: row i < split has the copy i, which was `origin` when it was made. */
    int32_t split;
    float *origin;
    const float *pull; /* (split,) see damping() in train.c */
    /* In rounds: (rows,) the copy of each row that the block touches, -1 if it trains the model's.
     * Between blocks, room for other work. */
    int32_t *slot;
} w2v_rows;

/* One worker. */
typedef struct {
    w2v_stepper stepper;
    w2v_job jobs[2];
    float *labels[2]; /* room for the labels of each job */
    float **inputs;   /* (n of a block,) rows of W_in of its words */
    int32_t *repeated; /* (n of a block,) the last place whose word comes again up to here, -1 if
                        * there is none: where it is before `low`, no word from there on does */
    float **pool;     /* (pool,) rows of W_out of its noise words */
    w2v_rows ins, outs;
    int64_t examples;
} w2v_worker;

/* One matrix in the rounds of repeatable training, shared by all workers. What is chosen for a round
 * is there twice: a worker that finds nothing left to train chooses for the next one. */
typedef struct {
    float *W;
    w2v_claim *claims;  /* (2, rows) */
    int32_t *touched;   /* (2, S, room) the rows a block touches; later those it has copies of */
    int32_t *sizes;     /* (2, S) how many */
    float *copies;      /* (S, room, stride) */
    const float *pull;  /* (rows,) see damping() in train.c */
    int64_t rows, room;
} w2v_shared;

typedef struct {
    int64_t size;      /* S, blocks in a round */
    w2v_block *blocks; /* (2, S) */
    w2v_shared ins, outs;
    int64_t *chosen;   /* (rounds,) blocks of each round whose words are chosen, or being chosen */
    int64_t *trained;  /* (rounds,) the same of training */
    int64_t *arrivals; /* of w2v_meet() */
} w2v_rounds;

/* What one worker needs to merge: room for the rows of a round. */
typedef struct {
    int32_t *words;
    float **sums;
    int32_t *counts;
} w2v_merge_room;

/* How far apart the scores of two examples lie under the exact softmax: an odd number of cache
 * lines, since a power of two would put a column of scores into one cache set. */
static inline int64_t w2v_score_stride(int64_t outputs) { return ((outputs + 15) / 16 | 1) * 16; }

/* Take one step of the lecture on a job's rows; the rows of `ahead` are asked for on the way. */
void w2v_step(w2v_stepper *s, const w2v_job *job, float alpha, const w2v_job *ahead);

/* Subsample a block's tokens and find the context of each word kept. */
void w2v_choose_words(const w2v_plan *plan, w2v_block *block);

/* Train one epoch as one of the workers, taking blocks until none is left or `*stop`. `report` is
 * the worker's: words done, examples trained, the sum of their losses. Copies of the first rows, if
 * the worker has them, are brought into the model every `interval` blocks, under the lock. */
void w2v_train_free(const w2v_plan *plan, w2v_worker *w, w2v_block *block, int64_t *next,
                    const int64_t *stop, double *report, int64_t workers, int64_t interval,
                    int64_t *lock);

/* The same in rounds; `reports` has a row of three for each of a round's blocks, `pitch` doubles
 * apart. */
void w2v_train_rounds(const w2v_plan *plan, w2v_worker *w, const w2v_rounds *rounds,
                      w2v_merge_room room, int64_t me, int64_t workers, const int64_t *stop,
                      double *reports, int64_t pitch);

#endif
