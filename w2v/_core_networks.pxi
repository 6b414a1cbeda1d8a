# Part of _core.pyx: a training of a feed-forward network.

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


cdef reals(array, dtype, shape, name):
    """Return the array's address; raise unless it is contiguous and of this type and shape."""
    if array.dtype != dtype or array.shape != shape or not array.flags.c_contiguous:
        raise ValueError(f"{name} must be a contiguous array of {dtype} and shape {shape}")
    return <size_t>array.ctypes.data


cdef class NetworkTraining:
    """A training of a network in place, as reference.network_train() does it.

    Parameters
    ----------
    layers, theta, moments, X, T, sample_weight, training, epoch, epochs, updates
        As reference.network_train() takes them. `X` may be a scipy CSR matrix, canonical and with
        sound indices; for small layers it is made dense.
    workers : int
        At most so many threads; the result is the same for any number.
    gemm : capsule, optional
        A Fortran sgemm or dgemm, for products of BLAS_FROM multiplications and more.
    path : {"loops", "own", "blas"}, optional
        Forces how: loops for small layers, our matrix products, or `gemm` for all of them.
    """

    cdef w2v_network net
    cdef w2v_network_worker train
    # What `net` points into.
    cdef w2v_layer[::1] layers
    cdef w2v_source[::1] sources
    cdef int64_t[::1] starts
    cdef double[::1] epoch_losses
    cdef object arrays

    def __init__(self, layers, theta, moments, X, T, sample_weight, training, int64_t epoch,
                 int64_t epochs, int64_t updates, int64_t workers=1, gemm=None, path=None):
        cdef w2v_network* net = &self.net
        cdef int64_t at = 0, bytes_per_real = theta.dtype.itemsize
        columns = None
        units = [X.shape[1], *(layer.units for layer in layers)]
        memset(net, 0, sizeof(w2v_network))

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
        self.layers = np.array(rows, dtype=layer_type)
        self.sources = np.array(feeds, dtype=source_type)
        net.layers, net.sources, net.last = &self.layers[0], &self.sources[0], len(layers)
        net.size = at

        real = theta.dtype
        net.theta = <void*><size_t>reals(theta, real, (at,), "theta")
        net.moments = <void*><size_t>reals(moments, real, (2, at), "moments")
        net.small = max(units) <= W2V_SMALL if path is None else path == "loops"
        net.n = X.shape[0]
        if net.small and hasattr(X, "indptr"):
            X = X.toarray()
        if hasattr(X, "indptr"):
            self.starts = X.indptr.astype(np.int64)
            columns = np.ascontiguousarray(X.indices, np.int32)
            net.starts, net.columns = &self.starts[0], <int32_t*><size_t>columns.ctypes.data
            net.X = <void*><size_t>reals(X.data, real, (self.starts[net.n],), "X")
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
        self.epoch_losses = np.empty(epochs)
        net.epoch, net.epochs, net.updates = epoch, epochs, updates
        net.losses = &self.epoch_losses[0]

        net.blas_from = 0 if path == "blas" else W2V_BLAS_FROM
        if gemm is not None and path != "own":
            net.gemm = <w2v_blas_gemm>PyCapsule_GetPointer(gemm, PyCapsule_GetName(gemm))
        net.workers = min(workers, w2v_network_workers(net))

        cdef w2v_memory counted = w2v_memory(NULL, 0)
        w2v_network_plan(net, bytes_per_real, &counted)
        cdef _Memory memory = _Memory(counted.used)
        w2v_network_plan(net, bytes_per_real, &memory.memory)
        self.train = w2v_network_pick(bytes_per_real, kernels.isa)
        self.arrays = theta, moments, X, T, sample_weight, columns, gemm, memory

    @property
    def workers(self):
        """Number of workers: as many as find something to do."""
        return self.net.workers

    @property
    def done(self):
        """Epochs that are finished; workers may be at work."""
        return w2v_load(&self.net.done)

    @property
    def losses(self):
        """Mean losses of the epochs that were finished, while no worker is at work."""
        return np.asarray(self.epoch_losses)[:self.net.done].tolist()

    @property
    def updates(self):
        """Updates that the weights have had, those of earlier trainings included."""
        return self.net.updates

    def work(self, int64_t worker):
        """Be one worker of the training, counted from 0; releases the GIL.

        Every worker must be called once, each in its thread.
        """
        if not 0 <= worker < self.net.workers:
            raise ValueError(f"there is no worker {worker}")
        with nogil:
            self.train(&self.net, worker)

    def stop(self):
        """Tell all workers to end after the update under way."""
        w2v_store(&self.net.stop, 1)
