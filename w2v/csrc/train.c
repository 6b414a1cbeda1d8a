/* The training loop. The structures and promises are in train.h. */
#include "train.h"
#include "threads.h"

#include <string.h>

/* --- one step -------------------------------------------------------------------------------- */

void w2v_step(w2v_stepper *s, const w2v_job *job, float alpha, const w2v_job *ahead) {
    const w2v_kernels *k = s->kernels;
    const int64_t ns = s->softmax ? w2v_score_stride(job->n) : job->n;
    float *const *h = job->inputs;
    if (s->means) {
        k->gather(s->H, job->inputs, job->starts, job->m, s->shape);
        h = s->rows;
    }
    k->scores(s->S, ns, h, job->m, job->outputs, job->n, s->shape);
    if (s->softmax)
        k->softmax_errors(s->S, ns, job->targets, job->target_starts, job->m, job->n, alpha,
                          &s->loss);
    else
        k->sigmoid_errors(s->S, job->labels, (int64_t)job->m * job->n, alpha, &s->loss);
    k->update(s->E, h, job->m, s->S, ns, job->outputs, job->n, s->distinct, job->in_place,
              ahead->outputs, ahead->n_ahead, s->shape);
    if (!job->in_place) k->scatter(job->inputs, job->starts, s->E, job->m, s->exact, s->shape);
}

/* --- the words of a block -------------------------------------------------------------------- */

/* The key of a block's noise words; block -1: of an epoch's per-token decisions. */
static uint64_t block_key(const w2v_plan *plan, int64_t block) {
    return w2v_mix(w2v_mix(w2v_mix(plan->seed) + (uint64_t)plan->epoch * W2V_GOLDEN) +
                   (uint64_t)block);
}

/* 64 random bits that belong to one token of one epoch: who asks does not matter. */
static inline uint64_t token_bits(uint64_t key, int64_t position) {
    return w2v_mix(key ^ ((uint64_t)position * W2V_GOLDEN));
}

static inline int is_kept(const w2v_plan *plan, uint64_t bits, int32_t word) {
    return word >= plan->sampled || (uint32_t)bits < plan->keep[word];
}

/* The sentence that holds a token: the last one that starts at or before it. */
static int64_t find_sentence(const w2v_plan *plan, int64_t position) {
    int64_t low = 0, high = plan->sentences;
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        if (plan->offsets[middle] <= position)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static inline int64_t min(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t max(int64_t a, int64_t b) { return a > b ? a : b; }

/* Blocks cut long sentences for the work's sake only: the words on both sides of the cut are
 * looked up, so that a centre sees the context it has in the uncut sentence. */
void w2v_choose_words(const w2v_plan *plan, w2v_block *block) {
    const uint64_t key = block_key(plan, -1);
    int64_t first = block->number * plan->block;
    const int64_t last = min(first + plan->block, plan->tokens);
    int32_t *words = block->words, *low = block->low, *high = block->high;
    int64_t n = 0;
    for (int64_t sentence = find_sentence(plan, first); first < last; sentence++) {
        const int64_t begin = plan->offsets[sentence], end = plan->offsets[sentence + 1];
        const int64_t piece = n;
        /* only where the block begins mid-sentence: */
        for (int64_t p = first - 1; p >= begin && n < piece + plan->window; p--)
            if (is_kept(plan, token_bits(key, p), plan->ids[p])) words[n++] = plan->ids[p];
        for (int64_t a = piece, b = n - 1; a < b; a++, b--) {
            const int32_t word = words[a];
            words[a] = words[b];
            words[b] = word;
        }
        for (int64_t t = piece; t < n; t++) low[t] = high[t] = 0;
        const int64_t centres = n;
        for (int64_t p = first; p < min(end, last); p++) {
            const uint64_t bits = token_bits(key, p);
            if (!is_kept(plan, bits, plan->ids[p])) continue;
            words[n] = plan->ids[p];
            low[n] = plan->window; /* its reach, for now */
            if (plan->shrink)
                low[n] = 1 + (int32_t)w2v_below((uint32_t)(bits >> 32), (uint32_t)plan->window);
            n++;
        }
        const int64_t beyond = n;
        /* only where it ends mid-sentence: */
        for (int64_t p = last; p < end && n < beyond + plan->window; p++)
            if (is_kept(plan, token_bits(key, p), plan->ids[p])) {
                words[n] = plan->ids[p];
                low[n] = high[n] = 0;
                n++;
            }
        for (int64_t t = centres; t < beyond; t++) {
            const int32_t reach = low[t];
            low[t] = (int32_t)max(piece, t - reach);
            high[t] = (int32_t)min(n, t + reach + 1);
        }
        first = min(end, last);
    }
    block->n = n;
}

/* The table does not fit the nearer caches, so its entries are asked for some draws ahead. */
#define NOISE_AHEAD 16

static void choose_noise(const w2v_plan *plan, w2v_block *block) {
    block->stream = block_key(plan, block->number);
    const uint32_t V = (uint32_t)plan->vocabulary;
    uint64_t bits[NOISE_AHEAD];
    for (int32_t k = 0; k < plan->pool + NOISE_AHEAD; k++) {
        uint64_t *const slot = &bits[k % NOISE_AHEAD];
        if (k >= NOISE_AHEAD) block->noise[k - NOISE_AHEAD] = w2v_draw(plan->noise, V, *slot);
        if (k >= plan->pool) continue;
        *slot = w2v_next(&block->stream);
        W2V_PREFETCH_READ(&plan->noise[w2v_entry(V, *slot)]);
    }
}

/* --- jobs ------------------------------------------------------------------------------------ */

/* The row to work on for a row of the model: itself, or the worker's copy. */
static inline float *row_of(const w2v_rows *rows, int32_t row, w2v_shape shape) {
    if (rows->slot != NULL) {
        const int32_t copy = rows->slot[row];
        /* two choices of a number, not one of a way to go, which would often be guessed wrong */
        return (copy < 0 ? rows->W : rows->copies) + (copy < 0 ? row : copy) * shape.stride;
    }
    return (row < rows->split ? rows->copies : rows->W) + row * shape.stride;
}

static inline void end_example(w2v_job *job, int32_t inputs, int32_t targets) {
    job->starts[job->m + 1] = job->starts[job->m] + inputs;
    job->target_starts[job->m + 1] = job->target_starts[job->m] + targets;
    job->m++;
}

/* Build the examples of centre t from its context.
 *
 * CBOW makes one, the mean of the context, to predict the centre. Skip-gram makes pairs, in the
 * order in which they share most work: with the exact softmax the centre is the input, and one
 * pass over all output rows serves its whole context; else the context words are the inputs, and
 * one list of output rows, the centre's, serves them all. */
static inline void add_examples(const w2v_plan *plan, const w2v_worker *w, const w2v_block *block,
                                int64_t t, w2v_job *job) {
    const int64_t low = block->low[t], before = t - low, after = block->high[t] - t - 1;
    const int32_t around = (int32_t)(before + after);
    if (around < 1) return; /* no centre, or alone in its sentence */
    float **inputs = job->inputs + job->starts[job->m];
    int32_t *targets = job->targets + job->target_starts[job->m];
    if (plan->softmax && !plan->cbow) {
        inputs[0] = w->inputs[t];
        memcpy(targets, block->words + low, (size_t)before * sizeof *targets);
        memcpy(targets + before, block->words + t + 1, (size_t)after * sizeof *targets);
        end_example(job, 1, around);
        return;
    }
    for (int64_t k = 0; k < before; k++) inputs[k] = w->inputs[low + k];
    for (int64_t k = 0; k < after; k++) inputs[before + k] = w->inputs[t + 1 + k];
    if (plan->cbow) {
        targets[0] = block->words[t];
        end_example(job, around, 1);
    } else {
        job->m = around; /* one input each: starts is 0, 1, 2, ... for good */
        job->in_place = w->repeated[block->high[t] - 1] < low;
    }
}

/* How many of a block's noise words a centre picks from: those that are its neighbours' too, so
 * that a row is used again while it still is in the nearer caches. They move on with the centres. */
static inline uint32_t near_noise(const w2v_plan *plan) { return ((uint32_t)plan->pool + 3) / 4; }

/* A noise word's row: one of the block's from `first` on, or any, if centres do not share theirs. */
static inline float *pick_noise(const w2v_plan *plan, const w2v_worker *w, w2v_block *block,
                                int64_t first) {
    const uint64_t bits = w2v_next(&block->stream);
    if (plan->shared) return w->pool[first + w2v_below((uint32_t)(bits >> 32), near_noise(plan))];
    return row_of(&w->outs, w2v_draw(plan->noise, (uint32_t)plan->vocabulary, bits),
                  w->stepper.shape);
}

/* Build the outputs of negative sampling: the centre, label 1, and noise words, label 0. A noise
 * word that is the centre itself is picked again; after a few vain tries (a vocabulary of little
 * else) it is left out. */
static inline void add_noise(const w2v_plan *plan, const w2v_worker *w, w2v_block *block,
                             int64_t t, w2v_job *job, float *labels) {
    float *const centre = row_of(&w->outs, block->words[t], w->stepper.shape);
    const int64_t first = (plan->pool - near_noise(plan)) * t / block->n;
    job->outputs[0] = centre;
    job->n = 1;
    for (int32_t k = 0; k < plan->negative; k++)
        for (int tries = 0; tries < 8; tries++) {
            float *row = pick_noise(plan, w, block, first);
            if (row == centre) continue;
            job->outputs[job->n++] = row;
            break;
        }
    job->labels = plan->labels;
    if (job->n <= plan->negative) {
        for (int64_t f = 0; f < (int64_t)job->m * job->n; f++) labels[f] = f % job->n == 0;
        job->labels = labels;
    }
}

/* Build the outputs of hierarchical softmax: the nodes on the centre's Huffman path. */
static inline void add_path(const w2v_plan *plan, const w2v_worker *w, int32_t word, w2v_job *job,
                            float *labels) {
    const int64_t start = plan->path_starts[word];
    job->n = (int32_t)(plan->path_starts[word + 1] - start);
    for (int32_t k = 0; k < job->n; k++)
        job->outputs[k] = row_of(&w->outs, plan->path_nodes[start + k], w->stepper.shape);
    for (int32_t i = 0; i < job->m; i++) /* too much: the next example's labels come on top */
        for (int32_t k = 0; k < job->n; k += 8)
            memcpy(labels + (int64_t)i * job->n + k, plan->path_labels + start + k,
                   8 * sizeof *labels);
    job->labels = labels;
}

/* Train on a finished job and empty it. */
static inline void run(const w2v_plan *plan, w2v_worker *w, w2v_job *job, float alpha,
                       const w2v_job *ahead) {
    if (job->m == 0) return;
    w2v_step(&w->stepper, job, alpha, ahead);
    w->examples += plan->softmax ? job->target_starts[job->m] : job->m;
    job->m = 0;
}

/* Train on the pairs of jobs[0] one after another, each with noise words of its own, as word2vec.c
 * does: the yardstick for the form in which a centre's pairs share them. */
static void train_pairs(const w2v_plan *plan, w2v_worker *w, w2v_block *block, int64_t t,
                        float alpha) {
    w2v_job *all = &w->jobs[0], *one = &w->jobs[1];
    for (int32_t i = 0; i < all->m; i++) {
        one->m = 1;
        one->inputs[0] = all->inputs[i];
        one->in_place = 1;
        add_noise(plan, w, block, t, one, w->labels[1]);
        run(plan, w, one, alpha, one);
    }
    all->m = 0;
}

static inline float rate(const w2v_plan *plan, int64_t position) {
    return plan->alpha +
           (plan->end_alpha - plan->alpha) * ((float)position / (float)plan->tokens);
}

/* Find for each word of a block which came last of those that stand twice up to it, as far as a
 * context reaches. */
static void find_repeated(const w2v_plan *plan, const w2v_block *block, int32_t *repeated) {
    int32_t last = -1;
    for (int64_t t = 0; t < block->n; t++) {
        const int32_t first = (int32_t)max(last + 1, t - 2 * (int64_t)plan->window);
        for (int32_t p = (int32_t)t - 1; p >= first; p--)
            if (block->words[p] == block->words[t]) {
                last = p;
                break;
            }
        repeated[t] = last;
    }
}

/* Train on a block whose words are chosen. Two jobs take turns: while one is built the rows of the
 * other are on their way to the cache. */
static void train_block(const w2v_plan *plan, w2v_worker *w, w2v_block *block,
                        const int64_t *stop) {
    const float alpha = rate(plan, block->number * plan->block);
    int turn = 0;
    for (int64_t t = 0; t < block->n; t++)
        w->inputs[t] = row_of(&w->ins, block->words[t], w->stepper.shape);
    if (!plan->cbow && !plan->softmax) find_repeated(plan, block, w->repeated);
    for (int32_t k = 0; k < plan->pool; k++)
        w->pool[k] = row_of(&w->outs, block->noise[k], w->stepper.shape);
    for (int64_t t = 0; t < block->n; t++) {
        w2v_job *job = &w->jobs[turn];
        add_examples(plan, w, block, t, job);
        if (job->m < (plan->softmax ? plan->batch : 1)) continue;
        if (w2v_load(stop)) {
            job->m = 0; /* it has no outputs yet */
            break;
        }
        if (plan->softmax) {
            run(plan, w, job, alpha, &w->jobs[1]);
            continue;
        }
        if (plan->negative_sampling && !plan->shared) {
            train_pairs(plan, w, block, t, alpha);
            continue;
        }
        if (plan->negative_sampling)
            add_noise(plan, w, block, t, job, w->labels[turn]);
        else
            add_path(plan, w, block->words[t], job, w->labels[turn]);
        /* of the inputs only the word that will come in at the window's far end is new */
        job->outputs[job->n] = w->inputs[min(block->n - 1, t + 1 + plan->window)];
        job->n_ahead = job->n + 1;
        turn = 1 - turn;
        run(plan, w, &w->jobs[turn], alpha, job); /* the job built one centre ago */
    }
    run(plan, w, &w->jobs[1 - turn], alpha, &w->jobs[turn]);
    run(plan, w, &w->jobs[turn], alpha, &w->jobs[1 - turn]);
    w2v_settle(&w->stepper.loss);
}

/* --- several workers ------------------------------------------------------------------------- */

/* The changes that several blocks made to a row, all from the same start, are summed and damped:
 * one after another, each would have found the row nearer to where it pulls. With x = pull * alpha,
 * a block leaves q = 1 / (1 + x) of the way to go, so k blocks go (1 + q + ... + q^(k-1)) / k of
 * what their sum would be. Summing undamped diverges for frequent words. */
static inline float damping(float x, int64_t k) {
    const float q = 1 / (1 + x);
    float power = 1, weight = 1;
    for (int64_t i = 1; i < k; i++) weight += power *= q;
    return weight / (float)k;
}

/* --- free-running ---------------------------------------------------------------------------- */

/* Bring what the worker did to its copies into the model, and make new ones. */
static void share(const w2v_plan *plan, w2v_rows *rows, float alpha, int64_t workers) {
    for (int32_t row = 0; row < rows->split; row++) {
        const int64_t at = row * plan->shape.stride;
        float *restrict W = rows->W + at;
        float *restrict copy = rows->copies + at;
        float *restrict origin = rows->origin + at;
        const float weight = damping(rows->pull[row] * alpha, workers);
        for (int64_t c = 0; c < plan->shape.width; c++) {
            W[c] += (copy[c] - origin[c]) * weight;
            copy[c] = origin[c] = W[c];
        }
    }
}

static void share_all(const w2v_plan *plan, w2v_worker *w, const w2v_block *block, int64_t workers,
                      int64_t interval, int64_t *lock) {
    const int64_t done = min(block->number * plan->block, plan->tokens);
    const float alpha = rate(plan, done) * (float)interval;
    w2v_lock(lock);
    share(plan, &w->ins, alpha, workers);
    share(plan, &w->outs, alpha, workers);
    w2v_unlock(lock);
}

void w2v_train_free(const w2v_plan *plan, w2v_worker *w, w2v_block *block, int64_t *next,
                    const int64_t *stop, double *report, int64_t workers, int64_t interval,
                    int64_t *lock) {
    int64_t since = 0;
    block->number = 0;
    if (interval) share_all(plan, w, block, workers, interval, lock); /* makes the copies */
    while (!w2v_load(stop)) {
        block->number = w2v_fetch_add(next, 1);
        const int64_t first = block->number * plan->block;
        if (first >= plan->tokens) break;
        w2v_choose_words(plan, block);
        choose_noise(plan, block);
        train_block(plan, w, block, stop);
        if (interval && ++since % interval == 0)
            share_all(plan, w, block, workers, interval, lock);
        report[0] += (double)min(plan->block, plan->tokens - first);
        report[1] = (double)w->examples;
        report[2] = w->stepper.loss.nats;
    }
    if (interval) share_all(plan, w, block, workers, interval, lock);
}

/* --- repeatable: rounds ---------------------------------------------------------------------- */

/* The rows of one matrix that a block touches, while they are gathered. */
typedef struct {
    w2v_claim *claims;
    int32_t *slot;    /* the worker's: where in `touched` a row stands, if it does */
    int32_t *touched; /* (n,) */
    int32_t n;
    int32_t block, first, round; /* counted from 1: this one, the round's first, the round */
} touching;

/* Say that the block touches a row; 0 if it has said so before. In whatever order the workers do
 * so, the rows that several blocks touch end up contested, and no others. */
static inline int touch(touching *t, int32_t row) {
    const int32_t slot = t->slot[row];
    if (slot >= 0 && slot < t->n && t->touched[slot] == row) return 0;
    t->slot[row] = t->n;
    t->touched[t->n++] = row;
    w2v_claim *claim = &t->claims[row];
    if (w2v_exchange32(&claim->block, t->block) >= t->first)
        w2v_store32(&claim->contested, t->round);
    return 1;
}

/* The memory of a round: two of them take turns. */
static w2v_rounds memory_of(const w2v_rounds *both, int64_t turn) {
    w2v_rounds one = *both;
    if (turn % 2 == 0) return one;
    one.blocks += one.size;
    for (int k = 0; k < 2; k++) {
        w2v_shared *m = k ? &one.outs : &one.ins;
        m->claims += m->rows;
        m->touched += one.size * m->room;
        m->sizes += one.size;
    }
    return one;
}

/* Choose the words of block i of a round and say which rows it will touch. */
static void choose_block(const w2v_plan *plan, const w2v_worker *w, const w2v_rounds *rounds,
                         int64_t turn, int64_t i) {
    w2v_block *block = &rounds->blocks[i];
    const int32_t round = (int32_t)turn + 1, first = (int32_t)(turn * rounds->size) + 1;
    const int32_t own = first + (int32_t)i;
    touching ins = {.claims = rounds->ins.claims, .slot = w->ins.slot,
                    .touched = rounds->ins.touched + i * rounds->ins.room,
                    .block = own, .first = first, .round = round};
    touching outs = {.claims = rounds->outs.claims, .slot = w->outs.slot,
                     .touched = rounds->outs.touched + i * rounds->outs.room,
                     .block = own, .first = first, .round = round};
    block->number = turn * rounds->size + i;
    w2v_choose_words(plan, block);
    choose_noise(plan, block);
    for (int32_t k = 0; k < plan->pool; k++) {
        W2V_PREFETCH(&rounds->outs.claims[block->noise[min(k + 16, plan->pool - 1)]]);
        touch(&outs, block->noise[k]);
    }
    for (int64_t t = 0; t < block->n; t++) {
        const int32_t word = block->words[t];
        touch(&ins, word);
        if (block->high[t] == 0) continue; /* no centre */
        if (plan->negative_sampling) {
            touch(&outs, word);
            continue;
        }
        /* from the leaf up, as far as no path has come before */
        int64_t k = plan->path_starts[word + 1];
        while (k > plan->path_starts[word] && touch(&outs, plan->path_nodes[k - 1])) k--;
    }
    rounds->ins.sizes[i] = ins.n;
    rounds->outs.sizes[i] = outs.n;
}

/* Copy the contested rows among those that block i touches; the others are its alone, and it
 * trains them where they are. */
static void copy_rows(const w2v_shared *m, int64_t i, w2v_rows *rows, int32_t round,
                      w2v_shape shape) {
    const int64_t ahead = 8;
    int32_t *touched = m->touched + i * m->room;
    int32_t n = 0;
    rows->copies = m->copies + i * m->room * shape.stride;
    for (int32_t k = 0; k < m->sizes[i]; k++) {
        const int32_t row = touched[k];
        const int contested = m->claims[row].contested == round;
        rows->slot[row] = contested ? n : -1;
        touched[n] = row;
        n += contested;
    }
    m->sizes[i] = n;
    for (int32_t k = 0; k < n; k++) {
        if (k + ahead < n) w2v_prefetch_row(m->W + touched[k + ahead] * shape.stride, shape);
        memcpy(rows->copies + k * shape.stride, m->W + touched[k] * shape.stride,
               (size_t)shape.width * sizeof(float));
    }
}

/* Bring the copies that a round's blocks have trained back into the model.
 *
 * Each worker merges a stripe of the rows, always in the order of the blocks, so that the result
 * does not depend on how many workers there are. */
static void merge(const w2v_kernels *kernels, const w2v_shared *m, int64_t blocks, float alpha,
                  w2v_rows *rows, w2v_merge_room room, int64_t me, int64_t workers,
                  w2v_shape shape) {
    int32_t n = 0;
    for (int64_t b = 0; b < blocks; b++)
        for (int32_t k = 0; k < m->sizes[b]; k++) {
            const int32_t row = m->touched[b * m->room + k];
            if ((row >> 4) % workers != me) continue; /* 16 in a row: no line of two workers */
            float *copy = m->copies + (b * m->room + k) * shape.stride;
            const int32_t slot = rows->slot[row];
            if (slot >= 0 && slot < n && room.words[slot] == row) {
                kernels->add(room.sums[slot], copy, shape);
                room.counts[slot]++;
            } else {
                rows->slot[row] = n;
                room.words[n] = row;
                room.sums[n] = copy; /* the first copy becomes the sum */
                room.counts[n++] = 1;
            }
        }
    for (int32_t k = 0; k < n; k++) {
        const float weight = damping(m->pull[room.words[k]] * alpha, room.counts[k]);
        kernels->blend(m->W + room.words[k] * shape.stride, room.sums[k], (float)room.counts[k],
                       weight, shape);
    }
}

/* The number of blocks in a round: the last one may be short. */
static int64_t blocks_of(const w2v_plan *plan, const w2v_rounds *rounds, int64_t turn) {
    const int64_t blocks = (plan->tokens + plan->block - 1) / plan->block;
    return min(rounds->size, blocks - turn * rounds->size);
}

/* Choose the words of blocks of a round, as long as some are left. */
static void choose_round(const w2v_plan *plan, const w2v_worker *w, const w2v_rounds *rounds,
                         int64_t turn, const int64_t *stop) {
    const w2v_rounds memory = memory_of(rounds, turn);
    const int64_t blocks = blocks_of(plan, rounds, turn);
    int64_t i;
    if (blocks <= 0) return; /* the epoch ends before */
    while (!w2v_load(stop) && (i = w2v_fetch_add(&rounds->chosen[turn], 1)) < blocks)
        choose_block(plan, w, &memory, turn, i);
}

void w2v_train_rounds(const w2v_plan *plan, w2v_worker *w, const w2v_rounds *rounds,
                      w2v_merge_room room, int64_t me, int64_t workers, const int64_t *stop,
                      double *reports, int64_t pitch) {
    choose_round(plan, w, rounds, 0, stop);
    if (!w2v_meet(rounds->arrivals, workers, stop)) return;
    for (int64_t turn = 0; blocks_of(plan, rounds, turn) > 0; turn++) {
        const w2v_rounds memory = memory_of(rounds, turn);
        const int64_t blocks = blocks_of(plan, rounds, turn);
        const float alpha = rate(plan, turn * rounds->size * plan->block);
        int64_t i;
        while (!w2v_load(stop) && (i = w2v_fetch_add(&rounds->trained[turn], 1)) < blocks) {
            w2v_block *block = &memory.blocks[i];
            double *report = reports + i * pitch;
            copy_rows(&memory.ins, i, &w->ins, (int32_t)turn + 1, plan->shape);
            copy_rows(&memory.outs, i, &w->outs, (int32_t)turn + 1, plan->shape);
            w->examples = 0;
            w->stepper.loss.nats = report[2];
            train_block(plan, w, block, stop);
            report[0] += (double)min(plan->block, plan->tokens - block->number * plan->block);
            report[1] += (double)w->examples;
            report[2] = w->stepper.loss.nats;
        }
        choose_round(plan, w, rounds, turn + 1, stop); /* instead of waiting for the others */
        if (!w2v_meet(rounds->arrivals, workers, stop)) return;
        if (w2v_load(stop)) return; /* some blocks were not trained: nothing to merge */
        merge(plan->kernels, &memory.ins, blocks, alpha, &w->ins, room, me, workers, plan->shape);
        merge(plan->kernels, &memory.outs, blocks, alpha, &w->outs, room, me, workers,
              plan->shape);
        if (!w2v_meet(rounds->arrivals, workers, stop)) return;
    }
}
