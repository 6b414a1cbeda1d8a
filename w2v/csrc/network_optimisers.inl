/* Of a network: one update of the parameters by an optimiser, after clipping and l2. */

typedef struct {
    REAL rate, first, second, epsilon, mean_scale, root_scale;
} NAME(constants);
#define CONSTANTS NAME(constants)

static CONSTANTS NAME(constants_of)(const w2v_network *net, int64_t t) {
    const double rate = net->learning_rate / (1 + net->decay * (double)t);
    CONSTANTS c = {.rate = (REAL)rate, .first = (REAL)net->first, .second = (REAL)net->second,
                   .epsilon = (REAL)net->epsilon};
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
        for (int64_t i = 0; i < net->n_listed;) { /* runs of active inputs */
            const int64_t start = i++;
            while (i < net->n_listed && net->listed[i] == net->listed[i - 1] + 1) i++;
            const int64_t first = r * columns + net->listed[start];
            NAME(update)(net, c, NAME(memory_at)(net, at + first), i - start, gradient + first,
                         scale, l2);
        }
}

/* Which inputs are not 0 in all of these patterns. */
static void NAME(find_active)(w2v_network *net, const int64_t *rows, int64_t count) {
    const int64_t inputs = net->layers[0].units;
    memset(net->active, 0, (size_t)inputs);
    for (int64_t r = 0; r < count; r++) {
        const REAL *X = net->X, *x = X + rows[r] * inputs;
        if (net->starts == NULL)
            for (int64_t i = 0; i < inputs; i++) net->active[i] |= x[i] != 0;
        else
            for (int64_t e = net->starts[rows[r]]; e < net->starts[rows[r] + 1]; e++)
                net->active[net->columns[e]] |= X[e] != 0;
    }
    net->n_listed = 0;
    for (int64_t i = 0; i < inputs; i++)
        if (net->active[i]) net->listed[net->n_listed++] = (int32_t)i;
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
