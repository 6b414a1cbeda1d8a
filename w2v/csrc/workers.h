/* All workers of a training: their memory, laid out once, and the start of each epoch. */
#ifndef W2V_WORKERS_H
#define W2V_WORKERS_H

#include "rounds.h"

typedef struct {
    w2v_plan plan;
    w2v_signals *signals;
    w2v_worker **workers; /* (plan.workers,) */
    w2v_rounds rounds;
    w2v_report *reports; /* (n_reports,) one for each worker, or for each block of a round */
    int64_t n_reports;
} w2v_training;

/* Give a training with a finished plan its memory, which is zeros; if memory.start is NULL, only
 * count it. */
void w2v_lay_out_training(w2v_training *training, w2v_memory *memory);

/* Begin an epoch at a block, the first of a round, while no worker is at work. */
void w2v_start_epoch(w2v_training *training, int64_t epoch, float alpha, float end_alpha,
                     int64_t first_block);

/* Be one worker of the epoch: return when no block is left or all are told to stop. With rounds all
 * workers must be called. */
void w2v_work(const w2v_training *training, int64_t worker);

/* What has been done in the epoch so far, by all workers. */
w2v_report w2v_done(const w2v_training *training);

/* Tell all workers to stop in the midst of their blocks; the epoch cannot go on then. */
void w2v_stop(const w2v_training *training);

/* Tell all workers to end between two blocks, or two rounds; and let them begin again there. */
void w2v_pause(const w2v_training *training);
void w2v_resume(const w2v_training *training);

/* The number of blocks that are trained, after a pause or at the end; -1 if all were stopped. */
int64_t w2v_position(const w2v_training *training);

#endif
