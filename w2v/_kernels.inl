/* The five verbs for one instruction set: included by _kernels.c with LANES and NAME() defined.
 * H is (m, stride), W is (V, stride), S is (n, ms); shapes and promises are in _kernels.h. */

#define TILE 6 /* output rows worked on at once: 2 x 6 sums and their operands fill 16 registers */

#if LANES == 1
typedef float NAME(vec);
#define VEC NAME(vec)
static inline VEC NAME(exp)(VEC x) { return expf(x); }
static inline VEC NAME(max)(VEC a, VEC b) { return a > b ? a : b; }
static inline VEC NAME(abs)(VEC a) { return fabsf(a); }
static inline VEC NAME(when_negative)(VEC s, VEC yes, VEC no) { return s < 0 ? yes : no; }
#define LANE(v, k) (v)
#else
typedef float NAME(vec) __attribute__((vector_size(4 * LANES), may_alias));
typedef int32_t NAME(ivec) __attribute__((vector_size(4 * LANES), may_alias));
#define VEC NAME(vec)
#define IVEC NAME(ivec)
static INLINE VEC NAME(select)(IVEC mask, VEC yes, VEC no) {
    return (VEC)((mask & (IVEC)yes) | (~mask & (IVEC)no));
}
static INLINE VEC NAME(max)(VEC a, VEC b) { return NAME(select)(a > b, a, b); }
static INLINE VEC NAME(abs)(VEC a) { return (VEC)((IVEC)a & 0x7fffffff); }
static INLINE VEC NAME(when_negative)(VEC s, VEC yes, VEC no) {
    return NAME(select)(s < 0.0f, yes, no);
}
/* e^x for x <= 0 to 1e-7 relative: x = n ln 2 + r, a polynomial in r (the coefficients are those
 * of Cephes' expf, Moshier 1984) and n put into the exponent. Adding 1.5 * 2^23 rounds to an
 * integer and leaves it in the low bits. */
static INLINE VEC NAME(exp)(VEC x) {
    const VEC zero = {0};
    x = NAME(max)(x, zero - 87.0f);
    VEC shifted = x * 1.44269504f + 12582912.0f;
    VEC n = shifted - 12582912.0f;
    VEC r = x - n * 0.693359375f + n * 2.12194440e-4f;
    VEC p = r * 1.9875691500e-4f + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    return p * (VEC)(((IVEC)shifted - 0x4b400000 + 127) << 23);
}
#define LANE(v, k) ((v)[k])
#endif

#if LANES > 1
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
#if LANES == 1
    return v;
#else
    const vec4 a = NAME(fold)(v);
    const vec4 b = a + SHUFFLE(a, a, 2, 3, 0, 1);
    return b[0] + b[1];
#endif
}

/* Store the sums of the lanes of four vectors as S[0], S[1] and S[ms], S[ms + 1]: folded to four
 * lanes each, then added across, which costs a quarter of four separate sums. */
static INLINE void NAME(store_sums)(float *S, int64_t ms, VEC a, VEC b, VEC c, VEC d) {
#if LANES == 1
    S[0] = a, S[1] = b, S[ms] = c, S[ms + 1] = d;
#else
    const vec4 a4 = NAME(fold)(a), b4 = NAME(fold)(b), c4 = NAME(fold)(c), d4 = NAME(fold)(d);
    const vec4 ab = SHUFFLE(a4, b4, 0, 4, 1, 5) + SHUFFLE(a4, b4, 2, 6, 3, 7);
    const vec4 cd = SHUFFLE(c4, d4, 0, 4, 1, 5) + SHUFFLE(c4, d4, 2, 6, 3, 7);
    const vec4 sums = SHUFFLE(ab, cd, 0, 1, 4, 5) + SHUFFLE(ab, cd, 2, 3, 6, 7);
    memcpy(S, &sums, 2 * sizeof(float));
    memcpy(S + ms, (const float *)&sums + 2, 2 * sizeof(float));
#endif
}

#define AT(pointer, c) (*(VEC *)((pointer) + (c)))
#define CAT(pointer, c) (*(const VEC *)((pointer) + (c)))

/* --- gather ---------------------------------------------------------------------------------- */

static void NAME(gather)(float *H, const float *W, const int32_t *inputs, const int32_t *starts,
                         int64_t m, w2v_shape shape) {
    for (int64_t i = 0; i < m; i++, H += shape.stride) {
        const float *first = W + inputs[starts[i]] * shape.stride;
        const int32_t count = starts[i + 1] - starts[i];
        if (count == 1) {
            for (int64_t c = 0; c < shape.width; c += LANES) AT(H, c) = CAT(first, c);
            continue;
        }
        const float share = 1.0f / (float)count;
        for (int64_t c = 0; c < shape.width; c += LANES) {
            VEC sum = CAT(first, c);
            for (int32_t k = starts[i] + 1; k < starts[i + 1]; k++)
                sum += CAT(W + inputs[k] * shape.stride, c);
            AT(H, c) = sum * share;
        }
    }
}

/* --- scores ---------------------------------------------------------------------------------- */

/* mt x nt dot products at once; both are constants where this is called. */
static INLINE void NAME(score_tile)(float *S, int64_t ms, const float *H, const float *W,
                                    const int32_t *outputs, w2v_shape shape, const int mt,
                                    const int nt) {
    const VEC zero = {0};
    const float *w[TILE];
    VEC sum[2][TILE];
    for (int j = 0; j < nt; j++) {
        w[j] = W + outputs[j] * shape.stride;
        sum[0][j] = sum[1][j] = zero;
    }
    for (int64_t c = 0; c < shape.width; c += LANES) {
        const VEC h0 = CAT(H, c);
        const VEC h1 = mt > 1 ? CAT(H + shape.stride, c) : zero;
        UNROLL for (int j = 0; j < nt; j++) {
            const VEC x = CAT(w[j], c);
            sum[0][j] += x * h0;
            if (mt > 1) sum[1][j] += x * h1;
        }
    }
    int paired = 0;
    if (mt > 1)
        UNROLL for (; paired + 1 < nt; paired += 2)
            NAME(store_sums)(S + paired * ms, ms, sum[0][paired], sum[1][paired],
                             sum[0][paired + 1], sum[1][paired + 1]);
    UNROLL for (int j = paired; j < nt; j++) {
        S[j * ms] = NAME(sum)(sum[0][j]);
        if (mt > 1) S[j * ms + 1] = NAME(sum)(sum[1][j]);
    }
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

static void NAME(scores)(float *S, int64_t ms, const float *H, int64_t m, const float *W,
                         const int32_t *outputs, int64_t n, w2v_shape shape) {
#define SCORES(nt)                                                                               \
    {                                                                                            \
        int64_t i = 0;                                                                           \
        for (; i + 1 < m; i += 2)                                                                \
            NAME(score_tile)(S + j * ms + i, ms, H + i * shape.stride, W, outputs + j, shape, 2, \
                             nt);                                                                \
        if (i < m)                                                                               \
            NAME(score_tile)(S + j * ms + i, ms, H + i * shape.stride, W, outputs + j, shape, 1, \
                             nt);                                                                \
    }
    FOR_TILES(n, SCORES)
#undef SCORES
}

/* --- errors ---------------------------------------------------------------------------------- */

/* With e = exp(-|s|): sigmoid(s) = 1 / (1 + e) or e / (1 + e) by the sign of s, and the loss is
 * max(s, 0) - label * s + log(1 + e). The factors 1 + e are multiplied up, so that the logarithm
 * is taken once in a while instead of once a score. */
static double NAME(sigmoid_errors)(float *S, const float *labels, int64_t count, float alpha) {
    const VEC zero = {0};
    const int64_t batch = 64 * LANES; /* 2^64 still fits a float */
    double loss = 0;
    /* The scores after the last are made to cost nothing: certain, and right. */
    const int64_t end = (count + LANES - 1) / LANES * LANES;
    for (int64_t f = count; f < end; f++) S[f] = -200.0f;
    for (int64_t start = 0; start < end; start += batch) {
        const int64_t stop = start + batch < end ? start + batch : end;
        VEC product = zero + 1.0f;
        VEC linear = zero;
        for (int64_t f = start; f < stop; f += LANES) {
            const VEC s = CAT(S, f);
            VEC label;
            memcpy(&label, labels + f, sizeof label);
            if (f + LANES > count) label = NAME(when_negative)(s + 150.0f, zero, label);
            const VEC e = NAME(exp)(zero - NAME(abs)(s));
            const VEC inverse = 1.0f / (1.0f + e);
            const VEC p = NAME(when_negative)(s, e * inverse, inverse);
            product *= 1.0f + e;
            linear += NAME(max)(s, zero) - label * s;
            AT(S, f) = (label - p) * alpha;
        }
        double factor = 1;
        for (int k = 0; k < LANES; k++) {
            factor *= LANE(product, k);
            if (factor > 1e200) {
                loss += log(factor);
                factor = 1;
            }
        }
        loss += NAME(sum)(linear) + log(factor);
    }
    return loss;
}

static double NAME(softmax_errors)(float *S, int64_t ms, const int32_t *targets,
                                   const int32_t *starts, int64_t m, int64_t n, float alpha) {
    const VEC zero = {0};
    double loss = 0;
    for (int64_t i = 0; i < m; i += LANES) { /* LANES examples at a time */
        VEC top = CAT(S, i);
        for (int64_t j = 1; j < n; j++) top = NAME(max)(top, CAT(S + j * ms, i));
        const int64_t some = m - i < LANES ? m - i : LANES;
        VEC count = zero;
        for (int64_t k = 0; k < some; k++) {
            for (int32_t t = starts[i + k]; t < starts[i + k + 1]; t++)
                loss += LANE(top, k) - (double)S[targets[t] * ms + i + k];
            LANE(count, k) = (float)(starts[i + k + 1] - starts[i + k]);
        }
        VEC total = zero;
        for (int64_t start = 0; start < n; start += 256) { /* partial sums keep the digits */
            const int64_t stop = start + 256 < n ? start + 256 : n;
            VEC part = zero;
            for (int64_t j = start; j < stop; j++) {
                const VEC e = NAME(exp)(CAT(S + j * ms, i) - top);
                AT(S + j * ms, i) = e;
                part += e;
            }
            total += part;
        }
        const VEC scale = count * -alpha / total;
        for (int64_t j = 0; j < n; j++) AT(S + j * ms, i) = CAT(S + j * ms, i) * scale;
        for (int64_t k = 0; k < some; k++) {
            for (int32_t t = starts[i + k]; t < starts[i + k + 1]; t++)
                S[targets[t] * ms + i + k] += alpha;
            loss += LANE(count, k) * log((double)LANE(total, k));
        }
    }
    return loss;
}

/* --- update ---------------------------------------------------------------------------------- */

/* nt output rows against all m examples, a column of LANES floats at a time. */
static INLINE void NAME(update_tile)(float *E, const float *H, int64_t m, const float *S,
                                     int64_t ms, float *W, const int32_t *outputs,
                                     w2v_shape shape, const int nt, const int to_inputs,
                                     const int to_outputs, const int first) {
    const VEC zero = {0};
    float *w[TILE];
    for (int j = 0; j < nt; j++) w[j] = W + outputs[j] * shape.stride;
    for (int64_t c = 0; c < shape.width; c += LANES) {
        VEC row[TILE], change[TILE];
        UNROLL for (int j = 0; j < nt; j++) {
            row[j] = CAT(w[j], c);
            change[j] = zero;
        }
        for (int64_t i = 0; i < m; i++) {
            const VEC h = CAT(H + i * shape.stride, c);
            VEC e = first || !to_inputs ? zero : CAT(E + i * shape.stride, c);
            UNROLL for (int j = 0; j < nt; j++) {
                const float g = S[j * ms + i];
                if (to_inputs) e += row[j] * g;
                if (to_outputs) change[j] += h * g;
            }
            if (to_inputs) AT(E + i * shape.stride, c) = e;
        }
        if (to_outputs)
            UNROLL for (int j = 0; j < nt; j++) AT(w[j], c) += change[j];
    }
}

static void NAME(update)(float *E, const float *H, int64_t m, const float *S, int64_t ms,
                         float *W, const int32_t *outputs, int64_t n, int distinct,
                         w2v_shape shape) {
#define TILE_CALL(nt, to_inputs, to_outputs, first)                                              \
    NAME(update_tile)(E, H, m, S + j * ms, ms, W, outputs + j, shape, nt, to_inputs, to_outputs, \
                      first)
#define BOTH(nt)                                                                                 \
    if (j == 0) TILE_CALL(nt, 1, 1, 1);                                                          \
    else TILE_CALL(nt, 1, 1, 0);
#define TO_INPUTS(nt)                                                                            \
    if (j == 0) TILE_CALL(nt, 1, 0, 1);                                                          \
    else TILE_CALL(nt, 1, 0, 0);
#define TO_OUTPUTS(nt) TILE_CALL(nt, 0, 1, 0);
    if (distinct || n <= TILE) {
        FOR_TILES(n, BOTH)
    } else { /* a row may stand in two tiles: read all before any is written */
        FOR_TILES(n, TO_INPUTS)
        FOR_TILES(n, TO_OUTPUTS)
    }
#undef TILE_CALL
#undef BOTH
#undef TO_INPUTS
#undef TO_OUTPUTS
}

/* --- scatter --------------------------------------------------------------------------------- */

static void NAME(scatter)(float *W, const int32_t *inputs, const int32_t *starts, const float *E,
                          int64_t m, int exact, w2v_shape shape) {
    for (int64_t i = 0; i < m; i++, E += shape.stride) {
        const float share = exact ? 1.0f / (float)(starts[i + 1] - starts[i]) : 1.0f;
        for (int32_t k = starts[i]; k < starts[i + 1]; k++) {
            float *row = W + inputs[k] * shape.stride;
            for (int64_t c = 0; c < shape.width; c += LANES) AT(row, c) += CAT(E, c) * share;
        }
    }
}

/* --- merge ----------------------------------------------------------------------------------- */

static void NAME(add)(float *sum, const float *row, w2v_shape shape) {
    for (int64_t c = 0; c < shape.width; c += LANES) AT(sum, c) += CAT(row, c);
}

static void NAME(blend)(float *row, const float *sum, float count, float weight,
                        w2v_shape shape) {
    if (count == 1.0f) { /* as it is, to the bit */
        memcpy(row, sum, (size_t)shape.width * sizeof(float));
        return;
    }
    for (int64_t c = 0; c < shape.width; c += LANES)
        AT(row, c) += (CAT(sum, c) - CAT(row, c) * count) * weight;
}

static const w2v_kernels NAME(kernels) = {
    STRING(ISA),       LANES,        NAME(gather), NAME(scores), NAME(sigmoid_errors),
    NAME(softmax_errors), NAME(update), NAME(scatter), NAME(add), NAME(blend),
};

#undef TILE
#undef VEC
#undef IVEC
#undef LANE
#undef AT
#undef CAT
#undef FOR_TILES
