/* See vector_files.h. */
#include "vector_files.h"

#include <math.h>
#include <string.h>

/* Keep a word and a space; 0 if there is no room. */
static int keep_name(w2v_file *file, const uint8_t *name, int64_t size) {
    if (size + 1 > file->capacity - file->used) return 0;
    memcpy(file->names + file->used, name, (size_t)size);
    file->used += size;
    file->names[file->used++] = ' ';
    return 1;
}

int64_t w2v_read_binary(w2v_file *file, float *rows, int64_t n, int64_t d) {
    const uint8_t *end = file->data + file->size;
    for (int64_t i = 0; i < n; i++, rows += d) {
        const uint8_t *name = file->data + file->position;
        while (name < end && *name == '\n') name++;
        const uint8_t *space = memchr(name, ' ', (size_t)(end - name));
        if (space == NULL || end - space - 1 < 4 * d) return i;
        if (!keep_name(file, name, space - name)) return i;
        memcpy(rows, space + 1, (size_t)(4 * d));
        file->position = space + 1 + 4 * d - file->data;
    }
    return n;
}

/* Powers of ten that a double holds exactly. */
static const double TENS[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                              1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                              1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static double scale(double x, int64_t exponent) {
    for (; exponent > 22; exponent -= 22) x *= 1e22;
    for (; exponent < -22; exponent += 22) x /= 1e22;
    return exponent < 0 ? x / TENS[-exponent] : x * TENS[exponent];
}

static int is_digit(uint8_t byte) { return (uint8_t)(byte - '0') < 10; }

/* Read a number; return where it ends, NULL if it is none that can be read here. */
static const uint8_t *read_float(const uint8_t *p, const uint8_t *end, float *out) {
    uint64_t digits = 0; /* the first 19 of them: later ones are below the doubt allowed for */
    int64_t exponent = 0, written = 0;
    int count = 0, any = 0;
    const int negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) p++;
    for (int point = 0; p < end; p++) {
        if (*p == '.' && !point) {
            point = 1;
            continue;
        }
        if (!is_digit(*p)) break;
        any = 1;
        if (count < 19) {
            digits = 10 * digits + (uint64_t)(*p - '0');
            count += digits > 0;
            exponent -= point;
        } else {
            exponent += !point;
        }
    }
    if (!any) return NULL;
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        const int down = p < end && *p == '-';
        if (p < end && (*p == '-' || *p == '+')) p++;
        if (p == end || !is_digit(*p)) return NULL;
        for (; p < end && is_digit(*p); p++)
            if (written < 1000) written = 10 * written + (*p - '0');
        exponent += down ? -written : written;
    }
    if (exponent < -300 || exponent > 300) return NULL;
    const double x = scale((double)digits, exponent);
    /* One rounding of two exact numbers gives the nearest double (Clinger 1990). Else x is off by
     * a few of its last places, which matters only where they decide the float. */
    if (digits > (uint64_t)1 << 53 || exponent < -22 || exponent > 22)
        if ((float)(x * (1 - 4e-15)) != (float)(x * (1 + 4e-15))) return NULL;
    *out = (float)(negative ? -x : x);
    return isfinite(*out) ? p : NULL;
}

static const uint8_t *skip_blanks(const uint8_t *p, const uint8_t *end) {
    while (p < end && (*p == ' ' || *p == '\t')) p++;
    return p;
}

int64_t w2v_read_text(w2v_file *file, float *rows, int64_t n, int64_t d) {
    const uint8_t *end = file->data + file->size;
    for (int64_t i = 0; i < n; i++, rows += d) {
        const uint8_t *name = file->data + file->position, *p = name;
        while (p < end && *p != ' ' && *p != '\t' && *p != '\n') p++;
        const uint8_t *stop = p;
        for (int64_t c = 0; c < d; c++) {
            const uint8_t *number = skip_blanks(p, end);
            if (number == p) return i; /* numbers are separated */
            p = read_float(number, end, rows + c);
            if (p == NULL) return i;
        }
        p = skip_blanks(p, end);
        if (p < end && *p == '\r') p++;
        if (p < end && *p != '\n') return i;
        if (stop == name || !keep_name(file, name, stop - name)) return i;
        file->position = p - file->data + (p < end);
    }
    return n;
}

int64_t w2v_first_not_finite(const float *rows, int64_t n, int64_t stride, int64_t d) {
    for (int64_t i = 0; i < n; i++, rows += stride) {
        int odd = 0; /* 0 * x is 0, or NaN for what is not finite */
        for (int64_t c = 0; c < d; c++) odd |= !(0 * rows[c] == 0);
        if (odd) return i;
    }
    return n;
}
