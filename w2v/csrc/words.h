/* The words of a block: those that subsampling keeps, their windows, and the block's noise words. */
#ifndef W2V_WORDS_H
#define W2V_WORDS_H

#include "plan.h"

/* Subsample the tokens of block->number and find the context of each word kept. */
void w2v_choose_words(const w2v_plan *plan, w2v_block *block);

/* Draw the block's noise words. */
void w2v_choose_noise(const w2v_plan *plan, w2v_block *block);

#endif
