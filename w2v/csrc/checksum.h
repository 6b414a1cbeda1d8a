/* CRC-32C, the checksum of stored tensors, and the index of words that is stored with them.
 *
 * CRC-32C (Castagnoli's polynomial, RFC 3720) finds every burst of up to 32 wrong bits; of other
 * damage it misses one in 2^32. Processors have an instruction for it.
 */
#ifndef W2V_CHECKSUM_H
#define W2V_CHECKSUM_H

#include <stdint.h>

/* The checksum of `size` bytes that follow those whose checksum is `crc` (0 at the beginning);
 * by tables if not `fast`. */
uint32_t w2v_crc32c(uint32_t crc, const uint8_t *data, int64_t size, int fast);

/* Fill the tables, once, before all else. */
void w2v_prepare_crc32c(void);

/* Words in one text: word i is text[cuts[i]] to text[cuts[i + 1]]. Their index is a hash table of
 * rows, -1 where a slot is free: `slots` is a power of two above n. A word's first slot are the
 * upper bits of its checksum times an odd number; a taken slot sends it on to the next. */
typedef struct {
    const uint8_t *text;
    const int64_t *cuts;
    int64_t size; /* of the text */
    int64_t n;    /* words */
    int32_t *index;
    int64_t slots;
} w2v_indexed;

/* Fill the index, all -1 before. */
void w2v_index_words(const w2v_indexed *words);

/* The row of a word, -1 if it is not there. Trusts no number of the index nor of the cuts. */
int64_t w2v_find_word(const w2v_indexed *words, const uint8_t *word, int64_t length);

#endif
