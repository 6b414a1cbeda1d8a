import bz2
import gzip
import json
import lzma
import os
import pickle
import re
import stat
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from w2v.files.formats import (
    Model,
    format_of,
    read_counts,
    read_model,
    read_vectors,
    write_counts,
    write_model,
    write_vectors,
)
from w2v.text.vocabulary import Vocabulary
from w2v.vectors.keyed import KeyedVectors

FORMATS = ["safetensors", "bin", "text", "glove"]
WORDS = ["the", "na\u00efve", "\uace0\uc591\uc774", "\U0001f408", "a\u00a0b", "1.5"]
VECTORS = np.array(
    [[1, -0.0], [0.1, 1e-45], [3.4028235e38, -1e-30], [1 / 3, 2], [16777216, 5], [7, 8]],
    np.float32,
)


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda file: None)


def row(word, *numbers, end=b"\n"):
    """One row of a word2vec binary file."""
    return word.encode() + b" " + struct.pack(f"<{len(numbers)}f", *numbers) + end


def put(folder, content, name="file"):
    path = folder / name
    path.write_bytes(content)
    return path


def assert_bits_equal(a, b):
    assert a.dtype == b.dtype == np.float32
    assert a.shape == b.shape
    assert a.tobytes() == b.tobytes()


def model_parts(V=3, d=2):
    rng = np.random.default_rng(0)
    return {
        "W_in": rng.standard_normal((V, d), np.float32),
        "W_out": rng.standard_normal((V - 1, d), np.float32),
        "words": [f"word {i}\n\U0001f408" for i in range(V)],
        "counts": np.arange(V, 0, -1),
        "settings": {"alpha": np.float32(0.5), "loss": "hs", "seed": np.int64(3), "sample": None},
        "history": [{"epoch": 1, "loss": 2.25}, {"epoch": 2, "loss": 1.5}],
    }


# ------------------------------------------------------------------------------------ round trips


@pytest.mark.parametrize("format", FORMATS)
def test_round_trip_keeps_words_and_every_bit(tmp_path, format):
    path = tmp_path / "file"
    write_vectors(path, WORDS, VECTORS, format=format)
    words, vectors, counts = read_vectors(path)
    assert words == WORDS
    assert_bits_equal(np.asarray(vectors), VECTORS)
    assert counts is None


words_for = {
    "safetensors": st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6),
    "bin": st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters=" \n"), min_size=1, max_size=6
    ),
    "text": st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters=" \t\n\r\v\f"),
        min_size=1,
        max_size=6,
    ),
}
words_for["glove"] = words_for["text"]


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data())
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_round_trip_property(tmp_path, format, data):
    words = data.draw(st.lists(words_for[format], min_size=1, max_size=6, unique=True))
    finite = st.floats(width=32, allow_nan=False, allow_infinity=False)
    # d >= 2: a GloVe line of one number can look like a header (tested below)
    shape = (len(words), data.draw(st.integers(2, 5)))
    vectors = data.draw(hnp.arrays(np.float32, shape, elements=finite))
    path = tmp_path / "file"
    write_vectors(path, words, vectors, format=format)
    found, read, _ = read_vectors(path, mmap=data.draw(st.booleans()))
    assert found == words
    assert_bits_equal(np.asarray(read), vectors)


@pytest.mark.parametrize("format", ["bin", "text"])
def test_every_float_pattern_survives(tmp_path, format):
    bits = np.random.default_rng(1).integers(0, 2**32, 40_000, dtype=np.uint32)
    vectors = bits.view(np.float32)
    vectors = np.where(np.isfinite(vectors), vectors, np.float32(0)).reshape(-1, 8)
    words = [str(i) for i in range(len(vectors))]
    write_vectors(tmp_path / "file", words, vectors, format=format)
    found, read, _ = read_vectors(tmp_path / "file")
    assert found == words
    assert_bits_equal(read, vectors)


def test_every_spelling_of_a_number_is_read_as_python_reads_it(tmp_path):
    rng = np.random.default_rng(3)
    doubles = rng.standard_normal(3000) * 10.0 ** rng.integers(-44, 38, 3000)
    halfway = np.float32(rng.standard_normal(500)).astype(np.float64) * (1 + 2.0**-24)
    near = [np.nextafter(x, sign * np.inf) for x in halfway for sign in (-1, 1)]
    fields = [f"{x:{form}}" for x in doubles for form in (".3g", ".9g", ".17g", ".25e", ".6f")]
    fields += [repr(float(x)) for x in [*halfway, *near]]
    fields += [f"{x:.60f}" for x in halfway]
    fields += "0 -0 +0.0 .5 5. +.5e1 1E5 1e+05 1e-400 0e999 00012 1e-45 7e-46 3.4028235e38".split()
    fields += ["0." + "0" * 300 + "1", "123456789012345678901234567890", "1" + "0" * 30 + "e-30"]
    fields += ["0"] * (-len(fields) % 4)
    lines = [f"w{i} " + " ".join(fields[i : i + 4]) for i in range(0, len(fields), 4)]
    path = put(tmp_path, f"{len(lines)} 4\n{chr(10).join(lines)}\n".encode())
    expected = np.array([float(field) for field in fields]).astype(np.float32)
    assert_bits_equal(read_vectors(path)[1].ravel(), expected)


@pytest.mark.parametrize("separator", [" ", "\t", "  ", " \t "])
@pytest.mark.parametrize("end", ["\n", "\r\n", " \n", "\t\r\n"])
def test_blanks_and_line_ends_of_text(tmp_path, separator, end):
    rows = [["a", "1", "-2.5"], ["b\u00a0b", "3e2", "4"], ["\u00e9", ".5", "6."]]
    body = end.join(separator.join(row) for row in rows)
    for text in (body, body + end, body.replace("b\u00a0b", ". . b")):
        words, vectors, _ = read_vectors(put(tmp_path, f"3 2\n{text}".encode()))
        assert [word.split()[-1] for word in words] == ["a", "b", "\u00e9"]
        assert vectors.tolist() == [[1, -2.5], [300, 4], [0.5, 6]]


@pytest.mark.parametrize("format", FORMATS)
def test_files_longer_than_one_block(tmp_path, monkeypatch, format):
    monkeypatch.setattr("w2v.formats._BLOCK_BYTES", 64)  # names that have no room, too
    monkeypatch.setattr("w2v.formats._BLOCK_VALUES", 10)
    words = [f"w{i}" * (i % 40 + 1) for i in range(50)]  # some lines longer than a block
    vectors = np.random.default_rng(0).standard_normal((50, 3)).astype(np.float32)
    path = tmp_path / "file"
    write_vectors(path, words, vectors, format=format)
    found, read, _ = read_vectors(path)
    assert found == words
    assert_bits_equal(np.asarray(read), vectors)
    found, read, _ = read_vectors(path, limit=17)
    assert found == words[:17]
    assert_bits_equal(np.asarray(read), vectors[:17])


@pytest.mark.parametrize("format", FORMATS)
def test_limit(tmp_path, format):
    path = tmp_path / "file"
    write_vectors(path, WORDS, VECTORS, range(6), format=format)
    for limit in (1, 5, 6, 100):
        words, vectors, counts = read_vectors(path, limit=limit)
        assert words == WORDS[:limit]
        assert_bits_equal(np.asarray(vectors), VECTORS[:limit])
        assert counts is None or counts.tolist() == list(range(6))[:limit]
    with pytest.raises(ValueError, match="at least 1"):
        read_vectors(path, limit=0)


def test_suffix_chooses_the_format_and_content_recognises_it(tmp_path):
    for suffix in (".safetensors", ".bin", ".txt", ".vec", ".glove", ".BIN"):
        path = tmp_path / ("x" + suffix)
        write_vectors(path, ["a", "b"], [[1, 2], [3, 4]])
        moved = path.rename(tmp_path / "no-suffix")
        assert read_vectors(moved)[1].tolist() == [[1, 2], [3, 4]]
    assert not (tmp_path / "x.txt").exists()
    with pytest.raises(ValueError, match=r"\.safetensors.*\.vec.*glove"):
        write_vectors(tmp_path / "x.npy", ["a"], [[1]])
    with pytest.raises(ValueError, match="'hdf5' is unknown; known are bin, glove"):
        write_vectors(tmp_path / "x.bin", ["a"], [[1]], format="hdf5")
    assert os.listdir(tmp_path) == ["no-suffix"]


def test_exact_bytes_written(tmp_path):
    words, vectors = ["a", "\u00e9"], [[1, -2.5], [0.1, 0]]
    write_vectors(tmp_path / "x.bin", words, vectors)
    assert (tmp_path / "x.bin").read_bytes() == b"2 2\n" + row("a", 1, -2.5) + row("\u00e9", 0.1, 0)
    write_vectors(tmp_path / "x.txt", words, vectors)
    assert (tmp_path / "x.txt").read_text("utf-8") == "2 2\na 1 -2.5\n\u00e9 0.100000001 0\n"
    write_vectors(tmp_path / "x.glove", words, vectors)
    assert (tmp_path / "x.glove").read_text("utf-8") == "a 1 -2.5\n\u00e9 0.100000001 0\n"


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("format", ["bin", "text", "glove"])
def test_compressed(tmp_path, format, compress):
    write_vectors(tmp_path / "plain", WORDS, VECTORS, format=format)
    content = compress((tmp_path / "plain").read_bytes())
    words, vectors, _ = read_vectors(put(tmp_path, content, "packed"))
    assert words == WORDS
    assert_bits_equal(vectors, VECTORS)
    if format == "bin":  # cut anywhere; what is inside makes no difference
        for cut in range(len(content)):
            with pytest.raises(ValueError, match="file"):
                read_vectors(put(tmp_path, content[:cut]))


def test_compressed_other_contents(tmp_path):
    with pytest.raises(ValueError, match="empty once decompressed"):
        read_vectors(put(tmp_path, gzip.compress(b"")))
    write_vectors(tmp_path / "x.safetensors", WORDS, VECTORS)
    packed = put(tmp_path, gzip.compress((tmp_path / "x.safetensors").read_bytes()))
    with pytest.raises(ValueError, match="compressed native file; decompress it"):
        read_vectors(packed)


# ------------------------------------------------------------------------------------ native files


def test_model_round_trip(tmp_path):
    parts = model_parts()
    write_model(tmp_path / "m", **parts)
    for mmap in (False, True):
        model = read_model(tmp_path / "m", mmap=mmap)
        assert isinstance(model, Model)
        assert isinstance(model.W_in, np.memmap) == mmap
        assert_bits_equal(np.asarray(model.W_in), parts["W_in"])
        assert_bits_equal(np.asarray(model.W_out), parts["W_out"])
        assert model.words == parts["words"]
        assert model.counts.dtype == np.int64
        assert model.counts.tolist() == [3, 2, 1]
        assert model.settings == {"alpha": 0.5, "loss": "hs", "seed": 3, "sample": None}
        assert model.history == parts["history"]
    words, vectors, counts = read_vectors(tmp_path / "m")
    assert words == parts["words"]
    assert_bits_equal(np.asarray(vectors), parts["W_in"])
    assert counts.tolist() == [3, 2, 1]


def test_model_of_one_word_may_have_no_output_rows(tmp_path):
    parts = model_parts(V=1)
    assert parts["W_out"].shape == (0, 2)
    write_model(tmp_path / "m", **parts)
    for mmap in (False, True):
        assert read_model(tmp_path / "m", mmap=mmap).W_out.shape == (0, 2)


def test_any_safetensors_reader_reads_a_model(tmp_path):
    parts = model_parts()
    write_model(tmp_path / "m", **parts)
    tensors = load_file(tmp_path / "m")
    assert sorted(tensors) == ["W_in", "W_out", "counts", "word_offsets", "words"]
    assert_bits_equal(tensors["W_in"], parts["W_in"])
    assert_bits_equal(tensors["W_out"], parts["W_out"])
    offsets = tensors["word_offsets"]
    assert offsets.dtype == np.int64
    blob = tensors["words"].tobytes()
    assert [blob[a:b].decode() for a, b in zip(offsets, offsets[1:], strict=False)] == parts[
        "words"
    ]
    with safe_open(tmp_path / "m", "numpy") as file:
        metadata = file.metadata()
    assert metadata["format"] == "w2v"
    assert metadata["format_version"] == "1"
    assert json.loads(metadata["settings"])["loss"] == "hs"
    assert json.loads(metadata["history"])[1]["loss"] == 1.5


def test_a_file_laid_out_by_the_library_is_read(tmp_path):
    write_model(tmp_path / "m", **model_parts())
    with safe_open(tmp_path / "m", "numpy") as file:
        metadata = file.metadata()
    save_file(load_file(tmp_path / "m"), tmp_path / "again", metadata)
    again, model = read_model(tmp_path / "again"), read_model(tmp_path / "m")
    assert_bits_equal(again.W_in, model.W_in)
    assert again.words == model.words
    assert again[4:] == model[4:]


@pytest.mark.parametrize("words", [["a"], ["ab"], ["abc", "d"], ["\u00e9", "\U0001f408", "zz"]])
def test_mapped_arrays_are_aligned_and_read_only(tmp_path, words):
    vectors = np.ones((len(words), 3), np.float32)
    write_vectors(tmp_path / "x.safetensors", words, vectors, [1] * len(words))
    found, mapped, counts = read_vectors(tmp_path / "x.safetensors")
    assert found == words
    assert isinstance(mapped, np.memmap)
    assert isinstance(counts, np.memmap)
    assert mapped.ctypes.data % 64 == 0
    assert counts.ctypes.data % 8 == 0
    with pytest.raises(ValueError, match="read-only"):
        mapped[0] = 0
    _, loaded, _ = read_vectors(tmp_path / "x.safetensors", mmap=False)
    assert not isinstance(loaded, np.memmap)
    loaded[0] = 0


@pytest.mark.parametrize("format", FORMATS)
def test_padded_other_and_big_endian_matrices(tmp_path, format):
    padded = np.arange(48, dtype=np.float32).reshape(6, 8)[:, :5]
    variants = [padded, np.asfortranarray(padded), padded.astype(">f4"), padded.astype(int)]
    for vectors in variants:
        write_vectors(tmp_path / "x", WORDS, vectors, format=format)
        assert_bits_equal(np.asarray(read_vectors(tmp_path / "x")[1]), padded)


def test_words_of_every_kind_in_a_native_file(tmp_path):
    words = [
        "a b",
        "\t",
        "\n",
        " ",
        "\r\n",
        "\0",
        "\ufeff",
        "e\u0301",
        "\u00e9",
        "\U0001f469\u200d",
    ]
    write_vectors(tmp_path / "x.safetensors", words, np.eye(len(words)))
    assert read_vectors(tmp_path / "x.safetensors")[0] == words
    assert read_vectors(tmp_path / "x.safetensors", limit=3)[0] == words[:3]


def rewrite(path, change_header=None, change_tensors=None):
    """Write a native file anew with its header's dict or its bytes changed."""
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header, data = json.loads(content[8 : 8 + length]), bytearray(content[8 + length :])
    if change_header:
        change_header(header)
    if change_tensors:
        change_tensors(header, data)
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("W_in", "shape", [3, 3]),
        ("W_in", "shape", [3, -2]),
        ("W_in", "shape", [10**12, 2]),
        ("W_in", "shape", [0, 10**30]),
        ("W_in", "shape", [6]),
        ("W_in", "shape", [True, 6]),
        ("W_in", "shape", "ab"),
        ("W_in", "shape", None),
        ("W_in", "dtype", "F64"),
        ("W_in", "data_offsets", [0, 10**15]),
        ("W_in", "data_offsets", [24, 0]),
        ("W_in", "data_offsets", [-24, 0]),
        ("W_in", "data_offsets", [1.5, 25.5]),
        ("W_in", "data_offsets", 7),
        ("W_in", "data_offsets", [7]),
        ("W_out", "shape", [0, 10**30]),
        ("W_out", "shape", [4, 1]),
        ("counts", "shape", [2]),
        ("words", "shape", [10**18]),
        ("word_offsets", "shape", []),
        ("__metadata__", "settings", "{"),
        ("__metadata__", "settings", "[" * 100_000),
        ("__metadata__", "settings", "[]"),
        ("__metadata__", "history", 3),
        ("__metadata__", "format_version", "2"),
    ],
)
def test_damaged_native_header(tmp_path, name, key, value):
    write_model(tmp_path / "m", **model_parts())
    rewrite(tmp_path / "m", lambda header: header[name].update({key: value}))
    for mmap in (False, True):
        with pytest.raises(ValueError, match=re.escape(str(tmp_path / "m"))):
            read_model(tmp_path / "m", mmap=mmap)


def test_an_empty_shape_with_a_side_too_long_for_numpy(tmp_path):
    write_model(tmp_path / "m", **model_parts(V=1))
    rewrite(tmp_path / "m", lambda header: header["W_out"].update(shape=[0, 2**63]))
    with pytest.raises(ValueError, match=r"m: W_out has the shape \[0, 9223"):
        read_model(tmp_path / "m")


def replace_tensors(path, **tensors):
    """Write a native file anew, sound but with other tensors; None leaves one out."""
    with safe_open(path, "numpy") as file:
        metadata = file.metadata()
    changed = {**load_file(path), **tensors}
    save_file({name: t for name, t in changed.items() if t is not None}, path, metadata)


@pytest.mark.parametrize("name", ["W_in", "words", "word_offsets", "W_out", "counts"])
def test_native_file_without_a_tensor(tmp_path, name):
    path = tmp_path / "m"
    write_model(path, **model_parts())
    replace_tensors(path, **{name: None})
    with pytest.raises(ValueError, match="holds vectors only" if name == "W_out" else "missing"):
        read_model(path)
    if name == "W_out":  # what is left is a file of vectors
        assert read_vectors(path)[0] == model_parts()["words"]
    else:
        with pytest.raises(ValueError, match=f"the tensors {name} are missing"):
            read_vectors(path)


@pytest.mark.parametrize(
    ("name", "shape", "dtype", "message"),
    [
        ("W_in", (3, 2), "f8", "W_in should be F32 with 2 dimensions, not F64"),
        ("W_in", (3, 2), "i4", "W_in should be F32 with 2 dimensions, not I32"),
        ("W_in", (6,), "f4", "W_in should be F32 with 2 dimensions, not F32 of the shape [6]"),
        ("W_in", (0, 2), "f4", "W_in has the shape [0, 2], which is empty"),
        ("W_in", (3, 0), "f4", "W_in has the shape [3, 0], which is empty"),
        ("W_in", (4, 2), "f4", "counts has the shape [3], which does not go with W_in's [4, 2]"),
        ("W_out", (2, 3), "f4", "W_out has the shape [2, 3], which does not go with W_in's [3, 2]"),
        ("W_out", (), "f4", "W_out should be F32 with 2 dimensions"),
        ("counts", (2,), "i8", "counts has the shape [2]"),
        ("counts", (3,), "i4", "counts should be I64"),
        ("word_offsets", (3,), "i8", "word_offsets has the shape [3]"),
        ("word_offsets", (4,), "f8", "word_offsets should be I64"),
        ("word_offsets", (4,), "i8", "word_offsets is damaged"),
        ("words", (33,), "i1", "words should be U8"),
        ("words", (32,), "u1", "word_offsets is damaged"),
    ],
)
def test_native_file_with_tensors_that_do_not_fit(tmp_path, name, shape, dtype, message):
    path = tmp_path / "m"
    write_model(path, **model_parts())
    replace_tensors(path, **{name: np.zeros(shape, dtype)})
    for read in (read_model, read_vectors):
        with pytest.raises(ValueError, match=f"{re.escape(str(path))}.*{re.escape(message)}"):
            read(path)


def change(name, position, value):
    def changer(header, data):
        start = header[name]["data_offsets"][0]
        data[start + position : start + position + len(value)] = value

    return changer


@pytest.mark.parametrize(
    ("changer", "message"),
    [
        (change("words", 0, b"\xff"), "words are damaged"),
        (change("words", 0, b"\x80"), "words are damaged"),
        (change("word_offsets", 0, b"\x01"), "word_offsets is damaged"),
        (change("word_offsets", 8, b"\0"), "word_offsets is damaged"),
        (change("word_offsets", 15, b"\xff"), "word_offsets is damaged"),
        (change("word_offsets", 8, b"\x0a"), "words are damaged"),
        (change("W_in", 8, struct.pack("<f", float("nan"))), "row 2 of W_in"),
        (change("W_out", 8, struct.pack("<f", float("inf"))), "row 2 of W_out"),
    ],
)
def test_damaged_native_content(tmp_path, changer, message):
    write_model(tmp_path / "m", **model_parts())
    rewrite(tmp_path / "m", change_tensors=changer)
    with pytest.raises(ValueError, match=message):
        read_model(tmp_path / "m")


def test_a_word_twice_in_a_native_file_is_noticed_in_use(tmp_path):
    path = tmp_path / "m"
    write_model(path, **model_parts())
    rewrite(path, change_tensors=change("words", 0, b"word 1"))
    twice = r"distinct; 'word 1.*' stands at 0 and at 1"
    with pytest.raises(ValueError, match=twice):
        KeyedVectors.load(path, mmap=False)
    with pytest.raises(ValueError, match=twice):
        _ = KeyedVectors.load(path).key_to_index
    model = read_model(path)
    with pytest.raises(ValueError, match="'word 1.*' comes twice"):
        Vocabulary(model.words, model.counts)
    with pytest.raises(ValueError, match="'word 1.*' is there twice"):
        write_vectors(tmp_path / "copy", *read_vectors(path), format="safetensors")


@pytest.mark.parametrize("length", [0, 1, 10, 2**31, 10**12, 2**47])
def test_native_header_length_is_checked(tmp_path, length):
    content = length.to_bytes(8, "little") + b'{"a":1}   '
    with pytest.raises(ValueError, match="file"):
        read_vectors(put(tmp_path, content))


@pytest.mark.parametrize("text", [b"{]", b"{" * 100, b'{"a":' * 50_000, b"{\xff}", b'{"a":7}'])
def test_native_header_that_is_no_json(tmp_path, text):
    with pytest.raises(ValueError, match="damaged|not written by w2v"):
        read_vectors(put(tmp_path, len(text).to_bytes(8, "little") + text))


def test_foreign_safetensors_names_its_tensors(tmp_path):
    save_file({"embedding": np.zeros((2, 2)), "bias": np.zeros(2)}, tmp_path / "x.safetensors")
    for read in (read_vectors, read_model):
        with pytest.raises(ValueError, match="not written by w2v.*bias, embedding"):
            read(tmp_path / "x.safetensors")


def test_vectors_are_no_model(tmp_path):
    for format in FORMATS:
        write_vectors(tmp_path / "x", WORDS, VECTORS, range(6), format=format)
        with pytest.raises(ValueError, match="not a model; load it with KeyedVectors"):
            read_model(tmp_path / "x")


def test_format_of(tmp_path):
    for format in FORMATS:
        write_vectors(tmp_path / "x", WORDS, VECTORS, format=format)
        assert format_of(tmp_path / "x") == format
        assert format_of(str(tmp_path / "x")) == format
        packed = put(tmp_path, gzip.compress((tmp_path / "x").read_bytes()))
        if format != "safetensors":
            assert format_of(packed) == format
        else:
            with pytest.raises(ValueError, match="compressed native file"):
                format_of(packed)
    write_model(tmp_path / "x", **model_parts())
    assert format_of(tmp_path / "x") == "model"
    for content in (b"", b"hello\n", (tmp_path / "x").read_bytes()[:-1]):
        with pytest.raises(ValueError, match="file"):
            format_of(put(tmp_path, content))
    with pytest.raises(FileNotFoundError):
        format_of(tmp_path / "none")


# ------------------------------------------------------------------------ reading what others write


def test_bin_with_and_without_newlines(tmp_path):
    rows = [("a", 1, 2), ("\u00e9", 3, 4)]
    for end in (b"", b"\n"):
        content = b"2 2\n" + b"".join(row(*r, end=end) for r in rows)
        words, vectors, _ = read_vectors(put(tmp_path, content))
        assert words == ["a", "\u00e9"]
        assert vectors.tolist() == [[1, 2], [3, 4]]


def test_bin_that_looks_like_text_is_binary(tmp_path):
    numbers = struct.unpack("<2f", b"1 23 4 5")
    assert read_vectors(put(tmp_path, b"1 2\n" + row("a", *numbers)))[1][0].tolist() == list(
        numbers
    )


def test_text_variants(tmp_path):
    for content in (
        b"2 3\na 1 2 3\nb 4 5 6\n",
        b"2 3\na 1 2 3\nb 4 5 6",
        b"2 3 \r\na 1 2 3\r\nb 4 5 6\r\n",
        b"2 3\na 1 2 3 \nb 4 5 6 \n\n",  # word2vec.c and fastText end lines with a space
        b"2\t3\na\t1\t2\t3\nb  4  5  6\n \n\n",
        b"a 1 2 3\nb 4 5 6\n",
        b"a\t1.0 2e0 +3\r\nb 4. 50e-1 6E0",
    ):
        words, vectors, counts = read_vectors(put(tmp_path, content))
        assert words == ["a", "b"]
        assert vectors.tolist() == [[1, 2, 3], [4, 5, 6]]
        assert counts is None


def test_glove_words_with_spaces(tmp_path):
    content = b"a 1 2\n. . . 3 4\nat name@domain.com 5 6\n"
    words, vectors, _ = read_vectors(put(tmp_path, content))
    assert words == ["a", ". . .", "at name@domain.com"]
    assert vectors.tolist() == [[1, 2], [3, 4], [5, 6]]


@pytest.mark.parametrize(
    "content", [b"3 1\na 1\nb 2\na 3\n", b"3 1\n" + row("a", 1) + row("b", 2) + row("a", 3)]
)
def test_duplicates_keep_the_first_and_warn(tmp_path, content):
    with pytest.warns(UserWarning, match="1 rows repeat.*row 3, 'a', already in row 1"):
        words, vectors, _ = read_vectors(put(tmp_path, content))
    assert words == ["a", "b"]
    assert vectors.tolist() == [[1], [2]]


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"2 2\na 1 2\n\xe9 3 4\n", "line 3"),
        (b"a 1 2\n\xe9 3 4\n", "line 2"),
        (b"2 2\n" + row("a", 1, 2) + b"\xe9" + row("", 3, 4), "row 2"),
    ],
)
def test_invalid_utf8(tmp_path, content, where):
    path = put(tmp_path, content)
    with pytest.raises(ValueError, match=f"{where}.*not valid utf-8.*errors='replace'"):
        read_vectors(path)
    assert read_vectors(path, errors="replace")[0] == ["a", "\ufffd"]
    assert read_vectors(path, encoding="latin-1")[0] == ["a", "\u00e9"]


# ------------------------------------------------------------------------------------------ refused


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (pickle.dumps({"a": 1}, 2), "pickle.*save_word2vec_format"),
        (pickle.dumps({"a": 1}, 5), "pickle.*save_word2vec_format"),
        (struct.pack("<ii", 793712314, 12) + b"\0" * 90, r"fastText model.*\.vec"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 90, "HDF5"),
        (b"\x28\xb5\x2f\xfd" + b"\0" * 90, "zstd"),
        (b"", "is empty"),
        (b"\n", "no vector file that w2v knows"),
        (b"hello world\n", "no vector file that w2v knows"),
        (b"hello\n", "no vector file that w2v knows"),
        (b"\0" * 1000, "no vector file that w2v knows"),
        (b"\xff\xfe2\0 \x002\0\n\0", "no vector file that w2v knows"),
    ],
)
def test_other_files_are_named_and_refused(tmp_path, content, message):
    path = put(tmp_path, content)
    for read in (read_vectors, read_model):
        with pytest.raises(ValueError, match=message):
            read(path)


def test_numpy_and_zip_files_are_refused(tmp_path):
    np.save(tmp_path / "x.npy", VECTORS)
    with pytest.raises(ValueError, match="NumPy array, which has no words"):
        read_vectors(tmp_path / "x.npy")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("x.txt", "a 1 2\n")
    with pytest.raises(ValueError, match="zip archive.*unpack"):
        read_vectors(tmp_path / "x.zip")


def test_missing_file_folder_and_pipe(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_vectors(tmp_path / "none")
    with pytest.raises(IsADirectoryError):
        read_vectors(tmp_path)
    with pytest.raises(ValueError, match="not a regular file"):
        read_vectors("/dev/null")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="not a regular file"):
        read_vectors(tmp_path / "pipe")


@pytest.mark.parametrize(
    "header",
    ["0 2", "2 0", "-1 2", "2 -3", "1000000000000 2", "2 1000000000000", "3 2", "9" * 30 + " 2",
     "2 " + "9" * 5000, "0 0", "999999999999999999 999999999999999999"],
)  # fmt: skip
@pytest.mark.parametrize("body", [b"a 1 2\nb 3 4\n", row("a", 1, 2) + row("b", 3, 4)])
def test_header_is_checked_before_memory_is_taken(tmp_path, header, body):
    with pytest.raises(ValueError, match="header"):
        read_vectors(put(tmp_path, header.encode() + b"\n" + body))


@pytest.mark.parametrize("header", ["", "x 2", "2", "2 2 x", "2.0 2", "\u0662 2"])
@pytest.mark.parametrize("body", [b"a 1 2\nb 3 4\n", row("a", 1, 2) + row("b", 3, 4)])
def test_garbage_headers(tmp_path, header, body):
    with pytest.raises(ValueError, match="file"):
        read_vectors(put(tmp_path, header.encode() + b"\n" + body))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("2 3\na 1.5 2 3\nb 4 5\n", "line 3: expected a word and 3 numbers, found 2"),
        ("2 3\na 1 2\nb 4.5 5 6\n", "line 2: expected a word and 3 numbers, found 2"),
        ("2 3\na 1 2 3\nb 4 5 6 7\n", "line 3: expected a word and 3 numbers, found 4"),
        ("2 2\na 1 2\nb 3 x\n", "line 3: 'x' is not a number"),
        ("2 2\na 1 2\nb 3 1_0\n", "line 3: '1_0' is not a number"),
        ("2 2\na 1 2\nb 3 nan\n", "line 3: the word 'b' has a number that is not a finite"),
        ("2 2\na 1 -inf\nb 3 4\n", "line 2: the word 'a' has a number that is not a finite"),
        ("2 2\na 1 2\nb 3 1e39\n", "line 3: the word 'b' has a number that is not a finite"),
        ("2 2\na 1 2\n\nb 3 4\n", "line 3: the line has no word"),
        ("2 2\na 1 2\n  3 4\n", "line 3: the line has no word"),
        ("2 2\na 1 2\nb 3 4\nc 5 6\n", "line 4: the header promises 2 words, but more"),
        ("2 2\na 1.00000000 2.00000\n", "promises 2 words but the file ends after 1"),
        ("2 2\n", "promises 2 words of 2 numbers, at least 11 bytes, but only 0"),
        ("2 2", "promises 2 words of 2 numbers"),
        ("a 1 2\nb 3\n", "line 2: expected a word and 2 numbers, found 1"),
        ("a 1 2\nb 3 4 5\n", "line 2: expected a word and 2 numbers, found 3"),
        ("a 1 2\nb\n", "line 2: expected a word and 2 numbers, found 0"),
        ("a 1 2 3 4 5 6 7 8\nb 1\nc 1\nd 1\ne 1\n", "line 2: expected a word and 8 numbers"),
        ("a 1 2\n\nb 3 4\n", "line 2: the line has no word"),
    ],
)  # fmt: skip
def test_bad_text_rows_are_named(tmp_path, content, message):
    path = put(tmp_path, content.encode())
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        read_vectors(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (row("long", 1, 2) + row("b", 3, 4)[:-3], "row 2 of 2, at byte 17, is cut off"),
        (row("a", 1, 2) + row("b", 3, 4) + b"more", "more data follow the 2 words"),
        (row("a", 1, 2) + row("", 3, 4) + b"\n", "row 2 has no word"),
        (row("a", 1, 2) + row("b", 3, np.nan), "row 2, the word 'b', has a number"),
        (row("a", -np.inf, 2) + row("b", 3, 4), "row 1, the word 'a', has a number"),
        (row("a", 1, 2), "promises 2 words of 2 numbers, at least 20 bytes, but only 11"),
    ],
)
def test_bad_binary_rows_are_named(tmp_path, rows, message):
    with pytest.raises(ValueError, match=message):
        read_vectors(put(tmp_path, b"2 2\n" + rows))


@pytest.mark.parametrize("format", FORMATS)
def test_truncation_anywhere_is_an_error_or_a_shorter_last_number(tmp_path, format):
    path = tmp_path / "file"
    words = ["the", "\uace0", "\U0001f408"]
    write_vectors(path, words, [[1.25, -2.75], [3.5, 0.125], [5.5, 6.25]], format=format)
    content = path.read_bytes()
    whole = read_vectors(path, mmap=False)[1].tolist()
    for cut in range(len(content)):
        put(tmp_path, content[:cut])
        try:
            found, vectors, _ = read_vectors(path, mmap=False)
        except ValueError:
            continue
        # Only text has no way to tell: its last number lost digits, or a headless file its rows.
        assert format != "safetensors"
        assert found == words[: len(found)]
        assert vectors[:-1].tolist() == whole[: len(found) - 1]
        if format in ("text", "bin"):
            assert len(found) == len(words)
        if format == "bin":  # only the newline after the last row is gone
            assert cut == len(content) - 1
            assert vectors.tolist() == whole


@pytest.mark.parametrize("format", FORMATS)
@given(data=st.data())
@settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@pytest.mark.filterwarnings("ignore:.*rows repeat a word")
def test_damage_gives_value_error_or_vectors(tmp_path, format, data):
    path = tmp_path / "file"
    write_vectors(path, ["the", "\uace0", "cat"], np.eye(3) * 1.5, [3, 2, 1], format=format)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    put(tmp_path, bytes(content))
    try:
        words, vectors, counts = read_vectors(path, mmap=False)
    except ValueError:
        return
    assert vectors.shape[0] == len(words)
    assert format == "safetensors" or len(set(words)) == len(words)
    assert np.isfinite(vectors).all()
    assert counts is None or len(counts) == len(words)


@given(st.binary(max_size=200) | st.from_regex(rb"\A[0-9]{1,3} [0-9]{1,3}\n", fullmatch=False))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.filterwarnings("ignore:.*rows repeat a word")
def test_arbitrary_bytes_give_value_error_or_vectors(tmp_path, content):
    try:
        words, vectors, _ = read_vectors(put(tmp_path, content))
    except ValueError:
        return
    assert vectors.shape[0] == len(words) > 0


# ------------------------------------------------------------------------------------------- saving


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("words", "vectors", "error", "message"),
    [
        (["a", ""], [[1], [2]], ValueError, "row 1: the word is empty"),
        (["a", "b", "a"], [[1], [2], [3]], ValueError, "row 2: the word 'a' is there twice"),
        (["a", "\ud800"], [[1], [2]], ValueError, "row 1: the word .* surrogate"),
        (["a", b"b"], [[1], [2]], TypeError, "row 1: a word must be a string"),
        ("ab", [[1], [2]], TypeError, "not one string 'ab'"),
        (["a"], [[1], [2]], ValueError, "1 words but 2 rows"),
        ([], np.zeros((0, 2)), ValueError, "no words to write"),
        (["a"], np.zeros((1, 0)), ValueError, "rows without numbers"),
        (["a"], [1.0], ValueError, "two dimensions"),
        (["a", "b"], [[1], [np.nan]], ValueError, "row 1, the word 'b', has a number"),
        (["a", "b"], [[1], [-np.inf]], ValueError, "row 1, the word 'b', has a number"),
        (["a", "b"], [[1], [1e39]], ValueError, "row 1, the word 'b', has a number"),
        (["a"], [["x"]], TypeError, "real numbers"),
        (["a"], [[1j]], TypeError, "real numbers"),
    ],
)
def test_bad_input_is_refused_and_leaves_no_file(tmp_path, format, words, vectors, error, message):
    with pytest.raises(error, match=message):
        write_vectors(tmp_path / "x", words, vectors, format=format)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("format", ["bin", "text", "glove"])
@pytest.mark.parametrize("word", ["New York", "\n", "a\n", "\nb", " "])
def test_words_a_format_cannot_hold(tmp_path, format, word):
    with pytest.raises(ValueError, match=re.escape(repr(word)) + r".*\.safetensors"):
        write_vectors(tmp_path / "x", ["a", word], [[1], [2]], format=format)


@pytest.mark.parametrize("word", ["a\tb", "\r", "b\v", "\fc"])
def test_other_white_space_is_for_text_only(tmp_path, word):
    for format in ("text", "glove"):
        with pytest.raises(ValueError, match=re.escape(repr(word))):
            write_vectors(tmp_path / "x", [word], [[1, 2]], format=format)
    write_vectors(tmp_path / "x", [word], [[1, 2]], format="bin")
    assert read_vectors(tmp_path / "x")[0] == [word]


def test_glove_line_that_looks_like_a_header(tmp_path):
    with pytest.raises(ValueError, match="'12'.*read as the header"):
        write_vectors(tmp_path / "x.glove", ["12"], [[3]])
    write_vectors(tmp_path / "x.glove", ["12"], [[3.5]])
    assert read_vectors(tmp_path / "x.glove")[1].tolist() == [[3.5]]
    write_vectors(tmp_path / "x.txt", ["12"], [[3]])
    assert read_vectors(tmp_path / "x.txt")[0] == ["12"]


def test_bad_models_are_refused(tmp_path):
    for change, error, message in [
        ({"counts": [1, 2]}, ValueError, "one for each of 3 words"),
        ({"counts": [3, 2, -1]}, ValueError, r"'word 2.*' is -1"),
        ({"counts": np.array([3, 2, 2**63], np.uint64)}, ValueError, "counts are at least 0"),
        ({"counts": [3, 2, 1.0]}, TypeError, "whole numbers"),
        ({"W_out": np.ones((3, 4))}, ValueError, "same number of columns"),
        ({"W_out": [[1, 2], [1, np.nan]]}, ValueError, "W_out: row 1 has"),
        ({"W_in": [[1, 2], [1, np.nan], [3, 4]]}, ValueError, "W_in: row 1, the word 'word 1"),
        ({"settings": {"f": print}}, TypeError, "settings can hold what JSON can.*print"),
        ({"history": [{1, 2}]}, TypeError, "history can hold what JSON can"),
    ]:
        with pytest.raises(error, match=message):
            write_model(tmp_path / "m", **{**model_parts(), **change})
        assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("format", FORMATS)
def test_failed_write_leaves_the_old_file(tmp_path, format):
    path = tmp_path / "x"
    write_vectors(path, ["old"], [[1, 2]], format=format)
    before = path.read_bytes()
    bad = np.zeros((1000, 1000), np.float32)
    bad[-1, -1] = np.nan  # found when most is written
    with pytest.raises(ValueError, match="row 999"):
        write_vectors(path, [str(i) for i in range(1000)], bad, format=format)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["x"]


def test_failed_replace_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "x.bin"
    write_vectors(path, ["old"], [[1, 2]])

    def fail(*args):
        raise OSError("disk on fire")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="on fire"):
        write_vectors(path, ["new"], [[3, 4]])
    assert read_vectors(path)[0] == ["old"]
    assert os.listdir(tmp_path) == ["x.bin"]


def test_where_files_can_go(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder .*none"):
        write_vectors(tmp_path / "none" / "x.bin", ["a"], [[1]])
    (tmp_path / "folder.bin").mkdir()
    with pytest.raises(ValueError, match="not a regular file"):
        write_vectors(tmp_path / "folder.bin", ["a"], [[1]])
    (tmp_path / "link.bin").symlink_to("target.bin")
    write_vectors(tmp_path / "link.bin", ["a"], [[1]])
    assert (tmp_path / "link.bin").is_symlink()
    assert read_vectors(tmp_path / "target.bin")[0] == ["a"]
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE((tmp_path / "target.bin").stat().st_mode) == 0o666 & ~umask


def test_a_mapped_file_can_be_replaced(tmp_path):
    path = tmp_path / "x.safetensors"
    write_vectors(path, ["a"], [[1, 2]])
    _, mapped, _ = read_vectors(path)
    write_vectors(path, ["a"], [[3, 4]])
    assert mapped.tolist() == [[1, 2]]
    write_vectors(path, ["b"], mapped)
    assert read_vectors(path)[1].tolist() == [[1, 2]]


# ------------------------------------------------------------------------------------------- counts


def test_counts_round_trip(tmp_path):
    words = ["</s>", "the", "a\u00a0b", "\U0001f408"]
    write_counts(tmp_path / "vocab", words, np.array([0, 2**40, 2, 1]))
    assert (tmp_path / "vocab").read_bytes().startswith(b"</s> 0\nthe 1099511627776\n")
    assert read_counts(tmp_path / "vocab") == dict(zip(words, [0, 2**40, 2, 1], strict=True))
    assert list(read_counts(tmp_path / "vocab")) == words
    packed = put(tmp_path, gzip.compress(b"a\t5\r\nb 3 \n"))
    assert read_counts(packed) == {"a": 5, "b": 3}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a 1\nb\n", "line 2: expected a word and a count, found 'b"),
        (b"a 1\nb x\n", "line 2: expected a word and a count"),
        (b"a 1\nb -1\n", "line 2: expected a word and a count"),
        (b"a 1\nb 1.5\n", "line 2: expected a word and a count"),
        (b"a 1\n 2\n", "line 2: expected a word and a count"),
        (b"a 1\n\nb 2\n", "line 2: expected a word and a count"),
        (b"a 1\nb " + b"9" * 5000, "line 2: expected a word and a count"),
        (b"a 1\nb 2\na 3\n", "line 3: the word 'a' already"),
        (b"a 1\n\xff 2\n", "line 2: not utf-8 text"),
        (b"", "is empty"),
    ],
)
def test_bad_counts_files(tmp_path, content, message):
    with pytest.raises(ValueError, match=message):
        read_counts(put(tmp_path, content))


def test_bad_counts_are_refused(tmp_path):
    for words, counts, error in [
        (["a b"], [1], ValueError),
        (["a", "a"], [1, 1], ValueError),
        (["a"], [1, 2], ValueError),
        (["a"], [-1], ValueError),
        (["a"], [1.5], TypeError),
    ]:
        with pytest.raises(error):
            write_counts(tmp_path / "vocab", words, counts)
    assert os.listdir(tmp_path) == []


def test_no_header_length_looks_like_another_format(tmp_path):
    """The first bytes of a native file are a length, and lengths can look like any magic number."""
    path = tmp_path / "model.safetensors"
    lengths = set()
    for i in range(300):
        rows = 1 + i % 8
        history = [{"note": "x" * (5 * i)}]
        write_model(
            path,
            W_in=np.ones((rows, 3), np.float32),
            W_out=np.ones((rows, 3), np.float32),
            words=list("abcdefgh"[:rows]),
            counts=np.ones(rows, int),
            settings={},
            history=history,
        )
        lengths.add(path.read_bytes()[:2])
        assert read_model(path).history == history
        assert format_of(path) == "model"
    assert b"\x80\x04" in lengths and b"\x80\x03" in lengths  # those of a pickle among them
