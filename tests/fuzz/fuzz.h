/* What the fuzzers share. A fuzzer is a function of bytes; it ends the process where a promise is
 * broken. Arrays lie in blocks of exactly their size, so that AddressSanitizer sees each byte that
 * is read or written beyond them. */
#ifndef W2V_FUZZ_H
#define W2V_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROMISE(holds)                                                                           \
    do {                                                                                         \
        if (!(holds)) {                                                                          \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #holds);                   \
            abort();                                                                             \
        }                                                                                        \
    } while (0)

/* A block of exactly `size` bytes. */
static inline void *block_of(size_t size) {
    void *block = malloc(size ? size : 1);
    PROMISE(block != NULL);
    return block;
}

static inline void *copy_of(const void *bytes, size_t size) {
    void *block = block_of(size);
    if (size) memcpy(block, bytes, size);
    return block;
}

#endif
