# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""The compiled border: checked arrays in, loops without the GIL."""


# ---------------------------------------------------------------------------------------------
# Tokens, encoding, and the two tables built from word counts (alias, Huffman)
# ---------------------------------------------------------------------------------------------

from cpython.unicode cimport PyUnicode_AsUTF8String
from libc.stddef cimport size_t
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t


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
