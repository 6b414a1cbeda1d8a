/* See ranking.h. */
#include "ranking.h"

#include <math.h>

#define CHUNK 256 /* scores looked at together: few of them hold one that is good enough */
#define SUMS 16   /* independent sums or maxima, so that the compiler can use vectors */

void w2v_norms(float *norms, const float *rows, int64_t n, int64_t stride, int64_t d) {
    for (int64_t i = 0; i < n; i++, rows += stride) {
        double sums[SUMS] = {0}, total = 0;
        int64_t c = 0;
        for (; c + SUMS <= d; c += SUMS)
            for (int k = 0; k < SUMS; k++) sums[k] += (double)rows[c + k] * rows[c + k];
        for (; c < d; c++) total += (double)rows[c] * rows[c];
        for (int k = 0; k < SUMS; k++) total += sums[k];
        norms[i] = (float)sqrt(total);
    }
}

static float largest(const float *S, int64_t n) {
    float maxima[SUMS];
    int64_t i = 0;
    for (int k = 0; k < SUMS; k++) maxima[k] = -INFINITY;
    for (; i + SUMS <= n; i += SUMS)
        for (int k = 0; k < SUMS; k++) maxima[k] = S[i + k] > maxima[k] ? S[i + k] : maxima[k];
    for (; i < n; i++) maxima[0] = S[i] > maxima[0] ? S[i] : maxima[0];
    for (int k = 1; k < SUMS; k++) maxima[0] = maxima[k] > maxima[0] ? maxima[k] : maxima[0];
    return maxima[0];
}

/* Replace the smallest of k numbers, heap[0], and restore the order: children are not smaller. */
static void replace_smallest(float *heap, int64_t k, float x) {
    int64_t i = 0, child;
    while ((child = 2 * i + 1) < k) {
        if (child + 1 < k && heap[child + 1] < heap[child]) child++;
        if (x <= heap[child]) break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = x;
}

int64_t w2v_finalists(float *S, const float *norms, int64_t n, int64_t k, float margin, float *heap,
                      int64_t *places) {
    int64_t found = 0, kept = 0;
    for (int64_t i = 0; i < k; i++) heap[i] = -INFINITY;
    for (int64_t first = 0; first < n; first += CHUNK) {
        const int64_t last = first + CHUNK < n ? first + CHUNK : n;
        for (int64_t i = first; i < last; i++) S[i] /= norms[i] > 0 ? norms[i] : 1;
        /* the k-th largest so far only rises, so what is passed over now would not count later */
        if (!(largest(S + first, last - first) > heap[0] - margin)) continue;
        for (int64_t i = first; i < last; i++) {
            if (S[i] > heap[0] - margin) places[found++] = i;
            if (S[i] > heap[0]) replace_smallest(heap, k, S[i]);
        }
    }
    for (int64_t i = 0; i < found; i++)
        if (S[places[i]] > heap[0] - margin) places[kept++] = places[i];
    return kept;
}

void w2v_answer(const w2v_analogies *part, const int32_t *rows, const int32_t *ids, int64_t m,
                float *best, int32_t *answer) {
    float scores[CHUNK];
    for (int64_t q = 0; q < m; q++, rows += 3, ids += 3) {
        const float *a = part->S + rows[0] * part->n;
        const float *b = part->S + rows[1] * part->n;
        const float *c = part->S + rows[2] * part->n;
        for (int64_t first = 0; first < part->n; first += CHUNK) {
            const int64_t n = part->n - first < CHUNK ? part->n - first : CHUNK;
            if (part->product)
                for (int64_t i = 0; i < n; i++)
                    scores[i] = b[first + i] * c[first + i] / (a[first + i] + part->epsilon);
            else
                for (int64_t i = 0; i < n; i++)
                    scores[i] = b[first + i] - a[first + i] + c[first + i];
            if (!(largest(scores, n) > best[q])) continue;
            for (int64_t i = 0; i < n; i++) {
                const int32_t id = (int32_t)(part->first + first + i);
                const int32_t word = part->spelling[id];
                if (scores[i] > best[q] && word != ids[0] && word != ids[1] && word != ids[2]) {
                    best[q] = scores[i];
                    answer[q] = id;
                }
            }
        }
    }
}
