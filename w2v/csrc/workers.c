/* See workers.h. */
#include "workers.h"
#include "threads.h"
#include "train.h"

#include <string.h>

void w2v_lay_out_training(w2v_training *training, w2v_memory *memory) {
    const w2v_plan *plan = &training->plan;
    training->n_reports = plan->round_blocks ? plan->round_blocks : plan->workers;
    W2V_TAKE(memory, training->signals, 1);
    W2V_TAKE(memory, training->reports, training->n_reports);
    W2V_TAKE(memory, training->workers, plan->workers);
    for (int64_t i = 0; i < plan->workers; i++) {
        w2v_worker counted, *w;
        W2V_TAKE(memory, w, 1);
        if (memory->start == NULL) w = &counted;
        else training->workers[i] = w;
        w2v_lay_out_worker(plan, w, i, memory);
    }
    if (plan->round_blocks) w2v_lay_out_rounds(plan, &training->rounds, memory);
}

void w2v_start_epoch(w2v_training *training, int64_t epoch, float alpha, float end_alpha,
                     int64_t first_block) {
    training->plan.epoch = epoch;
    training->plan.alpha = alpha;
    training->plan.end_alpha = end_alpha;
    *training->signals = (w2v_signals){.next_block = first_block};
    memset(training->reports, 0, (size_t)training->n_reports * sizeof *training->reports);
    if (training->plan.round_blocks) w2v_start_rounds(&training->plan, &training->rounds);
}

void w2v_work(const w2v_training *training, int64_t worker) {
    w2v_worker *w = training->workers[worker];
    if (training->plan.round_blocks)
        w2v_train_rounds(&training->plan, w, &training->rounds, training->signals,
                         training->reports);
    else
        w2v_train_free(&training->plan, w, training->signals, &training->reports[worker]);
}

w2v_report w2v_done(const w2v_training *training) {
    w2v_report sum = {.words = 0};
    for (int64_t i = 0; i < training->n_reports; i++) {
        sum.words += w2v_load_double(&training->reports[i].words);
        sum.examples += w2v_load_double(&training->reports[i].examples);
        sum.loss += w2v_load_double(&training->reports[i].loss);
    }
    return sum;
}

void w2v_stop(const w2v_training *training) { w2v_store(&training->signals->stop, 1); }

void w2v_pause(const w2v_training *training) { w2v_store(&training->signals->pause, 1); }

void w2v_resume(const w2v_training *training) {
    w2v_store(&training->signals->pause, 0);
    w2v_store(&training->signals->end, 0);
}

int64_t w2v_position(const w2v_training *training) {
    if (w2v_load(&training->signals->stop)) return -1;
    return w2v_min(w2v_load(&training->signals->next_block), training->plan.blocks);
}
