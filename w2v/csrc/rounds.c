/* See rounds.h. */
#include "rounds.h"
#include "threads.h"
#include "train.h"
#include "words.h"

#include <string.h>

/* --- memory ---------------------------------------------------------------------------------- */

static int64_t rounds_of(const w2v_plan *plan) {
    return (plan->blocks + plan->round_blocks - 1) / plan->round_blocks;
}

static void lay_out_touched(const w2v_plan *plan, const w2v_matrix *matrix, int64_t most,
                            w2v_touched *touched, w2v_memory *memory) {
    touched->most = most;
    W2V_TAKE(memory, touched->claims, 2 * matrix->rows);
    W2V_TAKE(memory, touched->touched, 2 * plan->round_blocks * most);
    W2V_TAKE(memory, touched->sizes, 2 * plan->round_blocks);
    W2V_TAKE(memory, touched->copies, plan->round_blocks * most * plan->shape.stride);
}

void w2v_lay_out_rounds(const w2v_plan *plan, w2v_rounds *rounds, w2v_memory *memory) {
    const int64_t S = plan->round_blocks;
    lay_out_touched(plan, &plan->in, w2v_touched_in(plan), &rounds->in, memory);
    lay_out_touched(plan, &plan->out, w2v_touched_out(plan), &rounds->out, memory);
    W2V_TAKE(memory, rounds->chosen, rounds_of(plan));
    W2V_TAKE(memory, rounds->trained, rounds_of(plan));
    W2V_TAKE(memory, rounds->blocks, 2 * S);
    for (int64_t i = 0; i < 2 * S; i++) {
        w2v_block counted;
        w2v_lay_out_block(plan, memory->start == NULL ? &counted : &rounds->blocks[i], memory);
    }
}

void w2v_start_rounds(const w2v_plan *plan, w2v_rounds *rounds) {
    const size_t bytes = (size_t)rounds_of(plan) * sizeof(int64_t);
    memset(rounds->chosen, 0, bytes);
    memset(rounds->trained, 0, bytes);
    memset(rounds->in.claims, 0, (size_t)(2 * plan->in.rows) * sizeof(w2v_claim));
    memset(rounds->out.claims, 0, (size_t)(2 * plan->out.rows) * sizeof(w2v_claim));
}

/* The memory of a round: two of them alternate. */
static w2v_rounds memory_of(const w2v_plan *plan, const w2v_rounds *both, int64_t round) {
    w2v_rounds one = *both;
    if (round % 2 == 0) return one;
    const int64_t S = plan->round_blocks;
    one.blocks += S;
    one.in.claims += plan->in.rows;
    one.out.claims += plan->out.rows;
    for (int k = 0; k < 2; k++) {
        w2v_touched *touched = k ? &one.out : &one.in;
        touched->touched += S * touched->most;
        touched->sizes += S;
    }
    return one;
}

/* The number of block i of a round. Blocks that follow each other share the document that goes on
 * from one to the next, whose row both would train from the same start. So the blocks of a round of
 * documents lie apart, as far as they can. */
static int64_t number_of(const w2v_plan *plan, int64_t round, int64_t i) {
    return plan->tag_rows ? i * rounds_of(plan) + round : round * plan->round_blocks + i;
}

/* How many blocks a round has: some have one less, or the last one is short; none are behind it. */
static int64_t blocks_of(const w2v_plan *plan, int64_t round) {
    int64_t n = round < rounds_of(plan) ? plan->round_blocks : 0;
    while (n > 0 && number_of(plan, round, n - 1) >= plan->blocks) n--;
    return n;
}

/* --- choosing -------------------------------------------------------------------------------- */

/* The rows of one matrix that a block touches, while they are gathered. */
typedef struct {
    w2v_claim *claims;
    int32_t *place; /* the worker's: where in `rows` a row stands, if it does */
    int32_t *rows;  /* (n,) */
    int32_t n;
    int32_t block, first, round; /* counted from 1: this block, the round's first, the round */
} gathering;

/* Say that the block touches a row; 0 if it has said so before. In whatever order the workers do
 * so, the rows that several blocks touch end up contested, and no others. */
static inline int touch(gathering *g, int32_t row) {
    const int32_t place = g->place[row];
    if (place >= 0 && place < g->n && g->rows[place] == row) return 0;
    g->place[row] = g->n;
    g->rows[g->n++] = row;
    w2v_claim *claim = &g->claims[row];
    if (w2v_exchange32(&claim->block, g->block) >= g->first)
        w2v_store32(&claim->contested, g->round);
    return 1;
}

static gathering begin(const w2v_touched *touched, w2v_view *view, int64_t i, int64_t first,
                       int64_t round) {
    return (gathering){.claims = touched->claims,
                       .place = view->place,
                       .rows = touched->touched + i * touched->most,
                       .block = (int32_t)(first + i) + 1,
                       .first = (int32_t)first + 1,
                       .round = (int32_t)round + 1};
}

static void touch_tags(const w2v_plan *plan, gathering *in, int32_t sentence) {
    const int64_t end = plan->tag_starts[sentence + 1];
    for (int64_t k = plan->tag_starts[sentence]; k < end; k++) touch(in, plan->tag_rows[k]);
}

/* Choose the words of block i of a round and say which rows it will touch. */
static void choose_block(const w2v_plan *plan, w2v_worker *w, const w2v_rounds *memory,
                         int64_t round, int64_t i) {
    w2v_block *block = &memory->blocks[i];
    const int64_t first = round * plan->round_blocks;
    gathering in = begin(&memory->in, &w->in, i, first, round);
    gathering out = begin(&memory->out, &w->out, i, first, round);
    block->number = number_of(plan, round, i);
    block->turn = first + i;
    w2v_choose_words(plan, block);
    w2v_choose_noise(plan, block);
    for (int32_t k = 0; k < plan->noise_words; k++) {
        const int64_t ahead = w2v_min(k + 16, plan->noise_words - 1);
        W2V_PREFETCH(&memory->out.claims[block->noise[ahead]]);
        touch(&out, block->noise[k]);
    }
    for (int64_t t = 0; t < block->n; t++) {
        const int32_t word = block->words[t];
        if (plan->window) touch(&in, w2v_input(plan, block, t));
        if (plan->tag_rows != NULL && (t == 0 || block->sentence[t] != block->sentence[t - 1]))
            touch_tags(plan, &in, block->sentence[t]);
        if (block->context_end[t] == 0) continue; /* no centre */
        if (plan->loss == W2V_LOSS_NS) {
            touch(&out, word);
            continue;
        }
        /* from the leaf up, as far as no path has come before */
        int64_t k = plan->path_starts[word + 1];
        while (k > plan->path_starts[word] && touch(&out, plan->path_nodes[k - 1])) k--;
    }
    memory->in.sizes[i] = in.n;
    memory->out.sizes[i] = out.n;
}

/* Choose the words of blocks of a round, as long as some are left. */
static void choose_round(const w2v_plan *plan, w2v_worker *w, const w2v_rounds *rounds,
                         int64_t round, const int64_t *stop) {
    const w2v_rounds memory = memory_of(plan, rounds, round);
    const int64_t blocks = blocks_of(plan, round);
    int64_t i;
    if (blocks == 0) return; /* the epoch ends before */
    while (!w2v_load(stop) && (i = w2v_fetch_add(&rounds->chosen[round], 1)) < blocks)
        choose_block(plan, w, &memory, round, i);
}

/* --- training -------------------------------------------------------------------------------- */

/* Copy the contested rows among those that block i touches; the others are its alone, and it
 * trains them where they are. Frozen ones nobody changes. */
static void copy_rows(const w2v_matrix *matrix, const w2v_touched *touched, int64_t i,
                      w2v_view *view, int32_t round, w2v_shape shape) {
    const int64_t ahead = 8;
    int32_t *rows = touched->touched + i * touched->most;
    int32_t n = 0;
    view->copies = touched->copies + i * touched->most * shape.stride;
    for (int32_t k = 0; k < touched->sizes[i]; k++) {
        const int32_t row = rows[k];
        const int contested = touched->claims[row].contested == round &&
                              !(matrix->frozen && matrix->frozen[row]);
        view->place[row] = contested ? n : -1;
        rows[n] = row;
        n += contested;
    }
    touched->sizes[i] = n;
    for (int32_t k = 0; k < n; k++) {
        if (k + ahead < n) w2v_prefetch_row(view->W + rows[k + ahead] * shape.stride, shape);
        memcpy(view->copies + k * shape.stride, view->W + rows[k] * shape.stride,
               (size_t)shape.width * sizeof(float));
    }
}

/* Train on block i of a round, on copies of its own. */
static void train_block(const w2v_plan *plan, w2v_worker *w, const w2v_rounds *memory,
                        int64_t round, int64_t i, w2v_report *report, const int64_t *stop) {
    w2v_block *block = &memory->blocks[i];
    const int64_t first = block->number * plan->block_tokens;
    copy_rows(&plan->in, &memory->in, i, &w->in, (int32_t)round + 1, plan->shape);
    copy_rows(&plan->out, &memory->out, i, &w->out, (int32_t)round + 1, plan->shape);
    w->examples = 0;
    w->stepper.loss.nats = report->loss;
    w2v_train_block(plan, w, block, stop);
    w2v_add_to_report(report, w2v_min(plan->block_tokens, plan->tokens - first), w->examples,
                      w->stepper.loss.nats);
}

/* Bring the copies that a round's blocks have trained back into the model. Each worker merges some
 * of the rows, in the order of the blocks, so that their number does not matter. */
static void merge(const w2v_plan *plan, const w2v_matrix *matrix, const w2v_touched *touched,
                  int64_t blocks, float alpha, w2v_worker *w, int32_t *place) {
    const w2v_shape shape = plan->shape;
    int32_t n = 0;
    for (int64_t b = 0; b < blocks; b++)
        for (int32_t k = 0; k < touched->sizes[b]; k++) {
            const int32_t row = touched->touched[b * touched->most + k];
            /* 16 in a row: no cache line of two workers */
            if ((row >> 4) % plan->workers != w->number) continue;
            float *copy = touched->copies + (b * touched->most + k) * shape.stride;
            const int32_t at = place[row];
            if (at >= 0 && at < n && w->merged[at] == row) {
                plan->kernels->add(w->sums[at], copy, shape);
                w->counts[at]++;
            } else {
                place[row] = n;
                w->merged[n] = row;
                w->sums[n] = copy; /* the first copy becomes the sum */
                w->counts[n++] = 1;
            }
        }
    for (int32_t k = 0; k < n; k++) {
        const float weight = w2v_damping(matrix->updates[w->merged[k]] * alpha, w->counts[k]);
        plan->kernels->blend(matrix->W + w->merged[k] * shape.stride, w->sums[k],
                             (float)w->counts[k], weight, shape);
    }
}

void w2v_train_rounds(const w2v_plan *plan, w2v_worker *w, const w2v_rounds *rounds,
                      w2v_signals *signals, w2v_report *reports) {
    const int64_t *stop = &signals->stop;
    const int64_t S = plan->round_blocks, first = (w2v_load(&signals->next_block) + S - 1) / S;
    choose_round(plan, w, rounds, first, stop);
    if (!w2v_meet(&signals->arrivals, plan->workers, stop)) return;
    for (int64_t round = first; round < rounds_of(plan); round++) {
        const w2v_rounds memory = memory_of(plan, rounds, round);
        const int64_t blocks = blocks_of(plan, round);
        const float alpha = w2v_rate(plan, round * plan->round_blocks * plan->block_tokens);
        int64_t i;
        while (!w2v_load(stop) && (i = w2v_fetch_add(&rounds->trained[round], 1)) < blocks)
            train_block(plan, w, &memory, round, i, &reports[i], stop);
        choose_round(plan, w, rounds, round + 1, stop); /* instead of waiting for the others */
        if (!w2v_meet(&signals->arrivals, plan->workers, stop)) return;
        if (w2v_load(stop)) return; /* some blocks were not trained: nothing to merge */
        merge(plan, &plan->in, &memory.in, blocks, alpha, w, w->in.place);
        merge(plan, &plan->out, &memory.out, blocks, alpha, w, w->out.place);
        if (w->number == 0) { /* the others read it behind the meeting */
            w2v_store(&signals->next_block, w2v_min((round + 1) * S, plan->blocks));
            w2v_store(&signals->end, w2v_load(&signals->pause));
        }
        if (!w2v_meet(&signals->arrivals, plan->workers, stop)) return;
        if (w2v_load(&signals->end)) return;
    }
}
