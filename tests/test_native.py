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
from w2v.vectors.stored import _is_mapped


@pytest.fixture
def no_copies(monkeypatch):
    """Map the smallest file."""
    monkeypatch.setattr("w2v.files.blocks.COPIED_BYTES", 0)


@pytest.mark.parametrize("copied", [True, False])
def test_model_round_trip(tmp_path, request, copied):
    if not copied:
        request.getfixturevalue("no_copies")
    parts = model_parts()
    write_model(tmp_path / "m", **parts)
    for mmap in (False, True):
        model = read_model(tmp_path / "m", mmap=mmap)
        assert isinstance(model, Model)
        assert _is_mapped(model.W_in) == (mmap and not copied)
        assert model.W_in.flags.writeable != mmap
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
    names = "W_in W_out checksums counts norms word_index word_offsets words"
    assert " ".join(sorted(tensors)) == names
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
    assert metadata["format_version"] == "2"
    np.testing.assert_allclose(tensors["norms"], np.linalg.norm(tensors["W_in"], axis=1))
    assert sorted(tensors["word_index"].tolist()) == [-1] * 5 + [0, 1, 2]
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
def test_mapped_arrays_are_aligned_and_read_only(tmp_path, no_copies, words):
    vectors = np.ones((len(words), 3), np.float32)
    write_vectors(tmp_path / "x.safetensors", words, vectors, [1] * len(words))
    found, mapped, counts = read_vectors(tmp_path / "x.safetensors")
    assert found == words
    assert _is_mapped(mapped)
    assert _is_mapped(counts)
    assert mapped.ctypes.data % 64 == 0
    assert counts.ctypes.data % 8 == 0
    with pytest.raises(ValueError, match="read-only"):
        mapped[0] = 0
    _, loaded, _ = read_vectors(tmp_path / "x.safetensors", mmap=False)
    assert not _is_mapped(loaded)
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
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
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
        ("__metadata__", "format_version", "3"),
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


def as_older(path):
    """Write a native file anew in version 1, without checksums, norms and index."""
    with safe_open(path, "numpy") as file:
        metadata = file.metadata() | {"format_version": "1"}
    kept = ("counts", "word_offsets", "W_in", "W_out", "words")
    save_file({n: t for n, t in load_file(path).items() if n in kept}, path, metadata)


def test_older_files_are_read(tmp_path):
    path = tmp_path / "m.safetensors"
    parts = model_parts()
    write_model(path, **parts)
    new, model = KeyedVectors.load(path), read_model(path)
    as_older(path)
    kv = KeyedVectors.load(path)
    assert kv.most_similar(parts["words"][0]) == new.most_similar(parts["words"][0])
    assert kv.key_to_index == new.key_to_index
    assert_bits_equal(kv.norms, new.norms)
    old = read_model(path)
    assert_bits_equal(old.W_out, model.W_out)
    assert (old.words, old.settings) == (model.words, model.settings)


@pytest.mark.parametrize("name", ["W_in", "words", "word_offsets", "W_out", "counts"])
def test_native_file_without_a_tensor(tmp_path, name):
    path = tmp_path / "m"
    write_model(path, **model_parts())
    as_older(path)
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
    as_older(path)
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
    for mmap in (False, True):
        with pytest.raises(ValueError, match="m is damaged: .* does not match its checksum"):
            read_model(tmp_path / "m", mmap=mmap)
    write_model(tmp_path / "m", **model_parts())
    as_older(tmp_path / "m")
    rewrite(tmp_path / "m", change_tensors=changer)
    with pytest.raises(ValueError, match=message):
        read_model(tmp_path / "m")


def test_a_word_twice_in_a_native_file_is_noticed_in_use(tmp_path):
    path = tmp_path / "m"
    write_model(path, **model_parts())
    as_older(path)
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


def mapped_vectors(path, V=600, d=1024):
    """Write vectors of three blocks, 256 rows each but the last."""
    vectors = np.random.default_rng(1).normal(size=(V, d)).astype(np.float32)
    words = [f"word{i}" for i in range(V)]
    write_vectors(path, words, vectors, np.arange(V, 0, -1))
    return words, vectors


def damage_row(path, row, d=1024):
    """Change a byte of a row of W_in."""
    with open(path, "r+b") as file:
        start = 8 + int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(start - 8))
        file.seek(start + header["W_in"]["data_offsets"][0] + 4 * d * row)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))


def test_a_mapped_block_is_compared_when_it_is_used(tmp_path, no_copies):
    path = tmp_path / "x.safetensors"
    words, vectors = mapped_vectors(path)
    damage_row(path, 300)
    damaged = r"x.safetensors is damaged: W_in, rows 256 to 511, does not match its checksum"
    kv = KeyedVectors.load(path)
    assert_bits_equal(kv["word255"], vectors[255])
    assert_bits_equal(kv[["word0", "word599"]], vectors[[0, 599]])
    assert kv.similarity("word1", "word512") == pytest.approx(
        vectors[1] @ vectors[512] / np.linalg.norm(vectors[1]) / np.linalg.norm(vectors[512])
    )
    assert kv.get_mean_vector(["word1"]).shape == (1024,)
    for use in (
        lambda: kv["word256"],
        lambda: kv[["word1", "word511"]],
        lambda: kv.similarity("word1", "word300"),
        lambda: kv.most_similar("word1"),
        lambda: kv.analogy("word1", "word2", "word3"),
        lambda: kv.most_similar_cosmul("word300"),
        lambda: kv.vectors,
        lambda: kv.save(tmp_path / "y.safetensors"),
        lambda: read_vectors(path),
        lambda: read_vectors(path, limit=257),
        lambda: KeyedVectors.load(path, mmap=False),
        lambda: KeyedVectors.load(path, limit=300).vectors,
    ):
        for _ in range(2):  # and again: it is not taken for compared
            with pytest.raises(ValueError, match=damaged):
                use()
    assert len(KeyedVectors.load(path, limit=256).vectors) == 256
    assert os.listdir(tmp_path) == ["x.safetensors"]


@pytest.mark.parametrize("name", ["words", "word_offsets", "word_index", "norms", "counts"])
def test_what_goes_with_a_mapped_matrix_is_compared(tmp_path, no_copies, name):
    path = tmp_path / "x.safetensors"
    mapped_vectors(path)
    rewrite(path, change_tensors=change(name, 8, b"\x01\x02"))
    with pytest.raises(ValueError, match=f"x.safetensors is damaged: {name}, rows 0 to"):
        KeyedVectors.load(path).most_similar("word1")


def test_words_of_a_mapped_file_are_found_without_a_dictionary(tmp_path, no_copies):
    path = tmp_path / "x.safetensors"
    words, vectors = mapped_vectors(path)
    kv = KeyedVectors.load(path)
    assert kv.get_index("word599") == 599
    assert_bits_equal(kv.vectors_for(words), vectors)
    assert all(word in kv for word in words)
    assert not any(w in kv for w in ("", "word", "word600", "word1\0", "\ud800", "x" * 10**6))
    assert "key_to_index" not in vars(kv._lookup)
    assert "index_to_key" not in vars(kv._lookup)
    assert_bits_equal(kv.norms, KeyedVectors(words, vectors).norms)
    part = KeyedVectors.load(path, limit=10)
    assert "word9" in part
    assert "word10" not in part


def test_a_file_that_is_cut_off_in_place_after_it_was_read(tmp_path, monkeypatch):
    """One that is mapped would end the process (SIGBUS)."""
    path = tmp_path / "x.safetensors"
    words, vectors = mapped_vectors(path)
    small = KeyedVectors.load(path)
    monkeypatch.setattr("w2v.files.blocks.COPIED_BYTES", 0)
    large = KeyedVectors.load(path, mmap=False)
    os.truncate(path, 100)
    for kv in (small, large):
        assert_bits_equal(kv.vectors, vectors)
        assert kv.most_similar(words[0], topn=1)
        assert kv.index_to_key == words


def test_settings_written_by_hand_do_not_match(tmp_path):
    path = tmp_path / "m"
    write_model(path, **model_parts())
    rewrite(path, lambda header: header["__metadata__"].update(settings='{"alpha":0.6}'))
    with pytest.raises(ValueError, match="m is damaged: its header does not match its checksum"):
        read_model(path)
    for name in ("checksums", "norms", "word_index"):
        write_model(path, **model_parts())
        replace_tensors(path, **{name: None})
        with pytest.raises(ValueError, match="m.*(missing|damaged)"):
            read_model(path)
