"""Bad input: case x entry point -> one error that names the file, soon and in little memory.

The table: a row of `CASES` makes a file and says what each kind of entry point answers. A kind that
a row does not name is answered as well, by an error that names the file.
"""

from __future__ import annotations

import bz2
import gzip
import json
import os
import re
import signal
import struct
import subprocess
import sys
import threading
import time
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from commands import POSIX

import w2v
from w2v import Corpus, KeyedVectors, Network, TextClassifier, Word2Vec
from w2v.cli import program as cli
from w2v.files import formats, inputs, tables
from w2v.files.labelled import read_text_table
from w2v.see.explorer import read_columns
from w2v.vectors.judgements import read_pairs, read_questions

TEXT = "the cat sat on the mat\n" * 200
LONGEST_RUN = 5  # seconds

# entry point -> what it calls, or the arguments of `w2v`; @ is the bad file
ENTRIES = {
    "corpus": {
        "Corpus": Corpus,
        "Corpus words": lambda path: Corpus(path, tokenizer="words"),
        "Corpus function": lambda path: Corpus(path, tokenizer=str.split),
        "Corpus paths": lambda path: Corpus([Path(path)]),
        "train": lambda path: w2v.train(path, min_count=1, vector_size=2, verbose=False),
        "PPMI": lambda path: w2v.PPMI(min_count=1, vector_size=2).fit(path, verbose=False),
        "partial_fit": lambda path: (
            Word2Vec(vector_size=2)
            .build_vocab(vocabulary={"the": 9, "cat": 9})
            .partial_fit(path, grow=True, verbose=False)
        ),
        "w2v update": "update m.safetensors @ -o out.bin --grow --quiet",
        "w2v reproduce": "reproduce m.safetensors @ --quiet",
        "w2v train": "train @ -o out.bin --min-count 1 --vector-size 2 --quiet",
        "w2v vocab": "vocab @ --min-count 1",
        "w2v compare": "compare @ --vector-size 2 --epochs 1",
        "w2v tune": "tune @ --questions q.txt",
        "w2v bootstrap": "bootstrap @ --words the cat",
        "--validation": "train c.txt -o out.bin --validation @ --quiet --vector-size 2",
    },
    "vectors": {
        "KeyedVectors.load": KeyedVectors.load,
        "Word2Vec.load": Word2Vec.load,
        "read_vectors limit": lambda path: formats.read_vectors(path, limit=1),
        "w2v info": "info @",
        "w2v nn": "nn @ the",
        "w2v sim": "sim @ the cat",
        "w2v analogy": "analogy @ the cat mat",
        "w2v odd": "odd @ the cat mat",
        "w2v predict": "predict @ the",
        "w2v explain": "explain @ the cat",
        "w2v tree": "tree @ the",
        "w2v eval": "eval @ q.txt",
        "w2v convert": "convert @ out.bin",
        "w2v explore": "explore @ -o out.html",
        "init_from": lambda path: w2v.train("c.txt", vector_size=2, init_from=path, verbose=False),
        "--init-from": "train c.txt -o out.bin --init-from @ --quiet --vector-size 2",
        "w2v resume": "resume @",
        "w2v update model": "update @ c.txt -o out.bin --quiet",
        "w2v reproduce model": "reproduce @ c.txt --quiet",
    },
    "lines": {
        "read_counts": formats.read_counts,
        "read_questions": read_questions,
        "read_pairs": read_pairs,
        "--vocabulary": "train c.txt --vocabulary @ -o out.bin --quiet --vector-size 2",
        "eval file": "eval v.txt @",
        "compare --questions": "compare c.txt --questions @",
    },
    "words": {
        "--frozen": "train c.txt --frozen @ -o out.bin --quiet --vector-size 2",
    },
    "table": {
        "read_table": lambda path: tables.read_table(path),
        "mlp train": "mlp train @ -o out.safetensors --max-iter 2 --quiet",
        "mlp predict": "mlp predict n.safetensors @",
        "mlp score": "mlp score n.safetensors @",
        "mlp train --text": "mlp train @ --text -o out.safetensors --max-iter 2 --quiet",
    },
    "network": {
        "Network.load": Network.load,
        "TextClassifier.load": TextClassifier.load,
        "FeedForwardClassifier.load": w2v.FeedForwardClassifier.load,
        "mlp predict model": "mlp predict @ t.csv",
        "mlp score model": "mlp score @ t.csv",
    },
}


def safetensors(header, data=b""):
    header = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(header)) + header + data


def network(layers, n_inputs=1):
    about = json.dumps({"n_inputs": n_inputs, "loss": "squared_error", "layers": layers})
    tensor = {"dtype": "F32", "shape": [1, 1], "data_offsets": [0, 4]}
    return safetensors({"__metadata__": {"w2v_network": about}, "weights.1": tensor}, b"\0" * 4)


LAYER = {"units": 1, "activation": "linear", "bias": True, "skip_from": []}
FINE = None  # an entry point may read it
TENSORS = b",".join(
    b'"t%d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}' % i for i in range(11_000)
)

# case -> name, content (None: made below), kind of entry point -> what its error says
CASES = {
    "missing": ("gone.csv", None, {}),
    "folder": ("folder.csv", None, {"corpus": "no files in the folder"}),
    "pipe": ("pipe.csv", None, {"corpus": "nobody writes", "vectors": "not a regular file"}),
    "no end": ("zero.csv", None, {"corpus": "NUL", "lines": "NUL", "vectors": "regular file"}),
    "link to nothing": ("link.csv", None, {}),
    "empty": ("empty.csv", b"", {"corpus": "the corpus is empty", "lines": "empty|no "}),
    "empty gzip": ("empty.csv.gz", gzip.compress(b""), {"vectors": "is empty"}),
    "cut gzip": ("cut.csv.gz", gzip.compress(TEXT.encode())[:-20], {"corpus": "damaged or cut"}),
    "bad gzip": ("bad.csv.gz", b"\x1f\x8b\x08\0" + b"\xff" * 99, {"corpus": "damaged or cut"}),
    "cut bzip2": ("cut.csv.bz2", bz2.compress(TEXT.encode())[:-9], {"corpus": "damaged or cut"}),
    "zeros": ("zeros.csv", b"\0" * 99_999, {"corpus": "NUL at position 0"}),
    "blanks": ("blank.csv", b" \n\t\n" * 999, {"corpus": "no word in 1,998 lines"}),
    "noise": ("noise.csv", np.random.default_rng(1).bytes(9_999), {}),
    "utf-16": ("u16.csv", TEXT.encode("utf-16"), {"corpus": "UTF-16 .*encoding ?=?.utf-16'"}),
    "utf-16 bare": ("u16le.csv", TEXT.encode("utf-16-le"), {"corpus": "looks like UTF-16"}),
    "utf-32 bare": ("u32be.csv", TEXT.encode("utf-32-be"), {"corpus": "looks like UTF-32"}),
    "latin-1": ("latin.csv", b"caf\xe9 au lait\n" * 9, {"corpus": "line 1: byte 3 is not utf-8"}),
    "pdf": ("a.pdf.csv", b"%PDF-1.4\n" + b"x y\n" * 9, {"corpus": "it is a PDF"}),
    "pickle": ("p.csv", b"\x80\x04K\x01." * 99, {"vectors": "pickle|gensim"}),
    "old Mac": (
        "mac.csv",
        b"the cat\rsat on\rthe mat\r" * 9,
        {"corpus": FINE, "lines": "old Macs", "table": "old Macs|no column"},
    ),
    "no archive": (
        "no.npz",
        b"not an archive\n" * 9,
        {"corpus": FINE, "table": "zip data"},
    ),
    "an array": ("array.npz", b"\x93NUMPY\x01\0" + b"\0" * 99, {"table": "zip data"}),
    "promise": (
        "big.bin",
        b"1000000000 300\na " + b"\0" * 99,
        {"vectors": "header promises|vectors only"},
    ),
    "packed promise": (
        "big.bin.gz",
        gzip.compress(b"1000000000 300\na " + b"\0" * 99),
        {"vectors": "header promises|vectors only"},
    ),
    "absurd counts": (
        "n.csv",
        b"the 9999999999999999999\ncat 3\n",
        {"corpus": FINE, "words": FINE},
    ),
    "negative counts": (
        "m.csv",
        b"the -5\ncat 3\n",
        dict.fromkeys(["corpus", "vectors", "words"], FINE),
    ),
    "deep JSON": (
        "deep.jsonl",
        b'{"a":' + b"[" * 9999 + b"]" * 9999 + b"}\n",
        {"corpus": FINE},
    ),
    "deep metadata": (
        "deep.safetensors",
        safetensors({"__metadata__": {"w2v_network": "[" * 99_999}}),
        {"vectors": "wrong|network"},
    ),
    "deep header": ("d.safetensors", safetensors(b'{"a":' + b"[" * 99_999), {}),
    "many tensors": ("t.safetensors", safetensors(b"{" + TENSORS + b"}"), {"vectors": "11,000"}),
    "header too long": ("h.safetensors", struct.pack("<Q", 1 << 60) + b"{}" * 99, {}),
    "units": ("units.safetensors", network([LAYER | {"units": 10**8}]), {"network": "fit|model"}),
    "layers": ("layers.safetensors", network([LAYER] * 999), {"network": "999|no model"}),
    "inputs": ("inputs.safetensors", network([LAYER], n_inputs=2**31 - 1), {}),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Make all the files, and the good ones that entry points take beside them."""
    folder = tmp_path_factory.mktemp("bad")
    for name, content, _ in CASES.values():
        if content is not None:
            (folder / name).write_bytes(content)
    (folder / "folder.csv").mkdir()
    (folder / "link.csv").symlink_to(folder / "nowhere")
    if os.name == "posix":
        os.mkfifo(folder / "pipe.csv")
        (folder / "zero.csv").symlink_to("/dev/zero")
    (folder / "c.txt").write_text(TEXT)
    (folder / "q.txt").write_text("the cat mat on\n")
    (folder / "v.txt").write_text("2 2\nthe 1 2\ncat 2 1\n")
    (folder / "t.csv").write_text("p,c\n1,a\n2,b\n3,a\n4,b\n")
    w2v.train(folder / "c.txt", vector_size=2, verbose=False).save(folder / "m.safetensors")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        line = f"mlp train {folder}/t.csv -o {folder}/n.safetensors --max-iter 2 --quiet"
        assert cli.main(line.split()) == 0
    return folder


@contextmanager
def alarm(seconds=LONGEST_RUN):
    """Fail a test that takes longer: it would hang."""

    def late(*_):
        pytest.fail(f"no answer within {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def answer_of(entry, path, capsys):
    """Return the error that an entry point answers with; "" if it reads the file."""
    if isinstance(entry, str):
        capsys.readouterr()
        status = cli.main(entry.replace("@", path).split())
        errors = [
            line.removeprefix("w2v: error: ")
            for line in capsys.readouterr().err.splitlines()
            if line.startswith("w2v: error: ")
        ]
        assert (status, len(errors)) in ((0, 0), (1, 1), (2, 1))
        return "".join(errors)
    try:
        entry(path)
    except (ValueError, OSError, TypeError) as error:
        return str(error)
    return ""


@POSIX
@pytest.mark.parametrize("kind", ENTRIES)
@pytest.mark.parametrize("case", CASES)
def test_bad_input(folder, case, kind, capsys, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.setattr(inputs, "_PATIENCE", 0.05)
    before = {name: os.path.getsize(name) for name in os.listdir() if os.path.isfile(name)}
    name, _, says = CASES[case]
    with warnings.catch_warnings(), alarm():
        warnings.simplefilter("ignore")
        for label, entry in ENTRIES[kind].items():
            answer = answer_of(entry, name, capsys)
            assert "allow_pickle" not in answer
            assert len(answer) < 1500
            if kind in says and says[kind] is FINE:
                continue
            if answer or kind != "corpus" or kind in says:  # some of them are text
                assert name in answer or "given words" in answer, f"{label}: {answer!r}"
            if kind in says and label not in ("mlp predict", "mlp train --text"):
                assert re.search(says[kind], answer, re.S), f"{label}: {answer!r}"
    for out in ("out.bin", "out.safetensors", "out.html"):
        if os.path.exists(out):
            os.unlink(out)
    after = {name: os.path.getsize(name) for name in os.listdir() if os.path.isfile(name)}
    assert after == before


ITERABLES = {
    "None": (None, TypeError, "a corpus cannot be read from|needs a corpus"),
    "number": (7, TypeError, "a corpus cannot be read from"),
    "bytes": (b"the cat", TypeError, "a corpus cannot be read from"),
    "dict": ({"a": 1}, TypeError, "a corpus cannot be read from"),
    "nothing": ([], ValueError, "the corpus is empty"),
    "empty sentences": ([[], []], ValueError, "the corpus is empty"),
    "numbers": ([[1.5, 2.5]], TypeError, "sentence 0, token 0 .*expected str"),
    "a missing token": ([["a"], ["b", None]], TypeError, "sentence 1, token 1"),
    "an empty token": ([["a", ""]], ValueError, "sentence 0, token 1 .*empty token"),
    "bytes tokens": ([[b"a"]], TypeError, "decode it"),
    "surrogates": ([["a", "\ud800"]], ValueError, "lone surrogate"),
    "a surrogate string": (["a b", "\ud800 c"], ValueError, "string 1.* holds a lone surrogate"),
    "mixed": (["a b", ["c"]], TypeError, "string 1"),
    "rows": ([{"text": "a b"}], TypeError, "row\\['text'\\]"),
    "an array": (np.zeros(3), TypeError, "sentence 0"),
}


@pytest.mark.parametrize("case", ITERABLES)
def test_bad_iterables(case):
    source, kind, says = ITERABLES[case]
    for entry in ENTRIES["corpus"].values():
        if not isinstance(entry, str) and entry is not ENTRIES["corpus"]["Corpus paths"]:
            with pytest.raises(kind, match=says):
                entry(source)


# ------------------------------------------------------------------------- more than a file alone


@POSIX
def test_a_pipe_with_a_writer_is_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")

    def write():
        time.sleep(0.1)  # the reader is first
        (tmp_path / "pipe").write_text(TEXT)

    writer = threading.Thread(target=write)
    writer.start()
    assert Corpus(tmp_path / "pipe").stats.tokens == 1200
    writer.join()


@POSIX
def test_a_folder_leaves_out_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a.txt").write_text(TEXT)
    with alarm(), pytest.warns(UserWarning, match="left out, as no regular file: .*pipe"):
        assert Corpus(tmp_path).stats.files == 1


def test_an_empty_corpus_names_its_files(tmp_path):
    for i in range(5):
        (tmp_path / f"{i}.txt").write_text("\n")
    with pytest.raises(ValueError, match=r"no word in 5 lines of .*0\.txt, .*2\.txt, \.\.\.$"):
        Corpus(tmp_path)
    with pytest.raises(ValueError, match=r"no word in 1 lines of .*4\.txt$"):
        Corpus([tmp_path / "4.txt"])


def test_a_corpus_that_becomes_shorter_is_an_error(tmp_path):
    path = tmp_path / "c.txt"
    path.write_text(TEXT * 1000)

    def cut(line):
        if os.path.getsize(path) > 99:
            os.truncate(path, 99)
        return line.split()

    with pytest.raises(ValueError, match=r"c\.txt was changed .* had 4,600,000 bytes, then 99"):
        Corpus(path, tokenizer=cut)


def test_a_corpus_that_becomes_longer_is_said(tmp_path):
    path = tmp_path / "c.txt"
    path.write_text(TEXT)

    def add(line):
        if os.path.getsize(path) < 5000:
            with path.open("a") as file:
                file.write(TEXT)
        return line.split()

    with pytest.warns(UserWarning, match=r"had 4,600 bytes, then 9,200; what came later may be"):
        Corpus(path, tokenizer=add)


def test_no_room_names_the_folder_and_what_to_do(tmp_path, monkeypatch):
    (tmp_path / "c.txt").write_text(TEXT)
    (tmp_path / "v.txt.gz").write_bytes(gzip.compress(b"1 2\na 1 2\n"))

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    with pytest.raises(OSError, match=rf"in {tmp_path} \(No space.*pass tmp_dir="):
        Corpus(tmp_path / "c.txt", memory_budget=0, tmp_dir=tmp_path)
    with pytest.raises(OSError, match="no room to unpack it in .*set TMPDIR"):
        KeyedVectors.load(tmp_path / "v.txt.gz")


@pytest.mark.parametrize("tokenizer", ["whitespace", "words"])
def test_a_word_has_a_bound(tmp_path, tokenizer, monkeypatch):
    for module in ("w2v.text.team", "w2v.text.sources"):
        monkeypatch.setattr(f"{module}.LONGEST", 1 << 20)
    (tmp_path / "c.txt").write_text("a b\n" + "x" * (3 << 20))
    with pytest.raises(ValueError, match=r"c\.txt: a word of more than 1,048,576 bytes"):
        Corpus(tmp_path / "c.txt", tokenizer=tokenizer)


def test_fields_may_be_long(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("text,label\n" + "".join(f'"{w * 200_000}",{w}\n' for w in "ab"))
    _, texts, _ = read_text_table(path, "text")
    assert [len(text) for text in texts] == [200_000, 200_000]


# ------------------------------------------------------------------------------------------ memory

MEASURED = """
import sys
from w2v.cli import program
before = int(next(l for l in open("/proc/self/status") if l.startswith("VmRSS")).split()[1])
status = program.main(sys.argv[1:])
after = int(next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1])
print(status, after - before, file=sys.stderr)
"""


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs Linux's /proc")
@pytest.mark.parametrize("letter", [b"\0", b"a", b" "])
def test_much_in_little_is_not_unpacked_whole(folder, letter):
    path = folder / "bomb.gz"
    with gzip.open(path, "wb", 1) as file:
        for _ in range(250 if letter != b" " else 100):
            file.write(letter * (1 << 20))
    limit = 2 * os.path.getsize(path) // 1024 + (64 << 10)
    for entries in ENTRIES.values():
        for line in filter(lambda entry: isinstance(entry, str), entries.values()):
            arguments = line.replace("@", "bomb.gz").split()
            ran = subprocess.run(
                [sys.executable, "-c", MEASURED, *arguments],
                cwd=folder,
                capture_output=True,
                text=True,
                timeout=20,
                env=os.environ | {"PYTHONPATH": os.path.dirname(os.path.dirname(w2v.__file__))},
                check=True,
            )
            status, memory = map(int, ran.stderr.split("\n")[-2].split())
            assert status in (1, 2), (line, ran.stderr)
            assert memory < limit, (line, memory)


# -------------------------------------------------------------------------- streams and locales


def as_program(folder, *arguments, env=None, **streams):
    ran = subprocess.run(
        [sys.executable, "-m", "w2v", *arguments],
        cwd=folder,
        timeout=20,
        check=False,
        env=os.environ | {"PYTHONPATH": str(Path(w2v.__file__).parents[1])} | (env or {}),
        stderr=subprocess.PIPE,
        **streams,
    )
    return ran.returncode, ran.stdout, ran.stderr.decode()


@POSIX
def test_a_full_standard_output_is_named(folder):
    with open("/dev/full", "wb") as full:
        status, _, err = as_program(folder, "vocab", "c.txt", stdout=full)
    assert status == 1
    assert err.splitlines()[-1].startswith("w2v: error: standard output cannot be written: No sp")


@POSIX
def test_the_c_locale_reads_utf8(folder):
    (folder / "uni.txt").write_text("größe 한국 the\n" * 9, encoding="utf-8")
    settings = {"vector_size": 2, "min_count": 1, "verbose": False}
    w2v.train(str(folder / "uni.txt"), **settings).wv.save(folder / "u.safetensors")
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
    status, out, err = as_program(
        folder, "sim", "u.safetensors", "größe", "한국", env=env, stdout=subprocess.PIPE
    )
    assert (status, err) == (0, "") and out.startswith(b"gr\\xf6\\xdfe\t\\ud55c\\uad6d\t")
    status, out, err = as_program(
        folder,
        "sim",
        "u.safetensors",
        env=env,
        stdout=subprocess.PIPE,
        input="größe 한국\n".encode(),
    )
    assert (status, err) == (0, "") and out.startswith(b"gr\\xf6\\xdfe\t")


@POSIX
def test_a_line_of_standard_input_has_a_bound(folder):
    with open("/dev/zero", "rb") as zero:
        status, _, err = as_program(folder, "nn", "v.txt", stdin=zero, stdout=subprocess.PIPE)
    assert status == 1 and "a line of standard input has more than 16,777,216" in err


def test_a_name_that_stands_twice_in_an_object_is_an_error(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text('{"x": 1, "c": "a"}\n{"x": 1, "x": 2, "c": "b"}\n')
    with pytest.raises(ValueError, match=r"line 2 is no JSON: the name 'x' stands .* twice"):
        tables.read_table(path)


def test_a_network_too_large_for_memory_says_so():
    layer = w2v.Layer(2**31 - 1, "linear")
    with pytest.raises(MemoryError, match=r"weights of the network need [\d,.]+ GB"):
        Network(2**31 - 1, [layer, layer])


def test_pairs_that_are_a_header_are_named(tmp_path):
    (tmp_path / "p.tsv").write_text("a\tb\tnan\n")
    with pytest.raises(ValueError, match=r"no pair of words but 'a\\tb\\tnan', which has no num"):
        read_pairs(tmp_path / "p.tsv")


def test_columns_of_words_are_bad_input_too(tmp_path):
    path = tmp_path / "c.csv"
    path.write_bytes(b"word,kind\nthe,\xff\n")
    with pytest.raises(ValueError, match=r"c\.csv, line 2: not utf-8"):
        read_columns(path)
    path.write_text("word,kind\nthe," + "x" * 200_000 + "\n")
    assert len(read_columns(path)["kind"]["the"]) == 200_000


def test_what_is_no_path_is_said():
    for wrong in (None, 3, ["a"]):
        with pytest.raises(TypeError, match="expected a path or an open file, not"):
            KeyedVectors.load(wrong)
    kv = KeyedVectors(["a", "b"], [[1, 0], [0, 1]])
    for act in (KeyedVectors.load, kv.save, Word2Vec.load):
        with pytest.raises(ValueError, match=r"'a\\x00b.bin' is no path: it holds a NUL"):
            act("a\0b.bin")


def test_arrays_that_are_no_vectors_are_said():
    with pytest.raises(ValueError, match="each row as long"):
        KeyedVectors(["a", "b"], [[1, 2], [1]])
    with pytest.raises(ValueError, match="counts are at least 0; that of row 1 is -1"):
        KeyedVectors(["a", "b"], [[1, 2], [1, 3]], [3, -1])
    with pytest.raises(TypeError, match="max_final_vocab must be a whole number"):
        w2v.Vocabulary.build([["a"]], min_count=1, max_final_vocab="x")
    with pytest.raises(TypeError, match="questions must be a path"):
        w2v.evaluate.analogies(KeyedVectors(["a"], [[1.0]]), None)


def test_a_folder_that_cannot_be_read_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text(TEXT)
    (tmp_path / "closed").mkdir()
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(PermissionError, match="closed"):
        Corpus(tmp_path)
