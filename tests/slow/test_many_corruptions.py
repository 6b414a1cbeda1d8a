"""10,000 damaged files of every kind of file that is ours: W2V_CORRUPTIONS says how many."""

import os

import pytest
from corruption import KINDS
from test_corruption import LOADERS, corrupt

pytestmark = pytest.mark.filterwarnings("ignore:max_iter=1 epochs are over")

N = int(os.environ.get("W2V_CORRUPTIONS", 10_000))


@pytest.mark.parametrize("name", LOADERS)
def test_every_damage_is_found(tmp_path, monkeypatch, name):
    if name == "mapped":
        monkeypatch.setattr("w2v.files.blocks.COPIED_BYTES", 0)
    each = -(-N // len(KINDS))
    missed = {kind: len(corrupt(tmp_path, name, kind, each, 2)) for kind in KINDS}
    print(f"\n{name}: missed of {each:,} each: {missed}")
    assert not any(missed.values())
