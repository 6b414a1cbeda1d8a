/* Of a network with small layers: training in loops over one pattern after another. */

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
    int plain;                /* g acts on every unit by itself, and nothing else is done to it */
    REAL *mask;               /* (padded,), of the output layer: 1 for units, 0 for padding */
} NAME(small_layer);
#define LINK NAME(link)
#define SMALL NAME(small_layer)
_Static_assert(sizeof(SMALL) <= SMALL_LAYER && sizeof(LINK) <= SMALL_LAYER,
               "w2v_network_plan() takes less memory than the small loops use");

static INLINE int64_t NAME(padded)(int64_t units) { return (units + LANES - 1) / LANES * LANES; }

/* z = b + sum over sources of W a; of a plain layer g(z), while it is still in registers. */
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
        *(VEC *)(z + v) = layer->plain ? NAME(activation)(layer->layer, sum) : sum;
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

/* Loss and delta of a plain output layer by squared error. */
static INLINE double NAME(small_squared_error)(const SMALL *top, const REAL *t, REAL scale) {
    VEC squares = {0};
    for (int64_t v = 0; v < top->padded; v += LANES) {
        const VEC a = *(const VEC *)(top->z + v);
        VEC target = {0};
        UNROLL for (int k = 0; k < LANES; k++)
            if (v + k < top->layer->units) LANE(target, k) = t[v + k];
        const VEC error = (a - target) * *(VEC *)(top->mask + v);
        squares += error * error;
        *(VEC *)(top->delta + v) = error * scale * NAME(slope)(top->layer, a);
    }
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
        if (!layer->plain)
            NAME(activate_hidden)(layer->layer, layer->z, NULL, layer->layer->units, layer->slopes,
                                  net->keys[l], place * layer->layer->units);
    }
    const SMALL *top = &layers[last];
    const double loss = top->plain
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
    if (clips(net)) scale = NAME(clip_scale)(net, NAME(square_length)(gradient, size));
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
    const int64_t last = net->last, n = net->n, batch = net->batch;
    const int64_t *order = net->order;
    const REAL *X = net->X, *T = net->T, *weight = net->weight;

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
        const int slopes = keeps_slopes(own->layer);
        own->z = units, own->delta = units + own->padded;
        own->slopes = slopes ? units + 2 * own->padded : NULL;
        units += 3 * own->padded;
        own->plain = !slopes && own->layer->activation != W2V_SOFTMAX &&
                     (l < last || net->loss == W2V_SQUARED_ERROR);
        if (l == last && own->plain) {
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
    const int direct = net->batch == 1 && net->optimizer == W2V_SGD && net->l2 == 0 && !clips(net);
    const int steady = net->decay == 0 && net->optimizer < W2V_ADAM;
    CONSTANTS c = NAME(constants_of)(net, net->updates);
    progress p = {.best = INFINITY};
    do {
        make_order(net, net->epoch);
        for (int64_t l = 1; l < last; l++)
            if (layers[l].layer->dropout > 0) net->keys[l] = stream(net, net->epoch, l);
        double total = 0;
        for (int64_t start = 0; start < n; start += batch) {
            const int64_t rows = n - start < batch ? n - start : batch;
            if ((net->quit = w2v_load(&net->stop))) break;
            if (!steady) c = NAME(constants_of)(net, net->updates);
            net->updates++;
            for (int64_t r = 0; r < rows; r++) {
                const int64_t i = order[start + r];
                const REAL importance = weight == NULL ? 1 : weight[i];
                const REAL scale = importance / (REAL)rows;
                total += (double)importance * NAME(pattern)(net, layers, X + i * inputs,
                                                            T + i * outputs, scale, start + r);
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
