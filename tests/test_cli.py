"""The command line: what it prints where, its exit status, and what users get wrong."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import warnings
import zipfile
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

import w2v
from w2v.cli import common, flags, questions
from w2v.cli import program as cli
from w2v.cli import train as cli_train
from w2v.demos import world
from w2v.files import formats
from w2v.training.settings import Settings
from w2v.vectors import evaluate

SMALL = ["--vector-size", "8", "--epochs", "2", "--min-count", "1", "--workers", "1"]
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and terminals")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Hold the embedded world as text, and a model of it in every format."""
    folder = tmp_path_factory.mktemp("files")
    text = "\n".join(" ".join(sentence) for sentence in world.sentences()) + "\n"
    (folder / "world.txt").write_text(text)
    model = w2v.train(
        world.sentences(), vector_size=24, epochs=15, alpha=0.05, workers=1, verbose=False
    )
    model.save(folder / "m.safetensors")
    for name in ("m.bin", "m.vec", "m.glove"):
        model.wv.save(folder / name)
    return folder


@pytest.fixture
def run(files, tmp_path, monkeypatch, capsys):
    """Call the command line in a folder of its own; return status, stdout and stderr."""
    for name in os.listdir(files):
        os.link(files / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)

    def run(line, stdin=None):
        if stdin is not None:
            raw = stdin if isinstance(stdin, bytes) else stdin.encode()
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), "utf-8"))
        status = cli.main(line.split() if isinstance(line, str) else line)
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def fails(run):
    """Call the command line and return its one line of error."""

    def fails(line, status, stdin=None):
        got, out, err = run(line, stdin)
        *before, last = err.splitlines()
        assert all(line.startswith(("reading ", "epoch ", "w2v: warning: ")) for line in before)
        assert (got, out) == (status, ""), err
        assert last.startswith("w2v: error: ")
        return last.removeprefix("w2v: error: ")

    return fails


def rows(out):
    return [line.split("\t") for line in out.splitlines()]


def program(*arguments, env=None, **settings):
    """Start the command line as a program of its own."""
    path = {"PYTHONPATH": str(Path(w2v.__file__).parents[1])}
    return subprocess.Popen(
        [sys.executable, "-m", "w2v", *arguments],
        env=os.environ | path | (env or {}),
        encoding="utf-8",
        **settings,
    )


# ---- help and mistakes in the command line ----


@pytest.mark.parametrize("verb", cli.VERBS)
def test_every_verb_explains_itself(run, verb):
    status, out, err = run([*verb.split(), "--help"])
    assert (status, err) == (0, "")
    assert out.startswith(f"usage: w2v {verb} ")
    assert "--json" in out
    # the width of a terminal, but for argparse's own list of the choices
    assert all(len(line) <= 100 for line in out.splitlines())


def test_the_program_explains_itself(run):
    status, out, err = run("--help")
    assert (status, err) == (0, "")
    assert all(f"\n  {verb} " in out for verb in cli.VERBS)
    status, out, err = run("")
    assert (status, out) == (2, "")
    assert err.startswith("usage: ")
    assert run("--version") == (0, f"w2v {w2v.__version__}\n", "")


def test_help_of_train_shows_defaults_and_choices(run):
    out = " ".join(run("train --help")[1].split())
    for name, default in ((item.name, item.default) for item in fields(Settings)):
        shown = re.search(rf" --{name.replace('_', '-')}[ ,].*?\(default: (.*?)\)", out)[1]
        assert default is None or shown == ("yes" if default is True else str(default)), name
    assert "{ns,hs,softmax}" in out
    assert "{exact,undivided}" in out
    # in the spelling of the command line
    assert "from 1 to --window," in out and "no for softmax" in out
    assert not re.search("`|True|False", out.partition("settings:")[2].partition("more flags")[0])


def test_the_settings_are_those_of_word2vec():
    assert set(flags.WORD2VEC_C) <= {item.name for item in fields(Settings)}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("trian", "there is no verb 'trian'; there are train, "),
        ("trian", "perceptron; did you mean 'train'?"),
        ("--json nn", "there is no verb '--json'"),
        ("train world.txt -o x.bin --vectorsize 5", "did you mean '--vector-size'?"),
        ("train world.txt -o x.bin --vector_size=5", "did you mean '--vector-size'?"),
        ("train world.txt -o x.bin -sise 5", "unknown flag -sise; did you mean '-size'?"),
        ("train world.txt -o x.bin --learning-rate 1", "--learning-rate; here it is --alpha;"),
        ("train world.txt -o x.bin --plot x.png", "arguments: --plot x.png; see"),
        ("nn m.bin king --topk 3", "did you mean '--topn'?"),
        ("vocab world.txt --mincount 3", "did you mean '--min-count'?"),
        ("train", "no corpus"),
        ("train world.txt", "give --output FILE"),
        ("train world.txt --output x.foo", "one of .safetensors, .bin, .txt, .vec, .glove"),
        ("train world.txt --output", "expected one argument"),
        ("train world.txt -o x.bin --workers -2", "--workers must lie between -1 and"),
        ("train world.txt -o x.bin --alpha nan", "--alpha must lie between 0 and 100, not nan"),
        ("train world.txt -o x.bin --epochs -1", "--epochs must lie between 1 and"),
        ("train world.txt -o x.bin --sample 2", "--sample must lie between 0 and 1, not 2.0"),
        ("train world.txt -o x.bin --window 2.5", "'2.5' is no whole number; see"),
        ("train world.txt -o x.bin --sample x", "argument --sample/-sample: 'x' is no number"),
        ("train world.txt -o x.bin --loss foo", "invalid choice: 'foo' (choose from "),
        ("train world.txt -o x.bin --min-alpha 1", "--min-alpha 1.0 is above --alpha 0.025"),
        (
            "train world.txt -o x.bin --negative 0",
            "--negative 0 leaves no output layer: choose --loss",
        ),
        ("train world.txt -o x.bin -hs 1 -negative 5", "leave --negative away, or make it 0"),
        ("train world.txt -o x.bin --loss softmax --negative 5", "has no noise words"),
        ("train world.txt -o x.bin --loss ns -hs 1", "-hs 1 contradicts --loss ns"),
        ("skipgram world.txt -o x.bin -cbow 1", "-cbow 1 contradicts skipgram"),
        ("cbow world.txt -o x.bin --architecture cbow", "unrecognized arguments: --architecture"),
        ("train world.txt -o x.bin -classes 100", "no word classes"),
        ("train world.txt -o x.bin -d 50", "unknown flag -d;"),
        ("train world.txt -o x.bin -dim 50", "unknown flag -dim; here it is --vector-size;"),
        ("train world.txt -o x.bin --size 50", "unknown flag --size; here it is --vector-size;"),
        ("train world.txt -o x.bin --save-vocab x.bin", "name the same file"),
        ("vocab", "no corpus"),
        ("vocab world.txt --min-count -1", "'-1' is no whole number of at least 0"),
        ("nn", "required: MODEL"),
        ("nn m.bin king -n 0", "'0' is no whole number of at least 1"),
        ("sim m.bin king", "sim takes 2 words, not 1"),
        ("analogy m.bin a b c d", "analogy takes 3 words, not 4"),
        ("odd m.bin a b", "odd takes 3 words or more, not 2"),
        ("eval m.bin", "required: FILE"),
        ("convert m.bin", "required: TO"),
        ("convert m.bin x.foo", "x.foo: the suffix says the format"),
        ("convert m.bin x.safetensors.gz", "leave .gz out"),
        ("info a b", "unrecognized arguments: b"),
        ("demo --seed -1", "--seed must lie between 0 and"),
        ("demo -o x.bin", "the model is a .safetensors file"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_status_2(fails, line, message):
    error = fails(line, 2)
    assert message in error
    verb = line.split()[0]
    assert error.endswith(f"; see w2v {verb} --help" if verb in cli.VERBS else "; see w2v --help")
    assert not list(Path().glob("x.*"))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("train wordl.txt -o x.bin", "wordl.txt: No such file or directory; did you mean 'world."),
        ("train world.txt -o x.bin --tmp-dir no", "there is no folder no for temporary files"),
        ("train *.nothing -o x.bin", "no file matches *.nothing"),
        ("train world.txt -o no/x.bin", "no/x.bin: there is no folder "),
        ("train world.txt -o folder.bin", "folder.bin is a folder: name a file in it"),
        ("train world.txt -o pipe.bin", "pipe.bin is not a regular file"),
        ("train world.txt -o world.txt", "world.txt would overwrite what is read from world.txt"),
        ("train . -o m.bin", "m.bin would overwrite what is read from ."),
        ("train metadata.tsv -o vectors.tsv", "vectors.tsv would overwrite what is read from meta"),
        ("train m.bin -o x.bin", "m.bin is not a text file"),
        ("train empty -o x.bin", "the corpus is empty: no word in 0 lines of empty"),
        ("train world.txt -o x.bin --save-vocab no/v", "no/v: there is no folder"),
        ("train world.txt -o x.bin --min-count 99999", "pass --min-count 1 for such a small"),
        ("train latin -o x.bin", "pass the --encoding the file was written in"),
        ("train world.txt -o x.bin --alpha 99", "--alpha 99.0 is too high"),
        ("train world.txt -o x.bin --vocabulary no", "no: No such file or directory"),
        ("train world.txt -o x.bin --vocabulary latin", "latin, line 1: not utf-8"),
        ("train world.txt -o x.bin --vocabulary empty", "empty is empty"),
        ("train world.txt -o x.bin --vector-size 2000000000", "lower --vector-size or"),
        ("vocab no", "no: No such file or directory"),
        ("nn no king", "no: No such file or directory"),
        ("nn world.txt king", "world.txt is no vector file"),
        ("nn m.bin kinng", "'kinng' is not in the vocabulary; close spellings: 'king'"),
        ("sim m.bin king queeen", "'queeen' is not in the vocabulary; close spellings: 'queen'"),
        ("eval m.bin no", "no: No such file or directory"),
        ("eval m.bin empty", "empty holds neither questions nor pairs"),
        ("eval m.bin world.txt", "world.txt, line 2: expected two words and a number"),
        ("convert m.bin no/x.bin", "no/x.bin: there is no folder"),
        ("convert no x.bin", "no: No such file or directory"),
        ("info no", "no: No such file or directory"),
        ("info folder.bin", "folder.bin: Is a directory"),
        ("demo -o no/x.safetensors", "there is no folder"),
    ],
)
def test_a_failure_is_one_line_and_status_1(fails, line, message):
    Path("folder.bin").mkdir()
    Path("empty").touch()
    Path("latin").write_bytes(b"caf\xe9\n" * 9)
    Path("metadata.tsv").write_text("a cat and a dog\n" * 9)
    if "pipe" in line:
        pytest.importorskip("posix")
        os.mkfifo("pipe.bin")
    elif "-o x.bin" in line:
        Path("x.bin").write_text("older")
    assert message in fails(line, 1)
    if Path("x.bin").exists():  # nothing is lost
        assert Path("x.bin").read_text() == "older"
    assert not list(Path().glob("*.tmp"))


def test_settings_are_not_mistaken_in_paths(fails):
    path = "min_count=5/tmp_dir/vector_size.txt"
    assert fails(["train", f"./{path}", "-o", "x.bin"], 1).startswith(f"./{path}: No such")


def test_debug_gives_the_traceback(run, monkeypatch):
    monkeypatch.setenv("W2V_DEBUG", "1")
    with pytest.raises(FileNotFoundError):
        run("info no")


def test_the_pages_name_every_flag(run):
    docs = Path(__file__).parents[1] / "docs"
    pages = [docs / "command-line.md", docs / "demonstrations.md"]
    page = "".join(path.read_text(encoding="utf-8") for path in pages)
    for verb in cli.VERBS:
        assert f"`{verb}" in page
        for flag in re.findall(r"(?<![\w-])--?[a-z][\w-]+", run([*verb.split(), "--help"])[1]):
            assert f"`{flag}" in page or flag == "--help", flag


def test_the_filters_of_warnings_are_as_before(run):
    filters, show = warnings.filters[:], warnings.showwarning
    run("train world.txt -o x.bin --min-count 99999")
    assert (warnings.filters, warnings.showwarning) == (filters, show)


# ---- training ----


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("x.safetensors", "model"),
        ("x.bin", "bin"),
        ("x.txt", "text"),
        ("x.VEC", "text"),
        ("x.glove", "glove"),
    ],
)
def test_train_writes_by_suffix(run, name, form):
    status, out, err = run(["train", "world.txt", "--output", name, *SMALL])
    assert (status, out) == (0, "")
    assert err.startswith("reading world.txt\nepoch 1/2: loss ")
    assert err.endswith(f"\nwrote {name}\n")
    assert formats.format_of(name) == form


def test_train_is_train(run):
    settings = dict(vector_size=8, epochs=2, min_count=2, loss="hs", window=3, shrink_windows=False)
    expected = w2v.train("world.txt", verbose=False, workers=1, **settings)
    line = "train --loss hs -o x.safetensors --window 3 world.txt --no-shrink-windows --quiet"
    assert run([*line.split(), *SMALL, "--min-count", "2"]) == (0, "", "")
    model = w2v.Word2Vec.load("x.safetensors")
    assert model.settings == expected.settings
    np.testing.assert_array_equal(model.W_in, expected.W_in)


def test_short_forms_set_the_architecture(run):
    for verb in ("skipgram", "cbow"):
        assert run([verb, "world.txt", "-o", "x.safetensors", "--quiet", *SMALL])[0] == 0
        assert w2v.Word2Vec.load("x.safetensors").architecture == verb


def test_a_log_of_train_is_short(run):
    line = ["train", "world.txt", "-o", "x.bin", *SMALL[:2], "--epochs", "60", *SMALL[4:]]
    err = run([*line, "--max-final-vocab", "20"])[2]
    assert err.count("epoch ") == 20 and "epoch 60/60" in err
    for epochs in (1, 2, 3, 19, 20, 21, 22, 100_000):
        told = [epoch for epoch in range(1, epochs + 1) if common.due(epoch, epochs)]
        assert len(told) == min(20, epochs) and told[:2] == [1, 2][:epochs] and told[-1] == epochs


def test_train_as_json(run):
    status, out, _ = run(["train", "world.txt", "-o", "x.bin", "--json", *SMALL])
    summary = json.loads(out)
    assert status == 0
    assert summary["words"] == 598
    assert summary["tokens_read"] == summary["tokens_kept"] == 110270
    assert summary["lines"] == 14000
    assert [record["epoch"] for record in summary["history"]] == [1, 2]
    assert summary["settings"]["vector_size"] == 8


def test_all_sources_are_the_same_corpus(run):
    text = Path("world.txt").read_bytes()
    Path("half").mkdir()
    cut = text.index(b"\n", len(text) // 2) + 1
    Path("half/1.txt").write_bytes(text[:cut])
    Path("half/2.txt.gz").write_bytes(gzip.compress(text[cut:]))
    want = run("vocab world.txt --min-count 1")
    assert want[1].startswith("the\t14259\n")
    assert want[2] == "598 of 598 words, 110,270 of 110,270 tokens, 14,000 lines\n"
    sources = ("half", "half/1.txt half/2.txt.gz", "half/*")
    assert all(run(f"vocab {source} --min-count 1") == want for source in sources)
    assert run("vocab - --min-count 1", stdin=text) == want
    assert run("vocab half/1.txt - --min-count 1", stdin=text[cut:]) == want


def test_reading_flags_reach_the_corpus(run):
    Path("latin").write_bytes("Café, CAFÉ!\n".encode("latin-1"))
    line = "vocab latin --min-count 1 --tokenizer words --encoding latin-1 --memory-budget 0"
    assert run([*line.split(), "--tmp-dir", "."])[1] == "café\t2\n"


def test_vocab_to_a_file_and_back(run):
    assert run("vocab world.txt --max-final-vocab 3 --output v.txt --json")[1] == (
        '{"output": "v.txt", "words": 3}\n'
    )
    assert Path("v.txt").read_text() == "the 14259\na 3728\nof 3504\n"
    line = "train world.txt --vocabulary v.txt -o x.bin --save-vocab again.txt --quiet"
    assert run(line)[0] == 0
    assert w2v.KeyedVectors.load("x.bin").index_to_key == ["the", "a", "of"]
    assert Path("again.txt").read_text() == Path("v.txt").read_text()
    # an explicit flag has its effect
    assert run(f"{line} --min-count 3600")[0] == 0
    assert w2v.KeyedVectors.load("x.bin").index_to_key == ["the", "a"]


def test_a_vocabulary_may_be_a_word_a_line(run, fails):
    Path("v.txt").write_text("\ufeffking\n\nthe\nxyzzy\n", encoding="utf-8")
    line = "train world.txt --vocabulary v.txt -o x.bin --quiet"
    status, _, err = run(line)
    assert status == 0
    assert "'xyzzy'" in err
    assert w2v.KeyedVectors.load("x.bin").index_to_key == ["the", "king"]
    assert "--min-count needs counts" in fails(f"{line} --min-count 2", 2)
    Path("v.txt").write_text("king\nthe queen\n")
    assert "v.txt, line 2: one word a line" in fails(line, 1)


def test_what_cannot_be_written_as_asked_is_saved_all_the_same(fails):
    Path("v.txt").write_text("the 10\nnew york 5\nof 3\n")
    error = fails("train world.txt --vocabulary v.txt -o x.vec", 1)
    rescued = Path(re.search("the model is saved as (.*)", error)[1])
    assert rescued == Path("x.vec-rescued.safetensors").resolve()
    assert w2v.Word2Vec.load(rescued).vocabulary.words == ["the", "new york", "of"]


def test_interrupted_between_epochs_is_saved_too(run, monkeypatch):
    def interrupt(model, record):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_train, "_print_epoch", interrupt)
    status, out, err = run(["train", "world.txt", "-o", "x.safetensors", "--json", *SMALL])
    assert status == 1
    assert err.endswith("\nw2v: interrupted; what was learnt is in x.safetensors\n")
    assert json.loads(out)["interrupted"] is True
    assert len(w2v.Word2Vec.load("x.safetensors").history) == 1


# ---- word2vec.c ----


def test_an_old_command_line_runs_as_it_is(run):
    line = (
        "train -train world.txt -output v.bin -cbow 0 -size 50 -window 5 -negative 5 -hs 0 "
        "-sample 1e-4 -threads 2 -binary 1 -iter 3 -min-count 1 -alpha 0.05 -debug 2 -classes 0 "
        "-save-vocab v.txt --json"
    )
    status, out, _ = run(line)
    assert status == 0
    assert formats.format_of("v.bin") == "bin"
    assert w2v.KeyedVectors.load("v.bin").vectors.shape == (598, 50)
    assert formats.read_counts("v.txt")["the"] == 14259
    settings = json.loads(out)["settings"]
    want = {"architecture": "skipgram", "loss": "ns", "sample": 1e-4, "workers": 2, "epochs": 3}
    assert settings | want | {"alpha": 0.05, "window": 5, "negative": 5} == settings


def test_what_old_command_lines_leave_out_is_as_in_word2vec_c(run):
    status, out, err = run([*"train -train world.txt -output v -debug 0 --json".split(), *SMALL])
    assert (status, err) == (0, "")
    assert json.loads(out)["settings"]["architecture"] == "cbow"
    assert formats.format_of("v") == "text"
    run([*"train world.txt -output x.txt -binary 1 --quiet".split(), *SMALL])
    assert formats.format_of("x.txt") == "bin"
    # word2vec.c would train both output layers here
    status, out, err = run([*"train -train world.txt -output v -hs 1 --json".split(), *SMALL])
    assert status == 0
    assert "w2v: warning: -hs 1 trains hierarchical softmax alone" in err
    assert json.loads(out)["settings"]["loss"] == "hs"
    _, _, err = run([*"train -train world.txt -output v -hs 1 -negative 0".split(), *SMALL])
    assert "warning" not in err


def test_old_vocabulary_files(run):
    assert run("train -train world.txt -save-vocab v.txt -min-count 3000")[0] == 0
    assert Path("v.txt").read_text() == "the 14259\na 3728\nof 3504\nis 3206\n"
    Path("v.txt").write_text("</s> 14000\nthe 14259\na 3728\n")
    status, _, err = run("train -train world.txt -read-vocab v.txt -output x.bin")
    assert status == 0
    assert "</s> is left out" in err
    assert w2v.KeyedVectors.load("x.bin").index_to_key == ["the", "a"]


# ---- questions ----


def test_nn(run):
    status, out, err = run("nn m.safetensors -n 3 paris dog")
    assert (status, err) == (0, "")
    assert [row[0] for row in rows(out)] == ["paris"] * 3 + ["dog"] * 3
    near = w2v.KeyedVectors.load("m.safetensors").most_similar("paris", topn=3)
    assert [(b, c) for _, b, c in rows(out)[:3]] == [(word, f"{x:.4f}") for word, x in near]
    assert run("nn m.bin paris dog -n 3")[1] == out
    limited = rows(run("nn m.bin paris --restrict-vocab 50 -n 5")[1])
    assert {row[1] for row in limited} <= set(w2v.KeyedVectors.load("m.bin").index_to_key[:50])


def test_questions_from_standard_input(run):
    want = run("nn m.bin paris dog -n 3")
    assert run("nn m.bin -n 3", stdin="paris\n\n  dog ") == want
    assert run("nn m.bin -n 3", stdin="paris dog\n") == want
    for verb in ("nn", "sim", "analogy", "odd"):
        assert run([verb, "m.bin"], stdin="") == (0, "", "")
    assert run("sim m.bin", stdin="king queen\nman woman\n")[1].count("\n") == 2


def test_a_byte_order_mark_is_no_letter_of_a_question(run):
    for verb in ("nn", "odd", "analogy"):
        line = "king queen man\n"
        want = run(f"{verb} m.bin", stdin=line)
        assert run(f"{verb} m.bin", stdin=b"\xef\xbb\xbf" + line.encode()) == want
        assert want[0] == 0


def test_one_bad_question_does_not_spoil_the_others(run):
    status, out, err = run("nn m.bin paris xyzzy kinng dog -n 1")
    assert status == 1
    assert [row[0] for row in rows(out)] == ["paris", "dog"]
    assert err == (
        "w2v: error: 'xyzzy' is not in the vocabulary\n"
        "w2v: error: 'kinng' is not in the vocabulary; close spellings: 'king'\n"
    )
    status, out, err = run("sim m.bin", stdin=b"king queen\nking\nking \xff\nman woman\n")
    assert status == 1
    assert [row[0] for row in rows(out)] == ["king", "man"]
    assert err.startswith("w2v: error: 2 words a line, not 1: king\nw2v: error: '\ufffd' is not")


def test_words_may_begin_with_a_dash(run):
    formats.write_vectors("d.bin", ["-n", "-1", "b"], [[1, 0], [1, 1], [0, 1]])
    assert run("nn d.bin -n1 -- -n")[1] == "-n\t-1\t0.7071\n"
    assert run("nn d.bin -1 -n 1")[1] == "-1\t-n\t0.7071\n"


def test_sim_analogy_odd(run):
    vectors = w2v.KeyedVectors.load("m.bin")
    same = vectors.similarity("king", "queen")
    assert run("sim m.bin king queen")[:2] == (0, f"king\tqueen\t{same:.4f}\n")
    status, out, _ = run("analogy m.bin man king woman -n 2")
    assert status == 0
    found = vectors.analogy("man", "king", "woman", topn=2)
    assert rows(out) == [["man", "king", "woman", word, f"{x:.4f}"] for word, x in found]
    (row,) = rows(run("analogy m.bin man king woman -n 1 --method 3cosmul")[1])
    assert row[3] == vectors.analogy("man", "king", "woman", topn=1, method="3cosmul")[0][0]
    assert run("odd m.bin red green king blue")[1] == "red green king blue\tking\n"


def test_json_has_every_digit(run):
    vectors = w2v.KeyedVectors.load("m.bin")
    near = [json.loads(line) for line in run("nn m.bin king --json")[1].splitlines()]
    assert [(row["neighbour"], row["similarity"]) for row in near] == vectors.most_similar("king")
    same = vectors.similarity("king", "queen")
    assert json.loads(run("sim m.bin king queen --json")[1])["similarity"] == same
    (answer,) = vectors.analogy("man", "king", "woman", topn=1)
    found = json.loads(run("analogy m.bin man king woman -n 1 --json")[1])
    assert (found["answer"], found["score"]) == answer
    Path("p.txt").write_text("king\tqueen\t3\nking\tparis\t1\nred\tblue\t4\n")
    scores = [json.loads(line)["score"] for line in run("eval m.bin p.txt --json")[1].splitlines()]
    expected = evaluate.word_pairs(vectors, "p.txt")
    assert scores == [expected.spearman, expected.pearson]


def test_small_numbers_are_not_printed_as_0():
    assert [common.field(x) for x in (0.0, 0.00012, 0.00004, -2.4e-11, 1.25)] == [
        *("0.0000", "0.0001", "4.0e-05", "-2.4e-11", "1.2500")
    ]


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("nn m.bin king paris", ["word", "neighbour", "similarity"]),
        ("sim m.bin king paris", ["word1", "word2", "similarity"]),
        ("analogy m.bin man king woman", ["a", "b", "c", "answer", "score"]),
        ("odd m.bin man king woman", ["words", "odd"]),
        ("vocab world.txt", ["word", "count"]),
        ("eval m.bin q.txt p.txt", ["file", "section", "score", "correct", "asked", "skipped"]),
    ],
)
def test_json_names_the_columns_of_the_help(run, line, names):
    Path("q.txt").write_text("man king woman queen\n")
    Path("p.txt").write_text("king\tqueen\t3\n")  # one pair: no correlation
    _, tsv, _ = run(line)
    status, out, _ = run(f"{line} --json")
    assert status == 0
    assert "NaN" not in out
    objects = [json.loads(text) for text in out.splitlines()]
    assert len(objects) == len(rows(tsv)) > 0
    assert all(list(found) == names for found in objects)
    shown = " ".join(run(f"{line.split()[0]} --help")[1].split())
    assert "columns: the words" in shown or f"columns: {', '.join(names)}" in shown


def test_fields_hold_no_tabs_and_json_no_nan():
    assert common.field("a\tb\nc") == "a\\tb\\nc"
    assert [common.field(x) for x in (None, 0.5, 3, ["a", "b"])] == ["-", "0.5000", "3", "a b"]
    value = {"a": [float("nan"), 1.5], "b": (float("inf"), "x")}
    assert json.loads(common.as_json(value)) == {"a": [None, 1.5], "b": [None, "x"]}
    value = {"a": np.float32("nan"), "b": np.array([[0.5, np.inf]]), "c": np.int64(3)}
    assert json.loads(common.as_json(value)) == {"a": None, "b": [[0.5, None]], "c": 3}


# ---- evaluation ----


def test_eval_of_questions(run):
    lines = [f": {name}" for name in ("capital", "gram1")]
    asked = world.questions()["family"][:20]
    lines[1:1] = [" ".join(question) for question in asked] + ["king queen foo bar"]
    Path("q.txt").write_text("\n".join(lines) + "\n")
    status, out, err = run("eval m.safetensors q.txt")
    assert (status, err) == (0, "")
    table = rows(out)
    assert [row[1] for row in table] == ["capital", "gram1", "semantic", "syntactic", "total"]
    _, _, score, correct, number, skipped = table[0]
    assert (number, skipped) == ("20", "1")
    assert score == f"{int(correct) / 20:.4f}"
    assert float(score) > 0.5
    assert table[1][2:] == ["-", "0", "0", "0"]


def test_eval_restricts_the_vocabulary(run):
    Path("q.txt").write_text("\n".join(map(" ".join, world.questions()["family"])))
    skipped = [int(rows(run(f"eval m.bin q.txt --restrict-vocab {n}")[1])[-1][5]) for n in (100, 0)]
    assert skipped[0] > skipped[1] == 0


def test_eval_of_pairs(run):
    pairs = [("king", "queen", 9), ("dog", "cat", 8), ("red", "paris", 1), ("foo", "bar", 5)]
    Path("p.txt").write_text("# made up\n" + "".join(f"{a}\t{b}\t{x}\n" for a, b, x in pairs))
    status, out, err = run("eval m.bin p.txt")
    assert (status, err) == (0, "")
    assert [row[1] for row in rows(out)] == ["spearman", "pearson"]
    assert all(row[3:] == ["-", "3", "1"] for row in rows(out))
    assert float(rows(out)[1][2]) > 0.5


def test_eval_says_when_nothing_was_asked(run):
    Path("q.txt").write_text("foo bar man woman\n")
    status, out, err = run("eval m.bin q.txt")
    assert status == 0
    assert rows(out)[-1][2:] == ["-", "0", "0", "1"]
    assert err == "w2v: warning: q.txt: nothing was asked, its words are not known\n"


@pytest.mark.parametrize(
    ("text", "is_questions"),
    [
        (": capital\nathens greece oslo norway\n", True),
        ("athens greece oslo norway\n", True),
        ("\n\nathens greece oslo norway\n", True),
        (": empty section\n", True),
        ("\ufeff: capital\n", True),
        ("king\tqueen\t8.5\n", False),
        ("king queen 8.5\n", False),
        ("king,queen,8.5\n", False),
        ("Word 1,Word 2,Human (mean)\nking,queen,8.5\n", False),
        ("word1 word2 POS score\nold new A 1.58\n", False),
        ("# comment of five words\nking queen 1e-3\n", False),
        ("king queen\n", False),
    ],
)
def test_question_and_pair_files_are_told_apart(tmp_path, text, is_questions):
    path = tmp_path / "file"
    path.write_text(text, encoding="utf-8")
    assert questions._is_question_file(str(path)) == is_questions


# ---- files, installation, demo ----


TARGETS = ["x.safetensors", "x.bin", "x.txt.gz", "x.vec", "x.glove", "x.npz", "vectors.tsv"]


@pytest.mark.parametrize("source", ["m.safetensors", "m.bin", "m.vec", "m.glove"])
@pytest.mark.parametrize("target", TARGETS)
def test_convert_keeps_words_and_numbers(run, source, target):
    status, out, err = run(f"convert {source} {target}")
    assert (status, out) == (0, "")
    assert err.startswith(f"wrote 598 vectors of 24 numbers to {target} (")
    words, vectors, _ = formats.read_vectors(target)
    expected = w2v.KeyedVectors.load("m.bin")
    assert words == expected.index_to_key
    np.testing.assert_array_equal(vectors, expected.vectors)
    assert run(f"convert {target} back.bin")[0] == 0
    assert Path("back.bin").read_bytes() == Path("m.bin").read_bytes()


@pytest.mark.parametrize("target", TARGETS)
def test_convert_refuses_damaged_files(run, fails, target):
    assert run(f"convert m.bin {target}")[0] == 0
    content = Path(target).read_bytes()
    Path("cut" + Path(target).suffix).write_bytes(content[: len(content) // 2])
    cut = "cut" + Path(target).suffix
    assert cut in fails(f"convert {cut} y.bin", 1)
    assert not Path("y.bin").exists()


def test_questions_to_part_of_a_file_and_in_another_encoding(run, fails):
    for verb in ("nn {} the", "sim {} the a", "odd {} the a of", "analogy {} the a of", "info {}"):
        assert run(f"{verb.format('m.vec')} --limit 50")[0] == 0
    assert "'king' is not in" in fails("nn m.vec king --limit 3", 1)
    assert json.loads(run("info m.bin --limit 7 --json")[1])["words"] == 7
    Path("latin.txt").write_bytes("2 2\ncaf\u00e9 1 2\nbar 3 4\n".encode("latin-1"))
    for verb in ("nn latin.txt bar", "info latin.txt"):
        assert "pass its --encoding, or --errors 'replace'" in fails(verb, 1)
        assert "caf\u00e9" in run(f"{verb} --encoding latin-1")[1]
        assert "caf\ufffd" in run(f"{verb} --errors replace")[1]


def test_questions_to_a_file_in_an_archive(run, fails):
    with zipfile.ZipFile("glove.zip", "w") as archive:
        archive.write("m.glove", "600w.24d.txt")
        archive.write("m.vec", "other.txt")
    assert "name one: glove.zip/600w.24d.txt" in fails("nn glove.zip king", 1)
    want = run("nn m.glove king")
    assert run("nn glove.zip/600w.24d.txt king") == want and want[0] == 0
    assert json.loads(run("info glove.zip/other.txt --json")[1])["format"] == "text"


def test_convert_says_what_it_leaves_behind(run):
    assert run("convert m.safetensors x.bin")[2].endswith(
        "\nleft behind: counts, output vectors, settings, history\n"
    )
    for target in ("x.npz", "vectors.tsv"):
        assert run(f"convert m.safetensors {target}")[2].endswith(
            "\nleft behind: output vectors, settings, history\n"
        )
    assert "left behind" not in run("convert m.safetensors x.safetensors")[2]
    assert Path("x.safetensors").read_bytes() == Path("m.safetensors").read_bytes()


def test_convert_flags(run, fails):
    status, out, _ = run("convert m.bin x --format text --limit 3 --json")
    assert status == 0
    assert json.loads(out) == {"output": "x", "format": "text", "words": 3, "vector_size": 24}
    Path("latin.txt").write_bytes("1 2\ncafé 1 2\n".encode("latin-1"))
    assert "--encoding" in fails("convert latin.txt x.bin", 1)
    assert run("convert latin.txt x.bin --encoding latin-1")[0] == 0
    assert w2v.KeyedVectors.load("x.bin").index_to_key == ["café"]
    # a file may be its own target
    assert run("convert m.bin m.bin --limit 2")[0] == 0
    assert len(w2v.KeyedVectors.load("m.bin")) == 2


def test_info(run):
    for name, form in (("m.safetensors", "model"), ("m.bin", "bin"), ("m.vec", "text")):
        status, out, err = run(["info", name])
        assert (status, err) == (0, "")
        facts = dict(rows(out))
        assert facts["format"] == form
        assert facts["words"] == "598"
        assert facts["vector_size"] == "24"
        assert facts["tokens"] == ("110270" if form == "model" else "-")
        assert facts["first_words"].startswith("the a of ")
        assert facts.get("settings.alpha") == ("0.05" if form == "model" else None)
    facts = json.loads(run("info m.safetensors --json")[1])
    assert facts["settings"]["epochs"] == len(facts["history"]) == 15


def test_info_about_the_installation(run):
    status, out, _ = run("info")
    facts = dict(rows(out))
    assert status == 0
    assert facts["w2v"] == w2v.__version__
    assert facts["instruction_set"] in facts["instruction_sets"].split()
    assert json.loads(run("info --json")[1])["instruction_set"] == facts["instruction_set"]


def test_demo(run, monkeypatch):
    monkeypatch.setattr(world, "DEMO_SETTINGS", {"vector_size": 16, "epochs": 6})
    status, out, err = run("demo -o x.safetensors")
    assert status == 0
    assert "  king is to queen as uncle is to " in out
    assert re.search(r"of the 1388 planted analogies \d+ are answered right\n$", out)
    assert err.endswith("wrote x.safetensors; ask it: w2v nn x.safetensors king\n")
    assert run("nn x.safetensors king")[0] == 0
    status, out, _ = run("demo --json")
    objects = [json.loads(line) for line in out.splitlines()]
    assert len(objects) == len(world.DEMO_WORDS) + len(world.DEMO_ANALOGIES) + 1


# ---- as a program: streams, signals, terminals ----


def test_help_comes_at_once(files):
    code = "import sys; from w2v.cli import main; main(sys.argv[1:]); print(*sys.modules)"
    for arguments in (["--help"], ["nn", "--help"], ["train", "--help"]):
        loaded = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
        )
        assert "numpy" not in loaded.stdout.splitlines()[-1].split()


@pytest.mark.parametrize("flag", [[], ["--json"]])
def test_a_letter_that_stdout_lacks(files, flag):
    formats.write_vectors(files / "k.bin", ["한국", "b"], [[1, 0], [1, 1]])
    for encoding in ("utf-8", "ascii"):
        with program(
            *("nn", "k.bin", "한국", *flag),
            cwd=files,
            env={"PYTHONIOENCODING": encoding, "PYTHONUTF8": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            out, err = process.communicate()
        assert (process.returncode, err) == (0, "")
        if flag:
            assert json.loads(out)["word"] == "한국"
        else:
            shown = "한국" if encoding == "utf-8" else "\\ud55c\\uad6d"
            assert out == f"{shown}\tb\t0.7071\n"


@POSIX
def test_a_reader_that_has_enough(files):
    with program(
        *("nn", "m.bin", "-n", "500"),
        cwd=files,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdin.write("king\n")
        process.stdin.flush()
        assert process.stdout.readline().startswith("king\t")
        process.stdout.close()
        process.stdin.write("king\n" * 50)
        process.stdin.close()
        assert process.stderr.read() == ""
        assert process.wait() == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk(files):
    with open("/dev/full", "w") as full:
        with program("vocab", "world.txt", cwd=files, stdout=full, stderr=subprocess.PIPE) as done:
            assert done.stderr.read() == "w2v: error: No space left on device\n"
    assert done.returncode == 1


@POSIX
def test_interrupted_training_is_saved(files, tmp_path):
    shutil.copy(files / "world.txt", tmp_path)
    with program(
        *("train", "world.txt", "-o", "x.safetensors", "--epochs", "100000"),
        cwd=tmp_path,
        stderr=subprocess.PIPE,
    ) as process:
        while not process.stderr.readline().startswith("epoch 2/"):
            assert process.poll() is None
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        err = process.stderr.read()
    assert process.returncode == 1
    assert time.monotonic() - started < 3
    assert err.endswith("\nw2v: interrupted; what was learnt is in x.safetensors\n"), err
    assert "Traceback" not in err
    assert len(w2v.Word2Vec.load(tmp_path / "x.safetensors").history) >= 2


@POSIX
def test_interrupted_before_training(tmp_path):
    (tmp_path / "x.bin").write_text("older")
    with program(
        *("train", "-", "-o", "x.bin"), cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr.readline() == "reading -\n"
        time.sleep(0.2)  # to where it waits for input
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == "\nw2v: interrupted; nothing was written\n"
    assert process.returncode == 1
    assert (tmp_path / "x.bin").read_text() == "older"


@POSIX
def test_a_terminal_is_prompted(files):
    import pty

    ours, theirs = pty.openpty()
    with program("nn", "m.bin", "-n", "1", cwd=files, stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        os.write(ours, b"king\nkinng\n\x04")
        shown = b""
        try:
            while chunk := os.read(ours, 1000):
                shown += chunk
        except OSError:  # Linux: the other side is closed
            pass
    os.close(ours)
    text = shown.decode().replace("\r\n", "\n")
    assert "word\tneighbour\tsimilarity\n" in text  # the columns, for a person
    assert text.count("nn> ") == 3
    assert "nn> king\t" in text
    assert "close spellings: 'king'" in text


def test_a_tiny_corpus_is_trained_and_told(run, fails):
    Path("sixty").write_text("the cat sat on the mat\na dog ran in the park\n" * 30)
    status, _, err = run("train sixty -o x.safetensors")
    assert status == 0 and "all of its words were kept, as by --sample 0" in err
    assert w2v.Word2Vec.load("x.safetensors").history[0]["examples"] > 1000
    _, _, err = run("train sixty -o x.bin --sample 1e-3")
    assert "w2v: warning: --sample 0.001 leaves about" in err and "pass --sample 0 to keep" in err
    Path("x.bin").unlink()
    assert "found no example: --sample 1e-09" in fails("train sixty -o x.bin --sample 1e-9", 1)
    assert not Path("x.bin").exists()


def test_encoding_and_normal_form_of_corpus_and_vocabulary(run):
    Path("latin").write_bytes("der Bär schläft\nein Bär brummt\n".encode("latin-1") * 20)
    Path("words").write_bytes("Bär 9\nschläft 5\nbrummt 4\n".encode("latin-1"))
    line = "train latin -o x.vec --encoding latin-1 --quiet"
    assert run(f"{line} --vocabulary words")[0] == 0
    assert list(w2v.KeyedVectors.load("x.vec")) == ["Bär", "schläft", "brummt"]
    assert run(f"{line} --normalize NFD")[0] == 0
    assert "Ba\u0308r" in w2v.KeyedVectors.load("x.vec")


def test_vocab_tells_words_that_look_alike(run):
    Path("cafe").write_text("caf\u00e9 cafe\u0301\n" * 9, encoding="utf-8")
    assert "two spellings of Unicode" in run("vocab cafe")[2]
    assert "warning" not in run("vocab cafe --normalize NFC")[2]
