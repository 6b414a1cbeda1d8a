/* A table of distinct integers, numbered in the order in which they first appear.
 *
 * Integers from 0 up to a few times their number have a place of their own in an array. All others,
 * negative and huge ones, are found by a hash. Knows integers only: no Python, no threads.
 */
#ifndef W2V_IDS_H
#define W2V_IDS_H

#include "tokens.h"

typedef struct {
    int32_t size;
    int64_t *keys, *counts; /* (size,) by number */
    size_t keys_capacity, counts_capacity;
    int32_t *direct;        /* number + 1 of the integers 0 .. direct_size - 1; 0: not there */
    int64_t direct_size;
    int32_t *slots;         /* number + 1 of the others; a power of two, at most 3/4 full */
    uint64_t mask;          /* slots - 1 */
    int64_t hashed;         /* slots in use */
    uint64_t seed;          /* of the hash: integers made to collide would need to know it */
} w2v_ids;

int w2v_ids_init(w2v_ids *ids, uint64_t seed);
void w2v_ids_free(w2v_ids *ids);
/* Count n integers and write their numbers. W2V_OK or an error of tokens.h. */
int w2v_ids_add32(w2v_ids *ids, const int32_t *keys, int64_t n, int32_t *numbers);
int w2v_ids_add64(w2v_ids *ids, const int64_t *keys, int64_t n, int32_t *numbers);
/* The number of an integer, or W2V_ABSENT. */
int32_t w2v_ids_find(const w2v_ids *ids, int64_t key);

#endif
