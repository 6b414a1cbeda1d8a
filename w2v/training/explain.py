"""One step of training, by the compiled kernel, with all its numbers in the lecture's notation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import w2v._core as _core
from w2v.diagram import Link, Unit, draw
from w2v.explanation import Explanation, Part, vector_cells, vector_columns, vector_note
from w2v.networks.functions import (
    sigmoid,
    sigmoid_cross_entropy,
    softmax,
    softmax_cross_entropy,
)
from w2v.text.vocabulary import Vocabulary
from w2v.training.prediction import double_scores
from w2v.training.settings import Settings
from w2v.vectors.ranking import Doubles, Floats

WHOLE = 12  # words of the largest vocabulary whose tables are shown whole
FEW = 4  # context words that are named in formulas
SIDE_BY_SIDE = 3  # numbers of the longest rows shown beside their changes
CHECKED = 1000  # output rows whose gradients are compared, of the exact softmax's
BLOCK = 512  # rows turned into float64 at a time, which the cache holds
TRIES = 8  # draws of a noise word that is not the target, as in training

ARCHITECTURES = {"skipgram": "skip-gram", "cbow": "CBOW"}
LOSSES = {"softmax": "the exact softmax", "ns": "negative sampling", "hs": "hierarchical softmax"}


class Example(NamedTuple):
    """What goes into a step and what comes out.

    Attributes
    ----------
    inputs : list of int
        Rows of W_in; the hidden layer is their mean.
    outputs : (n,) int array
        Rows of W_out.
    t : (n,) array
        What each output should be: 1 or 0; of a node 1 - code.
    target : int
        The word to predict.
    """

    inputs: list[int]
    outputs: NDArray[np.int64]
    t: NDArray[Any]
    target: int


def make_example(
    settings: Settings,
    vocabulary: Vocabulary,
    inputs: list[int],
    target: int,
    rng: np.random.Generator,
) -> Example:
    """Return the example of a target, with noise words drawn as in training."""
    if settings.loss == "softmax":
        outputs = np.arange(len(vocabulary))
        return Example(inputs, outputs, (outputs == target).astype(float), target)
    if settings.loss == "hs":
        tree = vocabulary.huffman()
        path = slice(*tree.offsets[target : target + 2])
        return Example(
            inputs, tree.nodes[path].astype(np.int64), (tree.codes[path] == 0) * 1.0, target
        )
    noise = vocabulary.noise_distribution(settings.ns_exponent)
    drawn = rng.choice(len(noise), (settings.negative, TRIES), p=noise)
    words = [row[row != target][0] for row in drawn if (row != target).any()]
    outputs = np.array([target, *words], dtype=np.int64)
    return Example(inputs, outputs, (np.arange(len(outputs)) == 0).astype(float), target)


class _Rows:
    """Copies of the rows that a step touches, for the kernel to change."""

    def __init__(self, example: Example, settings: Settings, W_in: Floats, W_out: Floats) -> None:
        self.words = list(dict.fromkeys(example.inputs))  # distinct, in their order
        self.inputs = [self.words.index(word) for word in example.inputs]
        self.nodes, self.outputs = np.unique(example.outputs, return_inverse=True)
        self.W_U: NDArray[Any] = W_in[self.words]
        self.W_V: NDArray[Any] = W_out[self.nodes]
        self.t = example.t
        self.link = "softmax" if settings.loss == "softmax" else "sigmoid"
        self.exact_gradient = settings.cbow_gradient == "exact"

    def hidden(self) -> Doubles:
        """Return h, the mean of the input rows."""
        return self.W_U[self.inputs].mean(axis=0, dtype=np.float64)

    def net(self) -> Doubles:
        """Return net_j = W_V(j) . h of every output."""
        return double_scores(self.hidden(), self.W_V, self.outputs)

    def out(self) -> Doubles:
        """Return the outputs: a softmax over all of them, or a sigmoid of each."""
        return softmax(self.net()) if self.link == "softmax" else sigmoid(self.net())

    def loss(self) -> float:
        """Return E in nats."""
        return float(self._cross(self.net()[None])[0])

    def nets(self, H: Doubles) -> Doubles:
        """Return W_V . h of every row, (n, rows), for each of some hidden layers (n, d)."""
        nets = np.empty((len(H), len(self.W_V)))
        for start in range(0, len(self.W_V), BLOCK):
            rows = slice(start, start + BLOCK)
            nets[:, rows] = (self.W_V[rows].astype(np.float64) @ H.T).T
        return nets

    def losses(self, nets: Doubles) -> Doubles:
        """Return E in nats, (n,), of such net inputs."""
        return self._cross(nets[:, self.outputs])

    def _cross(self, nets: Doubles) -> Doubles:
        cross = softmax_cross_entropy if self.link == "softmax" else sigmoid_cross_entropy
        t = np.broadcast_to(self.t, nets.shape)
        return np.asarray(cross(nets, t)[0])

    def step(self, alpha: float) -> float:
        """Let the kernel take one step; return its loss."""
        targets = np.flatnonzero(self.t) if self.link == "softmax" else self.t
        rows = (self.inputs, [0, len(self.inputs)], self.outputs, targets)
        matrices = (self.W_U, self.W_V)
        return _core.train_step(*matrices, *rows, alpha, self.link, self.exact_gradient)


@dataclass(frozen=True, eq=False)
class Word2VecStep(Explanation):
    """One step of word2vec on one example.

    W_U are the input weights, `W_in`; W_V the output weights, `W_out`. Error terms have the
    lecture's sign, t - v: an output with a positive one should grow. Hence
    ΔW_V(j) = η (t_j - v_j) h, with no minus sign.

    Attributes
    ----------
    architecture, objective : str
        Settings of the model; the objective is its `loss`.
    inputs : list of str
        The words that go in, one of skip-gram.
    target : str
        The word to predict.
    learning_rate : float
        η.
    vocabulary_size : int
        ``|V|``.
    words : list of str
        Words of the input layer that are listed: all of a small vocabulary, else the inputs.
    x : (n,) array
        Their inputs: 1 and 0, or each word's share of CBOW's mean.
    h : (d,) array
        Hidden layer.
    outputs : list of str
        The outputs listed: words, or nodes of the Huffman tree, from the root.
    outputs_left_out : int
        Outputs of the step that are not listed, the least probable.
    t, net, v, error : (n,) arrays
        For each output what it should be, net input, output, and t - v.
    loss, loss_after : float
        E in nats, before and after the step.
    probability, probability_after : float
        P(target | inputs). Negative sampling has no such number; there it is σ(net), the
        probability that the pair comes from the text and not from the noise.
    changed_outputs : list of str
        The outputs whose rows follow, each once.
    W_V, W_V_change : (rows, d) arrays
        Old rows and what the kernel added to them.
    changed_inputs : list of str
        The input words, each once.
    W_U, W_U_change : (rows, d) arrays
        Old rows and what the kernel added to them.
    undivided : bool
        Whether each input row of CBOW got the whole gradient, and not its share.
    weights_changed, weights : int
        How many weights the step touched, and how many there are.
    """

    architecture: str
    objective: str
    inputs: list[str]
    target: str
    learning_rate: float
    vocabulary_size: int
    words: list[str]
    x: Doubles
    h: Doubles
    outputs: list[str]
    outputs_left_out: int
    t: Doubles
    net: Doubles
    v: Doubles
    error: Doubles
    loss: float
    loss_after: float
    probability: float
    probability_after: float
    changed_outputs: list[str]
    W_V: Floats
    W_V_change: Floats
    changed_inputs: list[str]
    W_U: Floats
    W_U_change: Floats
    undivided: bool
    weights_changed: int
    weights: int

    def parts(self) -> list[Part]:
        """Return the step in the order in which it is computed."""
        head = (
            f"{self._given} → {self.target}: one step of {ARCHITECTURES[self.architecture]} with "
        )
        about = (
            f"|V| = {self.vocabulary_size:,} words, |H| = {len(self.h)} hidden units, learning "
            f"rate η = {self.learning_rate:g}"
        )
        return [
            Part(head + LOSSES[self.objective], [about]),
            self._input(),
            self._hidden(),
            self._output(),
            Part("Loss", self._loss()),
            self._output_changes(),
            self._input_changes(),
            self._after(),
        ]

    def picture(self) -> str:
        """Return the network with the words listed, the hidden units and the outputs."""
        layers = [
            [Unit(word, float(x)) for word, x in zip(self.words, self.x, strict=True)],
            [Unit(f"h{k}", float(a)) for k, a in enumerate(self.h, 1)],
            [Unit(name, float(v)) for name, v in zip(self.outputs, self.v, strict=True)],
        ]
        links = []
        for word, row, moved in zip(self.changed_inputs, self.W_U, self.W_U_change, strict=True):
            place = self.words.index(word)
            for k, (w, change) in enumerate(zip(row, moved, strict=True)):
                links.append(Link((0, place), (1, k), float(w), float(change)))
        for place, name in enumerate(self.outputs):
            at = self.changed_outputs.index(name)
            for k, (w, change) in enumerate(zip(self.W_V[at], self.W_V_change[at], strict=True)):
                links.append(Link((1, k), (2, place), float(w), float(change)))
        return draw(layers, links)

    @property
    def _given(self) -> str:
        """The input words, at most a few of them."""
        words = self.inputs
        return " ".join(words if len(words) <= FEW else [*words[: FEW - 1], "…", words[-1]])

    def _input(self) -> Part:
        n, rest = len(self.inputs), self.vocabulary_size - len(self.words)
        line = f"x is 1 at {self._given} and else 0"
        if n > 1:
            line = f"x is the mean of {n} one-hot vectors, one for each context word"
        x = self.x.astype(int) if n == 1 else self.x
        rows = list(zip(self.words, x.tolist(), strict=True))
        note = f"x is 0 at the {rest:,} other words" if rest else ""
        return Part("Input: one-hot", [line], ["word", "x"], rows, note)

    def _hidden(self) -> Part:
        names = [f"W_U({word})" for word in self.inputs]
        n, d = len(names), len(self.h)
        if n > FEW:
            names = [*names[: FEW - 1], "…", names[-1]]
        formula = f"h = {names[0]}" if n == 1 else f"h = ({' + '.join(names)}) / {n}"
        rows = [["h", *vector_cells(self.h)]]
        if n > 1:
            both = zip(self.changed_inputs, self.W_U, strict=True)
            rows = [[f"W_U({word})", *vector_cells(row)] for word, row in both] + rows
        columns = ["", *vector_columns(d)]
        return Part("Hidden layer: linear", [formula], columns, rows, vector_note(d))

    def _output(self) -> Part:
        columns, codes = ["word", "t", "net", "v", "t - v"], False
        if self.objective == "softmax":
            lines = [
                "net_j = W_V(j)·h, v = softmax(net)",
                f"v_j = P(word j | {self._given}); t is 1 at {self.target} and else 0",
            ]
        elif self.objective == "ns":
            lines = [
                f"{self.target} and {len(self.outputs) - 1} noise words, drawn at random",
                "net_j = W_V(j)·h, v_j = σ(net_j) = P(the pair comes from the text)",
                f"t is 1 at {self.target} and 0 at the noise words",
            ]
        else:
            columns, codes = ["node", "code", "t", "net", "v", "t - v"], True
            code = "".join(str(1 - int(t)) for t in self.t)
            lines = [
                f"the Huffman path of {self.target} from the root has the code {code}",
                "net_j = W_V(j)·h, v_j = σ(net_j) = P(the path goes on with 0); t = 1 - code",
            ]
        lines.append("error term t - v: positive where an output should grow")
        rows = [
            [name, *([1 - int(t)] if codes else []), int(t), *map(float, values)]
            for name, t, *values in zip(
                self.outputs, self.t, self.net, self.v, self.error, strict=True
            )
        ]
        left = self.outputs_left_out
        rest = 1 - float(self.v.sum())
        note = f"{left:,} less probable words are left out; together v = {rest:.6f}" if left else ""
        return Part("Output layer", lines, columns, rows, note)

    def _loss(self) -> list[str]:
        E = f"{self.loss:.6f} nats"
        if self.objective == "softmax":
            return [f"E = -ln v({self.target}) = -ln {self.probability:.6f} = {E}"]
        if self.objective == "ns":
            return [f"E = -ln v({self.target}) - Σ ln(1 - v) of the noise words = {E}"]
        return [
            f"P({self.target} | {self._given}) = product of v where t = 1, and of 1 - v where t = 0"
            f" = {self.probability:.6f}",
            f"E = -ln P = {E}",
        ]

    def _output_changes(self) -> Part:
        lines = ["ΔW_V(j) = η (t_j - v_j) h, at the old weights"]
        title = "Change of the output weights"
        if len(set(self.outputs)) < len(self.outputs):
            lines.append("the row of a word drawn twice gets both changes")
        part = _changes(title, lines, "W_V", self.changed_outputs, self.W_V, self.W_V_change)
        rest = self.outputs_left_out
        other = f"{rest:,} rows with smaller errors are left out" if rest else ""
        return part._replace(note="; ".join(filter(None, [part.note, other])))

    def _input_changes(self) -> Part:
        n = len(self.inputs)
        share = f" / {n}" if n > 1 and not self.undivided else ""
        which = self.inputs[0] if n == 1 else "each input word"
        lines = [f"ΔW_U({which}) = η Σ_j (t_j - v_j) W_V(j){share}, at the old weights"]
        if n > 1 and self.undivided:
            lines.append(
                f"The gradient would be this / {n}: cbow_gradient='undivided' does not divide, as "
                "in word2vec.c."
            )
        title = "Change of the input weights"
        part = _changes(title, lines, "W_U", self.changed_inputs, self.W_U, self.W_U_change)
        rest = self.vocabulary_size - len(self.changed_inputs)
        other = f"the {rest:,} other rows of W_U stay as they are"
        return part._replace(note="; ".join(filter(None, [part.note, other])))

    def _after(self) -> Part:
        name = f"P({self.target} | {self._given})"
        if self.objective == "ns":
            name = f"v({self.target})"
        rows = [
            (name, self.probability, self.probability_after),
            ("E", self.loss, self.loss_after),
        ]
        note = f"the step changed {self.weights_changed:,} of {self.weights:,} weights"
        return Part("After the step", (), ["", "before", "after"], rows, note, shaded=False)


def _changes(
    title: str, lines: list[str], name: str, words: list[str], old: Floats, change: Floats
) -> Part:
    """Return a table of rows' changes, short ones beside the old rows."""
    d = old.shape[1]
    if d > SIDE_BY_SIDE:
        rows = [[word, *vector_cells(row)] for word, row in zip(words, change, strict=True)]
        columns = ["", *(f"Δ{name} {k}" for k in vector_columns(d))]
        return Part(title, lines, columns, rows, vector_note(d))
    places = range(1, d + 1)
    columns = ["", *(f"{name} {k}" for k in places), *(f"Δ{name} {k}" for k in places)]
    rows = [
        [word, *map(float, row), *map(float, moved)]
        for word, row, moved in zip(words, old, change, strict=True)
    ]
    return Part(title, lines, columns, rows)


def explain_step(
    settings: Settings,
    vocabulary: Vocabulary,
    W_in: Floats,
    W_out: Floats,
    example: Example,
    alpha: float,
) -> Word2VecStep:
    """Let the kernel take a step on copies of the rows it touches, and tell all about it."""
    rows = _Rows(example, settings, W_in, W_out)
    V = len(vocabulary)

    def words(ids: Sequence[int]) -> list[str]:
        return [str(vocabulary.words[i]) for i in ids]  # ids are shown as they are written

    h, net, v = rows.hidden(), rows.net(), rows.out()
    listed, left_out = np.arange(len(net)), 0
    if settings.loss == "softmax" and len(net) > WHOLE:
        best = np.argsort(-v, kind="stable")
        others = best[best != example.target]
        listed = np.array([example.target, *others[: WHOLE - 1]])
        left_out = len(net) - len(listed)
    changed = list(dict.fromkeys(rows.outputs[listed].tolist()))  # places in rows.nodes
    old = rows.W_U.copy(), rows.W_V[changed]
    loss = rows.step(alpha)
    changes = rows.W_U - old[0], rows.W_V[changed] - old[1]

    def names(ids: Sequence[int]) -> list[str]:
        if settings.loss == "hs":
            return ["root" if i == 0 else f"node {i}" for i in ids]
        return words(ids)

    shown = list(range(V)) if V <= WHOLE else rows.words
    loss_after, v_after = rows.loss(), rows.out()

    def probability(loss: float, v: Doubles) -> float:
        return float(v[0]) if settings.loss == "ns" else float(np.exp(-loss))

    before = float(v[example.target]) if settings.loss == "softmax" else probability(loss, v)
    return Word2VecStep(
        architecture=settings.architecture,
        objective=settings.loss,
        inputs=words(example.inputs),
        target=words([example.target])[0],
        learning_rate=alpha,
        vocabulary_size=V,
        words=words(shown),
        x=np.array([example.inputs.count(i) for i in shown]) / len(example.inputs),
        h=h,
        outputs=names(example.outputs[listed].tolist()),
        outputs_left_out=left_out,
        t=example.t[listed],
        net=net[listed],
        v=v[listed],
        error=(example.t - v)[listed],
        loss=loss,
        loss_after=loss_after,
        probability=before,
        probability_after=probability(loss_after, v_after),
        changed_outputs=names(rows.nodes[changed].tolist()),
        W_V=old[1],
        W_V_change=changes[1],
        changed_inputs=words(rows.words),
        W_U=old[0],
        W_U_change=changes[0],
        undivided=len(example.inputs) > 1 and not rows.exact_gradient,
        weights_changed=(len(rows.words) + len(rows.nodes)) * W_in.shape[1],
        weights=W_in.size + W_out.size,
    )


def check_gradients(
    settings: Settings,
    vocabulary: Vocabulary,
    W_in: Floats,
    W_out: Floats,
    examples: int,
    seed: int,
    directions: int = 4,
    eps: float = 1e-5,
) -> float:
    """Compare the kernel's changes with central differences, as Word2Vec.check_gradients() says."""
    rng = np.random.default_rng(seed)
    signs = eps * np.repeat([1.0, -1.0], directions)[:, None, None]
    worst = 0.0
    for _ in range(examples):
        n_inputs = 1 if settings.architecture == "skipgram" else 3
        *inputs, target = rng.integers(0, len(vocabulary), n_inputs + 1).tolist()
        example = make_example(settings, vocabulary, inputs, target, rng)
        rows = _Rows(example, settings, W_in, W_out)
        places = np.arange(len(rows.nodes))
        if len(places) > CHECKED:
            others = rng.choice(len(places), CHECKED - 1, replace=False)
            places = np.union1d(others, rows.outputs[np.argmax(rows.t)])
        old = rows.W_U.astype(np.float64), rows.W_V[places].astype(np.float64)
        # All of these weights move, so that none is left out: each by + eps or by - eps.
        ways = [rng.choice([-1.0, 1.0], (directions, *weights.shape)) for weights in old]
        W_U, W_V = (
            weights + signs * np.concatenate([way, way])
            for weights, way in zip(old, ways, strict=True)
        )
        h = rows.hidden()
        nets = rows.nets(np.vstack([h, W_U[:, rows.inputs].mean(axis=1)]))
        of_W_V = np.repeat(nets[:1], 2 * directions, axis=0)
        of_W_V[:, places] = W_V @ h
        # The changes are proportional to the rate. A large power of 2 keeps their digits, which
        # those of the weights would hide.
        rate = 1024.0
        rows.step(rate)
        changes = [(rows.W_U - old[0]) / rate, (rows.W_V[places] - old[1]) / rate]
        if not rows.exact_gradient:
            changes[0] /= len(example.inputs)  # undivided: each input row got the whole
        for way, change, net in zip(ways, changes, (nets[1:], of_W_V), strict=True):
            if size := float(np.linalg.norm(change)):
                up, down = np.split(rows.losses(net), 2)
                found = (way * change).sum(axis=(1, 2))
                apart = (down - up) / (2 * eps) - found
                worst = max(worst, float(np.abs(apart).max()) / size)
    return worst
