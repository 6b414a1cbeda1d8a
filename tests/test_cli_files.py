"""Verbs for files: convert, info, vocab."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from commands import rows

import w2v
from w2v.files import formats

TARGETS = ["x.safetensors", "x.bin", "x.txt.gz", "x.vec", "x.glove", "x.npz", "vectors.tsv"]


@pytest.mark.parametrize("source", ["m.safetensors", "m.bin", "m.vec", "m.glove"])
@pytest.mark.parametrize("target", TARGETS)
def test_convert_keeps_words_and_numbers(run, source, target):
    status, out, err = run(f"convert {source} {target}")
    assert (status, out) == (0, "")
    assert err.startswith(f"wrote 598 vectors of 24 numbers to {target} (")
    words, vectors, _ = formats.read_vectors(target)
    expected = w2v.KeyedVectors.load("m.bin")
    assert words == expected.index_to_key
    np.testing.assert_array_equal(vectors, expected.vectors)
    assert run(f"convert {target} back.bin")[0] == 0
    assert Path("back.bin").read_bytes() == Path("m.bin").read_bytes()


@pytest.mark.parametrize("target", TARGETS)
def test_convert_refuses_damaged_files(run, fails, target):
    assert run(f"convert m.bin {target}")[0] == 0
    content = Path(target).read_bytes()
    Path("cut" + Path(target).suffix).write_bytes(content[: len(content) // 2])
    cut = "cut" + Path(target).suffix
    assert cut in fails(f"convert {cut} y.bin", 1)
    assert not Path("y.bin").exists()


def test_questions_to_part_of_a_file_and_in_another_encoding(run, fails):
    for verb in ("nn {} the", "sim {} the a", "odd {} the a of", "analogy {} the a of", "info {}"):
        assert run(f"{verb.format('m.vec')} --limit 50")[0] == 0
    assert "'king' is not in" in fails("nn m.vec king --limit 3", 1)
    assert json.loads(run("info m.bin --limit 7 --json")[1])["words"] == 7
    Path("latin.txt").write_bytes("2 2\ncaf\u00e9 1 2\nbar 3 4\n".encode("latin-1"))
    for verb in ("nn latin.txt bar", "info latin.txt"):
        assert "pass its --encoding, or --errors 'replace'" in fails(verb, 1)
        assert "caf\u00e9" in run(f"{verb} --encoding latin-1")[1]
        assert "caf\ufffd" in run(f"{verb} --errors replace")[1]


def test_questions_to_a_file_in_an_archive(run, fails):
    with zipfile.ZipFile("glove.zip", "w") as archive:
        archive.write("m.glove", "600w.24d.txt")
        archive.write("m.vec", "other.txt")
    assert "name one: glove.zip/600w.24d.txt" in fails("nn glove.zip king", 1)
    want = run("nn m.glove king")
    assert run("nn glove.zip/600w.24d.txt king") == want and want[0] == 0
    assert json.loads(run("info glove.zip/other.txt --json")[1])["format"] == "text"


def test_convert_says_what_it_leaves_behind(run):
    assert run("convert m.safetensors x.bin")[2].endswith(
        "\nleft behind: counts, output vectors, settings, history\n"
    )
    for target in ("x.npz", "vectors.tsv"):
        assert run(f"convert m.safetensors {target}")[2].endswith(
            "\nleft behind: output vectors, settings, history\n"
        )
    assert "left behind" not in run("convert m.safetensors x.safetensors")[2]
    assert Path("x.safetensors").read_bytes() == Path("m.safetensors").read_bytes()


def test_convert_flags(run, fails):
    status, out, _ = run("convert m.bin x --format text --limit 3 --json")
    assert status == 0
    assert json.loads(out) == {"output": "x", "format": "text", "words": 3, "vector_size": 24}
    Path("latin.txt").write_bytes("1 2\ncafé 1 2\n".encode("latin-1"))
    assert "--encoding" in fails("convert latin.txt x.bin", 1)
    assert run("convert latin.txt x.bin --encoding latin-1")[0] == 0
    assert w2v.KeyedVectors.load("x.bin").index_to_key == ["café"]
    # a file may be its own target
    assert run("convert m.bin m.bin --limit 2")[0] == 0
    assert len(w2v.KeyedVectors.load("m.bin")) == 2


def test_info(run):
    for name, form in (("m.safetensors", "model"), ("m.bin", "bin"), ("m.vec", "text")):
        status, out, err = run(["info", name])
        assert (status, err) == (0, "")
        facts = dict(rows(out))
        assert facts["format"] == form
        assert facts["words"] == "598"
        assert facts["vector_size"] == "24"
        assert facts["tokens"] == ("110270" if form == "model" else "-")
        assert facts["first_words"].startswith("the a of ")
        assert facts.get("settings.alpha") == ("0.05" if form == "model" else None)
    facts = json.loads(run("info m.safetensors --json")[1])
    assert facts["settings"]["epochs"] == len(facts["history"]) == 15


def test_info_about_the_installation(run):
    status, out, _ = run("info")
    facts = dict(rows(out))
    assert status == 0
    assert facts["w2v"] == w2v.__version__
    assert facts["instruction_set"] in facts["instruction_sets"].split()
    assert json.loads(run("info --json")[1])["instruction_set"] == facts["instruction_set"]


def test_vocab_tells_words_that_look_alike(run):
    Path("cafe").write_text("caf\u00e9 cafe\u0301\n" * 9, encoding="utf-8")
    assert "two spellings of Unicode" in run("vocab cafe")[2]
    assert "warning" not in run("vocab cafe --normalize NFC")[2]


def test_convert_writes_a_checksum_beside(run, fails):
    for name in ("c.bin", "c.vec", "c.tsv"):
        assert run(f"convert m.safetensors {name} --checksum")[0] == 0
        status, out, _ = run(f"check {name}")
        assert status == 0
        assert rows(out)[0][0] == name
        assert rows(out)[0][1].endswith(", 1 checksum")
    assert os.path.exists("c_metadata.tsv.sha256")
    with open("c.bin", "r+b") as file:
        file.seek(1000)
        file.write(b"\1\2\3")
    message = fails("nn c.bin king", 1)
    assert "c.bin is damaged: it does not match the checksum in c.bin.sha256" in message
    assert "holds checksums itself" in fails("convert m.bin c.safetensors --checksum", 2)
    assert not os.path.exists("c.safetensors")


def test_check_compares_everything(run):
    with open("t.tsv", "w") as file:
        file.write("+\tgood film\n-\tbad film\n" * 4)
    assert run("mlp train t.tsv -o t.safetensors --max-iter 1 --text --quiet")[0] == 0
    shutil.copy("m.safetensors", "c.safetensors")  # the other is a link to that of all tests
    names = ["c.safetensors", "t.safetensors", "m.bin", "m.vec"]
    status, out, err = run(["check", *names])
    found = rows(out)
    assert (status, err) == (0, "")
    assert [row[0] for row in found] == names
    assert [row[1].split(", ")[0] for row in found] == ["model", "network", "bin", "text"]
    assert found[0][1] == "model, 8 checksums"  # the header and seven tensors of a block each
    assert [row[1].split(", ")[1] for row in found[2:]] == ["no checksums"] * 2
    for name in names[:2]:
        with open(name, "r+b") as file:
            file.seek(-40, os.SEEK_END)
            file.write(b"w2v!")
    status, out, err = run(["check", *names, "--json"])
    found = [json.loads(line) for line in out.splitlines()]
    assert status == 1
    assert [row["result"] for row in found] == ["look", "look", "ok", "ok"]
    for name, row in zip(names[:2], found, strict=False):
        assert f"{name} is damaged" in row["advice"]


def test_a_model_is_loaded_on_demand(run):
    mapped, loaded = run("nn m.safetensors king"), run("nn m.safetensors king --no-mmap")
    assert mapped == loaded
    assert loaded[0] == 0
