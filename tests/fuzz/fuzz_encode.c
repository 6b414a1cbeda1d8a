/* Renumbering a corpus in blocks, in place or not, gives what one pass over its sentences gives. The
 * input: a size of block, the new ids of eight words, then the tokens; 0xFF ends a sentence. */
#include "fuzz.h"
#include "tokens.h"

enum { WORDS = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2 + WORDS || size > 4000) return 0;
    const int64_t step = 1 + data[0] % 61;
    const int in_place = data[1] & 1;
    int32_t *new_id = block_of(WORDS * sizeof *new_id);
    for (int k = 0; k < WORDS; k++) new_id[k] = (int8_t)data[2 + k];
    data += 2 + WORDS;
    size -= 2 + WORDS;

    int64_t n = 0, sentences = 0;
    for (size_t i = 0; i < size; i++) n += data[i] != 0xFF;
    int32_t *ids = block_of((size_t)n * sizeof *ids), *expected = block_of((size_t)n * sizeof *ids);
    int64_t *offsets = block_of((size + 2) * sizeof *offsets);
    int64_t *cuts = block_of((size + 2) * sizeof *cuts), kept = 0, full = 0;
    offsets[0] = cuts[0] = n = 0;
    for (size_t i = 0; i <= size; i++)
        if (i == size || data[i] == 0xFF) {
            if (n > offsets[sentences]) offsets[++sentences] = n;
            if (kept > cuts[full]) cuts[++full] = kept;
        } else {
            ids[n++] = data[i] % WORDS;
            if (new_id[data[i] % WORDS] >= 0) expected[kept++] = new_id[data[i] % WORDS];
        }
    int64_t *kept_offsets = copy_of(offsets, (size_t)(sentences + 1) * sizeof *offsets);
    int64_t *out_offsets = in_place ? kept_offsets
                                    : block_of((size_t)(sentences + 1) * sizeof *offsets);
    out_offsets[0] = 0;
    w2v_encoding at = {0};
    int64_t written = 0;
    for (int64_t i = 0; i < n; i += step) {
        const int64_t there = n - i < step ? n - i : step;
        int32_t *block = copy_of(ids + i, (size_t)there * sizeof *ids);
        int32_t *out = in_place ? block : block_of((size_t)there * sizeof *ids);
        const int64_t got = w2v_encode(&at, block, there, kept_offsets, sentences, new_id, out,
                                       out_offsets);
        PROMISE(got >= 0 && got <= there && written + got <= kept);
        PROMISE(!memcmp(out, expected + written, (size_t)got * sizeof *out));
        written += got;
        if (!in_place) free(out);
        free(block);
    }
    PROMISE(written == kept && at.kept == kept && at.sentences == full);
    PROMISE(!memcmp(out_offsets, cuts, (size_t)(full + 1) * sizeof *cuts));
    if (!in_place) free(out_offsets);
    free(kept_offsets);
    free(new_id);
    free(ids);
    free(expected);
    free(offsets);
    free(cuts);
    return 0;
}
