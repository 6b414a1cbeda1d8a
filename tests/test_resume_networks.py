"""Networks that are interrupted: nothing is lost, and what is left fits together."""

import json
import os
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
from w2v.files import tables

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
