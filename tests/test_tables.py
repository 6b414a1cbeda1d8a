"""Tables and labelled texts from files."""

import gzip

import numpy as np
import pytest

from w2v.files import tables


def test_labelled_texts_of_both_kinds_are_read(tmp_path):
    (tmp_path / "a").write_bytes("\ufeff+\tnot bad\r\n\n-\tgar nicht schön\n".encode())
    assert tables.read_labelled(tmp_path / "a") == (["+", "-"], ["not bad", "gar nicht schön"])
    (tmp_path / "b").write_text("__label__pos very good\n__label__neg bad\n")
    assert tables.read_labelled(tmp_path / "b") == (["pos", "neg"], ["very good", "bad"])
    (tmp_path / "c").write_text("very good\nbad\n")
    assert tables.read_labelled(tmp_path / "c", labels=None) == (None, ["very good", "bad"])
    assert tables.read_labelled(tmp_path / "a", labels=None)[0] == ["+", "-"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"+\tgood\nbad\n", "line 2 is no label and text"),
        (b"+\tgood\n-\t\n", "line 2 is no label and text"),
        (b"+\tgood\n\tbad\n", "line 2 is no label and text"),
        (b"__label__a good\nb\tbad\n", "line 2 does not begin with __label__"),
        (b"+\tgood\n-\tb\xff\n", "line 2: not utf-8 text"),
    ],
)
def test_what_is_no_labelled_text_is_named(tmp_path, content, message):
    (tmp_path / "t").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        tables.read_labelled(tmp_path / "t")


@pytest.mark.parametrize(
    ("name", "content", "options", "X", "y"),
    [
        ("t.csv", "a,b,c\n1,2,x\n\n3,4,y\n", {}, [[1, 2], [3, 4]], ["x", "y"]),
        ("t.csv", "1,2,0\n3,4,1\n", {}, [[1, 2], [3, 4]], [0, 1]),
        ("t.csv", "1;2;0.5\n3;4;1\n", {}, [[1, 2], [3, 4]], [0.5, 1]),
        ("t.tsv", "a\tb\n1,5\tx\n".replace(",", "."), {}, [[1.5]], ["x"]),
        ("t.csv", '"a","b"\n"1","x, y"\n', {}, [[1]], ["x, y"]),
        ("t.csv", "a,b,c\n1,2,3\n", {"target": "b"}, [[1, 3]], [2]),
        ("t.csv", "1,2,3\n", {"target": 0}, [[2, 3]], [1]),
        ("t.csv", "a,b,c\n1,x,3\n", {"ignore": ["b"]}, [[1]], [3]),
        ("t.csv", "a,b,c\n1,2,3\n", {"columns": ["b", "a"], "target": None}, [[2, 1]], None),
        ("t.csv", "1,2\n", {"columns": 2}, [[1, 2]], None),
        ("t.csv", "1,2,3\n", {"columns": 2}, [[1, 2]], [3]),
        ("t.csv", "1,2\n3,4\n", {"header": True}, [[3]], [4]),
        ("t.csv", '1,"x\n\ny"\n2,z\n', {}, [[1], [2]], ["x\n\ny", "z"]),
        ("t.csv", "\n \n1,2\n", {}, [[1]], [2]),
    ],
)
def test_tables_are_read(tmp_path, name, content, options, X, y):
    (tmp_path / name).write_text(content)
    table = tables.read_table(tmp_path / name, **options)
    assert table.X.tolist() == X
    assert (None if table.y is None else table.y.tolist()) == y


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("", {}, "t.csv is empty"),
        ("a,b\n", {}, "has no line of numbers"),
        ("a,b,c\n1,,x\n", {}, "line 2, column 'b' is empty"),
        ("a,b,c\n1,2,x\n1,red,x\n", {}, "line 3, column 'b': 'red' is no number"),
        ("a,b,c\n1,nan,x\n", {}, "line 2, column 'b' is nan"),
        ("1,2,x\n1,-inf,x\n", {}, "line 2, column 1 is -inf"),
        ("a,b,c\n1,2,x\n1,2\n", {}, "line 3: 2 fields, the first has 3"),
        ("a,b,c\n1,2,x,3\n", {}, "line 2: 4 fields, the first has 3"),
        ("a,b,c\n1,2,\n", {}, "line 2: the target is empty"),
        ("a,b,c\n1,2,inf\n", {}, "a target is inf"),
        ("a,a,c\n1,2,3\n", {}, "two columns are named 'a'"),
        ("a,b,c\n1,2,3\n", {"target": "d"}, "no column 'd'; it has 'a', 'b', 'c'"),
        ("1,2,3\n", {"target": "d"}, "no column 'd'; it has no header"),
        ("1,2,3\n", {"target": 3}, "3 columns, there is no column 3"),
        ("a,b\n1,2\n", {"columns": ["z"]}, "has no column 'z'"),
        ("1,2\n", {"columns": ["z"]}, "has no header; it must name 'z'"),
        ("1,2,3,4\n", {"columns": 2}, "has 3 features in a line, the network takes 2"),
        ("a\n1\n", {}, "no column beside the target"),
        ("PK\0\0", {}, "is no text"),
        ("\n\n1,2\n1,z,3\n", {}, "line 4: 3 fields"),
        ("1," + "x" * 200_000, {}, "line 1: field larger than"),
    ],
)
def test_what_is_no_table_is_named(tmp_path, content, options, message):
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(ValueError, match=message):
        tables.read_table(tmp_path / "t.csv", **options)


def test_npz_files_hold_x_and_y(tmp_path):
    path = tmp_path / "t.npz"
    np.savez(path, X=np.arange(12).reshape(3, 2, 2), y=["a", "b", "a"])
    table = tables.read_table(path)
    assert table.X.shape == (3, 4) and table.y.tolist() == ["a", "b", "a"]
    for arrays, message in (
        ({"Z": [1]}, "no array 'X'; it has 'Z'"),
        ({"X": [["a"]]}, "X must hold numbers"),
        ({"X": [[1.0], [np.nan]]}, "row 1 of X is not finite"),
        ({"X": [[1.0]], "y": [1, 2]}, r"y has shape \(2,\), X has 1 rows"),
        ({"X": 1.0}, "a row for each pattern"),
    ):
        np.savez(path, **arrays)
        with pytest.raises(ValueError, match=message):
            tables.read_table(path)
    path.write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(ValueError, match=r"cannot be read as \.npz"):
        tables.read_table(path)


def test_tables_may_be_compressed_and_are_utf8(tmp_path):
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress("\ufeffa,b\n1,é\n".encode()))
    assert tables.is_table(tmp_path / "t.csv.gz") and not tables.is_table(tmp_path / "t.gz")
    table = tables.read_table(tmp_path / "t.csv.gz")
    assert (table.columns, table.y.tolist()) == (["a"], ["é"])
    (tmp_path / "t.csv").write_bytes(b"a,b\n1,\xe9\n")
    with pytest.raises(ValueError, match=r"t\.csv, line 2: not utf-8 text"):
        tables.read_table(tmp_path / "t.csv")
