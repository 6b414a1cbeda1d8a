# Part of _core.pyx: files to rows, and rows to answers.

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
    cdef int64_t stride = stride_of(rows), found
    with nogil:
        found = w2v_first_not_finite(&rows[0, 0], rows.shape[0], stride, rows.shape[1])
    return found


w2v_prepare_crc32c()


def crc32c(const uint8_t[::1] data, uint32_t crc=0):
    """Return the CRC-32C of bytes that follow those whose checksum is `crc`.

    The scalar instruction set takes tables in place of the processor's instruction.
    """
    cdef int64_t size = data.shape[0]
    cdef int fast = isa() != "scalar"
    if size:
        with nogil:
            crc = w2v_crc32c(crc, &data[0], size, fast)
    return crc


def index_words(const uint8_t[::1] text, const int64_t[::1] cuts, int32_t[::1] index):
    """Fill the hash table of words, all -1 before: text[cuts[i]:cuts[i + 1]] is word i."""
    cdef w2v_indexed words = indexed(text, cuts, index)
    if words.n:
        refuse(cuts[0] < 0 or cuts[words.n] > words.size or (np.diff(cuts) < 1).any(),
               "the cuts must increase within the text")
        refuse(words.slots <= words.n, "the index needs a free slot")
        with nogil:
            w2v_index_words(&words)


def find_word(const uint8_t[::1] text, const int64_t[::1] cuts, const int32_t[::1] index,
              const uint8_t[::1] word):
    """Return the row of a word, -1 if it is unknown."""
    cdef w2v_indexed words = indexed(text, cuts, index)
    return w2v_find_word(&words, &word[0], word.shape[0]) if words.n and word.shape[0] else -1


cdef w2v_indexed indexed(const uint8_t[::1] text, const int64_t[::1] cuts,
                         const int32_t[::1] index) except *:
    cdef int64_t n = cuts.shape[0] - 1, slots = index.shape[0]
    refuse(n > 0 and (slots < 2 or slots & (slots - 1)), "an index is a power of two of slots")
    if n < 1 or text.shape[0] == 0:
        return w2v_indexed(NULL, NULL, 0, 0, NULL, 0)
    return w2v_indexed(&text[0], &cuts[0], text.shape[0], n, <int32_t*>&index[0], slots)


def row_norms(const float[:, :] rows, float[::1] out):
    """Write the length of each row, summed in double."""
    cdef int64_t stride = stride_of(rows)
    refuse(out.shape[0] != rows.shape[0], "out needs a number for each row")
    with nogil:
        w2v_norms(&out[0], &rows[0, 0], rows.shape[0], stride, rows.shape[1])


def dots(const float[::1] query, const float[:, :] rows, float[::1] out):
    """Write the dot product of the query with each row."""
    cdef int64_t stride = stride_of(rows)
    if out.shape[0] != rows.shape[0] or query.shape[0] != rows.shape[1]:
        raise ValueError("the shapes of query, rows and out do not belong together")
    with nogil:
        kernels.dots(&out[0], &query[0], &rows[0, 0], rows.shape[0], stride, rows.shape[1])


def finalists(float[:, ::1] scores, const float[::1] norms, Py_ssize_t k, float margin):
    """Divide the scores (n, m) by the norms of the rows (m,); list each line's best places.

    A line's places are those less than `margin` below its k-th largest score, in order, int64. A
    norm of 0 counts as 1.
    """
    cdef Py_ssize_t i, n = norms.shape[0]
    cdef int64_t found
    refuse(n != scores.shape[1] or k < 1, "a norm is needed for each column, and a k of at least 1")
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
