"""What the tests of text share."""

import itertools
import re

import numpy as np

from w2v.text.vocabulary import Vocabulary

BLANKS = re.compile(r"[ \t\n\v\f\r]+")


def split(text):
    return [word for word in BLANKS.split(text) if word]


def sentences_of(corpus, consume=False):
    """Read a corpus back through a vocabulary of all its words."""
    vocabulary = Vocabulary.build(corpus, min_count=1)
    encoded = corpus.encode(vocabulary, consume=consume)
    assert encoded.ids.dtype == np.int32 and encoded.offsets.dtype == np.int64
    assert encoded.offsets[0] == 0 and encoded.offsets[-1] == len(encoded.ids)
    return [
        [vocabulary.words[i] for i in encoded.ids[a:b]]
        for a, b in itertools.pairwise(encoded.offsets.tolist())
    ]


def expected(text):
    return [s for s in map(split, text.split("\n")) if s]


TEXT = "the cat sat\n\n on\tthe  mat\r\nthe   end, naïve 고양이\n" + "word " * 30 + "\nlast line"


def random_text(seed, size):
    """Return text of all kinds of blanks, with short, long and frequent words."""
    rng = np.random.default_rng(seed)
    letters = rng.integers(ord("a"), ord("e"), size).astype(np.uint8)
    blanks = rng.random(size) < rng.choice([0.02, 0.2, 0.7], (size + 99) // 100).repeat(100)[:size]
    letters[blanks] = rng.choice(np.frombuffer(b"    \n\t\v\f\r", np.uint8), blanks.sum())
    return letters.tobytes().decode()
