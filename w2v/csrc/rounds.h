/* Repeatable training: the same result for any number of workers.
 *
 * A round is a number of blocks that all start from the same weights. Before it is trained, the
 * words of its blocks are chosen, and with them the rows that each block touches. A row that only
 * one block touches is trained where it lies. Of a row that several touch each has a copy, and the
 * copies are merged at the end of the round, always in the order of the blocks.
 */
#ifndef W2V_ROUNDS_H
#define W2V_ROUNDS_H

#include "plan.h"

/* Who touches a row: the last block, and the last round in which several blocks did; both counted
 * from 1. */
typedef struct {
    int32_t block, contested;
} w2v_claim;

/* What the rounds keep of one matrix. What is chosen for a round is there twice: a worker that finds
 * nothing left to train chooses for the next one. S is the number of blocks in a round. */
typedef struct {
    w2v_claim *claims; /* (2, rows) */
    int64_t most;      /* rows that a block touches, at most */
    int32_t *touched;  /* (2, S, most) the rows a block touches; later those it has copies of */
    int32_t *sizes;    /* (2, S) how many */
    float *copies;     /* (S, most, stride) */
} w2v_touched;

typedef struct {
    w2v_block *blocks; /* (2, S) */
    w2v_touched in, out;
    int64_t *chosen;  /* (rounds,) blocks of each round whose words are chosen, or being chosen */
    int64_t *trained; /* (rounds,) the same of training */
} w2v_rounds;

/* Give the rounds their memory, which is zeros; if memory.start is NULL, only count it. */
void w2v_lay_out_rounds(const w2v_plan *plan, w2v_rounds *rounds, w2v_memory *memory);

/* Make them ready for another epoch. */
void w2v_start_rounds(const w2v_plan *plan, w2v_rounds *rounds);

/* Train an epoch as one of the workers, all of which must call this. `reports` has one for each
 * block of a round. */
void w2v_train_rounds(const w2v_plan *plan, w2v_worker *w, const w2v_rounds *rounds,
                      w2v_signals *signals, w2v_report *reports);

#endif
