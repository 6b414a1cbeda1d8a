"""What _text.pyx uses of C, header by header. Structs name only the fields that it touches."""

from libc.stddef cimport size_t
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t


cdef extern from "csrc/draws.h" nogil:
    ctypedef struct w2v_alias:
        pass

    void w2v_fill_alias(uint64_t* weights, int32_t* work, uint32_t* threshold, int32_t* alias,
                        int64_t n)
    void w2v_join_huffman(int64_t* weight, int32_t* up, uint8_t* code, int32_t* depth, int64_t n)
    void w2v_fill_paths(const int32_t* up, const uint8_t* code, const int64_t* offsets,
                        int32_t* nodes, uint8_t* codes, int64_t n)


cdef extern from "csrc/tokens.h":
    enum:
        W2V_NOT_UTF8
        W2V_TOO_MANY_WORDS

    ctypedef struct w2v_words:
        int32_t size
        uint8_t *bytes
        int64_t *start

    ctypedef struct w2v_reader:
        w2v_words words
        int64_t bytes
        int64_t lines
        int64_t bad_byte
        int32_t joined

    ctypedef struct w2v_encoding:
        int64_t token
        int64_t sentence
        int64_t kept
        int64_t sentences

    int w2v_reader_init(w2v_reader *, uint64_t) noexcept nogil
    void w2v_reader_free(w2v_reader *) noexcept nogil
    int w2v_read(w2v_reader *, const uint8_t *, size_t, int32_t *, int64_t *, int64_t *,
                 int64_t *) noexcept nogil
    size_t w2v_up_to_blank(const uint8_t *, size_t) noexcept nogil
    void w2v_begin_part(w2v_reader *) noexcept nogil
    int w2v_join(w2v_reader *, w2v_reader *, int32_t *, int64_t, int64_t *, int64_t) noexcept nogil
    int w2v_take_counts(w2v_reader *, w2v_reader *) noexcept nogil
    int32_t w2v_words_add(w2v_words *, const uint8_t *, size_t) noexcept nogil
    int32_t w2v_words_find(const w2v_words *, const uint8_t *, size_t) noexcept nogil
    void w2v_counts(const w2v_reader *, int64_t *) noexcept nogil
    int64_t w2v_encode(w2v_encoding *, const int32_t *, int64_t, const int64_t *, int64_t,
                       const int32_t *, int32_t *, int64_t *) noexcept nogil


cdef extern from "csrc/ids.h" nogil:
    ctypedef struct w2v_ids:
        int32_t size
        int64_t *keys
        int64_t *counts

    int w2v_ids_init(w2v_ids *, uint64_t)
    void w2v_ids_free(w2v_ids *)
    int w2v_ids_add32(w2v_ids *, const int32_t *, int64_t, int32_t *)
    int w2v_ids_add64(w2v_ids *, const int64_t *, int64_t, int32_t *)
    int32_t w2v_ids_find(const w2v_ids *, int64_t)


cdef extern from "csrc/phrases.h":
    ctypedef struct w2v_pair:
        int64_t place
        int32_t a
        int32_t b
        uint32_t count

    ctypedef struct w2v_pairs:
        w2v_pair *slots
        uint64_t mask
        int64_t size

    ctypedef struct w2v_sequences:
        const int32_t *joined

    int w2v_pairs_init(w2v_pairs *, uint32_t, uint32_t) noexcept nogil
    void w2v_pairs_free(w2v_pairs *) noexcept nogil
    int w2v_pairs_count(w2v_pairs *, const int32_t *, const int64_t *, int64_t, int64_t,
                        const uint8_t *) noexcept nogil
    int w2v_sequences_init(w2v_sequences *, int64_t) noexcept nogil
    void w2v_sequences_free(w2v_sequences *) noexcept nogil
    void w2v_sequences_add(w2v_sequences *, int32_t, int32_t, int32_t) noexcept nogil
    int64_t w2v_sequences_join(const w2v_sequences *, const int32_t *, const int64_t *, int64_t,
                               int64_t, const uint8_t *, int32_t *, int64_t *,
                               int64_t) noexcept nogil


cdef extern from "csrc/walks.h" nogil:
    ctypedef struct w2v_graph:
        int64_t nodes
        const int64_t *starts
        const int32_t *targets
        const w2v_alias *tables
        const float *shares

    ctypedef struct w2v_walking:
        double back
        double far
        int64_t length
        uint64_t seed

    void w2v_fill_tables(const int64_t *, int64_t, const double *, uint64_t *, int32_t *,
                         uint32_t *, int32_t *, w2v_alias *, float *)
    void w2v_walk(const w2v_graph *, const w2v_walking *, const int32_t *, int64_t, int64_t,
                  int32_t *)
