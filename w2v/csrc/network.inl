/* Training for one precision and instruction set: included by network.c; simd.h says
 * with what defined.
 * Matrices are row-major: W (units, inputs), A and D (rows of the batch, units). */

#include "simd.inl"

#define PANEL (2 * LANES) /* columns of a tile; with TILE rows its sums fill 12 of 16 registers */
#define TILE 6

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

/* --- matrix products -------------------------------------------------------------------------- */

/* A (rows, columns) matrix whose element (i, j) is at start[i * row + j * column]. */
typedef struct {
    const REAL *start;
    int64_t row, column;
} NAME(matrix);
#define MATRIX NAME(matrix)

/* mt rows of C += or = A times a panel of B; mt is a constant where this is called. */
static INLINE void NAME(tile)(int64_t k, const REAL *a, int64_t row, int64_t column,
                              const REAL *panel, REAL *C, int64_t stride, int64_t columns,
                              int add, const int mt) {
    const VEC zero = {0};
    VEC left[TILE], right[TILE];
    for (int i = 0; i < mt; i++) left[i] = right[i] = zero;
    for (int64_t p = 0; p < k; p++, a += column, panel += PANEL) {
        const VEC b0 = *(const VEC *)panel, b1 = *(const VEC *)(panel + LANES);
        UNROLL for (int i = 0; i < mt; i++) {
            const REAL x = a[i * row];
            left[i] += b0 * x;
            right[i] += b1 * x;
        }
    }
    UNROLL for (int i = 0; i < mt; i++, C += stride) {
        REAL sums[PANEL];
        memcpy(sums, &left[i], sizeof(VEC));
        memcpy(sums + LANES, &right[i], sizeof(VEC));
        if (columns == PANEL) {
            for (int j = 0; j < PANEL; j++) C[j] = add ? C[j] + sums[j] : sums[j];
        } else {
            for (int64_t j = 0; j < columns; j++) C[j] = add ? C[j] + sums[j] : sums[j];
        }
    }
}

/* C (m, n) = or += A (m, k) B (k, n). Each sum runs over k in order, whatever m and n are. */
static void NAME(own_product)(REAL *scratch, int64_t m, int64_t n, int64_t k, MATRIX A, MATRIX B,
                              REAL *C, int64_t stride, int add) {
    for (int64_t j = 0; j < n; j += PANEL) {
        const int64_t columns = n - j < PANEL ? n - j : PANEL;
        const REAL *b = B.start + j * B.column;
        if (columns < PANEL) memset(scratch, 0, (size_t)(k * PANEL) * sizeof(REAL));
        if (B.column == 1 && columns == PANEL) {
            for (int64_t p = 0; p < k; p++)
                memcpy(scratch + p * PANEL, b + p * B.row, PANEL * sizeof(REAL));
        } else {
            for (int64_t p = 0; p < k; p++)
                for (int64_t c = 0; c < columns; c++)
                    scratch[p * PANEL + c] = b[p * B.row + c * B.column];
        }
        int64_t i = 0;
        for (; i + TILE <= m; i += TILE)
            NAME(tile)(k, A.start + i * A.row, A.row, A.column, scratch, C + i * stride + j,
                       stride, columns, add, TILE);
#define LAST(mt)                                                                                 \
    NAME(tile)(k, A.start + i * A.row, A.row, A.column, scratch, C + i * stride + j, stride,      \
               columns, add, mt)
        switch (m - i) {
            case 1: LAST(1); break;
            case 2: LAST(2); break;
            case 3: LAST(3); break;
            case 4: LAST(4); break;
            case 5: LAST(5); break;
            default: break;
        }
#undef LAST
    }
}

static void NAME(product)(const w2v_network *net, REAL *scratch, int64_t m, int64_t n, int64_t k,
                          MATRIX A, MATRIX B, REAL *C, int64_t stride, int add) {
    if (net->gemm == NULL || m * n * k < net->blas_from) {
        NAME(own_product)(scratch, m, n, k, A, B, C, stride, add);
        return;
    }
    /* Fortran's matrices are ours transposed: C' = B' A'. */
    char of_b = B.column == 1 ? 'N' : 'T', of_a = A.column == 1 ? 'N' : 'T';
    int fm = (int)n, fn = (int)m, fk = (int)k, ldc = (int)stride;
    int ldb = (int)(B.column == 1 ? B.row : B.column), least_b = B.column == 1 ? fm : fk;
    int lda = (int)(A.column == 1 ? A.row : A.column), least_a = A.column == 1 ? fk : fn;
    if (ldb < least_b) ldb = least_b; /* of a single row or column the stride says nothing */
    if (lda < least_a) lda = least_a;
    REAL one = 1, beta = add ? 1 : 0;
    net->gemm(&of_b, &of_a, &fm, &fn, &fk, &one, (void *)B.start, &ldb, (void *)A.start, &lda,
              &beta, C, &ldc);
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

/* z[0 .. count) in place to g(z + bias); of a sine also g' to `slopes`. */
static INLINE void NAME(activate)(const w2v_layer *layer, REAL *restrict z, const REAL *bias,
                                  int64_t count, REAL *restrict slopes) {
    const REAL k = (REAL)layer->k, K = (REAL)layer->K;
    if (bias != NULL)
        for (int64_t j = 0; j < count; j++) z[j] += bias[j];
    switch (layer->activation) {
        case W2V_SIGMOID: EACH_VECTOR(z, count, x = NAME(sigmoid)(x * k) * K;) break;
        case W2V_TANH: EACH_VECTOR(z, count, x = NAME(tanh)(x) * K;) break;
        case W2V_RELU:
            for (int64_t j = 0; j < count; j++) z[j] = z[j] < 0 ? 0 : z[j];
            break;
        case W2V_LINEAR: break;
        case W2V_SINE:
            for (int64_t j = 0; j < count; j++) {
                slopes[j] = (REAL)cos((double)z[j]);
                z[j] = (REAL)sin((double)z[j]);
            }
            break;
        default: NAME(softmax)(z, count); break;
    }
}

/* error[j] times g', from `slopes` if there are any, else from the activations. */
static INLINE void NAME(times_slope)(const w2v_layer *layer, REAL *restrict error, const REAL *a,
                              const REAL *slopes, int64_t count) {
    const REAL k = (REAL)layer->k, K = (REAL)layer->K, inverse = (REAL)(1 / layer->K);
    if (slopes != NULL) {
        for (int64_t j = 0; j < count; j++) error[j] *= slopes[j];
        return;
    }
    switch (layer->activation) {
        case W2V_SIGMOID:
            for (int64_t j = 0; j < count; j++) error[j] *= k * a[j] * (1 - a[j] * inverse);
            break;
        case W2V_TANH:
            for (int64_t j = 0; j < count; j++) error[j] *= (1 - a[j] * inverse) * (K + a[j]);
            break;
        case W2V_RELU:
            for (int64_t j = 0; j < count; j++) error[j] = a[j] > 0 ? error[j] : 0;
            break;
        default: break; /* linear */
    }
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

/* --- update ----------------------------------------------------------------------------------- */

typedef struct {
    REAL rate, first, second, epsilon, mean_scale, root_scale;
} NAME(constants);
#define CONSTANTS NAME(constants)

static CONSTANTS NAME(constants_of)(const w2v_network *net, int64_t t) {
    const double rate = net->learning_rate / (1 + net->decay * (double)t);
    CONSTANTS c = {(REAL)rate, (REAL)net->first, (REAL)net->second, (REAL)net->epsilon, 0, 0};
    if (net->optimizer >= W2V_ADAM) {
        c.mean_scale = (REAL)(rate / (1 - pow(net->first, (double)t + 1)));
        c.root_scale = (REAL)(1 / sqrt(1 - pow(net->second, (double)t + 1)));
    }
    return c;
}

#if IS_DOUBLE
#define SQRT sqrt
#else
#define SQRT sqrtf
#endif

/* Parameters and the optimiser's two running means of each. */
typedef struct {
    REAL *w, *m, *s;
} NAME(memory);
#define MEMORY NAME(memory)

static MEMORY NAME(memory_at)(const w2v_network *net, int64_t at) {
    REAL *moments = net->moments;
    return (MEMORY){(REAL *)net->theta + at, moments + at, moments + net->size + at};
}

/* One pass over `count` parameters, with their gradient times `scale`. */
static void NAME(update)(const w2v_network *net, CONSTANTS c, MEMORY memory, int64_t count,
                         const REAL *restrict gradient, REAL scale, REAL l2) {
    REAL *restrict w = memory.w, *restrict m = memory.m, *restrict s = memory.s;
#define EACH(body)                                                                               \
    for (int64_t i = 0; i < count; i++) {                                                        \
        const REAL g = gradient[i] * scale + l2 * w[i];                                          \
        body                                                                                     \
    }                                                                                            \
    break;
    switch (net->optimizer) {
        case W2V_SGD: EACH(w[i] -= c.rate * g;)
        case W2V_MOMENTUM: EACH(m[i] = c.first * m[i] - c.rate * g; w[i] += m[i];)
        case W2V_NESTEROV:
            EACH(m[i] = c.first * m[i] - c.rate * g; w[i] += c.first * m[i] - c.rate * g;)
        case W2V_ADAGRAD: EACH(s[i] += g * g; w[i] -= c.rate * g / (SQRT(s[i]) + c.epsilon);)
        case W2V_RMSPROP:
            EACH(s[i] = c.second * s[i] + (1 - c.second) * g * g;
                 w[i] -= c.rate * g / (SQRT(s[i]) + c.epsilon);)
        case W2V_ADADELTA:
            EACH(s[i] = c.second * s[i] + (1 - c.second) * g * g;
                 const REAL step = SQRT((m[i] + c.epsilon) / (s[i] + c.epsilon)) * g;
                 m[i] = c.second * m[i] + (1 - c.second) * step * step; w[i] -= c.rate * step;)
        default:
            EACH(m[i] = c.first * m[i] + (1 - c.first) * g;
                 s[i] = c.second * s[i] + (1 - c.second) * g * g;
                 w[i] -= c.mean_scale * m[i] / (SQRT(s[i]) * c.root_scale + c.epsilon);)
    }
#undef EACH
}

/* The same for rows of weights that leave the input: of sparse Adam, only from active inputs. */
static void NAME(update_rows)(const w2v_network *net, CONSTANTS c, int64_t from, int64_t at,
                              int64_t rows, int64_t columns, const REAL *gradient, REAL scale) {
    const REAL l2 = (REAL)net->l2;
    if (from > 0 || net->optimizer != W2V_SPARSE_ADAM) {
        NAME(update)(net, c, NAME(memory_at)(net, at), rows * columns, gradient, scale, l2);
        return;
    }
    for (int64_t r = 0; r < rows; r++)
        for (int64_t i = 0; i < columns;) { /* runs of active inputs */
            const int64_t first = i;
            while (i < columns && net->active[i]) i++;
            if (i > first)
                NAME(update)(net, c, NAME(memory_at)(net, at + r * columns + first), i - first,
                             gradient + r * columns + first, scale, l2);
            while (i < columns && !net->active[i]) i++;
        }
}

/* Which inputs are not 0 in all of these patterns. */
static void NAME(find_active)(const w2v_network *net, const int64_t *rows, int64_t count) {
    const int64_t inputs = net->layers[0].units;
    memset(net->active, 0, (size_t)inputs);
    for (int64_t r = 0; r < count; r++) {
        const REAL *x = (const REAL *)net->X + rows[r] * inputs;
        for (int64_t i = 0; i < inputs; i++) net->active[i] |= x[i] != 0;
    }
}

static double NAME(square_length)(const REAL *g, int64_t count) {
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += (double)g[i] * (double)g[i];
    return sum;
}

static REAL NAME(clip_scale)(const w2v_network *net, double square) {
    const double length = sqrt(square);
    return length > net->clip ? (REAL)(net->clip / length) : 1;
}

/* --- small layers: loops over one pattern after another --------------------------------------- */

/* The loops have their own copy of the parameters, in which a matrix lies by source: the weights
 * from unit i are the row w[i], padded with zeros to whole vectors. A layer's units are then the
 * lanes of a vector, and padding stays zero under every optimiser. */
typedef struct {
    int64_t from, n;     /* source layer and its units */
    const REAL *a;       /* its activations */
    REAL *w, *g, *error; /* weights and their gradient (n, padded); dE/da of the source, or NULL */
} NAME(link);

typedef struct {
    const w2v_layer *layer;
    int64_t padded, sources;
    NAME(link) *links;
    REAL *z, *delta, *slopes; /* (padded,); slopes is NULL if g' follows from the activation */
    REAL *bias, *bias_g;      /* or NULL */
    REAL *mask;               /* (padded,), of the output layer: 1 for units, 0 for padding */
} NAME(small_layer);
#define LINK NAME(link)
#define SMALL NAME(small_layer)

static INLINE int64_t NAME(padded)(int64_t units) { return (units + LANES - 1) / LANES * LANES; }

/* z = b + sum over sources of W a. */
static INLINE void NAME(sum_inputs)(const SMALL *layer) {
    REAL *z = layer->z;
    for (int64_t v = 0; v < layer->padded; v += LANES) {
        VEC sum = {0};
        if (layer->bias != NULL) sum = *(const VEC *)(layer->bias + v);
        for (int64_t s = 0; s < layer->sources; s++) {
            const LINK *link = &layer->links[s];
            for (int64_t i = 0; i < link->n; i++)
                sum += *(const VEC *)(link->w + i * layer->padded + v) * link->a[i];
        }
        *(VEC *)(z + v) = sum;
    }
}

/* g (+)= factor * delta a', for a layer's weights and biases; of the weights themselves, if they
 * are to change at once. */
static INLINE void NAME(add_products)(const SMALL *layer, REAL factor, int add, int to_weights) {
    for (int64_t v = 0; v < layer->padded; v += LANES) {
        const VEC delta = *(const VEC *)(layer->delta + v) * factor;
        for (int64_t s = 0; s < layer->sources; s++) {
            const LINK *link = &layer->links[s];
            REAL *g = (to_weights ? link->w : link->g) + v;
            for (int64_t i = 0; i < link->n; i++, g += layer->padded) {
                if (add) *(VEC *)g += delta * link->a[i];
                else *(VEC *)g = delta * link->a[i];
            }
        }
        if (layer->bias != NULL) {
            REAL *g = (to_weights ? layer->bias : layer->bias_g) + v;
            if (add) *(VEC *)g += delta;
            else *(VEC *)g = delta;
        }
    }
}

/* dE/da of a link's source: error += W' delta, LANES sources at a time. A vector is put together
 * in registers: stored piece by piece it could be loaded only when all pieces have arrived. */
static INLINE void NAME(add_errors)(const LINK *link, const SMALL *layer) {
    const int64_t units = layer->layer->units;
    for (int64_t i = 0; i < link->n; i += LANES) {
        const REAL *w = link->w + i * layer->padded;
        VEC sum = *(VEC *)(link->error + i);
        for (int64_t j = 0; j < units; j++, w++) {
            VEC row;
            UNROLL for (int k = 0; k < LANES; k++) LANE(row, k) = w[k * layer->padded];
            sum += row * layer->delta[j];
        }
        *(VEC *)(link->error + i) = sum;
    }
}

/* Loss and delta of the output layer by squared error, of units that do not look at each other. */
static INLINE double NAME(small_squared_error)(const SMALL *top, const REAL *t, REAL scale) {
    NAME(activate)(top->layer, top->z, NULL, top->padded, NULL);
    const VEC zero = {0};
    VEC squares = zero;
    for (int64_t v = 0; v < top->padded; v += LANES) {
        VEC target = zero;
        UNROLL for (int k = 0; k < LANES; k++)
            if (v + k < top->layer->units) LANE(target, k) = t[v + k];
        const VEC error = (*(VEC *)(top->z + v) - target) * *(VEC *)(top->mask + v);
        squares += error * error;
        *(VEC *)(top->delta + v) = error * scale;
    }
    NAME(times_slope)(top->layer, top->delta, top->z, NULL, top->padded);
    double sum = 0;
    UNROLL for (int k = 0; k < LANES; k++) sum += (double)LANE(squares, k);
    return sum / 2;
}

/* Forward, loss and deltas of one pattern; returns its loss. */
static INLINE double NAME(pattern)(const w2v_network *net, SMALL *layers, const REAL *x,
                                   const REAL *t, REAL scale, int64_t place) {
    const int64_t last = net->last;
    for (int64_t l = 1; l <= last; l++) {
        SMALL *layer = &layers[l];
        for (int64_t s = 0; s < layer->sources; s++)
            if (layer->links[s].from == 0) layer->links[s].a = x;
        NAME(sum_inputs)(layer);
        if (l == last) break;
        for (int64_t v = 0; v < layer->padded; v += LANES) *(VEC *)(layer->delta + v) = (VEC){0};
        if (layer->layer->dropout > 0)
            NAME(activate_hidden)(layer->layer, layer->z, NULL, layer->layer->units, layer->slopes,
                                  net->keys[l], place * layer->layer->units);
        else NAME(activate)(layer->layer, layer->z, NULL, layer->padded, layer->slopes);
    }
    const SMALL *top = &layers[last];
    const double loss =
        net->loss == W2V_SQUARED_ERROR && top->mask != NULL
            ? NAME(small_squared_error)(top, t, scale)
            : NAME(output_errors)(net, top->z, NULL, t, top->delta, scale);
    for (int64_t l = last; l > 0; l--) {
        const SMALL *layer = &layers[l];
        if (l < last)
            NAME(times_slope)(layer->layer, layer->delta, layer->z, layer->slopes, layer->padded);
        for (int64_t s = 0; s < layer->sources; s++)
            if (layer->links[s].from) NAME(add_errors)(&layer->links[s], layer);
    }
    return loss;
}

/* Copy the parameters and their moments to the padded places (`back` 0) or back (1). */
static void NAME(move_parameters)(const w2v_network *net, const SMALL *layers, const REAL *base,
                                  int64_t size, int back) {
    REAL *inside[3] = {(REAL *)base, (REAL *)base + size, (REAL *)base + 2 * size};
    for (int part = 0; part < 3; part++) {
        REAL *outside = part ? (REAL *)net->moments + (part - 1) * net->size : net->theta;
#define MOVE(in, out)                                                                            \
    if (back) outside[out] = inside[part][in];                                                   \
    else inside[part][in] = outside[out];
        for (int64_t l = 1; l <= net->last; l++) {
            const SMALL *layer = &layers[l];
            for (int64_t s = 0; s < layer->sources; s++) {
                const LINK *link = &layer->links[s];
                const int64_t at = net->sources[layer->layer->first_source + s].weights;
                for (int64_t j = 0; j < layer->layer->units; j++)
                    for (int64_t i = 0; i < link->n; i++) {
                        MOVE(link->w - base + i * layer->padded + j, at + j * link->n + i)
                    }
            }
            for (int64_t j = 0; layer->bias != NULL && j < layer->layer->units; j++) {
                MOVE(layer->bias - base + j, layer->layer->bias + j)
            }
        }
#undef MOVE
    }
}

/* Change the padded parameters, `size` of them at `base`, with their moments and gradient. */
static void NAME(update_small)(const w2v_network *net, const SMALL *layers, REAL *base,
                               int64_t size, CONSTANTS c) {
    const REAL *gradient = base + 3 * size;
    const REAL l2 = (REAL)net->l2;
    REAL scale = 1;
    if (net->clip < INFINITY)
        scale = NAME(clip_scale)(net, NAME(square_length)(gradient, size));
#define UPDATE(start, count, l2)                                                                 \
    NAME(update)(net, c, (MEMORY){(start), (start) + size, (start) + 2 * size}, count,           \
                 (start) + 3 * size, scale, l2)
    if (l2 == 0 && net->optimizer != W2V_SPARSE_ADAM) {
        UPDATE(base, size, 0);
        return;
    }
    for (int64_t l = 1; l <= net->last; l++) {
        const SMALL *layer = &layers[l];
        for (int64_t s = 0; s < layer->sources; s++) {
            const LINK *link = &layer->links[s];
            const int sparse = link->from == 0 && net->optimizer == W2V_SPARSE_ADAM;
            for (int64_t i = 0; i < link->n; i++)
                if (!sparse || net->active[i])
                    UPDATE(link->w + i * layer->padded, layer->padded, l2);
        }
        if (layer->bias != NULL) UPDATE(layer->bias, layer->padded, 0);
    }
#undef UPDATE
}

static void NAME(train_small)(w2v_network *net) {
    const int64_t inputs = net->layers[0].units, outputs = net->layers[net->last].units;
    const int64_t last = net->last;
    const REAL *weight = net->weight;

    /* The padded copy: parameters, two moments and gradient, then the units of each layer. */
    SMALL *layers = (SMALL *)net->small_space;
    LINK *links = (LINK *)(layers + last + 1);
    REAL *base = net->scratch;
    int64_t size = 0;
    for (int64_t l = 1; l <= last; l++) {
        const w2v_layer *layer = &net->layers[l];
        SMALL *own = &layers[l];
        *own = (SMALL){.layer = layer, .padded = NAME(padded)(layer->units),
                       .sources = layer->sources, .links = links + layer->first_source};
        for (int32_t s = 0; s < layer->sources; s++) {
            const int64_t from = net->sources[layer->first_source + s].from;
            own->links[s] = (LINK){.from = from, .n = net->layers[from].units, .w = base + size};
            size += NAME(padded)(own->links[s].n) * own->padded; /* whole tiles */
        }
        if (layer->bias >= 0) own->bias = base + size, size += own->padded;
    }
    REAL *units = base + 4 * size;
    for (int64_t l = 1; l <= last; l++) {
        SMALL *own = &layers[l];
        const int kept = own->layer->dropout > 0 || own->layer->activation == W2V_SINE;
        own->z = units, own->delta = units + own->padded;
        own->slopes = kept ? units + 2 * own->padded : NULL;
        units += 3 * own->padded;
        if (l == last && !kept && own->layer->activation != W2V_SOFTMAX) {
            own->mask = units;
            units += own->padded;
        }
        for (int64_t s = 0; s < own->sources; s++) {
            LINK *link = &own->links[s];
            link->g = link->w + 3 * size;
            if (link->from) link->a = layers[link->from].z, link->error = layers[link->from].delta;
        }
        if (own->bias != NULL) own->bias_g = own->bias + 3 * size;
    }
    memset(base, 0, (size_t)((char *)units - (char *)base));
    for (int64_t j = 0; layers[last].mask != NULL && j < outputs; j++) layers[last].mask[j] = 1;
    NAME(move_parameters)(net, layers, base, size, 0);

    /* One pattern an update by plain gradient steps: the weights can change at once. */
    const int direct = net->batch == 1 && net->optimizer == W2V_SGD && net->l2 == 0 &&
                       !(net->clip < INFINITY);
    const int steady = net->decay == 0 && net->optimizer < W2V_ADAM;
    CONSTANTS c = NAME(constants_of)(net, net->updates);
    progress p = {INFINITY, 0};
    watch w = {0, seconds()};
    do {
        make_order(net, net->epoch);
        for (int64_t l = 1; l < last; l++)
            if (layers[l].layer->dropout > 0) net->keys[l] = stream(net, net->epoch, l);
        double total = 0;
        for (int64_t start = 0; start < net->n; start += net->batch) {
            const int64_t rows = net->n - start < net->batch ? net->n - start : net->batch;
            if ((net->quit = wants_end(net, &w, rows))) break;
            if (!steady) c = NAME(constants_of)(net, net->updates);
            net->updates++;
            for (int64_t r = 0; r < rows; r++) {
                const int64_t i = net->order[start + r];
                const REAL importance = weight == NULL ? 1 : weight[i];
                const REAL *x = (const REAL *)net->X + i * inputs;
                const REAL *t = (const REAL *)net->T + i * outputs;
                const REAL scale = importance / (REAL)rows;
                total += (double)importance * NAME(pattern)(net, layers, x, t, scale, start + r);
                for (int64_t l = 1; l <= last; l++) {
                    if (direct) NAME(add_products)(&layers[l], -c.rate, 1, 1);
                    else NAME(add_products)(&layers[l], 1, r > 0, 0);
                }
            }
            if (direct) continue;
            if (net->optimizer == W2V_SPARSE_ADAM)
                NAME(find_active)(net, net->order + start, rows);
            NAME(update_small)(net, layers, base, size, c);
        }
        if (net->quit) break;
        net->epoch++;
        net->quit = end_epoch(net, &p, total / (double)net->n);
    } while (!net->quit);
    NAME(move_parameters)(net, layers, base, size, 1);
}

#undef LINK
#undef SMALL

/* --- matrix products: a batch at a time, in phases of tasks that workers share ---------------- */

typedef struct {
    w2v_network *net;
    int64_t me, phase;
    int64_t start, rows; /* of the batch, in the epoch's order */
    int64_t epoch, updates;
    REAL *scratch, *gradient;
} NAME(worker);
#define WORKER NAME(worker)

/* Activations of a layer; the input's are taken where they are if they lie in order. */
static const REAL *NAME(activations)(const WORKER *w, int64_t l) {
    if (l > 0 || w->net->shuffle) return w->net->A[l];
    return (const REAL *)w->net->X + w->start * w->net->layers[0].units;
}

#define FOR_TASKS(task, count)                                                                   \
    for (int64_t task; (task = next_task(net, w->phase)) < (count);)

static int NAME(gather)(WORKER *w) {
    w2v_network *net = w->net;
    const int64_t inputs = net->layers[0].units, blocks = row_tasks(w->rows);
    const int64_t *order = net->order + w->start;
    FOR_TASKS(task, blocks + 1) {
        if (task == blocks) {
            if (net->optimizer == W2V_SPARSE_ADAM) NAME(find_active)(net, order, w->rows);
            continue;
        }
        if (!net->shuffle) continue;
        const int64_t stop = (task + 1) * ROWS < w->rows ? (task + 1) * ROWS : w->rows;
        for (int64_t r = task * ROWS; r < stop; r++)
            memcpy((REAL *)net->A[0] + r * inputs, (const REAL *)net->X + order[r] * inputs,
                   (size_t)inputs * sizeof(REAL));
    }
    return end_phase(net, &w->phase, w->me);
}

/* A[l] = g(sum over sources of A W' + b); the output layer stays at the sum. */
static int NAME(forward)(WORKER *w, int64_t l) {
    w2v_network *net = w->net;
    const w2v_layer *layer = &net->layers[l];
    const REAL *theta = net->theta;
    const int64_t units = layer->units, n = stripes(units);
    const uint64_t key = stream(net, w->epoch, l);
    FOR_TASKS(task, n) {
        const int64_t first = stripe_start(units, task, n), stop = stripe_start(units, task + 1, n);
        REAL *z = (REAL *)net->A[l] + first;
        for (int32_t s = 0; s < layer->sources; s++) {
            const w2v_source *source = &net->sources[layer->first_source + s];
            const int64_t k = net->layers[source->from].units;
            const MATRIX a = {NAME(activations)(w, source->from), k, 1};
            const MATRIX W = {theta + source->weights + first * k, 1, k};
            NAME(product)(net, w->scratch, w->rows, stop - first, k, a, W, z, units, s > 0);
        }
        if (l == net->last) continue;
        const REAL *bias = layer->bias < 0 ? NULL : theta + layer->bias + first;
        for (int64_t r = 0; r < w->rows; r++) {
            REAL *slopes = net->slopes[l];
            NAME(activate_hidden)(layer, z + r * units, bias, stop - first,
                                  slopes + r * units + first, key,
                                  (w->start + r) * units + first);
        }
    }
    return end_phase(net, &w->phase, w->me);
}

static int NAME(output)(WORKER *w) {
    w2v_network *net = w->net;
    const int64_t units = net->layers[net->last].units;
    const REAL *weight = net->weight;
    const int64_t place = net->layers[net->last].bias;
    const REAL *bias = place < 0 ? NULL : (const REAL *)net->theta + place;
    FOR_TASKS(task, row_tasks(w->rows)) {
        const int64_t stop = (task + 1) * ROWS < w->rows ? (task + 1) * ROWS : w->rows;
        double total = 0;
        for (int64_t r = task * ROWS; r < stop; r++) {
            const int64_t i = net->order[w->start + r];
            const REAL importance = weight == NULL ? 1 : weight[i];
            total += (double)importance *
                     NAME(output_errors)(net, (REAL *)net->A[net->last] + r * units, bias,
                                         (const REAL *)net->T + i * units,
                                         (REAL *)net->D[net->last] + r * units,
                                         importance / (REAL)w->rows);
        }
        net->sums[task] = total;
    }
    return end_phase(net, &w->phase, w->me);
}

/* D[l] = (sum over the layers it feeds of D W) g'. */
static int NAME(backward)(WORKER *w, int64_t l) {
    w2v_network *net = w->net;
    const w2v_layer *layer = &net->layers[l];
    const int64_t units = layer->units, n = stripes(units);
    FOR_TASKS(task, n) {
        const int64_t first = stripe_start(units, task, n), stop = stripe_start(units, task + 1, n);
        REAL *error = (REAL *)net->D[l] + first;
        int add = 0;
        for (int64_t to = l + 1; to <= net->last; to++)
            for (int32_t s = 0; s < net->layers[to].sources; s++) {
                const w2v_source *source = &net->sources[net->layers[to].first_source + s];
                if (source->from != l) continue;
                const int64_t k = net->layers[to].units;
                const MATRIX delta = {net->D[to], k, 1};
                const MATRIX W = {(const REAL *)net->theta + source->weights + first, units, 1};
                NAME(product)(net, w->scratch, w->rows, stop - first, k, delta, W, error, units,
                              add);
                add = 1;
            }
        const int kept = layer->dropout > 0 || layer->activation == W2V_SINE;
        for (int64_t r = 0; r < w->rows; r++)
            NAME(times_slope)(layer, error + r * units,
                              (const REAL *)net->A[l] + r * units + first,
                              kept ? (const REAL *)net->slopes[l] + r * units + first : NULL,
                              stop - first);
    }
    return end_phase(net, &w->phase, w->me);
}

/* Gradients of a slice of units, each used (or, whole, measured) as soon as it is there. */
static double NAME(learn)(WORKER *w, slice part, CONSTANTS c, int whole) {
    w2v_network *net = w->net;
    const w2v_layer *layer = &net->layers[part.layer];
    const int64_t units = layer->units, count = part.end - part.start;
    const REAL *D = (const REAL *)net->D[part.layer] + part.start;
    double square = 0;
    for (int32_t s = 0; s < layer->sources; s++) {
        const w2v_source *source = &net->sources[layer->first_source + s];
        const int64_t columns = net->layers[source->from].units;
        const int64_t at = source->weights + part.start * columns;
        const MATRIX delta = {D, 1, units}, a = {NAME(activations)(w, source->from), columns, 1};
        REAL *g = whole ? (REAL *)net->gradient + at : w->gradient;
        NAME(product)(net, w->scratch, count, columns, w->rows, delta, a, g, columns, 0);
        if (whole) square += NAME(square_length)(g, count * columns);
        else NAME(update_rows)(net, c, source->from, at, count, columns, g, 1);
    }
    if (layer->bias >= 0) {
        REAL *g = whole ? (REAL *)net->gradient + layer->bias + part.start : w->gradient;
        memset(g, 0, (size_t)count * sizeof(REAL));
        for (int64_t r = 0; r < w->rows; r++)
            for (int64_t j = 0; j < count; j++) g[j] += D[r * units + j];
        if (whole) square += NAME(square_length)(g, count);
        else NAME(update)(net, c, NAME(memory_at)(net, layer->bias + part.start), count, g, 1, 0);
    }
    return square;
}

/* After clipping: a slice of units from the whole gradient. */
static void NAME(learn_clipped)(WORKER *w, slice part, CONSTANTS c, REAL scale) {
    w2v_network *net = w->net;
    const w2v_layer *layer = &net->layers[part.layer];
    const REAL *g = net->gradient;
    const int64_t count = part.end - part.start;
    for (int32_t s = 0; s < layer->sources; s++) {
        const w2v_source *source = &net->sources[layer->first_source + s];
        const int64_t columns = net->layers[source->from].units;
        const int64_t at = source->weights + part.start * columns;
        NAME(update_rows)(net, c, source->from, at, count, columns, g + at, scale);
    }
    const int64_t at = layer->bias + part.start;
    if (layer->bias >= 0) NAME(update)(net, c, NAME(memory_at)(net, at), count, g + at, scale, 0);
}

static int NAME(learn_all)(WORKER *w) {
    w2v_network *net = w->net;
    const int64_t n = update_tasks(net);
    const int whole = net->clip < INFINITY;
    const CONSTANTS c = NAME(constants_of)(net, w->updates++);
    double *squares = net->sums + row_tasks(net->batch);
    FOR_TASKS(task, n) squares[task] = NAME(learn)(w, update_slice(net, task), c, whole);
    if (!end_phase(net, &w->phase, w->me)) return 0;
    if (!whole) return 1;
    double square = 0;
    for (int64_t task = 0; task < n; task++) square += squares[task];
    const REAL scale = NAME(clip_scale)(net, square);
    FOR_TASKS(task, n) NAME(learn_clipped)(w, update_slice(net, task), c, scale);
    return end_phase(net, &w->phase, w->me);
}

static void NAME(train)(w2v_network *net, int64_t me) {
    if (net->small) {
        NAME(train_small)(net);
        return;
    }
    WORKER worker = {.net = net, .me = me, .epoch = net->epoch, .updates = net->updates,
                     .scratch = (REAL *)net->scratch + me * net->scratch_each,
                     .gradient = (REAL *)net->gradient + me * net->gradient_each};
    WORKER *w = &worker;
    progress p = {INFINITY, 0};
    watch eye = {0, seconds()};
    do {
        if (me == 0) make_order(net, w->epoch);
        if (!end_phase(net, &w->phase, me)) return;
        double total = 0;
        for (w->start = 0; w->start < net->n; w->start += net->batch) {
            w->rows = net->n - w->start < net->batch ? net->n - w->start : net->batch;
            if (me == 0) net->quit = wants_end(net, &eye, w->rows);
            if (!NAME(gather)(w) || net->quit) break;
            for (int64_t l = 1; l <= net->last; l++)
                if (!NAME(forward)(w, l)) return;
            if (!NAME(output)(w)) return;
            if (me == 0)
                for (int64_t task = 0; task < row_tasks(w->rows); task++) total += net->sums[task];
            for (int64_t l = net->last - 1; l > 0; l--)
                if (!NAME(backward)(w, l)) return;
            if (!NAME(learn_all)(w)) return;
        }
        const int ended = w->start < net->n; /* by `check` */
        w->epoch++;
        if (me == 0) {
            net->updates = w->updates;
            if (!ended) {
                net->epoch = w->epoch;
                net->quit = end_epoch(net, &p, total / (double)net->n);
            }
        }
        if (ended || !end_phase(net, &w->phase, me)) return;
    } while (!net->quit);
}

#undef EACH_VECTOR
#undef PANEL
#undef TILE
#undef MATRIX
#undef CONSTANTS
#undef MEMORY
#undef SQRT
#undef WORKER
#undef FOR_TASKS
