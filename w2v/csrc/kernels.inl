/* The five verbs for one instruction set: included by kernels.c; simd.h says with what defined.
 * H and E are (m, stride), S is (m, ns); shapes and promises are in kernels.h. */
#include "simd.inl"

#define TILE 6 /* output rows worked on at once: 2 x 6 sums and their operands fill 16 registers */

static INLINE VEC NAME(max)(VEC a, VEC b) { return SELECT(a > b, a, b); }

/* The first n lanes of v, the others of rest. */
static INLINE VEC NAME(first)(VEC v, int64_t n, VEC rest) {
#if BYTES
    IVEC number;
    UNROLL for (int k = 0; k < LANES; k++) number[k] = k;
    return SELECT(number < (int32_t)(n < LANES ? n : LANES), v, rest);
#else
    return n > 0 ? v : rest;
#endif
}

#if BYTES
/* Four lanes with the sum of all: the upper half added to the lower until four are left. */
static INLINE vec4 NAME(fold)(VEC v) {
    vec4 part[LANES / 4], total;
    memcpy(part, &v, sizeof v);
    total = part[0];
    for (int k = 1; k < LANES / 4; k++) total += part[k];
    return total;
}
#endif

static INLINE float NAME(sum)(VEC v) {
#if !BYTES
    return v;
#else
    const vec4 a = NAME(fold)(v);
    const vec4 b = a + SHUFFLE(a, a, 2, 3, 0, 1);
    return b[0] + b[1];
#endif
}

/* Store the sums of the lanes of four vectors, two at S and two at T: folded to four lanes each,
 * then added across, which costs a quarter of four separate sums. */
static INLINE void NAME(store_sums)(float *S, float *T, VEC a, VEC b, VEC c, VEC d) {
#if !BYTES
    S[0] = a, S[1] = b, T[0] = c, T[1] = d;
#else
    const vec4 a4 = NAME(fold)(a), b4 = NAME(fold)(b), c4 = NAME(fold)(c), d4 = NAME(fold)(d);
    const vec4 ab = SHUFFLE(a4, b4, 0, 4, 1, 5) + SHUFFLE(a4, b4, 2, 6, 3, 7);
    const vec4 cd = SHUFFLE(c4, d4, 0, 4, 1, 5) + SHUFFLE(c4, d4, 2, 6, 3, 7);
    const vec4 sums = SHUFFLE(ab, cd, 0, 1, 4, 5) + SHUFFLE(ab, cd, 2, 3, 6, 7);
    memcpy(S, &sums, 2 * sizeof(float));
    memcpy(T, (const float *)&sums + 2, 2 * sizeof(float));
#endif
}

/* Call `tile(nt)` with nt a constant: a run-time number of rows would keep the sums in memory. */
#define FOR_TILES(n, tile)                                                                       \
    for (int64_t j = 0; j < (n); j += TILE) switch ((n) - j) {                                   \
        case 1: tile(1); break;                                                                  \
        case 2: tile(2); break;                                                                  \
        case 3: tile(3); break;                                                                  \
        case 4: tile(4); break;                                                                  \
        case 5: tile(5); break;                                                                  \
        default: tile(6);                                                                        \
    }

/* --- gather ---------------------------------------------------------------------------------- */

/* nt columns of LANES floats, whose sums stay in registers while the rows go by. */
static INLINE void NAME(gather_tile)(float *H, float *const *inputs, int64_t first,
                                      int32_t count, const int nt) {
    const float share = 1.0f / (float)count;
    VEC sum[TILE];
    UNROLL for (int j = 0; j < nt; j++) sum[j] = CAT(inputs[0] + first, j * LANES);
    for (int32_t k = 1; k < count; k++)
        UNROLL for (int j = 0; j < nt; j++) sum[j] += CAT(inputs[k] + first, j * LANES);
    UNROLL for (int j = 0; j < nt; j++) AT(H, j * LANES) = sum[j] * share;
}

static void NAME(gather)(float *H, float *const *inputs, const int32_t *starts, int64_t m,
                         w2v_shape shape) {
#define GATHER(nt) NAME(gather_tile)(H + j * LANES, rows, j * LANES, count, nt)
    for (int64_t i = 0; i < m; i++, H += shape.stride) {
        float *const *rows = inputs + starts[i];
        const int32_t count = starts[i + 1] - starts[i];
        FOR_TILES(shape.width / LANES, GATHER)
    }
#undef GATHER
}

/* --- scores ---------------------------------------------------------------------------------- */

/* mt x nt dot products at once; both are constants where this is called. */
static INLINE void NAME(score_tile)(float *S, int64_t ns, float *const *h, float *const *outputs,
                                    w2v_shape shape, const int mt, const int nt) {
    const VEC zero = {0};
    const float *w[TILE];
    const float *a = h[0], *b = h[mt - 1];
    VEC sum[2][TILE];
    for (int j = 0; j < nt; j++) {
        w[j] = outputs[j];
        sum[0][j] = sum[1][j] = zero;
    }
    for (int64_t c = 0; c < shape.width; c += LANES) {
        const VEC h0 = CAT(a, c);
        const VEC h1 = CAT(b, c);
        UNROLL for (int j = 0; j < nt; j++) {
            const VEC x = CAT(w[j], c);
            sum[0][j] += x * h0;
            if (mt > 1) sum[1][j] += x * h1;
        }
    }
    int j = 0;
    if (mt > 1)
        UNROLL for (; j + 1 < nt; j += 2)
            NAME(store_sums)(S + j, S + ns + j, sum[0][j], sum[0][j + 1], sum[1][j], sum[1][j + 1]);
    else
        UNROLL for (; j + 3 < nt; j += 4)
            NAME(store_sums)(S + j, S + j + 2, sum[0][j], sum[0][j + 1], sum[0][j + 2], sum[0][j + 3]);
    UNROLL for (; j < nt; j++) {
        S[j] = NAME(sum)(sum[0][j]);
        if (mt > 1) S[ns + j] = NAME(sum)(sum[1][j]);
    }
}

static void NAME(scores)(float *S, int64_t ns, float *const *h, int64_t m, float *const *outputs,
                         int64_t n, w2v_shape shape) {
#define SCORES(nt)                                                                               \
    {                                                                                            \
        int64_t i = 0;                                                                           \
        for (; i + 1 < m; i += 2)                                                                \
            NAME(score_tile)(S + i * ns + j, ns, h + i, outputs + j, shape, 2, nt);              \
        if (i < m) NAME(score_tile)(S + i * ns + j, ns, h + i, outputs + j, shape, 1, nt);       \
    }
    FOR_TILES(n, SCORES)
#undef SCORES
}

/* --- errors ---------------------------------------------------------------------------------- */

/* With e = exp(-|s|): sigmoid(s) = 1 / (1 + e) or e / (1 + e) by the sign of s, and the loss is
 * max(s, 0) - label * s + log(1 + e). Lane by lane, the factors 1 + e are multiplied up and the
 * rest is added up: w2v_settle() does the other sums, once in a while instead of every step. */
static void NAME(sigmoid_errors)(float *S, const float *labels, int64_t count, float alpha,
                                 w2v_loss *loss) {
    const VEC zero = {0};
    const VEC certain = zero - OUT_OF_SIGHT; /* with label 0 it costs nothing */
    for (int64_t start = 0; start < count; start += W2V_FACTORS * LANES) {
        const int64_t stop = start + W2V_FACTORS * LANES < count ? start + W2V_FACTORS * LANES : count;
        VEC product, linear;
        memcpy(&product, loss->products, sizeof product);
        memcpy(&linear, loss->sums, sizeof linear);
        for (int64_t f = start; f < stop; f += LANES) {
            VEC label;
            memcpy(&label, labels + f, sizeof label);
            label = NAME(first)(label, count - f, zero);
            const VEC s = NAME(first)(CAT(S, f), count - f, certain);
            const VEC e = NAME(exp)(SELECT(s < 0.0f, s, zero - s));
            const VEC inverse = 1.0f / (1.0f + e);
            const VEC p = SELECT(s < 0.0f, e * inverse, inverse);
            product *= 1.0f + e;
            linear += NAME(max)(s, zero) - label * s;
            AT(S, f) = (label - p) * alpha;
            loss->factors++;
        }
        memcpy(loss->products, &product, sizeof product);
        memcpy(loss->sums, &linear, sizeof linear);
        if (loss->factors > W2V_FACTORS) w2v_settle(loss);
    }
}

static void NAME(softmax_errors)(float *S, int64_t ns, const int32_t *targets,
                                 const int32_t *starts, int64_t m, int64_t n, float alpha,
                                 w2v_loss *loss) {
    const VEC zero = {0};
    const int64_t end = (n + LANES - 1) / LANES * LANES;
    for (int64_t i = 0; i < m; i++, S += ns) {
        for (int64_t j = n; j < end; j++) S[j] = S[0] - OUT_OF_SIGHT; /* takes no part */
        VEC tops = CAT(S, 0);
        for (int64_t j = LANES; j < end; j += LANES) tops = NAME(max)(tops, CAT(S, j));
        float top = LANE(tops, 0);
        for (int k = 1; k < LANES; k++) top = LANE(tops, k) > top ? LANE(tops, k) : top;
        for (int32_t t = starts[i]; t < starts[i + 1]; t++)
            loss->nats += top - (double)S[targets[t]];
        double total = 0;
        for (int64_t start = 0; start < end; start += 64 * LANES) { /* partial sums keep digits */
            const int64_t stop = start + 64 * LANES < end ? start + 64 * LANES : end;
            VEC part = zero;
            for (int64_t j = start; j < stop; j += LANES) {
                const VEC e = NAME(exp)(CAT(S, j) - top);
                AT(S, j) = e;
                part += e;
            }
            total += NAME(sum)(part);
        }
        const float count = (float)(starts[i + 1] - starts[i]);
        const float scale = -alpha * count / (float)total;
        for (int64_t j = 0; j < end; j += LANES) AT(S, j) = CAT(S, j) * scale;
        for (int32_t t = starts[i]; t < starts[i + 1]; t++) S[targets[t]] += alpha;
        loss->nats += count * log(total);
    }
}

/* --- update ---------------------------------------------------------------------------------- */

/* The update of nt output rows, plainly:
 *
 *     for each column c:
 *         for each output row j: row[j] = outputs[j][c], change[j] = 0
 *         for each example i:
 *             for each output row j: E[i][c] += S[i][j] * row[j]
 *             for each output row j: change[j] += S[i][j] * h[i][c]
 *         for each output row j: outputs[j][c] += change[j]
 *
 * Here a column is a vector. Of more than TILE output rows, E gathers tile by tile; `first` says
 * that it holds nothing yet. `mode` and `first` are constants where this is called. */
static INLINE void NAME(update_tile)(float *E, float *const *h, int64_t m, const float *S,
                                     int64_t ns, float *const *outputs, float *const *ahead,
                                     int64_t n_ahead, w2v_shape shape, const int nt,
                                     const int mode, const int first) {
    const int to_outputs = mode != ONLY_E, to_e = mode <= ONLY_E, one = mode == BOTH_OF_ONE;
    const int in_place = mode == BOTH_IN_PLACE || mode == ONLY_OUTPUTS_IN_PLACE;
    const VEC zero = {0};
    float *w[TILE];
    VEC error[TILE];
    UNROLL for (int j = 0; j < nt; j++) {
        w[j] = outputs[j];
        error[j] = S[j] - zero; /* in all lanes */
    }
    for (int64_t c = 0; c < shape.width; c += LANES) {
        VEC row[TILE], change[TILE];
        UNROLL for (int j = 0; j < nt; j++) {
            row[j] = CAT(w[j], c);
            change[j] = zero;
        }
        const float *g = S;
        float *e_row = E + c;
        for (int64_t i = 0; i < (one ? 1 : m); i++, g += ns, e_row += shape.stride) {
            const VEC x = CAT(h[i], c);
            VEC e = first || mode == ONLY_OUTPUTS ? zero : CAT(e_row, 0);
            UNROLL for (int j = 0; j < nt; j++) {
                if (!one) error[j] = g[j] - zero;
                if (to_e) e += row[j] * error[j];
                if (to_outputs && one) AT(w[j], c) += x * error[j];
                if (to_outputs && !one) change[j] += x * error[j];
            }
            if (in_place) AT(h[i], c) = x + e;
            else if (to_e) AT(e_row, 0) = e;
        }
        if (to_outputs && !one)
            UNROLL for (int j = 0; j < nt; j++) AT(w[j], c) += change[j];
        if (first && c % (W2V_ALIGN / 4) == 0)
            UNROLL for (int64_t k = 0; k < n_ahead; k++) W2V_PREFETCH(ahead[k] + c);
    }
}

static void NAME(update)(float *E, float *const *h, int64_t m, const float *S, int64_t ns,
                         float *const *outputs, int64_t n, int distinct, int in_place,
                         float *const *ahead, int64_t n_ahead, w2v_shape shape) {
    /* Macros: in an inlined function in their place the compiler keeps fewer rows in registers. */
#define TILE_OF(nt, mode, first)                                                                 \
    NAME(update_tile)(E, h, m, S + j, ns, outputs + j, ahead, n_ahead, shape, nt, mode, first)
#define FIRST_OR_NOT(nt, mode)                                                                   \
    if (j == 0) TILE_OF(nt, mode, 1);                                                            \
    else TILE_OF(nt, mode, 0);
#define UPDATE_ONE(nt) FIRST_OR_NOT(nt, BOTH_OF_ONE)
#define UPDATE(nt) FIRST_OR_NOT(nt, BOTH)
#define UPDATE_IN_PLACE(nt)                                                                      \
    if (j + nt < n) { UPDATE(nt) }                                                               \
    else { FIRST_OR_NOT(nt, BOTH_IN_PLACE) }
#define UPDATE_E(nt) FIRST_OR_NOT(nt, ONLY_E)
#define UPDATE_OUTPUTS(nt)                                                                       \
    if (in_place && j + nt == n) TILE_OF(nt, ONLY_OUTPUTS_IN_PLACE, 0);                          \
    else TILE_OF(nt, ONLY_OUTPUTS, 0);
    if (!distinct && n > TILE) {
        FOR_TILES(n, UPDATE_E)
        FOR_TILES(n, UPDATE_OUTPUTS)
    } else if (in_place) {
        FOR_TILES(n, UPDATE_IN_PLACE)
    } else if (m == 1) {
        FOR_TILES(n, UPDATE_ONE)
    } else {
        FOR_TILES(n, UPDATE)
    }
#undef TILE_OF
#undef FIRST_OR_NOT
#undef UPDATE_ONE
#undef UPDATE
#undef UPDATE_IN_PLACE
#undef UPDATE_E
#undef UPDATE_OUTPUTS
}

/* --- scatter --------------------------------------------------------------------------------- */

/* nt columns of an example's gradient, which stay in registers while its inputs go by. */
static INLINE void NAME(scatter_tile)(float *const *inputs, int64_t first, const float *E,
                                      int32_t count, int exact_gradient, const int nt) {
    const float share = exact_gradient ? 1.0f / (float)count : 1.0f;
    VEC e[TILE];
    UNROLL for (int j = 0; j < nt; j++) e[j] = CAT(E, j * LANES) * share;
    for (int32_t k = 0; k < count; k++)
        UNROLL for (int j = 0; j < nt; j++) AT(inputs[k] + first, j * LANES) += e[j];
}

static void NAME(scatter)(float *const *inputs, const int32_t *starts, const float *E, int64_t m,
                          int exact_gradient, w2v_shape shape) {
#define SCATTER(nt) NAME(scatter_tile)(rows, j * LANES, E + j * LANES, count, exact_gradient, nt)
    for (int64_t i = 0; i < m; i++, E += shape.stride) {
        float *const *rows = inputs + starts[i];
        const int32_t count = starts[i + 1] - starts[i];
        FOR_TILES(shape.width / LANES, SCATTER)
    }
#undef SCATTER
}

/* --- merge ----------------------------------------------------------------------------------- */

static void NAME(add)(float *sum, const float *row, w2v_shape shape) {
    for (int64_t c = 0; c < shape.width; c += LANES) AT(sum, c) += CAT(row, c);
}

static void NAME(blend)(float *row, const float *sum, float count, float weight,
                        w2v_shape shape) {
    for (int64_t c = 0; c < shape.width; c += LANES)
        AT(row, c) += (CAT(sum, c) - CAT(row, c) * count) * weight;
}

/* --- dots ------------------------------------------------------------------------------------ */

/* The lanes of one row's products with the query; its last columns, fewer than LANES, are read
 * with the ones before them, which `tail`, the query's end, meets with zeros. */
static INLINE VEC NAME(products)(const float *query, VEC tail, const float *row, int64_t d) {
    VEC even = {0}, odd = {0};
    int64_t c = 0;
    for (; c + 2 * LANES <= d; c += 2 * LANES) {
        W2V_PREFETCH_READ(row + c + DOTS_AHEAD);
        even += UAT(row, c) * UAT(query, c);
        odd += UAT(row, c + LANES) * UAT(query, c + LANES);
    }
    if (c + LANES <= d) even += UAT(row, c) * UAT(query, c);
    return even + odd + UAT(row, d - LANES) * tail;
}

/* Row after row and asking ahead: one stream of addresses, which took half the time of four rows
 * side by side on matrices larger than the caches. */
static void NAME(dots)(float *S, const float *query, const float *rows, int64_t n, int64_t stride,
                       int64_t d) {
    int64_t i = 0;
    if (d >= LANES) {
        VEC tail = UAT(query, d - LANES);
        tail = NAME(first)((VEC){0}, LANES - d % LANES, tail);
        for (; i + 4 <= n; i += 4, rows += 4 * stride) {
            const VEC a = NAME(products)(query, tail, rows, d);
            const VEC b = NAME(products)(query, tail, rows + stride, d);
            const VEC c = NAME(products)(query, tail, rows + 2 * stride, d);
            const VEC e = NAME(products)(query, tail, rows + 3 * stride, d);
            NAME(store_sums)(S + i, S + i + 2, a, b, c, e);
        }
    }
    for (; i < n; i++, rows += stride) {
        S[i] = 0;
        for (int64_t c = 0; c < d; c++) S[i] += rows[c] * query[c];
    }
}

static const w2v_kernels NAME(kernels) = {
    .isa = STRING(ISA),
    .lanes = LANES,
    .gather = NAME(gather),
    .scores = NAME(scores),
    .sigmoid_errors = NAME(sigmoid_errors),
    .softmax_errors = NAME(softmax_errors),
    .update = NAME(update),
    .scatter = NAME(scatter),
    .add = NAME(add),
    .blend = NAME(blend),
    .dots = NAME(dots),
};

#undef TILE
#undef FOR_TILES
