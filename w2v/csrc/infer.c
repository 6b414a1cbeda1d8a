/* See infer.h. */
#include "infer.h"
#include "threads.h"
#include "train.h"
#include "words.h"

/* Noise words are picked from a quarter of those that a block draws: so many, at least, of each of
 * `negative`, let a short document have different ones. */
#define LEAST_NOISE 40

/* A number that stands for a document: of its words in their order, and of the seed. */
static uint64_t document_seed(uint64_t seed, const int32_t *ids, int64_t n) {
    uint64_t key = w2v_mix(seed);
    for (int64_t i = 0; i < n; i++) key = w2v_mix(key + (uint64_t)ids[i] * W2V_GOLDEN);
    return key;
}

/* Train the vector of document i: a corpus of one sentence, whose tag is the row in its place. */
static void infer_document(const w2v_plan *corpus, w2v_worker *w, w2v_inference *inference,
                           int64_t i) {
    w2v_plan plan = *corpus;
    w2v_block *block = &w->block;
    const int64_t offsets[2] = {0, corpus->offsets[i + 1] - corpus->offsets[i]};
    const int64_t tag_starts[2] = {0, 1};
    plan.ids += corpus->offsets[i];
    plan.offsets = offsets;
    plan.tag_starts = tag_starts;
    plan.tag_rows = &inference->row;
    plan.sentences = 1;
    plan.tokens = offsets[1];
    plan.blocks = (plan.tokens + plan.block_tokens - 1) / plan.block_tokens;
    const int64_t noise = w2v_max(LEAST_NOISE, plan.tokens / W2V_NOISE_REUSE) * plan.negative;
    plan.noise_words = (int32_t)w2v_min(noise, corpus->noise_words);
    plan.seed = document_seed(corpus->seed, plan.ids, plan.tokens);
    w->in.place[inference->row] = (int32_t)i;
    w2v_fill_uniform(inference->vectors + i * plan.shape.stride, 1, plan.shape.stride,
                     inference->columns, plan.seed, 1 / (float)inference->columns);
    const float fall = (inference->end_alpha - inference->alpha) / (float)inference->epochs;
    for (plan.epoch = 0; plan.epoch < inference->epochs; plan.epoch++) {
        plan.alpha = inference->alpha + fall * (float)plan.epoch;
        plan.end_alpha = plan.alpha + fall;
        for (block->number = 0; block->number < plan.blocks; block->number++) {
            block->turn = block->number;
            w2v_choose_words(&plan, block);
            w2v_choose_noise(&plan, block);
            w2v_train_block(&plan, w, block, &inference->stop);
        }
    }
}

void w2v_infer(const w2v_training *training, int64_t worker, w2v_inference *inference) {
    const w2v_plan *plan = &training->plan;
    w2v_worker *w = training->workers[worker];
    int64_t i;
    w->in.place = inference->places + worker * plan->in.rows;
    w->in.copies = inference->vectors;
    while (!w2v_load(&inference->stop) && (i = w2v_fetch_add(&inference->next, 1)) < plan->sentences)
        infer_document(plan, w, inference, i);
}
