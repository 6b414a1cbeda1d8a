/* Phrases: how often words follow each other, and sequences of words joined to one.
 *
 * Knows ids. Not: words, scores, Python, threads. A phrase of two words may have connectors between
 * them ("bank of america"): words that begin and end no phrase.
 */
#ifndef W2V_PHRASES_H
#define W2V_PHRASES_H

#include <stdint.h>

/* Two words that follow each other, with or without connectors between. */
typedef struct {
    int64_t place;    /* of the first occurrence: the index of word a */
    int32_t a, b;
    uint32_t between; /* a hash of the connectors, 0 without */
    uint32_t count;   /* 0: a free slot */
} w2v_pair;

/* A share of all pairs, those whose hash falls into this part. */
typedef struct {
    w2v_pair *slots; /* a power of two, never more than 3/4 full */
    uint64_t mask;   /* number of slots - 1 */
    int64_t size;    /* distinct pairs */
    uint32_t part, parts;
} w2v_pairs;

int w2v_pairs_init(w2v_pairs *pairs, uint32_t part, uint32_t parts);
void w2v_pairs_free(w2v_pairs *pairs);
/* Count the pairs of this part in sentences first .. last - 1. connects[id] says which ids are
 * connectors. Returns 0, or -1 without memory. */
int w2v_pairs_count(w2v_pairs *pairs, const int32_t *ids, const int64_t *offsets, int64_t first,
                    int64_t last, const uint8_t *connects);

/* Sequences of ids as a tree: a node is a beginning of some of them, 0 the empty one. */
typedef struct {
    int64_t *edges;        /* node << 32 | id, or -1 in a free slot */
    int32_t *to;           /* the node behind an edge */
    uint64_t mask;
    const int32_t *joined; /* by node: the id of the phrase that ends there, or -1 */
} w2v_sequences;

int w2v_sequences_init(w2v_sequences *tree, int64_t nodes);
void w2v_sequences_free(w2v_sequences *tree);
/* An edge that is not there yet. */
void w2v_sequences_add(w2v_sequences *tree, int32_t node, int32_t id, int32_t to);
/* Join the phrases in sentences first .. last - 1: from left to right, the longest that begins at
 * a word. begins[id] says which ids begin some phrase. Writes ids to out, which may be ids itself
 * if written <= offsets[first], and out_offsets[first + 1 .. last]. `written` ids were written
 * before; returns their number now. */
int64_t w2v_sequences_join(const w2v_sequences *tree, const int32_t *ids, const int64_t *offsets,
                           int64_t first, int64_t last, const uint8_t *begins, int32_t *out,
                           int64_t *out_offsets, int64_t written);

#endif
