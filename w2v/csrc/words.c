/* See words.h. */
#include "words.h"

#include <string.h>

int64_t w2v_longest_sentence(const int64_t *offsets, int64_t sentences) {
    int64_t longest = 0, shortest = 1;
    for (int64_t i = 0; i < sentences; i++) {
        longest = w2v_max(longest, offsets[i + 1] - offsets[i]);
        shortest = w2v_min(shortest, offsets[i + 1] - offsets[i]);
    }
    return shortest < 1 ? -1 : longest;
}

int64_t w2v_highest_id(const int32_t *ids, int64_t n) {
    uint32_t highest = 0;
    for (int64_t i = 0; i < n; i++)
        if ((uint32_t)ids[i] > highest) highest = (uint32_t)ids[i];
    return highest;
}

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

/* Whether subsampling keeps a word whose token has these random bits. */
static inline int is_kept(const w2v_plan *plan, int32_t word, uint64_t bits) {
    return word >= plan->sampled || (uint32_t)bits < plan->keep[word];
}

/* Whether subsampling keeps any of the tokens first .. last - 1. */
static int any_kept(const w2v_plan *plan, uint64_t key, int64_t first, int64_t last) {
    while (first < last && !is_kept(plan, plan->ids[first], token_bits(key, first))) first++;
    return first < last;
}

/* Write the token at `position` as word n of the block; return how many words there are if
 * subsampling keeps it. A centre notes one more than its window reaches, any other word 0. */
static inline int64_t add_word(const w2v_plan *plan, w2v_block *block, int64_t n, uint64_t key,
                               int64_t position, int centre) {
    const uint64_t bits = token_bits(key, position);
    const int32_t word = plan->ids[position];
    int32_t reach = centre ? plan->window : -1;
    if (centre && plan->shrink_windows)
        reach = 1 + (int32_t)w2v_below((uint32_t)(bits >> 32), (uint32_t)plan->window);
    block->words[n] = word;
    block->context_start[n] = reach + 1;
    return n + is_kept(plan, word, bits);
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
        block->context_start[t] = reach ? (int32_t)w2v_max(begin, t - reach + 1) : 0;
        block->context_end[t] = reach ? (int32_t)w2v_min(end, t + reach) : 0;
    }
}

/* A pair stands in a block as its input and then its output. The one that is the centre, as
 * skip-gram feeds them (examples.h), has both as its context; the other is none. */
static void choose_pairs(const w2v_plan *plan, w2v_block *block) {
    const uint64_t key = block_key(plan, -1);
    const int64_t pairs = plan->tokens / 2, first = block->number * plan->block_tokens / 2;
    const int64_t last = w2v_min(first + plan->block_tokens / 2, pairs);
    const int64_t centre = plan->loss != W2V_LOSS_SOFTMAX;
    int64_t n = 0;
    for (int64_t p = first; p < last; p++, n += 2) {
        const int64_t pair =
            plan->pair_table ? w2v_draw(plan->pair_table, (uint32_t)pairs, token_bits(key, p)) : p;
        memcpy(block->words + n, plan->ids + 2 * pair, 2 * sizeof *block->words);
        block->context_start[n + !centre] = block->context_end[n + !centre] = 0;
        block->context_start[n + centre] = (int32_t)n;
        block->context_end[n + centre] = (int32_t)n + 2;
    }
    block->n = n;
}

/* A block may begin and end inside a sentence. The words beyond its ends are looked up, so that a
 * centre has the context that it would have in one long block. If the block lies within a sentence
 * and has no centre they are not: of a giant one that is thinned out, each block would go through
 * all of it. */
void w2v_choose_words(const w2v_plan *plan, w2v_block *block) {
    if (plan->pairs) {
        choose_pairs(plan, block);
        return;
    }
    const uint64_t key = block_key(plan, -1);
    int64_t first = block->number * plan->block_tokens;
    const int64_t last = w2v_min(first + plan->block_tokens, plan->tokens);
    int64_t n = 0;
    for (int64_t sentence = find_sentence(plan, first); first < last; sentence++) {
        const int64_t begin = plan->offsets[sentence], end = plan->offsets[sentence + 1];
        const int64_t stop = w2v_min(end, last), before = n;
        if (begin < first && end > last && !any_kept(plan, key, first, stop)) {
            first = stop;
            continue;
        }
        for (int64_t p = first - 1; p >= begin && n < before + plan->window; p--)
            n = add_word(plan, block, n, key, p, 0);
        reverse(block->words + before, n - before);
        for (int64_t p = first; p < stop; p++) n = add_word(plan, block, n, key, p, 1);
        const int64_t beyond = n;
        for (int64_t p = last; p < end && n < beyond + plan->window; p++)
            n = add_word(plan, block, n, key, p, 0);
        find_contexts(block, before, n);
        for (int64_t t = before; plan->tag_rows != NULL && t < n; t++)
            block->sentence[t] = (int32_t)sentence;
        first = stop;
    }
    block->n = n;
}

int64_t w2v_list_pairs(const w2v_block *block, int32_t *pairs) {
    int64_t n = 0;
    for (int64_t t = 0; t < block->n; t++)
        for (int64_t k = block->context_start[t]; k < block->context_end[t]; k++) {
            if (k == t) continue;
            if (pairs != NULL) {
                pairs[2 * n] = block->words[t];
                pairs[2 * n + 1] = block->words[k];
            }
            n++;
        }
    return n;
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
