"""The command line on disks that fail: by a library that is loaded before, and a full tmpfs."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import w2v
from w2v.demos import world

HERE = Path(__file__).parent
ROOT = str(Path(w2v.__file__).parents[1])
# a line of the command line, what it writes
SAVES = {
    "model": ("train w.txt -o out.safetensors --epochs 1 --vector-size 40", "out.safetensors"),
    "bin": ("convert m.safetensors out.bin --checksum", "out.bin"),
    "gzip": ("convert m.safetensors out.vec.gz", "out.vec.gz"),
    "npz": ("convert m.safetensors out.npz", "out.npz"),
    "tsv": ("convert m.safetensors out.tsv", "out.tsv"),
    "counts": ("vocab w.txt -o out.txt", "out.txt"),
    "network": ("mlp train t.tsv --text -o out.safetensors --max-iter 1", "out.safetensors"),
    "page": ("explore m.safetensors -o out.html", "out.html"),
}
CALLS = ("write", "fsync", "close", "rename")


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("needs Linux and a C compiler")
    library = tmp_path_factory.mktemp("shim") / "faults.so"
    source = str(HERE / "faults.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return str(library)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    text = "\n".join(" ".join(sentence) for sentence in list(world.sentences())[:3000])
    (folder / "w.txt").write_text(text)
    (folder / "t.tsv").write_text("+\tgood film\n-\tbad film\n" * 9)
    call(folder, "train w.txt -o m.safetensors --epochs 1 --vector-size 40")
    return folder


def call(folder, line, **environment):
    path = {"PYTHONPATH": ROOT, "PYTHONWARNINGS": "ignore"}
    return subprocess.run(
        [sys.executable, "-m", "w2v", *line.split()],
        cwd=folder,
        env=os.environ | path | environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("name", SAVES)
def test_no_fault_is_passed_over(shim, files, tmp_path, name):
    line, out = SAVES[name]
    for file in files.iterdir():
        os.link(file, tmp_path / file.name)
    assert call(tmp_path, line).returncode == 0
    there = set(os.listdir(tmp_path))
    new = (tmp_path / out).read_bytes()
    old = new[:-1] + bytes([new[-1] ^ 1])
    faults = 0
    for what in CALLS:
        for at in range(1, 9):
            (tmp_path / out).write_bytes(old)
            for beside in tmp_path.glob("out*.sha256"):
                beside.unlink()
            number = (errno.EIO, errno.ENOSPC)[at % 2]
            found = call(
                tmp_path,
                line,
                LD_PRELOAD=shim,
                W2V_FAULT=what,
                W2V_FAULT_AT=str(at),
                W2V_FAULT_ERRNO=str(number),
            )
            content = (tmp_path / out).read_bytes()
            if "FAULT" not in found.stderr:
                assert found.returncode == 0
                break
            faults += 1
            if found.returncode == 0:  # the lock of a file that is whole, closed last
                assert what == "close"
                assert len(content) == len(new) and content[-1:] == new[-1:]
                continue
            assert found.returncode == 1, (what, at, found.stderr)
            assert os.strerror(number) in found.stderr, (what, at, found.stderr)
            assert "Traceback" not in found.stderr
            assert content == old or content[-1:] == new[-1:]
            rescued = {n for n in os.listdir(tmp_path) if "rescued" in n}
            assert set(os.listdir(tmp_path)) - rescued <= there
            for extra in rescued:
                (tmp_path / extra).unlink()
    print(f"\n{name}: {faults} faults, each said")
    assert faults >= 4


@pytest.fixture
def full(tmp_path):
    """Mount a disk of 64 kB in memory."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs root")
    folder = tmp_path / "full"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("may not mount a tmpfs here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("name", SAVES)
def test_a_full_disk(files, full, name):
    line, out = SAVES[name]
    for file in files.iterdir():
        line = line.replace(f" {file.name}", f" {file}")
    (full / "filler").write_bytes(bytes(52_000))
    (full / out).write_bytes(b"old")
    # some of what is written has room
    found = call(full, line.replace(out, str(full / out)), TMPDIR=str(full))
    if found.returncode == 0:
        assert (full / out).stat().st_size > 100
        assert name in ("network", "counts")
    else:
        assert "No space left on device" in found.stderr, found.stderr
        assert (full / out).read_bytes() == b"old"
        assert sorted(os.listdir(full)) == sorted(["filler", out])
