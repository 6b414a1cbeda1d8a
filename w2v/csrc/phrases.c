/* Phrases: how often words follow each other, and sequences of words joined to one. */
#include "phrases.h"

#include "random.h"
#include "simd.h"

#include <stdlib.h>
#include <string.h>

/* ---- counting ---- */

int w2v_pairs_init(w2v_pairs *pairs, uint32_t part, uint32_t parts) {
    *pairs = (w2v_pairs){.mask = (1 << 12) - 1, .part = part, .parts = parts};
    pairs->slots = calloc(pairs->mask + 1, sizeof *pairs->slots);
    return pairs->slots == NULL ? -1 : 0;
}

void w2v_pairs_free(w2v_pairs *pairs) { free(pairs->slots); }

static inline uint64_t hash_pair(int32_t a, int32_t b, uint32_t between) {
    return w2v_mix(((uint64_t)(uint32_t)a << 32 | (uint32_t)b) + W2V_GOLDEN * between);
}

/* The slot of a pair, or the free one where it belongs. The low bits of the hash choose it; the
 * high ones have chosen the part. */
static inline w2v_pair *find_pair(const w2v_pairs *pairs, uint64_t hash, int32_t a, int32_t b,
                                  uint32_t between) {
    for (uint64_t i = hash & pairs->mask;; i = (i + 1) & pairs->mask) {
        w2v_pair *slot = &pairs->slots[i];
        if (slot->count == 0 || (slot->a == a && slot->b == b && slot->between == between))
            return slot;
    }
}

static int grow(w2v_pairs *pairs) {
    w2v_pair *old = pairs->slots, *end = old + pairs->mask + 1;
    w2v_pair *slots = calloc(2 * (pairs->mask + 1), sizeof *slots);
    if (slots == NULL) return -1;
    pairs->slots = slots;
    pairs->mask = 2 * pairs->mask + 1;
    for (const w2v_pair *p = old; p < end; p++)
        if (p->count) *find_pair(pairs, hash_pair(p->a, p->b, p->between), p->a, p->b,
                                 p->between) = *p;
    free(old);
    return 0;
}

/* Pairs on their way to the table: the memory of their slots is asked for early. */
#define WAITING 32
typedef struct {
    uint64_t hash[WAITING];
    w2v_pair pair[WAITING];
    int size;
} queue;

static int count_waiting(w2v_pairs *pairs, queue *waiting) {
    for (int i = 0; i < waiting->size; i++) {
        const w2v_pair *pair = &waiting->pair[i];
        w2v_pair *slot = find_pair(pairs, waiting->hash[i], pair->a, pair->b, pair->between);
        if (slot->count == 0) {
            *slot = *pair;
            pairs->size++;
            if ((uint64_t)pairs->size > (pairs->mask + 1) / 4 * 3 && grow(pairs) < 0) return -1;
        } else if (slot->count < UINT32_MAX) {
            slot->count++;
        }
    }
    waiting->size = 0;
    return 0;
}

int w2v_pairs_count(w2v_pairs *pairs, const int32_t *ids, const int64_t *offsets, int64_t first,
                    int64_t last, const uint8_t *connects) {
    queue waiting = {.size = 0};
    for (int64_t s = first; s < last; s++) {
        int64_t begin = -1; /* the place of the last word that is no connector */
        uint32_t between = 0;
        for (int64_t i = offsets[s]; i < offsets[s + 1]; i++) {
            const int32_t id = ids[i];
            if (connects[id]) {
                between = (uint32_t)w2v_mix(between + W2V_GOLDEN * ((uint64_t)(uint32_t)id + 1));
                between += between == 0;
                continue;
            }
            if (begin >= 0) {
                const uint64_t hash = hash_pair(ids[begin], id, between);
                if (w2v_below((uint32_t)(hash >> 32), pairs->parts) == pairs->part) {
                    W2V_PREFETCH(&pairs->slots[hash & pairs->mask]);
                    waiting.hash[waiting.size] = hash;
                    waiting.pair[waiting.size++] = (w2v_pair){begin, ids[begin], id, between, 1};
                    if (waiting.size == WAITING && count_waiting(pairs, &waiting) < 0) return -1;
                }
            }
            begin = i;
            between = 0;
        }
    }
    return count_waiting(pairs, &waiting);
}

/* ---- joining ---- */

int w2v_sequences_init(w2v_sequences *tree, int64_t nodes) {
    uint64_t slots = 16;
    while (slots < 2 * (uint64_t)nodes) slots *= 2;
    *tree = (w2v_sequences){.mask = slots - 1};
    tree->edges = malloc(slots * sizeof *tree->edges);
    tree->to = malloc(slots * sizeof *tree->to);
    if (tree->edges == NULL || tree->to == NULL) return -1;
    memset(tree->edges, 0xff, slots * sizeof *tree->edges);
    return 0;
}

void w2v_sequences_free(w2v_sequences *tree) {
    free(tree->edges);
    free(tree->to);
}

/* The slot of an edge, or the free one where it belongs. */
static inline uint64_t find_edge(const w2v_sequences *tree, int64_t edge) {
    uint64_t i = w2v_mix((uint64_t)edge) & tree->mask;
    while (tree->edges[i] != -1 && tree->edges[i] != edge) i = (i + 1) & tree->mask;
    return i;
}

static inline int64_t edge_of(int32_t node, int32_t id) { return (int64_t)node << 32 | id; }

void w2v_sequences_add(w2v_sequences *tree, int32_t node, int32_t id, int32_t to) {
    const uint64_t slot = find_edge(tree, edge_of(node, id));
    tree->edges[slot] = edge_of(node, id);
    tree->to[slot] = to;
}

int64_t w2v_sequences_join(const w2v_sequences *tree, const int32_t *ids, const int64_t *offsets,
                           int64_t first, int64_t last, const uint8_t *begins, int32_t *out,
                           int64_t *out_offsets, int64_t written) {
    int64_t i = offsets[first];
    for (int64_t s = first; s < last; s++) {
        const int64_t stop = offsets[s + 1]; /* read before it is written over */
        while (i < stop) {
            int32_t found = ids[i];
            int64_t behind = i + 1, next = i;
            for (int32_t node = 0; next < stop && (next > i || begins[ids[i]]);) {
                const uint64_t slot = find_edge(tree, edge_of(node, ids[next++]));
                if (tree->edges[slot] == -1) break;
                node = tree->to[slot];
                if (tree->joined[node] >= 0) found = tree->joined[node], behind = next;
            }
            out[written++] = found;
            i = behind;
        }
        out_offsets[s + 1] = written;
    }
    return written;
}
