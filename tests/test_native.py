"""Native files: what they hold, and what is refused."""

import json
import os
import re
import struct

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from vector_files import assert_bits_equal, model_parts, put

from w2v.files.formats import Model, read_model, read_vectors, write_model, write_vectors
from w2v.text.vocabulary import Vocabulary
from w2v.vectors.keyed import KeyedVectors


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


def test_a_mapped_file_can_be_replaced(tmp_path):
    path = tmp_path / "x.safetensors"
    write_vectors(path, ["a"], [[1, 2]])
    _, mapped, _ = read_vectors(path)
    write_vectors(path, ["a"], [[3, 4]])
    assert mapped.tolist() == [[1, 2]]
    write_vectors(path, ["b"], mapped)
    assert read_vectors(path)[1].tolist() == [[1, 2]]
