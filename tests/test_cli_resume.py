"""``w2v train --checkpoint``, ``w2v resume``, and what signals do at the command line."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from commands import POSIX, SMALL, program

import w2v
from w2v.cli import train as cli_train
from w2v.files import formats
from w2v.training import checkpoint as checkpoints

TRAIN = ["train", "world.txt", "-o", "x.safetensors", "--checkpoint", "c", *SMALL[:2], "--epochs"]
SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


@pytest.fixture
def stop_early():
    """Interrupt a training after its first epoch, until what is returned is called."""

    def interrupt(model, record):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli_train, "_print_epoch", interrupt)
        yield patch.undo


def same(a, b):
    one, other = w2v.Word2Vec.load(a), w2v.Word2Vec.load(b)
    return np.array_equal(one.W_in, other.W_in) and np.array_equal(one.W_out, other.W_out)


def test_resume_writes_what_train_was_asked_for(run, stop_early):
    line = [*TRAIN, "3", "--save-vocab", "v.txt", "--validation", "0.1"]
    status, out, err = run(line)
    assert (status, out) == (130, "")
    assert err.endswith("\nw2v: interrupted; go on with it by `w2v resume c`\n")
    assert not Path("x.safetensors").exists() and not Path("v.txt").exists()
    assert "stopped in epoch 1 of 3: go on" in run(line)[2]  # it is not thrown away
    assert run("nn c king -n 1")[0] == 0  # it is a model
    stop_early()
    status, out, err = run("resume c --workers 1 --json")
    assert status == 0 and json.loads(out)["output"] == "x.safetensors"
    assert err.startswith("reading world.txt to go on with c\n")
    assert Path("v.txt").exists() and not Path("c").exists()
    assert run([*line[:3], "y.safetensors", *line[6:], "--quiet"])[0] == 0
    assert same("x.safetensors", "y.safetensors")
    assert w2v.Word2Vec.load("x.safetensors").history[-1]["val_loss"] > 0


def test_resume_from_another_folder(run, stop_early, tmp_path, monkeypatch):
    Path("text").write_text("one two three four\n" * 300)
    line = ["train", "world.txt", "-o", "x.bin", "--checkpoint", "c", *SMALL, "--validation"]
    assert run([*line, "text"])[0] == 130
    stop_early()
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / "away")
    assert run("resume ../c --quiet") == (0, "", "")
    assert formats.format_of(tmp_path / "x.bin") == "bin"


def test_resume_refuses_what_is_none(run, fails, stop_early):
    assert "m.safetensors is a model and no checkpoint" in fails("resume m.safetensors", 1)
    assert "nothing: No such file" in fails("resume nothing", 1)
    assert "m.bin holds vectors only" in fails("resume m.bin", 1)
    w2v.train([["a", "b"]] * 50, min_count=1, verbose=False, checkpoint="python")
    assert "was not written by `w2v train`" in fails("resume python", 1)
    assert run([*TRAIN, "3"])[0] == 130
    stop_early()
    with open("world.txt", "a") as file:
        file.write("one more line\n")
    assert "the corpus has changed since" in fails("resume c", 1)
    Path("world.txt").unlink()
    assert "world.txt: No such file" in fails("resume c", 1)


def test_a_checkpoint_has_a_file_of_its_own(fails):
    line = "train world.txt -o x.bin --checkpoint"
    assert "name the same file" in fails(f"{line} x.bin", 2)
    assert "would overwrite" in fails(f"{line} world.txt", 1)
    assert "there is no folder" in fails(f"{line} no/c", 1)
    assert "--every" in fails(f"{line} c --every 0", 2)


# --- signals -------------------------------------------------------------------------------------


def started(folder, *flags):
    """Start a training without end; return once it is under way."""
    shutil.copy(folder / "world.txt", ".")
    line = ["train", "world.txt", "-o", "x.safetensors", *SMALL[:2], "--epochs", "100000", *flags]
    process = program(*line, stderr=subprocess.PIPE)
    while not process.stderr.readline().startswith("epoch 2/"):
        assert process.poll() is None
    return process


@POSIX
@pytest.mark.parametrize(("number", "status"), SIGNALS)
@pytest.mark.parametrize("flags", [[], ["--checkpoint", "c"]], ids=["model", "checkpoint"])
def test_a_signal_in_training(files, tmp_path, monkeypatch, number, status, flags):
    monkeypatch.chdir(tmp_path)
    with started(files, *flags) as process:
        sent = time.monotonic()
        process.send_signal(number)
        err = process.stderr.read()
    assert time.monotonic() - sent < 4  # two seconds are promised; busy machines are forgiven
    assert process.returncode == status and "Traceback" not in err
    end = "go on with it by `w2v resume c`" if flags else "what was learnt is in x.safetensors"
    assert err.endswith(f"\nw2v: interrupted; {end}\n")
    written = "c" if flags else "x.safetensors"
    assert len(w2v.Word2Vec.load(written).history) >= 1
    left = {path.name for path in tmp_path.iterdir() if path.suffix != ".lock"}
    assert left == {"world.txt", written}


@POSIX
@pytest.mark.parametrize(("number", "status"), SIGNALS)
def test_a_signal_in_reading(tmp_path, number, status):
    line = ["train", "-", "-o", "x.bin", "--checkpoint", "c"]
    with program(*line, cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr.readline() == "reading -\n"
        process.stdin.write("one two three\n" * 10)
        process.stdin.flush()
        time.sleep(0.2)
        process.send_signal(number)
        assert process.stderr.read() == "\nw2v: interrupted; nothing was written\n"
    assert process.returncode == status
    assert not list(tmp_path.iterdir())


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("module", ["w2v.lazy", "argparse", "w2v.cli.common", "numpy", "w2v._core"])
def test_a_signal_while_it_starts(files, tmp_path, module, number):
    """It ends without a word, wherever the imports stand."""
    shutil.copy(files / "world.txt", tmp_path)
    told = {"PYTHONPROFILEIMPORTTIME": "1"}
    line = ["train", "world.txt", "-o", "x.bin", "--epochs", "100000", "--quiet"]
    with program(*line, cwd=tmp_path, stderr=subprocess.PIPE, env=told) as process:
        while process.stderr.readline().split()[-1] != module:
            assert process.poll() is None
        process.send_signal(number)
        err = process.stderr.read()
    assert process.returncode in (-number, 128 + number)
    said = [line for line in err.splitlines() if line and not line.startswith("import time:")]
    assert said in ([], ["w2v: interrupted; nothing was written"]), err


@pytest.mark.parametrize(("number", "status"), SIGNALS)
def test_a_signal_while_saving(run, monkeypatch, number, status):
    """The file is written to its end first."""
    save = w2v.Word2Vec.save

    def interrupted(self, path):
        signal.raise_signal(number)
        save(self, path)

    monkeypatch.setattr(w2v.Word2Vec, "save", interrupted)
    code, _, err = run(["train", "world.txt", "-o", "x.safetensors", *SMALL])
    assert code == status
    assert err.endswith("\nw2v: interrupted; what was learnt is in x.safetensors\n")
    assert len(w2v.Word2Vec.load("x.safetensors").history) == 2


def test_a_signal_while_a_checkpoint_is_written(run, monkeypatch):
    """It is written anew."""
    write, calls = checkpoints.Checkpoint.write, []

    def interrupted(self, *arguments):
        calls.append(arguments)
        if len(calls) == 2:
            signal.raise_signal(signal.SIGINT)
        write(self, *arguments)

    monkeypatch.setattr(checkpoints.Checkpoint, "write", interrupted)
    monkeypatch.setattr(checkpoints, "SPARED", 0)
    assert run([*TRAIN, "3", "--every", "1e-9"])[0] == 130
    places = [arguments[2] for arguments in calls[1:]]
    assert len(places) == 2 and places[0] == places[1]
    assert formats.read_model("c").notes["checkpoint"]["place"] == asdict(places[0])
    assert places[0].epoch or places[0].block


@POSIX
def test_the_second_signal_ends_at_once():
    code = (
        "import signal, time; from w2v.interrupts import SIGNALS, Guard, hold\n"
        "with Guard(*SIGNALS), hold():\n"
        "    signal.raise_signal(signal.SIGTERM); print('saving', flush=True)\n"
        "    signal.raise_signal(signal.SIGINT); print('never', flush=True)\n"
    )
    root = {"PYTHONPATH": str(Path(w2v.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", code], env=os.environ | root, capture_output=True)
    assert (done.returncode, done.stdout) == (-signal.SIGINT, b"saving\n")


@POSIX
@pytest.mark.slow
def test_killed_again_and_again(files, tmp_path, monkeypatch):
    """The bytes are those of a training that nobody kills, whatever the number of workers."""
    monkeypatch.chdir(tmp_path)
    Path("world.txt").write_bytes((files / "world.txt").read_bytes() * 2)
    settings = ["--vector-size", "20", "--epochs", "20", "--every", "0.01"]
    line = ["train", "world.txt", "-o", "x.safetensors", "--checkpoint", "c", *settings, "--quiet"]
    w2v.train("world.txt", vector_size=20, epochs=20, verbose=False, workers=1).save(
        "y.safetensors"
    )
    dice, kills = random.Random(1), 0
    while not Path("x.safetensors").exists():
        again = ["resume", "c", "--workers", str(1 + kills % 3), "--quiet"]
        with program(*(again if Path("c").exists() else line)) as process:
            if kills < 5:
                wait_for_checkpoints(process, 1 + dice.randrange(3))
                process.kill()
                kills += 1
        assert process.returncode in (0, -signal.SIGKILL)
    assert same("x.safetensors", "y.safetensors")
    assert not Path("c").exists()


def wait_for_checkpoints(process, n):
    """Wait until a process has written so many, or has ended."""
    seen, written = None, 0
    while process.poll() is None and written <= n:
        if Path("c").exists() and (now := Path("c").stat().st_mtime_ns) != seen:
            seen, written = now, written + 1
        time.sleep(0.001)
