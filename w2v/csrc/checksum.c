/* See checksum.h. */
#include "checksum.h"

#include <string.h>

#if defined(__GNUC__) && defined(__x86_64__)
#define HAVE_INSTRUCTION 1
#define BEGIN_CRC __attribute__((target("sse4.2")))
#define CRC8(crc, x) ((uint32_t)__builtin_ia32_crc32di((crc), (x)))
#define CRC1(crc, x) __builtin_ia32_crc32qi((crc), (x))
static int has_instruction(void) { return __builtin_cpu_supports("sse4.2"); }
#elif defined(__GNUC__) && defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#define HAVE_INSTRUCTION 1
#define BEGIN_CRC
#define CRC8(crc, x) __crc32cd((crc), (x))
#define CRC1(crc, x) __crc32cb((crc), (x))
static int has_instruction(void) { return 1; }
#else
#define HAVE_INSTRUCTION 0
static int has_instruction(void) { return 0; }
#endif

#if HAVE_INSTRUCTION
/* An instruction takes three cycles, and each cycle can start one: three parts are worked on at a
 * time. A part's checksum is moved past the `PART` bytes behind it by a product with x^(8 PART)
 * modulo the polynomial, a table for each of the four bytes. */
#define PART 4096
static uint32_t shifts[4][256];

/* a times b modulo the polynomial; the highest bit is the constant term. */
static uint32_t multiply(uint32_t a, uint32_t b) {
    uint32_t product = 0;
    for (uint32_t bit = 0x80000000u; bit; bit >>= 1) {
        if (a & bit) product ^= b;
        b = (b >> 1) ^ (b & 1 ? 0x82F63B78u : 0);
    }
    return product;
}

static void make_shifts(void) {
    uint32_t power = 0x80000000u, step = 0x00800000u; /* 1, and x^8: a byte */
    for (int64_t n = PART; n; n >>= 1) {
        if (n & 1) power = multiply(power, step);
        step = multiply(step, step);
    }
    for (int k = 0; k < 4; k++)
        for (uint32_t byte = 0; byte < 256; byte++)
            shifts[k][byte] = multiply(byte << (8 * k), power);
}

static uint32_t shifted(uint32_t crc) {
    return shifts[0][crc & 255] ^ shifts[1][crc >> 8 & 255] ^ shifts[2][crc >> 16 & 255] ^
           shifts[3][crc >> 24];
}

static uint64_t word_at(const uint8_t *data) {
    uint64_t word;
    memcpy(&word, data, 8);
    return word;
}

BEGIN_CRC static uint32_t by_instruction(uint32_t crc, const uint8_t *data, int64_t size) {
    for (; size >= 3 * PART; data += 3 * PART, size -= 3 * PART) {
        uint32_t second = 0, third = 0;
        for (int i = 0; i < PART; i += 8) {
            crc = CRC8(crc, word_at(data + i));
            second = CRC8(second, word_at(data + PART + i));
            third = CRC8(third, word_at(data + 2 * PART + i));
        }
        crc = shifted(shifted(crc) ^ second) ^ third;
    }
    for (; size >= 8; data += 8, size -= 8) crc = CRC8(crc, word_at(data));
    for (; size > 0; data++, size--) crc = CRC1(crc, *data);
    return crc;
}
#endif

static uint32_t tables[8][256];

static void make_tables(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int i = 0; i < 8; i++) crc = (crc >> 1) ^ (crc & 1 ? 0x82F63B78u : 0);
        tables[0][byte] = crc;
    }
    for (uint32_t byte = 0; byte < 256; byte++)
        for (int k = 1; k < 8; k++)
            tables[k][byte] = (tables[k - 1][byte] >> 8) ^ tables[0][tables[k - 1][byte] & 255];
}

/* Eight bytes a step: "slicing by 8". */
static uint32_t by_tables(uint32_t crc, const uint8_t *data, int64_t size) {
    for (; size >= 8; data += 8, size -= 8) {
        const uint32_t low = crc ^ ((uint32_t)data[0] | (uint32_t)data[1] << 8 |
                                    (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24);
        crc = tables[7][low & 255] ^ tables[6][low >> 8 & 255] ^ tables[5][low >> 16 & 255] ^
              tables[4][low >> 24] ^ tables[3][data[4]] ^ tables[2][data[5]] ^
              tables[1][data[6]] ^ tables[0][data[7]];
    }
    for (; size > 0; data++, size--) crc = (crc >> 8) ^ tables[0][(crc ^ *data) & 255];
    return crc;
}

void w2v_prepare_crc32c(void) {
    make_tables();
#if HAVE_INSTRUCTION
    make_shifts();
#endif
}

uint32_t w2v_crc32c(uint32_t crc, const uint8_t *data, int64_t size, int fast) {
    crc = ~crc;
#if HAVE_INSTRUCTION
    if (fast && has_instruction()) return ~by_instruction(crc, data, size);
#endif
    (void)fast;
    (void)has_instruction;
    return ~by_tables(crc, data, size);
}

static int64_t first_slot(const w2v_indexed *words, const uint8_t *word, int64_t length) {
    const uint32_t hash = w2v_crc32c(0, word, length, 1) * 2654435761u; /* 2^32 / golden ratio */
    return (int64_t)(((uint64_t)hash * (uint64_t)words->slots) >> 32);
}

void w2v_index_words(const w2v_indexed *words) {
    const int64_t mask = words->slots - 1;
    for (int64_t row = 0; row < words->n; row++) {
        const int64_t start = words->cuts[row];
        int64_t slot = first_slot(words, words->text + start, words->cuts[row + 1] - start);
        while (words->index[slot] >= 0) slot = (slot + 1) & mask;
        words->index[slot] = (int32_t)row;
    }
}

int64_t w2v_find_word(const w2v_indexed *words, const uint8_t *word, int64_t length) {
    const int64_t mask = words->slots - 1;
    int64_t slot = first_slot(words, word, length);
    for (int64_t tried = 0; tried < words->slots; tried++, slot = (slot + 1) & mask) {
        const int64_t row = words->index[slot];
        if (row < 0 || row >= words->n) return -1;
        const int64_t start = words->cuts[row], stop = words->cuts[row + 1];
        if (start < 0 || stop > words->size || stop - start != length) continue;
        if (memcmp(words->text + start, word, (size_t)length) == 0) return row;
    }
    return -1;
}
