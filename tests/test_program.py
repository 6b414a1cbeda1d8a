"""The command line as a program: streams, signals, terminals."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from commands import POSIX, program

import w2v
from w2v.files import formats


def test_help_comes_at_once(files):
    code = "import sys; from w2v.cli import main; main(sys.argv[1:]); print(*sys.modules)"
    for arguments in (["--help"], ["nn", "--help"], ["train", "--help"]):
        loaded = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
        )
        assert "numpy" not in loaded.stdout.splitlines()[-1].split()


@pytest.mark.parametrize("flag", [[], ["--json"]])
def test_a_letter_that_stdout_lacks(files, flag):
    formats.write_vectors(files / "k.bin", ["한국", "b"], [[1, 0], [1, 1]])
    for encoding in ("utf-8", "ascii"):
        with program(
            *("nn", "k.bin", "한국", *flag),
            cwd=files,
            env={"PYTHONIOENCODING": encoding, "PYTHONUTF8": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            out, err = process.communicate()
        assert (process.returncode, err) == (0, "")
        if flag:
            assert json.loads(out)["word"] == "한국"
        else:
            shown = "한국" if encoding == "utf-8" else "\\ud55c\\uad6d"
            assert out == f"{shown}\tb\t0.7071\n"


@POSIX
def test_a_reader_that_has_enough(files):
    with program(
        *("nn", "m.bin", "-n", "500"),
        cwd=files,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdin.write("king\n")
        process.stdin.flush()
        assert process.stdout.readline().startswith("king\t")
        process.stdout.close()
        process.stdin.write("king\n" * 50)
        process.stdin.close()
        assert process.stderr.read() == ""
        assert process.wait() == 0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk(files):
    with open("/dev/full", "w") as full:
        with program("vocab", "world.txt", cwd=files, stdout=full, stderr=subprocess.PIPE) as done:
            said = "w2v: error: standard output cannot be written: No space left on device\n"
            assert done.stderr.read() == said
    assert done.returncode == 1


@POSIX
def test_interrupted_training_is_saved(files, tmp_path):
    shutil.copy(files / "world.txt", tmp_path)
    with program(
        *("train", "world.txt", "-o", "x.safetensors", "--epochs", "100000"),
        cwd=tmp_path,
        stderr=subprocess.PIPE,
    ) as process:
        while not process.stderr.readline().startswith("epoch 2/"):
            assert process.poll() is None
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        err = process.stderr.read()
    assert process.returncode == 130
    assert time.monotonic() - started < 3
    assert err.endswith("\nw2v: interrupted; what was learnt is in x.safetensors\n"), err
    assert "Traceback" not in err
    assert len(w2v.Word2Vec.load(tmp_path / "x.safetensors").history) >= 2


@POSIX
def test_interrupted_before_training(tmp_path):
    (tmp_path / "x.bin").write_text("older")
    with program(
        *("train", "-", "-o", "x.bin"), cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr.readline() == "reading -\n"
        time.sleep(0.2)  # to where it waits for input
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == "\nw2v: interrupted; nothing was written\n"
    assert process.returncode == 130
    assert (tmp_path / "x.bin").read_text() == "older"


@POSIX
def test_a_terminal_is_prompted(files):
    import pty

    ours, theirs = pty.openpty()
    with program("nn", "m.bin", "-n", "1", cwd=files, stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        os.write(ours, b"king\nkinng\n\x04")
        shown = b""
        try:
            while chunk := os.read(ours, 1000):
                shown += chunk
        except OSError:  # Linux: the other side is closed
            pass
    os.close(ours)
    text = shown.decode().replace("\r\n", "\n")
    assert "word\tneighbour\tsimilarity\n" in text  # the columns, for a person
    assert text.count("nn> ") == 3
    assert "nn> king\t" in text
    assert "close spellings: 'king'" in text
