/* network.inl compiled for each precision and instruction set, and what they share. */
#include "network.h"
#include "random.h"
#include "simd.h"
#include "threads.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* --- tasks ----------------------------------------------------------------------------------- */

/* Into how many tasks a layer's units are cut. Each packs its operands anew, which costs about
 * 7 units' worth of multiplying: hence few and wide ones. */
static int64_t stripes(int64_t units) {
    return units < 128 ? 1 : units < 512 ? 2 : units < 2048 ? 4 : 8;
}

/* Where stripe i of n begins: at a multiple of 16, the widest tile. */
static int64_t stripe_start(int64_t units, int64_t i, int64_t n) {
    return i == n ? units : units * i / n / 16 * 16;
}

#define ROWS 32 /* patterns a task, where tasks are rows of a batch */
#define SMALL_LAYER 96 /* bytes of what the small loops know of a layer or a source, at most */

static int64_t row_tasks(int64_t rows) { return (rows + ROWS - 1) / ROWS; }

/* The next task of a phase, from 0; tasks are taken as they come. */
static int64_t next_task(w2v_network *net, int64_t phase) {
    return w2v_fetch_add(&net->next[phase % 3], 1);
}

/* Wait for the others at the end of a phase. All come: a stop is noticed between updates only. */
static void end_phase(w2v_network *net, int64_t *phase, int64_t worker) {
    static const int64_t never = 0;
    if (worker == 0) net->next[(*phase + 1) % 3] = 0; /* nobody is there: all are in *phase */
    if (net->workers > 1) w2v_meet(&net->arrivals, net->workers, &never);
    ++*phase;
}

/* A task of the update: stripe `stripe` of `stripes` of the units of `layer`. */
typedef struct {
    int64_t layer, start, end;
} slice;

static int64_t update_tasks(const w2v_network *net) {
    int64_t count = 0;
    for (int64_t l = 1; l <= net->last; l++) count += stripes(net->layers[l].units);
    return count;
}

static slice update_slice(const w2v_network *net, int64_t task) {
    int64_t l = 1;
    while (task >= stripes(net->layers[l].units)) task -= stripes(net->layers[l++].units);
    const int64_t units = net->layers[l].units, n = stripes(units);
    return (slice){l, stripe_start(units, task, n), stripe_start(units, task + 1, n)};
}

/* Whether the length of the whole gradient is measured before any of it is used. */
static int clips(const w2v_network *net) { return net->clip < INFINITY; }

/* Whether g' is kept beside a layer's activations, because it does not follow from them. */
static int keeps_slopes(const w2v_layer *layer) {
    return layer->dropout > 0 || layer->activation == W2V_SINE;
}

/* Whether a batch's inputs are copied to A[0] before they are used. */
static int gathers(const w2v_network *net) { return net->shuffle && net->starts == NULL; }

/* --- random numbers -------------------------------------------------------------------------- */

/* The key of an epoch's random numbers: layer 0 is for the order, others for dropout. */
static uint64_t stream(const w2v_network *net, int64_t epoch, int64_t layer) {
    uint64_t key = w2v_mix(net->seed + W2V_GOLDEN);
    key = w2v_mix(key + W2V_GOLDEN * (uint64_t)(epoch + 1));
    return w2v_mix(key + W2V_GOLDEN * (uint64_t)(layer + 1));
}

/* The order of the patterns in an epoch (Fisher and Yates). */
static void make_order(const w2v_network *net, int64_t epoch) {
    uint64_t state = stream(net, epoch, 0);
    for (int64_t i = 0; i < net->n; i++) net->order[i] = i;
    if (!net->shuffle) return;
    for (int64_t i = net->n - 1; i > 0; i--) {
        const int64_t j = w2v_below((uint32_t)(w2v_next(&state) >> 32), (uint32_t)(i + 1));
        const int64_t other = net->order[j];
        net->order[j] = net->order[i];
        net->order[i] = other;
    }
}

/* --- the end of an epoch --------------------------------------------------------------------- */

typedef struct {
    double best;
    int64_t waited;
} progress;

/* Note the loss of an epoch; whether training ends with it. Who looks at the weights meanwhile asks
 * how many epochs are done. */
static int end_epoch(w2v_network *net, progress *p, double loss) {
    net->losses[net->done] = loss;
    w2v_store(&net->done, net->done + 1);
    if (!isfinite(loss) || loss < net->error_limit) return 1;
    p->waited = loss < p->best - net->tol ? 0 : p->waited + 1;
    p->best = loss < p->best ? loss : p->best;
    return (net->patience > 0 && p->waited >= net->patience) || net->done >= net->epochs;
}

/* --- precisions and instruction sets --------------------------------------------------------- */

#define IS_DOUBLE 0
#define REAL float
#define SINT int32_t
#define ISA baseline
#if HAVE_VECTORS
#define BYTES 16
#else
#define BYTES 0
#endif
#include "network.inl"
#undef REAL
#undef SINT
#undef IS_DOUBLE
#define IS_DOUBLE 1
#define REAL double
#define SINT int64_t
#include "network.inl"
#undef REAL
#undef SINT
#undef IS_DOUBLE
#undef ISA
#undef BYTES

#if HAVE_AVX2
BEGIN_AVX2
#define ISA avx2
#define BYTES 32
#define IS_DOUBLE 0
#define REAL float
#define SINT int32_t
#include "network.inl"
#undef REAL
#undef SINT
#undef IS_DOUBLE
#define IS_DOUBLE 1
#define REAL double
#define SINT int64_t
#include "network.inl"
#undef REAL
#undef SINT
#undef IS_DOUBLE
#undef ISA
#undef BYTES
END_AVX2
#endif

w2v_network_worker w2v_network_pick(int64_t bytes_per_real, const char *isa) {
#if HAVE_AVX2
    if (strcmp(isa, "avx2") == 0)
        return bytes_per_real == 8 ? train_double_avx2 : train_float_avx2;
#endif
    (void)isa;
    return bytes_per_real == 8 ? train_double_baseline : train_float_baseline;
}

/* --- work space ------------------------------------------------------------------------------ */

int64_t w2v_network_workers(const w2v_network *net) {
    if (net->small) return 1;
    int64_t most = 1;
    for (int64_t l = 1; l <= net->last; l++) {
        const int64_t n = stripes(net->layers[l].units);
        most = n > most ? n : most;
    }
    /* A worker more costs some 10 microseconds of meeting an update. */
    const double multiplications = 3.0 * (double)net->size * (double)net->batch;
    const int64_t worth = 1 + (int64_t)(multiplications / 2e6);
    return most < worth ? most : worth;
}

void w2v_network_plan(w2v_network *net, int64_t real, w2v_memory *memory) {
    const int64_t layers = net->last + 1, pointers = layers * (int64_t)sizeof(void *);
    net->A = w2v_take(memory, pointers);
    net->D = w2v_take(memory, pointers);
    net->slopes = w2v_take(memory, pointers);
    net->keys = w2v_take(memory, layers * (int64_t)sizeof(uint64_t));
    int64_t largest = 0, deepest = net->batch, padded = 0, sources = 0;
    for (int64_t l = 0; l <= net->last; l++) {
        const w2v_layer *layer = &net->layers[l];
        const int64_t bytes = net->batch * layer->units * real;
        void *a = w2v_take(memory, l || gathers(net) ? bytes : 0);
        void *d = w2v_take(memory, l ? bytes : 0);
        void *slopes = w2v_take(memory, l && keeps_slopes(layer) ? bytes : 0);
        if (memory->start != NULL) net->A[l] = a, net->D[l] = d, net->slopes[l] = slopes;
        deepest = layer->units > deepest ? layer->units : deepest;
        const int64_t lanes = (layer->units + 15) / 16 * 16; /* the widest vectors */
        padded += 8 * lanes;
        sources += layer->sources;
        const int64_t rows = layer->units / stripes(layer->units) + 16;
        for (int32_t s = 0; s < layer->sources; s++) {
            const int64_t columns = net->layers[net->sources[layer->first_source + s].from].units;
            largest = rows * columns > largest ? rows * columns : largest;
            padded += 4 * lanes * ((columns + 15) / 16 * 16);
        }
    }
    /* With clipping all gradients are kept until their length is known, else one task's each. */
    net->gradient_each = clips(net) ? 0 : (largest + 15) / 16 * 16;
    net->gradient =
        w2v_take(memory, (clips(net) ? net->size : net->gradient_each * net->workers) * real);
    /* A panel of the widest vectors; or the small layers' own parameters, moments and units. */
    net->scratch_each = net->small ? padded : deepest * 16;
    net->scratch = w2v_take(memory, net->scratch_each * net->workers * real);
    net->small_space = w2v_take(memory, (layers + sources) * SMALL_LAYER);
    net->active = w2v_take(memory, net->layers[0].units);
    net->listed = w2v_take(memory, net->layers[0].units * (int64_t)sizeof(int32_t));
    net->order = w2v_take(memory, net->n * (int64_t)sizeof(int64_t));
    net->sums =
        w2v_take(memory, (row_tasks(net->batch) + update_tasks(net)) * (int64_t)sizeof(double));
}
