/* From tokens to steps: the words of a block, then for each centre what goes in and what comes out.
 *
 * Two builders of inputs (CBOW, skip-gram) and three of outputs (negative sampling, hierarchical
 * softmax, and the exact softmax's list of all rows, which never changes).
 */
#ifndef W2V_EXAMPLES_H
#define W2V_EXAMPLES_H

#include "plan.h"

/* Subsample the tokens of block->number and find the context of each word kept. */
void w2v_choose_words(const w2v_plan *plan, w2v_block *block);

/* Draw the block's noise words. */
void w2v_choose_noise(const w2v_plan *plan, w2v_block *block);

/* Find the rows of a block's words, and what the builders need to know of them. */
void w2v_find_rows(const w2v_plan *plan, w2v_worker *w, const w2v_block *block);

/* Add the examples of centre t to a job; none if it has no context. */
void w2v_add_examples(const w2v_plan *plan, const w2v_worker *w, const w2v_block *block, int64_t t,
                      w2v_job *job);

/* Give a job of centre t its output rows and labels. */
void w2v_add_outputs(const w2v_plan *plan, const w2v_worker *w, w2v_block *block, int64_t t,
                     w2v_job *job);

#endif
