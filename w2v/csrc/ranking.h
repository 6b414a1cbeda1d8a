/* Scores to answers: what a query does with the dot products of all rows.
 *
 * Knows float32 rows and scores. Not: words, threads, instruction sets (these passes over scores
 * are short beside the pass over the rows, which is a kernel).
 */
#ifndef W2V_RANKING_H
#define W2V_RANKING_H

#include <stdint.h>

/* norms[i] = |rows[i]|, summed in double, for n rows of d floats, `stride` floats apart. */
void w2v_norms(float *norms, const float *rows, int64_t n, int64_t stride, int64_t d);

/* Divide each of n scores by the norm of its row (by 1 if that is 0) and write the places of those
 * that are not below the k-th largest by more than `margin`, in order; return how many. -INFINITY
 * never counts. `heap` has room for k >= 1 scores, `places` for n. */
int64_t w2v_finalists(float *S, const float *norms, int64_t n, int64_t k, float margin, float *heap,
                      int64_t *places);

/* Questions "a is to b as c is to ?" over a part of the vocabulary. */
typedef struct {
    const float *S;          /* (rows, n): a word of the questions with each word of the part */
    int64_t n;
    int64_t first;           /* the id of the part's first word */
    const int32_t *spelling; /* by id: the first word of the same spelling */
    int product;             /* maximise S[b] S[c] / (S[a] + epsilon), else S[b] - S[a] + S[c] */
    float epsilon;
} w2v_analogies;

/* For m questions, given as rows of S and as ids (m, 3): raise best[i] and set answer[i] to the
 * word where some word of the part is better. Words spelled like a, b or c are no answers. */
void w2v_answer(const w2v_analogies *part, const int32_t *rows, const int32_t *ids, int64_t m,
                float *best, int32_t *answer);

#endif
