/* The words of a block: those that subsampling keeps, their windows, and its noise words. */
#ifndef W2V_WORDS_H
#define W2V_WORDS_H

#include "plan.h"

/* The number of words in the longest of the sentences, at least one; -1 if one holds no word. */
int64_t w2v_longest_sentence(const int64_t *offsets, int64_t sentences);

/* The highest of n ids; of a negative one, more than any id can be. */
int64_t w2v_highest_id(const int32_t *ids, int64_t n);

/* Subsample the tokens of block->number and find the context of each word kept; or take its pairs. */
void w2v_choose_words(const w2v_plan *plan, w2v_block *block);

/* Write the pairs (centre, context word) of a block, (n, 2), and return n; only count if NULL. */
int64_t w2v_list_pairs(const w2v_block *block, int32_t *pairs);

/* Draw the block's noise words. */
void w2v_choose_noise(const w2v_plan *plan, w2v_block *block);

#endif
