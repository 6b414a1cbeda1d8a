/* One block of memory for all that belongs together: first counted, then handed out in parts. */
#ifndef W2V_MEMORY_H
#define W2V_MEMORY_H

#include "simd.h"
#include "watched.h"

#include <stddef.h>

typedef struct {
    char *start;  /* a multiple of W2V_APART; NULL while bytes are only counted */
    int64_t used; /* bytes */
} w2v_memory;

/* Where parts begin. Processors fetch cache lines in pairs: no two workers shall share a pair. */
#define W2V_APART (2 * W2V_ALIGN)

/* The next part, of so many bytes. Where AddressSanitizer watches, what lies between two parts is
 * forbidden ground, and there is always some. */
static inline void *w2v_take(w2v_memory *memory, int64_t bytes) {
    const int64_t first = memory->used, between = W2V_WATCHED ? W2V_APART : 0;
    memory->used += (bytes + between + W2V_APART - 1) / W2V_APART * W2V_APART;
    if (memory->start == NULL) return NULL;
    W2V_FORBID(memory->start + first + bytes, memory->used - first - bytes);
    return memory->start + first;
}

/* `count` items of what `pointer` points to. */
#define W2V_TAKE(memory, pointer, count)                                                         \
    ((pointer) = w2v_take(memory, (int64_t)sizeof *(pointer) * (count)))

#endif
