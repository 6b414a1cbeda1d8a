"""The comparison's scripts, without the programs they compare."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from w2v.cli import program as cli

FOLDER = Path(__file__).parents[1] / "benchmarks"
CORPUS = str(Path(__file__).parents[1] / "corpora" / "toy.txt")


@pytest.fixture
def compare(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    import compare

    yield compare
    for name in ("compare", "peers"):
        sys.modules.pop(name)


def run(peer, words, **more):
    record = {"part": "speed", "peer": peer, "task": "train", "model": "sg-ns", "dim": 100}
    record |= {"threads": 1, "epochs": 1, "min_count": 5, "words": 0, "seed": 1, "repeat": 1}
    record |= {"tokens": 1000, "vocabulary": 10, "seconds": 1000 / words, "others": 0.0}
    record |= {"words_per_second": words, "process_seconds": 2.0, "peak_mb": 50.0}
    return record | more


def results(*runs):
    titles = ("date", "machine", "versions", "corpus", "settings")
    return {"commands": ["compare"], "missing": {}, "runs": list(runs)} | dict.fromkeys(titles, {})


@pytest.mark.parametrize("script", ["compare.py", "report.py"])
def test_help_needs_nothing_installed(script):
    # -S: without site-packages, as a Python just installed
    command = [sys.executable, "-S", str(FOLDER / script), "--help"]
    assert "usage:" in subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_quick_is_less_unless_asked_for(compare):
    full, quick = compare.parse([CORPUS]), compare.parse([CORPUS, "--quick"])
    assert full.words == 0 and quick.words > 0
    assert compare.parse([CORPUS, "--quick", "--words", "77"]).words == 77
    assert set(compare.QUICK) <= set(vars(full))
    assert full.only == list(compare.PARTS)


@pytest.mark.parametrize("wrong", [["--threads", "0"], ["--only", "sleep"], ["--peers", "glove"]])
def test_bad_arguments(compare, wrong, capsys):
    with pytest.raises(SystemExit):
        compare.parse([CORPUS, *wrong])
    assert wrong[0] in capsys.readouterr().err


@pytest.mark.parametrize("peer", ["w2v-free", "w2v-repeatable"])
@pytest.mark.parametrize("model", ["sg-ns", "cbow-ns", "sg-hs", "cbow-hs", "sg-softmax"])
def test_our_commands_are_understood(compare, peer, model, tmp_path, monkeypatch, capsys):
    if compare.MODELS[model][1] not in compare.PEERS[peer].losses:
        assert (peer, model) == ("w2v-repeatable", "sg-softmax")
        return
    monkeypatch.chdir(tmp_path)
    Path("corpus.txt").write_text("heavy rain\nlight shower\n" * 4000)  # --sample leaves a few
    job = compare.Job(peer, "train", model, dim=4, min_count=5, words=0)
    command = compare.PEERS[peer].command(job)
    assert cli.main(command[1:]) == 0
    output = compare.Output([(0.0, capsys.readouterr().out)])
    assert compare.PEERS[peer].seconds(job, output) > 0
    pairs = tmp_path / "pairs.txt"
    pairs.write_text("heavy\train\t9\nlight\tshower\t8\nheavy\tshower\t1\n")
    quality = sys.modules["peers"].judge(None, [str(pairs)])
    assert quality["vocabulary"] == 4 and quality["pairs"]["pairs"]["used"] == 3


def test_the_clock_is_read_where_a_program_reports_no_seconds(compare):
    said = ["Starting\n", *(f"\rAlpha: 0.02  Progress: {n}%  " for n in (5, 10, 50, 55)), "done"]
    output = compare.Output([(0.5 * at, piece) for at, piece in enumerate(said)])
    peer = compare.PEERS["word2vec.c"]
    assert peer.seconds(compare.Job("word2vec.c"), output) == 3.0  # 1.5 s for half of it
    with pytest.raises(ValueError, match="too few words"):
        peer.seconds(compare.Job("word2vec.c"), compare.Output(output.pieces[:2]))
    assert peer.seconds(compare.Job("word2vec.c", "read"), output) == 2.5
    with pytest.raises(ValueError, match="Labels"):
        output.seconds_between("Labels", "done")


def test_what_is_done_is_not_done_again(compare, tmp_path):
    args = compare.parse([CORPUS, "--out", str(tmp_path), "--peers", "gensim"])
    comparison = compare.Comparison(args, results(run("gensim", 100)), str(tmp_path))
    job = compare.Job("gensim")
    comparison.do("speed", job)
    assert len(comparison.runs) == 1
    comparison.do("scaling", job)  # another part takes the figures over
    assert [r["part"] for r in comparison.runs] == ["speed", "scaling"]
    kept = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert kept["runs"] == comparison.runs
    comparison.runs[0]["error"] = comparison.runs[1]["error"] = "out of memory"
    assert comparison.found(job) is None


def test_measures_a_process(compare, tmp_path):
    code = "import time; print('one', flush=True); time.sleep(0.1); print('{\"two\": 2}')"
    output, process = compare.measure([sys.executable, "-c", code], str(tmp_path))
    assert output.json() == {"two": 2}
    assert 0.1 <= output.seconds_between("one", "two") <= process["process_seconds"]
    assert process["peak_mb"] > 1
    with pytest.raises(ChildProcessError, match="no such luck"):
        compare.measure([sys.executable, "-c", "exit('no such luck')"], str(tmp_path))


def test_the_first_words_are_whole_lines(compare, tmp_path):
    corpus = tmp_path / "corpus"
    corpus.write_text("a b c\nd e\n\nf g\n")
    comparison = compare.Comparison(compare.parse([str(corpus)]), results(), str(tmp_path))
    assert Path(comparison.corpus(4)).read_text() == "a b c\nd e\n"
    assert comparison.corpus(0) == str(corpus)
    assert comparison.tokens == {4: 5, 0: 7}


def test_report_takes_the_fastest_and_divides(compare):
    from report import markdown

    page = markdown(
        results(
            run("w2v-free", 3000.0),
            run("w2v-free", 4000.0, repeat=2),
            run("w2v-repeatable", 3000.0),
            run("gensim", 500.0),
            run("fasttext", 1.0, error="it broke"),
        )
    )
    assert "| sg-ns | 100 | 1 | w2v-free | 4,000 | 3,000 | 8.00 | – |" in page
    assert "| sg-ns | 100 | 1 | 0.75 | 1.00 |" in page  # repeatable against free-running
    assert "failed: speed, fasttext, sg-ns: it broke" in page
