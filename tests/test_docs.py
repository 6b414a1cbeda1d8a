"""The documentation holds: its Python runs, prints what it shows, and its links lead somewhere.

A page is one program: its ``python`` blocks run in order, in one namespace, in an empty folder. A
``text`` block that directly follows one is exactly what it prints.
"""

import io
import re
from contextlib import redirect_stdout
from dataclasses import fields
from pathlib import Path

import pytest

import w2v
from w2v.demos import world
from w2v.training.settings import Settings, meaning

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.M | re.S)
LINK = re.compile(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)")
MODEL = "model.safetensors"  # a file that pages may open without having written it


@pytest.fixture(scope="module")
def model_bytes(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / MODEL
    w2v.train(world.TOY * 5, vector_size=4, min_count=1, verbose=False).save(path)
    return path.read_bytes()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_blocks_run_and_print_what_the_page_shows(page, model_bytes, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path(MODEL).write_bytes(model_bytes)
    text = page.read_text(encoding="utf-8")
    namespace = {"__name__": page.stem}
    for block in BLOCK.finditer(text):
        code, shown = block.groups()
        line = text.count("\n", 0, block.start(1))
        printed = io.StringIO()
        with redirect_stdout(printed):
            # newlines in front: a traceback then names the page's own lines
            exec(compile("\n" * line + code, str(page), "exec"), namespace)
        if shown is not None:
            assert printed.getvalue() == shown, f"{page.name}, line {line}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_python_block_is_found(page):
    text = page.read_text(encoding="utf-8")
    assert len(BLOCK.findall(text)) == text.count("```python")
    assert text.count("```") % 2 == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for path, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        target = page.parent / path if path else page
        assert target.exists(), f"{page.name} links to {path}"
        if anchor:
            assert anchor in anchors(target), f"{page.name} links to {path}#{anchor}"


def anchors(page):
    """Return the names that a page's headings have as link targets."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_table_of_settings_is_that_of_settings():
    page = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
    section = page.split("## Settings")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| `(.*?)` \| (.*) \|$", section, re.M)
    table = {name: (eval(default, {}), about) for name, default, about in rows}
    assert table == {
        item.name: (item.default, meaning(item).replace("|H|", r"\|H\|"))
        for item in fields(Settings)
    }
