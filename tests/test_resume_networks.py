"""Networks that are interrupted: nothing is lost, and what is left fits together."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from commands import POSIX, program

import w2v
from w2v.cli import mlp_train
from w2v.cli import program as cli
from w2v.estimators import saved
from w2v.files import tables
from w2v.networks import checkpoint

pytestmark = pytest.mark.filterwarnings("ignore:max_iter=")
SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
LONG = ["--epochs", "1000000", "--n-iter-no-change", "1000000"]  # without end
TEXTS = ["good film", "a good day", "bad film", "a bad day"] * 5


@pytest.fixture(autouse=True)
def table(tmp_path, monkeypatch):
    """Go to a folder with a table and labelled texts."""
    monkeypatch.chdir(tmp_path)
    X = np.random.default_rng(0).normal(size=(200, 3))
    rows = [f"{a:.4f},{b:.4f},{c:.4f},{'no' if a * b > c else 'yes'}\n" for a, b, c in X]
    Path("t.csv").write_text("a,b,c,class\n" + "".join(rows))
    Path("t.txt").write_text("".join(f"{t.split()[-2]}\t{t}\n" for t in TEXTS))


def line(file, *flags):
    return ["mlp", "train", file, "-o", "x.safetensors", "--seed", "1", *flags]


# --- signals -------------------------------------------------------------------------------------


@POSIX
@pytest.mark.parametrize(("number", "status"), SIGNALS)
@pytest.mark.parametrize("file", ["t.csv", "t.txt"])
def test_a_signal_in_training(number, status, file):
    with program(*line(file, *LONG, "--json"), stdout=-1, stderr=-1) as process:
        while not process.stderr.readline().startswith("read "):
            assert process.poll() is None
        time.sleep(0.5)
        sent = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate()
    assert time.monotonic() - sent < 4  # two seconds are promised; busy machines are forgiven
    assert process.returncode == status and "Traceback" not in err
    assert err.endswith("w2v: interrupted; what was learnt is in x.safetensors\n")
    told = json.loads(out)
    assert told["interrupted"] and "train_accuracy" not in told
    kind = w2v.TextClassifier if file == "t.txt" else w2v.FeedForwardClassifier
    assert kind.load("x.safetensors").n_iter_ == told["epochs"] > 1
    assert {path.name for path in Path().iterdir()} == {"t.csv", "t.txt", "x.safetensors"}


@POSIX
@pytest.mark.parametrize(("number", "status"), SIGNALS)
def test_a_signal_in_reading(number, status):
    Path("big.csv").write_text(Path("t.csv").read_text() + "1,2,3,yes\n" * 2_000_000)
    with program(*line("big.csv"), stderr=-1, env={"PYTHONPROFILEIMPORTTIME": "1"}) as process:
        while process.stderr.readline().split()[-1] != "w2v.files.tables":
            assert process.poll() is None
        time.sleep(0.3)
        sent = time.monotonic()
        process.send_signal(number)
        err = process.stderr.read()
    assert time.monotonic() - sent < 4
    assert process.returncode == status
    assert err.endswith("\nw2v: interrupted; nothing was written\n")
    assert not Path("x.safetensors").exists()


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("module", ["argparse", "w2v.cli.mlp", "numpy", "w2v._core"])
def test_a_signal_while_it_starts(number, module):
    told = {"PYTHONPROFILEIMPORTTIME": "1"}
    with program(*line("t.csv", *LONG, "--quiet"), stderr=-1, env=told) as process:
        while process.stderr.readline().split()[-1] != module:
            assert process.poll() is None
        process.send_signal(number)
        err = process.stderr.read()
    assert process.returncode in (-number, 128 + number)
    said = [line for line in err.splitlines() if line and not line.startswith("import time:")]
    assert said in ([], ["w2v: interrupted; nothing was written"]), err


@pytest.mark.parametrize(("number", "status"), SIGNALS)
@pytest.mark.parametrize("method", ["save", "score"])
def test_a_signal_behind_the_training(monkeypatch, capsys, number, status, method):
    """The file is written to its end."""
    kind = w2v.FeedForwardClassifier
    before = getattr(kind, method)

    def interrupted(self, *arguments):
        signal.raise_signal(number)
        return before(self, *arguments)

    monkeypatch.setattr(kind, method, interrupted)
    assert cli.main(line("t.csv", "--epochs", "2")) == status
    assert capsys.readouterr().err.endswith("; what was learnt is in x.safetensors\n")
    assert kind.load("x.safetensors").n_iter_ == 2


def test_an_older_file_is_left_where_nothing_was_learnt(monkeypatch, capsys):
    Path("x.safetensors").write_text("older")

    def interrupted(*arguments, **how):
        signal.raise_signal(signal.SIGINT)

    for place, name in ((tables, "read_table"), (mlp_train, "sign_of_life")):
        with monkeypatch.context() as patch:
            patch.setattr(place, name, interrupted)
            assert cli.main(line("t.csv")) == 130
            assert capsys.readouterr().err.endswith("\nw2v: interrupted; nothing was written\n")
    assert Path("x.safetensors").read_text() == "older"


@POSIX
def test_the_second_signal_ends_at_once():
    code = (
        "import signal, numpy as np, w2v\n"
        "def again(model):\n"
        "    try: signal.raise_signal(signal.SIGINT)\n"
        "    except KeyboardInterrupt:\n"
        "        print('first', flush=True); signal.raise_signal(signal.SIGINT)\n"
        "    print('never', flush=True)\n"
        "w2v.FeedForwardClassifier(callbacks=[again]).fit(np.eye(4), [0, 1, 0, 1])\n"
    )
    Path("code.py").write_text(code)
    root = {"PYTHONPATH": str(Path(w2v.__file__).parents[1])}
    done = subprocess.run([sys.executable, "code.py"], env=os.environ | root, capture_output=True)
    assert (done.returncode, done.stdout) == (-signal.SIGINT, b"first\n")


def test_absurd_sizes_are_refused_at_once(capsys):
    for sizes in ("100000000", "4,1000001"):
        assert cli.main(line("no.csv", "--hidden", sizes)) == 2
        err = capsys.readouterr().err
        assert "--hidden" in err and "are too many for a layer" in err and err.count("\n") == 1


# --- estimators ----------------------------------------------------------------------------------


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("hidden", [5, 300])
def test_an_interrupted_estimator_fits_together(early_stopping, hidden):
    """Wherever the signal comes: weights, state and curves are of one moment."""
    rng = np.random.default_rng(1)
    X = rng.normal(size=(300, 4))
    y = (X[:, 0] > 0).astype(int)
    settings = {"random_state": 1, "max_iter": 10**6, "n_iter_no_change": 10**6}
    handler = signal.getsignal(signal.SIGINT)
    for wait in (0.02, 0.11, 0.3):
        model = w2v.FeedForwardClassifier(hidden, early_stopping=early_stopping, **settings)
        threading.Timer(wait, lambda: signal.raise_signal(signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            model.fit(X, y)
        assert signal.getsignal(signal.SIGINT) is handler
        state = model.network_.history.state
        assert model._state is state and state.epochs == len(model.loss_curve_) == model.n_iter_
        batches = -(-(270 if early_stopping else 300) // 200)
        assert state.epochs * batches <= state.updates <= (state.epochs + 1) * batches
        if early_stopping:
            assert len(model.validation_scores_) <= len(model.validation_loss_curve_)
            assert len(model.validation_loss_curve_) <= model.n_iter_
        model.save("m.safetensors")
        loaded = w2v.FeedForwardClassifier.load("m.safetensors")
        assert (loaded.predict(X) == model.predict(X)).all()
        model.partial_fit(X, y)
        assert model.n_iter_ == state.epochs + 1


def stop_at(n):
    def stop(model):
        if model.n_iter_ == n:
            raise KeyboardInterrupt

    return stop


@pytest.mark.parametrize("train_vectors", [True, False])
def test_an_interrupted_text_classifier_keeps_what_was_learnt(train_vectors):
    y = [text.split()[-2] for text in TEXTS]
    vectors = w2v.train([text.split() for text in TEXTS], min_count=1, verbose=False).wv
    settings = {"random_state": 1, "train_vectors": train_vectors, "vectors": vectors}
    model = w2v.TextClassifier(callbacks=[stop_at(3)], **settings)
    with pytest.raises(KeyboardInterrupt):
        model.fit(TEXTS, y)
    same = w2v.TextClassifier(max_iter=3, **settings)
    with pytest.warns(UserWarning, match="max_iter"):
        same.fit(TEXTS, y)
    assert model.words_ == same.words_ and model.loss_curve_ == same.loss_curve_
    np.testing.assert_array_equal(model.network_.parameters, same.network_.parameters)
    np.testing.assert_array_equal(model.predict_proba(TEXTS), same.predict_proba(TEXTS))


def test_a_text_classifier_is_left_as_it_was_by_an_error():
    y = [text.split()[-2] for text in TEXTS]
    model = w2v.TextClassifier(random_state=1).fit(TEXTS, y)
    before = model.predict_proba(TEXTS)
    model.set_params(learning_rate_init=1e30, activation="relu", solver="sgd")
    with pytest.raises(FloatingPointError):
        model.fit([*TEXTS, "new words"], [*y, "bad"])
    np.testing.assert_array_equal(model.predict_proba(TEXTS), before)


# --- checkpoints ---------------------------------------------------------------------------------

SETTINGS = [
    {"optimizer": "adam", "batch_size": 7, "dropout": 0.2},
    {"optimizer": "momentum", "decay": 1e-3, "l2": 1e-3, "batch_size": 1, "shuffle": False},
    {"optimizer": "rmsprop", "batch_size": None, "patience": 4, "tol": 0.05, "epochs": 500},
    {"optimizer": "adam", "batch_size": 9, "patience": 2, "epochs": 500, "judged": True},
]


def kill_at(n):
    """Leave the checkpoint as a process does that is killed behind epoch n."""

    def callback(network, history):
        if len(history.loss_curve) == n + 1:
            shutil.copy("c", "killed")

    return callback


@pytest.mark.parametrize("given", SETTINGS, ids=lambda given: given["optimizer"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("at", [0, 3])
def test_a_network_goes_on_to_the_same_bytes(given, dtype, at):
    rng = np.random.default_rng(2)
    X, T = rng.normal(size=(40, 3)), rng.integers(0, 2, size=40)
    data = {"sample_weight": rng.uniform(1, 2, size=40)}
    given = {"epochs": 8, "seed": 5} | given
    if given.pop("judged", False):
        data["validation"] = (rng.normal(size=(20, 3)), rng.integers(0, 2, size=20))

    def network():
        layers = [w2v.nn.Layer(6, "tanh"), w2v.nn.Layer(5, "relu"), w2v.nn.Layer(1)]
        return w2v.nn.Network(3, layers, seed=3, dtype=dtype)

    whole = network()
    whole.train(X, T, **given, **data)
    kept = network()
    kept.train(X, T, **given, **data, checkpoint="c", every=1e-9, callback=kill_at(at))
    for path in ("killed", "c"):  # the latter is at its end
        resumed = w2v.nn.Network.resume(path, X, T, **data, workers=2, seed=5)
        np.testing.assert_array_equal(resumed.parameters, whole.parameters)
        np.testing.assert_array_equal(kept.parameters, whole.parameters)
        assert resumed.history.loss_curve == whole.history.loss_curve == kept.history.loss_curve
        assert resumed.history.validation_curve == whole.history.validation_curve
        assert resumed.history.reason == whole.history.reason
        state, other = resumed.history.state, whole.history.state
        np.testing.assert_array_equal(state.moments, other.moments)
        assert (state.updates, state.epochs) == (other.updates, other.epochs)


@pytest.fixture(autouse=True)
def as_often_as_asked(monkeypatch):
    monkeypatch.setattr(checkpoint, "SPARED", 0)


X3 = np.random.default_rng(3).normal(size=(90, 4))
CLASSES = np.array(["a", "b", "c"])[(X3[:, 0] > 0).astype(int) + (X3[:, 1] > 0)]
MODELS = [
    (w2v.FeedForwardClassifier, {"early_stopping": True, "tol": 0, "max_iter": 60}, CLASSES),
    (w2v.FeedForwardClassifier, {"class_weight": {"b": 2.0}, "dtype": "float64"}, CLASSES),
    (w2v.FeedForwardClassifier, {"dropout": 0.1, "warm_start": True}, CLASSES == "a"),
    (w2v.FeedForwardRegressor, {"standardize": True, "solver": "rmsprop"}, X3[:, :2].sum(axis=1)),
]


@pytest.mark.parametrize("random_state", [1, None], ids=["seed", "chance"])
@pytest.mark.parametrize("kind, params, y", MODELS, ids=range(len(MODELS)))
def test_an_estimator_goes_on_to_the_same_bytes(kind, params, y, random_state):
    X = X3.astype(params.get("dtype", "float32"))
    standardize = params.get("standardize", True)
    params = {"max_iter": 9, "standardize": standardize, "random_state": random_state} | params
    stopped = kind(5, callbacks=[stop_at(3)], **params)
    with pytest.raises(KeyboardInterrupt):
        stopped.fit(X, y, checkpoint="c", every=1e9)
    assert kind.load("c").n_iter_ == 2  # the callbacks of epoch 3 are not done
    resumed = kind.resume("c", X, y, workers=2)
    if random_state is None:  # the same seeds as the one that was stopped
        again = kind.resume("c", X, y)  # at its end
        np.testing.assert_array_equal(resumed.network_.parameters, again.network_.parameters)
        assert resumed.loss_curve_[:2] == stopped.loss_curve_[:2]
        return
    whole = kind(5, **params).fit(X, y)
    np.testing.assert_array_equal(resumed.network_.parameters, whole.network_.parameters)
    np.testing.assert_array_equal(resumed._state.moments, whole._state.moments)
    for name in saved.NAMES:
        one, other = (vars(model).get(name) for model in (resumed, whole))
        np.testing.assert_array_equal(one, other, err_msg=name)
    resumed.partial_fit(X, y)
    whole.partial_fit(X, y)
    np.testing.assert_array_equal(resumed.network_.parameters, whole.network_.parameters)


def test_a_second_fit_goes_on_behind_the_first():
    def model(*callbacks):
        return w2v.FeedForwardClassifier(
            5, max_iter=6, random_state=1, warm_start=True, early_stopping=True, callbacks=callbacks
        ).fit(X3, CLASSES)

    whole, stopped = model().fit(X3, CLASSES), model()
    with pytest.raises(KeyboardInterrupt):
        stopped.set_params(callbacks=[stop_at(9)]).fit(X3, CLASSES, checkpoint="c")
    resumed = w2v.FeedForwardClassifier.resume("c", X3, CLASSES)
    assert resumed.loss_curve_ == whole.loss_curve_ and resumed.t_ == whole.t_
    assert resumed.validation_scores_ == whole.validation_scores_
    np.testing.assert_array_equal(resumed.network_.parameters, whole.network_.parameters)


@pytest.mark.parametrize("train_vectors", [True, False])
def test_a_text_classifier_goes_on_to_the_same_bytes(train_vectors):
    y = [text.split()[-2] for text in TEXTS]
    sentences = [*map(str.split, TEXTS), ["further", "words"] * 5]
    vectors = w2v.train(sentences, min_count=1, verbose=False).wv
    params = {"random_state": 1, "train_vectors": train_vectors, "vectors": vectors, "max_iter": 9}
    whole = w2v.TextClassifier(**params).fit(TEXTS, y)
    stopped = w2v.TextClassifier(callbacks=[stop_at(4)], **params)
    with pytest.raises(KeyboardInterrupt):
        stopped.fit(TEXTS, y, checkpoint="c")
    with pytest.raises(ValueError, match="began with vectors"):
        w2v.TextClassifier.resume("c", TEXTS, y)
    others = w2v.train(sentences, min_count=1, verbose=False, seed=2).wv
    with pytest.raises(ValueError, match="or the vectors, have changed"):
        w2v.TextClassifier.resume("c", TEXTS, y, vectors=others)
    with pytest.raises(ValueError, match="another model than a TextClassifier"):
        w2v.FeedForwardClassifier(3, random_state=1).fit(X3, CLASSES, checkpoint="n")
        w2v.TextClassifier.resume("n", TEXTS, y, vectors=vectors)
    resumed = w2v.TextClassifier.resume("c", TEXTS, y, vectors=vectors)
    assert resumed.words_ == whole.words_ and resumed.loss_curve_ == whole.loss_curve_
    np.testing.assert_array_equal(resumed.network_.parameters, whole.network_.parameters)


def test_what_has_changed_is_refused(monkeypatch):
    kind = w2v.FeedForwardClassifier
    model = kind(5, random_state=1, callbacks=[stop_at(3)])
    with pytest.raises(KeyboardInterrupt):
        model.fit(X3, CLASSES, checkpoint="c")
    before = Path("c").read_bytes()

    def refused(match, X=X3, y=CLASSES, weight=None, reader=kind, error=ValueError, **params):
        with pytest.raises(error, match=match):
            reader.resume("c", X, y, sample_weight=weight, **params)

    refused("the patterns hold other numbers, or in another order", X=X3[::-1])
    refused(r"the patterns have shape \(80, 4\), and \(90, 4\) then", X3[:80], CLASSES[:80])
    refused("the targets hold other numbers", y=CLASSES[::-1])
    refused("sample_weight were not given then", weight=np.linspace(1, 2, 90))
    refused("was trained with max_iter=200, not 300", max_iter=300)
    refused("resume.. has no setting 'epochs'", epochs=300, error=TypeError)
    refused("holds a FeedForwardClassifier", reader=w2v.FeedForwardRegressor)
    refused("the training of an estimator", reader=w2v.nn.Network)
    with pytest.raises(ValueError, match="stopped behind epoch 2: go on with it"):
        model.fit(X3, CLASSES, checkpoint="c")
    model.save("m")
    with pytest.raises(ValueError, match="m is a network and no checkpoint"):
        kind.resume("m", X3, CLASSES)
    with pytest.raises(ValueError, match="m is there already and is no checkpoint"):
        model.fit(X3, CLASSES, checkpoint="m")
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        model.fit(X3, CLASSES, checkpoint="no/c")
    monkeypatch.setattr("w2v.versions.__version__", "0.0.1")
    refused("w2v is 0.0.1, and was")
    assert Path("c").read_bytes() == before


def test_the_command_line_goes_on_to_the_same_bytes(monkeypatch, capsys, tmp_path):
    for file, flags in [("t.csv", ["--test-fraction", "0.2"]), ("t.txt", [])]:
        asked = [*line(file, *flags, "--epochs", "12"), "--checkpoint", "c"]
        with monkeypatch.context() as patch:
            patch.setattr(mlp_train._Progress, "__call__", lambda self, model: stop_at(5)(model))
            assert cli.main(asked) == 130
        err = capsys.readouterr().err
        assert err.endswith("\nw2v: interrupted; go on with it by `w2v resume c`\n")
        assert not Path("x.safetensors").exists()
        assert cli.main(asked) == 1
        assert "stopped behind epoch 4" in capsys.readouterr().err
        (tmp_path / "away").mkdir(exist_ok=True)
        monkeypatch.chdir("away")
        assert cli.main(["resume", "../c", "--workers", "2", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["epochs"] == 12
        monkeypatch.chdir(tmp_path)
        assert not Path("c").exists()
        resumed = Path("x.safetensors").read_bytes()
        assert cli.main([*asked[:-2], "--quiet"]) == 0
        whole = w2v.nn.Network.load("x.safetensors").parameters
        Path("x.safetensors").write_bytes(resumed)
        np.testing.assert_array_equal(w2v.nn.Network.load("x.safetensors").parameters, whole)
        Path("x.safetensors").unlink()
    for flags in (["--checkpoint", "x.safetensors"], ["--checkpoint", "c", "--plot", "p.svg"]):
        assert cli.main(line("t.csv", *flags)) == 2


@POSIX
def test_a_signal_leaves_the_checkpoint():
    flags = [*LONG, "--checkpoint", "c"]
    with program(*line("t.csv", *flags), stdout=-1, stderr=-1) as process:
        while not process.stderr.readline().startswith("read "):
            assert process.poll() is None
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        err = process.communicate()[1]
    assert process.returncode == 143
    assert err.endswith("w2v: interrupted; go on with it by `w2v resume c`\n")
    assert {path.name for path in Path().iterdir()} == {"t.csv", "t.txt", "c"}
    assert w2v.FeedForwardClassifier.load("c").n_iter_ > 1


@POSIX
def test_a_killed_training_goes_on_to_the_same_bytes():
    flags = ["--epochs", "8000", "--n-iter-no-change", "8000", "--quiet"]
    kept = [*line("t.csv", *flags), "--checkpoint", "c", "--every", "0.01"]
    seen = set()
    with program(*kept) as process:
        while len(seen) < 2:  # that of the start, and another
            assert process.poll() is None
            if Path("c").exists():
                seen.add(Path("c").stat().st_mtime_ns)
            time.sleep(0.001)
        process.kill()
    assert not Path("x.safetensors").exists()
    assert 0 < w2v.FeedForwardClassifier.load("c").n_iter_ < 8000
    assert cli.main(["resume", "c", "--quiet"]) == 0
    resumed = w2v.FeedForwardClassifier.load("x.safetensors")
    assert cli.main(line("t.csv", *flags)) == 0
    whole = w2v.FeedForwardClassifier.load("x.safetensors")
    np.testing.assert_array_equal(resumed.network_.parameters, whole.network_.parameters)
    assert resumed.loss_curve_ == whole.loss_curve_
