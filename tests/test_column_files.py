"""A corpus from one column of tables in files."""

import gzip
import json

import pytest

import w2v
from w2v.files.column_files import column_of

arrow = pytest.importorskip("pyarrow", reason="needs pyarrow, the extra arrow")
parquet = pytest.importorskip("pyarrow.parquet")
feather = pytest.importorskip("pyarrow.feather")

TEXTS = ["a b, c", "", 'b "b"', "c a"] * 2500
PLAIN = {"a": 5000, "b,": 2500, "c": 5000, "b": 2500, '"b"': 2500}


def counts(corpus):
    return dict(zip(corpus.words(range(corpus.stats.types)), corpus.word_counts, strict=True))


@pytest.fixture
def folder(tmp_path):
    table = arrow.table({"id": list(range(len(TEXTS))), "text": TEXTS})
    parquet.write_table(table, tmp_path / "t.parquet", row_group_size=700)
    feather.write_feather(table, tmp_path / "t.feather")
    lines = [json.dumps({"id": i, "text": text}) for i, text in enumerate(TEXTS)]
    (tmp_path / "t.jsonl").write_text("\n".join(lines) + "\n")
    rows = [
        "id,text",
        *(f'{i},"{text.replace(chr(34), chr(34) * 2)}"' for i, text in enumerate(TEXTS)),
    ]
    with gzip.open(tmp_path / "t.csv.gz", "wt") as file:
        file.write("\n".join(rows) + "\n")
    return tmp_path


@pytest.mark.parametrize("name", ["t.parquet", "t.feather", "t.jsonl", "t.csv.gz"])
def test_a_column(folder, name):
    corpus = w2v.Corpus(folder / name, column="text")
    assert counts(corpus) == PLAIN
    assert corpus.stats.files == 1
    words = counts(w2v.Corpus(folder / name, column="text", tokenizer="words"))
    assert words == {"a": 5000, "b": 7500, "c": 5000}


def test_the_column_by_place_and_several_files(folder):
    paths = [folder / "t.parquet", folder / "t.csv.gz"]
    corpus = w2v.Corpus(paths, column="text")
    assert counts(corpus) == {word: 2 * n for word, n in PLAIN.items()}
    assert list(column_of(str(folder / "t.parquet"), "1")) == TEXTS


def test_lists_of_words_and_of_ids_and_missing_values(tmp_path):
    table = arrow.table({"words": [["x y", "z"], None, ["z"]], "ids": [[1, 2], [2], [7, 1]]})
    path = tmp_path / "t.parquet"
    parquet.write_table(table, path)
    corpus = w2v.Corpus(path, column="words")
    assert (counts(corpus), corpus.stats.missing) == ({"x y": 1, "z": 2}, 1)
    assert counts(w2v.Corpus(path, column="ids")) == {1: 2, 2: 2, 7: 1}


def test_elsewhere(folder):
    fsspec = pytest.importorskip("fsspec", reason="needs fsspec, the extra remote")
    system = fsspec.filesystem("memory")
    for name in ("t.parquet", "t.jsonl"):
        system.pipe(f"/tables/{name}", (folder / name).read_bytes())
        assert counts(w2v.Corpus(f"memory://tables/{name}", column="text")) == PLAIN
    system.rm("/tables", recursive=True)


def test_what_is_wrong_is_said(folder):
    (folder / "t.txt").write_text("a b\n")
    (folder / "bad.parquet").write_bytes(b"PAR1 and no more")
    for name in ("t.parquet", "t.feather", "t.jsonl", "t.csv.gz"):
        with pytest.raises(ValueError, match=rf"{name} has no column 'body'; it has 'id', 'text'"):
            w2v.Corpus(folder / name, column="body")
    with pytest.raises(ValueError, match=r"t\.txt has no columns"):
        w2v.Corpus(folder / "t.txt", column="text")
    with pytest.raises(ValueError, match=r"bad\.parquet, column 'text' cannot be read"):
        w2v.Corpus(folder / "bad.parquet", column="text")
    with pytest.raises(TypeError, match="column must be the name"):
        w2v.Corpus(folder / "t.jsonl", column=["text"])


def test_command_and_training(run, folder):
    status, _, err = run(f"vocab {folder}/t.parquet --column text -o counts.txt")
    assert status == 0, err
    assert w2v.formats.read_counts("counts.txt") == PLAIN
    model = w2v.train(
        folder / "t.jsonl", column="text", vector_size=4, epochs=1, sample=0, verbose=False
    )
    assert len(model.wv) == 5
