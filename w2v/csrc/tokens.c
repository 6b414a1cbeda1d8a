#include "tokens.h"
#include "watched.h"

#include <stdlib.h>
#include <string.h>
/* AddressSanitizer guards the memory of malloc(), and not that of mmap(). */
#if defined(__linux__) && !W2V_WATCHED
#define HAVE_LARGE_PAGES 1
#include <sys/mman.h>
#else
#define HAVE_LARGE_PAGES 0
#endif

#if defined(__GNUC__) || defined(__clang__)
#define PREFETCH(address) __builtin_prefetch((address), 1)
static inline int lowest_bit(uint64_t bits) { return __builtin_ctzll(bits); }
#else
#include <intrin.h>
#define PREFETCH(address) ((void)(address))
static inline int lowest_bit(uint64_t bits) {
    unsigned long i;
    _BitScanForward64(&i, bits);
    return (int)i;
}
#endif

/* Slots of an empty table, a power of two. Fuzzers ask for few: their texts are short, and their
 * tables shall grow. */
#ifndef W2V_FIRST_SLOTS
#define W2V_FIRST_SLOTS 4096
#endif
enum { LARGE_PAGE = 1 << 21 };
enum { QUEUE = 64 }; /* words looked up at a time, while the memory they need is on its way */

/* Room for `need` items of `width` bytes, at least half as much again as before; NULL without
 * memory, and then the old block stays as it is. */
static void *grow(void *block, size_t *capacity, size_t need, size_t width) {
    size_t wanted = *capacity + *capacity / 2;
    if (wanted < need) wanted = need;
    if (wanted > SIZE_MAX / width) return NULL;
    void *bigger = realloc(block, wanted * width);
    if (bigger) *capacity = wanted;
    return bigger;
}

/* ---- the table of words ---- */

/* A word as the table compares it. */
typedef struct {
    uint64_t head[2], hash;
    const uint8_t *word;
    size_t size;
} w2v_key;

static inline uint64_t load64(const uint8_t *p) { uint64_t x; memcpy(&x, p, 8); return x; }

/* Both halves of the product of all bits of a and b, folded into one. */
static inline uint64_t fold(uint64_t a, uint64_t b) {
#if defined(__SIZEOF_INT128__)
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
    uint64_t low = (uint64_t)(uint32_t)a * (uint32_t)b, high = (a >> 32) * (b >> 32);
    uint64_t x = (a >> 32) * (uint32_t)b, y = (uint64_t)(uint32_t)a * (b >> 32);
    uint64_t middle = (low >> 32) + (uint32_t)x + (uint32_t)y;
    high += (x >> 32) + (y >> 32) + (middle >> 32);
    return (middle << 32 | (uint32_t)low) ^ high;
#endif
}

static inline uint64_t hash_word(const w2v_words *words, const uint64_t *head,
                                 const uint8_t *word, size_t size) {
    uint64_t hash = fold(head[0] ^ words->seed[0], head[1] ^ words->seed[1] ^ size);
    for (size_t done = 16; done < size; done += 16) {
        const uint8_t *p = word + (size - done < 16 ? size - 16 : done);
        hash = fold(load64(p) ^ hash ^ words->seed[0], load64(p + 8) ^ words->seed[1]);
    }
    return hash;
}

/* The first 16 bytes of a word, zeros behind a shorter one. `readable` bytes may be read: with 16
 * or more no branch depends on the size. */
static inline void load_head(uint64_t *head, const uint8_t *word, size_t size, size_t readable) {
    static const uint8_t KEEP[32] = {255, 255, 255, 255, 255, 255, 255, 255,
                                     255, 255, 255, 255, 255, 255, 255, 255};
    size_t n = size < 16 ? size : 16;
    if (readable >= 16) {
        head[0] = load64(word) & load64(KEEP + 16 - n);
        head[1] = load64(word + 8) & load64(KEEP + 24 - n);
    } else {
        uint8_t padded[16] = {0};
        memcpy(padded, word, n);
        head[0] = load64(padded);
        head[1] = load64(padded + 8);
    }
}

static inline void set_key(w2v_key *key, const w2v_words *words, const uint8_t *word, size_t size,
                           size_t readable) {
    uint64_t head[2];
    load_head(head, word, size, readable);
    key->head[0] = head[0];
    key->head[1] = head[1];
    key->hash = hash_word(words, head, word, size);
    key->word = word;
    key->size = size;
}

static inline uint32_t short_size(size_t size) {
    return size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
}

/* Whether a slot whose head and size fit holds a word of more than 16 bytes. */
static int same_rest(const w2v_words *words, const w2v_slot *slot, const w2v_key *key) {
    const int64_t *start = words->start + slot->id_plus1 - 1;
    return (size_t)(start[1] - start[0]) == key->size
           && !memcmp(words->bytes + start[0] + 16, key->word + 16, key->size - 16);
}

/* The slot of a word, or the free slot where it belongs. */
static inline w2v_slot *find_slot(const w2v_words *words, const w2v_key *key) {
    for (uint64_t i = key->hash & words->mask;; i = (i + 1) & words->mask) {
        w2v_slot *slot = &words->slots[i];
        uint64_t differ = (slot->head[0] ^ key->head[0]) | (slot->head[1] ^ key->head[1])
                          | (slot->size ^ short_size(key->size));
        /* a free slot is all zeros, and no word has size 0 */
        if (!differ && (key->size <= 16 || same_rest(words, slot, key))) return slot;
        if (!slot->id_plus1) return slot;
    }
}

/* Memory for slots, all zeros. Words lie scattered: with small pages their addresses miss the TLB. */
#if HAVE_LARGE_PAGES
static void *take_zeros(size_t size) {
    void *block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) return NULL;
    madvise(block, size, MADV_HUGEPAGE);
    return block;
}
static void give_back(void *block, size_t size) { if (block) munmap(block, size); }
#else
static void *take_zeros(size_t size) { return calloc(1, size); }
static void give_back(void *block, size_t size) { (void)size; free(block); }
#endif

/* Bytes of a block for n slots, with room to begin at a cache line, or at a large page. */
static size_t block_size(uint64_t n) {
    size_t size = (size_t)n * sizeof(w2v_slot);
    return size + (size < LARGE_PAGE ? 64 : LARGE_PAGE);
}

/* n free slots, a power of two. */
static int new_slots(w2v_words *words, uint64_t n) {
    void *block = n > SIZE_MAX / 2 / sizeof(w2v_slot) ? NULL : take_zeros(block_size(n));
    if (!block) return W2V_NO_MEMORY;
    size_t align = block_size(n) - (size_t)n * sizeof(w2v_slot);
    words->block = block;
    words->slots = (w2v_slot *)(((uintptr_t)block + align - 1) / align * align);
    words->mask = n - 1;
    return W2V_OK;
}

static int grow_slots(w2v_words *words) {
    void *block = words->block;
    size_t old_size = block_size(words->mask + 1);
    const w2v_slot *slot = words->slots, *end = slot + words->mask + 1;
    if (new_slots(words, (words->mask + 1) * 2) != W2V_OK) return W2V_NO_MEMORY;
    for (; slot < end; slot++) {
        if (!slot->id_plus1) continue;
        const int64_t *start = words->start + slot->id_plus1 - 1;
        uint64_t hash = hash_word(words, slot->head, words->bytes + start[0],
                                  (size_t)(start[1] - start[0]));
        uint64_t i = hash & words->mask;
        while (words->slots[i].id_plus1) i = (i + 1) & words->mask;
        words->slots[i] = *slot;
    }
    give_back(block, old_size);
    return W2V_OK;
}

int w2v_words_init(w2v_words *words, uint64_t seed) {
    memset(words, 0, sizeof *words);
    words->seed[0] = seed;
    words->seed[1] = fold(seed ^ 0x9E3779B97F4A7C15u, 0xBF58476D1CE4E5B9u);
    words->start_capacity = 1024;
    words->start = malloc(words->start_capacity * sizeof *words->start);
    if (!words->start) return W2V_NO_MEMORY;
    words->start[0] = 0;
    return new_slots(words, W2V_FIRST_SLOTS);
}

void w2v_words_free(w2v_words *words) {
    free(words->bytes);
    free(words->start);
    give_back(words->block, block_size(words->mask + 1));
    memset(words, 0, sizeof *words);
}

/* Offset of the first byte that is not part of well-formed UTF-8 (Unicode, table 3-7), or -1. */
static int64_t first_bad_byte(const uint8_t *p, size_t size) {
    for (size_t i = 0; i < size;) {
        uint8_t lead = p[i], low = 0x80, high = 0xBF;
        size_t more;
        if (lead < 0x80) { i++; continue; }
        else if (lead >= 0xC2 && lead <= 0xDF) more = 1;
        else if (lead >= 0xE0 && lead <= 0xEF) more = 2;
        else if (lead >= 0xF0 && lead <= 0xF4) more = 3;
        else return (int64_t)i;
        /* the second byte's range shuts out overlong forms, surrogates and what is past U+10FFFF */
        if (lead == 0xE0) low = 0xA0;
        if (lead == 0xED) high = 0x9F;
        if (lead == 0xF0) low = 0x90;
        if (lead == 0xF4) high = 0x8F;
        if (more >= size - i) return (int64_t)i;
        if (p[i + 1] < low || p[i + 1] > high) return (int64_t)i;
        for (size_t k = 2; k <= more; k++)
            if ((p[i + k] & 0xC0) != 0x80) return (int64_t)i;
        i += more + 1;
    }
    return -1;
}

static int append_word(w2v_words *words, const uint8_t *word, size_t size) {
    size_t n = (size_t)words->size, used = (size_t)words->start[n];
    if (words->size == INT32_MAX) return W2V_TOO_MANY_WORDS;
    words->bad_byte = first_bad_byte(word, size);
    if (words->bad_byte >= 0) return W2V_NOT_UTF8;
    if (used + size > words->bytes_capacity) {
        void *p = grow(words->bytes, &words->bytes_capacity, used + size, 1);
        if (!p) return W2V_NO_MEMORY;
        words->bytes = p;
    }
    if (n + 2 > words->start_capacity) {
        void *p = grow(words->start, &words->start_capacity, n + 2, sizeof *words->start);
        if (!p) return W2V_NO_MEMORY;
        words->start = p;
    }
    memcpy(words->bytes + used, word, size);
    words->start[n + 1] = (int64_t)(used + size);
    words->size++;
    return W2V_OK;
}

/* The id of a word, new or known, after counting it `times`. */
static inline int32_t add_times(w2v_words *words, const w2v_key *key, int64_t times) {
    w2v_slot *slot = find_slot(words, key);
    if (!slot->id_plus1) {
        int status = append_word(words, key->word, key->size);
        if (status != W2V_OK) return status;
        *slot = (w2v_slot){{key->head[0], key->head[1]}, times, short_size(key->size),
                           words->size};
        int32_t id = words->size - 1;
        if ((uint64_t)words->size > words->mask / 4 * 3) {
            status = grow_slots(words);
            if (status != W2V_OK) return status;
        }
        return id;
    }
    slot->count += times;
    return slot->id_plus1 - 1;
}

int32_t w2v_words_find(const w2v_words *words, const uint8_t *word, size_t size) {
    if (!size) return W2V_ABSENT;
    w2v_key key;
    set_key(&key, words, word, size, size);
    int32_t id_plus1 = find_slot(words, &key)->id_plus1;
    return id_plus1 ? id_plus1 - 1 : W2V_ABSENT;
}

int32_t w2v_words_add(w2v_words *words, const uint8_t *word, size_t size) {
    w2v_key key;
    set_key(&key, words, word, size, size);
    return add_times(words, &key, 1);
}

/* ---- reading text ---- */

static inline int is_blank(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/* A byte in all eight places. */
#define EACH(byte) (0x0101010101010101u * (byte))

/* Eight bytes, the first in the lowest bits. */
static inline uint64_t load64_in_order(const uint8_t *p) {
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap64(load64(p));
#else
    return load64(p);
#endif
}

/* The top bits of eight bytes, side by side. */
static inline uint64_t top_bits(uint64_t x) {
    return ((x & EACH(0x80)) >> 7) * 0x0102040810204080u >> 56;
}

/* Whether byte i of 64 is a blank, a newline: bit i of the results. The sums put the answer for a
 * byte into its top bit, and cannot overflow into the next. */
static inline uint64_t find_blanks(const uint8_t *text, uint64_t *newlines) {
    uint64_t blanks = 0, controls = 0;
    for (int i = 0; i < 64; i += 8) {
        uint64_t x = load64_in_order(text + i), low = x & EACH(0x7f);
        uint64_t not_space = (low ^ EACH(' ')) + EACH(0x7f);
        uint64_t control = (low + EACH(0x80 - '\t')) & ~(low + EACH(0x7f - '\r')) & ~x;
        blanks |= top_bits(control | ~(not_space | x)) << i;
        controls |= control & EACH(0x80);
    }
    *newlines = 0;
    for (int i = 0; i < 64 && controls; i += 8) {
        uint64_t x = load64_in_order(text + i);
        *newlines |= top_bits(~((((x & EACH(0x7f)) ^ EACH('\n')) + EACH(0x7f)) | x)) << i;
    }
    return blanks;
}

static int count_bits(uint64_t bits) {
    int n = 0;
    for (; bits; bits &= bits - 1) n++;
    return n;
}

int w2v_reader_init(w2v_reader *reader, uint64_t seed) {
    memset(reader, 0, sizeof *reader);
    reader->bad_byte = -1;
    return w2v_words_init(&reader->words, seed);
}

void w2v_reader_free(w2v_reader *reader) {
    w2v_words_free(&reader->words);
    free(reader->cut);
    free(reader->id_in_whole);
    free(reader->taken_count);
    memset(reader, 0, sizeof *reader);
}

static int keep_cut(w2v_reader *reader, const uint8_t *part, size_t size) {
    if (size > reader->cut_capacity - reader->cut_size) {
        void *p = grow(reader->cut, &reader->cut_capacity, reader->cut_size + size, 1);
        if (!p) return W2V_NO_MEMORY;
        reader->cut = p;
    }
    if (size) memcpy(reader->cut + reader->cut_size, part, size);
    reader->cut_size += size;
    return W2V_OK;
}

/* Words of a text, by where they start and stop; the last may have no stop yet. A block of 64
 * bytes has at most 32 of each. */
typedef struct {
    size_t start[QUEUE + 33], stop[QUEUE + 32];
    int starts, stops;
} w2v_queue;

/* Count the words that are complete and write their ids; returns how many of them were good. */
static int look_up(w2v_words *words, w2v_queue *queue, const uint8_t *text, size_t size,
                   int32_t *ids, int *status) {
    w2v_key keys[QUEUE + 32];
    int i;
    for (i = 0; i < queue->stops; i++) {
        size_t start = queue->start[i];
        set_key(&keys[i], words, text + start, queue->stop[i] - start, size - start);
        PREFETCH(&words->slots[keys[i].hash & words->mask]);
    }
    for (i = 0; i < queue->stops; i++) {
        int32_t id = add_times(words, &keys[i], 1);
        if (id < 0) {
            *status = id;
            return i;
        }
        ids[i] = id;
    }
    queue->start[0] = queue->start[i];
    queue->starts -= i;
    queue->stops = 0;
    return i;
}

int w2v_read(w2v_reader *reader, const uint8_t *text, size_t size,
             int32_t *ids, int64_t *n_ids, int64_t *ends, int64_t *n_ends) {
    w2v_words *words = &reader->words;
    int64_t n = 0, sentences = 0, lines = reader->lines;
    size_t at = 0;
    int status = W2V_OK;

    if (reader->cut_size) {
        while (at < size && !is_blank(text[at])) at++;
        status = keep_cut(reader, text, at);
        if (status != W2V_OK) return status;
        if (at < size) {
            int32_t id = w2v_words_add(words, reader->cut, reader->cut_size);
            if (id == W2V_NOT_UTF8)
                reader->bad_byte = reader->bytes + (int64_t)at - (int64_t)reader->cut_size
                                   + words->bad_byte;
            if (id < 0) return id;
            ids[n++] = id;
            reader->cut_size = 0;
        }
    }
    w2v_queue queue = {.starts = 0, .stops = 0};
    uint64_t after_blank = 1;
    for (; at < size; at += 64) {
        const uint8_t *block = text + at;
        uint8_t last[64];
        if (size - at < 64) {  /* what is missing counts as letters: no word ends there */
            memset(last, 'x', 64);
            block = memcpy(last, block, size - at);
        }
        uint64_t newlines, blanks = find_blanks(block, &newlines);
        uint64_t follows_blank = blanks << 1 | after_blank;
        uint64_t starts = ~blanks & follows_blank, stops = blanks & ~follows_blank;
        after_blank = blanks >> 63;
        for (; newlines; newlines &= newlines - 1) {
            uint64_t up_to_here = newlines ^ (newlines - 1);
            int64_t tokens = reader->tokens + n + queue.stops + count_bits(stops & up_to_here);
            reader->lines++;
            if (tokens > reader->sentence) ends[sentences++] = reader->sentence = tokens;
        }
        for (; starts; starts &= starts - 1)
            queue.start[queue.starts++] = at + (size_t)lowest_bit(starts);
        for (; stops; stops &= stops - 1)
            queue.stop[queue.stops++] = at + (size_t)lowest_bit(stops);
        if (queue.stops < QUEUE && size - at > 64) continue;
        int stops_queued = queue.stops;
        int good = look_up(words, &queue, text, size, ids + n, &status);
        if (status != W2V_OK) {
            size_t bad = queue.start[good];
            if (status == W2V_NOT_UTF8)
                reader->bad_byte = reader->bytes + (int64_t)bad + words->bad_byte;
            for (reader->lines = lines; bad-- > 0;) reader->lines += text[bad] == '\n';
            return status;
        }
        n += stops_queued;
    }
    if (queue.starts && queue.start[0] < size) {
        status = keep_cut(reader, text + queue.start[0], size - queue.start[0]);
        if (status != W2V_OK) return status;
    }
    reader->bytes += (int64_t)size;
    reader->tokens += n;
    *n_ids = n;
    *n_ends = sentences;
    return W2V_OK;
}

void w2v_counts(const w2v_reader *reader, int64_t *counts) {
    const w2v_slot *slot = reader->words.slots, *end = slot + reader->words.mask + 1;
    for (; slot < end; slot++)
        if (slot->id_plus1) counts[slot->id_plus1 - 1] = slot->count;
    for (int32_t id = 0; id < reader->taken; id++) counts[id] += reader->taken_count[id];
}

size_t w2v_up_to_blank(const uint8_t *text, size_t size) {
    while (size && !is_blank(text[size - 1])) size--;
    return size;
}

/* ---- joining parts ---- */

void w2v_begin_part(w2v_reader *part) {
    part->bytes = part->lines = part->tokens = 0;
    part->sentence = -1; /* whether the first newline ends a sentence, only the whole knows */
}

/* Give the part's new words, which stand in the order of their appearance, ids of the whole. */
static int join_words(w2v_words *whole, w2v_reader *part) {
    const w2v_words *words = &part->words;
    w2v_key keys[QUEUE];
    if ((size_t)words->size > part->id_in_whole_capacity) {
        void *p = grow(part->id_in_whole, &part->id_in_whole_capacity, (size_t)words->size,
                       sizeof *part->id_in_whole);
        if (!p) return W2V_NO_MEMORY;
        part->id_in_whole = p;
    }
    while (part->joined < words->size) {
        int32_t n = words->size - part->joined;
        if (n > QUEUE) n = QUEUE;
        for (int32_t i = 0; i < n; i++) {
            const int64_t *start = words->start + part->joined + i;
            set_key(&keys[i], whole, words->bytes + start[0], (size_t)(start[1] - start[0]),
                    (size_t)(words->start[words->size] - start[0]));
            PREFETCH(&whole->slots[keys[i].hash & whole->mask]);
        }
        for (int32_t i = 0; i < n; i++) {
            int32_t id = add_times(whole, &keys[i], 0);
            if (id < 0) return id;
            part->id_in_whole[part->joined++] = id;
        }
    }
    return W2V_OK;
}

int w2v_join(w2v_reader *whole, w2v_reader *part, int32_t *ids, int64_t n_ids, int64_t *ends,
             int64_t n_ends) {
    int status = join_words(&whole->words, part);
    if (status != W2V_OK) return status;
    for (int64_t i = 0; i < n_ids; i++) ids[i] = part->id_in_whole[ids[i]];
    for (int64_t i = 0; i < n_ends; i++) ends[i] += whole->tokens;
    int empty = n_ends && ends[0] <= whole->sentence;
    if (n_ends) whole->sentence = ends[n_ends - 1];
    whole->bytes += part->bytes;
    whole->lines += part->lines;
    whole->tokens += n_ids;
    return empty;
}

int w2v_take_counts(w2v_reader *whole, w2v_reader *part) {
    const w2v_slot *slot = part->words.slots, *end = slot + part->words.mask + 1;
    int32_t n = whole->words.size;
    if ((size_t)n > whole->taken_capacity) {
        void *p = grow(whole->taken_count, &whole->taken_capacity, (size_t)n,
                       sizeof *whole->taken_count);
        if (!p) return W2V_NO_MEMORY;
        whole->taken_count = p;
    }
    while (whole->taken < n) whole->taken_count[whole->taken++] = 0;
    for (; slot < end; slot++)
        if (slot->id_plus1)
            whole->taken_count[part->id_in_whole[slot->id_plus1 - 1]] += slot->count;
    memset(part->words.slots, 0, (size_t)(part->words.mask + 1) * sizeof *part->words.slots);
    part->words.size = part->joined = 0;
    return W2V_OK;
}

/* ---- renumbering ---- */

int64_t w2v_encode(w2v_encoding *at, const int32_t *ids, int64_t n, const int64_t *offsets,
                   int64_t n_sentences, const int32_t *new_id, int32_t *out,
                   int64_t *out_offsets) {
    int64_t i = 0, written = 0;
    while (at->sentence < n_sentences) {
        int64_t left = offsets[at->sentence + 1] - at->token;
        int64_t stop = left < n - i ? i + left : n;
        at->token += stop - i;
        for (; i < stop; i++) {
            /* written whether kept or not: no branch to mispredict, and never ahead of reading */
            int32_t id = new_id[ids[i]];
            out[written] = id;
            written += id >= 0;
        }
        if (at->token < offsets[at->sentence + 1]) break;
        at->sentence++;
        int64_t kept = at->kept + written;
        if (kept > out_offsets[at->sentences]) out_offsets[++at->sentences] = kept;
    }
    at->kept += written;
    return written;
}
