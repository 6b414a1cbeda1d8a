"""What _core.pyx uses of C, header by header. Structs name only the fields that it touches."""

from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t


cdef inline int refuse(bint wrong, message) except -1:
    """Raise ValueError if something is wrong."""
    if wrong:
        raise ValueError(message)
    return 0


cdef extern from "csrc/kernels.h" nogil:
    ctypedef struct w2v_shape:
        int64_t stride
        int64_t width

    ctypedef struct w2v_loss:
        double nats

    ctypedef struct w2v_kernels:
        const char* isa
        void (*dots)(float*, const float*, const float*, int64_t, int64_t, int64_t) noexcept nogil

    const w2v_kernels* w2v_pick_kernels(const char* isa)
    const char* w2v_isa_name(int i)
    w2v_shape w2v_shape_of(int64_t columns, const w2v_kernels*)
    w2v_loss w2v_no_loss()
    void w2v_settle(w2v_loss*)

cdef extern from "csrc/simd.h" nogil:
    const int W2V_ALIGN

cdef extern from "csrc/draws.h" nogil:
    ctypedef struct w2v_alias:
        uint32_t threshold
        int32_t alias

    void w2v_fill_uniform(float* W, int64_t rows, int64_t stride, int64_t columns, uint64_t seed,
                          float scale)


cdef extern from "csrc/memory.h" nogil:
    const int W2V_APART

    ctypedef struct w2v_memory:
        char* start
        int64_t used

cdef extern from "csrc/plan.h" nogil:
    const int W2V_BLOCK
    enum:
        W2V_SKIPGRAM
        W2V_CBOW
        W2V_LOSS_NS
        W2V_LOSS_HS
        W2V_LOSS_SOFTMAX
        W2V_LINK_SIGMOID
        W2V_LINK_SOFTMAX

    ctypedef struct w2v_matrix:
        float* W
        int64_t rows
        const float* updates
        int64_t copied
        const uint8_t* frozen

    ctypedef struct w2v_plan:
        const w2v_kernels* kernels
        w2v_shape shape
        w2v_matrix in_ "in"
        w2v_matrix out
        const int32_t* ids
        const int64_t* offsets
        int64_t sentences, tokens
        int32_t vocabulary
        int32_t pairs
        const w2v_alias* pair_table
        const int32_t* tag_rows
        const int64_t* tag_starts
        int64_t most_tags
        int32_t architecture, loss, window, negative
        int32_t shrink_windows, exact_gradient
        uint64_t seed
        int64_t blocks, workers, round_blocks, hot_blocks
        int32_t sampled
        const uint32_t* keep
        const w2v_alias* noise
        const int64_t* path_starts
        const int32_t* path_nodes
        const float* path_labels
        int64_t longest_path, epoch

    ctypedef struct w2v_report:
        double words, examples, loss

    ctypedef struct w2v_job:
        int32_t m, n
        float** inputs
        int32_t* starts
        float** outputs
        int32_t n_ahead
        const float* labels
        int32_t* targets
        int32_t* target_starts
        bint in_place

    ctypedef struct w2v_stepper:
        const w2v_kernels* kernels
        w2v_shape shape
        int link
        bint means, distinct, exact_gradient
        float* H
        float** hidden
        float* E
        float* S
        w2v_loss loss

    ctypedef struct w2v_block:
        int64_t number, n
        int32_t* words
        int32_t* context_start
        int32_t* context_end

    void w2v_cut_corpus(w2v_plan*, int64_t longest_sentence)
    void w2v_cut_steps(w2v_plan*)
    int64_t w2v_score_stride(int64_t outputs)
    void w2v_lay_out_block(const w2v_plan*, w2v_block*, w2v_memory*)

cdef extern from "csrc/words.h" nogil:
    int64_t w2v_longest_sentence(const int64_t* offsets, int64_t sentences)
    int64_t w2v_highest_id(const int32_t* ids, int64_t n)
    void w2v_choose_words(const w2v_plan*, w2v_block*)
    int64_t w2v_list_pairs(const w2v_block*, int32_t* pairs)

cdef extern from "csrc/train.h" nogil:
    void w2v_step(w2v_stepper*, const w2v_job*, float alpha, const w2v_job* ahead)

cdef extern from "csrc/workers.h" nogil:
    ctypedef struct w2v_training:
        w2v_plan plan
        w2v_report* reports
        int64_t n_reports

    void w2v_lay_out_training(w2v_training*, w2v_memory*)
    void w2v_start_epoch(w2v_training*, int64_t epoch, float alpha, float end_alpha,
                         int64_t first_block)
    void w2v_work(const w2v_training*, int64_t worker)
    w2v_report w2v_done(const w2v_training*)
    void w2v_stop(const w2v_training*)
    void w2v_pause(const w2v_training*)
    void w2v_resume(const w2v_training*)
    int64_t w2v_position(const w2v_training*)

cdef extern from "csrc/infer.h" nogil:
    ctypedef struct w2v_inference:
        int64_t epochs, columns
        float alpha, end_alpha
        float* vectors
        int32_t row
        int32_t* places
        int64_t next, stop

    void w2v_infer(const w2v_training*, int64_t worker, w2v_inference*)

cdef extern from "csrc/threads.h" nogil:
    void w2v_store(int64_t* flag, int64_t value)
    int64_t w2v_load(const int64_t* flag)

cdef extern from "csrc/network.h" nogil:
    const int W2V_SMALL
    ctypedef void (*w2v_blas_gemm)(char*, char*, int*, int*, int*, void*, void*, int*, void*, int*,
                                   void*, void*, int*) noexcept nogil

    ctypedef struct w2v_layer:
        int32_t units, activation, first_source, sources
        int64_t bias
        double k, K, dropout

    ctypedef struct w2v_source:
        int32_t from_ "from"
        int64_t weights

    ctypedef struct w2v_network:
        const w2v_layer* layers
        const w2v_source* sources
        int64_t last
        void* theta
        void* moments
        int64_t size
        const void* X
        const void* T
        const void* weight
        int64_t n
        const int64_t* starts
        const int32_t* columns
        int32_t loss, optimizer, shuffle
        int64_t batch, patience, workers
        uint64_t seed
        double learning_rate, decay, first, second, epsilon, l2, clip, error_limit, tol
        int64_t epoch, epochs, done, updates
        double* losses
        int32_t small
        w2v_blas_gemm gemm
        int64_t blas_from
        int64_t stop

    ctypedef void (*w2v_network_worker)(w2v_network* net, int64_t worker) noexcept nogil

    void w2v_network_plan(w2v_network* net, int64_t bytes_per_real, w2v_memory* memory)
    int64_t w2v_network_workers(const w2v_network* net)
    w2v_network_worker w2v_network_pick(int64_t bytes_per_real, const char* isa)
    const int64_t W2V_BLAS_FROM

cdef extern from "csrc/vector_files.h" nogil:
    ctypedef struct w2v_file:
        const uint8_t* data
        int64_t size
        int64_t position
        uint8_t* names
        int64_t capacity
        int64_t used

    int64_t w2v_read_binary(w2v_file*, float*, int64_t, int64_t)
    int64_t w2v_read_text(w2v_file*, float*, int64_t, int64_t)
    int64_t w2v_first_not_finite(const float*, int64_t, int64_t, int64_t)

cdef extern from "csrc/checksum.h" nogil:
    ctypedef struct w2v_indexed:
        const uint8_t* text
        const int64_t* cuts
        int64_t size
        int64_t n
        int32_t* index
        int64_t slots

    void w2v_prepare_crc32c()
    uint32_t w2v_crc32c(uint32_t, const uint8_t*, int64_t, int)
    void w2v_index_words(const w2v_indexed*)
    int64_t w2v_find_word(const w2v_indexed*, const uint8_t*, int64_t)

cdef extern from "csrc/ranking.h" nogil:
    ctypedef struct w2v_analogies:
        const float* S
        int64_t n
        int64_t first
        const int32_t* spelling
        int product
        float epsilon

    void w2v_norms(float*, const float*, int64_t, int64_t, int64_t)
    int64_t w2v_finalists(float*, const float*, int64_t, int64_t, float, float*, int64_t*)
    void w2v_answer(const w2v_analogies*, const int32_t*, const int32_t*, int64_t, float*,
                    int32_t*)
