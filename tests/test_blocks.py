"""Checksums of tensors, and the index of words that is stored with them."""

import io
import json

import numpy as np
import pytest
from safetensors.numpy import load

from w2v import _core
from w2v.files.blocks import CheckedArray, TensorFile, rows_in_block, tensor_of, write_tensors


@pytest.fixture(params=_core.isa_names())
def isa(request):
    before = _core.isa()
    _core.use_isa(request.param)
    yield request.param
    _core.use_isa(before)


def crc32c(data):
    """Compute bit by bit what RFC 3720 defines."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def test_the_checksum_is_that_of_the_standard(isa):
    assert _core.crc32c(b"123456789") == 0xE3069283
    assert _core.crc32c(bytes(32)) == 0x8A9136AA
    assert _core.crc32c(b"\xff" * 32) == 0x62A8AB43


# one part of 4,096 bytes, three side by side, and what is left
@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 4095, 12287, 12288, 12293, 24587])
def test_the_checksum_of_any_length(isa, n):
    data = np.random.default_rng(n).integers(0, 256, n, np.uint8)
    assert _core.crc32c(data) == crc32c(data.tolist())
    assert _core.crc32c(data[n // 3 :], _core.crc32c(data[: n // 3])) == _core.crc32c(data)


def indexed(words):
    encoded = [word.encode() for word in words]
    text = np.frombuffer(b"".join(encoded), np.uint8)
    cuts = np.cumsum([0, *map(len, encoded)])
    index = np.full(2 << len(words).bit_length(), -1, np.int32)
    _core.index_words(text, cuts, index)
    return text, cuts, index


@pytest.mark.parametrize("n", [1, 2, 3, 8, 1000])
def test_the_index_is_a_dictionary(isa, n):
    words = [f"wörd {i}" for i in range(n)]
    parts = indexed(words)
    assert [_core.find_word(*parts, word.encode()) for word in words] == list(range(n))
    for other in (b"w", b"", b"w\xc3\xb6rd", b"w\xc3\xb6rd 1000", bytes(5000)):
        assert _core.find_word(*parts, other) == -1


def test_a_damaged_index_finds_nothing_outside(isa):
    text, cuts, index = indexed(["a", "b", "c"])
    full = np.zeros_like(index)
    assert _core.find_word(text, cuts, full, b"b") == -1  # ends, though no slot is free
    for wrong in (-7, 3, 2**31 - 1):
        assert _core.find_word(text, cuts, np.full_like(index, wrong), b"b") == -1
    for wrong in (-(2**62), 2**62, 2**63 - 1):
        assert _core.find_word(text, np.full_like(cuts, wrong), index, b"b") == -1
        mixed = cuts.copy()
        mixed[1] = wrong
        assert _core.find_word(text, mixed, index, b"a") == -1


def test_an_index_that_cannot_be_filled(isa):
    text, cuts, index = indexed(["a", "b", "c"])
    for bad in (cuts[::-1].copy(), cuts + 1, cuts - 1):
        with pytest.raises(ValueError, match="cuts must increase"):
            _core.index_words(text, bad, np.full_like(index, -1))
    with pytest.raises(ValueError, match="free slot"):
        _core.index_words(text, cuts, np.full(2, -1, np.int32))
    for slots in (0, 1, 6):
        with pytest.raises(ValueError, match="power of two"):
            _core.index_words(text, cuts, np.full(slots, -1, np.int32))


def test_docs_say_how_to_compare_without_w2v(tmp_path):
    arrays = {
        "b": np.arange(300_000, dtype=np.int64),
        "a": np.ones((3, 2**18), np.float32),
        "none": np.ones((0, 2), np.float32),
    }
    kinds = {"b": "I64", "a": "F32", "none": "F32"}
    tensors = {name: tensor_of(array, kinds[name]) for name, array in arrays.items()}
    write_tensors(tmp_path / "x", {"key": "välue"}, tensors, "a")
    content = (tmp_path / "x").read_bytes()
    found = load(content)
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    metadata = header.pop("__metadata__")
    del header["checksums"]
    about = [metadata, {name: [entry["dtype"], entry["shape"]] for name, entry in header.items()}]
    sums = [_core.crc32c(json.dumps(about, sort_keys=True, separators=(",", ":")).encode())]
    for name in ("a", "b"):  # sorted
        array = arrays[name]
        rows = max(1, 2**20 // (array.nbytes // len(array)))
        assert rows == rows_in_block(kinds[name], array.shape)
        sums += [_core.crc32c(array[i : i + rows].tobytes()) for i in range(0, len(array), rows)]
    assert found["checksums"].tobytes() == np.array(sums, "<u4").tobytes()
    file = TensorFile(tmp_path / "x", "x")
    file.compare_header(needed=True)
    assert file.check() == len(sums)
    at = content.index(b'"key"')  # blanks in front of it, which no checksum covers
    spaces = content.index(b"}}") + 2
    moved = content[:at] + b" " + content[at:spaces] + content[spaces + 1 :]
    (tmp_path / "y").write_bytes(moved)
    with pytest.raises(ValueError, match="y is damaged: its header"):
        TensorFile(tmp_path / "y", "y").compare_header(needed=True)
    opened = io.BytesIO()
    write_tensors(
        opened, {"key": "välue"}, {n: tensor_of(a, kinds[n]) for n, a in arrays.items()}, "a"
    )
    assert opened.getvalue() == content


def test_each_block_is_compared_once():
    stored = np.arange(10.0)
    sums = np.array([_core.crc32c(stored[i : i + 4].view(np.uint8)) for i in (0, 4, 8)], np.uint32)
    array = CheckedArray(stored, sums, 4, "x: t")
    assert array[9] == 9
    assert array.check(-1) == 0
    assert array.check(np.array([3, -10])) == 1
    assert array.check() == 1
    stored[5] = 0  # too late to be noticed
    assert array.array[5] == 0
    array = CheckedArray(stored, sums, 4, "x: t")
    with pytest.raises(ValueError, match="x: t, rows 4 to 7, does not match its checksum"):
        array.check(4)
    with pytest.raises(IndexError):
        array[10]
    with pytest.raises(ValueError, match="rows 4 to 7"):
        array[0:1]  # what is no row compares all
