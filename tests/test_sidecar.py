"""Checksums beside files whose formats can hold none."""

import hashlib
import os
import shutil
import subprocess

import pytest

from w2v.files import formats
from w2v.files.sidecar import compare_sidecar, sidecar_of, write_sidecar
from w2v.files.storage import atomic_write

NAMES = ["x.bin", "two words.vec", "back\\slash.vec", "new\nline.vec", "é.vec"]


@pytest.mark.parametrize("name", NAMES)
def test_the_form_is_that_of_sha256sum(tmp_path, monkeypatch, name):
    path = tmp_path / name
    path.write_bytes(b"content")
    assert write_sidecar(path) == f"{path}.sha256"
    assert compare_sidecar(path)
    text = (tmp_path / f"{name}.sha256").read_text()
    assert text.lstrip("\\").startswith(hashlib.sha256(b"content").hexdigest() + "  ")
    program = shutil.which("sha256sum")
    if program is None:
        pytest.skip("needs sha256sum")
    monkeypatch.chdir(tmp_path)
    subprocess.run([program, "--check", "--strict", f"{name}.sha256"], check=True)
    made = subprocess.run([program, "--", name], capture_output=True, check=True).stdout
    assert made == (tmp_path / f"{name}.sha256").read_bytes()


def test_what_a_sidecar_may_be(tmp_path):
    path = tmp_path / "x.bin"
    path.write_bytes(b"content")
    right, wrong = hashlib.sha256(b"content").hexdigest(), "0" * 64
    assert not compare_sidecar(path)
    for good in (
        f"{right}\n",
        f"{right.upper()} *other.bin\r\n",
        f"# a remark\n{right}  x.bin\n",
        f"{wrong}  y.bin\n{right}  folder/x.bin\n",
    ):
        (tmp_path / "x.bin.sha256").write_text(good)
        assert compare_sidecar(path)
    for bad, message in [
        (f"{wrong}  x.bin\n", r"x.bin is damaged: .*in .*x\.bin\.sha256.*remove that one"),
        (f"{right}  y.bin\n{right}  z.bin\n", "x.bin.sha256 holds no checksum of"),
        ("", "holds no checksum"),
        (right[:-1], "holds no checksum"),
        ("\0" * 100, "holds no checksum"),
    ]:
        (tmp_path / "x.bin.sha256").write_text(bad)
        with pytest.raises(ValueError, match=message):
            compare_sidecar(path)


@pytest.mark.parametrize("form", ["bin", "text", "glove", "npz", "tsv"])
def test_loading_compares_and_saving_renews(tmp_path, form):
    path = tmp_path / f"x.{form}"
    formats.write_vectors(path, ["a", "b"], [[1, 2], [3, 4]], format=form)
    write_sidecar(path)
    assert formats.read_vectors(path)[0] == ["a", "b"]
    content = path.read_bytes()
    path.write_bytes(content.replace(b"3", b"5") + b" " * (form in ("bin", "npz")))
    for limit in (None, 1):
        with pytest.raises(ValueError, match=f"x.{form} is damaged: it does not match"):
            formats.read_vectors(path, limit=limit)
    formats.write_vectors(path, ["a"], [[5, 6]], format=form)
    assert compare_sidecar(path)
    assert formats.read_vectors(path)[1].tolist() == [[5, 6]]
    if form == "tsv":
        beside = tmp_path / "x_metadata.tsv"
        write_sidecar(beside)
        beside.write_text("b\n")
        with pytest.raises(ValueError, match="x_metadata.tsv is damaged"):
            formats.read_vectors(path)


def test_a_native_file_is_not_read_wholly_for_one(tmp_path):
    path = tmp_path / "x.safetensors"
    formats.write_vectors(path, ["a"], [[1, 2]])
    (tmp_path / "x.safetensors.sha256").write_text("0" * 64)
    assert formats.read_vectors(path)[0] == ["a"]


def test_a_failed_save_keeps_file_and_sidecar(tmp_path, monkeypatch):
    path = tmp_path / "x"
    path.write_bytes(b"old")
    write_sidecar(path)

    replace = os.replace

    def fail(source, target):
        if target == str(path):
            raise OSError(5, "Input/output error")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="x"), atomic_write(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"old"
    assert compare_sidecar(path)
    assert sorted(os.listdir(tmp_path)) == ["x", "x.sha256"]
    assert sidecar_of("x") == "x.sha256"
