# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False, auto_pickle=False, autotestdict=False
"""The compiled border: checked arrays in, loops without the GIL.

Three sections. *Kernels*: which instruction set runs, and one step of any objective on lists of
rows. *Training*: the loop over blocks of an encoded corpus, its two input builders and three
output builders. *Tokens*: text to ids.

This file knows ids and rows. It does not know words' meaning, files or settings' defaults.
"""

import os
from collections import namedtuple

import numpy as np

from cpython.unicode cimport PyUnicode_AsUTF8String
from libc.stddef cimport size_t
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memcpy, memset

# --- kernels -------------------------------------------------------------------------------------

cdef extern from "_kernels.h" nogil:
    ctypedef struct w2v_shape:
        int64_t stride
        int64_t width

    ctypedef struct w2v_loss:
        double nats
        double product

    ctypedef struct w2v_kernels:
        const char* isa
        int lanes
        void (*gather)(float*, float**, const int32_t*, int64_t, w2v_shape) noexcept nogil
        void (*scores)(float*, int64_t, float**, int64_t, float**, int64_t,
                       w2v_shape) noexcept nogil
        void (*sigmoid_errors)(float*, const float*, int64_t, float, w2v_loss*) noexcept nogil
        void (*softmax_errors)(float*, int64_t, const int32_t*, const int32_t*, int64_t, int64_t,
                               float, w2v_loss*) noexcept nogil
        void (*update)(float*, float**, int64_t, const float*, int64_t, float**, int64_t, int,
                       float**, int64_t, w2v_shape) noexcept nogil
        void (*scatter)(float**, const int32_t*, const float*, int64_t, int,
                        w2v_shape) noexcept nogil
        void (*add)(float*, const float*, w2v_shape) noexcept nogil
        void (*blend)(float*, const float*, float, float, w2v_shape) noexcept nogil

    const w2v_kernels* w2v_pick_kernels(const char* isa)
    const char* w2v_isa_name(int i)
    int64_t w2v_fetch_add(int64_t* counter, int64_t value)
    int64_t w2v_load(const int64_t* flag)
    int w2v_meet(int64_t* arrivals, int64_t workers, const int64_t* stop)
    void w2v_prefetch_row(const float*, w2v_shape)
    void w2v_settle(w2v_loss*)
    uint64_t w2v_mix(uint64_t x)
    uint64_t w2v_next(uint64_t* state)
    uint32_t w2v_below(uint32_t bits, uint32_t n)

    ctypedef struct w2v_alias:
        uint32_t threshold
        int32_t alias

    int32_t w2v_draw(const w2v_alias* table, uint32_t n, uint64_t bits)
    const uint64_t W2V_GOLDEN
    const int W2V_ALIGN

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


cdef struct Job:
    # What one step takes in and what it trains: m examples against n shared output rows.
    int32_t m
    int32_t n
    float** inputs    # rows of W_in, flat
    int32_t* starts   # (m + 1): example i has inputs[starts[i]:starts[i + 1]]
    float** outputs   # (n,) rows of W_out, and behind them others that the step will read
    int32_t n_ahead   # how many of these should be asked for before the step
    const float* labels  # sigmoid link: (m, n) of 0 and 1
    int32_t* targets  # softmax link: positions in outputs of the words predicted, flat
    int32_t* target_starts  # (m + 1): example i predicts targets[starts[i]:starts[i + 1]]


cdef struct Model:
    w2v_shape shape
    bint softmax   # the link: softmax over the output rows, or a sigmoid for each
    bint means     # examples are means of inputs; else each is one input row, used where it lies
    bint distinct  # no job names an output row twice
    bint exact     # divide an example's gradient by its number of inputs


cdef struct Buffers:
    float* H       # (examples, stride)
    float** rows   # (examples,) the rows of H
    float* E       # (examples, stride)
    float* S       # (examples, outputs)


cdef inline int64_t score_stride(int64_t outputs) noexcept nogil:
    """Return how far apart the scores of two examples are under the exact softmax.

    An odd number of cache lines: a power of two would put a column of scores into one cache set.
    """
    return ((outputs + 15) // 16 | 1) * 16


cdef void step(const Model* model, Buffers* b, const Job* job, float alpha, const Job* ahead,
               w2v_loss* loss) noexcept nogil:
    """Take one step of the lecture on a job's rows; add its loss in nats.

    The rows of the job `ahead` are asked for on the way.
    """
    cdef int64_t ns = score_stride(job.n) if model.softmax else job.n
    cdef float** h = job.inputs
    if model.means:
        kernels.gather(b.H, job.inputs, job.starts, job.m, model.shape)
        h = b.rows
    kernels.scores(b.S, ns, h, job.m, job.outputs, job.n, model.shape)
    if model.softmax:
        kernels.softmax_errors(b.S, ns, job.targets, job.target_starts, job.m, job.n, alpha, loss)
    else:
        kernels.sigmoid_errors(b.S, job.labels, <int64_t>job.m * job.n, alpha, loss)
    kernels.update(b.E, h, job.m, b.S, ns, job.outputs, job.n, model.distinct,
                   ahead.outputs, ahead.n_ahead, model.shape)
    kernels.scatter(job.inputs, job.starts, b.E, job.m, model.exact, model.shape)


cdef row_pointers(float[:, :] W, rows):
    """Return the addresses of some rows of a matrix, for C."""
    return np.uintp(<size_t>&W[0, 0]) + np.asarray(rows, dtype=np.uintp) * np.uintp(W.strides[0])


def train_step(W_in, W_out, inputs, starts, outputs, targets, float alpha, link, exact=True):
    """Take one step on given rows, in place: reference.step() in compiled form.

    Arguments and result are those of :func:`w2v.reference.step`; the matrices are float32 of any
    layout.
    """
    cdef int32_t[::1] inputs_ = np.ascontiguousarray(inputs, dtype=np.int32)
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
    cdef int64_t ns = score_stride(n)
    cdef float[:, :] H = aligned_zeros(m, W_in.shape[1])
    cdef float[:, :] E = aligned_zeros(m, W_in.shape[1])
    cdef float[:, :] S = aligned_zeros(1, m * ns + 16)
    cdef float[:, :] labels = aligned_zeros(1, m * n + 16)
    if link != "softmax":
        np.asarray(labels)[0, :m * n] = np.tile(np.asarray(targets, dtype=np.float32), m)
    cdef size_t[::1] hidden_rows = row_pointers(H, np.arange(m))
    cdef size_t[::1] input_rows = row_pointers(A, inputs)
    cdef size_t[::1] output_rows = row_pointers(B, outputs)
    cdef Model model = Model(shape_of(A.shape[1]), link == "softmax", len(inputs) > m,
                             len(set(outputs)) == len(outputs), exact)
    cdef Buffers buffers = Buffers(&H[0, 0], <float**>&hidden_rows[0], &E[0, 0], &S[0, 0])
    cdef Job job = Job(<int32_t>m, <int32_t>n, <float**>&input_rows[0], &starts_[0],
                       <float**>&output_rows[0], <int32_t>n, &labels[0, 0], &targets_[0],
                       &target_starts[0])
    cdef w2v_loss loss = w2v_loss(0, 1)
    step(&model, &buffers, &job, alpha, &job, &loss)
    w2v_settle(&loss)
    W_in[:] = np.asarray(A)
    W_out[:] = np.asarray(B)
    return loss.nats


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
    "exact",      # CBOW: the gradient of the mean, divided by the number of context words
    "seed",
])

Tables = namedtuple("Tables", [
    "keep",          # (V,) uint32: a word is kept if 32 random bits are below it ...
    "sampled",       # ... tested for ids below this one only
    "noise",         # (V, 2) uint32: Walker's table of the noise distribution, threshold and alias
    "path_starts",   # (V + 1,) int64: word i's Huffman path is
    "path_nodes",    # (P,) int32 rows of W_out and
    "path_labels",   # (P,) float32: 1 - code
])

Rounds = namedtuple("Rounds", [
    "inputs",        # (S, R, d) rows of W_in that each of a round's S blocks works on, and
    "input_words",   # (S, R) int32, which rows of W_in they are
    "outputs",       # the same of W_out
    "output_words",
    "sizes",         # (2, S) int32: how many rows of either there are in each block
    "input_pull",    # (V,) float32: see merge()
    "output_pull",
    "taken",         # (rounds of an epoch,) int64: blocks taken in each, zeros at its start
])


cdef struct Plan:
    const int32_t* ids
    const int64_t* offsets
    int64_t sentences
    int64_t tokens
    bint cbow
    bint softmax
    bint negative_sampling
    bint hierarchical
    bint shrink
    int32_t window
    int32_t negative
    int32_t pool              # noise words a block draws
    int32_t vocabulary
    int32_t batch             # examples a softmax step waits for
    const uint32_t* keep
    int32_t sampled
    const w2v_alias* noise
    const int64_t* path_starts
    const int32_t* path_nodes
    const float* path_labels
    const float* labels       # negative sampling: 1 and `negative` zeros, again and again


cdef struct Rows:
    # The rows of one matrix that a block works on: the model's own, or copies private to the block.
    float* W             # the model's
    float* copies        # private: the block's, ...
    int32_t* words       # ... which row of W each is, ...
    int32_t* slot        # ... and where the copy of each row of W is, if words agrees
    int32_t n
    int32_t copied       # the first so many rows hold their copies


cdef struct Worker:
    uint64_t key        # of this epoch: the per-token decisions
    uint64_t stream     # of this epoch and block: the noise words
    # the words of a block that subsampling kept, context beyond its ends included:
    int32_t* words
    float** inputs      # their rows of W_in
    int32_t* low        # centre t has the context low[t]:high[t] but t;
    int32_t* high       # what is no centre has none
    float** pool        # rows of W_out: the block's noise words
    Rows ins
    Rows outs
    Model model
    Job jobs[2]
    float* labels[2]    # hierarchical softmax: room for each job's labels
    Buffers buffers
    int64_t examples
    w2v_loss loss


cdef inline uint64_t token_bits(uint64_t key, int64_t position) noexcept nogil:
    """Return 64 random bits that belong to one token of one epoch: who asks does not matter."""
    return w2v_mix(key ^ (<uint64_t>position * W2V_GOLDEN))


cdef inline bint is_kept(const Plan* plan, uint64_t bits, int32_t word) noexcept nogil:
    return word >= plan.sampled or <uint32_t>bits < plan.keep[word]


cdef int64_t find_sentence(const Plan* plan, int64_t position) noexcept nogil:
    """Return the sentence that holds a token: the last one that starts at or before it."""
    cdef int64_t low = 0, high = plan.sentences, middle
    while high - low > 1:
        middle = (low + high) // 2
        if plan.offsets[middle] <= position:
            low = middle
        else:
            high = middle
    return low


cdef int64_t choose_words(const Plan* plan, Worker* w, int64_t first, int64_t last) noexcept nogil:
    """Subsample tokens first..last-1 and find the context of each; return how many words are kept.

    Blocks cut long sentences for the work's sake only: the words on both sides of the cut are
    looked up, so that a centre sees the context it has in the uncut sentence.
    """
    cdef int64_t sentence = find_sentence(plan, first), begin, end, n = 0, p, i, t, piece, centres
    cdef int32_t reach
    cdef uint64_t bits
    while first < last:
        begin, end = plan.offsets[sentence], plan.offsets[sentence + 1]
        sentence += 1
        piece = n
        p = first - 1
        while p >= begin and n < piece + plan.window:  # only where the block begins mid-sentence
            if is_kept(plan, token_bits(w.key, p), plan.ids[p]):
                w.words[n] = plan.ids[p]
                n += 1
            p -= 1
        for i in range((n - piece) // 2):
            w.words[piece + i], w.words[n - 1 - i] = w.words[n - 1 - i], w.words[piece + i]
        for i in range(piece, n):
            w.low[i] = w.high[i] = 0
        centres = n
        for p in range(first, min(end, last)):
            bits = token_bits(w.key, p)
            if is_kept(plan, bits, plan.ids[p]):
                w.words[n] = plan.ids[p]
                w.low[n] = plan.window
                if plan.shrink:
                    w.low[n] = 1 + w2v_below(<uint32_t>(bits >> 32), plan.window)
                n += 1
        i = n
        p = last
        while p < end and n < i + plan.window:  # only where it ends mid-sentence
            if is_kept(plan, token_bits(w.key, p), plan.ids[p]):
                w.words[n] = plan.ids[p]
                w.low[n] = w.high[n] = 0
                n += 1
            p += 1
        for t in range(centres, i):
            reach = w.low[t]
            w.low[t] = <int32_t>max(piece, t - reach)
            w.high[t] = <int32_t>min(n, t + reach + 1)
        first = min(end, last)
    return n


cdef inline float* row_of(Rows* rows, int32_t word, w2v_shape shape) noexcept nogil:
    """Return the row to work on for a row of the model: itself, or the place of its copy."""
    cdef int32_t row
    if rows.slot == NULL:
        return rows.W + word * shape.stride
    row = rows.slot[word]
    if row >= rows.n or rows.words[row] != word:  # the slot is of an earlier block
        row = rows.n
        rows.slot[word] = row
        rows.words[row] = word
        rows.n += 1
    return rows.copies + row * shape.stride


cdef void copy_rows(Rows* rows, w2v_shape shape) noexcept nogil:
    """Copy the rows that row_of() has made room for."""
    cdef int64_t ahead = 8
    while rows.copied < rows.n:
        if rows.copied + ahead < rows.n:
            w2v_prefetch_row(rows.W + rows.words[rows.copied + ahead] * shape.stride, shape)
        memcpy(rows.copies + rows.copied * shape.stride,
               rows.W + rows.words[rows.copied] * shape.stride, shape.width * sizeof(float))
        rows.copied += 1


cdef void choose_rows(const Plan* plan, Worker* w, int64_t n) noexcept nogil:
    """Find the rows that a block works on, and draw its noise words."""
    cdef int64_t t, k
    cdef w2v_shape shape = w.model.shape
    for t in range(n):
        w.inputs[t] = row_of(&w.ins, w.words[t], shape)
    if plan.negative_sampling:
        for k in range(plan.pool):
            w.pool[k] = row_of(
                &w.outs, w2v_draw(plan.noise, plan.vocabulary, w2v_next(&w.stream)), shape
            )
    if w.outs.slot != NULL:
        for t in range(n):
            if w.high[t] == 0:
                continue
            if plan.negative_sampling:
                row_of(&w.outs, w.words[t], shape)
            else:
                for k in range(plan.path_starts[w.words[t]], plan.path_starts[w.words[t] + 1]):
                    row_of(&w.outs, plan.path_nodes[k], shape)
        copy_rows(&w.ins, shape)
        copy_rows(&w.outs, shape)


cdef void add_examples(const Plan* plan, Job* job, const Worker* w, int64_t t) noexcept nogil:
    """Build the examples of centre t from its context.

    CBOW makes one, the mean of the context, to predict the centre. Skip-gram makes pairs, in the
    order in which they share most work: with the exact softmax the centre is the input, and one
    pass over all output rows serves its whole context; else the context words are the inputs,
    and one list of output rows, the centre's, serves them all.
    """
    cdef int64_t low = w.low[t], high = w.high[t]
    cdef int32_t around = <int32_t>(high - low - 1)
    cdef float** inputs = job.inputs + job.starts[job.m]
    cdef int32_t* targets = job.targets + job.target_starts[job.m]
    if around < 1:  # no centre, or alone in its sentence
        return
    if plan.softmax and not plan.cbow:
        inputs[0] = w.inputs[t]
        memcpy(targets, w.words + low, (t - low) * sizeof(int32_t))
        memcpy(targets + t - low, w.words + t + 1, (high - t - 1) * sizeof(int32_t))
        end_example(job, 1, around)
        return
    memcpy(inputs, w.inputs + low, (t - low) * sizeof(float*))
    memcpy(inputs + t - low, w.inputs + t + 1, (high - t - 1) * sizeof(float*))
    if plan.cbow:
        targets[0] = w.words[t]
        end_example(job, around, 1)
    else:
        job.m = around  # one input each: starts is 0, 1, 2, ... for good


cdef inline void end_example(Job* job, int32_t inputs, int32_t targets) noexcept nogil:
    """Close an example of so many inputs and targets, which are written already."""
    job.starts[job.m + 1] = job.starts[job.m] + inputs
    job.target_starts[job.m + 1] = job.target_starts[job.m] + targets
    job.m += 1


cdef void add_noise(const Plan* plan, Worker* w, Job* job, int32_t word,
                    float* labels) noexcept nogil:
    """Build the outputs of negative sampling: the centre, label 1, and noise words, label 0.

    A noise word that is the centre itself is picked again; after a few vain tries (a vocabulary
    of little else) it is left out.
    """
    cdef float* centre = row_of(&w.outs, word, w.model.shape)
    cdef float* row
    cdef int32_t i, _k, _try
    job.outputs[0] = centre
    job.n = 1
    for _k in range(plan.negative):
        for _try in range(8):
            row = w.pool[w2v_below(<uint32_t>(w2v_next(&w.stream) >> 32), plan.pool)]
            if row != centre:
                job.outputs[job.n] = row
                job.n += 1
                break
    job.labels = plan.labels
    if job.n <= plan.negative:
        for i in range(job.m * job.n):
            labels[i] = i % job.n == 0
        job.labels = labels


cdef void add_path(const Plan* plan, Worker* w, Job* job, int32_t word,
                   float* labels) noexcept nogil:
    """Build the outputs of hierarchical softmax: the nodes on the centre's Huffman path."""
    cdef int64_t k, start = plan.path_starts[word]
    cdef int32_t i
    job.n = <int32_t>(plan.path_starts[word + 1] - start)
    for k in range(job.n):
        job.outputs[k] = row_of(&w.outs, plan.path_nodes[start + k], w.model.shape)
    for i in range(job.m):
        memcpy(labels + i * job.n, plan.path_labels + start, job.n * sizeof(float))
    job.labels = labels


cdef inline void run(const Plan* plan, Worker* w, Job* job, float alpha,
                     const Job* ahead) noexcept nogil:
    """Train on a finished job and empty it."""
    if job.m:
        step(&w.model, &w.buffers, job, alpha, ahead, &w.loss)
        w.examples += job.target_starts[job.m] if plan.softmax else job.m
        job.m = 0


cdef void train_block(const Plan* plan, Worker* w, int64_t first, int64_t last, float alpha,
                      const int64_t* stop) noexcept nogil:
    """Train on the centres among tokens first..last-1.

    Two jobs take turns: while one is built the rows of the other are on their way to the cache.
    """
    cdef int64_t n = choose_words(plan, w, first, last), t, turn = 0
    cdef Job* job = &w.jobs[0]
    choose_rows(plan, w, n)
    for t in range(n):
        add_examples(plan, job, w, t)
        if plan.softmax:
            if job.m >= plan.batch:
                if w2v_load(stop):
                    return
                run(plan, w, job, alpha, &w.jobs[1])
            continue
        if job.m == 0:
            continue
        if w2v_load(stop):
            return
        if plan.negative_sampling:
            add_noise(plan, w, job, w.words[t], w.labels[turn])
        else:
            add_path(plan, w, job, w.words[t], w.labels[turn])
        # of the inputs only the word that will come in at the window's far end is new
        job.outputs[job.n] = w.inputs[min(n - 1, t + 1 + plan.window)]
        job.n_ahead = job.n + 1
        turn = 1 - turn
        job = &w.jobs[turn]  # the job built one centre ago
        run(plan, w, job, alpha, &w.jobs[1 - turn])
    run(plan, w, &w.jobs[1 - turn], alpha, &w.jobs[turn])
    run(plan, w, &w.jobs[turn], alpha, &w.jobs[1 - turn])
    w2v_settle(&w.loss)


cdef uint64_t block_key(uint64_t seed, int64_t epoch, int64_t block) noexcept nogil:
    """Return the key of a block's noise words; block -1: of an epoch's per-token decisions."""
    return w2v_mix(w2v_mix(w2v_mix(seed) + <uint64_t>epoch * W2V_GOLDEN) + <uint64_t>block)


cdef struct Share:
    # One matrix in a round: each block's copies, and what merging them needs.
    float* W
    float* copies          # (S, room, stride)
    int32_t* words         # (S, room)
    int32_t* sizes         # (S,)
    const float* pull      # (rows of W,)
    int64_t room
    int32_t* slot          # (rows of W,) this worker's
    # the rows this worker merges: which, the sum of their copies, of how many blocks
    int32_t* merged
    float** sums
    int32_t* counts


cdef void merge(Share* m, int64_t blocks, float alpha, int64_t me, int64_t workers,
                w2v_shape shape) noexcept nogil:
    """Bring the copies that a round's blocks have trained back into the model.

    Each worker merges a stripe of the rows, always in the order of the blocks, so that the result
    does not depend on how many workers there are. A row that one block trained is taken as it
    is. If several did, all from the same start, their changes are summed and damped: one after
    another, each would have found the row nearer to where it pulls. With x = pull * alpha, a
    block leaves q = 1 / (1 + x) of the way to go, so k blocks go (1 + q + ... + q^(k-1)) / k of
    what their sum would be. Summing undamped diverges for frequent words.
    """
    cdef int64_t b, s, i, n = 0, _k
    cdef int32_t word
    cdef float* copy
    cdef float q, power, weight
    for b in range(blocks):
        for s in range(m.sizes[b]):
            word = m.words[b * m.room + s]
            if (word >> 4) % workers != me:  # 16 rows in a row: no cache line of two workers
                continue
            copy = m.copies + (b * m.room + s) * shape.stride
            i = m.slot[word]
            if i < n and m.merged[i] == word:
                kernels.add(m.sums[i], copy, shape)
                m.counts[i] += 1
                continue
            m.slot[word] = <int32_t>n
            m.merged[n] = word
            m.sums[n] = copy  # the first copy becomes the sum
            m.counts[n] = 1
            n += 1
    for i in range(n):
        word = m.merged[i]
        q = 1 / (1 + m.pull[word] * alpha)
        power = weight = 1
        for _k in range(1, m.counts[i]):
            power *= q
            weight += power
        weight /= m.counts[i]
        kernels.blend(m.W + word * shape.stride, m.sums[i], <float>m.counts[i], weight, shape)


def n_blocks(tokens):
    """Return the number of blocks that a corpus of `tokens` words is worked on in."""
    return (tokens + BLOCK - 1) // BLOCK


def make_rounds(blocks, size, settings, tables, rows_in, rows_out, columns, input_pull, output_pull,
                longest):
    """Return the memory for rounds of `size` blocks; what a block does not touch takes none.

    Parameters
    ----------
    blocks : int
        Blocks of the corpus.
    size : int
        Blocks in a round, S.
    settings, tables : Settings, Tables
        What will be trained.
    rows_in, rows_out, columns : int
        Shapes of W_in and W_out.
    input_pull, output_pull : float32 (rows_in,), (rows_out,)
        See merge().
    longest : int
        Words in the longest sentence.
    """
    room_in = min(rows_in, BLOCK + 2 * min(settings.window, longest))
    room_out = BLOCK + noise_pool(settings)
    if settings.loss == "hs":
        room_out = BLOCK * int(np.diff(tables.path_starts).max())
    room_out = min(rows_out, room_out)

    def copies(room):
        # each block's rows of its own pages: nothing is shared but at the merge
        return aligned_zeros(size * room, columns).reshape(size, room, columns)

    return Rounds(
        inputs=copies(room_in),
        input_words=np.zeros((size, room_in), dtype=np.int32),
        outputs=copies(room_out),
        output_words=np.zeros((size, room_out), dtype=np.int32),
        sizes=np.zeros((2, size), dtype=np.int32),
        input_pull=input_pull,
        output_pull=output_pull,
        taken=np.zeros(-(-blocks // size), dtype=np.int64),
    )


def noise_pool(settings):
    """Return how many noise words a block draws."""
    return max(BLOCK // NOISE_REUSE, 1) * settings.negative if settings.loss == "ns" else 0


cdef Plan make_plan(const int32_t[::1] ids, const int64_t[::1] offsets, settings, tables,
                    Py_ssize_t vocabulary):
    """Gather what all workers read; the arrays must outlive the plan."""
    cdef Plan plan
    cdef const uint32_t[::1] keep = tables.keep
    cdef const uint32_t[:, ::1] noise
    cdef const int32_t[::1] nodes
    cdef const int64_t[::1] starts
    cdef const float[::1] labels
    memset(&plan, 0, sizeof(plan))
    if offsets.shape[0] < 2 or offsets[0] != 0 or offsets[offsets.shape[0] - 1] != ids.shape[0]:
        raise ValueError("the corpus holds no sentence")
    if np.any(np.diff(offsets) < 1):
        raise ValueError("the corpus holds sentences without words")
    if np.max(ids) >= vocabulary or np.min(ids) < 0 or keep.shape[0] != vocabulary:
        raise ValueError("the corpus holds ids that the vocabulary does not")
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
        if starts.shape[0] != vocabulary + 1 or labels.shape[0] != nodes.shape[0]:
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
          int64_t workers, rounds=None):
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
    shared : int64 (3,)
        The next block to take, a flag that stops all workers when not 0, a count of arrivals.
    report : float64 (workers, 3), or (S, 3) with rounds
        Grows while training: words done, examples trained, sum of their losses in nats.
    me, workers : int
        Number of this worker, and of all; with rounds every one of them must be called.
    rounds : Rounds, optional
        From make_rounds().
    """
    check_rows(np.asarray(W_in), "W_in")
    check_rows(np.asarray(W_out), "W_out")
    cdef Plan plan = make_plan(ids, offsets, settings, tables, W_in.shape[0])
    cdef int64_t outputs_needed = W_in.shape[0] - plan.hierarchical
    if W_out.shape[0] < outputs_needed or W_out.shape[1] != W_in.shape[1]:
        raise ValueError("W_out does not belong to W_in")
    if plan.hierarchical and len(tables.path_nodes) and (
            np.max(tables.path_nodes) >= W_out.shape[0] or np.min(tables.path_nodes) < 0):
        raise ValueError("the Huffman tree does not belong to W_out")
    if plan.softmax and rounds is not None:
        raise ValueError("the exact softmax touches all rows in every step: it has no rounds")

    # Sizes: a centre has at most `around` context words, a job waits for `batch` examples.
    cdef int64_t around = 2 * min(plan.window, np.max(np.diff(offsets)))
    cdef int64_t examples = plan.batch if plan.cbow or plan.softmax else around + 1
    cdef int64_t outputs = 1 + plan.negative
    if plan.hierarchical:
        outputs = max(1, np.max(np.diff(tables.path_starts)))
    elif plan.softmax:
        outputs = W_in.shape[0]
    cdef int64_t scores = examples * (score_stride(outputs) if plan.softmax else outputs) + 16
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
    cdef size_t[:, ::1] addresses = np.zeros((2, BLOCK + around + 1 + plan.pool), dtype=np.uintp)
    cdef int32_t[:, ::1] kept = np.zeros((3, BLOCK + around + 1), dtype=np.int32)
    if plan.softmax:
        np.asarray(rows)[0, :outputs] = row_pointers(W_out, np.arange(outputs))
    np.asarray(pattern)[::outputs] = 1
    plan.labels = &pattern[0]

    cdef Worker w
    cdef int32_t k
    memset(&w, 0, sizeof(w))
    w.key = block_key(settings.seed, epoch, -1)
    w.words, w.low, w.high = &kept[0, 0], &kept[1, 0], &kept[2, 0]
    w.inputs = <float**>&addresses[0, 0]
    w.pool = <float**>&addresses[1, 0]
    w.ins.W = &W_in[0, 0]
    w.outs.W = &W_out[0, 0]
    w.buffers = Buffers(&H[0, 0], <float**>&hidden[0], &E[0, 0], &S[0, 0])
    w.model = Model(shape_of(W_in.shape[1]), plan.softmax, plan.cbow, not plan.negative_sampling,
                    settings.exact)
    for k in range(2):
        w.labels[k] = &labels[k, 0]
        w.jobs[k] = Job(0, <int32_t>outputs, <float**>&inputs[k, 0], &starts[k, 0],
                        <float**>&rows[k, 0], 0, NULL, &targets[k, 0], &target_starts[k, 0])

    cdef uint64_t seed = settings.seed
    cdef int64_t block, first, size = BLOCK
    if rounds is not None:
        train_rounds(&plan, &w, W_in, W_out, seed, epoch, alpha, end_alpha, shared, report, me,
                     workers, rounds)
        return
    with nogil:
        while not w2v_load(&shared[1]):
            block = w2v_fetch_add(&shared[0], 1)
            first = block * size
            if first >= plan.tokens:
                break
            w.stream = block_key(seed, epoch, block)
            w.loss = w2v_loss(report[me, 2], 1)
            train_block(&plan, &w, first, min(first + size, plan.tokens),
                        rate(&plan, alpha, end_alpha, first), &shared[1])
            report[me, 0] += min(size, plan.tokens - first)
            report[me, 1] = w.examples
            report[me, 2] = w.loss.nats


cdef inline float rate(const Plan* plan, float alpha, float end_alpha,
                       int64_t position) noexcept nogil:
    """Return the learning rate at a token of the epoch."""
    return alpha + (end_alpha - alpha) * (<float>position / <float>plan.tokens)


cdef train_rounds(Plan* plan, Worker* w, float[:, :] W_in, float[:, :] W_out, uint64_t seed,
                  int64_t epoch, float alpha, float end_alpha, int64_t[::1] shared,
                  double[:, :] report, int64_t me, int64_t workers, rounds):
    """Train in rounds: blocks on copies of their rows, then all workers merge them."""
    cdef float[:, :, :] in_copies = rounds.inputs, out_copies = rounds.outputs
    cdef int32_t[:, ::1] in_words = rounds.input_words, out_words = rounds.output_words
    cdef int32_t[:, ::1] sizes = rounds.sizes
    cdef const float[::1] in_pull = rounds.input_pull, out_pull = rounds.output_pull
    cdef int64_t[::1] taken = rounds.taken
    cdef int64_t S = sizes.shape[1], room_in = in_words.shape[1], room_out = out_words.shape[1]
    cdef int64_t most = S * max(room_in, room_out)
    cdef int32_t[::1] in_slot = np.zeros(W_in.shape[0], dtype=np.int32)
    cdef int32_t[::1] out_slot = np.zeros(W_out.shape[0], dtype=np.int32)
    cdef int32_t[:, ::1] merged = np.zeros((2, most), dtype=np.int32)
    cdef int64_t[::1] sums = np.zeros(most, dtype=np.int64)
    if in_pull.shape[0] != W_in.shape[0] or out_pull.shape[0] != W_out.shape[0]:
        raise ValueError("the rounds do not belong to the weights")
    cdef Share ins = Share(w.ins.W, &in_copies[0, 0, 0], &in_words[0, 0], &sizes[0, 0], &in_pull[0],
                           room_in, &in_slot[0], &merged[0, 0], <float**>&sums[0], &merged[1, 0])
    cdef Share outs = Share(w.outs.W, &out_copies[0, 0, 0], &out_words[0, 0], &sizes[1, 0],
                            &out_pull[0], room_out, &out_slot[0], &merged[0, 0],
                            <float**>&sums[0], &merged[1, 0])
    cdef int64_t blocks = n_blocks(plan.tokens), size = BLOCK
    cdef int64_t turn, block, here, first, i
    w.ins.slot = ins.slot
    w.outs.slot = outs.slot
    with nogil:
        for turn in range((blocks + S - 1) // S):
            here = min(S, blocks - turn * S)
            while not w2v_load(&shared[1]):
                i = w2v_fetch_add(&taken[turn], 1)
                if i >= here:
                    break
                block = turn * S + i
                first = block * size
                w.ins.n = w.ins.copied = w.outs.n = w.outs.copied = 0
                w.ins.copies = ins.copies + i * room_in * w.model.shape.stride
                w.outs.copies = outs.copies + i * room_out * w.model.shape.stride
                w.ins.words = ins.words + i * room_in
                w.outs.words = outs.words + i * room_out
                w.stream = block_key(seed, epoch, block)
                w.examples = 0
                w.loss = w2v_loss(report[i, 2], 1)
                train_block(plan, w, first, min(first + size, plan.tokens),
                            rate(plan, alpha, end_alpha, first), &shared[1])
                ins.sizes[i] = w.ins.n
                outs.sizes[i] = w.outs.n
                report[i, 0] += min(size, plan.tokens - first)
                report[i, 1] += w.examples
                report[i, 2] = w.loss.nats
            if not w2v_meet(&shared[2], workers, &shared[1]):
                break
            merge(&ins, here, rate(plan, alpha, end_alpha, turn * S * size), me, workers,
                  w.model.shape)
            merge(&outs, here, rate(plan, alpha, end_alpha, turn * S * size), me, workers,
                  w.model.shape)
            if not w2v_meet(&shared[2], workers, &shared[1]):
                break


def pairs(ids, offsets, settings, tables, int64_t epoch):
    """Yield the (word, context word) pairs of skip-gram that train() makes in an epoch, by block.

    Yields
    ------
    int32 (n, 2) arrays
    """
    cdef Plan plan = make_plan(ids, offsets, settings, tables, len(tables.keep))
    cdef int64_t around = 2 * min(plan.window, np.max(np.diff(offsets)))
    cdef int32_t[:, ::1] kept = np.zeros((3, BLOCK + around + 1), dtype=np.int32)
    cdef Worker w
    cdef int64_t n
    memset(&w, 0, sizeof(w))
    w.key = block_key(settings.seed, epoch, -1)
    w.words, w.low, w.high = &kept[0, 0], &kept[1, 0], &kept[2, 0]
    for first in range(0, plan.tokens, BLOCK):
        n = choose_words(&plan, &w, first, min(first + BLOCK, plan.tokens))
        words, low, high = np.array(kept[:, :n])
        # each centre as often as it has context words, beside the places low..high-1 but its own
        size = np.maximum(high - low - 1, 0)
        centres = np.repeat(np.arange(n), size)
        places = low[centres] + np.arange(len(centres)) - np.repeat(np.cumsum(size) - size, size)
        places += places >= centres
        if len(centres):
            yield np.column_stack([words[centres], words[places]])


# --- tokens --------------------------------------------------------------------------------------

cdef extern from "_tokens.h":
    enum:
        W2V_NOT_UTF8
        W2V_TOO_MANY_WORDS

    ctypedef struct w2v_words:
        int32_t size
        uint8_t *bytes
        int64_t *start
        int64_t *count

    ctypedef struct w2v_reader:
        w2v_words words
        int64_t bytes
        int64_t lines
        int64_t bad_byte

    ctypedef struct w2v_encoding:
        int64_t token
        int64_t sentence
        int64_t kept
        int64_t sentences

    int w2v_reader_init(w2v_reader *) noexcept nogil
    void w2v_reader_free(w2v_reader *) noexcept nogil
    int w2v_read(w2v_reader *, const uint8_t *, size_t, int32_t *, int64_t *, int64_t *,
                 int64_t *) noexcept nogil
    int32_t w2v_words_add_times(w2v_words *, const uint8_t *, size_t, int64_t) noexcept nogil
    int32_t w2v_words_find(const w2v_words *, const uint8_t *, size_t) noexcept nogil
    int64_t w2v_encode(w2v_encoding *, const int32_t *, int64_t, const int64_t *, int64_t,
                       const int32_t *, int32_t *, int64_t *) noexcept nogil


cdef class TokenReader:
    """Distinct words with their counts, numbered as they first appear in the text read."""

    cdef w2v_reader reader

    def __cinit__(self):
        if w2v_reader_init(&self.reader) < 0:
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
            id = w2v_words_add_times(&self.reader.words, <const uint8_t *><const char *>word,
                                     len(word), 1)
            if id < 0:
                self._fail(id)
            ids[i] = id

    def counts(self, int64_t[::1] out):
        """Write the count of each word, by id."""
        cdef Py_ssize_t i
        if out.shape[0] != self.reader.words.size:
            raise ValueError(f"out needs {self.reader.words.size} items")
        for i in range(out.shape[0]):
            out[i] = self.reader.words.count[i]

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
    """Fill an alias table from weights that sum to exactly V * 2**32 (and are used up).

    Integers throughout, so that nothing is rounded: 2**32 - threshold parts of an entry go to its
    alias.
    """
    cdef Py_ssize_t n = weights.shape[0], n_small = 0, n_large = 0, i
    cdef uint64_t full = <uint64_t>1 << 32
    cdef int32_t small, large
    if work.shape[0] != n or threshold.shape[0] != n or alias.shape[0] != n:
        raise ValueError("weights, work, threshold and alias need the same length")
    with nogil:
        # two stacks in one block: entries with too little from the left, the others from the right
        for i in range(n):
            if weights[i] < full:
                work[n_small] = <int32_t>i
                n_small += 1
            else:
                n_large += 1
                work[n - n_large] = <int32_t>i
        while n_small > 0 and n_large > 0:
            n_small -= 1
            small = work[n_small]
            large = work[n - n_large]
            threshold[small] = <uint32_t>weights[small]
            alias[small] = large
            weights[large] -= full - weights[small]
            if weights[large] < full:
                n_large -= 1
                work[n_small] = large
                n_small += 1
        # what is left holds exactly 2**32: with either answer the entry itself is drawn
        while n_large > 0:
            large = work[n - n_large]
            threshold[large] = 0xFFFFFFFF
            alias[large] = large
            n_large -= 1


def join_huffman(int64_t[::1] weight, int32_t[::1] up, uint8_t[::1] code, int32_t[::1] depth):
    """Join V leaves, descending in weight, into a Huffman tree of 2V - 1 nodes.

    ``weight[:V]`` holds the counts. Nodes V and up are inner nodes in the order they are made, so
    the last one is the root. Fills for each node the weight, the node above it, its code there
    (0 the lighter child, 1 the heavier) and its distance from the root.
    """
    # Two queues, leaves and inner nodes, both ascending: the lightest is at one of the fronts.
    # On a tie the leaf goes first, which keeps the longest path short.
    cdef Py_ssize_t n = (weight.shape[0] + 1) // 2, leaf = n - 1, node = n, child, made, i
    cdef int side
    if n == 0 or weight.shape[0] != 2 * n - 1 or not (
        up.shape[0] == code.shape[0] == depth.shape[0] == weight.shape[0]
    ):
        raise ValueError("weight, up, code and depth need 2V - 1 items")
    with nogil:
        for made in range(n, 2 * n - 1):
            weight[made] = 0
            for side in range(2):
                if leaf >= 0 and (node == made or weight[leaf] <= weight[node]):
                    child = leaf
                    leaf -= 1
                else:
                    child = node
                    node += 1
                weight[made] += weight[child]
                up[child] = <int32_t>made
                code[child] = side
        depth[2 * n - 2] = 0
        for i in range(2 * n - 3, -1, -1):
            # inner nodes from the root down, then the leaves: a parent is always done before
            depth[i] = depth[up[i]] + 1


def fill_huffman_paths(const int32_t[::1] up, const uint8_t[::1] code, const int64_t[::1] offsets,
                       int32_t[::1] nodes, uint8_t[::1] codes):
    """Write each leaf's path from the root, inner nodes renumbered so that the root is 0."""
    cdef Py_ssize_t n = offsets.shape[0] - 1, word, at, node, root = up.shape[0] - 1
    if n < 1 or up.shape[0] != 2 * n - 1 or code.shape[0] != up.shape[0] or not (
        nodes.shape[0] == codes.shape[0] == offsets[n]
    ):
        raise ValueError("the arrays do not belong to one tree")
    with nogil:
        for word in range(n):
            node = word
            for at in range(offsets[word + 1] - 1, offsets[word] - 1, -1):
                codes[at] = code[node]
                node = up[node]
                nodes[at] = <int32_t>(root - node)
