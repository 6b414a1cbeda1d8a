/* What a training is made of: the plan that all workers read, and what each worker has.
 *
 * A block is a number of consecutive tokens, the unit of work, of randomness and of the learning
 * rate. Its words are chosen (subsampling, windows), then each centre becomes a job: the examples
 * of its context against the output rows of its loss.
 *
 * Knows ids and rows. Does not know words, Python or files. All memory is the caller's.
 */
#ifndef W2V_PLAN_H
#define W2V_PLAN_H

#include "draws.h"
#include "kernels.h"
#include "memory.h"

enum { W2V_SKIPGRAM, W2V_CBOW };                            /* architecture */
enum { W2V_LOSS_NS, W2V_LOSS_HS, W2V_LOSS_SOFTMAX };        /* loss */
enum { W2V_LINK_SIGMOID, W2V_LINK_SOFTMAX };                /* scores to probabilities */

/* A matrix of weights. */
typedef struct {
    float *W; /* (rows, stride) */
    int64_t rows;
    const float *updates; /* (copied,) how far a block moves each row at learning rate 1 */
    int64_t copied;    /* of so many rows, the first ones, workers may have copies */
    const uint8_t *frozen; /* (rows,) 1: no step may change the row; NULL: all are trained */
} w2v_matrix;

/* What every worker of an epoch reads, and nobody writes. */
typedef struct {
    const w2v_kernels *kernels;
    w2v_shape shape;
    w2v_matrix in, out;

    /* The corpus. */
    const int32_t *ids;     /* (tokens,) */
    const int64_t *offsets; /* (sentences + 1,): sentence i is ids[offsets[i]:offsets[i + 1]] */
    int64_t sentences, tokens;
    int32_t vocabulary;
    int64_t context; /* words around a centre, at most */

    /* Pairs in its place: 1 if pair i is an input ids[2 * i] and an output ids[2 * i + 1], of a
     * vocabulary of its own. They are taken in order, or drawn from a table. */
    int32_t pairs;
    const w2v_alias *pair_table; /* (tokens / 2,) or NULL */

    /* Documents: the sentences have rows of W_in of their own, which are inputs of all centres in
     * them, beside the context: sentence i has tag_rows[tag_starts[i]:tag_starts[i + 1]], each one
     * once. NULL: they have none. With a window of 0 they are the only inputs. */
    const int32_t *tag_rows;
    const int64_t *tag_starts; /* (sentences + 1,) */
    int64_t most_tags;         /* of a sentence */

    /* Settings, by the names that they have on the upper floors. */
    int32_t architecture, loss, window, negative;
    int32_t shrink_windows, exact_gradient; /* cbow_gradient is "exact" */
    uint64_t seed;

    /* How the work is cut. */
    int64_t block_tokens, blocks, workers;
    int64_t round_blocks; /* blocks of a round; 0: workers run free */
    int64_t hot_blocks;   /* free-running: blocks after which copies go into the model; 0: none */
    int32_t noise_words;  /* that a block draws */
    int32_t batch;        /* examples that a step of the exact softmax waits for */

    /* Tables that choices are drawn from. */
    int32_t sampled;      /* ids below it may be left out: ... */
    const uint32_t *keep; /* ... a word is kept if 32 random bits are below keep[word] */
    const w2v_alias *noise;
    const int64_t *path_starts; /* word i's Huffman path: nodes path_starts[i]:path_starts[i + 1] */
    const int32_t *path_nodes;
    const float *path_labels; /* 1 - code; 16 behind the last one may be read */
    int64_t longest_path;

    /* The epoch: its number, and the learning rates at its first and behind its last token. */
    int64_t epoch;
    float alpha, end_alpha;
} w2v_plan;

/* What the workers of an epoch write for each other. All blocks before `next_block` are trained when
 * the workers have ended, unless `stop` ended them. `pause` asks them to end between two blocks or
 * rounds, where the weights are all there is to go on from; one worker answers with `end`, which all
 * heed, so that no other is left waiting. */
typedef struct {
    int64_t next_block, stop, arrivals, lock, pause, end;
} w2v_signals;

/* What has been done in an epoch, by a worker or in the place of a block in its round. */
typedef struct {
    double words, examples, loss; /* the loss is a sum, in nats */
    char apart[104];              /* two cache lines: reports are written all the time */
} w2v_report;

/* One step: m examples against n output rows that they share. */
typedef struct {
    int32_t m, n;
    float **inputs;         /* rows of W_in, flat */
    int32_t *starts;        /* (m + 1): example i has inputs[starts[i]:starts[i + 1]] */
    float **outputs;        /* (n,) rows of W_out, and behind them others the step will read */
    int32_t n_ahead;        /* how many of these are worth asking for before the step */
    const float *labels;    /* sigmoid link: (m, n) of 0 and 1 */
    float *own_labels;      /* memory for them, where they are not always the same */
    int32_t *targets;       /* softmax link: positions in outputs of the words predicted, flat */
    int32_t *target_starts; /* (m + 1): example i predicts targets[target_starts[i]: ...] */
    int in_place;           /* each example is one input row, and no two are the same */
} w2v_job;

/* What w2v_step() works with. */
typedef struct {
    const w2v_kernels *kernels;
    w2v_shape shape;
    int link;
    int means;          /* examples are means of inputs; else each is one input row, where it lies */
    int distinct;       /* no job names an output row twice */
    int exact_gradient; /* divide an example's gradient by its number of inputs */
    float *H;           /* (examples, stride) */
    float **hidden;     /* (examples,) the rows of H */
    float *E;           /* (examples, stride) */
    float *S;           /* (examples, outputs) */
    w2v_loss loss;
} w2v_stepper;

/* The words of a block that subsampling kept, and the context words beyond its two ends. */
typedef struct {
    int64_t number;
    int64_t turn; /* blocks that come before it in the epoch: the number, or in rounds another */
    int64_t n;
    int32_t *words;         /* (n,) */
    int32_t *context_start; /* (n,) the context of word t is all words from context_start[t] up to */
    int32_t *context_end;   /* (n,) context_end[t] - 1, without t; a word beyond the ends has 0, 0 */
    int32_t *sentence;      /* (n,) where sentences have tags */
    int32_t *noise;         /* (noise_words,) */
    uint64_t stream;        /* of random numbers, for the noise; changes with every draw, so ... */
    char apart[128];        /* ... no other worker's block may share its cache line */
} w2v_block;

/* A matrix as one worker sees it: some rows are the model's, of others it has copies. */
typedef struct {
    float *W;
    float *copies;
    /* Free-running: row i < copied has the copy i, which was `origin` when it was made. */
    int32_t copied;
    float *origin;
    /* In rounds: (rows,) of a row that the block touches the place of its copy, -1 if it has none.
     * Between blocks, of a row in another list its place there. */
    int32_t *place;
    float *spared; /* room for what a step does to frozen rows, if there are some */
} w2v_view;

/* One worker. */
typedef struct {
    int64_t number;
    w2v_stepper stepper;
    w2v_job jobs[2];
    float *pattern;       /* labels of negative sampling: 1 and `negative` zeros, again and again */
    float **word_rows;    /* (n of a block,) rows of W_in of its words */
    float **noise_rows;   /* (noise_words,) rows of W_out of its noise words */
    int32_t *last_repeat; /* (n of a block,) the last place up to here whose word comes again up to
                           * here, -1 if there is none */
    w2v_view in, out;
    int64_t examples;
    w2v_block block; /* free-running: the block in hand */
    /* In rounds: the rows that this worker merges, the sum of their copies, and how many. */
    int32_t *merged;
    float **sums;
    int32_t *counts;
} w2v_worker;

/* Words in a block, the unit of work, of randomness and of the learning rate. */
#define W2V_BLOCK 1000

/* Under negative sampling a block draws W2V_BLOCK / W2V_NOISE_REUSE noise words for each of
 * `negative`, and each centre picks its own from these: as good as drawing anew every time, while
 * half as many measured one to two points worse on analogies. */
#define W2V_NOISE_REUSE 5

/* Examples that share a pass over all output rows: their hidden rows still fit the first cache. */
#define W2V_SOFTMAX_EXAMPLES 32

/* Cut a corpus, whose longest sentence has so many words, into blocks; then, when the objective is
 * known, what a block draws and how many examples a step takes. */
void w2v_cut_corpus(w2v_plan *plan, int64_t longest_sentence);
void w2v_cut_steps(w2v_plan *plan);

/* How far apart the scores of two examples lie under the exact softmax: an odd number of cache
 * lines, since a power of two would put a column of scores into one cache set. */
static inline int64_t w2v_score_stride(int64_t outputs) { return ((outputs + 15) / 16 | 1) * 16; }

/* Rows of W_in and W_out that a block touches, at most; its words, with those beyond its ends. */
int64_t w2v_touched_in(const w2v_plan *plan);
int64_t w2v_touched_out(const w2v_plan *plan);
int64_t w2v_block_words(const w2v_plan *plan);

/* Give a block, a worker its memory, which is zeros; if memory.start is NULL, only count it. */
void w2v_lay_out_block(const w2v_plan *plan, w2v_block *block, w2v_memory *memory);
void w2v_lay_out_worker(const w2v_plan *plan, w2v_worker *w, int64_t number, w2v_memory *memory);

/* The row to work on for a row of the model: itself, or the worker's copy. */
static inline float *w2v_row(const w2v_view *view, int32_t row, w2v_shape shape) {
    if (view->place != NULL) {
        const int32_t copy = view->place[row];
        /* two choices of a number, not one of a way to go, which would often be guessed wrong */
        return (copy < 0 ? view->W : view->copies) + (copy < 0 ? row : copy) * shape.stride;
    }
    return (row < view->copied ? view->copies : view->W) + row * shape.stride;
}

/* The word of a block whose row of W_in stands at place t: its own, or of a pair the input's. */
static inline int32_t w2v_input(const w2v_plan *plan, const w2v_block *block, int64_t t) {
    return block->words[t & ~(int64_t)plan->pairs];
}

static inline int64_t w2v_min(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t w2v_max(int64_t a, int64_t b) { return a > b ? a : b; }

#endif
