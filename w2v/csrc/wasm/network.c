/* A network in a page: trained for some epochs at a time, and looked into.
 *
 * What NetworkTraining in _core.pyx does for Python: layers that feed one another in a row, in
 * double, one worker.
 */
#include "border.h"

#include "../network.h"

#include <math.h>

#define MOST_LAYERS 8 /* with the input */

/* In the order of NETWORK in network.js. */
static struct {
    double hidden, output, loss, optimizer, shuffle, batch, seed, learning_rate, first, second,
        epsilon, l2, dropout;
} settings;
double *EXPORT(network_settings)(void) { return &settings.hidden; }

static int32_t units[MOST_LAYERS];
int32_t *EXPORT(network_units)(void) { return units; }

static w2v_network net;
static w2v_layer layers[MOST_LAYERS];
static w2v_source sources[MOST_LAYERS];

/* Space for one training on n patterns, cut for the way the network is set to work. */
static char *make_space(w2v_network *of) {
    w2v_memory counted = {0}, memory = {0};
    w2v_network_plan(of, sizeof(double), &counted);
    memory.start = zeros((size_t)counted.used);
    if (memory.start != NULL) w2v_network_plan(of, sizeof(double), &memory);
    return memory.start;
}

/* Make a network of so many layers, the input included, and places for n patterns; return how many
 * parameters it has, or -1 if there is no room. */
int32_t EXPORT(network_begin)(int32_t count, int32_t n) {
    int64_t at = 0;
    int32_t widest = 0;
    double *X, *T;
    layers[0] = (w2v_layer){.units = units[0], .bias = -1, .k = 1, .K = 1};
    for (int32_t l = 0; l < count; l++) widest = units[l] > widest ? units[l] : widest;
    for (int32_t l = 1; l < count; l++) {
        const int top = l == count - 1;
        sources[l - 1] = (w2v_source){.from = l - 1, .weights = at};
        at += (int64_t)units[l] * units[l - 1];
        layers[l] = (w2v_layer){.units = units[l],
                                .activation = (int32_t)(top ? settings.output : settings.hidden),
                                .first_source = l - 1, .sources = 1, .bias = at, .k = 1, .K = 1,
                                .dropout = top ? 0 : settings.dropout};
        at += units[l];
    }
    net = (w2v_network){.layers = layers, .sources = sources, .last = count - 1, .size = at,
                        .loss = (int32_t)settings.loss, .n = n, .workers = 1,
                        .optimizer = (int32_t)settings.optimizer,
                        .shuffle = (int32_t)settings.shuffle,
                        .seed = (uint64_t)settings.seed, .small = widest <= W2V_SMALL,
                        .clip = INFINITY};
    net.batch = settings.batch < n ? (int64_t)settings.batch : n;
    double *theta, *moments;
    ZEROS(theta, at), ZEROS(moments, 2 * at);
    ZEROS(X, (int64_t)n * units[0]), ZEROS(T, (int64_t)n * units[count - 1]);
    net.theta = theta, net.moments = moments, net.X = X, net.T = T;
    return theta && moments && X && T && make_space(&net) ? (int32_t)at : -1;
}

double *EXPORT(network_theta)(void) { return net.theta; }
double *EXPORT(network_moments)(void) { return net.moments; }
double *EXPORT(network_inputs)(void) { return (double *)net.X; }
double *EXPORT(network_targets)(void) { return (double *)net.T; }
double EXPORT(network_updates)(void) { return (double)net.updates; }

static w2v_network with_settings(w2v_network of) {
    of.learning_rate = settings.learning_rate;
    of.first = settings.first, of.second = settings.second, of.epsilon = settings.epsilon;
    of.l2 = settings.l2;
    return of;
}

/* Train for some epochs; return how many were done (fewer if the loss is no number any more).
 * `losses` gets the mean loss of each. The rate and the optimiser's constants may have changed. */
int32_t EXPORT(network_train)(int32_t epochs, double *losses) {
    net = with_settings(net);
    net.epochs = epochs, net.done = 0, net.losses = losses;
    w2v_network_pick(sizeof(double), "baseline")(&net, 0);
    return (int32_t)net.done;
}

/* --- looking into it ------------------------------------------------------------------------- */

static w2v_network probe;
static char *probe_space;

/* Update a copy of the network once on n patterns, at a learning rate of 0 or at that of the
 * settings, by a loss of its own. Afterwards the copy's layers can be read; under the squared error
 * those of the output are activations. Returns the loss, or -1 if there is no room. */
double EXPORT(network_probe)(const double *X, const double *T, int32_t n, int32_t loss,
                             int32_t learns) {
    double one_loss = -1;
    const size_t bytes = (size_t)net.size * sizeof(double);
    free(probe.theta), free(probe.moments), free(probe_space);
    probe = with_settings(net);
    probe.X = X, probe.T = T, probe.n = probe.batch = n;
    probe.loss = loss, probe.small = 0, probe.shuffle = 0;
    probe.epochs = 1, probe.done = 0, probe.losses = &one_loss;
    if (!learns) probe.optimizer = W2V_SGD, probe.learning_rate = probe.l2 = 0;
    probe.theta = zeros(bytes), probe.moments = zeros(2 * bytes), probe_space = NULL;
    if (probe.theta && probe.moments) probe_space = make_space(&probe);
    if (probe_space == NULL) return -1;
    memcpy(probe.theta, net.theta, bytes);
    memcpy(probe.moments, net.moments, 2 * bytes);
    w2v_network_pick(sizeof(double), "baseline")(&probe, 0);
    return one_loss;
}

/* Activations and dE/dz of layer l, (patterns, units); the copy's parameters after its update. */
const double *EXPORT(probe_activations)(int32_t l) { return probe.A[l]; }
const double *EXPORT(probe_deltas)(int32_t l) { return probe.D[l]; }
const double *EXPORT(probe_theta)(void) { return probe.theta; }

/* Make the copy's update the network's. */
void EXPORT(network_accept)(void) {
    memcpy(net.theta, probe.theta, (size_t)net.size * sizeof(double));
    memcpy(net.moments, probe.moments, 2 * (size_t)net.size * sizeof(double));
    net.updates = probe.updates;
}
