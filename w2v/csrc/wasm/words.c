/* Word vectors in a page: text to ids, a training in slices, and one step by itself.
 *
 * What _core.pyx and w2v/text/draws.py do for Python: settings become a plan, counts become the
 * tables that words are drawn from. One worker, who trains the weights where they lie: Python's
 * `workers=1, deterministic=False`, from the same seed.
 */
#include "border.h"

#include "../tokens.h"
#include "../train.h"
#include "../words.h"
#include "../workers.h"

#include <math.h>

void *EXPORT(allocate)(int32_t bytes) { return zeros((size_t)bytes); }
void EXPORT(release)(void *memory) { free(memory); }

/* --- text ------------------------------------------------------------------------------------ */

static struct {
    w2v_reader reader;
    int32_t *ids;
    int64_t *ends, *offsets, *counts;
    int64_t tokens, sentences;
} text;

/* Read a whole text, whose last byte is a newline; return how many distinct words it has, or an
 * error of tokens.h. */
int32_t EXPORT(text_read)(const uint8_t *bytes, int32_t size) {
    const size_t most = ((size_t)size + 1) / 2;
    ZEROS(text.ids, most);
    ZEROS(text.ends, most + 1); /* a leading 0 makes them offsets */
    if (text.ids == NULL || text.ends == NULL) return W2V_NO_MEMORY;
    int status = w2v_reader_init(&text.reader, 1);
    if (status == W2V_OK)
        status = w2v_read(&text.reader, bytes, (size_t)size, text.ids, &text.tokens,
                          text.ends + 1, &text.sentences);
    if (status != W2V_OK) return status;
    ZEROS(text.counts, text.reader.words.size + 1);
    if (text.counts == NULL) return W2V_NO_MEMORY;
    w2v_counts(&text.reader, text.counts);
    return text.reader.words.size;
}

/* The distinct words by id: their bytes, where each starts (int64), and how often it comes. */
const uint8_t *EXPORT(text_bytes)(void) { return text.reader.words.bytes; }
const int64_t *EXPORT(text_starts)(void) { return text.reader.words.start; }
const int64_t *EXPORT(text_counts)(void) { return text.counts; }
double EXPORT(text_tokens)(void) { return (double)text.tokens; }

/* Renumber the words, new_id[id], and drop those whose new number is negative; return the tokens
 * that are left. */
double EXPORT(text_encode)(const int32_t *new_id) {
    w2v_encoding at = {0};
    text.tokens = w2v_encode(&at, text.ids, text.tokens, text.ends, text.sentences, new_id,
                             text.ids, text.ends);
    text.offsets = text.ends;
    text.sentences = at.sentences;
    return (double)text.tokens;
}

/* The text in the new numbers: sentence i is ids[offsets[i]:offsets[i + 1]], offsets being int64. */
const int32_t *EXPORT(text_ids)(void) { return text.ids; }
const int64_t *EXPORT(text_offsets)(void) { return text.offsets; }
double EXPORT(text_sentences)(void) { return (double)text.sentences; }

/* --- training -------------------------------------------------------------------------------- */

/* In the order of SETTINGS in words.js. */
static struct {
    double architecture, loss, vector_size, window, negative, sample, ns_exponent, shrink_windows,
        exact_gradient, seed;
} settings;
double *EXPORT(words_settings)(void) { return &settings.architecture; }

static w2v_training training;
static w2v_report slice;

/* As keep_tables() in draws.py. */
static int make_keep(w2v_plan *plan, const int64_t *counts, double total) {
    uint32_t *keep;
    ZEROS(keep, plan->vocabulary);
    if (keep == NULL) return 0;
    for (int32_t i = 0; i < plan->vocabulary; i++) {
        const double share = (double)counts[i] / total, ratio = settings.sample / share;
        const double kept = settings.sample > 0 ? fmin(1, sqrt(ratio) + ratio) : 1;
        keep[i] = (uint32_t)fmin(kept * 4294967296.0, 4294967295.0);
        if (kept < 1) plan->sampled = i + 1;
    }
    plan->keep = keep;
    return 1;
}

/* As noise_distribution() and alias_table() there. */
static int make_noise(w2v_plan *plan, const int64_t *counts) {
    const int32_t V = plan->vocabulary;
    uint64_t *weights;
    uint32_t *threshold;
    int32_t *alias, *work;
    w2v_alias *noise;
    double *shares, sum = 0, most = -INFINITY;
    ZEROS(weights, V), ZEROS(threshold, V), ZEROS(alias, V), ZEROS(work, V), ZEROS(noise, V);
    ZEROS(shares, V);
    if (!weights || !threshold || !alias || !work || !noise || !shares) return 0;
    for (int32_t i = 0; i < V; i++) {
        shares[i] = settings.ns_exponent * log((double)counts[i]);
        most = fmax(most, shares[i]);
    }
    for (int32_t i = 0; i < V; i++) sum += shares[i] = exp(shares[i] - most);
    int64_t left = (int64_t)V << 32, largest = 0;
    for (int32_t i = 0; i < V; i++) {
        weights[i] = (uint64_t)rint(shares[i] * ((double)V * 4294967296.0 / sum));
        left -= (int64_t)weights[i];
        if (shares[i] > shares[largest]) largest = i;
    }
    weights[largest] += (uint64_t)left;
    w2v_fill_alias(weights, work, threshold, alias, V);
    for (int32_t i = 0; i < V; i++) noise[i] = (w2v_alias){threshold[i], alias[i]};
    plan->noise = noise;
    return 1;
}

/* As huffman() there. */
static int make_paths(w2v_plan *plan, const int64_t *counts) {
    const int64_t V = plan->vocabulary, nodes = 2 * V - 1;
    int64_t *weight, *starts;
    int32_t *up, *depth, *path;
    uint8_t *code, *codes;
    float *labels;
    ZEROS(weight, nodes), ZEROS(up, nodes), ZEROS(depth, nodes), ZEROS(code, nodes);
    ZEROS(starts, V + 1);
    if (!weight || !up || !depth || !code || !starts) return 0;
    memcpy(weight, counts, (size_t)V * sizeof *weight);
    w2v_join_huffman(weight, up, code, depth, V);
    for (int64_t i = 0; i < V; i++) {
        starts[i + 1] = starts[i] + depth[i];
        plan->longest_path = w2v_max(plan->longest_path, depth[i]);
    }
    ZEROS(path, starts[V] + 1), ZEROS(codes, starts[V] + 1), ZEROS(labels, starts[V] + 16);
    if (!path || !codes || !labels) return 0;
    w2v_fill_paths(up, code, starts, path, codes, V);
    for (int64_t k = 0; k < starts[V]; k++) labels[k] = 1 - (float)codes[k];
    plan->path_starts = starts, plan->path_nodes = path, plan->path_labels = labels;
    return 1;
}

static int make_matrix(w2v_matrix *matrix, int64_t rows, w2v_shape shape) {
    matrix->rows = rows;
    ZEROS(matrix->W, rows * shape.stride);
    return matrix->W != NULL;
}

/* Make ready to train on the text that was encoded: counts of the words by their new numbers,
 * descending. Returns W2V_OK or W2V_NO_MEMORY. */
int32_t EXPORT(words_begin)(const double *counts_, int32_t V) {
    w2v_plan *plan = &training.plan;
    const int64_t d = (int64_t)settings.vector_size;
    int64_t *counts;
    double total = 0;
    ZEROS(counts, V);
    if (counts == NULL) return W2V_NO_MEMORY;
    for (int32_t i = 0; i < V; i++) total += counts_[i], counts[i] = (int64_t)counts_[i];
    plan->kernels = w2v_pick_kernels(NULL);
    plan->shape = w2v_shape_of(d, plan->kernels);
    plan->ids = text.ids, plan->offsets = text.offsets;
    plan->tokens = text.tokens, plan->sentences = text.sentences;
    plan->vocabulary = V;
    plan->architecture = (int32_t)settings.architecture;
    plan->loss = (int32_t)settings.loss;
    plan->window = (int32_t)settings.window;
    plan->negative = plan->loss == W2V_LOSS_NS ? (int32_t)settings.negative : 0;
    plan->shrink_windows = (int32_t)settings.shrink_windows;
    plan->exact_gradient = (int32_t)settings.exact_gradient;
    plan->seed = (uint64_t)settings.seed;
    plan->workers = 1;
    w2v_cut_corpus(plan, w2v_longest_sentence(text.offsets, text.sentences));
    w2v_cut_steps(plan);
    if (!make_keep(plan, counts, total)) return W2V_NO_MEMORY;
    if (plan->loss == W2V_LOSS_NS && !make_noise(plan, counts)) return W2V_NO_MEMORY;
    if (plan->loss == W2V_LOSS_HS && !make_paths(plan, counts)) return W2V_NO_MEMORY;
    if (!make_matrix(&plan->in, V, plan->shape) ||
        !make_matrix(&plan->out, V - (plan->loss == W2V_LOSS_HS), plan->shape))
        return W2V_NO_MEMORY;
    w2v_fill_uniform(plan->in.W, V, plan->shape.stride, d, plan->seed, (float)(1.0 / (double)d));
    w2v_memory counted = {0}, memory = {0};
    w2v_lay_out_training(&training, &counted);
    memory.start = zeros((size_t)counted.used);
    if (memory.start == NULL) return W2V_NO_MEMORY;
    w2v_lay_out_training(&training, &memory);
    return W2V_OK;
}

float *EXPORT(words_in)(void) { return training.plan.in.W; }
float *EXPORT(words_out)(void) { return training.plan.out.W; }
int32_t EXPORT(words_stride)(void) { return (int32_t)training.plan.shape.stride; }

void EXPORT(words_epoch)(int32_t epoch, double alpha, double end_alpha) {
    w2v_start_epoch(&training, epoch, (float)alpha, (float)end_alpha, 0);
}

/* Train on the next blocks of the epoch; return how many are left. What was done stands in
 * words_slice(): words, examples, and the sum of their losses in nats. */
int32_t EXPORT(words_train)(int32_t blocks) {
    w2v_plan *plan = &training.plan;
    w2v_signals *signals = training.signals;
    const int64_t all = plan->blocks, end = w2v_min(all, signals->next_block + blocks);
    memset(training.reports, 0, sizeof *training.reports);
    plan->blocks = end;
    w2v_work(&training, 0);
    slice = w2v_done(&training);
    plan->blocks = all;
    signals->next_block = end; /* the worker asked for one more */
    return (int32_t)(all - end);
}
const double *EXPORT(words_slice)(void) { return &slice.words; }

/* --- one step -------------------------------------------------------------------------------- */

static struct {
    int32_t n;
    int32_t *rows; /* of W_out */
    float *labels;
    int32_t target;
} example;

/* Choose the outputs of a word to be predicted, noise words by the seed; return how many. */
int32_t EXPORT(example_begin)(int32_t target, double seed) {
    const w2v_plan *plan = &training.plan;
    const int64_t most = w2v_max(plan->out.rows, plan->negative + 1);
    uint64_t state = (uint64_t)seed;
    if (example.rows == NULL) {
        ZEROS(example.rows, most);
        ZEROS(example.labels, most + 16);
        if (example.rows == NULL || example.labels == NULL) return W2V_NO_MEMORY;
    }
    example.target = target;
    example.n = 0;
#define ADD(row, label) example.rows[example.n] = row, example.labels[example.n++] = label
    if (plan->loss == W2V_LOSS_SOFTMAX) {
        for (int32_t i = 0; i < plan->vocabulary; i++) ADD(i, i == target);
    } else if (plan->loss == W2V_LOSS_HS) {
        for (int64_t k = plan->path_starts[target]; k < plan->path_starts[target + 1]; k++)
            ADD(plan->path_nodes[k], plan->path_labels[k]);
    } else {
        ADD(target, 1);
        for (int32_t k = 0; k < plan->negative; k++)
            for (int tries = 0; tries < 8; tries++) {
                const int32_t row =
                    w2v_draw(plan->noise, (uint32_t)plan->vocabulary, w2v_next(&state));
                if (row == target) continue;
                ADD(row, 0);
                break;
            }
    }
#undef ADD
    return example.n;
}
const int32_t *EXPORT(example_rows)(void) { return example.rows; }
const float *EXPORT(example_labels)(void) { return example.labels; }

/* Take one step on the example, from the mean of `count` rows of W_in; return its loss in nats, or
 * -1 if there is no room. */
double EXPORT(example_step)(const int32_t *inputs, int32_t count, double alpha) {
    const w2v_plan *plan = &training.plan;
    const w2v_shape shape = plan->shape;
    const int softmax = plan->loss == W2V_LOSS_SOFTMAX;
    float *H, *E, *S, **in, **out;
    ZEROS(H, shape.stride), ZEROS(E, shape.stride);
    ZEROS(S, w2v_score_stride(example.n) + 16);
    ZEROS(in, count), ZEROS(out, example.n + 1);
    double loss = -1;
    if (H && E && S && in && out) {
        for (int32_t k = 0; k < count; k++) in[k] = plan->in.W + inputs[k] * shape.stride;
        for (int32_t j = 0; j < example.n; j++)
            out[j] = plan->out.W + example.rows[j] * shape.stride;
        int32_t starts[2] = {0, count}, target_starts[2] = {0, 1};
        w2v_stepper stepper = {
            .kernels = plan->kernels, .shape = shape, .means = 1,
            .link = softmax ? W2V_LINK_SOFTMAX : W2V_LINK_SIGMOID,
            .distinct = plan->loss != W2V_LOSS_NS, .exact_gradient = plan->exact_gradient,
            .H = H, .hidden = &H, .E = E, .S = S, .loss = w2v_no_loss(),
        };
        w2v_job job = {
            .m = 1, .n = example.n, .inputs = in, .starts = starts, .outputs = out,
            .labels = example.labels, .targets = &example.target, .target_starts = target_starts,
        };
        w2v_step(&stepper, &job, (float)alpha, &job);
        w2v_settle(&stepper.loss);
        loss = stepper.loss.nats;
    }
    free(H), free(E), free(S), free(in), free(out);
    return loss;
}
