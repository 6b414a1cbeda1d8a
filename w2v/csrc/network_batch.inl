/* Of a network: training by matrix products, a batch at a time. A phase is a list of tasks that the
 * workers share. */

typedef struct {
    w2v_network *net;
    int64_t number, phase;
    int64_t start, rows; /* of the batch, in the epoch's order */
    int64_t epoch, updates;
    REAL *scratch, *gradient;
} NAME(worker);
#define WORKER NAME(worker)

/* Activations of a layer; dense inputs are taken where they are if they lie in order, sparse ones
 * by the two functions below. */
static const REAL *NAME(activations)(const WORKER *w, int64_t l) {
    if (l > 0 || gathers(w->net)) return w->net->A[l];
    return (const REAL *)w->net->X + w->start * w->net->layers[0].units;
}

#define FOR_TASKS(task, count)                                                                   \
    for (int64_t task; (task = next_task(net, w->phase)) < (count);)

static void NAME(gather)(WORKER *w) {
    w2v_network *net = w->net;
    const int64_t inputs = net->layers[0].units, blocks = row_tasks(w->rows);
    const int64_t *order = net->order + w->start;
    FOR_TASKS(task, blocks + 1) {
        if (task == blocks) {
            if (net->optimizer == W2V_SPARSE_ADAM) NAME(find_active)(net, order, w->rows);
            continue;
        }
        if (!gathers(net)) continue;
        const int64_t stop = (task + 1) * ROWS < w->rows ? (task + 1) * ROWS : w->rows;
        for (int64_t r = task * ROWS; r < stop; r++) {
            REAL *row = (REAL *)net->A[0] + r * inputs;
            memcpy(row, (const REAL *)net->X + order[r] * inputs, (size_t)inputs * sizeof(REAL));
        }
    }
    end_phase(net, &w->phase, w->number);
}

/* z (rows of the batch, count) = or += X W', of sparse X; W (count, inputs). The sums run over the
 * inputs in order, as those of the dense product do. */
static void NAME(sparse_product)(const WORKER *w, int64_t count, const REAL *W, REAL *z,
                                 int64_t stride, int add) {
    const w2v_network *net = w->net;
    const int64_t inputs = net->layers[0].units, *order = net->order + w->start;
    const REAL *X = net->X;
    REAL *restrict sums = w->scratch;
    for (int64_t r = 0; r < w->rows; r++, z += stride) {
        memset(sums, 0, (size_t)count * sizeof(REAL));
        for (int64_t e = net->starts[order[r]]; e < net->starts[order[r] + 1]; e++) {
            const REAL x = X[e], *from = W + net->columns[e];
            for (int64_t j = 0; j < count; j++) sums[j] += x * from[j * inputs];
        }
        for (int64_t j = 0; j < count; j++) z[j] = add ? z[j] + sums[j] : sums[j];
    }
}

/* g (count, inputs) = D' X, of sparse X; D (rows of the batch, `stride`). Of inputs that are not
 * used afterwards g is left as it is. */
static void NAME(sparse_gradient)(const WORKER *w, int64_t count, const REAL *D, int64_t stride,
                                  REAL *g) {
    const w2v_network *net = w->net;
    const int64_t inputs = net->layers[0].units, *order = net->order + w->start;
    const int listed = net->optimizer == W2V_SPARSE_ADAM && !clips(net);
    const REAL *X = net->X;
    for (int64_t j = 0; j < count; j++, D++, g += inputs) {
        if (listed)
            for (int64_t i = 0; i < net->n_listed; i++) g[net->listed[i]] = 0;
        else
            memset(g, 0, (size_t)inputs * sizeof(REAL));
        for (int64_t r = 0; r < w->rows; r++)
            for (int64_t e = net->starts[order[r]]; e < net->starts[order[r] + 1]; e++)
                g[net->columns[e]] += D[r * stride] * X[e];
    }
}

/* A[l] = g(sum over sources of A W' + b); the output layer stays at the sum. */
static void NAME(forward)(WORKER *w, int64_t l) {
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
            const REAL *weights = theta + source->weights + first * k;
            if (source->from == 0 && net->starts != NULL) {
                NAME(sparse_product)(w, stop - first, weights, z, units, s > 0);
                continue;
            }
            const MATRIX a = {NAME(activations)(w, source->from), k, 1}, W = {weights, 1, k};
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
    end_phase(net, &w->phase, w->number);
}

static void NAME(output)(WORKER *w) {
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
    end_phase(net, &w->phase, w->number);
}

/* D[l] = (sum over the layers it feeds of D W) g'. */
static void NAME(backward)(WORKER *w, int64_t l) {
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
        const REAL *slopes = keeps_slopes(layer) ? (const REAL *)net->slopes[l] + first : NULL;
        for (int64_t r = 0; r < w->rows; r++)
            NAME(times_slope)(layer, error + r * units,
                              (const REAL *)net->A[l] + r * units + first,
                              slopes == NULL ? NULL : slopes + r * units, stop - first);
    }
    end_phase(net, &w->phase, w->number);
}

/* Gradients of a slice of units, each used as soon as it is there; to be clipped, only measured:
 * returns the square of their length. */
static double NAME(learn)(WORKER *w, slice part, CONSTANTS c) {
    w2v_network *net = w->net;
    const w2v_layer *layer = &net->layers[part.layer];
    const int64_t units = layer->units, count = part.end - part.start;
    const REAL *D = (const REAL *)net->D[part.layer] + part.start;
    double square = 0;
    for (int32_t s = 0; s < layer->sources; s++) {
        const w2v_source *source = &net->sources[layer->first_source + s];
        const int64_t columns = net->layers[source->from].units;
        const int64_t at = source->weights + part.start * columns;
        REAL *g = clips(net) ? (REAL *)net->gradient + at : w->gradient;
        if (source->from == 0 && net->starts != NULL) {
            NAME(sparse_gradient)(w, count, D, units, g);
        } else {
            const MATRIX a = {NAME(activations)(w, source->from), columns, 1};
            const MATRIX delta = {D, 1, units};
            NAME(product)(net, w->scratch, count, columns, w->rows, delta, a, g, columns, 0);
        }
        if (clips(net)) square += NAME(square_length)(g, count * columns);
        else NAME(update_rows)(net, c, source->from, at, count, columns, g, 1);
    }
    if (layer->bias >= 0) {
        REAL *g = clips(net) ? (REAL *)net->gradient + layer->bias + part.start : w->gradient;
        memset(g, 0, (size_t)count * sizeof(REAL));
        for (int64_t r = 0; r < w->rows; r++)
            for (int64_t j = 0; j < count; j++) g[j] += D[r * units + j];
        if (clips(net)) square += NAME(square_length)(g, count);
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

static void NAME(learn_all)(WORKER *w) {
    w2v_network *net = w->net;
    const int64_t n = update_tasks(net);
    const CONSTANTS c = NAME(constants_of)(net, w->updates++);
    double *squares = net->sums + row_tasks(net->batch);
    FOR_TASKS(task, n) squares[task] = NAME(learn)(w, update_slice(net, task), c);
    end_phase(net, &w->phase, w->number);
    if (!clips(net)) return;
    double square = 0;
    for (int64_t task = 0; task < n; task++) square += squares[task];
    const REAL scale = NAME(clip_scale)(net, square);
    FOR_TASKS(task, n) NAME(learn_clipped)(w, update_slice(net, task), c, scale);
    end_phase(net, &w->phase, w->number);
}

static void NAME(train)(w2v_network *net, int64_t worker) {
    if (net->small) {
        NAME(train_small)(net);
        return;
    }
    WORKER own = {.net = net, .number = worker, .epoch = net->epoch, .updates = net->updates,
                  .scratch = (REAL *)net->scratch + worker * net->scratch_each,
                  .gradient = (REAL *)net->gradient + worker * net->gradient_each};
    WORKER *w = &own;
    progress p = {.best = INFINITY};
    do {
        if (worker == 0) make_order(net, w->epoch);
        end_phase(net, &w->phase, worker);
        double total = 0;
        for (w->start = 0; w->start < net->n; w->start += net->batch) {
            w->rows = net->n - w->start < net->batch ? net->n - w->start : net->batch;
            if (worker == 0) net->quit = w2v_load(&net->stop);
            NAME(gather)(w);
            if (net->quit) break;
            for (int64_t l = 1; l <= net->last; l++) NAME(forward)(w, l);
            NAME(output)(w);
            if (worker == 0)
                for (int64_t task = 0; task < row_tasks(w->rows); task++) total += net->sums[task];
            for (int64_t l = net->last - 1; l > 0; l--) NAME(backward)(w, l);
            NAME(learn_all)(w);
        }
        const int stopped = w->start < net->n;
        w->epoch++;
        if (worker == 0) {
            net->updates = w->updates;
            if (!stopped) net->quit = end_epoch(net, &p, total / (double)net->n);
        }
        if (stopped) return;
        end_phase(net, &w->phase, worker);
    } while (!net->quit);
}
