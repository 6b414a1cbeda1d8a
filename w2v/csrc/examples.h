/* From words to steps: for each centre of a block what goes in and what comes out.
 *
 * Two builders of inputs (CBOW, skip-gram) and three of outputs (negative sampling, hierarchical
 * softmax, and the exact softmax's list of all rows, which never changes). They run once for each
 * centre, so they stand here, to be inlined in the loop of train.c.
 */
#ifndef W2V_EXAMPLES_H
#define W2V_EXAMPLES_H

#include "plan.h"

#include <string.h>

/* --- inputs ---------------------------------------------------------------------------------- */

/* For each word of a block, the last word up to it that stands a second time in the block, within
 * the reach of two windows. */
static inline void find_repeats(const w2v_plan *plan, const w2v_block *block,
                                int32_t *last_repeat) {
    int32_t last = -1;
    for (int64_t t = 0; t < block->n; t++) {
        const int32_t first = (int32_t)w2v_max(last + 1, t - 2 * (int64_t)plan->window);
        for (int32_t p = (int32_t)t - 1; p >= first; p--)
            if (block->words[p] == block->words[t]) {
                last = p;
                break;
            }
        last_repeat[t] = last;
    }
}

/* Find the rows of a block's words, and what the builders need to know of them. */
static inline void find_rows(const w2v_plan *plan, w2v_worker *w, const w2v_block *block) {
    for (int64_t t = 0; plan->window && t < block->n; t++)
        w->word_rows[t] = w2v_row(&w->in, w2v_input(plan, block, t), plan->shape);
    for (int32_t k = 0; k < plan->noise_words; k++)
        w->noise_rows[k] = w2v_row(&w->out, block->noise[k], plan->shape);
    if (plan->pairs) /* one input an example: none comes again */
        memset(w->last_repeat, -1, (size_t)block->n * sizeof *w->last_repeat);
    else if (plan->architecture == W2V_SKIPGRAM && plan->loss != W2V_LOSS_SOFTMAX)
        find_repeats(plan, block, w->last_repeat);
}

/* Write the rows of a sentence's tags; return how many. */
static inline int64_t add_tags(const w2v_plan *plan, const w2v_worker *w, int32_t sentence,
                               float **inputs) {
    const int64_t start = plan->tag_starts[sentence], n = plan->tag_starts[sentence + 1] - start;
    for (int64_t k = 0; k < n; k++)
        inputs[k] = w2v_row(&w->in, plan->tag_rows[start + k], plan->shape);
    return n;
}

/* Append the rows of the context of centre t, and of the tags of its sentence, to the job's inputs;
 * return how many. */
static inline int32_t add_context(const w2v_plan *plan, const w2v_worker *w,
                                  const w2v_block *block, int64_t t, w2v_job *job) {
    const int64_t start = block->context_start[t];
    const int64_t before = t - start, after = block->context_end[t] - t - 1;
    float **inputs = job->inputs + job->starts[job->m];
    for (int64_t k = 0; k < before; k++) inputs[k] = w->word_rows[start + k];
    for (int64_t k = 0; k < after; k++) inputs[before + k] = w->word_rows[t + 1 + k];
    int64_t n = before + after;
    if (plan->tag_rows != NULL) n += add_tags(plan, w, block->sentence[t], inputs + n);
    return (int32_t)n;
}

/* Close an example of a job that counts the inputs and the targets of each. */
static inline void end_example(w2v_job *job, int32_t inputs, int32_t targets) {
    job->starts[job->m + 1] = job->starts[job->m] + inputs;
    job->target_starts[job->m + 1] = job->target_starts[job->m] + targets;
    job->m++;
}

/* The mean of the context predicts the centre. */
static inline void cbow(const w2v_plan *plan, const w2v_worker *w, const w2v_block *block,
                        int64_t t, w2v_job *job) {
    const int32_t inputs = add_context(plan, w, block, t, job);
    job->targets[job->target_starts[job->m]] = block->words[t];
    end_example(job, inputs, 1);
}

/* Each word of the context predicts the centre, whose output rows serve them all. One input an
 * example: job->starts is 0, 1, 2, ... for good. */
static inline void skipgram(const w2v_plan *plan, const w2v_worker *w, const w2v_block *block,
                            int64_t t, w2v_job *job) {
    job->m = add_context(plan, w, block, t, job);
    job->in_place = w->last_repeat[block->context_end[t] - 1] < block->context_start[t];
}

/* The centre predicts each word of its context: one pass over all output rows serves it whole. */
static inline void skipgram_softmax(const w2v_worker *w, const w2v_block *block, int64_t t,
                                    w2v_job *job) {
    const int64_t start = block->context_start[t];
    const int64_t before = t - start, after = block->context_end[t] - t - 1;
    int32_t *targets = job->targets + job->target_starts[job->m];
    job->inputs[job->starts[job->m]] = w->word_rows[t];
    memcpy(targets, block->words + start, (size_t)before * sizeof *targets);
    memcpy(targets + before, block->words + t + 1, (size_t)after * sizeof *targets);
    end_example(job, 1, (int32_t)(before + after));
}

/* Add the examples of centre t to a job; none if it has no context and its sentence no tags. */
static inline void add_examples(const w2v_plan *plan, const w2v_worker *w, const w2v_block *block,
                                int64_t t, w2v_job *job) {
    const int32_t end = block->context_end[t];
    /* no word but the centre, or no centre */
    if (end - block->context_start[t] < 2 && (plan->tag_rows == NULL || end == 0)) return;
    if (plan->architecture == W2V_CBOW) cbow(plan, w, block, t, job);
    else if (plan->loss == W2V_LOSS_SOFTMAX) skipgram_softmax(w, block, t, job);
    else skipgram(plan, w, block, t, job);
}

/* --- outputs --------------------------------------------------------------------------------- */

/* How many of a block's noise words a centre picks from: those that are its neighbours' too, so
 * that a row is used again while it still is in the nearer caches. They move on with the centres. */
static inline uint32_t near_noise(const w2v_plan *plan) {
    return ((uint32_t)plan->noise_words + 3) / 4;
}

/* Negative sampling: the centre, label 1, and noise words, label 0. A noise word that is the centre
 * itself is picked again; after a few vain tries (a vocabulary of little else) it is left out. */
static inline void add_noise(const w2v_plan *plan, const w2v_worker *w, w2v_block *block,
                             int64_t t, w2v_job *job) {
    float *const centre = w2v_row(&w->out, block->words[t], plan->shape);
    const int64_t first = ((int64_t)plan->noise_words - near_noise(plan)) * t / block->n;
    job->outputs[0] = centre;
    job->n = 1;
    for (int32_t k = 0; k < plan->negative; k++)
        for (int tries = 0; tries < 8; tries++) {
            const uint32_t bits = (uint32_t)(w2v_next(&block->stream) >> 32);
            float *row = w->noise_rows[first + w2v_below(bits, near_noise(plan))];
            if (row == centre) continue;
            job->outputs[job->n++] = row;
            break;
        }
    job->labels = w->pattern;
    if (job->n <= plan->negative) {
        for (int64_t f = 0; f < (int64_t)job->m * job->n; f++)
            job->own_labels[f] = f % job->n == 0;
        job->labels = job->own_labels;
    }
}

/* Hierarchical softmax: the nodes on the centre's Huffman path. */
static inline void add_path(const w2v_plan *plan, const w2v_worker *w, int32_t word,
                            w2v_job *job) {
    const int64_t start = plan->path_starts[word];
    job->n = (int32_t)(plan->path_starts[word + 1] - start);
    for (int32_t k = 0; k < job->n; k++)
        job->outputs[k] = w2v_row(&w->out, plan->path_nodes[start + k], plan->shape);
    for (int32_t i = 0; i < job->m; i++) /* too much: the next example's labels come on top */
        for (int32_t k = 0; k < job->n; k += 8)
            memcpy(job->own_labels + (int64_t)i * job->n + k, plan->path_labels + start + k,
                   8 * sizeof *job->own_labels);
    job->labels = job->own_labels;
}

/* Give a job of centre t its output rows and labels. */
static inline void add_outputs(const w2v_plan *plan, const w2v_worker *w, w2v_block *block,
                               int64_t t, w2v_job *job) {
    if (plan->loss == W2V_LOSS_NS) add_noise(plan, w, block, t, job);
    else add_path(plan, w, block->words[t], job);
}

#endif
