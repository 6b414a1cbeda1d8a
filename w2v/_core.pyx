# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False, auto_pickle=False, autotestdict=False
"""The compiled border: checked arrays in, loops without the GIL.

Five sections. *Kernels*: which instruction set runs, and one step of any objective on lists of
rows. *Training*: the loop over blocks of an encoded corpus, its two input builders and three
output builders. *Networks*: a training of a feed-forward network. *Tokens*: text to ids.
*Vectors*: files to rows, and rows to answers.

This file knows ids and rows. It does not know words' meaning, files or settings' defaults.
"""

import os
import threading
from collections import namedtuple

import numpy as np

from cpython.pycapsule cimport PyCapsule_GetName, PyCapsule_GetPointer
from cpython.unicode cimport PyUnicode_AsUTF8String
from libc.stddef cimport size_t
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memchr, memset

# --- kernels -------------------------------------------------------------------------------------

cdef const w2v_kernels* kernels = NULL


def isa_names():
    """Return the instruction sets this processor has kernels for, best first."""
    names = []
    while w2v_isa_name(len(names)) != NULL:
        names.append(w2v_isa_name(len(names)).decode())
    return names


def isa():
    """Return the name of the instruction set in use."""
    return kernels.isa.decode()


def use_isa(name=None):
    """Use the kernels of instruction set `name`; None means the best of this processor."""
    global kernels
    cdef bytes encoded = b"" if name is None else name.encode()
    cdef const char* wanted = NULL if name is None else <const char*>encoded
    if w2v_pick_kernels(wanted) == NULL:
        raise ImportError(
            f"W2V_ISA={name!r} names no kernels of this processor; it has "
            f"{', '.join(isa_names())} (unset W2V_ISA to take the first)"
        )
    kernels = w2v_pick_kernels(wanted)


use_isa(os.environ.get("W2V_ISA") or None)


cdef w2v_shape shape_of(int64_t columns) noexcept:
    """Return how rows of so many floats lie: they start on cache lines, the rest is padding."""
    cdef w2v_shape shape
    cdef int64_t per_line = W2V_ALIGN // 4
    shape.stride = (columns + per_line - 1) // per_line * per_line
    shape.width = (columns + kernels.lanes - 1) // kernels.lanes * kernels.lanes
    return shape


def aligned_zeros(rows, columns):
    """Return a (rows, columns) float32 view of zeros whose rows start on cache lines.

    The padding behind each row belongs to the kernels and stays zero.
    """
    stride = shape_of(columns).stride
    flat = np.zeros(rows * stride + W2V_ALIGN // 4, dtype=np.float32)
    start = -flat.ctypes.data % W2V_ALIGN // 4
    return flat[start:start + rows * stride].reshape(rows, stride)[:, :columns]


def check_rows(W, name):
    """Raise unless `W` is laid out as aligned_zeros() does it."""
    # numpy may report any stride for a matrix of one row
    stride = 4 * shape_of(W.shape[1]).stride if len(W) > 1 else W.strides[0]
    if W.dtype != np.float32 or W.strides != (stride, 4) or W.ctypes.data % W2V_ALIGN:
        raise ValueError(f"{name} must have the layout that aligned_zeros() makes")


def fill_uniform(float[:, :] W, uint64_t seed, float scale):
    """Fill `W` with numbers uniform in [-scale, scale), a function of seed, row and column."""
    cdef int64_t i, c
    cdef uint64_t key = w2v_mix(seed + W2V_GOLDEN)
    with nogil:
        for i in range(W.shape[0]):
            for c in range(W.shape[1]):
                # 24 bits: as many as a float32 in [0, 1) has
                W[i, c] = scale * (
                    <float>(w2v_mix(key + W2V_GOLDEN * <uint64_t>(i * W.shape[1] + c)) >> 40)
                    * <float>(2.0 ** -23) - <float>1.0
                )


cdef row_pointers(float[:, :] W, rows):
    """Return the addresses of some rows of a matrix, for C."""
    return np.uintp(<size_t>&W[0, 0]) + np.asarray(rows, dtype=np.uintp) * np.uintp(W.strides[0])


def train_step(W_in, W_out, inputs, starts, outputs, targets, float alpha, link, exact=True):
    """Take one step on given rows, in place: reference.step() in compiled form.

    Arguments and result are those of :func:`w2v.reference.step`; the matrices are float32 of any
    layout.
    """
    cdef int32_t[::1] starts_ = np.ascontiguousarray(starts, dtype=np.int32)
    cdef int32_t[::1] outputs_ = np.ascontiguousarray(outputs, dtype=np.int32)
    cdef int64_t m = starts_.shape[0] - 1, n = outputs_.shape[0]
    predicted = [np.atleast_1d(t) for t in targets] if link == "softmax" else [[0]] * m
    cdef int32_t[::1] targets_ = np.concatenate(predicted).astype(np.int32)
    cdef int32_t[::1] target_starts = np.cumsum([0, *map(len, predicted)]).astype(np.int32)
    if W_in.shape[1] != W_out.shape[1]:
        raise ValueError("the rows of W_in and W_out differ in length")
    if m < 1 or n < 1 or np.any(np.diff(starts) < 1) or starts_[0] != 0:
        raise ValueError("a step needs an output row and examples of at least one input each")
    if starts_[m] != len(inputs) or len(targets) != (m if link == "softmax" else n):
        raise ValueError("starts, inputs and targets do not belong together")
    for rows, W in ((inputs, W_in), (outputs, W_out), (targets_, outputs)):
        if np.min(rows) < 0 or np.max(rows) >= len(W):
            raise IndexError("a row number lies outside its matrix")
    cdef float[:, :] A = aligned_zeros(*W_in.shape)
    cdef float[:, :] B = aligned_zeros(*W_out.shape)
    np.asarray(A)[:] = W_in
    np.asarray(B)[:] = W_out
    cdef int64_t ns = w2v_score_stride(n)
    cdef float[:, :] H = aligned_zeros(m, W_in.shape[1])
    cdef float[:, :] E = aligned_zeros(m, W_in.shape[1])
    cdef float[:, :] S = aligned_zeros(1, m * ns + 16)
    cdef float[:, :] labels = aligned_zeros(1, m * n + 16)
    if link != "softmax":
        np.asarray(labels)[0, :m * n] = np.tile(np.asarray(targets, dtype=np.float32), m)
    cdef size_t[::1] hidden_rows = row_pointers(H, np.arange(m))
    cdef size_t[::1] input_rows = row_pointers(A, inputs)
    cdef size_t[::1] output_rows = row_pointers(B, outputs)
    cdef w2v_stepper stepper = w2v_stepper(
        kernels, shape_of(A.shape[1]), link == "softmax", len(inputs) > m,
        len(set(outputs)) == len(outputs), exact, &H[0, 0], <float**>&hidden_rows[0], &E[0, 0],
        &S[0, 0], w2v_no_loss()
    )
    cdef w2v_job job = w2v_job(
        <int32_t>m, <int32_t>n, <float**>&input_rows[0], &starts_[0], <float**>&output_rows[0],
        <int32_t>n, &labels[0, 0], &targets_[0], &target_starts[0],
        link != "softmax" and len(set(inputs)) == len(inputs) == m
    )
    w2v_step(&stepper, &job, alpha, &job)
    w2v_settle(&stepper.loss)
    W_in[:] = np.asarray(A)
    W_out[:] = np.asarray(B)
    return stepper.loss.nats


# --- training ------------------------------------------------------------------------------------

BLOCK = 1000
"""Words in a block, the unit of work, of randomness and of the learning rate."""

NOISE_REUSE = 5
"""Under negative sampling a block draws `BLOCK / NOISE_REUSE` noise words for each of `negative`,
and each centre picks its own from these: as good as drawing anew every time, while half as many
measured one to two points worse on analogies."""

SOFTMAX_EXAMPLES = 32
"""Examples that share a pass over all output rows: their hidden rows still fit the first cache."""

Settings = namedtuple("Settings", [
    "cbow",       # one example a centre, the mean of its context; else one for each context word
    "loss",       # "ns", "hs" or "softmax"
    "window",     # context words on each side, at most
    "shrink",     # draw each centre's window from 1..window
    "negative",   # noise words a centre
    "shared",     # negative sampling: the pairs of a centre share its noise words
    "exact",      # CBOW: the gradient of the mean, divided by the number of context words
    "seed",
])

Tables = namedtuple("Tables", [
    "keep",          # (V,) uint32: a word is kept if 32 random bits are below it ...
    "sampled",       # ... tested for ids below this one only
    "noise",         # (V, 2) uint32: Walker's table of the noise distribution, threshold and alias
    "path_starts",   # (V + 1,) int64: word i's Huffman path is
    "path_nodes",    # (P,) int32 rows of W_out and
    "path_labels",   # (P + 16,) float32: 1 - code, and what loads by eight may touch
])

Side = namedtuple("Side", [  # one matrix in the rounds of repeatable training
    "claims",        # (2, rows, 2) int32
    "touched",       # (2, S, R) int32
    "sizes",         # (2, S) int32
    "copies",        # (S, R, d) float32
    "pull",          # (rows,) float32
])

Rounds = namedtuple("Rounds", [  # w2v_rounds, see train.h
    "ins",           # Side
    "outs",          # Side
    "size",          # S
    "words",         # (2 * S, 3, n) int32: words, low and high of each block
    "noise",         # (2 * S, pool) int32
    "blocks",        # bytes: (2 * S,) w2v_block, which point to these
    "taken",         # (2, rounds of an epoch) int64
])


Hot = namedtuple("Hot", [
    "interval",      # blocks after which a worker brings its copies into the model
    "input_pull",    # (rows,) float32: of the rows of W_in that it has copies of, see damping()
    "output_pull",   # the same of W_out
])


def n_blocks(tokens):
    """Return the number of blocks that a corpus of `tokens` words is worked on in."""
    return (tokens + BLOCK - 1) // BLOCK


def longest_sentence(const int64_t[::1] offsets):
    """Return how many words it has; raise unless offsets begin at 0 and ascend."""
    cdef int64_t i, longest = 0, shortest = 1
    if offsets.shape[0] < 2 or offsets[0] != 0:
        raise ValueError("the corpus holds no sentence")
    with nogil:  # a loop: an array of lengths is as large as the offsets, and each worker is here
        for i in range(offsets.shape[0] - 1):
            longest = max(longest, offsets[i + 1] - offsets[i])
            shortest = min(shortest, offsets[i + 1] - offsets[i])
    if shortest < 1:
        raise ValueError("the corpus holds sentences without words")
    return longest


cdef int64_t around_of(settings, longest):
    """Return how many context words a centre has at most."""
    return 2 * min(settings.window, longest)


def make_rounds(tokens, size, settings, tables, rows_in, rows_out, columns, input_pull, output_pull,
                longest):
    """Return the memory for rounds of `size` blocks; what is not used of it takes none.

    Parameters
    ----------
    tokens : int
        Words of the corpus.
    size : int
        Blocks in a round, S.
    settings, tables : Settings, Tables
        What will be trained.
    rows_in, rows_out, columns : int
        Shapes of W_in and W_out.
    input_pull, output_pull : float32 (rows_in,), (rows_out,)
        See damping() in train.c.
    longest : int
        Words in the longest sentence.
    """
    length = BLOCK + around_of(settings, longest) + 1
    pool = noise_pool(settings)
    touched_in, touched_out = touched_rows(settings, tables, length)

    def side(rows, pull, touched):
        room = min(rows, touched)
        return Side(
            claims=np.zeros((2, rows, 2), dtype=np.int32),
            touched=np.zeros((2, size, room), dtype=np.int32),
            sizes=np.zeros((2, size), dtype=np.int32),
            copies=aligned_zeros(size * room, columns).reshape(size, room, columns),
            pull=pull,
        )

    cdef int32_t[:, :, ::1] words = np.zeros((2 * size, 3, length), dtype=np.int32)
    cdef int32_t[:, ::1] noise = np.zeros((2 * size, pool + 1), dtype=np.int32)
    cdef uint8_t[::1] raw = np.zeros(2 * size * sizeof(w2v_block), dtype=np.uint8)
    cdef w2v_block* blocks = <w2v_block*>&raw[0]
    cdef int64_t i
    for i in range(2 * size):
        blocks[i] = block_at(words[i], noise[i])
    return Rounds(
        ins=side(rows_in, input_pull, touched_in),
        outs=side(rows_out, output_pull, touched_out),
        size=size,
        words=np.asarray(words),
        noise=np.asarray(noise),
        blocks=np.asarray(raw),
        taken=np.zeros((2, -(-n_blocks(tokens) // size)), dtype=np.int64),
    )


cdef int64_t longest_path(tables):
    """Return how many nodes it has."""
    return np.diff(tables.path_starts).max()


cdef touched_rows(settings, tables, length):
    """Return how many rows of W_in and W_out a block of `length` words touches at most."""
    rows = 1 if settings.loss == "ns" else longest_path(tables)
    return length, BLOCK * rows + noise_pool(settings)


def start_rounds(rounds):
    """Make rounds ready for another epoch."""
    for array in (rounds.taken, rounds.ins.claims, rounds.outs.claims):
        array[:] = 0


cdef w2v_block block_at(int32_t[:, ::1] words, int32_t[::1] noise) noexcept:
    """Return a block whose lists stand in these arrays."""
    cdef w2v_block block
    memset(&block, 0, sizeof(block))
    block.words, block.low, block.high = &words[0, 0], &words[1, 0], &words[2, 0]
    block.noise = &noise[0]
    return block


def noise_pool(settings):
    """Return how many noise words a block draws."""
    return max(BLOCK // NOISE_REUSE, 1) * settings.negative if settings.loss == "ns" else 0


cdef w2v_plan make_plan(const int32_t[::1] ids, const int64_t[::1] offsets, settings, tables,
                        Py_ssize_t vocabulary, int64_t epoch):
    """Gather what all workers read; the arrays must outlive the plan.

    The offsets have passed longest_sentence().
    """
    cdef w2v_plan plan
    cdef int64_t i
    cdef uint32_t highest = 0
    cdef const uint32_t[::1] keep = tables.keep
    cdef const uint32_t[:, ::1] noise
    cdef const int32_t[::1] nodes
    cdef const int64_t[::1] starts
    cdef const float[::1] labels
    memset(&plan, 0, sizeof(plan))
    if offsets[offsets.shape[0] - 1] != ids.shape[0]:
        raise ValueError("the corpus holds no sentence")
    with nogil:
        for i in range(ids.shape[0]):
            highest = max(highest, <uint32_t>ids[i])  # of a negative id, a very high one
    if highest >= vocabulary or keep.shape[0] != vocabulary:
        raise ValueError("the corpus holds ids that the vocabulary does not")
    plan.kernels = kernels
    plan.block = BLOCK
    plan.seed = settings.seed
    plan.epoch = epoch
    plan.shared = settings.shared
    plan.ids = &ids[0]
    plan.offsets = &offsets[0]
    plan.sentences = offsets.shape[0] - 1
    plan.tokens = ids.shape[0]
    plan.vocabulary = <int32_t>vocabulary
    plan.keep = &keep[0]
    plan.sampled = tables.sampled
    plan.cbow = settings.cbow
    plan.window = settings.window
    plan.shrink = settings.shrink
    plan.batch = 1
    if settings.loss == "ns":
        noise = tables.noise
        if noise.shape[0] != vocabulary or noise.shape[1] != 2 or np.max(noise[:, 1]) >= vocabulary:
            raise ValueError("the noise table does not belong to the vocabulary")
        plan.negative_sampling = True
        plan.negative = settings.negative
        plan.pool = noise_pool(settings)
        plan.noise = <const w2v_alias*>&noise[0, 0]
    elif settings.loss == "hs":
        starts = tables.path_starts
        nodes = tables.path_nodes
        labels = tables.path_labels
        if starts.shape[0] != vocabulary + 1 or labels.shape[0] != nodes.shape[0] + 16:
            raise ValueError("the Huffman tree does not belong to the vocabulary")
        plan.hierarchical = True
        plan.path_starts = &starts[0]
        plan.path_nodes = &nodes[0]
        plan.path_labels = &labels[0]
    else:
        # The examples of a step share the old weights; in a small vocabulary many of them would
        # push the same rows, so there fewer are taken at a time.
        plan.batch = min(max(<int32_t>vocabulary // 256, 1), SOFTMAX_EXAMPLES)
        plan.softmax = True
    return plan


def train(ids, offsets, float[:, :] W_in, float[:, :] W_out, settings, tables, int64_t epoch,
          float alpha, float end_alpha, int64_t[::1] shared, double[:, :] report, int64_t me,
          int64_t workers, rounds=None, hot=None):
    """Be one worker of one epoch: take blocks until none is left. Releases the GIL.

    Without `rounds` all workers train the same weights at the same time, without locks (Hogwild).
    With them the result is the same for any number of workers: the S blocks of a round all start
    from the same weights, each on copies of its own, which are merged before the next round.

    Parameters
    ----------
    ids, offsets : int32 (T,), int64 (N + 1,)
        The encoded corpus; sentence i is ``ids[offsets[i]:offsets[i + 1]]``.
    W_in, W_out : float32 from aligned_zeros()
        The weights (V, d) and (V, d), or (V - 1, d) for hierarchical softmax; changed in place.
    settings, tables : Settings, Tables
        What to train and the arrays it draws from.
    epoch : int
        Number of the epoch: with the seed and the block it determines all random numbers.
    alpha, end_alpha : float
        Learning rates at the first and behind the last word; a block has that of its first.
    shared : int64 (4,)
        The next block to take, a flag that stops all workers when not 0, a count of arrivals, a
        lock.
    report : float64 (workers, 3), or (S, 3) with rounds
        Grows while training: words done, examples trained, sum of their losses in nats.
    me, workers : int
        Number of this worker, and of all; with rounds every one of them must be called.
    rounds : Rounds, optional
        From make_rounds().
    hot : Hot, optional
        Without rounds: the most frequent rows, which each worker has copies of.
    """
    check_rows(np.asarray(W_in), "W_in")
    check_rows(np.asarray(W_out), "W_out")
    cdef int64_t around = around_of(settings, longest_sentence(offsets))
    cdef w2v_plan plan = make_plan(ids, offsets, settings, tables, W_in.shape[0], epoch)
    plan.shape = shape_of(W_in.shape[1])
    plan.alpha, plan.end_alpha = alpha, end_alpha
    cdef int64_t outputs_needed = W_in.shape[0] - plan.hierarchical
    if W_out.shape[0] < outputs_needed or W_out.shape[1] != W_in.shape[1]:
        raise ValueError("W_out does not belong to W_in")
    if plan.hierarchical and len(tables.path_nodes) and (
            np.max(tables.path_nodes) >= W_out.shape[0] or np.min(tables.path_nodes) < 0):
        raise ValueError("the Huffman tree does not belong to W_out")
    if rounds is not None and (plan.softmax or not plan.shared):
        raise ValueError("rounds must know which rows a block will touch: the exact softmax "
                         "touches all, noise words that are drawn for each pair touch any")
    if report.shape[1] != 3 or shared.shape[0] != 4 or not 0 <= me < workers or (
            report.shape[0] < (workers if rounds is None else rounds.size)):
        raise ValueError("report, shared or me does not belong to so many workers")

    # Sizes: a centre has at most `around` context words, a job waits for `batch` examples.
    cdef int64_t examples = plan.batch if plan.cbow or plan.softmax else around + 1
    cdef int64_t outputs = 1 + plan.negative
    if plan.hierarchical:
        outputs = max(1, longest_path(tables))
    elif plan.softmax:
        outputs = W_in.shape[0]
    cdef int64_t scores = examples * (w2v_score_stride(outputs) if plan.softmax else outputs) + 16
    cdef float[:, :] H = aligned_zeros(examples, W_in.shape[1])
    cdef float[:, :] E = aligned_zeros(examples, W_in.shape[1])
    cdef float[:, :] S = aligned_zeros(1, scores)
    cdef size_t[::1] hidden = row_pointers(H, np.arange(examples))
    # skip-gram has one input an example; elsewhere either side of one may hold a whole context
    cdef int64_t flat = examples * (around + 1) if plan.cbow or plan.softmax else examples
    cdef size_t[:, ::1] inputs = np.zeros((2, flat), dtype=np.uintp)
    cdef size_t[:, ::1] rows = np.zeros((2, outputs + 1), dtype=np.uintp)
    cdef int32_t[:, ::1] starts = np.tile(np.arange(examples + 1, dtype=np.int32), (2, 1))
    cdef int32_t[:, ::1] targets = np.zeros((2, flat), dtype=np.int32)
    cdef int32_t[:, ::1] target_starts = np.zeros((2, examples + 1), dtype=np.int32)
    cdef float[:, ::1] labels = np.zeros((2, 16 if plan.softmax else scores), dtype=np.float32)
    cdef float[::1] pattern = np.zeros(scores, dtype=np.float32)
    cdef int64_t length = BLOCK + around + 1
    cdef int32_t[::1] repeated = np.zeros(length, dtype=np.int32)
    cdef size_t[:, ::1] addresses = np.zeros((2, length + plan.pool), dtype=np.uintp)
    if plan.softmax:
        np.asarray(rows)[0, :outputs] = row_pointers(W_out, np.arange(outputs))
    np.asarray(pattern)[::outputs] = 1
    plan.labels = &pattern[0]

    cdef w2v_worker w
    cdef int32_t k
    memset(&w, 0, sizeof(w))
    w.inputs = <float**>&addresses[0, 0]
    w.pool = <float**>&addresses[1, 0]
    w.repeated = &repeated[0]
    w.ins.W = &W_in[0, 0]
    w.outs.W = &W_out[0, 0]
    w.stepper = w2v_stepper(
        kernels, plan.shape, plan.softmax, plan.cbow, not plan.negative_sampling, settings.exact,
        &H[0, 0], <float**>&hidden[0], &E[0, 0], &S[0, 0], w2v_no_loss()
    )
    for k in range(2):
        w.labels[k] = &labels[k, 0]
        w.jobs[k] = w2v_job(
            0, <int32_t>outputs, <float**>&inputs[k, 0], &starts[k, 0], <float**>&rows[k, 0], 0,
            NULL, &targets[k, 0], &target_starts[k, 0], False
        )
    if rounds is not None:
        check_rounds(rounds, settings, tables, W_in, W_out, plan.tokens, length)
        train_rounds(&plan, &w, rounds, shared, report, me, workers)
        return
    cdef int32_t[:, ::1] words = np.zeros((3, length), dtype=np.int32)
    cdef int32_t[::1] noise = np.zeros(plan.pool + 1, dtype=np.int32)
    cdef w2v_block block = block_at(words, noise)
    cdef int64_t interval = 0
    cdef float[:, :, :] in_copies, out_copies
    if hot is not None:
        interval = hot.interval
        in_copies, out_copies = own_copies(hot.input_pull, W_in), own_copies(hot.output_pull, W_out)
        have_copies(&w.ins, in_copies, hot.input_pull)
        have_copies(&w.outs, out_copies, hot.output_pull)
    with nogil:
        w2v_train_free(&plan, &w, &block, &shared[0], &shared[1], &report[me, 0], workers,
                       interval, &shared[3])


cdef own_copies(pull, W):
    """Return room for a worker's copies of the first rows and for what they were made of."""
    rows = max(min(len(pull), len(W)), 1)
    return aligned_zeros(2 * rows, W.shape[1]).reshape(2, rows, W.shape[1])


cdef have_copies(w2v_rows* rows, float[:, :, :] copies, const float[::1] pull):
    """Let a worker's rows have copies."""
    rows.split = <int32_t>min(pull.shape[0], copies.shape[1])
    rows.copies, rows.origin = &copies[0, 0, 0], &copies[1, 0, 0]
    rows.pull = &pull[0]


cdef check_rounds(rounds, settings, tables, W_in, W_out, tokens, length):
    """Raise unless the memory of the rounds is enough for what will be trained."""
    if rounds.taken.shape[1] * rounds.size < n_blocks(tokens):
        raise ValueError("the rounds do not belong to the corpus")
    if rounds.words.shape[2] < length or rounds.noise.shape[1] <= noise_pool(settings):
        raise ValueError("the rounds do not belong to the settings")
    touched = touched_rows(settings, tables, length)
    for side, W, most in zip((rounds.ins, rounds.outs), (W_in, W_out), touched, strict=True):
        rows, columns = W.shape[:2]
        if not side.claims.shape[1] == len(side.pull) == rows or side.copies.shape[2] != columns:
            raise ValueError("the rounds do not belong to the weights")
        if min(side.touched.shape[2], side.copies.shape[1]) < min(rows, most):
            raise ValueError("the rounds do not belong to the loss")


cdef train_rounds(const w2v_plan* plan, w2v_worker* w, rounds, int64_t[::1] shared,
                  double[:, :] report, int64_t me, int64_t workers):
    """Be one worker of an epoch in rounds."""
    cdef w2v_rounds r
    cdef uint8_t[::1] blocks = rounds.blocks
    cdef int64_t[:, ::1] taken = rounds.taken
    cdef int64_t most = 0
    for side in (rounds.ins, rounds.outs):
        most = max(most, side.copies.shape[0] * side.copies.shape[1])
    cdef int32_t[:, ::1] merged = np.zeros((2, most), dtype=np.int32)
    cdef size_t[::1] sums = np.zeros(most, dtype=np.uintp)
    cdef int32_t[::1] in_slot = np.zeros(len(rounds.ins.pull), dtype=np.int32)
    cdef int32_t[::1] out_slot = np.zeros(len(rounds.outs.pull), dtype=np.int32)
    cdef w2v_merge_room room = w2v_merge_room(&merged[0, 0], <float**>&sums[0], &merged[1, 0])
    r.size = rounds.size
    r.blocks = <w2v_block*>&blocks[0]
    r.ins = shared_side(rounds.ins, &w.ins, &in_slot[0])
    r.outs = shared_side(rounds.outs, &w.outs, &out_slot[0])
    r.chosen, r.trained, r.arrivals = &taken[0, 0], &taken[1, 0], &shared[2]
    with nogil:
        w2v_train_rounds(plan, w, &r, room, me, workers, &shared[1], &report[0, 0],
                         report.strides[0] // <int64_t>sizeof(double))


cdef w2v_shared shared_side(side, w2v_rows* rows, int32_t* slot):
    """Return one matrix of the rounds for C, and let a worker's rows know of it."""
    cdef int32_t[:, ::1] sizes = side.sizes
    cdef int32_t[:, :, ::1] claims = side.claims, touched = side.touched
    cdef float[:, :, :] copies = side.copies
    cdef const float[::1] pull = side.pull
    rows.slot = slot
    return w2v_shared(rows.W, <w2v_claim*>&claims[0, 0, 0], &touched[0, 0, 0], &sizes[0, 0],
                      &copies[0, 0, 0], &pull[0], claims.shape[1], copies.shape[1])


def pairs(ids, offsets, settings, tables, int64_t epoch):
    """Yield the (word, context word) pairs of skip-gram that train() makes in an epoch, by block.

    Yields
    ------
    int32 (n, 2) arrays
    """
    cdef int64_t around = around_of(settings, longest_sentence(offsets))
    cdef w2v_plan plan = make_plan(ids, offsets, settings, tables, len(tables.keep), epoch)
    cdef int32_t[:, ::1] kept = np.zeros((3, BLOCK + around + 1), dtype=np.int32)
    cdef int32_t[::1] no_noise = np.zeros(1, dtype=np.int32)
    cdef w2v_block block = block_at(kept, no_noise)
    for number in range(n_blocks(plan.tokens)):
        block.number = number
        w2v_choose_words(&plan, &block)
        n = block.n
        words, low, high = np.array(kept[:, :n])
        # each centre as often as it has context words, beside the places low..high-1 but its own
        size = np.maximum(high - low - 1, 0)
        centres = np.repeat(np.arange(n), size)
        places = low[centres] + np.arange(len(centres)) - np.repeat(np.cumsum(size) - size, size)
        places += places >= centres
        if len(centres):
            yield np.column_stack([words[centres], words[places]])


# --- networks ------------------------------------------------------------------------------------

# In the order of the enums in network.h.
_ACTIVATIONS = ("sigmoid", "tanh", "relu", "linear", "sine", "softmax")
_LOSSES = ("squared_error", "binary_cross_entropy", "cross_entropy")
_OPTIMIZERS = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adadelta", "adam",
               "sparse_adam")
_LAYER = [
    ("units", np.int32), ("activation", np.int32), ("first_source", np.int32),
    ("sources", np.int32), ("bias", np.int64), ("k", np.float64), ("K", np.float64),
    ("dropout", np.float64),
]
_SOURCE = [("from", np.int32), ("weights", np.int64)]
BLAS_FROM = W2V_BLAS_FROM
_SMALL = 16  # units a layer up to which loops beat matrix products


cdef int check_signals() noexcept with gil:
    """Return whether training should end because a signal, as of Ctrl-C, raised an exception."""
    return PyErr_CheckSignals()


cdef int raise_signal() except -1:
    """Raise what check_signals() left."""
    return -1 if PyErr_Occurred() != NULL else 0


def _network_worker(size_t address, int64_t me, size_t bytes_per_real):
    cdef w2v_network* net = <w2v_network*>address
    cdef w2v_network_worker work = w2v_network_pick(bytes_per_real, kernels.isa)
    with nogil:
        work(net, me)
    raise_signal()


cdef reals(array, dtype, shape, name):
    """Return the array's address; raise unless it is contiguous and of this type and shape."""
    if array.dtype != dtype or array.shape != shape or not array.flags.c_contiguous:
        raise ValueError(f"{name} must be a contiguous array of {dtype} and shape {shape}")
    return <size_t>array.ctypes.data


def train_network(layers, theta, moments, X, T, sample_weight, training, int64_t epoch,
                  int64_t epochs, int64_t updates, int64_t workers=1, gemm=None, path=None):
    """Train as reference.network_train() does, in place; return the losses and count of updates.

    The result is the same for any number of workers. `gemm` is the capsule of a Fortran sgemm or
    dgemm, for products of BLAS_FROM multiplications and more. `path` forces how: "loops" (those of
    small layers), "own" (our matrix products) or "blas" (`gemm` for all of them). `X` may be a
    scipy CSR matrix, canonical and with sound indices: only a batch at a time is made dense.
    """
    cdef w2v_network net
    cdef w2v_layer[::1] table
    cdef w2v_source[::1] sources
    cdef int64_t[::1] starts
    cdef double[::1] losses = np.empty(epochs)
    cdef int64_t at = 0, bytes_per_real = theta.dtype.itemsize
    cdef size_t space
    units = [X.shape[1], *(layer.units for layer in layers)]
    memset(&net, 0, sizeof(net))

    # The layers, in the order in which theta holds their weights.
    layer_type = np.dtype(_LAYER, align=True)
    source_type = np.dtype(_SOURCE, align=True)
    rows = [(units[0], 0, 0, 0, -1, 1.0, 1.0, 0.0)]
    feeds = []
    dropout = (*training.dropout, 0.0)
    for to, layer in enumerate(layers, 1):
        first = len(feeds)
        for source in (to - 1, *layer.sources):
            feeds.append((source, at))
            at += units[to] * units[source]
        bias = -1
        if layer.bias:
            bias = at
            at += units[to]
        rows.append((units[to], _ACTIVATIONS.index(layer.activation), first, len(feeds) - first,
                     bias, layer.k, layer.K, dropout[to - 1]))
    table = np.array(rows, dtype=layer_type)
    sources = np.array(feeds, dtype=source_type)
    net.layers, net.sources, net.last = &table[0], &sources[0], len(layers)
    net.size = at

    real = theta.dtype
    net.theta = <void*><size_t>reals(theta, real, (at,), "theta")
    net.moments = <void*><size_t>reals(moments, real, (2, at), "moments")
    net.small = max(units) <= _SMALL if path is None else path == "loops"
    net.n = X.shape[0]
    if net.small and hasattr(X, "indptr"):
        X = X.toarray()
    if hasattr(X, "indptr"):
        starts, columns = X.indptr.astype(np.int64), np.ascontiguousarray(X.indices, np.int32)
        net.starts, net.columns = &starts[0], <int32_t*><size_t>columns.ctypes.data
        net.X = <void*><size_t>reals(X.data, real, (starts[net.n],), "X")
    else:
        net.X = <void*><size_t>reals(X, real, (net.n, units[0]), "X")
    net.T = <void*><size_t>reals(T, real, (net.n, units[len(layers)]), "T")
    if sample_weight is not None:
        net.weight = <void*><size_t>reals(sample_weight, real, (net.n,), "sample_weight")

    net.loss = _LOSSES.index(training.loss)
    net.optimizer = _OPTIMIZERS.index(training.optimizer)
    net.shuffle, net.seed = training.shuffle, training.seed
    net.batch, net.patience = min(training.batch_size, net.n), training.patience
    net.learning_rate, net.decay = training.learning_rate, training.decay
    net.first, net.second, net.epsilon = training.first, training.second, training.epsilon
    net.l2, net.clip = training.l2, training.clip
    net.error_limit, net.tol = training.error_limit, training.tol
    net.epoch, net.epochs, net.updates, net.losses = epoch, epochs, updates, &losses[0]
    net.check = check_signals

    net.blas_from = 0 if path == "blas" else W2V_BLAS_FROM
    if gemm is not None and path != "own":
        net.gemm = <w2v_blas_gemm>PyCapsule_GetPointer(gemm, PyCapsule_GetName(gemm))
    net.workers = min(workers, w2v_network_workers(&net))

    work_space = np.empty(w2v_network_plan(&net, bytes_per_real, NULL) + W2V_ALIGN, dtype=np.uint8)
    space = work_space.ctypes.data
    space += -space % W2V_ALIGN
    w2v_network_plan(&net, bytes_per_real, <char*>space)
    threads = [
        threading.Thread(target=_network_worker, args=(<size_t>&net, me, bytes_per_real))
        for me in range(1, net.workers)
    ]
    started = []
    try:
        for thread in threads:
            thread.start()
            started.append(thread)
        _network_worker(<size_t>&net, 0, bytes_per_real)
    finally:
        net.stop = 1  # of use only if a thread could not be started
        for thread in started:
            thread.join()
    return np.asarray(losses)[:net.done].tolist(), net.updates


# --- tokens --------------------------------------------------------------------------------------


cdef class TokenReader:
    """Distinct words with their counts, numbered as they first appear in the text read."""

    cdef w2v_reader reader

    def __cinit__(self):
        # Nothing that comes out depends on the seed: it keeps a text from being made so that all
        # its words fall into one place of the table.
        cdef uint64_t seed = int.from_bytes(os.urandom(8), "little")
        if w2v_reader_init(&self.reader, seed) < 0:
            raise MemoryError("no memory for the table of words")

    def __dealloc__(self):
        w2v_reader_free(&self.reader)

    def __len__(self):
        return self.reader.words.size

    @property
    def lines(self):
        """Newlines read so far."""
        return self.reader.lines

    @property
    def bytes_read(self):
        """Bytes read so far."""
        return self.reader.bytes

    @property
    def bad_byte(self):
        """Offset of the byte that is not UTF-8 in all bytes read, -1 while there is none."""
        return self.reader.bad_byte

    cdef _fail(self, int status):
        if status == W2V_NOT_UTF8:
            raise ValueError(f"byte {self.reader.bad_byte} is not UTF-8")
        if status == W2V_TOO_MANY_WORDS:
            raise ValueError("more than 2**31 - 1 distinct words")
        raise MemoryError(f"no memory for the table of words ({self.reader.words.size:,} so far)")

    def read(self, const uint8_t[::1] text, int32_t[::1] ids, int64_t[::1] ends):
        """Read the next piece of a text; return how many ids and sentence ends were written."""
        cdef int64_t n_ids = 0, n_ends = 0, room = (text.shape[0] + 1) // 2
        cdef int status
        if text.shape[0] == 0:
            return 0, 0
        if ids.shape[0] < room or ends.shape[0] < room:
            raise ValueError(f"ids and ends need room for {room} items")
        with nogil:
            status = w2v_read(&self.reader, &text[0], text.shape[0], &ids[0], &n_ids, &ends[0],
                              &n_ends)
        if status < 0:
            self._fail(status)
        return n_ids, n_ends

    def begin_part(self):
        """Get ready to read a part of a text, from one blank to another, for another reader."""
        w2v_begin_part(&self.reader)

    def join(self, TokenReader part not None, int32_t[::1] ids, int64_t[::1] ends):
        """Append the part that another reader has read, with its words, to the text read here.

        ``ids`` and ``ends`` are what it wrote and become what this reader would have written, but
        that some ends at the front are to be left out: their number is returned.
        """
        cdef int status
        cdef int32_t *first_id = &ids[0] if ids.shape[0] else NULL
        cdef int64_t *first_end = &ends[0] if ends.shape[0] else NULL
        with nogil:
            status = w2v_join(&self.reader, &part.reader, first_id, ids.shape[0], first_end,
                              ends.shape[0])
        if status < 0:
            self._fail(status)
        return status

    def take_counts(self, TokenReader part not None):
        """Take over the counts of a reader whose parts are all joined; it forgets its words."""
        cdef int status
        if part.reader.joined != part.reader.words.size:
            raise ValueError("a part was read but not joined")
        with nogil:
            status = w2v_take_counts(&self.reader, &part.reader)
        if status < 0:
            self._fail(status)

    def add(self, list tokens not None, int32_t[::1] ids):
        """Count tokens that are split already and write their ids."""
        cdef Py_ssize_t i, n = len(tokens)
        cdef bytes word
        cdef int32_t id
        if ids.shape[0] < n:
            raise ValueError(f"ids needs room for {n} items")
        for i in range(n):
            word = PyUnicode_AsUTF8String(tokens[i])
            if not word:
                raise ValueError("an empty token")
            id = w2v_words_add(&self.reader.words, <const uint8_t *><const char *>word, len(word))
            if id < 0:
                self._fail(id)
            ids[i] = id

    def counts(self, int64_t[::1] out):
        """Write the count of each word, by id; with those taken from other readers."""
        if out.shape[0] != self.reader.words.size:
            raise ValueError(f"out needs {self.reader.words.size} items")
        if out.shape[0]:
            w2v_counts(&self.reader, &out[0])

    def words(self, const int32_t[::1] ids):
        """Return the words of some ids."""
        cdef w2v_words *words = &self.reader.words
        cdef Py_ssize_t i
        cdef int32_t id
        cdef list out = []
        for i in range(ids.shape[0]):
            id = ids[i]
            if id < 0 or id >= words.size:
                raise IndexError(f"word id {id} is outside 0..{words.size - 1}")
            out.append((<const char *>words.bytes)[words.start[id]:words.start[id + 1]]
                       .decode("utf-8"))
        return out

    def find(self, list words not None, int32_t[::1] out):
        """Write the id of each word, -1 where it does not occur."""
        cdef Py_ssize_t i
        cdef bytes word
        if out.shape[0] != len(words):
            raise ValueError(f"out needs {len(words)} items")
        for i in range(out.shape[0]):
            word = PyUnicode_AsUTF8String(words[i])
            out[i] = w2v_words_find(&self.reader.words, <const uint8_t *><const char *>word,
                                    len(word))


def up_to_blank(const uint8_t[::1] text):
    """Return the bytes up to the last blank and with it: a cut there cuts no word."""
    return w2v_up_to_blank(&text[0], text.shape[0]) if text.shape[0] else 0


def find_nul(const uint8_t[::1] text):
    """Return the position of the first NUL, -1 if there is none."""
    cdef const uint8_t *found = NULL
    if text.shape[0]:
        with nogil:
            found = <const uint8_t *>memchr(&text[0], 0, text.shape[0])
    return -1 if found == NULL else found - &text[0]


def encode_block(int64_t[::1] state, const int32_t[::1] ids, const int64_t[::1] offsets,
                 const int32_t[::1] new_id, int32_t[::1] out, int64_t[::1] out_offsets):
    """Renumber the next block of a corpus; return how many tokens were kept.

    ``state`` holds (tokens read, sentence, tokens kept, sentences kept) and starts as zeros. The
    ids must lie below ``len(new_id)``; ``out`` may be ``ids`` and ``out_offsets`` ``offsets``.
    """
    cdef w2v_encoding at
    cdef int64_t written
    if state.shape[0] != 4:
        raise ValueError("state needs 4 items")
    if out.shape[0] < ids.shape[0] or out_offsets.shape[0] < offsets.shape[0]:
        raise ValueError("out and out_offsets need the room of ids and offsets")
    if ids.shape[0] == 0 or offsets.shape[0] == 0 or new_id.shape[0] == 0:
        return 0
    at.token, at.sentence, at.kept, at.sentences = state[0], state[1], state[2], state[3]
    with nogil:
        written = w2v_encode(&at, &ids[0], ids.shape[0], &offsets[0], offsets.shape[0] - 1,
                             &new_id[0], &out[0], &out_offsets[0])
    state[0], state[1], state[2], state[3] = at.token, at.sentence, at.kept, at.sentences
    return written


def fill_alias(uint64_t[::1] weights, int32_t[::1] work, uint32_t[::1] threshold,
               int32_t[::1] alias):
    """Fill an alias table from weights that sum to exactly V * 2**32 (and are used up)."""
    cdef Py_ssize_t n = weights.shape[0]
    if n == 0 or not work.shape[0] == threshold.shape[0] == alias.shape[0] == n:
        raise ValueError("weights, work, threshold and alias need the same length")
    with nogil:
        w2v_fill_alias(&weights[0], &work[0], &threshold[0], &alias[0], n)


def join_huffman(int64_t[::1] weight, int32_t[::1] up, uint8_t[::1] code, int32_t[::1] depth):
    """Join V leaves, descending in weight, into a Huffman tree of 2V - 1 nodes, see draws.h."""
    cdef Py_ssize_t n = (weight.shape[0] + 1) // 2
    if n == 0 or weight.shape[0] != 2 * n - 1 or not (
        up.shape[0] == code.shape[0] == depth.shape[0] == weight.shape[0]
    ):
        raise ValueError("weight, up, code and depth need 2V - 1 items")
    if n > 1 << 30:
        raise ValueError("a Huffman tree holds 2**30 words at most; raise min_count")
    with nogil:
        w2v_join_huffman(&weight[0], &up[0], &code[0], &depth[0], n)


def fill_huffman_paths(const int32_t[::1] up, const uint8_t[::1] code, const int64_t[::1] offsets,
                       int32_t[::1] nodes, uint8_t[::1] codes):
    """Write each leaf's path from the root, inner nodes renumbered so that the root is 0."""
    cdef Py_ssize_t n = offsets.shape[0] - 1
    if n < 1 or up.shape[0] != 2 * n - 1 or code.shape[0] != up.shape[0] or not (
        nodes.shape[0] == codes.shape[0] == offsets[n]
    ):
        raise ValueError("the arrays do not belong to one tree")
    if nodes.shape[0]:  # a single word has an empty path
        with nogil:
            w2v_fill_paths(&up[0], &code[0], &offsets[0], &nodes[0], &codes[0], n)


# --- vectors -------------------------------------------------------------------------------------
# Matrices here are as they were given: rows of any stride, their floats side by side.


cdef int64_t stride_of(const float[:, :] rows) except? -1:
    """Return how many floats lie from one row to the next."""
    if rows.strides[1] != 4 and rows.shape[1] > 1 or rows.strides[0] % 4:
        raise ValueError("the numbers of a row must lie side by side")
    return rows.strides[0] // 4 if rows.shape[0] > 1 else rows.shape[1]


def read_rows(bint text, const uint8_t[::1] data, int64_t position, float[:, ::1] rows,
              uint8_t[::1] names):
    """Read rows of word2vec's text or binary form from `position`.

    Returns (rows read, position behind them, bytes of `names` used): the words stand there, each
    followed by a space. Fewer rows than asked for: the next one cannot be read, or its name has
    no room.
    """
    cdef int64_t n = rows.shape[0], d = rows.shape[1]
    cdef w2v_file file = w2v_file(NULL, data.shape[0], position, NULL, names.shape[0], 0)
    if n == 0 or d == 0 or position >= data.shape[0] or position < 0 or names.shape[0] == 0:
        return 0, position, 0
    file.data, file.names = &data[0], &names[0]
    with nogil:
        if text:
            n = w2v_read_text(&file, &rows[0, 0], n, d)
        else:
            n = w2v_read_binary(&file, &rows[0, 0], n, d)
    return n, file.position, file.used


def first_not_finite(const float[:, :] rows):
    """Return the first row that holds NaN or infinity, or the number of rows."""
    cdef int64_t stride = stride_of(rows), found = 0
    if rows.shape[0] > 0 and rows.shape[1] > 0:
        with nogil:
            found = w2v_first_not_finite(&rows[0, 0], rows.shape[0], stride, rows.shape[1])
        return found
    return rows.shape[0]


def row_norms(const float[:, :] rows, float[::1] out):
    """Write the length of each row, summed in double."""
    cdef int64_t stride = stride_of(rows)
    if out.shape[0] != rows.shape[0]:
        raise ValueError("out needs a number for each row")
    if rows.shape[0] > 0 and rows.shape[1] > 0:
        with nogil:
            w2v_norms(&out[0], &rows[0, 0], rows.shape[0], stride, rows.shape[1])


def dots(const float[::1] query, const float[:, :] rows, float[::1] out):
    """Write the dot product of the query with each row."""
    cdef int64_t stride = stride_of(rows)
    if out.shape[0] != rows.shape[0] or query.shape[0] != rows.shape[1]:
        raise ValueError("the shapes of query, rows and out do not belong together")
    if rows.shape[0] > 0 and rows.shape[1] > 0:
        with nogil:
            kernels.dots(&out[0], &query[0], &rows[0, 0], rows.shape[0], stride, rows.shape[1])


def finalists(float[:, ::1] scores, const float[::1] norms, Py_ssize_t k, float margin):
    """Divide the scores (n, m) by the norms of the rows (m,); list each line's best places.

    A line's places are those less than `margin` below its k-th largest score, in order, int64. A
    norm of 0 counts as 1.
    """
    cdef Py_ssize_t i, n = norms.shape[0]
    cdef int64_t found
    if n != scores.shape[1] or k < 1:
        raise ValueError("a norm is needed for each column, and a k of at least 1")
    if n == 0:
        return [np.empty(0, dtype=np.int64) for _ in range(scores.shape[0])]
    places = np.empty(n, dtype=np.int64)
    cdef int64_t[::1] places_ = places
    cdef float[::1] heap = np.empty(k, dtype=np.float32)
    results = []
    for i in range(scores.shape[0]):
        with nogil:
            found = w2v_finalists(&scores[i, 0], &norms[0], n, k, margin, &heap[0], &places_[0])
        results.append(places[:found].copy())
    return results


def answer(const float[:, ::1] S, int64_t first, const int32_t[::1] spelling,
           const int32_t[:, ::1] rows, const int32_t[:, ::1] ids, bint product, float epsilon,
           float[::1] best, int32_t[::1] answers):
    """Look for better answers to analogies among some words, see ranking.h.

    S is (n, m): scores of n words with the words `first`, ..., `first` + m - 1; `rows` and `ids`
    (questions, 3) give a, b and c as rows of S and as words; `best` and `answers` are updated.
    """
    cdef int64_t m = rows.shape[0]
    if rows.shape[1] != 3 or ids.shape[1] != 3 or ids.shape[0] != m:
        raise ValueError("a question has three words, as rows and as ids")
    if best.shape[0] != m or answers.shape[0] != m or first + S.shape[1] > spelling.shape[0]:
        raise ValueError("the shapes do not belong together")
    if m == 0 or S.shape[1] == 0:
        return
    if np.min(rows) < 0 or np.max(rows) >= S.shape[0]:
        raise IndexError("a row number lies outside the scores")
    cdef w2v_analogies part = w2v_analogies(&S[0, 0], S.shape[1], first, &spelling[0], product,
                                            epsilon)
    with nogil:
        w2v_answer(&part, &rows[0, 0], &ids[0, 0], m, &best[0], &answers[0])
