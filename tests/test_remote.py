"""Text that lies elsewhere: read by URL, gone on with where the connection broke."""

import gzip
import http.server
import subprocess
import sys
import threading

import pytest

import w2v
from w2v.files import remote
from w2v.files.remote import as_path
from w2v.training.checkpoint import source_note, source_of

fsspec = pytest.importorskip("fsspec", reason="needs fsspec, the extra remote")

LINES = [f"a{i % 7} b{i % 11} c{i}" for i in range(20_000)]
TEXT = ("\n".join(LINES) + "\n").encode()


@pytest.fixture
def memory():
    """Fill the file system in memory, whose URLs begin with memory://."""
    system = fsspec.filesystem("memory")
    for name, content in {
        "one.txt": TEXT,
        "more/two.txt.gz": gzip.compress(TEXT),
        "more/three.txt": b"x y z\n",
        "more/.hidden": b"h\n",
        "empty/.hidden": b"h\n",
    }.items():
        system.pipe(f"/texts/{name}", content)
    yield "memory://texts"
    system.rm("/texts", recursive=True)


@pytest.fixture
def server(monkeypatch):
    """Serve TEXT on this machine; the list that is returned says what the next answers do."""
    monkeypatch.setattr(remote, "_PAUSES", (0.01, 0.01))
    plan = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.answer(body=False)

        def do_GET(self):
            self.answer(body=True)

        def answer(self, body):
            if self.path != "/text.txt":
                self.send_error(404)
                return
            first, ranged = 0, self.headers.get("Range")
            if ranged:
                first = int(ranged.removeprefix("bytes=").split("-")[0])
            self.send_response(206 if ranged else 200)
            self.send_header("Content-Length", str(len(TEXT) - first))
            self.send_header("Accept-Ranges", "bytes")
            if ranged:
                self.send_header("Content-Range", f"bytes {first}-{len(TEXT) - 1}/{len(TEXT)}")
            self.end_headers()
            if body:
                part = TEXT[first:]
                cut = plan.pop(0) if plan else None
                self.wfile.write(part if cut is None else part[:cut])
                self.close_connection = True

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        thread = threading.Thread(target=serving.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{serving.server_port}/text.txt", plan
        serving.shutdown()


def counts(corpus):
    return dict(zip(corpus.words(range(corpus.stats.types)), corpus.word_counts, strict=True))


def expected():
    return counts(w2v.Corpus([line.split() for line in LINES]))


def test_a_file_a_folder_and_a_pattern(memory):
    assert counts(w2v.Corpus(f"{memory}/one.txt")) == expected()
    folder = w2v.Corpus(f"{memory}/more")
    assert (folder.stats.files, folder.stats.tokens) == (2, 60_003)
    pattern = w2v.Corpus(f"{memory}/**/t*.txt*", tokenizer="words")
    assert (pattern.stats.files, pattern.stats.tokens) == (2, 60_003)


def test_several_beside_files_of_this_machine(memory, tmp_path):
    path = tmp_path / "here.txt"
    path.write_text("x x\n")
    corpus = w2v.Corpus.from_files([path, f"{memory}/more/three.txt", str(path)])
    assert counts(corpus) == {"x": 5, "y": 1, "z": 1}


def test_what_is_not_there(memory):
    for url in (f"{memory}/none.txt", f"{memory}/*.none", f"{memory}/empty"):
        with pytest.raises(FileNotFoundError, match="no file"):
            w2v.Corpus(url)
    with pytest.raises(ImportError, match="nosuch://x"):
        w2v.Corpus("nosuch://x")


def test_over_http(server):
    url, _ = server
    assert counts(w2v.Corpus(url)) == expected()
    with pytest.raises(OSError, match=r"no file http|cannot be opened"):
        w2v.Corpus(url.replace("text.txt", "none.txt"))


def test_a_broken_connection_is_gone_on_with(server):
    url, plan = server
    plan += [100_000, 50_000]
    assert counts(w2v.Corpus(url)) == expected()
    assert not plan


def test_a_connection_that_always_breaks_is_an_error(server):
    url, plan = server
    plan += [1000] + [0] * 50
    with pytest.raises(OSError, match=r"http://.*text\.txt.*failed at byte \d|cannot be opened"):
        w2v.Corpus(url)


def test_a_checkpoint_finds_its_urls_again(memory, tmp_path):
    settings = {"vector_size": 4, "epochs": 2, "workers": 1, "verbose": False}
    url = f"{memory}/one.txt"
    model = w2v.train(url, checkpoint=tmp_path / "c", **settings)
    again = w2v.Word2Vec.resume(tmp_path / "c", verbose=False)
    assert again.W_in.tobytes() == model.W_in.tobytes()
    path = tmp_path / "here.txt"
    path.write_text("x x\n")
    assert source_note([as_path(url), path]) == [url, str(path)]
    assert list(map(str, source_of([url, str(path)]))) == [url, str(path)]


def test_command(run, memory):
    status, _, err = run(f"vocab {memory}/one.txt {memory}/more/three.txt -o counts.txt")
    assert status == 0, err
    assert w2v.formats.read_counts("counts.txt")["a0"] == expected()["a0"]
    status, _, err = run(f"train {memory}/none.txt -o m.bin")
    assert (status, "no file" in err) == (1, True)


def test_without_fsspec_the_error_names_the_extra():
    code = (
        "import sys; sys.modules['fsspec'] = None; import w2v\n"
        "try: w2v.Corpus('s3://bucket/text.txt')\n"
        "except ImportError as error: print(error)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert "pip install 'w2v[remote]'" in out
