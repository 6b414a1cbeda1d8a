/* See ids.h. */
#include "ids.h"
#include "random.h"

#include <stdlib.h>
#include <string.h>

#define FIRST 1024   /* slots, and room for keys, at the beginning */
#define DIRECT 65536 /* integers below it are always found directly */
#define SPARSE 8     /* else those below so many times the number of distinct ones */

int w2v_ids_init(w2v_ids *ids, uint64_t seed) {
    memset(ids, 0, sizeof *ids);
    ids->seed = seed;
    ids->slots = calloc(FIRST, sizeof *ids->slots);
    ids->mask = FIRST - 1;
    return ids->slots == NULL ? W2V_NO_MEMORY : W2V_OK;
}

void w2v_ids_free(w2v_ids *ids) {
    free(ids->keys);
    free(ids->counts);
    free(ids->direct);
    free(ids->slots);
}

/* The slot of an integer: where it stands, or the free one where it would. */
static inline int32_t *slot_of(const w2v_ids *ids, int64_t key) {
    uint64_t at = w2v_mix((uint64_t)key ^ ids->seed) & ids->mask;
    while (ids->slots[at] && ids->keys[ids->slots[at] - 1] != key) at = (at + 1) & ids->mask;
    return &ids->slots[at];
}

static inline int is_direct(const w2v_ids *ids, int64_t key) {
    return (uint64_t)key < (uint64_t)ids->direct_size;
}

int32_t w2v_ids_find(const w2v_ids *ids, int64_t key) {
    return (is_direct(ids, key) ? ids->direct[key] : *slot_of(ids, key)) - 1;
}

/* Make the direct array reach beyond a key; integers that were hashed and lie in it move there. */
static int widen(w2v_ids *ids, int64_t key) {
    int64_t size = ids->direct_size ? ids->direct_size : DIRECT;
    while (size <= key) size *= 2;
    int32_t *direct = realloc(ids->direct, (size_t)size * sizeof *direct);
    if (direct == NULL) return W2V_NO_MEMORY;
    memset(direct + ids->direct_size, 0, (size_t)(size - ids->direct_size) * sizeof *direct);
    for (int32_t k = 0; k < ids->size; k++)
        if (ids->keys[k] >= ids->direct_size && ids->keys[k] < size) direct[ids->keys[k]] = k + 1;
    ids->direct = direct;
    ids->direct_size = size;
    return W2V_OK;
}

/* Double the slots; integers that have moved to the direct array stay behind. */
static int rehash(w2v_ids *ids) {
    const size_t slots = 2 * (size_t)(ids->mask + 1);
    int32_t *new_slots = calloc(slots, sizeof *new_slots);
    if (new_slots == NULL) return W2V_NO_MEMORY;
    free(ids->slots);
    ids->slots = new_slots;
    ids->mask = slots - 1;
    ids->hashed = 0;
    for (int32_t k = 0; k < ids->size; k++)
        if (!is_direct(ids, ids->keys[k])) {
            *slot_of(ids, ids->keys[k]) = k + 1;
            ids->hashed++;
        }
    return W2V_OK;
}

static int has_room(int64_t **items, size_t *capacity, size_t size) {
    if (size < *capacity) return 1;
    const size_t more = *capacity ? 2 * *capacity : FIRST;
    int64_t *moved = realloc(*items, more * sizeof *moved);
    if (moved == NULL) return 0;
    *items = moved;
    *capacity = more;
    return 1;
}

/* Number an integer that is not there yet. */
static int32_t add_new(w2v_ids *ids, int64_t key) {
    if (ids->size == INT32_MAX) return W2V_TOO_MANY_WORDS;
    const size_t size = (size_t)ids->size;
    if (!has_room(&ids->keys, &ids->keys_capacity, size)) return W2V_NO_MEMORY;
    if (!has_room(&ids->counts, &ids->counts_capacity, size)) return W2V_NO_MEMORY;
    const int64_t near = SPARSE * (int64_t)size;
    if (key >= ids->direct_size && key < (near < DIRECT ? DIRECT : near) && widen(ids, key) < 0)
        return W2V_NO_MEMORY;
    if (!is_direct(ids, key) && 4 * (uint64_t)ids->hashed >= 3 * ids->mask && rehash(ids) < 0)
        return W2V_NO_MEMORY;
    ids->keys[size] = key;
    ids->counts[size] = 0;
    ids->size++;
    if (is_direct(ids, key)) {
        ids->direct[key] = ids->size;
    } else {
        *slot_of(ids, key) = ids->size;
        ids->hashed++;
    }
    return ids->size - 1;
}

static inline int32_t add(w2v_ids *ids, int64_t key) {
    int32_t number = w2v_ids_find(ids, key);
    if (number < 0) number = add_new(ids, key);
    if (number >= 0) ids->counts[number]++;
    return number;
}

int w2v_ids_add32(w2v_ids *ids, const int32_t *keys, int64_t n, int32_t *numbers) {
    for (int64_t i = 0; i < n; i++)
        if ((numbers[i] = add(ids, keys[i])) < 0) return numbers[i];
    return W2V_OK;
}

int w2v_ids_add64(w2v_ids *ids, const int64_t *keys, int64_t n, int32_t *numbers) {
    for (int64_t i = 0; i < n; i++)
        if ((numbers[i] = add(ids, keys[i])) < 0) return numbers[i];
    return W2V_OK;
}
