from typing import final

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Buffer, Self

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
        self, text: Buffer, ids: NDArray[np.int32], ends: NDArray[np.int64]
    ) -> tuple[int, int]: ...
    def begin_part(self) -> None: ...
    def join(self, part: TokenReader, ids: NDArray[np.int32], ends: NDArray[np.int64]) -> int: ...
    def take_counts(self, part: TokenReader) -> None: ...
    def add(self, tokens: list[str], ids: NDArray[np.int32]) -> None: ...
    def counts(self, out: NDArray[np.int64]) -> None: ...
    def words(self, ids: NDArray[np.int32]) -> list[str]: ...
    def find(self, words: list[str], out: NDArray[np.int32]) -> None: ...

@final
class IdTable:
    def __len__(self) -> int: ...
    def add(
        self, keys: NDArray[np.int32] | NDArray[np.int64], numbers: NDArray[np.int32]
    ) -> None: ...
    def counts(self, out: NDArray[np.int64]) -> None: ...
    def words(self, numbers: NDArray[np.int32]) -> list[int]: ...
    def find(self, words: list[int], out: NDArray[np.int32]) -> None: ...

@final
class PairCounts:
    def __new__(cls, part: int, parts: int) -> Self: ...
    def __len__(self) -> int: ...
    def count(
        self,
        ids: NDArray[np.int32],
        offsets: NDArray[np.int64],
        first: int,
        last: int,
        connects: NDArray[np.uint8],
    ) -> None: ...
    def frequent(self, least: int, out: NDArray[np.int64]) -> int: ...

@final
class Sequences:
    def __init__(
        self,
        ids: NDArray[np.int32],
        offsets: NDArray[np.int64],
        joined: NDArray[np.int32],
        size: int,
    ) -> None: ...
    def join(
        self,
        ids: NDArray[np.int32],
        offsets: NDArray[np.int64],
        first: int,
        last: int,
        out_offsets: NDArray[np.int64],
        written: int,
    ) -> int: ...

def up_to_blank(text: Buffer) -> int: ...
def find_nul(text: Buffer) -> int: ...
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
def fill_tables(
    starts: NDArray[np.int64],
    weights: NDArray[np.float64],
    tables: NDArray[np.uint32],
    shares: NDArray[np.float32],
) -> None: ...
def walk(
    starts: NDArray[np.int64],
    targets: NDArray[np.int32],
    tables: NDArray[np.uint32] | None,
    shares: NDArray[np.float32] | None,
    begins: NDArray[np.int32],
    number: int,
    walks: NDArray[np.int32],
    *,
    p: float,
    q: float,
    seed: int,
) -> None: ...
