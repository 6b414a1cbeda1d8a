"""Networks that learn from data: regressions, handwritten digits, labelled opinions."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from w2v.demos import opinions
from w2v.demos.report import Report, with_whole_numbers
from w2v.estimators.classifier import FeedForwardClassifier
from w2v.estimators.text import TextClassifier
from w2v.networks import functions
from w2v.networks.network import Layer, Network
from w2v.training.word2vec import train

Floats = NDArray[Any]

SHOWN = 12  # digits of each kind, right and wrong, that a picture shows


@with_whole_numbers
def regression(seed: int = 1) -> Report:
    """Fit linear, logistic and multinomial regression as networks without hidden layers.

    Needs scikit-learn, to compare.

    Parameters
    ----------
    seed : int, default 1
        Of the patterns: 200 with three features, drawn from models of each kind.

    Returns
    -------
    Report
        A row for each model: loss of the network and of the other program, and the largest
        difference between their predictions.
    """
    linear_model = _sklearn("linear_model")
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((200, 3))
    truth = rng.standard_normal((3, 3))
    rows: list[tuple[Any, ...]] = []
    facts: dict[str, Any] = {}

    def add(name: str, other: str, outputs: Layer, loss: str, T: Floats, theirs: Floats) -> None:
        network = Network(3, [outputs], loss=loss, seed=seed, dtype="float64")
        curve = network.train(
            X, T, epochs=20_000, batch_size=None, learning_rate=0.5, tol=0, patience=50
        ).loss_curve
        ours = network.forward(X)
        facts[name] = {
            "loss_curve": curve,
            "predictions": ours[:, 0].tolist(),
            "its_predictions": theirs[:, 0].tolist(),
        }
        their_loss = functions.LOSSES[loss].value(theirs, T).mean()
        difference = float(np.abs(ours - theirs).max())
        rows.append((name, other, network.loss(X, T), float(their_loss), difference))

    y = X @ truth[:, :1] + 0.5 + 0.3 * rng.standard_normal((200, 1))
    design = np.hstack([X, np.ones((200, 1))])
    closed = design @ np.linalg.solve(design.T @ design, design.T @ y)
    add("linear", "closed form (X'X)^-1 X'y", Layer(1, "linear"), "squared_error", y, closed)

    p = functions.sigmoid(X @ truth[:, :1])
    T = (rng.random((200, 1)) < p).astype(float)
    model = linear_model.LogisticRegression(C=np.inf, tol=1e-10, max_iter=10_000).fit(X, T[:, 0])
    name = "scikit-learn LogisticRegression"
    theirs = model.predict_proba(X)[:, 1:]
    add("logistic", name, Layer(1, "sigmoid"), "binary_cross_entropy", T, theirs)

    scores = X @ truth + rng.gumbel(size=(200, 3))  # the argmax of these is a draw from a softmax
    T = np.eye(3)[scores.argmax(axis=1)]
    model.fit(X, T.argmax(axis=1))
    theirs = model.predict_proba(X)
    add("multinomial", name, Layer(3, "softmax"), "cross_entropy", T, theirs)
    return Report(
        f"networks without hidden layer are the regressions of statistics, seed {seed}",
        ("model", "compared_with", "loss", "its_loss", "largest_difference"),
        rows,
        ["linear + squared error, sigmoid + binary cross-entropy, softmax + cross-entropy"],
        facts,
    )


def _sklearn(module: str) -> Any:
    from importlib import import_module

    try:
        return import_module(f"sklearn.{module}")
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "this demonstration compares with scikit-learn; install it: pip install scikit-learn"
        ) from None


@with_whole_numbers
def digits(seeds: int = 3) -> Report:
    """Read handwritten digits, 8 x 8 pixels, with 64-32-10 networks.

    Needs scikit-learn, for the 1,797 digits (of E. Alpaydin and C. Kaynak) and to compare.

    Parameters
    ----------
    seeds : int, default 3
        Each divides the digits anew, three quarters to learn from and a quarter to be tested.

    Returns
    -------
    Report
        A row for each seed: accuracy on the test part of FeedForwardClassifier and of
        scikit-learn's MLPClassifier with the same settings, and the seconds of both.
    """
    if seeds < 1:
        raise ValueError(f"seeds must be at least 1, not {seeds}")
    data = _sklearn("datasets").load_digits()
    theirs = _sklearn("neural_network").MLPClassifier
    X, y = (data.data / 16).astype(np.float32), data.target
    rows: list[tuple[Any, ...]] = []
    confusion = np.zeros((10, 10), int)  # [digit, answer]
    shown: dict[bool, list[dict[str, Any]]] = {True: [], False: []}  # right and wrong answers
    for seed in range(1, seeds + 1):
        order = np.random.default_rng(seed).permutation(len(X))
        train, test = order[: len(X) * 3 // 4], order[len(X) * 3 // 4 :]
        row: list[Any] = [seed]
        seconds = []
        for kind in (FeedForwardClassifier, theirs):
            model = kind((32,), batch_size=32, max_iter=300, random_state=seed)
            start = time.perf_counter()
            model.fit(X[train], y[train])
            seconds.append(time.perf_counter() - start)
            row.append(float(model.score(X[test], y[test])))
            if kind is FeedForwardClassifier:
                answers = model.predict(X[test])
                np.add.at(confusion, (y[test], answers), 1)
                for i, answer in zip(test, answers, strict=True):
                    pixels = data.images[i].astype(int).tolist()
                    one = {"pixels": pixels, "digit": int(y[i]), "answer": int(answer)}
                    if len(shown[y[i] == answer]) < SHOWN:
                        shown[y[i] == answer].append(one)
        rows.append((*row, *seconds))
    wrong = confusion - np.diag(confusion.diagonal())
    t, o = np.unravel_index(wrong.argmax(), wrong.shape)
    ours, other = (float(np.mean([row[i] for row in rows])) for i in (1, 2))
    return Report(
        "1,797 handwritten digits, 64-32-10 with ReLU, softmax and Adam, batches of 32",
        ("seed", "accuracy", "scikit-learn", "seconds", "scikit-learn_s"),
        rows,
        [
            f"mean accuracy {ours:.4f}, scikit-learn's {other:.4f}",
            f"most often mistaken: {t} for {o}, {wrong[t, o]} times",
        ],
        {"confusion": confusion.tolist(), "right": shown[True], "wrong": shown[False]},
    )


@with_whole_numbers
def sentiment(seed: int = 1, texts: Sequence[str] = ()) -> Report:
    """Tell praise, complaint and neither (+, -, 0) in the embedded opinions, or in other texts.

    Parameters
    ----------
    seed : int, default 1
        Of the networks.
    texts : sequence of str, optional
        Texts to tell the class of, by a network that has learnt all opinions.

    Returns
    -------
    Report
        A row for each kind of network and number of labelled sentences to learn from: the share of
        300 other sentences whose label is found. Vectors are trained on 20,000 opinions without
        their labels. With `texts` a row for each: class, its probability, and the share of the
        words that the network knows.
    """
    data = opinions.labelled()
    y, X = [label for label, _ in data], [text for _, text in data]
    if texts:
        shown = TextClassifier(random_state=seed).fit(X, y)
        proba, known = shown.predict_proba(texts), shown.known(texts)
        return Report(
            "+ praise, - complaint, 0 neither, learnt from 900 opinions",
            ("label", "probability", "known", "text"),
            [
                (str(shown.classes_[p.argmax()]), float(p.max()), float(share), text)
                for p, share, text in zip(proba, known, texts, strict=True)
            ],
            [],
        )
    unlabelled = [words for _, words in opinions.sentences(20_000, seed=2)]
    vectors = train(unlabelled, vector_size=30, epochs=10, min_count=1, verbose=False).wv
    kinds: tuple[tuple[str, dict[str, Any]], ...] = (
        ("no hidden layer", {"hidden_layer_sizes": ()}),
        ("32 hidden units", {}),
        ("the same, on trained vectors", {"vectors": vectors, "train_vectors": False}),
    )
    rows = []
    for name, settings in kinds:
        for n in (120, 600):
            model = TextClassifier(max_iter=2000, random_state=seed, **settings).fit(X[:n], y[:n])
            rows.append((name, n, model.score(X[:n], y[:n]), model.score(X[600:], y[600:])))
            if name == "32 hidden units":
                shown = model
    asked = [
        "I like the story line of the movie.",
        "However the acting is weak.",
        "The protagonist is a sports coach.",
        "not bad at all",
    ]
    found = zip(asked, shown.predict(asked), strict=True)
    return Report(
        f"opinions: + praise, - complaint, 0 neither; seed {seed}",
        ("network", "labelled", "accuracy_on_them", "accuracy_on_others"),
        rows,
        [
            "with 32 hidden units: " + ", ".join(f"{text!r} {label}" for text, label in found),
            '"not" turns both good and bad around, an XOR of words: it needs hidden units',
            "vectors from text without labels help while few sentences have one",
        ],
    )
