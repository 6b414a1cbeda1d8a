"""The explorer's page: what stands in it, and what it does in a browser."""

import json
import re
from base64 import b64decode
from pathlib import Path

import numpy as np
import pytest
from pages import data_of

import w2v
from w2v import KeyedVectors
from w2v.cli import program as cli
from w2v.see import explorer
from w2v.see.projection import principal_axes

pytestmark = pytest.mark.slow  # drawing takes its time


@pytest.fixture(scope="module")
def kv():
    rng = np.random.default_rng(1)
    groups = np.repeat(rng.normal(size=(6, 20)), 30, axis=0)
    vectors = (groups + 0.5 * rng.normal(size=groups.shape)).astype(np.float32)
    words = [f"g{n // 30}w{n % 30}" for n in range(180)]
    words[7] = "</script><script>alert(1)</script>"
    words[8], words[9] = "ключ", "a&b\"'"
    return KeyedVectors(words, vectors, counts=np.arange(1000, 820, -1))


def test_the_page_holds_the_words_and_asks_for_nothing(kv, tmp_path):
    path = tmp_path / "page.html"
    explored = w2v.explore(kv, path, title="<b>mine</b>")
    about, page = data_of(path)
    assert about["models"][0]["words"] == kv.index_to_key
    assert about["models"][0]["counts"] == kv.counts.tolist()
    assert sorted(page.scripts) == ["code", "data", "vectors0", "xy0"]  # no word began an element
    assert page.links == ["data:,"]
    assert "<b>mine" not in path.read_text(encoding="utf-8")
    assert explored.size == path.stat().st_size and explored.words == 180
    assert 0 < explored.error < 0.02 and explored.overlap > 0.9
    assert 0 <= explored.map_overlap <= 1


def test_the_most_frequent_words_are_shown(tmp_path):
    vectors = np.eye(5, dtype=np.float32)
    kv = KeyedVectors(list("abcde"), vectors, counts=[1, 9, 5, 7, 3])
    w2v.explore(kv, tmp_path / "page.html", words=3)
    assert data_of(tmp_path / "page.html")[0]["models"][0]["words"] == ["b", "d", "c"]


def test_the_map_is_that_of_principal_components(kv):
    space = explorer._Space(kv, 180)
    centre, axes = principal_axes(space.units)
    xy = explorer._points(space.units, centre, axes, "pca", 1)
    u, s, _ = np.linalg.svd(space.units - space.units.mean(axis=0), full_matrices=False)
    want = u[:, :2] * s[:2]
    for axis in range(2):
        assert abs(np.corrcoef(xy[:, axis], want[:, axis])[0, 1]) > 0.9999
    assert np.abs(xy).max() == 1


def test_a_second_space_is_turned_to_fit(kv, tmp_path):
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(25, 25)))[0][:20]
    other = KeyedVectors(kv.index_to_key, (kv.vectors @ turn).astype(np.float32), kv.counts)
    spaces = [explorer._Space(one, 180) for one in (kv, other)]
    np.testing.assert_allclose(explorer._turned(spaces[1], spaces[0]), spaces[0].units, atol=1e-5)
    w2v.explore(kv, tmp_path / "page.html", other=other, names=("old", "new"))
    about, page = data_of(tmp_path / "page.html")
    assert [model["name"] for model in about["models"]] == ["old", "new"]
    xy = [np.frombuffer(b64decode(page.scripts[name]), np.float32) for name in ("xy0", "xy1")]
    np.testing.assert_allclose(*xy, atol=1e-5)
    strangers = KeyedVectors(list("abcd"), np.eye(4, dtype=np.float32))
    with pytest.raises(ValueError, match="share 0 words"):
        w2v.explore(kv, tmp_path / "page.html", other=strangers)


@pytest.mark.parametrize("vectors", [np.zeros((4, 3)), np.ones((4, 3)), np.arange(4.0)[:, None]])
def test_spaces_without_a_shape_have_a_page(vectors, tmp_path):
    kv = KeyedVectors(list("abcd"), vectors.astype(np.float32))
    explored = w2v.explore(kv, tmp_path / "page.html")
    assert explored.error < 0.01


def test_what_cannot_be_shown_is_refused(kv, tmp_path):
    path = tmp_path / "page.html"
    with pytest.raises(TypeError, match="vectors must be KeyedVectors or a model, not str: load"):
        w2v.explore("vectors.bin", tmp_path / "x.html")
    with pytest.raises(ValueError, match="map must be one of pca, tsne, not 'umap'"):
        w2v.explore(kv, path, map="umap")
    with pytest.raises(ValueError, match="words"):
        w2v.explore(kv, path, words=2)
    with pytest.raises(ValueError, match="needs three words; there are 2"):
        w2v.explore(KeyedVectors(list("ab"), np.eye(2, dtype=np.float32)), path)
    with pytest.raises(ValueError, match="'kind' has no value for any word"):
        w2v.explore(kv, path, columns={"kind": {"unknown": 1}})
    with pytest.raises(ValueError, match="ends in .html"):
        w2v.explore(kv, tmp_path / "page.txt")
    assert not path.exists()


def test_columns_are_numbers_or_texts(kv, tmp_path):
    table = tmp_path / "columns.tsv"
    table.write_text("\ufeffword\tyear\tkind\ng0w0\t1999\tx\ng0w1\t\ty\n", encoding="utf-8")
    columns = explorer.read_columns(table)
    w2v.explore(kv, tmp_path / "page.html", columns=columns)
    year, kind = data_of(tmp_path / "page.html")[0]["columns"]
    assert year["numbers"][:3] == [1999, None, None]
    assert kind["texts"][:3] == ["x", "y", None]
    table.write_text("word\tyear\ng0w0\n")
    with pytest.raises(ValueError, match="line 2: 1 fields, the header has 2"):
        explorer.read_columns(table)
    table.write_text("word\n")
    with pytest.raises(ValueError, match="two or more names between tabs"):
        explorer.read_columns(table)


def test_explore_is_a_verb(kv, tmp_path, capsys):
    model, page = tmp_path / "v.bin", tmp_path / "page.html"
    kv = KeyedVectors([f"w{n}" for n in range(180)], kv.vectors)
    kv.save(model)
    assert cli.main(["explore", str(model), "-o", str(page), "--json"]) == 0
    out, err = capsys.readouterr()
    facts = json.loads(out)
    assert facts["words"] == 180 and facts["size"] == page.stat().st_size
    assert "180 words" in err
    assert cli.main(["explore", str(model), "-o", str(tmp_path / "no" / "page.html")]) == 1
    assert "page.html" in capsys.readouterr().err


def test_tsne_names_its_extra(kv, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "openTSNE", None)
    with pytest.raises(ModuleNotFoundError, match=re.escape("w2v[map]")):
        w2v.explore(kv, tmp_path / "page.html", map="tsne")


# --- in a browser ---------------------------------------------------------------------


def test_a_click_shows_the_true_neighbours(kv, tmp_path, opened):
    w2v.explore(kv, tmp_path / "page.html")
    page = opened(tmp_path / "page.html")
    x, y = page.evaluate("page.panes[0].pixel(page.models[0].rows.get('g2w3'))")
    box = page.locator(".pane").bounding_box()
    page.mouse.click(box["x"] + x, box["y"] + y)
    word = page.evaluate("page.word")
    shown = [row.split("\t") for row in page.locator("#neighbours tr").all_inner_texts()]
    want = kv.most_similar(word, topn=10)
    assert {name for name, _ in shown} & {name for name, _ in want} >= {n for n, _ in want[:8]}
    for name, score in shown:
        assert float(score) == pytest.approx(kv.similarity(word, name), abs=0.02)


def test_search_analogy_and_axes(kv, tmp_path, opened):
    w2v.explore(kv, tmp_path / "page.html")
    page = opened(tmp_path / "page.html")
    page.keyboard.press("/")
    page.keyboard.type("G3W2")
    assert page.locator("#found button").all_inner_texts()[0] == "g3w2"
    page.keyboard.press("Enter")
    assert page.evaluate("page.word") == "g3w2"
    for name, word in zip("abc", ["g0w1", "g0w2", "g1w1"], strict=True):
        page.fill(f"#analogy input[name={name}]", word)
    page.click("#analogy button")
    answer = kv.analogy("g0w1", "g0w2", "g1w1", topn=1)[0][0]
    assert answer in page.locator("#neighbours tr").all_inner_texts()[0]
    for name, word in zip("abcd", ["g0w1", "g1w1", "g2w1", "nobody"], strict=True):
        page.fill(f"#axes input[name={name}]", word)
    page.click("#axes button >> nth=0")
    assert 'no word "nobody"' in page.inner_text("#status")
    page.fill("#axes input[name=d]", "g3w1")
    page.click("#axes button >> nth=0")
    places = page.evaluate("Array.from(page.panes[0].places)")
    rows = [kv.key_to_index[word] for word in ("g0w1", "g1w1")]
    assert places[2 * rows[0]] > 0 > places[2 * rows[1]]


def test_the_address_brings_back_what_was_seen(kv, tmp_path, opened):
    w2v.explore(kv, tmp_path / "page.html")
    page = opened(tmp_path / "page.html")
    page.evaluate("page.select('g2w3', true)")
    page.wait_for_timeout(500)  # the address is written a moment later
    assert "word=g2w3" in page.evaluate("location.hash")
    again = opened(tmp_path / "page.html", page.evaluate("location.hash"))
    assert again.evaluate("page.word") == "g2w3"
    assert again.evaluate("page.panes[0].view.zoom") == page.evaluate("page.panes[0].view.zoom")


def test_words_are_chosen_and_saved(kv, tmp_path, opened):
    w2v.explore(kv, tmp_path / "page.html")
    page = opened(tmp_path / "page.html")
    box = page.locator(".pane").bounding_box()
    corners = [(2, 2), (box["width"] - 2, 2), (box["width"] - 2, 596), (2, 596), (2, 4)]
    page.keyboard.down("Shift")
    page.mouse.move(box["x"] + 2, 2)
    page.mouse.down()
    for x, y in corners:
        page.mouse.move(box["x"] + x, y)
    page.mouse.up()
    page.keyboard.up("Shift")
    assert page.inner_text("#count") == "180 words"
    with page.expect_download() as download:
        page.click("#save")
    lines = Path(download.value.path()).read_bytes().decode().split("\r\n")
    assert lines[0] == "word,count,x,y" and len(lines) == 182
    assert lines[8].startswith('"</script><script>alert(1)</script>",993,')
    assert '"a&b""\'"' in lines[10]


def test_two_spaces_stand_side_by_side_without_webgl_too(kv, tmp_path, opened):
    other = KeyedVectors(kv.index_to_key[::-1], kv.vectors[::-1].copy(), kv.counts)
    w2v.explore(kv, tmp_path / "page.html", other=other, columns={"group": {"g0w0": "zero"}})
    page = opened(tmp_path / "page.html")
    page.select_option("#colour", "1")
    assert page.inner_text("#legend").split() == ["zero", "other"]
    page.evaluate("page.select('g2w3')")
    captions = page.locator("caption").all_inner_texts()
    assert captions == ["Neighbours of g2w3 (first)", "Neighbours of g2w3 (second)"]
    tables = page.locator("#neighbours table").all_inner_texts()
    assert tables[0].split("\n")[1:] == tables[1].split("\n")[1:]
    page.evaluate(
        "for (const pane of page.panes) { pane.gl = null; pane.points.replaceWith(pane.points ="
        " document.createElement('canvas')); pane.flat = pane.points.getContext('2d');"
        " pane.resize(); pane.drawFlat(); }"
    )
    painted = "pane => pane.flat.getImageData(0, 0, 200, 500).data.some(value => value > 0)"
    assert page.evaluate(f"page.panes.every({painted})")


def test_a_dark_page_is_dark(kv, tmp_path, browser):
    w2v.explore(kv, tmp_path / "page.html")
    page = browser.new_page(color_scheme="dark")
    page.goto((tmp_path / "page.html").as_uri())
    back = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(map(int, re.findall(r"\d+", back))) < 150
    page.close()
