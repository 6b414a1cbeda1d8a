/* The reader of texts: a text read in pieces, or in parts that another reader joins, gives what a
 * reader of one byte after another gives. The first two bytes of the input say how the rest is cut. */
#include "fuzz.h"
#include "tokens.h"

enum { MOST = 400 /* bytes of a text, and of all that is found in it */, PIECE = 97 };

/* What a reader found. */
typedef struct {
    int32_t ids[MOST];
    int64_t ends[MOST], n_ids, n_ends, bad_byte, lines, counts[MOST];
    int status;
} found;

static int blank(uint8_t c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\v' || c == '\f' || c == '\r';
}

/* The code point at p, its bytes in *width; -1 if it is no well-formed UTF-8. */
static int64_t code_point(const uint8_t *p, size_t size, size_t *width) {
    static const int64_t LEAST[5] = {0, 0, 0x80, 0x800, 0x10000};
    *width = p[0] < 0x80 ? 1
             : p[0] < 0xC0 ? 0
             : p[0] < 0xE0 ? 2
             : p[0] < 0xF0 ? 3
             : p[0] < 0xF8 ? 4
                           : 0;
    if (*width == 0 || *width > size) return -1;
    int64_t code = *width == 1 ? p[0] : p[0] & (0x7F >> *width);
    for (size_t k = 1; k < *width; k++) {
        if (p[k] >> 6 != 2) return -1;
        code = code << 6 | (p[k] & 0x3F);
    }
    if (code < LEAST[*width] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return -1;
    return code;
}

static int64_t bad_byte_of(const uint8_t *word, size_t size) {
    size_t width;
    for (size_t i = 0; i < size; i += width)
        if (code_point(word + i, size - i, &width) < 0) return (int64_t)i;
    return -1;
}

/* Byte by byte; a word is looked for among all words before. */
static void naive(const uint8_t *text, size_t size, found *out) {
    static size_t start[MOST], length[MOST];
    int32_t words = 0;
    int64_t sentence = 0;
    memset(out, 0, sizeof *out);
    out->bad_byte = -1;
    for (size_t i = 0; i < size; i++) {
        if (blank(text[i])) {
            out->lines += text[i] == '\n';
            if (text[i] == '\n' && out->n_ids > sentence)
                out->ends[out->n_ends++] = sentence = out->n_ids;
            continue;
        }
        size_t stop = i;
        while (stop < size && !blank(text[stop])) stop++;
        if (stop == size) break; /* not complete: the next piece may go on with it */
        int32_t id = 0;
        while (id < words && (length[id] != stop - i || memcmp(text + start[id], text + i, stop - i)))
            id++;
        if (id == words) {
            const int64_t bad = bad_byte_of(text + i, stop - i);
            if (bad >= 0) {
                out->bad_byte = (int64_t)i + bad;
                out->status = W2V_NOT_UTF8;
                return;
            }
            start[id] = i;
            length[id] = stop - i;
            words++;
        }
        out->ids[out->n_ids++] = id;
        out->counts[id]++;
        i = stop - 1;
    }
}

/* Read a piece from a block of its own; append what is found. */
static int64_t read_piece(w2v_reader *reader, const uint8_t *text, size_t size, found *out) {
    uint8_t *piece = copy_of(text, size);
    const size_t most = (size + 1) / 2;
    int32_t *ids = block_of(most * sizeof *ids);
    int64_t *ends = block_of(most * sizeof *ends), n_ids = 0, n_ends = 0;
    out->status = w2v_read(reader, piece, size, ids, &n_ids, ends, &n_ends);
    PROMISE(n_ids <= (int64_t)most && n_ends <= (int64_t)most);
    memcpy(out->ids + out->n_ids, ids, (size_t)n_ids * sizeof *ids);
    memcpy(out->ends + out->n_ends, ends, (size_t)n_ends * sizeof *ends);
    out->n_ids += n_ids;
    out->n_ends += n_ends;
    free(piece);
    free(ids);
    free(ends);
    return n_ids;
}

static void take_counts(w2v_reader *reader, found *out) {
    int64_t *counts = block_of((size_t)reader->words.size * sizeof *counts);
    w2v_counts(reader, counts);
    memcpy(out->counts, counts, (size_t)reader->words.size * sizeof *counts);
    free(counts);
}

static void in_pieces(const uint8_t *text, size_t size, size_t step, found *out) {
    w2v_reader reader;
    PROMISE(w2v_reader_init(&reader, size) == W2V_OK);
    memset(out, 0, sizeof *out);
    for (size_t at = 0; at < size && out->status == W2V_OK; at += step)
        read_piece(&reader, text + at, size - at < step ? size - at : step, out);
    out->lines = reader.lines;
    out->bad_byte = reader.bad_byte;
    take_counts(&reader, out);
    w2v_reader_free(&reader);
}

/* Two readers take parts in turns; the whole joins them in the order of the text. A part ends with a
 * blank, and its first word may come in two pieces. */
static void in_parts(const uint8_t *text, size_t size, size_t step, found *out) {
    w2v_reader whole, part[2];
    PROMISE(w2v_reader_init(&whole, 7) == W2V_OK);
    for (int k = 0; k < 2; k++) PROMISE(w2v_reader_init(&part[k], (uint64_t)k) == W2V_OK);
    memset(out, 0, sizeof *out);
    out->bad_byte = -1;
    int turn = 0;
    size = w2v_up_to_blank(text, size);
    for (size_t at = 0, stop; at < size && out->status == W2V_OK; at = stop, turn ^= 1) {
        stop = at + step < size ? at + step : size;
        while (!blank(text[stop - 1])) stop++;
        const int64_t first = out->n_ids, first_end = out->n_ends;
        size_t cut = at;
        while (!blank(text[cut])) cut++;
        cut = at + (cut - at) / 2;
        w2v_begin_part(&part[turn]);
        if (cut > at) PROMISE(read_piece(&part[turn], text + at, cut - at, out) == 0);
        const int64_t n_ids = read_piece(&part[turn], text + cut, stop - cut, out);
        if (out->status != W2V_OK) {
            out->bad_byte = whole.bytes + part[turn].bad_byte;
            out->lines = whole.lines + part[turn].lines;
            break;
        }
        int64_t n_ends = out->n_ends - first_end;
        const int left_out = w2v_join(&whole, &part[turn], out->ids + first, n_ids,
                                      out->ends + first_end, n_ends);
        PROMISE(left_out == 0 || left_out == 1);
        memmove(out->ends + first_end, out->ends + first_end + left_out,
                (size_t)(n_ends - left_out) * sizeof *out->ends);
        out->n_ends -= left_out;
        out->lines = whole.lines;
        out->bad_byte = whole.bad_byte;
        if (step % 3 == 0) PROMISE(w2v_take_counts(&whole, &part[turn]) == W2V_OK);
    }
    if (out->status == W2V_OK) {
        for (int k = 0; k < 2; k++) PROMISE(w2v_take_counts(&whole, &part[k]) == W2V_OK);
        take_counts(&whole, out);
    }
    for (int k = 0; k < 2; k++) w2v_reader_free(&part[k]);
    w2v_reader_free(&whole);
}

static void same(const found *a, const found *b) {
    PROMISE(a->status == b->status);
    PROMISE(a->bad_byte == b->bad_byte);
    PROMISE(a->lines == b->lines);
    if (a->status != W2V_OK) return; /* after an error only its place is promised */
    PROMISE(a->n_ids == b->n_ids && a->n_ends == b->n_ends);
    PROMISE(!memcmp(a->ids, b->ids, (size_t)a->n_ids * sizeof *a->ids));
    PROMISE(!memcmp(a->ends, b->ends, (size_t)a->n_ends * sizeof *a->ends));
    PROMISE(!memcmp(a->counts, b->counts, sizeof a->counts));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static found expected, got;
    if (size < 2 || size > MOST) return 0;
    const size_t step = 1 + data[1] % PIECE;
    const uint8_t *text = data + 2;
    size -= 2;
    naive(text, size, &expected);
    if (data[0] % 3 == 0) in_pieces(text, size, size + 1, &got);
    else if (data[0] % 3 == 1) in_pieces(text, size, step, &got);
    else in_parts(text, size, step, &got);
    same(&expected, &got);
    for (size_t cut = w2v_up_to_blank(text, size); cut < size; cut++) PROMISE(!blank(text[cut]));
    return 0;
}
