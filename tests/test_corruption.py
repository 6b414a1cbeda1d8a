"""Damaged files of ours: every damage is found when the file is loaded, and the file is named."""

import random

import pytest
from corruption import KINDS, damage
from saved_things import READ

from w2v import KeyedVectors
from w2v.files import formats

OURS = ("native", "model", "network", "classifier", "texts")
LOADERS = {name: READ[name].load for name in OURS} | {
    "loaded": lambda path: formats.read_vectors(path, mmap=False),
    "mapped": lambda path: KeyedVectors.load(path).most_similar("a"),
}
SAVES = {name: READ[name].save for name in OURS} | {
    "loaded": READ["native"].save,
    "mapped": READ["native"].save,
}

pytestmark = pytest.mark.filterwarnings("ignore:max_iter=1 epochs are over")


def corrupt(folder, name, kind, n, seed=1):
    """Damage a file n times; return what was loaded all the same."""
    rng = random.Random(f"{name} {kind} {seed}")
    path = folder / "some file"
    SAVES[name](path, 0)
    content = path.read_bytes()
    loaded = []
    for i in range(n):
        path.write_bytes(damage(content, kind, rng))
        try:
            LOADERS[name](path)
        except ValueError as error:
            assert "some file" in str(error), error
        else:
            loaded.append(i)
    return loaded


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", LOADERS)
def test_damage_is_found(tmp_path, monkeypatch, name, kind):
    if name == "mapped":
        monkeypatch.setattr("w2v.files.blocks.COPIED_BYTES", 0)
    assert corrupt(tmp_path, name, kind, 25) == []
