/* Alias tables (Vose 1991), Huffman trees and first weights; see draws.h. */
#include "draws.h"

void w2v_fill_uniform(float *W, int64_t rows, int64_t stride, int64_t columns, uint64_t seed,
                      float scale) {
    const uint64_t key = w2v_mix(seed + W2V_GOLDEN);
    uint64_t number = 0;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t c = 0; c < columns; c++) {
            /* 24 bits: as many as a float in [0, 1) has */
            const float bits = (float)(w2v_mix(key + W2V_GOLDEN * number++) >> 40);
            W[i * stride + c] = scale * (bits * 0x1p-23f - 1.0f);
        }
}

void w2v_fill_alias(uint64_t *weights, int32_t *work, uint32_t *threshold, int32_t *alias,
                    int64_t n) {
    const uint64_t full = (uint64_t)1 << 32;
    /* two stacks in one block: entries with too little from the left, the others from the right */
    int64_t n_small = 0, n_large = 0;
    for (int64_t i = 0; i < n; i++)
        if (weights[i] < full) work[n_small++] = (int32_t)i;
        else work[n - ++n_large] = (int32_t)i;
    while (n_small > 0 && n_large > 0) {
        const int32_t small = work[--n_small], large = work[n - n_large];
        threshold[small] = (uint32_t)weights[small];
        alias[small] = large;
        weights[large] -= full - weights[small];
        if (weights[large] < full) {
            n_large--;
            work[n_small++] = large;
        }
    }
    /* what is left holds exactly 2^32: with either answer the entry itself is drawn */
    for (; n_large > 0; n_large--) {
        const int32_t large = work[n - n_large];
        threshold[large] = UINT32_MAX;
        alias[large] = large;
    }
}

void w2v_join_huffman(int64_t *weight, int32_t *up, uint8_t *code, int32_t *depth, int64_t n) {
    /* Two queues, leaves and inner nodes, both ascending: the lightest is at one of the fronts.
     * On a tie the leaf goes first, which keeps the longest path short. */
    int64_t leaf = n - 1, inner = n;
    for (int64_t made = n; made < 2 * n - 1; made++) {
        weight[made] = 0;
        for (uint8_t side = 0; side < 2; side++) {
            const int leaf_first = leaf >= 0 && (inner == made || weight[leaf] <= weight[inner]);
            const int64_t child = leaf_first ? leaf-- : inner++;
            weight[made] += weight[child];
            up[child] = (int32_t)made;
            code[child] = side;
        }
    }
    depth[2 * n - 2] = 0;
    /* inner nodes from the root down, then the leaves: a parent is always done before */
    for (int64_t i = 2 * n - 3; i >= 0; i--) depth[i] = depth[up[i]] + 1;
}

void w2v_fill_paths(const int32_t *up, const uint8_t *code, const int64_t *offsets, int32_t *nodes,
                    uint8_t *codes, int64_t n) {
    const int64_t root = 2 * n - 2;
    for (int64_t word = 0; word < n; word++) {
        int64_t node = word;
        for (int64_t k = offsets[word + 1] - 1; k >= offsets[word]; k--) {
            codes[k] = code[node];
            node = up[node];
            nodes[k] = (int32_t)(root - node);
        }
    }
}
