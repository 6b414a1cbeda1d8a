#include "_tokens.h"

#include <stdlib.h>
#include <string.h>

/* Room for `need` items of `width` bytes, at least half as much again as before; NULL without
 * memory, and then the old block stays as it is. */
static void *grow(void *block, size_t *room, size_t need, size_t width) {
    size_t wanted = *room + *room / 2;
    if (wanted < need) wanted = need;
    if (wanted > SIZE_MAX / width) return NULL;
    void *bigger = realloc(block, wanted * width);
    if (bigger) *room = wanted;
    return bigger;
}

/* ---- the table of words ---- */

static uint64_t load64(const uint8_t *p) { uint64_t x; memcpy(&x, p, 8); return x; }
static uint64_t load32(const uint8_t *p) { uint32_t x; memcpy(&x, p, 4); return x; }

/* Multiply and shift, eight bytes at a time (the multiplier is 2^64 / golden ratio). */
static uint64_t hash_bytes(const uint8_t *p, size_t size) {
    const uint64_t factor = 0x9E3779B97F4A7C15u;
    uint64_t h = size * factor;
    for (; size >= 8; p += 8, size -= 8) {
        h = (h ^ load64(p)) * factor;
        h ^= h >> 32;
    }
    uint64_t rest = 0;
    if (size >= 4) rest = load32(p) | load32(p + size - 4) << 32;
    else if (size) rest = p[0] | (uint64_t)p[size / 2] << 8 | (uint64_t)p[size - 1] << 16;
    h = (h ^ rest) * factor;
    h ^= h >> 29;
    h *= factor;
    return h ^ h >> 32;
}

/* The slot of a word, or the free slot where it belongs. */
static w2v_slot *find_slot(const w2v_words *words, const uint8_t *word, size_t size,
                           uint64_t hash) {
    uint32_t tag = (uint32_t)(hash >> 32);
    for (uint64_t i = hash & words->mask;; i = (i + 1) & words->mask) {
        w2v_slot *slot = &words->slots[i];
        if (slot->id_plus1 == 0) return slot;
        if (slot->tag != tag) continue;
        const int64_t *start = words->start + slot->id_plus1 - 1;
        if ((size_t)(start[1] - start[0]) == size && !memcmp(words->bytes + start[0], word, size))
            return slot;
    }
}

static int grow_slots(w2v_words *words, uint64_t n) {
    w2v_slot *slots = calloc(n, sizeof *slots);
    if (!slots) return W2V_NO_MEMORY;
    uint64_t mask = n - 1;
    for (int32_t id = 0; id < words->size; id++) {
        int64_t start = words->start[id];
        uint64_t hash = hash_bytes(words->bytes + start, (size_t)(words->start[id + 1] - start));
        uint64_t i = hash & mask;
        while (slots[i].id_plus1) i = (i + 1) & mask;
        slots[i].tag = (uint32_t)(hash >> 32);
        slots[i].id_plus1 = id + 1;
    }
    free(words->slots);
    words->slots = slots;
    words->mask = mask;
    return W2V_OK;
}

int w2v_words_init(w2v_words *words) {
    memset(words, 0, sizeof *words);
    words->start_room = 1024;
    words->start = malloc(words->start_room * sizeof *words->start);
    if (!words->start) return W2V_NO_MEMORY;
    words->start[0] = 0;
    return grow_slots(words, 4096);
}

void w2v_words_free(w2v_words *words) {
    free(words->bytes);
    free(words->start);
    free(words->count);
    free(words->slots);
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
    if (used + size > words->bytes_room) {
        void *p = grow(words->bytes, &words->bytes_room, used + size, 1);
        if (!p) return W2V_NO_MEMORY;
        words->bytes = p;
    }
    if (n + 2 > words->start_room) {
        void *p = grow(words->start, &words->start_room, n + 2, sizeof *words->start);
        if (!p) return W2V_NO_MEMORY;
        words->start = p;
    }
    if (n + 1 > words->count_room) {
        void *p = grow(words->count, &words->count_room, n + 1024, sizeof *words->count);
        if (!p) return W2V_NO_MEMORY;
        words->count = p;
    }
    memcpy(words->bytes + used, word, size);
    words->start[n + 1] = (int64_t)(used + size);
    words->count[n] = 0;
    words->size++;
    return W2V_OK;
}

int32_t w2v_words_find(const w2v_words *words, const uint8_t *word, size_t size) {
    int32_t id_plus1 = find_slot(words, word, size, hash_bytes(word, size))->id_plus1;
    return id_plus1 ? id_plus1 - 1 : W2V_ABSENT;
}

int32_t w2v_words_add_times(w2v_words *words, const uint8_t *word, size_t size, int64_t times) {
    uint64_t hash = hash_bytes(word, size);
    w2v_slot *slot = find_slot(words, word, size, hash);
    if (!slot->id_plus1) {
        int status = append_word(words, word, size);
        if (status != W2V_OK) return status;
        slot->tag = (uint32_t)(hash >> 32);
        slot->id_plus1 = words->size;
        words->count[words->size - 1] = times;
        int32_t id = words->size - 1;
        if ((uint64_t)words->size * 2 > words->mask) {
            status = grow_slots(words, (words->mask + 1) * 2);
            if (status != W2V_OK) return status;
        }
        return id;
    }
    int32_t id = slot->id_plus1 - 1;
    words->count[id] += times;
    return id;
}

/* ---- reading text ---- */

static const uint8_t BLANK[256] = {
    [' '] = 1, ['\t'] = 1, ['\n'] = 1, ['\v'] = 1, ['\f'] = 1, ['\r'] = 1};

int w2v_reader_init(w2v_reader *reader) {
    memset(reader, 0, sizeof *reader);
    reader->bad_byte = -1;
    return w2v_words_init(&reader->words);
}

void w2v_reader_free(w2v_reader *reader) {
    w2v_words_free(&reader->words);
    free(reader->cut);
    memset(reader, 0, sizeof *reader);
}

static int keep_cut(w2v_reader *reader, const uint8_t *part, size_t size) {
    if (size > reader->cut_room - reader->cut_size) {
        void *p = grow(reader->cut, &reader->cut_room, reader->cut_size + size, 1);
        if (!p) return W2V_NO_MEMORY;
        reader->cut = p;
    }
    if (size) memcpy(reader->cut + reader->cut_size, part, size);
    reader->cut_size += size;
    return W2V_OK;
}

int w2v_read(w2v_reader *reader, const uint8_t *text, size_t size,
             int32_t *ids, int64_t *n_ids, int64_t *ends, int64_t *n_ends) {
    w2v_words *words = &reader->words;
    const uint8_t *p = text, *end = text + size, *word;
    int64_t n = 0, sentences = 0, before = reader->tokens;
    int32_t id;

    if (reader->cut_size) {
        while (p < end && !BLANK[*p]) p++;
        int status = keep_cut(reader, text, (size_t)(p - text));
        if (status != W2V_OK) return status;
        if (p < end) {
            id = w2v_words_add_times(words, reader->cut, reader->cut_size, 1);
            if (id < 0) {
                reader->bad_byte = reader->bytes + (p - text) - (int64_t)reader->cut_size
                                   + words->bad_byte;
                return id;
            }
            ids[n++] = id;
            reader->cut_size = 0;
        }
    }
    while (p < end) {
        if (BLANK[*p]) {
            if (*p++ != '\n') continue;
            reader->lines++;
            if (before + n > reader->sentence) ends[sentences++] = reader->sentence = before + n;
            continue;
        }
        word = p;
        while (p < end && !BLANK[*p]) p++;
        if (p == end) {
            int status = keep_cut(reader, word, (size_t)(p - word));
            if (status != W2V_OK) return status;
            break;
        }
        id = w2v_words_add_times(words, word, (size_t)(p - word), 1);
        if (id < 0) {
            reader->bad_byte = reader->bytes + (word - text) + words->bad_byte;
            return id;
        }
        ids[n++] = id;
    }
    reader->bytes += (int64_t)size;
    reader->tokens += n;
    *n_ids = n;
    *n_ends = sentences;
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
