"""Files for the fuzzers: sound ones of every kind, and ways to damage them."""

import gzip
import json
import random
import re

import numpy as np

from w2v import FeedForwardClassifier, TextClassifier, Word2Vec
from w2v.files.formats import write_vectors
from w2v.files.words import write_counts

WORDS = ["the", "na\u00efve", "\U0001f408", "a\u00a0b", "1.5", "cat"]
VECTORS = np.array([[1, -0.5], [0.1, 1e-30], [3e38, 2], [1 / 3, 2], [16777216, 5], [7, 8]])
TEXT = "the cat sat\n\n on\tthe  mat\r\nna\u00efve \uace0\uc591\uc774 the end\n" * 3
TABLE = "length,width,kind\n5.1,3.5,setosa\n4.9,3.0,setosa\n6.3,3.3,virginica\n5.8,2.7,virginica\n"
# what numbers, words and lines of the files below may be replaced by
ODD = [
    *(b"0", b"-1", b"1e999", b"nan", b"-inf", b"1" * 25, b"4294967296", b"9223372036854775807"),
    *(
        b"",
        b" ",
        b"\n",
        b"\r\n",
        b"\t",
        b"\0",
        b"\x85",
        b"\xc2\x85",
        b"\xe2\x80\xa8",
        b"\xef\xbb\xbf",
    ),
    *(b'"', b"'", b",", b";", b"{", b"[" * 600, b"}", b"null", b"true", b"1.5", b"\xff", b"\xc3"),
    *(
        b"x" * 3000,
        b"__label__",
        b": ",
        b"#",
        b"=",
        b"-",
        b"\\",
        b'{"a":1}',
        b"\x1f\x8b",
        b"PK\3\4",
    ),
]


def sound_files(folder):
    """Write a file or two of every kind; return their bytes by kind, and by the file's name."""
    found = {}

    def add(kind, name, content=None):
        if content is not None:
            (folder / name).write_bytes(content)
        found.setdefault(kind, {})[name] = (folder / name).read_bytes()

    counts = [6, 5, 4, 3, 2, 1]
    for name in ("v.bin", "v.txt", "v.glove", "v.npz", "v.safetensors"):
        words = [w.replace("\u00a0", "") for w in WORDS]
        format = {"v.glove": "glove", "v.txt": "text"}.get(name)
        write_vectors(folder / name, words, VECTORS, counts, format=format)
        add("vectors", name)
    add("vectors", "v.txt.gz", gzip.compress((folder / "v.txt").read_bytes()))
    write_vectors(folder / "vectors.tsv", WORDS, VECTORS, counts, format="tsv")
    add("projector", "vectors.tsv")
    add("metadata", "metadata.tsv")

    sentences = [line.split() for line in TEXT.splitlines()] * 4
    for loss in ("ns", "hs"):
        model = Word2Vec(vector_size=4, min_count=1, epochs=1, workers=1, loss=loss)
        model.fit(sentences, verbose=False).save(folder / f"{loss}.safetensors")
        add("model", f"{loss}.safetensors")
    X, y = np.arange(12.0).reshape(6, 2), ["a", "b"] * 3
    network = FeedForwardClassifier((3,), max_iter=2, random_state=1, tol=0).fit(X, y)
    network.save(folder / "network.safetensors")
    add("network", "network.safetensors")
    add("estimator", "network.safetensors")
    texts = ["good fine", "bad poor", "so so"] * 2
    TextClassifier(max_iter=2, random_state=1).fit(texts, ["+", "-", "0"] * 2).save(folder / "text")
    add("classifier", "text")

    write_counts(
        folder / "counts", [w for w in WORDS if " " not in w and "\u00a0" not in w], counts[:5]
    )
    add("counts", "counts")
    add("corpus", "text.txt", TEXT.encode())
    add("corpus", "text.txt.gz", gzip.compress(TEXT.encode()))
    add("words", "text.txt", TEXT.encode())
    add("labelled", "l.txt", b"+\tGood one.\n-\tBad one.\n+\tFine, too.\n")
    add("labelled", "f.txt", b"__label__a good one\n__label__b bad one\n__label__a fine\n")
    add("table", "t.csv", TABLE.encode())
    add("table", "q.csv", TABLE.replace(",", ";").replace(".", ",").encode())
    add("holes", "h.csv", TABLE.replace("3.0", "").replace("5.8", "NA").encode())
    add("table", "t.tsv", TABLE.replace(",", "\t").encode())
    rows = [line.split(",") for line in TABLE.splitlines()]
    objects = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    add("table", "t.jsonl", "\n".join(json.dumps(o) for o in objects).encode())
    np.savez(folder / "t.npz", X=X, y=np.array([0, 1] * 3))
    add("table", "t.npz")
    add("texts", "texts.csv", b'text,label\n"good, one",+\nbad,-\n"a ""b""\nc",+\n')
    add("questions", "questions.txt", b": capitals\nParis France Rome Italy\n\n: more\na b c d\n")
    add("pairs", "pairs.tsv", b"word1\tword2\tscore\ncat\tdog\t7.5\n# no\nking\tqueen\t8\n")
    add("pairs", "pairs.txt", b"cat dog 7.5\nking,queen,8\n")
    return found


def damaged(rng: random.Random, content: bytes, others: list[bytes]) -> bytes:
    """Return a file's bytes with a few faults, of kinds that disks, editors and people make."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        kind, n = rng.randrange(10), len(data)
        at = rng.randrange(n + 1)
        if kind == 0 and n:  # a bit
            data[at % n] ^= 1 << rng.randrange(8)
        elif kind == 1 and n:  # a byte
            data[at % n] = rng.randrange(256)
        elif kind == 2:  # something odd, put in
            data[at:at] = rng.choice(ODD)
        elif kind == 3:  # a piece left out
            del data[at : at + rng.choice((1, 2, 8, 40))]
        elif kind == 4:  # the end cut off
            del data[at:]
        elif kind == 5:  # a piece twice
            data[at:at] = data[at : at + rng.choice((1, 4, 30))]
        elif kind == 6:  # another file's end
            other = rng.choice(others)
            data[at:] = other[rng.randrange(len(other) + 1) :]
        elif kind == 7:  # zeros over a piece
            length = rng.choice((1, 4, 30))
            data[at : at + length] = bytes(len(data[at : at + length]))
        else:  # a number, or what stands between blanks, replaced
            pattern = rb"\d+" if kind == 8 else rb"[^\s,;\t\"]+"
            places = [m.span() for m in re.finditer(pattern, bytes(data))]
            if places:
                start, stop = rng.choice(places)
                data[start:stop] = (
                    rng.choice(ODD)
                    if rng.random() < 0.7
                    else b"%d" % rng.getrandbits(rng.choice((4, 16, 31, 33, 63, 64)))
                )
    return bytes(data)
