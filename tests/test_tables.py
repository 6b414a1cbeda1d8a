"""Tables and labelled texts from files."""

import gzip
import io
import json
import sys
import warnings
from dataclasses import asdict

import numpy as np
import pytest

from w2v.files import tables
from w2v.files.records import read_records


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
        ("a\n1\n", {}, "no column beside the target; commas, semicolons or tabs must part"),
        ("a|b\n1|2\n", {"header": True}, "semicolons or tabs must part the fields"),
        ("PK\0\0", {}, "is no text"),
        ("\n\n1,2\n1,z,3\n", {}, "line 4: 3 fields"),
        ("1," + "x" * 200_000, {}, "line 1: a target has 200,000 letters"),
        ("a,b\n1_0,x\n2,y\n", {"header": True}, "line 2, column 'a': '1_0' is no number"),
        ("a,b\n1,x\n٢,y\n", {"header": True}, "line 3, column 'a': '٢' is no number"),
        ('a,b,c\n"1,234.5",1,x\n"2,000.0",2,y\n', {}, "line 2, column 'a': '1,234.5' is no number"),
        ("a,b,c\n1,inf,x\n1,-inf,x\n", {}, "line 2, column 'b' is inf"),
        ("a,b,c\n1,NA,x\n1,2,x\n", {}, "column 'b': 'NA' is no number; fill such fields"),
        ("a,b,c\n,1,x\nNA,1,y\n", {"impute": "mean"}, "'a' is empty, as are all fields"),
        ('a,b\n1,"x\ny"\n2,"\n"\n', {}, "line 4: the target is empty"),
        ("a,b\n1,nan\n", {}, "line 2: the target is nan"),
        ('a,b\n1,x\n2,"y\n3,z\n', {}, "line 3: a quote is opened and never closed"),
        ('a,b\n1,x\n2,"y"z\n', {}, "line 3: ',' expected"),
        ("a,b\n1,x\n2,\0\n", {}, "line 3 is no text: it holds a NUL byte"),
        ("a,b\n1,x\n", {"regression": True}, "line 2: the targets must be numbers for a regr"),
        ("a,b,c\n1,2,x\n", {"ignore": ["c"]}, "ignore= names the target, column 'c'"),
        ("3,4,x\n", {"ignore": [-1]}, "ignore= names the target, column 2"),
        ("a,b\n1,x\n", {"impute": "mode"}, "impute must be one of 'median', 'mean'"),
        (
            "a,b\n1,x\n",
            {"encoding": "klingon"},
            "encoding must be one that Python knows, not 'klingon'",
        ),
    ],
)
def test_what_is_no_table_is_named(tmp_path, content, options, message):
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises((ValueError, LookupError), match=message):
        tables.read_table(tmp_path / "t.csv", **options)


@pytest.mark.parametrize(
    "labels", ["1_0 10", "007 7", "1e1 10", "01 1", "1.0 1", "+1 1", "-0 0", "١ 1", "1_0 x", "NA x"]
)
def test_labels_stay_as_they_are_written(tmp_path, labels):
    first, second = labels.split()
    (tmp_path / "t.csv").write_text(f"x,code\n1,{first}\n2,{second}\n", encoding="utf-8")
    assert tables.read_table(tmp_path / "t.csv").y.tolist() == [first, second]


def test_labels_that_are_whole_numbers_are_numbers(tmp_path):
    (tmp_path / "t.csv").write_text('x,n\n1,-3\n2,"0"\n3, 12 \n')
    assert tables.read_table(tmp_path / "t.csv").y.tolist() == [-3, 0, 12]
    (tmp_path / "t.csv").write_text(f"x,n\n1,{10**20}\n2,{10**20 + 1}\n")
    assert tables.read_table(tmp_path / "t.csv").y.tolist() == [str(10**20), str(10**20 + 1)]


HEADERS = [
    # first line, a line below, whether the first is a header, whether that is said
    ("a,b,class", "1,2,x", True, False),
    ("0,1,label", ".5,1,0", True, True),
    ("0,1,2", "5,1,7", True, True),
    (",0,1,2", "0,5,1,7", True, True),
    ("0,1", "1,2.7", False, False),
    ("5.1,3.5,setosa", "4.9,3.0,virginica", False, False),
    ("5.1,NA,setosa", "4.9,3.0,virginica", False, False),
    ("1,2,3", "4,5,6", False, False),
    ("2019,2020,label", "1,2,0", True, True),
    ("0,1,label", ".5,1,x", True, True),
    ("1,2,label", ".5,1,x", True, True),
    ("0,1,x", "5,1,x", False, False),
    ("1,2,3", ".5,1,2", False, False),
    ("2019,2020,label", "1,2,x\n3,4,y\n5,6,x\n7,8,y", True, True),
    ("2019,2020,2021", "5,1,1", True, True),
    ("2010,2015,2020", "1,2,0\n3,4,1\n5,6,0\n7,8,1", False, True),
    ("10,20,label", "1,2,x\n3,4,y\n5,6,x\n7,8,y", False, True),
    ("2019,2025,2021", "5,1,1", False, False),
    ("2019,2020,label", "1,2,x\n3,4,y\n5,6,x\n7,8,label", False, False),
    ("p,x,s", "p,x,n", False, True),
    ("x,y", "1,y", True, False),
    ("text,label", "good,+", True, True),
    ("x;y", "1,5;2,5", True, False),
    ("1,5;2,5", "2,5;3,5", False, False),
]


@pytest.mark.parametrize(("first", "below", "header", "said"), HEADERS)
def test_a_header_is_told_by_a_rule(tmp_path, first, below, header, said):
    path = tmp_path / "t.csv"
    path.write_text(f"{first}\n{below}\n")
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        records = read_records(path)
    assert (records.names is not None) == header
    assert len(found) == said
    if said:
        assert "line 1 is taken for" in str(found[0].message)
    assert read_records(path, header=not header).names != records.names


def test_an_integer_header_is_a_header(tmp_path):
    (tmp_path / "t.csv").write_text("0,1,label\n.5,1,0\n.7,2,1\n.1,4,0\n")
    with pytest.warns(UserWarning, match="'label' stands above numbers; otherwise pass header=Fal"):
        table = tables.read_table(tmp_path / "t.csv")
    assert (table.columns, table.target, table.y.tolist()) == (["0", "1"], "label", [0, 1, 0])


@pytest.mark.parametrize(
    "text",
    [
        "a,label,\n1,x,\n2,y,\n",
        "a,label\n1,x,\n2,y,\n",
        "a,label,,\n1,x\n2,y,,\n",
        "1,x,\n2,y,\n",
        "a,label\n1,x\n2,y\n,\n",
        "\ufeffa,label\r\n1,x\r\n2,y\r\n",
        'a, "label"\n 1 , "x"\n2, "y"\n',
        "a\tlabel\n1\tx\n2\ty\n",
        "a;label\n1;x\n2;y\n",
    ],
)
def test_what_surrounds_fields_does_not_matter(tmp_path, text):
    (tmp_path / "t.csv").write_bytes(text.encode())
    table = tables.read_table(tmp_path / "t.csv")
    assert (table.X.tolist(), table.y.tolist()) == ([[1], [2]], ["x", "y"])
    assert table.target in (None, "label")


def test_a_column_without_a_name_is_left_out_and_said(tmp_path):
    (tmp_path / "t.csv").write_text(",a,label\n0,1,x\n1,2,y\n")
    with pytest.warns(UserWarning, match="column 0 has no name and is left out"):
        table = tables.read_table(tmp_path / "t.csv")
    assert table.columns == ["a"]


def test_a_column_that_counts_the_rows_is_told(tmp_path):
    lines = [f"{i},{i % 3},x\n" for i in range(1, 15)]
    (tmp_path / "t.csv").write_text("id,a,label\n" + "".join(lines))
    with pytest.warns(UserWarning, match="column 'id' counts the rows; .* ignore='id'"):
        tables.read_table(tmp_path / "t.csv")
    assert tables.read_table(tmp_path / "t.csv", ignore=["id"]).columns == ["a"]


def test_a_decimal_comma_is_read_where_no_comma_separates(tmp_path):
    (tmp_path / "t.csv").write_text("a;b;y\n1,5;2;0,5\n2,5;3;1,5\n")
    table = tables.read_table(tmp_path / "t.csv")
    assert table.X.tolist() == [[1.5, 2], [2.5, 3]] and table.y.tolist() == [0.5, 1.5]
    assert "column 'a': a comma is the decimal point" in table.notes
    (tmp_path / "t.csv").write_text("a;y\n1,5;x\n;y\n2,5;x\n")
    table = tables.read_table(tmp_path / "t.csv", impute="median")
    told = "column 'a': a comma is the decimal point, 1 missing, filled with the median 2"
    assert table.notes == [told]


@pytest.mark.parametrize("text", ["1,234", "1'234", "$5", "5 €", "20%", "-1,0", "1 000"])
def test_what_looks_like_a_number_is_no_category(tmp_path, text):
    (tmp_path / "t.csv").write_text(f'a,b,y\n"{text}",1,u\n"{text}",2,v\n', encoding="utf-8")
    with pytest.raises(ValueError, match="line 2, column 'a': .* is no number; leave"):
        tables.read_table(tmp_path / "t.csv")
    assert tables.read_table(tmp_path / "t.csv", categories=["a"]).columns == [f"a={text}", "b"]


def test_all_columns_with_faults_are_named_at_once(tmp_path):
    (tmp_path / "t.csv").write_text("a,b,c,d,y\n1,2,,x,u\nx,3,4,5,v\n")
    message = "line 3, column 'a': 'x' is no number.*; other columns have faults, too: 'c', 'd'"
    with pytest.raises(ValueError, match=message):
        tables.read_table(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("values", "regression"),
    [
        (range(214), True),
        ([i % 21 for i in range(209)], True),
        ([i % 21 for i in range(210)], False),
        ([i % 20 for i in range(40)], False),
        ([f"{i}.0" for i in range(214)], True),
        ([f"00{i}" for i in range(214)], False),
        ([0.5, 1, 2], True),
    ],
)
def test_many_whole_numbers_are_a_regression(tmp_path, values, regression):
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{v}1,{v}\n" for v in values))
    table = tables.read_table(tmp_path / "t.csv", ignore=[])
    assert table.regression == regression == any("regression" in note for note in table.notes)
    if regression:
        assert table.y.dtype == float
    table = tables.read_table(tmp_path / "t.csv", regression=False)
    assert table.y.dtype.kind in "iU" and not table.regression
    assert tables.read_table(tmp_path / "t.csv", regression=True).y.dtype == float


PEOPLE = """Id,Age,Sex,Port,Class,Survived
1,22,male,S,3,0
2,,female,C,1,1
3,NA,female,,3,1
4,30,male,S,2,0
"""


def test_missing_numbers_and_categories_have_a_recipe(tmp_path):
    (tmp_path / "t.csv").write_text(PEOPLE)
    with pytest.raises(ValueError, match=r"line 3, column 'Age' is empty; .* impute=median"):
        tables.read_table(tmp_path / "t.csv", ignore=["Id"])
    how = {"ignore": ["Id"], "impute": "mean", "categories": ["Class"]}
    table = tables.read_table(tmp_path / "t.csv", **how)
    assert table.columns == [
        *("Age", "Sex=female", "Sex=male", "Port=", "Port=C", "Port=S"),
        *("Class=1", "Class=2", "Class=3"),
    ]
    assert table.X[2].tolist() == [26, 1, 0, 1, 0, 0, 0, 0, 1]
    assert table.y.tolist() == [0, 1, 1, 0]
    assert "column 'Age': 2 missing, filled with the mean 26" in table.notes
    assert any(note.startswith("column 'Sex': 2 categories") for note in table.notes)
    # new rows: other order, no target, an unknown category, a missing number
    (tmp_path / "n.csv").write_text("Class,Sex,Age,Port\n2,male,?,Q\n\n3,female,40,S\n")
    recipe = tables.Recipe.of(json.loads(json.dumps(asdict(table.recipe))))
    assert recipe == table.recipe
    with pytest.raises(TypeError, match="the target of a recipe"):
        tables.Recipe.of(asdict(recipe) | {"target": ["Class"]})
    with pytest.warns(
        UserWarning, match=r"category of column 'Port' that was not learnt: 1 \('Q'\)"
    ):
        new = tables.read_table(tmp_path / "n.csv", columns=recipe, target=None)
    assert new.X.tolist() == [[26, 0, 1, 0, 0, 0, 0, 1, 0], [40, 1, 0, 0, 0, 1, 0, 0, 1]]
    assert new.filled == [True, False, True]
    (tmp_path / "n.csv").write_text("Class,Sex,Age\n2,male,?\n")
    with pytest.raises(ValueError, match="has no column 'Port'"):
        tables.read_table(tmp_path / "n.csv", columns=recipe, target=None)


def test_a_recipe_without_names_goes_by_places(tmp_path):
    (tmp_path / "t.csv").write_text("a,1.5,9,x\nb,2.5,9,y\na,1,9,x\n")
    table = tables.read_table(tmp_path / "t.csv", target=0, ignore=[2])
    assert table.columns is None and table.y.tolist() == ["a", "b", "a"]
    (tmp_path / "n.csv").write_text("2.5,8,y\n3.5,8,x\n")
    for name, expected in (("t", table.X.tolist()), ("n", [[2.5, 0, 1], [3.5, 1, 0]])):
        found = tables.read_table(tmp_path / f"{name}.csv", columns=table.recipe, target=None)
        assert found.X.tolist() == expected
    (tmp_path / "n.csv").write_text("2.5,8\n")
    with pytest.raises(ValueError, match="has 2 columns; the network was trained on 4"):
        tables.read_table(tmp_path / "n.csv", columns=table.recipe, target=None)


def test_texts_are_no_categories(tmp_path):
    lines = "".join(f"name {i},{i % 2}\n" for i in range(50))
    (tmp_path / "t.csv").write_text("name,y\n" + lines)
    message = "50 different texts in 50 rows are hardly categories; .* ignore='name'"
    with pytest.raises(ValueError, match=message):
        tables.read_table(tmp_path / "t.csv")
    assert tables.read_table(tmp_path / "t.csv", categories=["name"]).X.shape == (50, 50)

    (tmp_path / "t.csv").write_text("y,name\n" + "".join(f"{i % 2},name {i}\n" for i in range(50)))
    with pytest.raises(ValueError, match="'name': 50 different texts on 50 rows are no classes"):
        tables.read_table(tmp_path / "t.csv")


def test_every_format_holds_the_same_table(tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    frame = pandas.read_csv(io.StringIO(PEOPLE))
    frame.insert(0, "Even", frame["Id"] % 2 == 0)
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_csv(tmp_path / "t.tsv", index=False, sep="\t")
    frame.to_json(tmp_path / "t.jsonl", orient="records", lines=True)
    frame.to_parquet(tmp_path / "t.parquet")
    how = {"ignore": ["Id"], "impute": "median"}
    table = tables.read_table(tmp_path / "t.csv", **how)
    for suffix in ("tsv", "jsonl", "parquet"):
        other = tables.read_table(tmp_path / f"t.{suffix}", **how)
        assert other.columns == table.columns and other.recipe == table.recipe
        assert other.X.tolist() == table.X.tolist() and other.y.tolist() == table.y.tolist()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"a": 1}\n{"a": \n', "line 2 is no JSON"),
        ('[{"a": 1}]\n', "line 1 is no JSON object"),
        ("\n", "is empty"),
    ],
)
def test_damaged_json_lines_are_named(tmp_path, content, message):
    (tmp_path / "t.jsonl").write_text(content)
    with pytest.raises(ValueError, match=message):
        tables.read_table(tmp_path / "t.jsonl")


def test_json_keeps_what_is_written_and_what_is_missing(tmp_path):
    lines = [
        '{"a": 1e1, "y": "01"}',
        '{"y": "1", "b": null, "a": 2}',
        '{"a": 3, "y": "01", "b": 5}',
    ]
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    table = tables.read_table(tmp_path / "t.jsonl", target="y", impute="median")
    assert table.X.tolist() == [[10, 5], [2, 5], [3, 5]] and table.y.tolist() == ["01", "1", "01"]


def test_damaged_parquet_is_named(tmp_path):
    pytest.importorskip("pyarrow")
    (tmp_path / "t.parquet").write_bytes(b"PAR1 broken")
    with pytest.raises(ValueError, match=r"t\.parquet cannot be read"):
        tables.read_table(tmp_path / "t.parquet")


def test_parquet_without_pyarrow_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "t.parquet").write_bytes(b"PAR1")
    with pytest.raises(ImportError, match=r"pip install 'w2v\[arrow\]'"):
        tables.read_table(tmp_path / "t.parquet")


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
    with pytest.raises(ValueError, match=r"its zip data are damaged") as error:
        tables.read_table(path)
    assert "pickle" not in str(error.value)  # NumPy would advise to unpickle it


def test_tables_may_be_compressed_and_are_utf8(tmp_path):
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress("\ufeffa,b\n1,é\n".encode()))
    assert tables.is_table(tmp_path / "t.csv.gz") and not tables.is_table(tmp_path / "t.gz")
    table = tables.read_table(tmp_path / "t.csv.gz")
    assert (table.columns, table.y.tolist()) == (["a"], ["é"])
    (tmp_path / "t.csv").write_bytes(b"a,b\n1,\xe9\n")
    with pytest.raises(ValueError, match=r"t\.csv, line 2: not utf-8 text .*; pass encoding="):
        tables.read_table(tmp_path / "t.csv")
    assert tables.read_table(tmp_path / "t.csv", encoding="latin-1").y.tolist() == ["é"]
    (tmp_path / "t.csv").write_bytes("a,b\n1,é\n".encode("utf-16"))
    assert tables.read_table(tmp_path / "t.csv", encoding="utf-16").y.tolist() == ["é"]
