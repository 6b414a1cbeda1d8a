/* Files of vectors to rows: word2vec's binary and text forms, from a file in memory.
 *
 * Knows bytes and floats. Not: encodings, errors' wording, Python. A reader stops before the row
 * that it cannot read, and its caller finds out why.
 */
#ifndef W2V_VECTOR_FILES_H
#define W2V_VECTOR_FILES_H

#include <stdint.h>

typedef struct {
    const uint8_t *data;
    int64_t size;
    int64_t position;  /* where the next row begins */
    uint8_t *names;    /* the words read, each followed by a space */
    int64_t capacity, used;
} w2v_file;

/* Read up to n rows of d floats; return how many. A row is a word, a space and the bytes of its
 * numbers; newlines before the word belong to the row before. */
int64_t w2v_read_binary(w2v_file *file, float *rows, int64_t n, int64_t d);

/* Read up to n lines of a word and d decimal numbers, separated by spaces and tabs; return how
 * many. Each number is the float nearest to the double nearest to what is written. Stops at lines
 * of another form, at numbers beyond float, and where that double cannot be told cheaply (once in
 * many millions of numbers of 17 digits). */
int64_t w2v_read_text(w2v_file *file, float *rows, int64_t n, int64_t d);

/* The first of n rows of d floats, `stride` floats apart, that holds NaN or infinity; n if none. */
int64_t w2v_first_not_finite(const float *rows, int64_t n, int64_t stride, int64_t d);

#endif
