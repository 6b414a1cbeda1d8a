/* Text to numbers: a table of distinct words and a reader that splits text into them.
 *
 * Knows bytes and blanks. Not: files, encodings other than UTF-8, Python, threads. All state is in
 * the structs, so several readers can work side by side on parts of one text; w2v_join takes what
 * they have read over into the whole, in the order of the text, and the result is the one that a
 * single reader would have given.
 *
 * Functions return W2V_OK (or an id, >= 0) or one of the errors below. After an error the only
 * thing left to do with a struct is to free it.
 */
#ifndef W2V_TOKENS_H
#define W2V_TOKENS_H

#include <stddef.h>
#include <stdint.h>

enum {
    W2V_OK = 0,
    W2V_ABSENT = -1,         /* no such word */
    W2V_NO_MEMORY = -2,
    W2V_NOT_UTF8 = -3,       /* the struct's bad_byte says where */
    W2V_TOO_MANY_WORDS = -4  /* 2^31 - 1 distinct words */
};

/* Half a cache line: most words are found, compared and counted without touching another. */
typedef struct {
    uint64_t head[2]; /* the word's first 16 bytes, zeros behind a shorter one */
    int64_t count;
    uint32_t size;    /* bytes of the word, at most UINT32_MAX */
    int32_t id_plus1; /* 0: free slot */
} w2v_slot;

/* Distinct words, numbered in order of first appearance. Word i is bytes[start[i] .. start[i+1]). */
typedef struct {
    int32_t size;
    uint8_t *bytes;
    int64_t *start;  /* size + 1 of them */
    size_t bytes_capacity, start_capacity;
    w2v_slot *slots; /* a power of two, never more than 3/4 full */
    void *block;     /* the memory they lie in */
    uint64_t mask;   /* number of slots - 1 */
    uint64_t seed[2];
    int64_t bad_byte;  /* W2V_NOT_UTF8: offset in the refused word */
} w2v_words;

/* A text handed over in pieces. */
typedef struct {
    w2v_words words;
    uint8_t *cut;    /* the beginning of a word that the last piece cut */
    size_t cut_size, cut_capacity;
    int64_t bytes, lines, tokens;  /* read so far */
    int64_t sentence;  /* tokens before the sentence that is being read */
    int64_t bad_byte;  /* W2V_NOT_UTF8: offset in the whole text; -1 before */
    /* A reader of parts: its words that were joined have these ids in the whole. */
    int32_t *id_in_whole, joined;
    /* The reader of the whole: counts of its first words that were taken from parts. */
    int64_t *taken_count;
    int32_t taken;
    size_t id_in_whole_capacity, taken_capacity;
} w2v_reader;

/* The seed is for the hash alone: texts made to collide would need to know it. */
int w2v_words_init(w2v_words *words, uint64_t seed);
void w2v_words_free(w2v_words *words);
/* The id of a word, or W2V_ABSENT. */
int32_t w2v_words_find(const w2v_words *words, const uint8_t *word, size_t size);
/* The id of a word, new or known, after counting it. A new word must be UTF-8. */
int32_t w2v_words_add(w2v_words *words, const uint8_t *word, size_t size);
int w2v_reader_init(w2v_reader *reader, uint64_t seed);
void w2v_reader_free(w2v_reader *reader);
/* Read the next piece of text: words are separated by ASCII blanks, a newline ends a sentence.
 * ids gets the ids of the words completed, ends the number of all tokens up to the end of each
 * sentence completed that has any. Neither can be more than (size + 1) / 2. A text is complete
 * only when its last byte is a newline. */
int w2v_read(w2v_reader *reader, const uint8_t *text, size_t size,
             int32_t *ids, int64_t *n_ids, int64_t *ends, int64_t *n_ends);
/* The count of each word, by id. */
void w2v_counts(const w2v_reader *reader, int64_t *counts);
/* Bytes up to the last blank and with it: where a text may be cut without cutting a word. */
size_t w2v_up_to_blank(const uint8_t *text, size_t size);

/* Get ready to read a part of a text, from one blank to another. */
void w2v_begin_part(w2v_reader *part);
/* Append a part to the text that `whole` has read: renumber its ids and move its ends. Returns how
 * many of the ends, 0 or 1, to leave out at the front, or an error. */
int w2v_join(w2v_reader *whole, w2v_reader *part, int32_t *ids, int64_t n_ids, int64_t *ends,
             int64_t n_ends);
/* Move the counts of a reader whose parts are all joined to the whole. It forgets its words. */
int w2v_take_counts(w2v_reader *whole, w2v_reader *part);

/* Where a renumbering stands between two blocks of tokens. */
typedef struct {
    int64_t token;     /* read so far */
    int64_t sentence;  /* the one being read */
    int64_t kept;      /* tokens written so far */
    int64_t sentences; /* offsets written so far, the leading 0 not counted */
} w2v_encoding;

/* Renumber the next n tokens of a corpus: id -> new_id[id], dropped where that is negative.
 * offsets has a leading 0 and one entry a sentence; sentences left empty are dropped. out needs
 * room for n tokens; out and out_offsets may be ids and offsets themselves. Returns the tokens
 * written to out. */
int64_t w2v_encode(w2v_encoding *at, const int32_t *ids, int64_t n, const int64_t *offsets,
                   int64_t n_sentences, const int32_t *new_id, int32_t *out, int64_t *out_offsets);

#endif
