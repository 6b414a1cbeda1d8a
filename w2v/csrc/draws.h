/* Draws from a distribution in constant time (alias table) and words as leaves of a tree (Huffman),
 * in integers, so that nothing is rounded; and the first weights.
 */
#ifndef W2V_DRAWS_H
#define W2V_DRAWS_H

#include "random.h"

/* An entry of Walker's alias table: with 32 random bits below `threshold` the entry's own number
 * is drawn, else `alias`. Side by side, so that a draw costs one cache line. */
typedef struct {
    uint32_t threshold;
    int32_t alias;
} w2v_alias;

/* The entry that 64 random bits pick: the upper half does. */
static inline int32_t w2v_entry(uint32_t n, uint64_t bits) {
    return (int32_t)w2v_below((uint32_t)(bits >> 32), n);
}

/* Draw from the table with 64 random bits: the upper half picks the entry, the lower decides. The
 * mask in place of a branch saves a misprediction every few draws. */
static inline int32_t w2v_draw(const w2v_alias *table, uint32_t n, uint64_t bits) {
    const int32_t entry = w2v_entry(n, bits);
    const int32_t own = -(int32_t)((uint32_t)bits < table[entry].threshold);
    return (own & entry) | (~own & table[entry].alias);
}

/* Fill rows, `stride` floats apart, with numbers uniform in [-scale, scale): a function of the
 * seed, the row and the column. */
void w2v_fill_uniform(float *W, int64_t rows, int64_t stride, int64_t columns, uint64_t seed,
                      float scale);

/* Fill a table of n entries from weights that sum to exactly n * 2^32; they are used up. 2^32 -
 * threshold parts of an entry go to its alias. `work` has place for n numbers. */
void w2v_fill_alias(uint64_t *weights, int32_t *work, uint32_t *threshold, int32_t *alias,
                    int64_t n);

/* Join n leaves, descending in weight, into a Huffman tree of 2n - 1 nodes. weight[0 .. n) holds
 * the counts. Nodes n and up are inner nodes in the order they are made, so the last one is the
 * root. Fills for each node the weight, the node above it, its code there (0 the lighter child, 1
 * the heavier) and its distance from the root. */
void w2v_join_huffman(int64_t *weight, int32_t *up, uint8_t *code, int32_t *depth, int64_t n);

/* Write the paths of n leaves from the root, leaf i's to nodes[offsets[i] .. offsets[i + 1]) and
 * its codes likewise. Inner nodes are renumbered so that the root is 0. */
void w2v_fill_paths(const int32_t *up, const uint8_t *code, const int64_t *offsets, int32_t *nodes,
                    uint8_t *codes, int64_t n);

#endif
