"""What holds for all tests."""

import io
import os
import shutil
import signal
import sys

import pytest

import w2v
from w2v import _core
from w2v.cli import program as cli
from w2v.demos import world

# A shell starts what runs in its background with Ctrl-C ignored, and so are its children; the
# tests of Ctrl-C would wait for ever.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch):
    """Leave out os.fsync, which takes most of the time of a test that writes a small file."""
    monkeypatch.setattr(os, "fsync", lambda file: None)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Hold the embedded world as text, and a model of it in every format."""
    folder = tmp_path_factory.mktemp("files")
    text = "\n".join(" ".join(sentence) for sentence in world.sentences()) + "\n"
    (folder / "world.txt").write_text(text)
    model = w2v.train(
        world.sentences(), vector_size=24, epochs=15, alpha=0.05, workers=1, verbose=False
    )
    model.save(folder / "m.safetensors")
    for name in ("m.bin", "m.vec", "m.glove"):
        model.wv.save(folder / name)
    return folder


@pytest.fixture
def run(files, tmp_path, monkeypatch, capsys):
    """Call the command line in a folder of its own; return status, stdout and stderr."""
    for name in os.listdir(files):
        os.link(files / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()  # what making the files has said

    def run(line, stdin=None):
        if stdin is not None:
            raw = stdin if isinstance(stdin, bytes) else stdin.encode()
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw), "utf-8"))
        status = cli.main(line.split() if isinstance(line, str) else line)
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def fails(run):
    """Call the command line and return its one line of error."""

    def fails(line, status, stdin=None):
        got, out, err = run(line, stdin)
        *before, last = err.splitlines()
        assert all(line.startswith(("reading ", "epoch ", "w2v: warning: ")) for line in before)
        assert (got, out) == (status, ""), err
        assert last.startswith("w2v: error: ")
        return last.removeprefix("w2v: error: ")

    return fails


@pytest.fixture(scope="module")
def browser():
    """Run a browser without a window; skip where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="needs playwright, the extra pages")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("needs Chromium")
    flags = ["--no-sandbox", "--disable-background-networking", "--disable-sync"]
    with api.sync_playwright() as play:
        running = play.chromium.launch(executable_path=chromium, args=flags)
        yield running
        running.close()


@pytest.fixture
def opened(browser):
    """Open a page in the browser; at the end it has asked for nothing and complained of nothing."""
    said, asked, pages = [], [], []

    def open_(path, fragment=""):
        page = browser.new_page(viewport={"width": 900, "height": 600})
        page.on("console", lambda message: message.type == "error" and said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri() + fragment)
        page.wait_for_selector("html[data-ready]")
        pages.append(page)
        return page

    yield open_
    assert said == []
    assert all(url.startswith("file:") and ".html" in url for url in asked)
    for page in pages:
        page.close()


@pytest.fixture(scope="session")
def playground(tmp_path_factory):
    """Write the page of the playground."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    w2v.playground(path)
    return path


@pytest.fixture
def baseline():
    """Train here with the instruction set that is most like the playground's."""
    used = _core.isa()
    _core.use_isa("baseline")
    yield
    _core.use_isa(used)
