"""The verbs for networks: what they print, what they write, and one clear error for bad input."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from commands import rows
from safetensors import safe_open
from safetensors.numpy import save_file

import w2v
from w2v import demos, estimators, names
from w2v.cli import common, mlp_train
from w2v.cli import program as cli
from w2v.demos import opinions
from w2v.networks import functions
from w2v.see import plots

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Hold tables and texts, and a network for each kind."""
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.default_rng(0)
    X = rng.standard_normal((120, 3))
    names = np.array(["low", "high"])[(X[:, 0] * X[:, 1] > 0).astype(int)]
    rows = [",".join(map("{:.4f}".format, x)) for x in X]
    lines = [f"{row},{name}" for row, name in zip(rows, names, strict=True)]
    (folder / "t.csv").write_text("a,b,c,class\n" + "\n".join(lines) + "\n")
    (folder / "plain.csv").write_text("\n".join(lines) + "\n")
    (folder / "t.tsv").write_text((folder / "t.csv").read_text().replace(",", "\t"))
    (folder / "x.csv").write_text("c,b,a\n0.1,1,1\n0.1,1,-1\n")
    y = 500 + 100 * X[:, 0]
    np.savez(folder / "r.npz", X=X, y=y)
    np.savez(folder / "i.npz", X=X, y=y.round().astype(int))
    np.savez(folder / "x.npz", X=X)
    texts = [f"{label}\t{text}\n" for label, text in opinions.labelled()]
    (folder / "t.txt").write_text("".join(texts))
    (folder / "q.txt").write_text("not bad at all\nnot good at all\n")
    (folder / "gap.csv").write_text("a,b,y\n1,2,x\n,3,z\n")
    (folder / "latin.csv").write_bytes("a,name\n1,Müller\n".encode("latin-1"))
    of_frame = w2v.FeedForwardClassifier(2, max_iter=1).fit(X, names)
    of_frame.feature_names_in_ = np.array(["a", "b", "c"], dtype=object)
    of_frame.save(folder / "frame.safetensors")
    for line in (
        "t.csv -o t.safetensors",
        "plain.csv -o plain.safetensors --hidden 8,4 --activation tanh,relu",
        "r.npz -o r.safetensors --hidden 16",
        "t.txt -o o.safetensors",
    ):
        name, flag, out, *rest = line.split()
        argv = ["mlp", "train", str(folder / name), flag, str(folder / out), "--quiet", *rest]
        assert cli.main(argv) == 0
    return folder


@pytest.fixture
def run(files, monkeypatch, capsys):
    """Call the command line among the files themselves: tests have their own beside them."""
    monkeypatch.chdir(files)
    capsys.readouterr()

    def run(line):
        status = cli.main(line.split() if isinstance(line, str) else line)
        return status, *capsys.readouterr()

    return run


# ---- help ----


def test_the_choices_are_those_of_the_modules():
    assert tuple(demos.METHODS) == names.XOR_METHODS
    forward_only = {"step", "softmax"}
    assert set(names.ACTIVATIONS) == set(functions.ACTIVATIONS) - forward_only


def test_help_of_mlp_train_shows_the_defaults_of_the_estimators(run):
    out = " ".join(run("mlp train --help")[1].split())
    tables = w2v.FeedForwardClassifier().get_params() | mlp_train.UPDATES
    texts = w2v.TextClassifier().get_params()
    for name in {**mlp_train.NETWORK, **mlp_train.TRAINING}.keys() - mlp_train.SHOWN:
        for params in (tables, texts):
            default = params.get(name)
            if default is not None and default is not False:
                flag = f" --{name.replace('_', '-')} [A-Z{{]"  # where it is described
                shown = re.search(rf"{flag}.*?\(default: (.*?)\)", out)[1]
                number = ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
                assert number in shown.split(", for texts "), name
    assert "training ends when --n-iter-no-change epochs" in out and "`n_" not in out


def test_two_words_make_a_verb(run):
    status, out, err = run("mlp --help")
    assert (status, err) == (0, "")
    assert "mlp train" in out and "mlp score" in out and "skipgram" not in out
    status, out, err = run("mlp")
    assert (status, out) == (2, "") and "mlp predict" in err
    status, out, err = run("mlp tarin x.csv")
    assert (status, out) == (2, "")
    assert err.startswith("w2v: error: there is no verb 'mlp tarin'; there are mlp train, ")


def test_help_does_not_wait_for_numpy():
    code = (
        "import sys; from w2v.cli import main; main(['xor', '--help']); main(['mlp', 'train', "
        "'--help']); assert not {'numpy', 'matplotlib', 'sklearn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


# ---- demonstrations ----


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("xor", "solved in"),
        ("xor --method all", "NOR(NOR(a, b), AND(a, b))"),
        ("xor --activation tanh --hidden 4 --learning-rate 0.5", "h4"),
        ("gates", "XOR(a,b)"),
        ("slopes --ks 1,50", "k=50"),
        ("approximation --units 1,3 --epochs 9", "the least error is"),
        ("descent --epochs 3", "climbs out"),
        ("overfitting --epochs 2", "validation less training at the end: nothing"),
        ("vanishing --layers 5 --width 10", "it vanishes"),
        ("cost --widths 2,3", "the ratio grows as N_w to the power"),
        ("gradcheck", "they agree"),
        ("regression", "closed form"),
        ("sentiment", "an XOR of words"),
        ("perceptron", "learns 14 of the 16 functions"),
        ("perceptron --n-inputs 3", "learns 104 of the 256 functions"),
        ("perceptron --inputs 3", "3  104/256  0.4062  R(8,4)   128"),
    ],
)
def test_demonstrations_are_verbs(run, line, shown):
    status, out, err = run(line)
    assert (status, err) == (0, "")
    assert shown in out


def test_a_report_is_json_too(run):
    status, out, err = run("gates --json")
    *table, last = map(json.loads, out.splitlines())
    assert [row["XOR(a,b)"] for row in table] == [0, 1, 1, 0]
    assert last["title"].startswith("XOR(a, b)") and last["notes"]


def parsed(out):
    """Return the objects of `--json`, one a line; NaN, which is no JSON, is an error."""

    def refuse(name):
        raise AssertionError(f"{name} is no JSON")

    return [json.loads(line, parse_constant=refuse) for line in out.removesuffix("\n").split("\n")]


@pytest.mark.parametrize(
    ("line", "report"),
    [
        ("slopes --ks 1,100", lambda: demos.slopes([1, 100])),
        ("vanishing", demos.vanishing),
        ("gradcheck", demos.gradcheck),
        ("regression", demos.regression),
        ("perceptron --n-inputs 1", lambda: demos.perceptron(1)),
    ],
)
def test_json_has_every_digit(run, line, report):
    *table, last = parsed(run(f"{line} --json")[1])
    expected = report()
    assert [tuple(row.values()) for row in table] == expected.rows  # exactly
    assert last["notes"] == expected.notes


def test_json_of_all_ways_to_xor_names_them(run):
    status, out, err = run("xor --method all --json")
    assert (status, err) == (0, "")
    objects = parsed(out)
    assert {found["method"] for found in objects} == {*names.XOR_METHODS, "gates"}
    for method in names.XOR_METHODS:
        *table, about = [found for found in objects if found["method"] == method]
        result = demos.xor(method)
        out = result.network.forward(result.inputs())[:, 0]
        assert [row["output"] for row in table] == out.tolist()
        assert about["epochs"] == result.attempts[-1].epochs and about["solved"] is True
        assert about["error"] == result.attempts[-1].error and about["reason"] is None
        assert about["weights"] == [w.tolist() for w in result.network.weights]
        assert about["biases"] == [b.tolist() for b in result.network.biases]


def test_json_of_an_xor_that_is_not_solved_says_why(run):
    status, out, _ = run("xor --hidden 1 --json")
    about = parsed(out)[-1]
    assert status == 1 and about["solved"] is False
    assert about["reason"].startswith("impossible with any weights")
    line = "xor --method batch --activation relu --learning-rate 1e300 --restarts 1 --json"
    about = parsed(run(line)[1])[-1]
    assert about["error"] is None and "lower the learning rate" in about["reason"]  # it is infinite
    assert [attempt["seed"] for attempt in about["attempts"]] == [1, 2]


def test_xor_that_is_not_solved_is_explained(run):
    status, out, err = run("xor --restarts 1 --epochs 20 --seed 3")
    assert (status, err) == (1, "")
    assert "seed 3: not solved in 20 epochs" in out
    assert "seed 4: not solved in 20 epochs" in out


@pytest.mark.slow
@pytest.mark.parametrize(
    "verb",
    [
        "xor",
        "gates",
        "slopes",
        "vanishing --layers 3 --gain 8",
        "cost --widths 2,3",
        "gradcheck",
        "pca",
        "regression",
        "sentiment",
        "perceptron",
    ],
)
def test_demonstrations_are_drawn(run, tmp_path, verb):
    path = tmp_path / "p.png"
    status, out, err = run([*verb.split(), "--plot", str(path)])
    assert status == 0 and err.endswith(f"wrote {path}\n")  # it may tell that it takes long
    assert path.read_bytes().startswith(b"\x89PNG")


# ---- mlp ----


def test_train_tells_how_it_went(run, tmp_path):
    out_file = tmp_path / "m.safetensors"
    status, out, err = run(f"mlp train t.csv -o {out_file} --hidden 8 --test-fraction 0.25")
    assert status == 0
    assert [row[:2] for row in rows(out)] == [["train", "accuracy"], ["test", "accuracy"]]
    assert all(float(row[2]) > 0.8 for row in rows(out))
    assert "read 120 patterns from t.csv" in err
    assert "trained a 3-8-1 network for " in err and f"wrote {out_file}" in err
    status, out, err = run(f"mlp train t.tsv -o {out_file} --hidden none --json --quiet")
    summary = json.loads(out)
    assert summary["layers"] == [3, 1] and summary["train_accuracy"] < 0.8  # it is an XOR
    assert status == 0 and "wrote" not in err


def test_settings_reach_the_network(run, tmp_path):
    line = (
        f"mlp train t.csv -o {tmp_path}/m.safetensors --quiet --hidden 5 --activation tanh "
        "--solver rmsprop --learning-rate 0.02 --batch-size 7 --epochs 9 --tol 0 "
        "--n-iter-no-change 4 --dropout 0.1 --l2 0.01 --early-stopping "
        "--validation-fraction 0.3 --class-weight balanced --seed 3 --workers 2 "
        "--no-standardize --loss squared_error"
    )
    assert run(line)[0] == 0
    found = estimators.load(tmp_path / "m.safetensors").get_params()
    expected = {
        "hidden_layer_sizes": (5,),
        "activation": "tanh",
        "solver": "rmsprop",
        "learning_rate_init": 0.02,
        "batch_size": 7,
        "max_iter": 9,
        "tol": 0.0,
        "n_iter_no_change": 4,
        "dropout": 0.1,
        "l2": 0.01,
        "early_stopping": True,
        "validation_fraction": 0.3,
        "class_weight": "balanced",
        "random_state": 3,
        "workers": 2,
        "standardize": False,
        "loss": "squared_error",
        "dtype": "float32",
    }
    assert {name: found[name] for name in expected} == expected


def test_predict_finds_columns_by_name(run):
    status, out, err = run("mlp predict t.safetensors x.csv")
    assert (status, err) == (0, "")
    assert [row[0] for row in rows(out)] == ["high", "low"]
    assert all(0.5 < float(row[1]) <= 1 for row in rows(out))
    status, out, err = run("mlp predict t.safetensors t.csv --proba --json")
    row = json.loads(out.splitlines()[0])
    assert set(row) == {"label", "high", "low"}
    assert row["high"] + row["low"] == pytest.approx(1, abs=1e-5)


def test_predict_without_names_takes_the_columns_in_order(run):
    with_target = run("mlp predict plain.safetensors plain.csv")[1]
    (Path("features.csv")).write_text(
        "\n".join(line.rpartition(",")[0] for line in Path("plain.csv").read_text().split()) + "\n"
    )
    assert run("mlp predict plain.safetensors features.csv")[1] == with_target
    assert len(rows(with_target)) == 120


def test_score_of_classes(run):
    status, out, err = run("mlp score t.safetensors t.csv")
    assert (status, err) == (0, "")
    high, low, every = rows(out)
    assert [high[0], low[0], every[0]] == ["high", "low", "accuracy"]
    assert int(high[3]) + int(low[3]) == int(every[3]) == 120
    assert float(every[1]) > 0.9
    predicted = [row[0] for row in rows(run("mlp predict t.safetensors t.csv")[1])]
    true = [line.rpartition(",")[2] for line in Path("t.csv").read_text().split()[1:]]
    right = sum(p == t == "high" for p, t in zip(predicted, true, strict=True))
    assert float(high[1]) == pytest.approx(right / predicted.count("high"), abs=1e-4)
    assert float(high[2]) == pytest.approx(right / true.count("high"), abs=1e-4)


def test_numbers_are_predicted_and_scored(run):
    scores = {row[0]: float(row[1]) for row in rows(run("mlp score r.safetensors r.npz")[1])}
    assert scores["R2"] > 0.95
    assert scores["mean absolute error"] <= scores["root mean squared error"] < 25
    out = run("mlp predict r.safetensors x.npz")[1]
    with np.load("r.npz") as arrays:
        near = np.array([float(line) for line in out.split()]) - arrays["y"]
    assert np.sqrt(np.mean(near**2)) == pytest.approx(scores["root mean squared error"], abs=1e-3)


def test_small_errors_are_not_rounded_to_0(run, tmp_path):
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{i % 7}.5,{i}e-300\n" for i in range(40)))
    run(f"mlp train {tmp_path}/t.csv -o {tmp_path}/m.safetensors --epochs 3 --regression")
    out = run(f"mlp score {tmp_path}/m.safetensors {tmp_path}/t.csv --json")[1]
    r2, root, mean = (json.loads(line)["score"] for line in out.splitlines())
    assert r2 < 0.9 and 0 < mean <= root < 1e-297


def test_quantities_taken_for_classes_are_warned_of(run, tmp_path):
    line = f"mlp train i.npz -o {tmp_path}/m.safetensors --epochs 2"
    status, out, err = run(line)
    assert out.startswith("train\tR2")
    assert "different numbers on 120 rows: this is a regression; for classes pass --no-reg" in err
    status, out, err = run(f"{line} --no-regression")
    assert out.startswith("train\taccuracy")
    assert "if the targets are quantities, add --regression" in err


def test_one_class_is_warned_of(run, tmp_path):
    (tmp_path / "one.csv").write_text("x,y\n" + "1,a\n2,a\n" * 4)
    _, _, err = run(f"mlp train {tmp_path}/one.csv -o {tmp_path}/m.safetensors --epochs 2")
    assert "every target is a: there is nothing to tell apart" in err


def test_texts_to_labels(run, tmp_path):
    status, out, err = run("mlp predict o.safetensors q.txt")
    assert (status, err) == (0, "")
    assert [row[0] for row in rows(out)] == ["+", "-"]
    assert float(rows(run("mlp score o.safetensors t.txt")[1])[-1][1]) > 0.95


def test_sentiment_judges_texts(run):
    texts = ["The soup was not good.", "I love this movie", "xyzzy"]
    line = "sentiment --json --seed 2".split()
    status, out, err = run([*line, *texts])
    *rows, _ = [json.loads(answer) for answer in out.splitlines()]
    assert [row["text"] for row in rows] == texts
    assert [row["label"] for row in rows[:2]] == ["-", "+"]
    assert [row["known"] for row in rows] == [1, 1, 0] and rows[2]["probability"] < 0.4
    assert status == 0 and "without a word that the model knows: 1 of 3" in err


def test_unknown_words_are_told(run, tmp_path):
    (tmp_path / "odd.txt").write_text("xyzzy\nnot bad\nxyzzy plugh so bad\ngood xyzzy plugh\n")
    line = f"mlp predict o.safetensors {tmp_path}/odd.txt"
    status, out, err = run(line)
    none, few = err.splitlines()
    assert none.startswith("w2v: warning: texts without a word that the model knows: 1 of 4")
    assert few.startswith("w2v: warning: texts most of whose words the model does not know: 1 of 4")
    assert [float(row[-1]) for row in rows(out)] == [0, 1, 0.5, 0.3333]
    assert float(rows(out)[0][1]) < 0.4  # the share of the most frequent class
    answers = [json.loads(answer) for answer in run(f"{line} --proba --json")[1].splitlines()]
    assert [set(answer) for answer in answers] == [{"label", "+", "-", "0", "known"}] * 4
    assert answers[2]["known"] == 0.5


def test_answers_stand_beside_questions(run, tmp_path):
    (tmp_path / "q.txt").write_text("not bad\n\nnot good\n")
    status, out, err = run(f"mlp predict o.safetensors {tmp_path}/q.txt")
    assert [row[0] for row in rows(out)] == ["+", "", "-"] and rows(out)[1][1:] == ["-", "-"]
    assert err == f"w2v: warning: {tmp_path}/q.txt: blank lines with empty answers: 1\n"
    out = run(f"mlp predict o.safetensors {tmp_path}/q.txt --json")[1]
    assert json.loads(out.splitlines()[1]) == {"label": None, "probability": None, "known": None}
    (tmp_path / "q.csv").write_text("c,b,a\n0.1,1,1\n\n0.1,1,-1\n,,\n")
    out = run(f"mlp predict t.safetensors {tmp_path}/q.csv")[1]
    assert [row[0] for row in rows(out)] == ["high", "", "low", ""]


def people(n, seed=0):
    """Return lines of a table with gaps and categories; women and children survive."""
    rng = np.random.default_rng(seed)
    for i in range(n):
        age, sex = rng.integers(1, 70), rng.choice(["male", "female"])
        lives = int(sex == "female" or age < 14)
        shown = "" if rng.random() < 0.1 else age
        port = rng.choice(["S", "C", ""])
        yield f'{i + 1},{lives},{rng.integers(1, 4)},"Doe, ""J"" {i}",{sex},{shown},{port}\n'


def test_tables_of_real_life(run, tmp_path):
    head = "PassengerId,Survived,Pclass,Name,Sex,Age,Embarked\n"
    (tmp_path / "t.csv").write_text(head + "".join(people(300)))
    survived = [line.split(",")[1] for line in people(300)]
    line = f"mlp train {tmp_path}/t.csv -o {tmp_path}/m.safetensors --target Survived"
    status, out, err = run(f"{line} --epochs 60 --ignore PassengerId")
    assert status == 1 and "column 'Name': " in err and "different texts" in err
    line += " --epochs 60 --ignore PassengerId,Name --categories Pclass"
    assert "fill such fields with --impute median" in run(line)[2]
    status, out, err = run(f"{line} --impute")
    assert status == 0 and float(rows(out)[0][2]) > 0.9
    assert "missing, filled with the median" in err
    assert "column 'Sex': 2 categories, a feature each: female, male" in err
    assert "column 'Embarked': 3 categories, a feature each: (empty), C, S" in err
    (tmp_path / "n.csv").write_text("Age,Sex,Embarked,Pclass\n30,female,S,1\n,male,Q,2\n")
    status, out, err = run(f"mlp predict {tmp_path}/m.safetensors {tmp_path}/n.csv")
    assert [row[0] for row in rows(out)] == ["1", "0"]
    assert "with a category of column 'Embarked' that was not learnt: 1 ('Q')" in err
    out = run(f"mlp score {tmp_path}/m.safetensors {tmp_path}/t.csv")[1]
    assert float(rows(out)[-1][1]) > 0.9
    model = estimators.load(tmp_path / "m.safetensors")
    new = w2v.tables.read_table(tmp_path / "t.csv", columns=model.table_, target=None)
    assert (model.predict(new.X) == [lives == "1" for lives in survived]).mean() > 0.9
    facts = dict(line.split("\t") for line in run(f"info {tmp_path}/m.safetensors")[1].splitlines())
    assert "Sex (female, male)" in facts["columns"] and "Age (missing: " in facts["columns"]


def test_tables_of_texts(run, tmp_path):
    texts = [f"{text},\nI say" for _, text in opinions.labelled()]
    stars = [{"+": "5", "-": "1", "0": "3"}[label] for label, _ in opinions.labelled()]
    with open(tmp_path / "r.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("stars", "review"))
        writer.writerows(zip(stars, texts, strict=True))
    line = f"mlp train {tmp_path}/r.csv -o {tmp_path}/m.safetensors --epochs 30"
    status, out, err = run(f"{line} --text-column review --target stars")
    assert status == 0 and float(rows(out)[0][2]) > 0.9
    assert "the text is column 'review', the label column 'stars'" in err
    out = run(f"mlp score {tmp_path}/m.safetensors {tmp_path}/r.csv")[1]
    assert [row[0] for row in rows(out)] == ["1", "3", "5", "accuracy"]
    (tmp_path / "n.jsonl").write_text(
        '{"review": "not bad at all"}\n{"review": "not good at all"}\n'
    )
    for source in (f"{tmp_path}/n.jsonl", "q.txt"):
        out = run(f"mlp predict {tmp_path}/m.safetensors {source}")[1]
        assert [row[0] for row in rows(out)] == ["5", "1"]
    err = run(f"mlp predict o.safetensors {tmp_path}/n.jsonl")[2]
    assert "name the column of the texts with --text-column NAME" in err
    out = run(f"mlp predict o.safetensors {tmp_path}/n.jsonl --text-column review")[1]
    assert [row[0] for row in rows(out)] == ["+", "-"]


def test_texts_start_from_vectors(run, tmp_path):
    sentences = [words for _, words in opinions.sentences(2000)]
    wv = w2v.train(sentences, vector_size=8, epochs=2, min_count=1, verbose=False).wv
    wv.save(tmp_path / "v.bin")
    line = f"mlp train t.txt -o {tmp_path}/o.safetensors --vectors {tmp_path}/v.bin --epochs 2"
    assert "0-8-32-3 network for 2 epochs" in run(f"{line} --freeze-vectors")[2].replace(
        f"{len(wv)}-", "0-"
    )
    found = w2v.TextClassifier.load(tmp_path / "o.safetensors")
    row = found.words_.index("good")
    kept = found.network_.weights[0][:, row]
    np.testing.assert_allclose(kept, wv.get_vector("good", norm=True), rtol=1e-6)
    run(line)
    found = w2v.TextClassifier.load(tmp_path / "o.safetensors")
    assert not np.allclose(found.network_.weights[0][:, found.words_.index("good")], kept)


def test_the_loss_is_drawn(run, tmp_path):
    line = f"mlp train t.csv -o {tmp_path}/m.safetensors --early-stopping --plot {tmp_path}/l.png"
    assert run(line)[0] == 0
    assert (tmp_path / "l.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("flags", ["t.csv --hidden 4", "r.npz --hidden 4", "t.txt"])
def test_the_loss_of_the_test_part_is_drawn(run, tmp_path, monkeypatch, flags):
    drawn = []
    monkeypatch.setattr(plots, "loss_curves", lambda path, *what: drawn.append(what))
    line = f"mlp train {flags} -o {tmp_path}/m.safetensors --test-fraction 0.25"
    assert run(f"{line} --plot {tmp_path}/l.png")[0] == 0
    ((model, test, norms),) = drawn
    assert len(norms) == model.n_iter_ and all(norm > 0 for norm in norms[-1])
    assert len(test) == model.n_iter_ and test[0] > min(test)
    # the training is the same as without it
    again = f"mlp train {flags} -o {tmp_path}/n.safetensors --test-fraction 0.25"
    assert run(again)[0] == 0
    ours, theirs = (w2v.Network.load(tmp_path / f"{name}.safetensors") for name in "mn")
    np.testing.assert_array_equal(ours.parameters, theirs.parameters)


def test_a_log_of_mlp_train_is_short(run, tmp_path, monkeypatch):
    now = iter(range(0, 10**6, 2))
    monkeypatch.setattr(mlp_train.time, "monotonic", lambda: next(now))  # every epoch takes 2 s
    line = f"mlp train t.csv -o {tmp_path}/m.safetensors --hidden 2 --epochs 300"
    err = run(f"{line} --tol 0 --n-iter-no-change 300")[2]
    assert err.count("epoch ") == 15 and "epoch 300: loss" in err


@pytest.mark.slow
def test_a_terminal_shows_that_work_goes_on(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with common.sign_of_life("digits") as show:
        time.sleep(0.7)
        show("epoch 3")
        time.sleep(0.5)
    shown = terminal.getvalue()
    assert shown.startswith("\rdigits, 1 s") and "\repoch 3, 1 s" in shown
    assert shown.endswith(" \r")  # the line is gone
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    with common.sign_of_life("digits"):
        time.sleep(0.7)
    assert log.getvalue() == ""


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("mlp train t.csv", 2, "give --output FILE"),
        ("mlp train -o m.safetensors", 2, "the following arguments are required: FILE"),
        ("mlp train t.csv -o m.bin", 2, "a network is a .safetensors file"),
        ("mlp train t.csv -o no/m.safetensors", 1, "there is no folder"),
        ("mlp train no.csv -o m.safetensors", 1, "no.csv: No such file or directory"),
        ("mlp train t.csv -o m.safetensors --target z", 1, "no column 'z'; it has 'a', 'b'"),
        ("mlp train t.csv -o m.safetensors --ignore a,b,c", 1, "no column beside the target"),
        ("mlp train t.csv -o m.safetensors --impute t.csv", 2, "invalid choice: 't.csv'"),
        (
            "mlp train t.csv -o m.safetensors --encoding x",
            1,
            "--encoding must be one that",
        ),
        ("mlp train t.csv -o m.safetensors --text-column z", 1, "no column 'z'"),
        ("mlp train t.csv -o m.safetensors --text-column a --impute", 2, "is for tables of numb"),
        ("mlp train t.csv -o m.safetensors --text --text-column a", 2, "--text-column is for tab"),
        ("mlp train t.txt -o m.safetensors --text-column a", 2, "--text-column is for tables"),
        ("mlp train gap.csv -o m.safetensors", 1, "line 3, column 'a' is empty; fill such fields "),
        ("mlp train gap.csv -o m.safetensors", 1, "with --impute median, or leave the column out"),
        ("mlp train latin.csv -o m.safetensors", 1, "line 2: not utf-8 text"),
        ("mlp train latin.csv -o m.safetensors", 1, "; pass --encoding, such as latin-1"),
        ("mlp train t.csv -o m.safetensors --ignore z", 1, "no column 'z'"),
        ("mlp train t.csv -o m.safetensors --no-header", 1, "column 0: 'a' is no number"),
        ("mlp train t.csv -o m.safetensors --hidden 0", 2, "'0' is no whole number"),
        ("mlp train t.csv -o m.safetensors --hidden 5,x", 2, "'x' is no whole number"),
        ("mlp train t.csv -o m.safetensors --activation gelu", 1, "activation must be one of"),
        ("mlp train t.csv -o m.safetensors --activation relu,relu", 1, "2 names for 1 hidden"),
        ("mlp train t.csv -o m.safetensors --dropout 1", 1, "dropout"),
        ("mlp train t.csv -o m.safetensors --learning-rate 0", 2, "'0' is no number above 0"),
        ("mlp train t.csv -o m.safetensors --solver lbfgs", 2, "invalid choice: 'lbfgs'"),
        ("mlp train t.csv -o m.safetensors --momentum 0.9", 2, "--momentum needs --solver sgd, "),
        ("mlp train t.csv -o m.safetensors --solver sgd --nesterov", 2, "needs --momentum, such"),
        ("mlp train t.csv -o m.safetensors --solver sgd --momentum 2", 1, "--momentum must lie"),
        ("mlp train t.csv -o m.safetensors --test-fraction 1", 1, "leaves a part empty"),
        ("mlp train t.csv -o m.safetensors --test-fraction 0.001", 1, "leaves a part empty"),
        ("mlp train t.csv -o m.safetensors --regression", 1, "must be numbers"),
        ("mlp train t.csv -o m.safetensors --vectors v.bin", 2, "--vectors is for texts"),
        ("mlp train t.csv -o m.safetensors --plot l.doc", 1, "the suffix says the format"),
        ("mlp train t.csv -o m.safetensors --text", 1, "line 1 is no label and text"),
        ("mlp train t.txt -o m.safetensors --target z", 2, "--target is for tables"),
        ("mlp train t.txt -o m.safetensors --regression", 2, "--regression is for tables"),
        ("mlp train t.txt -o m.safetensors --freeze-vectors", 1, "needs vectors"),
        ("mlp train q.txt -o m.safetensors", 1, "q.txt, line 1 is no label and text"),
        ("mlp train x.npz -o m.safetensors", 1, "has no array 'y' to learn"),
        ("mlp train t.safetensors -o m.safetensors", 1, "line 1 holds a NUL byte"),
        ("mlp train r.npz -o m.safetensors --class-weight balanced", 2, "is for classes"),
        ("mlp train r.npz -o m.safetensors --loss cross_entropy", 1, "--loss must be one of"),
        ("mlp predict no.safetensors t.csv", 1, "no.safetensors: No such file"),
        ("mlp predict t.csv t.csv", 1, "t.csv is no model of `w2v mlp train`"),
        ("mlp predict t.safetensors no.csv", 1, "no.csv: No such file"),
        ("mlp predict t.safetensors q.txt", 1, "takes tables, q.txt is no table"),
        ("mlp predict o.safetensors t.csv", 1, "takes texts, t.csv is a table"),
        ("mlp predict t.safetensors plain.csv", 1, "has no header; it must name 'a', 'b', 'c'"),
        ("mlp predict r.safetensors r.npz --proba", 2, "--proba is for classes"),
        ("mlp score r.safetensors x.npz", 1, "has no targets to score against"),
        ("mlp score t.safetensors x.csv", 1, "has no column 'class'; it has 'c', 'b', 'a'"),
        ("mlp score frame.safetensors x.csv", 1, "its last column, 'a', is a feature"),
        ("mlp score o.safetensors q.txt", 1, "line 1 is no label and text"),
        (
            "mlp score r.safetensors plain.csv",
            1,
            "the targets must be numbers for a regression, not",
        ),
        ("xor --method magic", 2, "invalid choice: 'magic'"),
        ("xor --method sine --hidden 3", 2, "--hidden is for --method incremental or batch"),
        ("xor --method all --plot p.png", 2, "--plot draws one method"),
        ("xor --plot no/p.png", 1, "there is no folder"),
        ("xor --error-limit 0", 2, "'0' is no number above 0"),
        ("slopes --ks 1,a", 2, "'a' is no number above 0"),
        ("vanishing --layers 1", 2, "'1' is no whole number of at least 2"),
        ("perceptron --n-inputs 4", 2, "invalid choice: 4"),
    ],
)
def test_mistakes_are_one_line_of_error(run, line, status, message):
    got, out, err = run(line)
    *before, last = err.splitlines()
    assert (got, out) == (status, "")
    said = ("read ", "the targets are not whole", "column '")
    assert all(text.startswith(said) for text in before), err
    assert last.startswith("w2v: error: ") and message in last
    assert not Path("m.safetensors").exists()


def test_sgd_is_plain_and_momentum_is_a_flag(run, tmp_path):
    found = []
    for more in ("", "--momentum 0", "--momentum 0.8", "--momentum 0.8 --nesterov"):
        line = f"mlp train t.csv -o {tmp_path}/m.safetensors --quiet --epochs 3 --solver sgd {more}"
        assert run(line)[0] == 0
        found.append(estimators.load(tmp_path / "m.safetensors").network_.parameters)
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.allclose(found[0], found[2]) and not np.allclose(found[2], found[3])


def test_training_that_diverges_says_so(run):
    line = "mlp train r.npz -o m.safetensors --solver sgd --learning-rate 1e30 --quiet"
    status, out, err = run(line)
    assert status == 1 and "is too high for these patterns" in err
    assert not Path("m.safetensors").exists()


def test_a_class_that_was_not_learnt_is_told(run, tmp_path):
    text = Path("t.csv").read_text().replace("high", "higher")
    (tmp_path / "t.csv").write_text(text)
    status, out, err = run(f"mlp score t.safetensors {tmp_path}/t.csv")
    assert err == "w2v: warning: the model has not learnt the classes 'higher'\n"
    assert status == 0 and rows(out)[0][:3] == ["high", "0.0000", "-"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("t", ["inputs\t3", "layers\t100 relu 1 sigmoid", "classes\thigh low", "parameters\t501"]),
        ("r", ["layers\t16 relu 1 linear", "classes\t-", "settings.standardize\tTrue"]),
        ("o", ["layers\t50 linear 32 tanh 3 softmax", "classes\t+ - 0"]),
    ],
)
def test_info_describes_networks(run, name, shown):
    status, out, err = run(f"info {name}.safetensors")
    assert (status, err) == (0, "")
    assert {"format\tnetwork", *shown} <= set(out.splitlines())
    assert json.loads(run(f"info {name}.safetensors --json")[1])["format"] == "network"


@pytest.mark.parametrize(
    ("y", "kind"), [(np.eye(2)[[0, 1]] * 1.5, "Regressor"), (np.eye(2, dtype=int), "Classifier")]
)
def test_a_model_of_several_outputs_is_for_python(run, y, kind):
    model = getattr(w2v, f"FeedForward{kind}")((2,), max_iter=1, random_state=1)
    with pytest.warns(UserWarning, match="max_iter"):
        model.fit(np.repeat([[0.0, 1, 2], [2, 1, 0]], 5, axis=0), np.repeat(y, 5, axis=0))
    model.save("several.safetensors")
    Path("q.csv").write_text("a,b,c\n1,2,3\n")
    for verb in ("predict", "score"):
        status, _, err = run(f"mlp {verb} several.safetensors q.csv")
        assert status == 1 and f"2 values for a pattern; use FeedForward{kind}.load" in err


@pytest.mark.parametrize("name", ["estimator", "params", "learnt"])
def test_info_of_a_damaged_model_names_it(run, name):
    assert run("mlp train t.csv -o m.safetensors --quiet --epochs 2")[0] == 0
    content = Path("m.safetensors").read_bytes()
    wrong = content.replace(f'\\"{name}\\":'.encode(), f'\\"{name[::-1]}\\":'.encode())
    assert wrong != content
    Path("m.safetensors").write_bytes(wrong)
    for verb in ("info m.safetensors", "mlp predict m.safetensors t.csv"):
        status, _, err = run(verb)
        assert status == 1
        assert "m.safetensors is damaged: its header does not match" in err


@pytest.mark.parametrize("name", ["estimator", "params", "learnt"])
def test_info_of_a_model_without_a_part_names_it(run, name):
    """In a file of the version that had no checksums, or of another program."""
    assert run("mlp train t.csv -o m.safetensors --quiet --epochs 2")[0] == 0
    with safe_open("m.safetensors", "numpy") as file:
        tensors = {key: file.get_tensor(key) for key in file.keys() if key != "checksums"}  # noqa: SIM118
        metadata = {
            key: text.replace(f'"{name}":', f'"{name[::-1]}":').replace(
                '"format_version": 2', '"format_version": 1'
            )
            for key, text in file.metadata().items()
        }
        assert metadata != file.metadata()
    save_file(tensors, "m.safetensors", metadata)
    for verb in ("info m.safetensors", "mlp predict m.safetensors t.csv"):
        status, _, err = run(verb)
        assert status == 1
        assert re.search(f"m.safetensors is damaged: .* lacks '{name}'", err)
