/* See examples.h. */
#include "examples.h"

#include <string.h>

/* --- the words of a block -------------------------------------------------------------------- */

/* The key of a block's noise words; block -1: of an epoch's per-token decisions. */
static uint64_t block_key(const w2v_plan *plan, int64_t block) {
    return w2v_mix(w2v_mix(w2v_mix(plan->seed) + (uint64_t)plan->epoch * W2V_GOLDEN) +
                   (uint64_t)block);
}

/* 64 random bits that belong to one token of one epoch: who asks does not matter. */
static inline uint64_t token_bits(uint64_t key, int64_t position) {
    return w2v_mix(key ^ ((uint64_t)position * W2V_GOLDEN));
}

/* The sentence that holds a token: the last one that starts at or before it. */
static int64_t find_sentence(const w2v_plan *plan, int64_t position) {
    int64_t first = 0, beyond = plan->sentences;
    while (beyond - first > 1) {
        const int64_t middle = first + (beyond - first) / 2;
        if (plan->offsets[middle] <= position)
            first = middle;
        else
            beyond = middle;
    }
    return first;
}

/* Write the token at `position` as word n of the block; return how many words there are if
 * subsampling keeps it. A centre notes how far its window reaches, any other word 0. */
static inline int64_t add_word(const w2v_plan *plan, w2v_block *block, int64_t n, uint64_t key,
                               int64_t position, int centre) {
    const uint64_t bits = token_bits(key, position);
    const int32_t word = plan->ids[position];
    int32_t reach = centre ? plan->window : 0;
    if (centre && plan->shrink_windows)
        reach = 1 + (int32_t)w2v_below((uint32_t)(bits >> 32), (uint32_t)plan->window);
    block->words[n] = word;
    block->context_start[n] = reach;
    return n + (word >= plan->sampled || (uint32_t)bits < plan->keep[word]);
}

static void reverse(int32_t *words, int64_t n) {
    for (int64_t a = 0, b = n - 1; a < b; a++, b--) {
        const int32_t word = words[a];
        words[a] = words[b];
        words[b] = word;
    }
}

/* Turn the reach of each word of a sentence into its context. */
static void find_contexts(w2v_block *block, int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; t++) {
        const int32_t reach = block->context_start[t];
        block->context_start[t] = reach ? (int32_t)w2v_max(begin, t - reach) : 0;
        block->context_end[t] = reach ? (int32_t)w2v_min(end, t + reach + 1) : 0;
    }
}

/* A block may begin and end inside a sentence. The words beyond its ends are looked up, so that a
 * centre has the context that it would have in one long block. */
void w2v_choose_words(const w2v_plan *plan, w2v_block *block) {
    const uint64_t key = block_key(plan, -1);
    int64_t first = block->number * plan->block_tokens;
    const int64_t last = w2v_min(first + plan->block_tokens, plan->tokens);
    int64_t n = 0;
    for (int64_t sentence = find_sentence(plan, first); first < last; sentence++) {
        const int64_t begin = plan->offsets[sentence], end = plan->offsets[sentence + 1];
        const int64_t stop = w2v_min(end, last), before = n;
        for (int64_t p = first - 1; p >= begin && n < before + plan->window; p--)
            n = add_word(plan, block, n, key, p, 0);
        reverse(block->words + before, n - before);
        for (int64_t p = first; p < stop; p++) n = add_word(plan, block, n, key, p, 1);
        const int64_t beyond = n;
        for (int64_t p = last; p < end && n < beyond + plan->window; p++)
            n = add_word(plan, block, n, key, p, 0);
        find_contexts(block, before, n);
        first = stop;
    }
    block->n = n;
}

/* The table does not fit the nearer caches, so its entries are asked for some draws ahead. */
#define NOISE_AHEAD 16

void w2v_choose_noise(const w2v_plan *plan, w2v_block *block) {
    block->stream = block_key(plan, block->number);
    const uint32_t V = (uint32_t)plan->vocabulary;
    const int32_t n = plan->noise_words;
    uint64_t drawn[NOISE_AHEAD];
    for (int32_t k = 0; k < n + NOISE_AHEAD; k++) {
        uint64_t *const bits = &drawn[k % NOISE_AHEAD];
        if (k >= NOISE_AHEAD) block->noise[k - NOISE_AHEAD] = w2v_draw(plan->noise, V, *bits);
        if (k >= n) continue;
        *bits = w2v_next(&block->stream);
        W2V_PREFETCH_READ(&plan->noise[w2v_entry(V, *bits)]);
    }
}

/* --- inputs ---------------------------------------------------------------------------------- */

/* For each word of a block, the last word up to it that stands a second time in the block, within
 * the reach of two windows. */
static void find_repeats(const w2v_plan *plan, const w2v_block *block, int32_t *last_repeat) {
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

void w2v_find_rows(const w2v_plan *plan, w2v_worker *w, const w2v_block *block) {
    for (int64_t t = 0; t < block->n; t++)
        w->word_rows[t] = w2v_row(&w->in, block->words[t], plan->shape);
    for (int32_t k = 0; k < plan->noise_words; k++)
        w->noise_rows[k] = w2v_row(&w->out, block->noise[k], plan->shape);
    if (plan->architecture == W2V_SKIPGRAM && plan->loss != W2V_LOSS_SOFTMAX)
        find_repeats(plan, block, w->last_repeat);
}

/* Append the rows of the context of centre t to the job's inputs; return how many. */
static inline int32_t add_context(const w2v_worker *w, const w2v_block *block, int64_t t,
                                  w2v_job *job) {
    const int64_t start = block->context_start[t];
    const int64_t before = t - start, after = block->context_end[t] - t - 1;
    float **inputs = job->inputs + job->starts[job->m];
    for (int64_t k = 0; k < before; k++) inputs[k] = w->word_rows[start + k];
    for (int64_t k = 0; k < after; k++) inputs[before + k] = w->word_rows[t + 1 + k];
    return (int32_t)(before + after);
}

/* Close an example of a job that counts the inputs and the targets of each. */
static inline void end_example(w2v_job *job, int32_t inputs, int32_t targets) {
    job->starts[job->m + 1] = job->starts[job->m] + inputs;
    job->target_starts[job->m + 1] = job->target_starts[job->m] + targets;
    job->m++;
}

/* The mean of the context predicts the centre. */
static void cbow(const w2v_worker *w, const w2v_block *block, int64_t t, w2v_job *job) {
    const int32_t inputs = add_context(w, block, t, job);
    job->targets[job->target_starts[job->m]] = block->words[t];
    end_example(job, inputs, 1);
}

/* Each word of the context predicts the centre, whose output rows serve them all. One input an
 * example: job->starts is 0, 1, 2, ... for good. */
static void skipgram(const w2v_worker *w, const w2v_block *block, int64_t t, w2v_job *job) {
    job->m = add_context(w, block, t, job);
    job->in_place = w->last_repeat[block->context_end[t] - 1] < block->context_start[t];
}

/* The centre predicts each word of its context: one pass over all output rows serves it whole. */
static void skipgram_softmax(const w2v_worker *w, const w2v_block *block, int64_t t,
                             w2v_job *job) {
    const int64_t start = block->context_start[t];
    const int64_t before = t - start, after = block->context_end[t] - t - 1;
    int32_t *targets = job->targets + job->target_starts[job->m];
    job->inputs[job->starts[job->m]] = w->word_rows[t];
    memcpy(targets, block->words + start, (size_t)before * sizeof *targets);
    memcpy(targets + before, block->words + t + 1, (size_t)after * sizeof *targets);
    end_example(job, 1, (int32_t)(before + after));
}

void w2v_add_examples(const w2v_plan *plan, const w2v_worker *w, const w2v_block *block, int64_t t,
                      w2v_job *job) {
    if (block->context_end[t] - block->context_start[t] < 2) return; /* no word but the centre */
    if (plan->architecture == W2V_CBOW) cbow(w, block, t, job);
    else if (plan->loss == W2V_LOSS_SOFTMAX) skipgram_softmax(w, block, t, job);
    else skipgram(w, block, t, job);
}

/* --- outputs --------------------------------------------------------------------------------- */

/* How many of a block's noise words a centre picks from: those that are its neighbours' too, so
 * that a row is used again while it still is in the nearer caches. They move on with the centres. */
static inline uint32_t near_noise(const w2v_plan *plan) {
    return ((uint32_t)plan->noise_words + 3) / 4;
}

/* A noise word's row: one of the block's from `first` on, or a new one if pairs have their own. */
static inline float *pick_noise(const w2v_plan *plan, const w2v_worker *w, w2v_block *block,
                                int64_t first) {
    const uint64_t bits = w2v_next(&block->stream);
    if (plan->shared_negatives)
        return w->noise_rows[first + w2v_below((uint32_t)(bits >> 32), near_noise(plan))];
    return w2v_row(&w->out, w2v_draw(plan->noise, (uint32_t)plan->vocabulary, bits), plan->shape);
}

/* Negative sampling: the centre, label 1, and noise words, label 0. A noise word that is the centre
 * itself is picked again; after a few vain tries (a vocabulary of little else) it is left out. */
static inline void add_noise(const w2v_plan *plan, const w2v_worker *w, w2v_block *block,
                             int64_t t, w2v_job *job) {
    float *const centre = w2v_row(&w->out, block->words[t], plan->shape);
    const int64_t first = (plan->noise_words - near_noise(plan)) * t / block->n;
    job->outputs[0] = centre;
    job->n = 1;
    for (int32_t k = 0; k < plan->negative; k++)
        for (int tries = 0; tries < 8; tries++) {
            float *row = pick_noise(plan, w, block, first);
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

void w2v_add_outputs(const w2v_plan *plan, const w2v_worker *w, w2v_block *block, int64_t t,
                     w2v_job *job) {
    if (plan->loss == W2V_LOSS_NS) add_noise(plan, w, block, t, job);
    else add_path(plan, w, block->words[t], job);
}
