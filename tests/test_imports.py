"""Arrows point down: who imports whom, and what an import costs."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import w2v

PACKAGE = Path(w2v.__file__).parent
# From the bottom up; a module imports those of lower layers only.
LAYERS = [
    {"_core", "ann", "checks", "functions", "parallel", "words"},
    {"reference", "formats", "world", "tables"},
    {"corpus", "vocab", "vectors", "evaluate", "nn", "opinions"},
    {"word2vec", "estimators"},
    {"perceptron", "texts"},
    {"demos"},
    {"plots"},
    {"cli_common"},
    {"cli_networks"},
    {"cli"},
    {"__main__", "__init__"},
]
LEVEL = {name: level for level, layer in enumerate(LAYERS) for name in layer}
# Within a layer, and where gensim's method names on KeyedVectors call the evaluation.
ALLOWED = {
    ("vocab", "corpus"),
    ("corpus", "vocab"),
    ("evaluate", "vectors"),
    ("vectors", "evaluate"),
}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "w2v":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("w2v."):
            yield node.module.split(".")[1]


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda path: path.stem)
def test_imports_point_down(path):
    for name in imports(path):
        if name in LEVEL:
            below = LEVEL[name] < LEVEL[path.stem]
            assert below or (path.stem, name) in ALLOWED, f"{path.stem} imports {name}"


def test_import_is_light():
    code = (
        "import sys, w2v, w2v.word2vec, w2v.nn, w2v.demos, w2v.texts; "
        "print(*(m for m in sys.modules if '.' not in m))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "numpy" in loaded
    heavy = {"scipy", "tqdm", "pandas", "pyarrow", "matplotlib", "safetensors", "faiss", "sklearn"}
    assert not heavy & set(loaded)


def test_public_names_are_there():
    for name in w2v.__all__:
        assert getattr(w2v, name) is not None
    assert set(w2v.__all__) <= set(dir(w2v))
    with pytest.raises(AttributeError, match="word2vex"):
        _ = w2v.word2vex
