"""Texts with labels from files."""

import pytest

from w2v.files import tables
from w2v.files.labelled import read_labelled, read_text_table


def test_labelled_texts_of_both_kinds_are_read(tmp_path):
    (tmp_path / "a").write_bytes("\ufeff+\tnot bad\r\n\n-\tgar nicht schön\n".encode())
    assert read_labelled(tmp_path / "a") == (["+", "-"], ["not bad", "gar nicht schön"])
    (tmp_path / "b").write_text("__label__pos very good\n__label__neg bad\n")
    assert read_labelled(tmp_path / "b") == (["pos", "neg"], ["very good", "bad"])
    (tmp_path / "c").write_text("very good\nbad\n")
    assert read_labelled(tmp_path / "c", labels=None) == (None, ["very good", "bad"])
    assert read_labelled(tmp_path / "a", labels=None)[0] == ["+", "-"]


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
        read_labelled(tmp_path / "t")


def test_the_old_place_of_the_name_works():
    assert tables.read_labelled is read_labelled


def test_any_white_space_follows_a_mark(tmp_path):
    (tmp_path / "a").write_text("__label__pos\tgood film\n__label__neg   bad film\n")
    assert read_labelled(tmp_path / "a") == (["pos", "neg"], ["good film", "bad film"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("__label__a __label__b good\n", "line 1 has a second label, __label__b"),
        ("__label__a good\n__label__b film __label__c\n", "line 2 has a second label"),
        ("__label__ good\n", "line 1 is no label and text"),
        ("__label__\n", "line 1 is no label and text"),
        ("x" * 2000 + "\tpos\n", "line 1: a label of 2,000 letters"),
        ("+\tgood\n-\tb\0d\n", "line 2 is no text"),
    ],
)
def test_what_is_no_label_is_named(tmp_path, text, message):
    (tmp_path / "a").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_labelled(tmp_path / "a")


@pytest.mark.parametrize(
    ("first", "below", "header"),
    [
        ("label\ttext", "pos\tgood\nneg\tbad film", True),
        ("Category\tMessage", "ham\thello\nspam\tfree", True),
        ("étiquette\tphrase", "a\tune pomme\nb\tdeux poires", True),
        ("neutral\tfine", "pos\tgood\nneg\tbad film", False),
        ("pos\tgood", "pos\tvery good\nneg\tbad film", False),
        ("text\ta text", "text\tgood film\nneg\tbad film", False),
    ],
)
def test_a_header_is_no_class(tmp_path, first, below, header):
    (tmp_path / "a").write_text(f"{first}\n{below}\n")
    if header:
        with pytest.warns(UserWarning, match="line 1, .* is taken for the names"):
            labels, texts = read_labelled(tmp_path / "a")
    else:
        labels, texts = read_labelled(tmp_path / "a")
    assert len(labels) == len(texts) == 3 - header
    assert len(read_labelled(tmp_path / "a", header=False)[0]) == 3
    assert len(read_labelled(tmp_path / "a", header=True)[0]) == 2


def test_blank_lines_keep_their_places(tmp_path):
    (tmp_path / "a").write_text("good film\n\nbad film\n \n")
    _, texts = read_labelled(tmp_path / "a", labels=None, blank=True)
    assert texts == ["good film", "", "bad film", ""]
    (tmp_path / "b").write_text("+\tgood film\n\n-\tbad film\n")
    found = read_labelled(tmp_path / "b", labels=None, blank=True)
    assert found == (["+", "", "-"], ["good film", "", "bad film"])


def test_a_tab_in_one_text_makes_no_label(tmp_path):
    (tmp_path / "a").write_text("good\tfilm\nbad film\n")
    assert read_labelled(tmp_path / "a", labels=None) == (None, ["good\tfilm", "bad film"])


def test_labels_in_other_encodings_are_named(tmp_path):
    (tmp_path / "a").write_bytes("Müller\tein Satz\n".encode("latin-1"))
    with pytest.raises(ValueError, match="line 1: not utf-8 text .*; pass encoding="):
        read_labelled(tmp_path / "a")
    assert read_labelled(tmp_path / "a", encoding="latin-1") == (["Müller"], ["ein Satz"])


REVIEWS = """review,stars,when
"Good, ""very"" good.
Saw it twice.",5,2020
"A film; and a
bore",1,2021
,1,2022
"""


def test_texts_come_from_a_column(tmp_path):
    (tmp_path / "r.csv").write_text(REVIEWS)
    expected = ['Good, "very" good.\nSaw it twice.', "A film; and a\nbore", ""]
    found = read_text_table(tmp_path / "r.csv", "review", target="stars")
    assert found == (["5", "1", "1"], expected, "stars")
    assert read_text_table(tmp_path / "r.csv", 0)[2] == "when"
    assert read_text_table(tmp_path / "r.csv", "review", labels=False) == (None, expected, None)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("text,y\na b,1\n", {"text_column": "z"}, "no column 'z'; it has 'text', 'y'"),
        ("text,y\na b,1\n", {"text_column": "text", "target": "text"}, "both text and target"),
        ("text,y\na b,\n", {"text_column": "text"}, "line 2, column 'y': has no label"),
        ("text\na b\n", {"text_column": "text"}, "no column of labels beside 'text'"),
        ("text,y\n,1\n", {"text_column": "text"}, "no text in column 'text'"),
    ],
)
def test_columns_that_hold_no_texts_are_named(tmp_path, text, options, message):
    (tmp_path / "r.csv").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_text_table(tmp_path / "r.csv", **options)


def test_texts_come_from_json_lines(tmp_path):
    lines = '{"label": "+", "text": "good, \\"so\\" good"}\n\n{"text": "bad", "label": "-"}\n'
    (tmp_path / "r.jsonl").write_text(lines)
    labels, texts, target = read_text_table(tmp_path / "r.jsonl", "text")
    assert (labels, texts, target) == (["+", "-"], ['good, "so" good', "bad"], "label")
    assert read_text_table(tmp_path / "r.jsonl", "text", labels=False, blank=True)[1][1] == ""
