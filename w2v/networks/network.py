"""Feed-forward networks trained by backpropagation.

A :class:`Network` is a list of :class:`Layer`; it knows arrays, and no words or files of text.
``forward``, ``backward`` and ``step`` are the lecture's, in plain numpy, to look at and to check
with; ``train`` runs whole trainings in the compiled core.

Three conventions, everywhere: ``w[dest, source]``; a loss is a sum over outputs, in nats, and a
mean over patterns; all changes of an update are computed at the old weights and applied together.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from w2v.checks import Declared, number, whole_number
from w2v.interrupts import SIGNALS, Guard
from w2v.names import DEFAULTS
from w2v.networks import files, functions, passes
from w2v.networks.checkpoint import (
    EVERY,
    Checkpoint,
    Notes,
    Saved,
    check_place,
    fingerprint,
    plain,
)
from w2v.networks.explain import NetworkStep, explain_step
from w2v.networks.layers import (
    Layer,
    Parameters,
    arrays_of,
    check_layers,
    draw_weights,
    network_size,
    network_views,
    set_weights,
)
from w2v.networks.patterns import dense, matrix, targets, weights_with_mean_1
from w2v.networks.shown import network_html
from w2v.networks.trainer import CONSTANTS, History, State, settings, start_state, train
from w2v.parallel import alone, worker_count

Floats = NDArray[Any]

__all__ = ["DEFAULTS", "History", "Layer", "Network", "Parameters", "State"]


class Network(Declared):
    """A feed-forward network of dense layers.

    Parameters
    ----------
    n_inputs : int
        Number of inputs.
    layers : sequence of Layer
        Hidden layers and, last, the output layer; it may be the only one.
    loss : {"squared_error", "binary_cross_entropy", "cross_entropy"}, default "squared_error"
        What training lowers; see :mod:`w2v.functions` for the outputs each one takes.
    init : {"glorot", "he", "uniform"} or (weights, biases) or (weights, biases, skips)
        Where the weights start. Glorot: uniform within sqrt(6 / (fan_in + fan_out)); He: within
        sqrt(6 / fan_in), both with biases 0 and fan_in counting all sources; uniform: weights and
        biases within 0.05, the lecture's. Or arrays as the attributes below.
    seed : int, default 1
        Of the initial weights.
    dtype : {"float32", "float64"}, default "float32"
        Precision of everything.

    Attributes
    ----------
    weights : tuple of (n_l, n_l-1) arrays
        w[dest, source], one for each layer after the input. These are views: write into them
        (``net.weights[0][:] = ...``) to set them.
    biases : tuple of (n_l,) arrays or None
        The same of the biases.
    skips : dict of (from, to) -> (n_to, n_from) array
        Weights of connections that skip layers.
    parameters : (size,) array
        All of them, one after another.
    history : History or None
        What the latest training reports, also of one that an exception ended.

    Raises
    ------
    ValueError
        If layers and loss do not fit together, or given arrays do not fit the layers.

    References
    ----------
    Rumelhart, Hinton and Williams (1986), Learning representations by back-propagating errors.
    Glorot and Bengio (2010). He, Zhang, Ren and Sun (2015).
    """

    n_inputs: int
    layers: tuple[Layer, ...]
    loss_name: str
    dtype: np.dtype[Any]
    history: History | None
    parameters: Floats
    weights: tuple[Floats, ...]
    biases: tuple[Floats | None, ...]
    skips: dict[tuple[int, int], Floats]

    def __init__(
        self,
        n_inputs: int,
        layers: Sequence[Layer],
        *,
        loss: str = "squared_error",
        init: str | Sequence[Any] = "glorot",
        seed: int = 1,
        dtype: str | type | np.dtype[Any] = "float32",
    ) -> None:
        self.n_inputs = whole_number("n_inputs", n_inputs, 1)
        self.layers = tuple(layers)
        self.loss_name = loss
        self.dtype = np.dtype(dtype)
        self.history = None
        if self.dtype not in (np.dtype("float32"), np.dtype("float64")):
            raise ValueError(f"dtype must be float32 or float64, not {self.dtype}")
        check_layers(self.layers, loss)
        size = network_size(n_inputs, self.layers)
        try:
            self.parameters = np.zeros(size, self.dtype)
        except (MemoryError, ValueError, OverflowError):
            raise MemoryError(
                f"the {size:,} weights of the network need {size * self.dtype.itemsize / 1e9:,.1f} "
                "GB, more than there is: take fewer units or inputs"
            ) from None
        views = network_views(self.n_inputs, self.layers, self.parameters)
        self.weights, self.biases = tuple(views.weights), tuple(views.biases)
        self.skips = views.skips
        if isinstance(init, str):
            draw_weights(self.layers, views, init, whole_number("seed", seed, 0))
        else:
            set_weights(views, init)

    def __repr__(self) -> str:
        """Return the layers' sizes and activations."""
        layers = ", ".join(f"{layer.units} {layer.activation}" for layer in self.layers)
        return f"Network({self.n_inputs} inputs, {layers}; {self.loss_name}, {self.dtype})"

    def _repr_html_(self) -> str:
        """Show a notebook the layers; of a small network the weights, too."""
        return network_html(self)

    # --- using -----------------------------------------------------------------------------------

    @property
    def _views(self) -> Parameters:
        return Parameters(list(self.weights), list(self.biases), self.skips)

    def forward(self, X: Any) -> Floats:
        """Return the outputs (n, n_out) of the patterns `X` (n, n_inputs)."""
        return self.hidden(X, len(self.layers))

    def hidden(self, X: Any, layer: int) -> Floats:
        """Return the activations (n, units) of a layer; 0 is the input, 1 the first hidden one."""
        if not 0 <= layer <= len(self.layers):
            raise ValueError(f"layer must lie between 0 and {len(self.layers)}, not {layer}")
        X = self._inputs(X)
        units = self.layers[layer - 1].units if layer else self.n_inputs
        out = np.empty((X.shape[0], units), self.dtype)
        for rows in passes.blocks(self.layers, X):
            out[rows] = passes.forward(self.layers[:layer], self._views, dense(X[rows]))[1][layer]
        return out

    def loss(self, X: Any, T: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the loss of patterns `X` with targets `T`: mean over patterns, in nats.

        Parameters
        ----------
        X : (n, n_inputs) array or scipy sparse matrix
            Patterns. Of a sparse matrix only a block of rows at a time is made dense.
        T : (n, n_out) array, or (n,) if there is one output
            Targets. Between 0 and 1 for the cross-entropies; under "cross_entropy" each row is a
            distribution.
        sample_weight : (n,) array, optional
            Weights of the mean.
        """
        X, T = self._patterns(X, T)
        losses = np.empty(X.shape[0])
        for rows in passes.blocks(self.layers, X):
            Z, A = self._run(X[rows])
            losses[rows] = self._output(Z[-1], A[-1], T[rows])[0]
        weight = weights_with_mean_1(sample_weight, X.shape[0], self.dtype)
        return float(np.average(losses, weights=weight))

    def backward(self, X: Any, T: ArrayLike) -> Parameters:
        """Return dE/d of weights, biases and skips, summed over the patterns, for `X` and `T`.

        The lecture's change is -learning_rate times these.
        """
        X, T = self._patterns(X, T)
        Z, A = self._run(X)
        delta = self._output(Z[-1], A[-1], T)[1]
        return passes.backward(self.layers, self._views, Z, A, delta)

    def step(self, X: Any, T: ArrayLike, learning_rate: float) -> float:
        """Take one plain gradient step on the patterns `X` with targets `T`.

        Each weight changes by -learning_rate times dE/dw, summed over the patterns, all computed
        at the old weights. One pattern: the lecture's incremental update; all: batch.

        Returns
        -------
        float
            The loss before the step, as :meth:`loss` gives it.
        """
        learning_rate = number("learning_rate", learning_rate, 0, np.inf)
        before = self.loss(X, T)
        gradients = self.backward(X, T)
        for w, g in zip(self.weights, gradients.weights, strict=True):
            w -= learning_rate * g
        for b, g_b in zip(self.biases, gradients.biases, strict=True):
            if b is not None and g_b is not None:
                b -= learning_rate * g_b
        for key, w in self.skips.items():
            w -= learning_rate * gradients.skips[key]
        return before

    def explain(
        self, x: ArrayLike, t: ArrayLike | None = None, learning_rate: float = 0.1
    ) -> NetworkStep:
        """Explain one step of backpropagation on one pattern, in the lecture's notation.

        The compiled core takes the step, on a copy. The network stays as it is. `print` shows the
        result as text; it also has `to_dict` and `to_html`.

        Parameters
        ----------
        x : (n_inputs,) array
            The pattern.
        t : (n_out,) array or number, optional
            Its targets. Without them the pass forward is shown alone.
        learning_rate : float, default 0.1
            η of plain gradient descent.

        Returns
        -------
        NetworkStep
            For each layer z, a, e, δ, dE/dw and the new weights. δ has the lecture's sign, t - o;
            it is minus the delta of :func:`w2v.functions.loss_and_delta`.
        """
        rate = number("learning_rate", learning_rate, 0, np.inf)
        X = self._inputs(np.atleast_2d(x))
        if len(X) > 1:
            raise ValueError(f"explain() shows one pattern, not {len(X)}")
        T = None if t is None else self._patterns(X, np.reshape(t, (1, -1)))[1]
        with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is shown so
            Z, A = self._run(X)
            twin = self.copy()
            errors: dict[int, Floats] = {}
            deltas: dict[int, Floats] = {}
            if T is not None:
                delta = self._output(Z[-1], A[-1], T)[1]
                errors, deltas = passes.deltas(self.layers, self._views, Z, A, delta)
                if rate:
                    twin.train(X, T, epochs=1, learning_rate=rate)
            return explain_step(
                self.layers,
                self.loss_name,
                self._views,
                twin._views,
                (Z, A),
                (errors, deltas),
                T,
                rate,
                None if T is None else (self.loss(X, T), twin.loss(X, T)),
                twin.forward(X)[0],
            )

    def gradient_check(self, X: Any, T: ArrayLike, eps: float = 1e-6) -> float:
        """Compare :meth:`backward` with central differences (E(w + eps) - E(w - eps)) / 2 eps.

        Two forward passes for each weight, in float64. At the kink of a ReLU, where z is 0, no
        difference agrees with a derivative. So patterns are left out that bring a unit to its
        kink, or across it when a weight moves by `eps`: of XOR, (0, 0) while the biases are 0.

        Returns
        -------
        float
            For each array of weights or biases the largest difference divided by the largest
            gradient in it; of all arrays the largest. Below 1e-6 if the gradients are right; NaN
            if losses or gradients are no numbers.

        Raises
        ------
        ValueError
            If every pattern brings a unit to a kink.
        """
        eps = number("eps", eps, np.finfo(float).tiny, 1)
        twin = self.copy("float64")
        X, T = twin._patterns(X, T)
        differences, kinks = twin._differences(X, T, eps)
        if kinks.all():
            raise ValueError(
                "every pattern brings a ReLU to its kink (z = 0), where no difference agrees with "
                "a derivative; move the biases away from 0, or take other patterns"
            )
        if kinks.any():
            X, T = X[~kinks], T[~kinks]
            differences, _ = twin._differences(X, T, eps)
        views = network_views(self.n_inputs, self.layers, differences)
        worst = 0.0
        for a, b in zip(arrays_of(twin.backward(X, T)), arrays_of(views), strict=True):
            largest = max(np.abs(a).max(), np.abs(b).max())
            if largest != 0:  # also NaN
                worst = np.maximum(worst, np.abs(a - b).max() / largest)
        return float(worst)

    def _differences(self, X: Any, T: Floats, eps: float) -> tuple[Floats, NDArray[np.bool_]]:
        """Return the central difference of each weight, and which patterns cross a kink."""
        differences, kinks = np.empty_like(self.parameters), np.zeros(X.shape[0], bool)
        for i, value in enumerate(self.parameters.tolist()):
            sides = []
            for moved in (value + eps, value - eps):
                self.parameters[i] = moved
                Z, A = self._run(X)
                loss = self._output(Z[-1], A[-1], T)[0].sum()
                active = [
                    z > 0
                    for z, layer in zip(Z[1:], self.layers, strict=True)
                    if layer.activation == "relu"
                ]
                sides.append((loss, active))
            self.parameters[i] = value
            (up, active_up), (down, active_down) = sides
            differences[i] = (up - down) / (2 * eps)
            for a, b in zip(active_up, active_down, strict=True):
                kinks |= (a != b).any(axis=1)
        return differences, kinks

    def copy(self, dtype: str | type | np.dtype[Any] | None = None) -> Network:
        """Return a network with the same weights, in the same precision or in `dtype`."""
        twin = Network(
            self.n_inputs,
            self.layers,
            loss=self.loss_name,
            init="uniform",
            dtype=self.dtype if dtype is None else dtype,
        )
        twin.parameters[:] = self.parameters
        return twin

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy the weights once, so that the attributes stay views of `parameters`."""
        init = (self.weights, self.biases, self.skips)
        return _remake, (self.n_inputs, self.layers, self.loss_name, init, self.dtype)

    def _run(self, X: Any) -> tuple[list[Floats], list[Floats]]:
        return passes.forward(self.layers, self._views, dense(X))

    def _output(self, z: Floats, a: Floats, T: Floats) -> tuple[Floats, Floats]:
        last = self.layers[-1]
        return functions.loss_and_delta(self.loss_name, last.activation, z, a, T, last.k, last.K)

    # --- training --------------------------------------------------------------------------------

    def train(
        self,
        X: Any,
        T: ArrayLike,
        *,
        epochs: int = 100,
        batch_size: int | None = 1,
        optimizer: str = "sgd",
        learning_rate: float | None = None,
        momentum: float | None = None,
        rho: float | None = None,
        beta1: float | None = None,
        beta2: float | None = None,
        epsilon: float | None = None,
        decay: float = 0.0,
        dropout: float | Sequence[float] = 0.0,
        l2: float = 0.0,
        clip: float | None = None,
        error_limit: float | None = None,
        tol: float = 0.0,
        patience: int | None = None,
        validation: tuple[Any, ...] | None = None,
        sample_weight: ArrayLike | None = None,
        shuffle: bool = True,
        seed: int = 1,
        workers: int | None = 1,
        callback: Callable[[Network, History], Any] | None = None,
        state: State | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        every: float = EVERY,
    ) -> History:
        """Train on patterns `X` with targets `T`.

        An update uses the gradient of the mean loss over the patterns of its batch. The result
        depends on `seed` and not on `workers`.

        Parameters
        ----------
        X, T : arrays
            As :meth:`loss` takes them; `X` may be sparse. Converted to the network's precision
            if need be.
        epochs : int, default 100
            Passes over the patterns, at most.
        batch_size : int or None, default 1
            Patterns an update: 1 is incremental, None all of them (batch).
        optimizer : str, default "sgd"
            A name in `DEFAULTS`, which gives what follows where it is None. "sparse_adam" leaves
            the weights from inputs that are 0 in the whole batch, and their moments, alone.
        learning_rate, momentum, rho, beta1, beta2, epsilon : float, optional
            Constants of the optimiser.
        decay : float, default 0
            The rate of update t = 0, 1, ... is learning_rate / (1 + decay t).
        dropout : float or sequence of float, default 0
            Probability of silencing a unit, for all hidden layers or for each. The others' outputs
            are divided by 1 - dropout, so that nothing changes after training.
        l2 : float, default 0
            l2 / 2 times the sum of squared weights (not biases) is added to the loss.
        clip : float, optional
            A longer gradient of the loss is shortened to this length.
        error_limit : float, optional
            Stop after an epoch whose mean loss is below.
        tol, patience : float, int, optional
            Stop when `patience` epochs in a row have not lowered the loss (of `validation` if
            given, else of training) by more than `tol`.
        validation : (X, T) or (X, T, sample_weight), optional
            Patterns to judge by after each epoch. With `patience` the weights of the best epoch
            are put back.
        sample_weight : (n,) array, optional
            Importance of each pattern; only ratios count.
        shuffle : bool, default True
            Take the patterns in another order in each epoch.
        seed : int, default 1
            Of orders and dropout.
        workers : int or None, default 1
            Threads; None, 0 or -1: one for each core. Small layers do not gain from a second.
        callback : function of (network, history), optional
            Called after each epoch; what is true in its answer ends the training.
        state : State, optional
            ``history.state`` of an earlier training, to go on from.
        checkpoint : path, optional
            Write the training to this file at its start, at the end of an epoch now and then, and
            when it ends or is interrupted; :meth:`resume` goes on with it.
        every : float, default 60
            Seconds from one checkpoint to the next, at least.

        Returns
        -------
        History
            The loss of each epoch, and why training ended.

        Raises
        ------
        ValueError
            For settings or arrays that do not fit, with NaN or infinite numbers among them.
        FloatingPointError
            If the loss is no longer finite.
        KeyboardInterrupt
            On Ctrl-C, after the update under way; a second one ends the process. What was learnt is
            kept; to go on from it, there is :attr:`history`.
        """
        given = {
            "epochs": epochs,
            "batch_size": batch_size,
            "optimizer": optimizer,
            "learning_rate": learning_rate,
            "momentum": momentum,
            "rho": rho,
            "beta1": beta1,
            "beta2": beta2,
            "epsilon": epsilon,
            "decay": decay,
            "dropout": dropout,
            "l2": l2,
            "clip": clip,
            "error_limit": error_limit,
            "tol": tol,
            "patience": patience,
            "shuffle": shuffle,
            "seed": seed,
        }
        return self._train(
            (X, T, sample_weight),
            given,
            validation=validation,
            workers=workers,
            callback=callback,
            state=state,
            checkpoint=checkpoint,
            every=every,
        )

    @classmethod
    def resume(
        cls,
        path: str | os.PathLike[str],
        X: Any,
        T: ArrayLike,
        *,
        validation: tuple[Any, ...] | None = None,
        sample_weight: ArrayLike | None = None,
        workers: int | None = 1,
        callback: Callable[[Network, History], Any] | None = None,
        every: float | None = None,
        **given: Any,
    ) -> Network:
        """Go on with a training from the checkpoint that :meth:`train` wrote.

        The result is that of a training that was not interrupted, byte for byte, whatever the
        number of workers was and is.

        Parameters
        ----------
        path : path
            The checkpoint. Later ones take its place.
        X, T, validation, sample_weight
            The data of then.
        workers : int or None, default 1
            Threads.
        callback : function of (network, history), optional
            That of then, which no file can hold.
        every : float, optional
            Other seconds from one checkpoint to the next than then.
        **given
            Settings, which are compared with those of the checkpoint.

        Returns
        -------
        Network
            Its `history` has all epochs.

        Raises
        ------
        ValueError
            If the data, a setting, the version of w2v or the instruction set is another one than
            then. The difference is named.
        """
        saved = Saved.read(path)
        if saved.note["asked"]:
            raise ValueError(f"{path} holds the training of an estimator: go on by its resume()")
        saved.check_settings(given)
        net = cls.load(path)
        net._train(
            (X, T, sample_weight),
            saved.note["settings"],
            validation=validation,
            workers=workers,
            callback=callback,
            every=saved.note["every"] if every is None else every,
            saved=saved,
        )
        return net

    def _train(
        self,
        patterns: tuple[Any, ArrayLike, ArrayLike | None],
        given: Mapping[str, Any],
        *,
        validation: tuple[Any, ...] | None,
        workers: int | None,
        callback: Callable[[Network, History], Any] | None,
        state: State | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        every: float = EVERY,
        saved: Saved | None = None,
        notes: Notes | None = None,
        asked: Mapping[str, Any] | None = None,
    ) -> History:
        """Train with the settings `given`; go on from what was `saved`, if it was.

        `notes` and `asked` are what a checkpoint holds for those whose network it is.
        """
        X, T, sample_weight = patterns
        X, T = self._patterns(X, T)
        weight = weights_with_mean_1(sample_weight, X.shape[0], self.dtype)
        rest = dict(given)
        epochs = whole_number("epochs", rest.pop("epochs"), 1)
        constants = {name: rest.pop(name) for name in CONSTANTS}
        training = settings(self.layers, self.loss_name, n=X.shape[0], given=constants, **rest)
        workers = worker_count(workers)
        judge: tuple[Any, ...] | None = None
        if validation is not None:  # the weights of its patterns may follow
            XV, TV, *weight_of_them = validation
            judge = (*self._patterns(XV, TV, what="validation"), *weight_of_them)
        kept: Checkpoint | None = None
        if saved is not None:
            saved.check_settings(given)
            checkpoint = saved.path
        elif checkpoint is not None:
            every = check_place(checkpoint, every)
        if checkpoint is not None:
            data = fingerprint((X, T, weight), judge)
            if saved is not None:
                saved.check_data(data)
                asked = saved.note["asked"]
            about = {"settings": plain(dict(given)), "data": data, "asked": dict(asked or {})}
            network = self.n_inputs, self.layers, self.loss_name
            kept = Checkpoint(checkpoint, every, *network, about, notes)
        signals = (signal.SIGINT,) if kept is None else SIGNALS
        with alone(self), Guard(*signals):
            if saved is None:
                begun = start_state(state, training.optimizer, self.parameters)
                self.history = History([], [], "epochs", begun)
            else:
                self.history = saved.history()
            train(
                self,
                self.history,
                (X, T, weight),
                training,
                epochs=epochs,
                workers=workers,
                validation=judge,
                callback=callback,
                checkpoint=kept,
                best=None if saved is None else saved.best,
                ended=saved is not None and saved.note["ended"] is not None,
            )
            return self.history

    # --- checking --------------------------------------------------------------------------------

    def _inputs(self, X: Any, name: str = "X") -> Any:
        return matrix(X, self.n_inputs, name, "inputs", self.dtype)

    def _patterns(self, X: Any, T: ArrayLike, what: str = "") -> tuple[Any, Floats]:
        """Return patterns and targets as the core takes them."""
        prefix = f"{what} " if what else ""
        X = self._inputs(X, f"{prefix}X")
        return X, targets(T, X.shape[0], self.layers[-1].units, self.loss_name, prefix, self.dtype)

    # --- files -----------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str], notes: Mapping[str, str] | None = None) -> None:
        """Write the network to a safetensors file: its weights, and its layers as metadata.

        Parameters
        ----------
        path : path
            The file.
        notes : dict of str to str, optional
            Further metadata, for what the network is part of.
        """
        files.save(path, self.n_inputs, self.layers, self.loss_name, self._views, notes)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Network:
        """Read a network that :meth:`save` wrote.

        Raises
        ------
        ValueError
            If the file is something else.
        """
        n_inputs, layers, loss, tensors = files.load(path)
        dtype = next(iter(tensors.values())).dtype
        net = cls(n_inputs, layers, loss=loss, init="uniform", dtype=dtype)
        for name, array in files.tensors_of(net._views).items():
            array[...] = tensors[name]
        return net


def _remake(n_inputs: int, layers: Any, loss: str, init: Any, dtype: Any) -> Network:
    return Network(n_inputs, layers, loss=loss, init=init, dtype=dtype)
