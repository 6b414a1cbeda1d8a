"""What is read: files in archives, and files that are open already."""

import bz2
import gzip
import io
import zipfile

import numpy as np
import pytest
from vector_files import FORMATS, VECTORS, WORDS, assert_bits_equal, put

import w2v
from w2v import KeyedVectors
from w2v.files.formats import format_of, read_vectors, write_vectors

KV = KeyedVectors(WORDS, VECTORS, np.arange(6))
STREAMED = [format for format in FORMATS if format != "tsv"]


def archive(path, *members, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as file:
        for name, content in members:
            file.writestr(name, content)
    return path


@pytest.mark.parametrize("format", ["safetensors", "bin", "text", "glove", "npz"])
def test_an_archive_of_one_file_is_that_file(tmp_path, format):
    write_vectors(tmp_path / "plain", WORDS, VECTORS, format=format)
    content = (tmp_path / "plain").read_bytes()
    junk = [("__MACOSX/._v", b"x"), ("folder/.DS_Store", b"x"), ("folder/", b"")]
    for inside in (content, gzip.compress(content)):
        path = archive(tmp_path / "x.zip", *junk, ("folder/v", inside))
        with path.open("rb") as file:
            for source in (path, path / "folder" / "v", str(path), file):
                words, vectors, _ = read_vectors(source)
                assert words == WORDS
                assert_bits_equal(np.asarray(vectors), VECTORS)
        assert format_of(path) == format
        assert read_vectors(path, limit=2)[0] == WORDS[:2]


def test_a_file_in_an_archive_of_several_is_named(tmp_path):
    path = archive(tmp_path / "x.zip", ("50d.txt", "a 1 2\n"), ("100d.txt", "a 1 2 3\n"))
    with pytest.raises(ValueError, match=r"several files: 50d.txt, 100d.txt; name one: .*50d"):
        read_vectors(path)
    assert read_vectors(path / "100d.txt")[1].shape == (1, 3)
    with pytest.raises(FileNotFoundError, match=r"archive, which holds 50d.txt, 100d.txt.*x.zip"):
        read_vectors(path / "200d.txt")
    with pytest.raises((FileNotFoundError, NotADirectoryError)):
        read_vectors(put(tmp_path, b"a 1 2\n") / "50d.txt")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([], "archive without a file"),
        ([("model/data.pkl", b"x"), ("model/version", b"3")], "PyTorch file, a pickle"),
        ([("a.txt", b"")], "is empty"),
        ([("model", b"\x80\x04x")], "Python pickle"),
        ([("a.html", b"<!doctype html>")], "page of HTML"),
    ],
)
def test_other_archives_are_refused(tmp_path, members, message):
    with pytest.raises(ValueError, match=message):
        read_vectors(archive(tmp_path / "x.zip", *members))


def test_damaged_archives(tmp_path):
    text = b"".join(b"word%d 1.5 2.5\n" % i for i in range(30))
    path = archive(tmp_path / "x.zip", ("v.txt", text))
    content = path.read_bytes()
    for cut in range(len(content)):
        with pytest.raises(ValueError, match=r"x\.zip"):
            read_vectors(put(tmp_path, content[:cut], "x.zip"))
    for place in range(len(content)):
        wrong = bytearray(content)
        wrong[place] ^= 0x55
        try:
            words = read_vectors(put(tmp_path, bytes(wrong), "x.zip"))[0]
        except ValueError as error:
            assert "x.zip" in str(error)
        else:  # a time, a version: nothing that counts
            assert len(words) == 30
    encrypted = bytearray(content)
    encrypted[6] |= 1
    encrypted[content.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ValueError, match="encrypted; unpack it"):
        read_vectors(put(tmp_path, bytes(encrypted), "x.zip"))


@pytest.mark.parametrize("format", STREAMED)
@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress])
def test_open_files_of_bytes(tmp_path, format, compress):
    stream = io.BytesIO()
    KV.save(stream, format=format)
    content = stream.getvalue()
    write_vectors(tmp_path / "x", WORDS, VECTORS, np.arange(6), format=format)
    assert content == (tmp_path / "x").read_bytes() or format == "npz"
    path = put(tmp_path, b"before" + compress(content))
    with path.open("rb") as file:
        file.seek(6)
        found = KeyedVectors.load(file)
        with pytest.raises(ValueError, match="file is empty"):
            KeyedVectors.load(file)  # it is at its end
    assert found.index_to_key == WORDS
    assert_bits_equal(found.vectors, VECTORS)
    for cut in range(0, len(content), 7):
        try:
            read_vectors(io.BytesIO(content[:cut]))
        except ValueError as error:
            assert str(error).startswith("the BytesIO")
        else:
            assert format == "glove"


@pytest.mark.parametrize("format", ["text", "glove"])
def test_open_files_of_text(tmp_path, format):
    with (tmp_path / "x").open("w+", encoding="utf-16") as file, io.StringIO() as memory:
        for stream in (file, memory):
            KV.save(stream, format=format)
            stream.seek(0)
            found = KeyedVectors.load(stream, encoding="latin-1")  # it is decoded already
            assert found.index_to_key == WORDS
            assert_bits_equal(found.vectors, VECTORS)
            with pytest.raises(TypeError, match=r"open for text; .* needs mode 'wb'"):
                KV.save(stream, format="bin")


def test_models_in_open_files(tmp_path):
    model = w2v.train([["a", "b"]] * 20, vector_size=3, min_count=1, sample=0, verbose=False)
    stream = io.BytesIO()
    model.save(stream)
    model.save(tmp_path / "m.safetensors")
    assert stream.getvalue() == (tmp_path / "m.safetensors").read_bytes()
    for packed in (stream.getvalue(), gzip.compress(stream.getvalue())):
        again = w2v.Word2Vec.load(io.BytesIO(packed))
        assert again.W_out.tolist() == model.W_out.tolist() and again.history == model.history
    with pytest.raises(ValueError, match="the BytesIO holds vectors only"):
        w2v.Word2Vec.load(io.BytesIO(b"a 1 2\n"))
    with pytest.raises(TypeError, match="needs mode 'wb'"):
        model.save(io.StringIO())
    for name in ("m.bin.gz", "m.npz", "m.tsv", "m.safetensors.gz"):
        with pytest.raises(ValueError, match=name):
            model.save(tmp_path / name)


def test_an_open_file_says_its_format_by_its_name_or_format(tmp_path):
    with (tmp_path / "x.glove").open("wb") as file:
        KV.save(file)
    assert format_of(tmp_path / "x.glove") == "glove"
    with pytest.raises(ValueError, match="the BytesIO: pass format=, one of bin, glove"):
        KV.save(io.BytesIO())
    with pytest.raises(TypeError, match="two files: give the path of the first"):
        KV.save(io.BytesIO(), format="tsv")
    with pytest.raises(ValueError, match="words beside it"):
        KeyedVectors.load(io.BytesIO(b"0.5\t1.5\n"))
    for wrong in (3, None, ["a"]):
        with pytest.raises(TypeError):
            KeyedVectors.load(wrong)


@pytest.mark.parametrize("format", ["bin", "text", "glove"])
@pytest.mark.parametrize("packed", ["gzip", "zip"])
def test_only_the_first_rows_are_unpacked(tmp_path, monkeypatch, format, packed):
    monkeypatch.setattr("w2v.files.formats.HEAD_BYTES", 2000)
    monkeypatch.setattr("w2v.files.recognise.HEAD_BYTES", 2000)
    monkeypatch.setattr("w2v.files.word2vec_files.HEAD_BYTES", 2000)
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(3000)]
    words[60] = "x" * 9000  # rows before and after it need another guess
    vectors = rng.standard_normal((3000, 4)).astype(np.float32)
    write_vectors(tmp_path / "plain", words, vectors, format=format)
    content = (tmp_path / "plain").read_bytes()
    if packed == "gzip":  # what follows is damaged, and nobody looks
        content = gzip.compress(content)
        path = put(tmp_path, content[:-20], "x.gz")
    else:
        path = archive(tmp_path / "x.zip", ("v", content))
    for limit in (1, 50, 60, 500):
        found, read, _ = read_vectors(path, limit=limit)
        assert found == words[:limit]
        assert_bits_equal(np.asarray(read), vectors[:limit])
    if packed == "gzip":
        with pytest.raises(ValueError, match="damaged or cut off"):
            read_vectors(path)
        path = put(tmp_path, content, "x.gz")
    for limit in (61, 62, 2999, 3000, 3001):
        found, read, _ = read_vectors(path, limit=limit)
        assert found == words[:limit]
        assert_bits_equal(np.asarray(read), vectors[:limit])
