"""What the tests of files share."""

import struct

import numpy as np

FORMATS = ["safetensors", "bin", "text", "glove", "npz", "tsv"]


WORDS = ["the", "na\u00efve", "\uace0\uc591\uc774", "\U0001f408", "a\u00a0b", "1.5"]


VECTORS = np.array(
    [[1, -0.0], [0.1, 1e-45], [3.4028235e38, -1e-30], [1 / 3, 2], [16777216, 5], [7, 8]],
    np.float32,
)


def row(word, *numbers, end=b"\n"):
    """One row of a word2vec binary file."""
    return word.encode() + b" " + struct.pack(f"<{len(numbers)}f", *numbers) + end


def put(folder, content, name="file"):
    path = folder / name
    path.write_bytes(content)
    return path


def assert_bits_equal(a, b):
    assert a.dtype == b.dtype == np.float32
    assert a.shape == b.shape
    assert a.tobytes() == b.tobytes()


def model_parts(V=3, d=2):
    rng = np.random.default_rng(0)
    return {
        "W_in": rng.standard_normal((V, d), np.float32),
        "W_out": rng.standard_normal((V - 1, d), np.float32),
        "words": [f"word {i}\n\U0001f408" for i in range(V)],
        "counts": np.arange(V, 0, -1),
        "settings": {"alpha": np.float32(0.5), "loss": "hs", "seed": np.int64(3), "sample": None},
        "history": [{"epoch": 1, "loss": 2.25}, {"epoch": 2, "loss": 1.5}],
    }
