# Tokens, encoding, and the two tables built from word counts (alias, Huffman)

from typing import final

import numpy as np
from numpy.typing import NDArray

@final
class TokenReader:
    @property
    def lines(self) -> int: ...
    @property
    def bytes_read(self) -> int: ...
    @property
    def bad_byte(self) -> int: ...
    def __len__(self) -> int: ...
    def read(
        self, text: bytes, ids: NDArray[np.int32], ends: NDArray[np.int64]
    ) -> tuple[int, int]: ...
    def add(self, tokens: list[str], ids: NDArray[np.int32]) -> None: ...
    def counts(self, out: NDArray[np.int64]) -> None: ...
    def words(self, ids: NDArray[np.int32]) -> list[str]: ...
    def find(self, words: list[str], out: NDArray[np.int32]) -> None: ...

def encode_block(
    state: NDArray[np.int64],
    ids: NDArray[np.int32],
    offsets: NDArray[np.int64],
    new_id: NDArray[np.int32],
    out: NDArray[np.int32],
    out_offsets: NDArray[np.int64],
) -> int: ...
def fill_alias(
    weights: NDArray[np.uint64],
    work: NDArray[np.int32],
    threshold: NDArray[np.uint32],
    alias: NDArray[np.int32],
) -> None: ...
def join_huffman(
    weight: NDArray[np.int64],
    up: NDArray[np.int32],
    code: NDArray[np.uint8],
    depth: NDArray[np.int32],
) -> None: ...
def fill_huffman_paths(
    up: NDArray[np.int32],
    code: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    nodes: NDArray[np.int32],
    codes: NDArray[np.uint8],
) -> None: ...
