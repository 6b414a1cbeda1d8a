/* What the border between C and a web page is made of: w2v compiled to WebAssembly.
 *
 * A page makes one instance of the module for each training, writes settings and data where a
 * function says, and calls. Nothing is given back: the instance goes as a whole. Numbers that cross
 * the border are int32 or double, since 64-bit integers would be BigInt in JavaScript. One thread.
 */
#ifndef W2V_BORDER_H
#define W2V_BORDER_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name(#name))) name

#define ALIGNED 128 /* bytes: W2V_APART and W2V_ALIGN divide it */

/* Zeros; NULL if there is no room, which a page must look for. */
static inline void *zeros(size_t bytes) {
    void *memory = aligned_alloc(ALIGNED, (bytes + ALIGNED) / ALIGNED * ALIGNED);
    if (memory != NULL) memset(memory, 0, bytes);
    return memory;
}

#define ZEROS(pointer, count) ((pointer) = zeros((size_t)(count) * sizeof *(pointer)))

#endif
