"""The command line: what it prints where, its exit status, and what users get wrong."""

from __future__ import annotations

import json
import os
import re
import warnings
from dataclasses import fields
from pathlib import Path

import pytest

import w2v
from w2v.cli import flags
from w2v.cli import program as cli
from w2v.demos import world
from w2v.training.settings import Settings

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
        ("trian", "there is no verb 'trian'; did you mean 'train'?"),
        ("qqq", "there is no verb 'qqq'; there are train, "),
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


# ---- files, installation, demo ----


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
