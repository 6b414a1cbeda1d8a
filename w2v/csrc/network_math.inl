/* Of a network: activations with their derivatives, the softmax, loss and delta of a pattern. */

static INLINE VEC NAME(load)(const REAL *from) {
    VEC v;
    memcpy(&v, from, sizeof v);
    return v;
}
static INLINE void NAME(store)(REAL *to, VEC v) { memcpy(to, &v, sizeof v); }

/* --- functions of a vector -------------------------------------------------------------------- */

/* No sign to tell apart: e^-x is never infinite above, and 1 + e^-x loses nothing at either end. */
static INLINE VEC NAME(sigmoid)(VEC x) { return (REAL)1 / ((REAL)1 + NAME(exp)(-x)); }

/* Far from 0 by e^(-2|x|); near it, where that would cancel, by Cephes' rational function. */
static INLINE VEC NAME(tanh)(VEC x) {
    const VEC size = SELECT(x < 0, -x, x);
    const VEC e = NAME(exp)((REAL)-2 * size);
    const VEC far = ((REAL)1 - e) / ((REAL)1 + e);
    const VEC s = x * x;
    const VEC P = ((REAL)-9.64399179425052238628e-1 * s + (REAL)-9.92877231001918586564e1) * s +
                  (REAL)-1.61468768441708447952e3;
    const VEC Q = ((s + (REAL)1.12811678491632931402e2) * s + (REAL)2.23548839060100448583e3) * s +
                  (REAL)4.84406305325125486048e3;
    const VEC near = x + x * s * (P / Q);
    return SELECT(size < (REAL)0.625, near, SELECT(x < 0, -far, far));
}

/* Run `body` with x = z[j ..] of `count` numbers, a vector at a time, and put back what it makes
 * of it; the last numbers go by way of a vector of their own. */
#define EACH_VECTOR(z, count, body)                                                              \
    for (int64_t j = 0; j < (count); j += LANES) {                                               \
        const int64_t left = (count) - j;                                                        \
        REAL part[LANES];                                                                        \
        VEC x;                                                                                   \
        if (left >= LANES) {                                                                     \
            x = NAME(load)((z) + j);                                                             \
            body                                                                                 \
            NAME(store)((z) + j, x);                                                             \
        } else {                                                                                 \
            for (int i = 0; i < LANES; i++) part[i] = i < left ? (z)[j + i] : 0;                 \
            x = NAME(load)(part);                                                                \
            body                                                                                 \
            NAME(store)(part, x);                                                                \
            for (int i = 0; i < LANES; i++)                                                      \
                if (i < left) (z)[j + i] = part[i];                                              \
        }                                                                                        \
    }

/* --- the softmax ------------------------------------------------------------------------------ */

/* z in place to e^(z - top), top being the largest; returns their sum. */
static REAL NAME(exponentials)(REAL *z, int64_t count, REAL *top) {
    REAL total = 0, most = z[0];
    for (int64_t j = 1; j < count; j++) most = z[j] > most ? z[j] : most;
    EACH_VECTOR(z, count, x = NAME(exp)(x - most);)
    for (int64_t j = 0; j < count; j++) total += z[j];
    *top = most;
    return total;
}

static void NAME(softmax)(REAL *z, int64_t count) {
    REAL top;
    const REAL total = NAME(exponentials)(z, count, &top);
    for (int64_t j = 0; j < count; j++) z[j] /= total;
}

/* --- activations ------------------------------------------------------------------------------ */

/* g of the inputs x; the sine and the softmax have loops of their own. */
static INLINE VEC NAME(activation)(const w2v_layer *layer, VEC x) {
    const REAL k = (REAL)layer->k, K = (REAL)layer->K;
    const VEC zero = {0};
    switch (layer->activation) {
        case W2V_SIGMOID: return NAME(sigmoid)(x * k) * K;
        case W2V_TANH: return NAME(tanh)(x) * K;
        case W2V_RELU: return SELECT(x < 0, zero, x);
        default: return x;
    }
}

/* z[0 .. count) in place to g(z + bias); of a sine also g' to `slopes`. */
static INLINE void NAME(activate)(const w2v_layer *layer, REAL *restrict z, const REAL *bias,
                                  int64_t count, REAL *restrict slopes) {
    if (bias != NULL)
        for (int64_t j = 0; j < count; j++) z[j] += bias[j];
    switch (layer->activation) {
        case W2V_SINE:
            for (int64_t j = 0; j < count; j++) {
                slopes[j] = (REAL)cos((double)z[j]);
                z[j] = (REAL)sin((double)z[j]);
            }
            break;
        case W2V_SOFTMAX: NAME(softmax)(z, count); break;
        case W2V_LINEAR: break;
        default: EACH_VECTOR(z, count, x = NAME(activation)(layer, x);) break;
    }
}

/* g' of a layer by its activations. */
static INLINE VEC NAME(slope)(const w2v_layer *layer, VEC a) {
    const REAL k = (REAL)layer->k, K = (REAL)layer->K, inverse = (REAL)(1 / layer->K);
    const VEC zero = {0}, one = zero + 1;
    switch (layer->activation) {
        case W2V_SIGMOID: return k * a * (1 - a * inverse);
        case W2V_TANH: return (1 - a * inverse) * (K + a);
        case W2V_RELU: return SELECT(a > 0, one, zero);
        default: return one;
    }
}

/* error[j] times g', from `slopes` if there are any, else from the activations. */
static INLINE void NAME(times_slope)(const w2v_layer *layer, REAL *restrict error, const REAL *a,
                                     const REAL *slopes, int64_t count) {
    if (slopes != NULL) {
        for (int64_t j = 0; j < count; j++) error[j] *= slopes[j];
        return;
    }
    int64_t j = 0;
    for (; j + LANES <= count; j += LANES)
        NAME(store)(error + j, NAME(load)(error + j) * NAME(slope)(layer, NAME(load)(a + j)));
    if (j == count) return;
    VEC last = {0};
    memcpy(&last, a + j, (size_t)(count - j) * sizeof(REAL));
    last = NAME(slope)(layer, last);
    for (int i = 0; j < count; i++, j++) error[j] *= LANE(last, i);
}

/* A hidden layer's row: activate it, then silence units if there is dropout. `place` is that of
 * the row's first unit among all of the epoch. */
static void NAME(activate_hidden)(const w2v_layer *layer, REAL *z, const REAL *bias,
                                  int64_t count, REAL *slopes, uint64_t key, int64_t place) {
    NAME(activate)(layer, z, bias, count, layer->activation == W2V_SINE ? slopes : NULL);
    if (layer->dropout <= 0) return;
    if (layer->activation != W2V_SINE) {
        for (int64_t j = 0; j < count; j++) slopes[j] = 1;
        NAME(times_slope)(layer, slopes, z, NULL, count);
    }
    const double limit = layer->dropout * 16777216.0; /* 2^24 */
    const REAL scale = (REAL)(1 / (1 - layer->dropout));
    for (int64_t j = 0; j < count; j++) {
        const uint64_t draw = w2v_mix(key + W2V_GOLDEN * (uint64_t)(place + j)) >> 40;
        const REAL factor = (double)draw >= limit ? scale : 0;
        z[j] *= factor;
        slopes[j] *= factor;
    }
}

/* --- loss and delta of one pattern ------------------------------------------------------------ */

/* z (outputs) without bias in, dE/dz times `scale` out in delta; returns E. z is spoilt. */
static INLINE double NAME(output_errors)(const w2v_network *net, REAL *restrict z,
                                         const REAL *bias, const REAL *restrict t,
                                         REAL *restrict delta, REAL scale) {
    const w2v_layer *layer = &net->layers[net->last];
    const int64_t count = layer->units;
    const REAL k = (REAL)layer->k;
    double loss = 0;
    if (net->loss == W2V_SQUARED_ERROR) {
        const int softmax = layer->activation == W2V_SOFTMAX, sine = layer->activation == W2V_SINE;
        NAME(activate)(layer, z, bias, count, sine ? delta : NULL);
        if (softmax) {
            REAL dot = 0;
            for (int64_t j = 0; j < count; j++) dot += z[j] * (z[j] - t[j]);
            for (int64_t j = 0; j < count; j++) {
                const REAL error = z[j] - t[j];
                loss += (double)error * (double)error;
                delta[j] = z[j] * (error - dot) * scale;
            }
            return loss / 2;
        }
        for (int64_t j = 0; j < count; j++) {
            const REAL error = z[j] - t[j];
            loss += (double)error * (double)error;
            delta[j] = error * scale * (sine ? delta[j] : 1);
        }
        if (!sine) NAME(times_slope)(layer, delta, z, NULL, count);
        return loss / 2;
    }
    if (bias != NULL)
        for (int64_t j = 0; j < count; j++) z[j] += bias[j];
    if (net->loss == W2V_BINARY_CROSS_ENTROPY) {
        for (int64_t j = 0; j < count; j++) {
            z[j] *= k;
            delta[j] = z[j];
            loss += (double)((z[j] > 0 ? z[j] : 0) - t[j] * z[j]);
        }
        EACH_VECTOR(delta, count, x = NAME(sigmoid)(x);)
        for (int64_t j = 0; j < count; j++) {
            loss += log1p(exp(z[j] < 0 ? (double)z[j] : -(double)z[j]));
            delta[j] = k * (delta[j] - t[j]) * scale;
        }
        return loss;
    }
    REAL top = 0, targets = 0;
    for (int64_t j = 0; j < count; j++) {
        loss -= (double)t[j] * (double)z[j];
        targets += t[j];
    }
    const REAL total = NAME(exponentials)(z, count, &top), share = targets * scale / total;
    for (int64_t j = 0; j < count; j++) delta[j] = z[j] * share - t[j] * scale;
    return loss + (double)targets * ((double)top + log((double)total));
}
