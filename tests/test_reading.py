from pathlib import Path

import pytest

from w2v.text.corpus import Corpus


@pytest.mark.parametrize("source", [None, 3, b"bytes", {"a": 1}, {"a", "b"}, 2.5])
def test_sources_of_a_wrong_type(source):
    with pytest.raises(TypeError, match=f"cannot be read from {type(source).__name__}"):
        Corpus(source)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ([["a"], "b c"], r"sentence 1: expected a list of tokens, got str 'b c'"),
        ([None, ["a"]], r"sentence 0: expected a list of tokens, got None"),
        ([["a"], 3], r"sentence 1: expected a list of tokens, got int 3"),
        ([["a"], {"b"}], r"sentence 1: expected a list of tokens, got set"),
        ([["a"], [], ["b", 3]], r"sentence 2, token 1 \(counted from 0\): expected str, got int 3"),
        ([["a", None]], r"sentence 0, token 1 .*expected str, got None"),
        ([["a"], [b"b"]], r"sentence 1, token 0 .*got bytes b'b'"),
        (["a b", ["c"]], r"string 1 .* is list"),
        (["a b", None], r"string 1 .* is None"),
        ([Path(__file__), 3], r"expected a path"),
    ],
)
def test_items_of_a_wrong_type(source, message):
    with pytest.raises(TypeError, match=message):
        Corpus(source)


def test_tokens_that_cannot_be():
    with pytest.raises(ValueError, match=r"sentence 1, token 1 .*empty token"):
        Corpus([["a"], ["b", ""]])
    with pytest.raises(ValueError, match=r"sentence 0, token 1 .*surrogate"):
        Corpus([["a", "b\ud800"]])
    for tokenizer in ("whitespace", "words"):
        with pytest.raises(ValueError, match=r"string 1 holds a lone surrogate \(U\+D800\)"):
            Corpus(["a b", "c \ud800"], tokenizer=tokenizer)


def test_a_bad_token_far_down_is_found_fast(monkeypatch):
    sentences = [["a"]] * 100_000 + [["b", 7]]
    with pytest.raises(TypeError, match="sentence 100000, token 1 "):
        Corpus(sentences)


@pytest.mark.parametrize("source", [[], [[]], [""], ["  ", "\n"], iter(())])
def test_empty_corpus(source):
    with pytest.raises(ValueError, match="the corpus is empty"):
        Corpus(source)


def test_empty_file(tmp_path):
    (tmp_path / "empty").write_bytes(b" \n\n")
    for tokenizer in ("whitespace", "words", str.split):
        with pytest.raises(ValueError, match="no word in 2 lines"):
            Corpus(tmp_path / "empty", tokenizer=tokenizer)


def test_one_word_strings_are_warned_about():
    with pytest.warns(UserWarning, match="each of the 3 strings is one word"):
        Corpus(["the", "cat", "sat"])


@pytest.mark.parametrize("tokenizer", ["whitespace", "words", str.split])
def test_binary_file(tmp_path, tokenizer):
    (tmp_path / "model.bin").write_bytes(b"abc\0def")
    with pytest.raises(ValueError, match=r"model\.bin is not a text file: NUL at position 3"):
        Corpus(tmp_path / "model.bin", tokenizer=tokenizer)
    text = Corpus(tmp_path / "model.bin", tokenizer=tokenizer, errors="ignore")
    assert text.words([0]) == ["abcdef"]


def test_wrong_settings():
    for settings_, message in [
        ({"tokenizer": "spacy"}, "tokenizer must .* not 'spacy'"),
        ({"encoding": "utf-99"}, "encoding must .* not 'utf-99'"),
        ({"errors": "surrogateescape"}, "errors must .* not 'surrogateescape'"),
        ({"memory_budget": -1}, "memory_budget must .* not -1"),
    ]:
        with pytest.raises(ValueError, match=message):
            Corpus([["a"]], **settings_)
