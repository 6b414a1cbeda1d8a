# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False, auto_pickle=False, autotestdict=False
"""The compiled border: checked arrays in, loops without the GIL.

Four sections. *Kernels*: which instruction set runs, and one step of any objective on lists of
rows. *Training*: the loop over blocks of an encoded corpus, its two input builders and three
output builders. *Networks* (_core_networks.pxi): a training of a feed-forward network. *Vectors*
(_core_vectors.pxi): files to rows, and rows to answers. The border of text is _text.pyx.

This file knows ids and rows. It does not know words' meaning, files or settings' defaults.
"""

import os
from collections import namedtuple

import numpy as np

from cpython.pycapsule cimport PyCapsule_GetName, PyCapsule_GetPointer
from libc.stddef cimport size_t
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memset

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
    """Return how rows of so many floats lie."""
    return w2v_shape_of(columns, kernels)


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
    cdef int64_t stride = stride_of(W)
    with nogil:
        w2v_fill_uniform(&W[0, 0], W.shape[0], stride, W.shape[1], seed, scale)


cdef row_pointers(float[:, :] W, rows):
    """Return the addresses of some rows of a matrix, for C."""
    return np.uintp(<size_t>&W[0, 0]) + np.asarray(rows, dtype=np.uintp) * np.uintp(W.strides[0])


_LINKS = {"sigmoid": W2V_LINK_SIGMOID, "softmax": W2V_LINK_SOFTMAX}


cdef choice(name, value, choices):
    """Return what a name stands for; raise ValueError if it is none of the choices."""
    if value not in choices:
        raise ValueError(f"{name}={value!r}: expected one of {', '.join(map(repr, choices))}")
    return choices[value]


def train_step(W_in, W_out, inputs, starts, outputs, targets, float alpha, link,
               exact_gradient=True):
    """Take one step on given rows, in place: reference.step() in compiled form.

    Arguments and result are those of :func:`w2v.reference.step`; the matrices are float32 of any
    layout.
    """
    cdef int32_t[::1] starts_ = np.ascontiguousarray(starts, dtype=np.int32)
    cdef int32_t[::1] outputs_ = np.ascontiguousarray(outputs, dtype=np.int32)
    cdef int64_t m = starts_.shape[0] - 1, n = outputs_.shape[0]
    cdef bint softmax = choice("link", link, _LINKS) == W2V_LINK_SOFTMAX
    predicted = [np.atleast_1d(t) for t in targets] if softmax else [[0]] * m
    cdef int32_t[::1] targets_ = np.concatenate([[], *predicted]).astype(np.int32)
    cdef int32_t[::1] target_starts = np.cumsum([0, *map(len, predicted)]).astype(np.int32)
    refuse(W_in.shape[1] != W_out.shape[1], "the rows of W_in and W_out differ in length")
    if m < 1 or n < 1 or np.any(np.diff(starts) < 1) or starts_[0] != 0:
        raise ValueError("a step needs an output row and examples of at least one input each")
    if starts_[m] != len(inputs) or len(targets) != (m if softmax else n):
        raise ValueError("starts, inputs and targets do not belong together")
    for rows, W in ((inputs, W_in), (outputs, W_out), (targets_, outputs)):
        if np.min(rows) < 0 or np.max(rows) >= len(W):
            raise IndexError("a row number lies outside its matrix")
    cdef float[:, :] A = aligned_zeros(*W_in.shape)
    cdef float[:, :] B = aligned_zeros(*W_out.shape)
    np.asarray(A)[:] = W_in
    np.asarray(B)[:] = W_out
    cdef float[:, :] H = aligned_zeros(m, W_in.shape[1])
    cdef float[:, :] E = aligned_zeros(m, W_in.shape[1])
    cdef float[:, :] S = aligned_zeros(1, m * w2v_score_stride(n) + 16)
    cdef float[:, :] labels = aligned_zeros(1, m * n + 16)
    if not softmax:
        np.asarray(labels)[0, :m * n] = np.tile(np.asarray(targets, dtype=np.float32), m)
    cdef size_t[::1] hidden = row_pointers(H, np.arange(m))
    cdef size_t[::1] input_rows = row_pointers(A, inputs)
    cdef size_t[::1] output_rows = row_pointers(B, outputs)
    cdef w2v_stepper stepper
    cdef w2v_job job
    stepper.kernels, stepper.shape, stepper.loss = kernels, shape_of(A.shape[1]), w2v_no_loss()
    stepper.link = _LINKS[link]
    stepper.means = len(inputs) > m
    stepper.distinct = len(set(outputs)) == n
    stepper.exact_gradient = exact_gradient
    stepper.H, stepper.E, stepper.S = &H[0, 0], &E[0, 0], &S[0, 0]
    stepper.hidden = <float**>&hidden[0]
    job.m, job.n, job.n_ahead = m, n, n
    job.inputs, job.starts = <float**>&input_rows[0], &starts_[0]
    job.outputs, job.labels = <float**>&output_rows[0], &labels[0, 0]
    job.targets, job.target_starts = &targets_[0], &target_starts[0]
    job.in_place = not softmax and len(set(inputs)) == len(inputs) == m
    w2v_step(&stepper, &job, alpha, &job)
    w2v_settle(&stepper.loss)
    W_in[:] = np.asarray(A)
    W_out[:] = np.asarray(B)
    return stepper.loss.nats


# --- training ------------------------------------------------------------------------------------

BLOCK = W2V_BLOCK
"""Words in a block, the unit of work, of randomness and of the learning rate."""

Tables = namedtuple("Tables", [
    "keep",          # (V,) uint32: a word is kept if 32 random bits are below it ...
    "sampled",       # ... tested for ids below this one only
    "noise",         # (V, 2) uint32: Walker's table of the noise distribution, threshold and alias
    "path_starts",   # (V + 1,) int64: word i's Huffman path is
    "path_nodes",    # (P,) int32 rows of W_out and
    "path_labels",   # (P + 16,) float32: 1 - code, and what loads by eight may touch
])

_ARCHITECTURES = {"skipgram": W2V_SKIPGRAM, "cbow": W2V_CBOW}
_LOSSES_OF_WORDS = {"ns": W2V_LOSS_NS, "hs": W2V_LOSS_HS, "softmax": W2V_LOSS_SOFTMAX}
_CBOW_GRADIENTS = {"undivided": False, "exact": True}


def n_blocks(tokens):
    """Return the number of blocks that a corpus of `tokens` words is worked on in."""
    return (tokens + BLOCK - 1) // BLOCK


def check_corpus(const int32_t[::1] ids, const int64_t[::1] offsets, Py_ssize_t vocabulary):
    """Return the number of words in the longest sentence.

    Raises
    ------
    ValueError
        If the offsets do not begin at 0, ascend and end at the number of ids, or if an id is none
        of the vocabulary's.
    """
    cdef int64_t longest, N = offsets.shape[0] - 1
    if N < 1 or ids.shape[0] == 0 or offsets[0] != 0 or offsets[N] != ids.shape[0]:
        raise ValueError("the corpus holds no sentence")
    with nogil:
        longest = w2v_longest_sentence(&offsets[0], N)
    refuse(longest < 0, "the corpus holds sentences without words")
    if w2v_highest_id(&ids[0], ids.shape[0]) >= vocabulary:
        raise ValueError("the corpus holds ids that the vocabulary does not")
    return longest


cdef w2v_plan corpus_plan(ids, offsets, tables, int64_t window, uint64_t seed) except *:
    """Return a plan that can choose words; the arrays must outlive it."""
    cdef w2v_plan plan
    cdef const int32_t[::1] ids_ = ids
    cdef const int64_t[::1] offsets_ = offsets
    cdef const uint32_t[::1] keep = tables.keep
    longest = check_corpus(ids, offsets, len(keep))
    memset(&plan, 0, sizeof(plan))
    plan.kernels = kernels
    plan.ids, plan.offsets = &ids_[0], &offsets_[0]
    plan.tokens, plan.sentences = ids_.shape[0], offsets_.shape[0] - 1
    plan.vocabulary = <int32_t>keep.shape[0]
    plan.keep, plan.sampled = &keep[0], tables.sampled
    plan.window, plan.seed = window, seed
    w2v_cut_corpus(&plan, longest)
    return plan


cdef w2v_plan pairs_plan(const int32_t[::1] ids, table, tables, int64_t inputs,
                         uint64_t seed) except *:
    """Return a plan that takes pairs (input, output), or draws them from an alias table."""
    cdef w2v_plan plan
    cdef const uint32_t[::1] keep = tables.keep
    cdef const uint32_t[:, ::1] draws
    if ids.shape[0] == 0 or ids.shape[0] % 2:
        raise ValueError("there are no pairs")
    every = np.asarray(ids)
    if every.min() < 0 or every[::2].max() >= inputs or every[1::2].max() >= keep.shape[0]:
        raise ValueError("the pairs hold ids that the vocabularies do not")
    memset(&plan, 0, sizeof(plan))
    plan.kernels = kernels
    plan.ids, plan.tokens, plan.pairs = &ids[0], ids.shape[0], 1
    if table is not None:
        draws = table
        plan.pair_table = noise_table(draws, ids.shape[0] // 2)
    plan.vocabulary, plan.keep = <int32_t>keep.shape[0], &keep[0]
    plan.window, plan.seed = 1, seed
    w2v_cut_corpus(&plan, 1)
    return plan


cdef class _Memory:
    """Zeros for C to take parts of."""

    cdef object array
    cdef w2v_memory memory

    def __cinit__(self, int64_t size):
        self.array = np.zeros(size + W2V_APART, dtype=np.uint8)
        address = self.array.ctypes.data
        self.memory.start = <char*><size_t>(address + -address % W2V_APART)


cdef class Training:
    """One training: what is trained, on what, by how many workers, and all memory for it.

    The corpus, the weights and the tables are checked here, once. Then for every epoch
    :meth:`start_epoch` is called, and :meth:`work` in a thread for each worker.

    Without `round_blocks` all workers train the same weights at the same time, without locks
    (Hogwild). With it the result is the same for any number of workers: the blocks of a round all
    start from the same weights, each on copies of its own, which are merged before the next round.

    Parameters
    ----------
    ids, offsets : int32 (T,), int64 (N + 1,)
        The encoded corpus; sentence i is ``ids[offsets[i]:offsets[i + 1]]``.
    W_in, W_out : float32 from aligned_zeros()
        The weights (V, d) and (V, d), or (V - 1, d) for hierarchical softmax; changed in place.
    settings
        An object with `architecture`, `loss`, `window`, `negative`, `shrink_windows`,
        `cbow_gradient` and `seed`, as :class:`w2v.Word2Vec` has them.
    tables : Tables
        What words are drawn from.
    workers : int, default 1
        How many workers there are.
    round_blocks : int, default 0
        Blocks in a round.
    hot_blocks : int, default 0
        Without rounds: blocks after which a worker brings its copies into the model. It has copies
        of the first rows, as many as `updates` has numbers.
    pairs : bool, default False
        The ids are pairs, an input and an output each, of vocabularies of their own: W_in is
        (V of the inputs, d), and the tables and W_out belong to the outputs. Without offsets.
    pair_table : uint32 (number of pairs, 2), optional
        Alias table that pairs are drawn from, instead of taking them in order.
    tags : (int64 (N + 1,), int32 (n,)), optional
        Sentence i has rows of W_in of its own, ``rows[starts[i]:starts[i + 1]]``, which are inputs
        of each centre beside its context. W_in has other rows than the vocabulary then.
    words : bool, default True
        With tags: the words around a centre are inputs, too, the first rows of W_in.
    updates : (float32 (rows of W_in,), float32 (rows of W_out,)), optional
        How many updates a block brings each row, see w2v_damping() in train.h. Needed for rounds
        and for copies.
    frozen : (uint8 (rows of W_in,) or None, uint8 (rows of W_out,) or None)
        1 for each row that no step may change.
    """

    cdef w2v_training training
    cdef tuple arrays  # that C points into

    def __cinit__(self, ids, offsets, float[:, :] W_in, float[:, :] W_out, settings, tables,
                  int64_t workers=1, *, int64_t round_blocks=0, int64_t hot_blocks=0,
                  bint pairs=False, pair_table=None, tags=None, bint words=True, updates=None,
                  frozen=(None, None)):
        cdef w2v_plan* plan = &self.training.plan
        check_rows(np.asarray(W_in), "W_in")
        check_rows(np.asarray(W_out), "W_out")
        if pairs:
            refuse(settings.architecture != "skipgram", "pairs are trained by skip-gram")
            plan[0] = pairs_plan(ids, pair_table, tables, W_in.shape[0], settings.seed)
        else:
            window = settings.window if words else 0
            plan[0] = corpus_plan(ids, offsets, tables, window, settings.seed)
        plan.shape = shape_of(W_in.shape[1])
        plan.architecture = choice("architecture", settings.architecture, _ARCHITECTURES)
        plan.loss = choice("loss", settings.loss, _LOSSES_OF_WORDS)
        plan.exact_gradient = choice("cbow_gradient", settings.cbow_gradient, _CBOW_GRADIENTS)
        plan.shrink_windows = settings.shrink_windows and plan.window
        if tags is not None:
            give_tags(plan, tags[0], tags[1], W_in.shape[0])
        if plan.loss == W2V_LOSS_NS:
            plan.negative = settings.negative
            plan.noise = noise_table(tables.noise, plan.vocabulary)
        elif plan.loss == W2V_LOSS_HS:
            give_paths(plan, tables, W_out.shape[0])
        w2v_cut_steps(plan)
        own = pairs or (tags is not None and W_in.shape[0] >= words * plan.vocabulary)
        if (W_in.shape[0] != plan.vocabulary and not own) or W_out.shape[1] != W_in.shape[1] or (
                W_out.shape[0] < plan.vocabulary - (plan.loss == W2V_LOSS_HS)):
            raise ValueError("W_in or W_out does not belong to the vocabulary")
        if round_blocks and plan.loss == W2V_LOSS_SOFTMAX:
            raise ValueError("rounds must know which rows a block will touch: the exact softmax "
                             "touches all")
        if workers < 1 or round_blocks < 0 or hot_blocks < 0:
            raise ValueError("a training needs a worker, and no negative numbers of blocks")
        plan.workers, plan.round_blocks, plan.hot_blocks = workers, round_blocks, hot_blocks
        if updates is None:
            refuse(round_blocks or hot_blocks, "rounds and copies need the updates of each row")
            updates = np.zeros(1, np.float32), np.zeros(1, np.float32)
        plan.in_ = matrix(W_in, updates[0], round_blocks, frozen[0])
        plan.out = matrix(W_out, updates[1], round_blocks, frozen[1])
        cdef w2v_memory counted = w2v_memory(NULL, 0)
        w2v_lay_out_training(&self.training, &counted)
        cdef _Memory memory = _Memory(counted.used)
        w2v_lay_out_training(&self.training, &memory.memory)
        self.arrays = (ids, offsets, W_in, W_out, tables, pair_table, tags, updates, frozen, memory)

    @property
    def workers(self):
        """Number of workers."""
        return self.training.plan.workers

    def start_epoch(self, int64_t epoch, float alpha, float end_alpha, int64_t first_block=0,
                    reports=None):
        """Begin an epoch; no worker may be at work.

        Parameters
        ----------
        epoch : int
            Its number: with the seed and the place it determines all random numbers.
        alpha, end_alpha : float
            Learning rates at its first and behind its last word; a block has that of its first.
        first_block : int, default 0
            Go on from here: the :attr:`position` of an epoch that was paused.
        reports : float64 (n, 3), optional
            The :attr:`reports` of that epoch.
        """
        cdef w2v_plan* plan = &self.training.plan
        cdef double[:, ::1] done = np.zeros((1, 3)) if reports is None else reports
        cdef int64_t i, at
        if not 0 <= first_block <= plan.blocks or (
                plan.round_blocks and first_block < plan.blocks
                and first_block % plan.round_blocks):
            raise ValueError(f"no epoch of this training can go on from block {first_block}")
        refuse(done.shape[1] != 3, "a report has three numbers")
        w2v_start_epoch(&self.training, epoch, alpha, end_alpha, first_block)
        for i in range(done.shape[0]):
            at = i % self.training.n_reports  # there may be fewer workers than before
            self.training.reports[at].words += done[i, 0]
            self.training.reports[at].examples += done[i, 1]
            self.training.reports[at].loss += done[i, 2]

    def work(self, int64_t worker):
        """Be one worker of the epoch, counted from 0, until no block is left.

        Releases the GIL. With rounds every worker must be called, each in its thread.
        """
        refuse(not 0 <= worker < self.training.plan.workers, f"there is no worker {worker}")
        with nogil:
            w2v_work(&self.training, worker)

    def stop(self):
        """Tell all workers to stop in the midst of their blocks; the epoch cannot go on then."""
        w2v_stop(&self.training)

    def pause(self):
        """Tell all workers to end between two blocks or rounds."""
        w2v_pause(&self.training)

    def resume(self):
        """Let :meth:`work` go on after a pause, in this training."""
        w2v_resume(&self.training)

    @property
    def position(self):
        """The number of blocks that are trained, while no worker is at work; -1 after a stop.

        Together with the weights and :attr:`reports` it is all that the rest of the epoch depends
        on: with rounds, or with one worker, the bytes are those of an epoch without a pause.
        """
        return w2v_position(&self.training)

    @property
    def finished(self):
        """Whether all blocks of the epoch are trained."""
        return w2v_position(&self.training) == self.training.plan.blocks

    @property
    def reports(self):
        """What has been done in the epoch, float64 (n, 3): words, examples, loss."""
        cdef w2v_report* r = self.training.reports
        return np.array([(r[i].words, r[i].examples, r[i].loss)
                         for i in range(self.training.n_reports)])

    def report(self):
        """Return words done, examples trained and the sum of their losses in nats, so far."""
        cdef w2v_report done = w2v_done(&self.training)
        return done.words, done.examples, done.loss


cdef w2v_matrix matrix(float[:, :] W, const float[::1] updates, bint every,
                       const uint8_t[::1] frozen) except *:
    """Return a matrix for C; `every` says that any of its rows may be copied."""
    if every and updates.shape[0] != W.shape[0] or not updates.shape[0]:
        raise ValueError("updates need a number for each row")
    refuse(frozen is not None and frozen.shape[0] != W.shape[0], "a row is frozen or it is not")
    cdef w2v_matrix made = w2v_matrix(&W[0, 0], W.shape[0], &updates[0],
                                      min(updates.shape[0], W.shape[0]), NULL)
    if frozen is not None:
        made.frozen = &frozen[0]
    return made


cdef class Inference:
    """Vectors of new documents, against the weights of a training that stay as they are.

    Parameters
    ----------
    training : Training
        With the documents as its sentences, with tags and without rounds, and all rows frozen that
        it uses. Its workers are those of the inference.
    vectors : float32 (N, d) from aligned_zeros()
        One for each sentence; they are found.
    row : int
        The row of W_in that stands for the tag of each.
    epochs, alpha, end_alpha
        Passes over each document, and the learning rates between which they fall.
    """

    cdef w2v_inference inference
    cdef Training training
    cdef tuple arrays  # that C points into

    def __cinit__(self, Training training, float[:, :] vectors, int32_t row, int64_t epochs,
                  float alpha, float end_alpha):
        cdef w2v_plan* plan = &training.training.plan
        check_rows(np.asarray(vectors), "vectors")
        refuse(plan.tag_rows == NULL or plan.round_blocks or plan.hot_blocks,
               "inference needs tags, and workers without copies")
        refuse(vectors.shape[0] != plan.sentences or epochs < 1, "a vector for each sentence")
        refuse(shape_of(vectors.shape[1]).stride != plan.shape.stride, "vectors of another length")
        refuse(not 0 <= row < plan.in_.rows, "the tag's row lies outside W_in")
        cdef int32_t[:, ::1] places = np.full((plan.workers, plan.in_.rows), -1, np.int32)
        self.inference = w2v_inference(epochs, vectors.shape[1], alpha, end_alpha, &vectors[0, 0],
                                       row, &places[0, 0], 0, 0)
        self.training, self.arrays = training, (vectors, places)

    def work(self, int64_t worker):
        """Be one worker, counted from 0, until no document is left; releases the GIL."""
        refuse(not 0 <= worker < self.training.workers, f"there is no worker {worker}")
        with nogil:
            w2v_infer(&self.training.training, worker, &self.inference)

    def stop(self):
        """Tell all workers to stop."""
        w2v_store(&self.inference.stop, 1)


cdef give_tags(w2v_plan* plan, const int64_t[::1] starts, const int32_t[::1] rows,
               Py_ssize_t rows_in):
    """Let the sentences of a plan have tags."""
    counts = np.diff(starts)
    if len(counts) != plan.sentences or starts[0] != 0 or counts.min() < 1 or (
            starts[plan.sentences] != rows.shape[0]):
        raise ValueError("each sentence needs its tags")
    refuse(np.min(rows) < 0 or np.max(rows) >= rows_in, "a tag's row lies outside W_in")
    refuse(plan.loss == W2V_LOSS_SOFTMAX, "tags are not trained by the exact softmax")
    plan.tag_starts, plan.tag_rows, plan.most_tags = &starts[0], &rows[0], counts.max()


cdef const w2v_alias* noise_table(const uint32_t[:, ::1] noise, Py_ssize_t vocabulary) except NULL:
    if noise.shape[0] != vocabulary or noise.shape[1] != 2 or np.max(noise[:, 1]) >= vocabulary:
        raise ValueError("the noise table does not belong to the vocabulary")
    return <const w2v_alias*>&noise[0, 0]


cdef give_paths(w2v_plan* plan, tables, Py_ssize_t rows_out):
    """Let a plan have the words' Huffman paths."""
    cdef const int64_t[::1] starts = tables.path_starts
    cdef const int32_t[::1] nodes = tables.path_nodes
    cdef const float[::1] labels = tables.path_labels
    lengths = np.diff(starts)
    if len(lengths) != plan.vocabulary or starts[0] != 0 or lengths.min() < 0 or (
            not starts[plan.vocabulary] == nodes.shape[0] == labels.shape[0] - 16):
        raise ValueError("the Huffman tree does not belong to the vocabulary")
    if len(nodes) and (np.max(nodes) >= rows_out or np.min(nodes) < 0):
        raise ValueError("the Huffman tree does not belong to W_out")
    plan.path_starts, plan.path_nodes, plan.path_labels = &starts[0], &nodes[0], &labels[0]
    plan.longest_path = lengths.max()


def pairs(ids, offsets, tables, *, int64_t window, bint shrink_windows, uint64_t seed,
          int64_t epoch):
    """Yield the (word, context word) pairs of skip-gram that are trained in an epoch, by block.

    Yields
    ------
    int32 (n, 2) arrays
    """
    cdef w2v_plan plan = corpus_plan(ids, offsets, tables, window, seed)
    cdef w2v_memory counted = w2v_memory(NULL, 0)
    cdef w2v_block block
    plan.shrink_windows, plan.epoch = shrink_windows, epoch
    w2v_lay_out_block(&plan, &block, &counted)
    cdef _Memory memory = _Memory(counted.used)
    w2v_lay_out_block(&plan, &block, &memory.memory)
    for number in range(plan.blocks):
        block.number = number
        w2v_choose_words(&plan, &block)
        n = w2v_list_pairs(&block, NULL)
        found = np.empty((n, 2), dtype=np.int32)
        w2v_list_pairs(&block, <int32_t*><size_t>found.ctypes.data)
        if n:
            yield found


include "_core_networks.pxi"
include "_core_vectors.pxi"
