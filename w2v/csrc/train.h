/* The training loop: blocks of a corpus become steps on rows. */
#ifndef W2V_TRAIN_H
#define W2V_TRAIN_H

#include "plan.h"
#include "threads.h"

/* Take one step of the lecture on a job's rows; the rows of `ahead` are asked for on the way. */
void w2v_step(w2v_stepper *s, const w2v_job *job, float alpha, const w2v_job *ahead);

/* Train on a block whose words are chosen, until `*stop`. */
void w2v_train_block(const w2v_plan *plan, w2v_worker *w, w2v_block *block, const int64_t *stop);

/* Train an epoch as one worker of several that all change the same rows without locks (Hogwild,
 * Niu, Recht, Re and Wright 2011): take blocks until none is left, signals->stop or signals->pause. */
void w2v_train_free(const w2v_plan *plan, w2v_worker *w, w2v_signals *signals, w2v_report *report);

/* Add a block to a report, which others may read in the meantime. */
static inline void w2v_add_to_report(w2v_report *report, int64_t words, int64_t examples,
                                     double loss) {
    w2v_store_double(&report->words, report->words + (double)words);
    w2v_store_double(&report->examples, report->examples + (double)examples);
    w2v_store_double(&report->loss, loss);
}

/* The learning rate at a token. */
static inline float w2v_rate(const w2v_plan *plan, int64_t position) {
    return plan->alpha +
           (plan->end_alpha - plan->alpha) * ((float)position / (float)plan->tokens);
}

/* The changes that k blocks made to a row, all from the same start, are summed and damped: one
 * after another, each would have found the row nearer to where it pulls. With x = updates * alpha, a
 * block leaves q = 1 / (1 + x) of the way to go, so k blocks go (1 + q + ... + q^(k-1)) / k of what
 * their sum would be. Summing undamped diverges for frequent words. */
static inline float w2v_damping(float x, int64_t k) {
    const float q = 1 / (1 + x);
    float power = 1, weight = 1;
    for (int64_t i = 1; i < k; i++) weight += power *= q;
    return weight / (float)k;
}

#endif
