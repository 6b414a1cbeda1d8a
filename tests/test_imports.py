"""Arrows point down: who imports whom, in Python and in C, and what an import costs."""

import ast
import importlib
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import w2v

PACKAGE = Path(w2v.__file__).parent
# From the bottom up. A folder's files are imported from the folder itself and from floors above.
FLOORS = [
    {"checks", "diagram", "interrupts", "lazy", "names", "printable"},
    {"_core", "_text", "explanation", "parallel", "progress"},
    {"files", "versions"},
    {"text"},
    {"vectors", "networks"},
    {"training"},
    {"estimators"},
    {"demos"},
    {"see"},
    {"cli", "compat"},
    {"__init__", "__main__", "reference"},
]
FLOOR = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
FILES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
FILES |= {name: PACKAGE / f"{name}.pyi" for name in ("_core", "_text")}


def room(module):
    return module.split(".")[0]


def imports(module):
    """Yield the package's modules that a module imports, wherever the import stands."""
    for node in ast.walk(ast.parse(FILES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level:
            raise AssertionError(f"{module} has a relative import: write the whole path")
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] != "w2v":
                continue
            while parts[1:]:
                found = ".".join(parts[1:])
                if found in FILES or f"{found}.__init__" in FILES:
                    yield found if found in FILES else f"{found}.__init__"
                    break
                parts.pop()


@pytest.mark.parametrize("module", FILES)
def test_imports_point_down(module):
    assert room(module) in FLOOR, f"{module} stands on no floor: add it to FLOORS"
    for name in imports(module):
        same = "." in module and room(name) == room(module)
        assert same or FLOOR[room(name)] < FLOOR[room(module)], f"{module} imports {name}"


def test_no_imports_in_circles():
    graph = {module: set(imports(module)) for module in FILES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(reversed(error.args[1])))


def test_only_tests_call_the_oracle():
    users = {m for m in FILES for name in imports(m) if name.endswith("reference")}
    assert not users - {"__init__"}


# From the bottom up; a file includes those before it.
C_FILES = [
    "watched.h",
    "simd.h",
    "simd.inl",
    "threads.h",
    "random.h",
    "draws.h",
    "draws.c",
    "walks.h",
    "walks.c",
    "tokens.h",
    "tokens.c",
    "ids.h",
    "ids.c",
    "phrases.h",
    "phrases.c",
    "vector_files.h",
    "vector_files.c",
    "checksum.h",
    "checksum.c",
    "kernels.h",
    "kernels.inl",
    "kernels.c",
    "ranking.h",
    "ranking.c",
    "memory.h",
    "network.h",
    "network_math.inl",
    "network_product.inl",
    "network_optimisers.inl",
    "network_small.inl",
    "network_batch.inl",
    "network.inl",
    "network.c",
    "plan.h",
    "plan.c",
    "words.h",
    "words.c",
    "examples.h",
    "train.h",
    "train.c",
    "rounds.h",
    "rounds.c",
    "workers.h",
    "workers.c",
    "infer.h",
    "infer.c",
    "wasm/border.h",
    "wasm/words.c",
    "wasm/network.c",
]
C_FOLDER = PACKAGE / "csrc"


@pytest.mark.parametrize(
    "name",
    [
        path.relative_to(C_FOLDER).as_posix()
        for path in sorted(C_FOLDER.rglob("*"))
        if path.suffix in (".c", ".h", ".inl")
    ],
)
def test_includes_point_down(name):
    assert name in C_FILES, f"{name} stands on no floor: add it to C_FILES"
    path = C_FOLDER / name
    for include in re.findall(r'#\s*include\s+"([^"]+)"', path.read_text(encoding="utf-8")):
        included = (path.parent / include).resolve().relative_to(C_FOLDER.resolve()).as_posix()
        assert C_FILES.index(included) < C_FILES.index(name), f"{name} includes {included}"


def test_import_is_light():
    code = (
        "import sys, w2v, w2v.training.word2vec, w2v.networks.network, w2v.demos, "
        "w2v.estimators.text; print(*(m for m in sys.modules if '.' not in m))"
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


OLD_PATHS = {
    "ann": "Index",
    "cli": "main",
    "corpus": "words_only",
    "demos": "xor",
    "estimators": "FeedForwardClassifier",
    "evaluate": "analogies",
    "formats": "read_vectors",
    "functions": "ACTIVATIONS",
    "movies": "Weights",
    "nn": "Network",
    "opinions": "labelled",
    "perceptron": "Perceptron",
    "plots": "xor",
    "reference": "step",
    "tables": "is_number",
    "texts": "TextClassifier",
    "vectors": "KeyedVectors",
    "vocab": "alias_table",
    "word2vec": "Word2Vec",
    "words": "PackedWords",
    "world": "sentences",
}


@pytest.mark.parametrize("name", OLD_PATHS)
def test_old_paths_work(name):
    module = importlib.import_module(f"w2v.{name}")
    assert getattr(w2v, name) is module
    assert getattr(module, OLD_PATHS[name]) is not None
    assert module.__spec__.name == module.__name__
