/* See walks.h. */
#include "walks.h"

#include <stddef.h>

void w2v_fill_tables(const int64_t *starts, int64_t nodes, const double *weights, uint64_t *parts,
                     int32_t *work, uint32_t *threshold, int32_t *alias, w2v_alias *tables,
                     float *shares) {
    for (int64_t node = 0; node < nodes; node++) {
        const int64_t first = starts[node], n = starts[node + 1] - first;
        double sum = 0;
        int64_t largest = 0;
        for (int64_t k = 0; k < n; k++) {
            sum += weights[first + k];
            if (weights[first + k] > weights[first + largest]) largest = k;
        }
        uint64_t left = (uint64_t)n << 32;
        for (int64_t k = 0; k < n; k++) {
            const double share = weights[first + k] / sum;
            shares[first + k] = (float)share;
            parts[k] = (uint64_t)(share * (double)n * 0x1p32 + 0.5);
            left -= parts[k];
        }
        if (n == 0) continue;
        parts[largest] += left; /* what rounding left over, or took too much of */
        w2v_fill_alias(parts, work, threshold, alias, n);
        for (int64_t k = 0; k < n; k++) tables[first + k] = (w2v_alias){threshold[k], alias[k]};
    }
}

/* The edge from one node to another, -1 if there is none. */
static int64_t find_edge(const w2v_graph *graph, int32_t from, int32_t to) {
    int64_t first = graph->starts[from], beyond = graph->starts[from + 1];
    while (first < beyond) {
        const int64_t middle = first + (beyond - first) / 2;
        if (graph->targets[middle] == to) return middle;
        if (graph->targets[middle] < to) first = middle + 1;
        else beyond = middle;
    }
    return -1;
}

/* Draw a neighbour by the weights of the edges. */
static inline int32_t draw_neighbour(const w2v_graph *graph, int32_t node, uint64_t *stream) {
    const int64_t first = graph->starts[node];
    const uint32_t n = (uint32_t)(graph->starts[node + 1] - first);
    const uint64_t bits = w2v_next(stream);
    return graph->targets[first + (graph->tables ? w2v_draw(graph->tables + first, n, bits)
                                                 : w2v_entry(n, bits))];
}

/* Draw the node after `node`, which came after `before`: a neighbour x in proportion to the weight
 * of its edge times 1/p if x is `before`, 1 if it is a neighbour of that, else 1/q.
 *
 * A neighbour is drawn by weight alone and kept with a probability in proportion to its factor. If
 * 1/p is the largest factor, what it has above the others is an area of its own, so that few are
 * drawn in vain. */
static int32_t draw_biased(const w2v_graph *graph, const w2v_walking *walking, int32_t before,
                           int32_t node, uint64_t *stream) {
    const double back = walking->back, far = walking->far;
    const double level = far > 1 ? far : 1, least = far > 1 ? 1 : far;
    double extra = 0;
    if (graph->starts[node + 1] - graph->starts[node] == 1)
        return graph->targets[graph->starts[node]];
    if (back > level) {
        const int64_t edge = find_edge(graph, node, before);
        const double degree = (double)(graph->starts[node + 1] - graph->starts[node]);
        if (edge >= 0) extra = (graph->shares ? graph->shares[edge] : 1 / degree) * (back - level);
    }
    for (;;) {
        const double height = (double)(w2v_next(stream) >> 11) * 0x1p-53 * (level + extra);
        if (height >= level) return before;
        const int32_t next = draw_neighbour(graph, node, stream);
        if (next == before) {
            if (height < back) return next;
        } else if (height < least || height < (find_edge(graph, before, next) < 0 ? far : 1)) {
            return next;
        }
    }
}

void w2v_walk(const w2v_graph *graph, const w2v_walking *walking, const int32_t *from, int64_t n,
              int64_t first_number, int32_t *walks) {
    const uint64_t key = w2v_mix(walking->seed + W2V_GOLDEN);
    const int biased = walking->back != 1 || walking->far != 1;
    for (int64_t i = 0; i < n; i++) {
        int32_t *const walk = walks + i * walking->length;
        uint64_t stream = w2v_mix(key ^ ((uint64_t)(first_number + i) * W2V_GOLDEN));
        walk[0] = from[i];
        int64_t k = 1;
        for (; k < walking->length; k++) {
            const int32_t node = walk[k - 1];
            if (graph->starts[node + 1] == graph->starts[node]) break;
            walk[k] = biased && k > 1 ? draw_biased(graph, walking, walk[k - 2], node, &stream)
                                      : draw_neighbour(graph, node, &stream);
        }
        for (; k < walking->length; k++) walk[k] = -1;
    }
}
