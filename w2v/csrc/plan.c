/* How a plan cuts its work, and the memory that it asks for. */
#include "plan.h"

void w2v_cut_corpus(w2v_plan *plan, int64_t longest_sentence) {
    plan->context = 2 * w2v_min(plan->window, longest_sentence);
    plan->block_tokens = W2V_BLOCK;
    plan->blocks = (plan->tokens + W2V_BLOCK - 1) / W2V_BLOCK;
}

void w2v_cut_steps(w2v_plan *plan) {
    plan->noise_words =
        plan->loss == W2V_LOSS_NS ? W2V_BLOCK / W2V_NOISE_REUSE * plan->negative : 0;
    /* The examples of a step share the old weights; in a small vocabulary many of them would push
     * the same rows, so there fewer are taken at a time. */
    plan->batch = 1;
    if (plan->loss == W2V_LOSS_SOFTMAX)
        plan->batch =
            (int32_t)w2v_min(w2v_max(plan->vocabulary / 256, 1), W2V_SOFTMAX_EXAMPLES);
}

int64_t w2v_block_words(const w2v_plan *plan) {
    return plan->block_tokens + plan->context + 1; /* one more is written before it is decided on */
}

int64_t w2v_touched_in(const w2v_plan *plan) {
    const int64_t tags = plan->block_tokens * plan->most_tags; /* each word a sentence */
    return w2v_min(plan->in.rows, w2v_block_words(plan) + tags);
}

int64_t w2v_touched_out(const w2v_plan *plan) {
    const int64_t rows = plan->loss == W2V_LOSS_HS ? plan->longest_path : 1;
    return w2v_min(plan->out.rows, plan->block_tokens * rows + plan->noise_words);
}

void w2v_lay_out_block(const w2v_plan *plan, w2v_block *block, w2v_memory *memory) {
    const int64_t words = w2v_block_words(plan);
    W2V_TAKE(memory, block->words, words);
    W2V_TAKE(memory, block->context_start, words);
    W2V_TAKE(memory, block->context_end, words);
    W2V_TAKE(memory, block->sentence, plan->tag_rows == NULL ? 0 : words);
    W2V_TAKE(memory, block->noise, plan->noise_words + 1);
}

static void lay_out_view(const w2v_plan *plan, const w2v_matrix *matrix, w2v_view *view,
                         int64_t step_rows, w2v_memory *memory) {
    view->W = matrix->W;
    W2V_TAKE(memory, view->spared, matrix->frozen == NULL ? 0 : step_rows * plan->shape.stride);
    if (plan->round_blocks) {
        W2V_TAKE(memory, view->place, matrix->rows);
    } else if (plan->hot_blocks) {
        view->copied = (int32_t)matrix->copied;
        W2V_TAKE(memory, view->copies, matrix->copied * plan->shape.stride);
        W2V_TAKE(memory, view->origin, matrix->copied * plan->shape.stride);
    }
}

void w2v_lay_out_worker(const w2v_plan *plan, w2v_worker *w, int64_t number, w2v_memory *memory) {
    /* A centre has at most `context` words around it, and its sentence's tags; a job waits for
     * `batch` examples. Skip-gram has one input an example; elsewhere inputs or targets may hold a
     * whole context. */
    const int softmax = plan->loss == W2V_LOSS_SOFTMAX;
    const int lists = softmax || plan->architecture == W2V_CBOW;
    const int64_t around = plan->context + 1 + plan->most_tags;
    const int64_t examples = lists ? plan->batch : around;
    const int64_t flat = lists ? examples * around : examples;
    const int64_t outputs = softmax ? plan->vocabulary
                            : plan->loss == W2V_LOSS_HS ? w2v_max(1, plan->longest_path)
                                                        : 1 + plan->negative;
    const int64_t scores = examples * (softmax ? w2v_score_stride(outputs) : outputs) + 16;
    const int64_t stride = plan->shape.stride;
    w->number = number;
    w->stepper = (w2v_stepper){
        .kernels = plan->kernels,
        .shape = plan->shape,
        .link = softmax ? W2V_LINK_SOFTMAX : W2V_LINK_SIGMOID,
        .means = plan->architecture == W2V_CBOW,
        .distinct = plan->loss != W2V_LOSS_NS,
        .exact_gradient = plan->exact_gradient,
        .loss = w2v_no_loss(),
    };
    W2V_TAKE(memory, w->stepper.H, examples * stride);
    W2V_TAKE(memory, w->stepper.E, examples * stride);
    W2V_TAKE(memory, w->stepper.S, scores);
    W2V_TAKE(memory, w->stepper.hidden, examples);
    for (int k = 0; k < 2; k++) {
        w2v_job *job = &w->jobs[k];
        W2V_TAKE(memory, job->inputs, flat);
        W2V_TAKE(memory, job->starts, examples + 1);
        W2V_TAKE(memory, job->outputs, outputs + 1);
        W2V_TAKE(memory, job->own_labels, softmax ? 0 : scores);
        W2V_TAKE(memory, job->targets, flat);
        W2V_TAKE(memory, job->target_starts, examples + 1);
    }
    W2V_TAKE(memory, w->pattern, plan->loss == W2V_LOSS_NS ? scores : 0);
    W2V_TAKE(memory, w->word_rows, w2v_block_words(plan));
    W2V_TAKE(memory, w->noise_rows, plan->noise_words);
    W2V_TAKE(memory, w->last_repeat, w2v_block_words(plan));
    lay_out_view(plan, &plan->in, &w->in, flat, memory);
    lay_out_view(plan, &plan->out, &w->out, outputs, memory);
    if (plan->round_blocks) {
        const int64_t rows =
            plan->round_blocks * w2v_max(w2v_touched_in(plan), w2v_touched_out(plan));
        W2V_TAKE(memory, w->merged, rows);
        W2V_TAKE(memory, w->sums, rows);
        W2V_TAKE(memory, w->counts, rows);
    } else {
        w2v_lay_out_block(plan, &w->block, memory);
    }
    if (memory->start == NULL) return;

    for (int64_t i = 0; i < examples; i++) w->stepper.hidden[i] = w->stepper.H + i * stride;
    for (int k = 0; k < 2; k++)
        for (int32_t i = 0; i <= examples; i++) w->jobs[k].starts[i] = i;
    if (softmax) { /* all output rows, always */
        w->jobs[0].n = (int32_t)outputs;
        for (int64_t j = 0; j < outputs; j++) w->jobs[0].outputs[j] = plan->out.W + j * stride;
    }
    if (plan->loss == W2V_LOSS_NS)
        for (int64_t f = 0; f < scores; f += outputs) w->pattern[f] = 1;
}
