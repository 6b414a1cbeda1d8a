/* See train.h. */
#include "train.h"
#include "examples.h"
#include "words.h"

/* --- one step -------------------------------------------------------------------------------- */

void w2v_step(w2v_stepper *s, const w2v_job *job, float alpha, const w2v_job *ahead) {
    const w2v_kernels *k = s->kernels;
    const int softmax = s->link == W2V_LINK_SOFTMAX;
    const int64_t ns = softmax ? w2v_score_stride(job->n) : job->n;
    float *const *h = job->inputs;
    if (s->means) {
        k->gather(s->H, job->inputs, job->starts, job->m, s->shape);
        h = s->hidden;
    }
    k->scores(s->S, ns, h, job->m, job->outputs, job->n, s->shape);
    if (softmax)
        k->softmax_errors(s->S, ns, job->targets, job->target_starts, job->m, job->n, alpha,
                          &s->loss);
    else
        k->sigmoid_errors(s->S, job->labels, (int64_t)job->m * job->n, alpha, &s->loss);
    k->update(s->E, h, job->m, s->S, ns, job->outputs, job->n, s->distinct, job->in_place,
              ahead->outputs, ahead->n_ahead, s->shape);
    if (!job->in_place)
        k->scatter(job->inputs, job->starts, s->E, job->m, s->exact_gradient, s->shape);
}

/* --- frozen rows ------------------------------------------------------------------------------ */

/* The number of a row that a step was given; -1 of a copy that a round made: none is of a frozen
 * one. */
static inline int64_t number_of(const w2v_matrix *matrix, const w2v_view *view, const float *row,
                                w2v_shape shape) {
    const uintptr_t at = (uintptr_t)row, first = (uintptr_t)view->W;
    const uintptr_t bytes = (uintptr_t)shape.stride * sizeof(float);
    if (at >= first && at < first + (uintptr_t)matrix->rows * bytes)
        return (int64_t)((at - first) / bytes);
    return view->place == NULL ? (int64_t)((at - (uintptr_t)view->copies) / bytes) : -1;
}

static void spare(const w2v_matrix *matrix, const w2v_view *view, float **rows, int64_t n,
                  w2v_shape shape) {
    if (matrix->frozen == NULL) return;
    for (int64_t k = 0; k < n; k++) {
        const int64_t row = number_of(matrix, view, rows[k], shape);
        if (row < 0 || !matrix->frozen[row]) continue;
        float *copy = view->spared + k * shape.stride;
        memcpy(copy, rows[k], (size_t)shape.width * sizeof(float));
        rows[k] = copy;
    }
}

/* Let a step have copies of the frozen rows: what it does to them nobody sees. */
__attribute__((noinline)) static void spare_frozen(const w2v_plan *plan, w2v_worker *w,
                                                   w2v_job *job) {
    if (plan->loss == W2V_LOSS_SOFTMAX) /* a list that is made but once */
        for (int64_t j = 0; j < job->n; j++)
            job->outputs[j] = plan->out.W + j * plan->shape.stride;
    spare(&plan->in, &w->in, job->inputs, job->starts[job->m], plan->shape);
    spare(&plan->out, &w->out, job->outputs, job->n, plan->shape);
}

/* --- a block --------------------------------------------------------------------------------- */

/* Train on a finished job and empty it. */
static inline void run(const w2v_plan *plan, w2v_worker *w, w2v_job *job, float alpha,
                       const w2v_job *ahead) {
    if (job->m == 0) return;
    if (plan->in.frozen || plan->out.frozen) spare_frozen(plan, w, job);
    w2v_step(&w->stepper, job, alpha, ahead);
    w->examples += plan->loss == W2V_LOSS_SOFTMAX ? job->target_starts[job->m] : job->m;
    job->m = 0;
}

/* The exact softmax: the examples of several centres share the pass over all output rows. */
static void train_batches(const w2v_plan *plan, w2v_worker *w, w2v_block *block, float alpha,
                          const int64_t *stop) {
    w2v_job *job = &w->jobs[0];
    for (int64_t t = 0; t < block->n && !w2v_load(stop); t++) {
        add_examples(plan, w, block, t, job);
        if (job->m == plan->batch) run(plan, w, job, alpha, &w->jobs[1]);
    }
    run(plan, w, job, alpha, &w->jobs[1]);
}

/* A few output rows for each centre. Two jobs alternate: while one is built the rows of the other
 * are on their way to the cache. */
static void train_centres(const w2v_plan *plan, w2v_worker *w, w2v_block *block, float alpha,
                          const int64_t *stop) {
    w2v_job *built = &w->jobs[0], *waiting = &w->jobs[1];
    for (int64_t t = 0; t < block->n && !w2v_load(stop); t++) {
        add_examples(plan, w, block, t, built);
        if (built->m == 0) continue;
        add_outputs(plan, w, block, t, built);
        /* of the inputs only the word that will come in at the window's far end is new */
        built->outputs[built->n] = w->word_rows[w2v_min(block->n - 1, t + 1 + plan->window)];
        built->n_ahead = built->n + (plan->window > 0);
        run(plan, w, waiting, alpha, built);
        w2v_job *emptied = waiting;
        waiting = built;
        built = emptied;
    }
    run(plan, w, waiting, alpha, built);
}

void w2v_train_block(const w2v_plan *plan, w2v_worker *w, w2v_block *block, const int64_t *stop) {
    const float alpha = w2v_rate(plan, block->turn * plan->block_tokens);
    find_rows(plan, w, block);
    if (plan->loss == W2V_LOSS_SOFTMAX) train_batches(plan, w, block, alpha, stop);
    else train_centres(plan, w, block, alpha, stop);
    w2v_settle(&w->stepper.loss);
}

/* --- free-running ---------------------------------------------------------------------------- */

/* Bring what the worker did to its copies of a matrix into the model, and make new ones. */
static void share_rows(const w2v_plan *plan, const w2v_matrix *matrix, w2v_view *view,
                       float alpha) {
    for (int32_t row = 0; row < view->copied; row++) {
        const int64_t at = row * plan->shape.stride;
        float *restrict W = view->W + at;
        float *restrict copy = view->copies + at;
        float *restrict origin = view->origin + at;
        const float weight = w2v_damping(matrix->updates[row] * alpha, plan->workers);
        const int frozen = matrix->frozen && matrix->frozen[row];
        for (int64_t c = 0; c < plan->shape.width; c++) {
            if (!frozen) W[c] += (copy[c] - origin[c]) * weight;
            copy[c] = origin[c] = W[c];
        }
    }
}

static void share_copies(const w2v_plan *plan, w2v_worker *w, w2v_signals *signals) {
    const int64_t done = w2v_min(w->block.number * plan->block_tokens, plan->tokens);
    const float alpha = w2v_rate(plan, done) * (float)plan->hot_blocks;
    w2v_lock(&signals->lock);
    share_rows(plan, &plan->in, &w->in, alpha);
    share_rows(plan, &plan->out, &w->out, alpha);
    w2v_unlock(&signals->lock);
}

void w2v_train_free(const w2v_plan *plan, w2v_worker *w, w2v_signals *signals, w2v_report *report) {
    w2v_block *block = &w->block;
    int64_t trained = 0, told = 0;
    block->number = w2v_load(&signals->next_block); /* for the rate of the first copies */
    w->examples = 0;
    w->stepper.loss = w2v_no_loss();
    w->stepper.loss.nats = report->loss;
    if (plan->hot_blocks) share_copies(plan, w, signals); /* makes them */
    while (!w2v_load(&signals->stop) && !w2v_load(&signals->pause)) {
        block->number = w2v_fetch_add(&signals->next_block, 1);
        if (block->number >= plan->blocks) break;
        block->turn = block->number;
        w2v_choose_words(plan, block);
        w2v_choose_noise(plan, block);
        w2v_train_block(plan, w, block, &signals->stop);
        if (plan->hot_blocks && ++trained % plan->hot_blocks == 0) share_copies(plan, w, signals);
        const int64_t first = block->number * plan->block_tokens;
        w2v_add_to_report(report, w2v_min(plan->block_tokens, plan->tokens - first),
                          w->examples - told, w->stepper.loss.nats);
        told = w->examples;
    }
    if (plan->hot_blocks) share_copies(plan, w, signals);
}
