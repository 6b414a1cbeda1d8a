# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False, auto_pickle=False, autotestdict=False
"""The compiled border of text: bytes to ids, ids to the ids of a vocabulary, counts to tables.

This file knows bytes and ids. It does not know files, threads or what is trained.
"""

import os

import numpy as np

from cpython.unicode cimport PyUnicode_AsUTF8String
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.string cimport memchr, memcpy

from w2v._core cimport refuse


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
        refuse(status == W2V_NOT_UTF8, f"byte {self.reader.bad_byte} is not UTF-8")
        refuse(status == W2V_TOO_MANY_WORDS, "more than 2**31 - 1 distinct words")
        raise MemoryError(f"no memory for the table of words ({self.reader.words.size:,} so far)")

    def read(self, const uint8_t[::1] text, int32_t[::1] ids, int64_t[::1] ends):
        """Read the next piece of a text; return how many ids and sentence ends were written."""
        cdef int64_t n_ids = 0, n_ends = 0, most = (text.shape[0] + 1) // 2
        cdef int status
        if text.shape[0] == 0:
            return 0, 0
        if ids.shape[0] < most or ends.shape[0] < most:
            raise ValueError(f"ids and ends need room for {most} items")
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
        with nogil:
            status = w2v_join(&self.reader, &part.reader, &ids[0], ids.shape[0], &ends[0],
                              ends.shape[0])
        if status < 0:
            self._fail(status)
        return status

    def take_counts(self, TokenReader part not None):
        """Take over the counts of a reader whose parts are all joined; it forgets its words."""
        cdef int status
        refuse(part.reader.joined != part.reader.words.size, "a part was read but not joined")
        with nogil:
            status = w2v_take_counts(&self.reader, &part.reader)
        if status < 0:
            self._fail(status)

    def add(self, list tokens not None, int32_t[::1] ids):
        """Count tokens that are split already and write their ids."""
        cdef Py_ssize_t i, n = len(tokens)
        cdef bytes word
        cdef int32_t id
        refuse(ids.shape[0] < n, f"ids needs room for {n} items")
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
        refuse(out.shape[0] != self.reader.words.size, f"out needs {self.reader.words.size} items")
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
        refuse(out.shape[0] != len(words), f"out needs {len(words)} items")
        for i in range(out.shape[0]):
            word = PyUnicode_AsUTF8String(words[i])
            out[i] = w2v_words_find(&self.reader.words, <const uint8_t *><const char *>word,
                                    len(word))


ctypedef fused integer:
    int32_t
    int64_t


cdef class IdTable:
    """Distinct integers with their counts, numbered as they first appear: words that are ids."""

    cdef w2v_ids table

    def __cinit__(self):
        cdef uint64_t seed = int.from_bytes(os.urandom(8), "little")  # see TokenReader
        if w2v_ids_init(&self.table, seed) < 0:
            raise MemoryError("no memory for the table of ids")

    def __dealloc__(self):
        w2v_ids_free(&self.table)

    def __len__(self):
        return self.table.size

    def add(self, const integer[::1] keys, int32_t[::1] numbers):
        """Count integers and write the number of each."""
        cdef int status
        cdef int64_t n = keys.shape[0]
        refuse(numbers.shape[0] < n, f"numbers needs room for {n} items")
        if n == 0:
            return
        with nogil:
            if integer is int32_t:
                status = w2v_ids_add32(&self.table, &keys[0], n, &numbers[0])
            else:
                status = w2v_ids_add64(&self.table, &keys[0], n, &numbers[0])
        refuse(status == W2V_TOO_MANY_WORDS, "more than 2**31 - 1 distinct ids")
        if status < 0:
            raise MemoryError(f"no memory for the table of ids ({self.table.size:,} so far)")

    def counts(self, int64_t[::1] out):
        """Write the count of each integer, by number."""
        refuse(out.shape[0] != self.table.size, f"out needs {self.table.size} items")
        if self.table.size:
            memcpy(&out[0], self.table.counts, self.table.size * sizeof(int64_t))

    def words(self, const int32_t[::1] numbers):
        """Return the integers of some numbers."""
        cdef Py_ssize_t i
        cdef int32_t number
        cdef list out = []
        for i in range(numbers.shape[0]):
            number = numbers[i]
            if number < 0 or number >= self.table.size:
                raise IndexError(f"number {number} is outside 0..{self.table.size - 1}")
            out.append(self.table.keys[number])
        return out

    def find(self, list words not None, int32_t[::1] out):
        """Write the number of each integer, -1 where it does not occur."""
        cdef Py_ssize_t i
        refuse(out.shape[0] != len(words), f"out needs {len(words)} items")
        for i in range(out.shape[0]):
            out[i] = w2v_ids_find(&self.table, words[i])


cdef class PairCounts:
    """How often words follow each other: those pairs whose hash falls into one of some parts."""

    cdef w2v_pairs pairs

    def __cinit__(self, int part, int parts):
        refuse(not 0 <= part < parts, "part must lie below parts")
        if w2v_pairs_init(&self.pairs, part, parts) < 0:
            raise MemoryError("no memory for the table of pairs")

    def __dealloc__(self):
        w2v_pairs_free(&self.pairs)

    def __len__(self):
        return self.pairs.size

    def count(self, const int32_t[::1] ids, const int64_t[::1] offsets, int64_t first,
              int64_t last, const uint8_t[::1] connects):
        """Count in sentences first to last - 1; ids must lie below ``len(connects)``."""
        cdef int status
        refuse(not 0 <= first <= last < offsets.shape[0], "there are no such sentences")
        if first == last or ids.shape[0] == 0:
            return
        with nogil:
            status = w2v_pairs_count(&self.pairs, &ids[0], &offsets[0], first, last, &connects[0])
        if status < 0:
            raise MemoryError(f"no memory for the table of pairs ({self.pairs.size:,} so far)")

    def frequent(self, uint32_t least, int64_t[:, ::1] out):
        """Write (place, a, b, count) of each pair that occurs so often; return how many do.

        What does not fit into `out` is only counted.
        """
        cdef int64_t n = 0
        cdef uint64_t i
        cdef w2v_pair *pair
        refuse(out.shape[1] != 4, "out needs 4 columns")
        for i in range(self.pairs.mask + 1):
            pair = &self.pairs.slots[i]
            if pair.count == 0 or pair.count < least:
                continue
            if n < out.shape[0]:
                out[n, 0], out[n, 1], out[n, 2], out[n, 3] = pair.place, pair.a, pair.b, pair.count
            n += 1
        return n


cdef class Sequences:
    """Sequences of ids that become one id each.

    Sequence i is ``ids[offsets[i]:offsets[i + 1]]`` and becomes ``joined[i]``. All have two ids or
    more, all are different, and their ids lie below `size`.
    """

    cdef w2v_sequences tree
    cdef int32_t[::1] ends
    cdef uint8_t[::1] begins

    def __init__(self, const int32_t[::1] ids, const int64_t[::1] offsets,
                 const int32_t[::1] joined, Py_ssize_t size):
        from array import array

        cdef dict nodes = {}
        cdef Py_ssize_t i, j
        cdef int32_t node
        cdef list ends = [-1]
        self.begins = bytearray(size)
        for i in range(joined.shape[0]):
            self.begins[ids[offsets[i]]] = 1
            node = 0
            for j in range(offsets[i], offsets[i + 1]):
                edge = (node, ids[j])
                if edge not in nodes:
                    nodes[edge] = len(ends)
                    ends.append(-1)
                node = nodes[edge]
            ends[node] = joined[i]
        self.ends = array("i", ends)
        if w2v_sequences_init(&self.tree, len(ends)) < 0:
            raise MemoryError("no memory for the phrases")
        self.tree.joined = &self.ends[0]
        for (start, word), node in nodes.items():
            w2v_sequences_add(&self.tree, start, word, node)

    def __dealloc__(self):
        w2v_sequences_free(&self.tree)

    def join(self, int32_t[::1] ids, const int64_t[::1] offsets, int64_t first, int64_t last,
             int64_t[::1] out_offsets, int64_t written):
        """Join the phrases of sentences first to last - 1 in place; return how many ids are left.

        The ids of all sentences before, `written` of them, are at the front already.
        """
        refuse(not 0 <= first <= last < offsets.shape[0], "there are no such sentences")
        refuse(out_offsets.shape[0] < offsets.shape[0], "out_offsets needs the room of offsets")
        if first == last or ids.shape[0] == 0:
            return written
        with nogil:
            written = w2v_sequences_join(&self.tree, &ids[0], &offsets[0], first, last,
                                         &self.begins[0], &ids[0], &out_offsets[0], written)
        return written


def up_to_blank(const uint8_t[::1] text):
    """Return the bytes up to the last blank and with it: a cut there cuts no word."""
    return w2v_up_to_blank(&text[0], text.shape[0])


def find_nul(const uint8_t[::1] text):
    """Return the position of the first NUL, -1 if there is none."""
    cdef const uint8_t *found
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
    refuse(state.shape[0] != 4, "state needs 4 items")
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
    refuse(n > 1 << 30, "a Huffman tree holds 2**30 words at most; raise min_count")
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
    with nogil:
        w2v_fill_paths(&up[0], &code[0], &offsets[0], &nodes[0], &codes[0], n)


def fill_tables(const int64_t[::1] starts, const double[::1] weights, uint32_t[:, ::1] tables,
                float[::1] shares):
    """Fill a graph's alias tables (edges, 2) and shares (edges,) from weights above 0."""
    cdef int64_t n = starts.shape[0] - 1, edges = weights.shape[0]
    refuse(n < 1 or edges < 1 or starts[0] != 0 or starts[n] != edges, "the edges do not fit")
    refuse(tables.shape[0] != edges or tables.shape[1] != 2 or shares.shape[0] != edges,
           "tables and shares need an item for each edge")
    degrees = np.diff(np.asarray(starts))
    refuse(degrees.min() < 0, "starts fall")
    most = degrees.max()
    cdef uint64_t[::1] parts = np.empty(most, np.uint64)
    cdef int32_t[::1] work = np.empty(most, np.int32), alias = np.empty(most, np.int32)
    cdef uint32_t[::1] threshold = np.empty(most, np.uint32)
    with nogil:
        w2v_fill_tables(&starts[0], n, &weights[0], &parts[0], &work[0], &threshold[0], &alias[0],
                        <w2v_alias *>&tables[0, 0], &shares[0])


def walk(const int64_t[::1] starts, const int32_t[::1] targets, const uint32_t[:, ::1] tables,
         const float[::1] shares, const int32_t[::1] begins, int64_t number,
         int32_t[:, ::1] walks, *, double p, double q, uint64_t seed):
    """Write the walks with these numbers from `begins`, (n, length); see walks.h.

    The targets must be nodes, ascending for each; tables and shares are None where all edges weigh
    the same.
    """
    cdef w2v_graph graph
    cdef w2v_walking walking
    cdef int64_t n = begins.shape[0], edges = targets.shape[0]
    refuse(starts.shape[0] < 2 or edges < 1 or starts[starts.shape[0] - 1] != edges,
           "the edges do not fit")
    refuse(walks.shape[0] != n or walks.shape[1] < 1, "walks needs a row for each begin")
    graph.nodes = starts.shape[0] - 1
    graph.starts, graph.targets = &starts[0], &targets[0]
    graph.tables, graph.shares = NULL, NULL
    if tables is not None:
        refuse(tables.shape[0] != edges or shares.shape[0] != edges, "tables do not fit")
        graph.tables, graph.shares = <const w2v_alias *>&tables[0, 0], &shares[0]
    walking.back, walking.far = 1 / p, 1 / q
    walking.length, walking.seed = walks.shape[1], seed
    if n:
        with nogil:
            w2v_walk(&graph, &walking, &begins[0], n, number, &walks[0, 0])
