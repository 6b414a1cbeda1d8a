/* The readers of word2vec's files: whatever the bytes, they stay within the file and within the room
 * for words; what they read is what is written there, and numbers are those of strtod(). The first
 * three bytes of the input say which reader, how many columns, and how much room. */
#include "fuzz.h"
#include "vector_files.h"

#include <math.h>

enum { MOST_ROWS = 9 };

/* The numbers of a line that was read, once more: the nearest double, then the nearest float. */
static void check_line(const uint8_t *line, int64_t size, const float *row, int64_t d) {
    char text[4096];
    PROMISE(size < (int64_t)sizeof text);
    memcpy(text, line, (size_t)size);
    text[size] = '\0';
    char *at = text;
    while (*at != ' ' && *at != '\t') at++;
    for (int64_t c = 0; c < d; c++) {
        char *stop;
        const float expected = (float)strtod(at, &stop);
        PROMISE(stop > at);
        PROMISE(!memcmp(&expected, row + c, sizeof expected));
        at = stop;
    }
    PROMISE(strspn(at, " \t\r") == strlen(at));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 4 || size > 4000) return 0;
    const int text = data[0] & 1, by_row = data[0] & 2;
    const int64_t d = 1 + data[1] % 7, room = data[2];
    const int64_t there = (int64_t)size - 3;
    uint8_t *bytes = copy_of(data + 3, (size_t)there), *names = block_of((size_t)room);
    float *rows = block_of((size_t)(MOST_ROWS * d) * sizeof *rows);
    w2v_file file = {.data = bytes, .size = there, .names = names, .capacity = room};
    int64_t done = 0;
    while (done < MOST_ROWS && file.position < there) {
        const int64_t start = file.position, used = file.used;
        const int64_t wanted = by_row ? 1 : MOST_ROWS - done;
        const int64_t n = text ? w2v_read_text(&file, rows + done * d, wanted, d)
                               : w2v_read_binary(&file, rows + done * d, wanted, d);
        PROMISE(n >= 0 && n <= wanted);
        PROMISE(file.position >= start && file.position <= there);
        PROMISE(file.used >= used && file.used <= room);
        int64_t at = start, name = used;
        for (int64_t i = 0; i < n; i++) { /* the words and numbers, from the bytes */
            if (!text)
                while (bytes[at] == '\n') at++;
            const int64_t first = at;
            while (names[name] != ' ') PROMISE(names[name++] == bytes[at++]);
            PROMISE(name++ < file.used);
            if (text) {
                while (at < there && bytes[at] != '\n') at++;
                check_line(bytes + first, at - first, rows + (done + i) * d, d);
                at += at < there;
            } else {
                PROMISE(!memcmp(bytes + at + 1, rows + (done + i) * d, (size_t)(4 * d)));
                at += 1 + 4 * d;
            }
        }
        PROMISE(at == file.position && name == file.used);
        done += n;
        if (n < wanted) break;
    }
    int64_t odd = 0;
    while (odd < done) {
        int64_t c = 0;
        while (c < d && isfinite(rows[odd * d + c])) c++;
        if (c < d) break;
        odd++;
    }
    PROMISE(w2v_first_not_finite(rows, done, d, d) == odd);
    free(bytes);
    free(names);
    free(rows);
    return 0;
}
