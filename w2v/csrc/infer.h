/* Vectors of new documents, against weights that do not change.
 *
 * Each document is trained by itself: its first vector and its random numbers depend on its words
 * and on the seed. So neither the other documents nor the number of workers matter.
 */
#ifndef W2V_INFER_H
#define W2V_INFER_H

#include "workers.h"

typedef struct {
    int64_t epochs, columns;
    float alpha, end_alpha; /* learning rates at the first word, and behind the last epoch */
    float *vectors;         /* (sentences, stride), which are found; zeros */
    int32_t row;            /* of W_in: the tag of each sentence, which has its vector in its place */
    int32_t *places;        /* (workers, rows of W_in), all -1 */
    int64_t next, stop;
} w2v_inference;

/* Find the vectors as one worker of several. The sentences of the training are the documents, and
 * all rows of its matrices are frozen. */
void w2v_infer(const w2v_training *training, int64_t worker, w2v_inference *inference);

#endif
