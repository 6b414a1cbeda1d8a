from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol, final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Self

# Kernels

def isa_names() -> list[str]: ...
def isa() -> str: ...
def use_isa(name: str | None = None) -> None: ...
def aligned_zeros(rows: int, columns: int) -> NDArray[np.float32]: ...
def check_rows(W: NDArray[np.float32], name: str) -> None: ...
def fill_uniform(W: NDArray[np.float32], seed: int, scale: float) -> None: ...
def train_step(
    W_in: NDArray[np.float32],
    W_out: NDArray[np.float32],
    inputs: ArrayLike,
    starts: ArrayLike,
    outputs: Sequence[int] | NDArray[Any],
    targets: ArrayLike,
    alpha: float,
    link: str,
    exact_gradient: bool = True,
) -> float: ...

# Training

BLOCK: int

class _Settings(Protocol):
    @property
    def architecture(self) -> str: ...
    @property
    def loss(self) -> str: ...
    @property
    def window(self) -> int: ...
    @property
    def negative(self) -> int: ...
    @property
    def shrink_windows(self) -> bool: ...
    @property
    def cbow_gradient(self) -> str: ...
    @property
    def seed(self) -> int: ...

class Tables(NamedTuple):
    keep: NDArray[np.uint32]
    sampled: int
    noise: NDArray[np.uint32] | None
    path_starts: NDArray[np.int64] | None
    path_nodes: NDArray[np.int32] | None
    path_labels: NDArray[np.float32] | None

def n_blocks(tokens: int) -> int: ...
def check_corpus(ids: NDArray[np.int32], offsets: NDArray[np.int64], vocabulary: int) -> int: ...

@final
class Training:
    def __new__(
        cls,
        ids: NDArray[np.int32],
        offsets: NDArray[np.int64] | None,
        W_in: NDArray[np.float32],
        W_out: NDArray[np.float32],
        settings: _Settings,
        tables: Tables,
        workers: int = 1,
        *,
        round_blocks: int = 0,
        hot_blocks: int = 0,
        pairs: bool = False,
        pair_table: NDArray[np.uint32] | None = None,
        tags: tuple[NDArray[np.int64], NDArray[np.int32]] | None = None,
        words: bool = True,
        updates: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None,
        frozen: tuple[NDArray[np.uint8] | None, NDArray[np.uint8] | None] = (None, None),
    ) -> Self: ...
    @property
    def workers(self) -> int: ...
    @property
    def position(self) -> int: ...
    @property
    def finished(self) -> bool: ...
    @property
    def reports(self) -> NDArray[np.float64]: ...
    def start_epoch(
        self,
        epoch: int,
        alpha: float,
        end_alpha: float,
        first_block: int = 0,
        reports: NDArray[np.float64] | None = None,
    ) -> None: ...
    def work(self, worker: int) -> None: ...
    def stop(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def report(self) -> tuple[float, float, float]: ...

@final
class Inference:
    def __new__(
        cls,
        training: Training,
        vectors: NDArray[np.float32],
        row: int,
        epochs: int,
        alpha: float,
        end_alpha: float,
    ) -> Self: ...
    def work(self, worker: int) -> None: ...
    def stop(self) -> None: ...

def pairs(
    ids: NDArray[np.int32],
    offsets: NDArray[np.int64],
    tables: Tables,
    *,
    window: int,
    shrink_windows: bool,
    seed: int,
    epoch: int,
) -> Iterator[NDArray[np.int32]]: ...

# Networks

BLAS_FROM: int

@final
class NetworkTraining:
    def __init__(
        self,
        layers: Sequence[Any],
        theta: NDArray[Any],
        moments: NDArray[Any],
        X: NDArray[Any],
        T: NDArray[Any],
        sample_weight: NDArray[Any] | None,
        training: Any,
        epoch: int,
        epochs: int,
        updates: int,
        workers: int = 1,
        gemm: object = None,
        path: str | None = None,
    ) -> None: ...
    @property
    def workers(self) -> int: ...
    @property
    def done(self) -> int: ...
    @property
    def losses(self) -> list[float]: ...
    @property
    def updates(self) -> int: ...
    def work(self, worker: int) -> None: ...
    def stop(self) -> None: ...

# Vectors

def read_rows(
    text: bool, data: memoryview, position: int, rows: NDArray[np.float32], names: NDArray[np.uint8]
) -> tuple[int, int, int]: ...
def first_not_finite(rows: NDArray[np.float32]) -> int: ...
def crc32c(data: bytes | memoryview | NDArray[np.uint8], crc: int = 0) -> int: ...
def index_words(
    text: NDArray[np.uint8], cuts: NDArray[np.int64], index: NDArray[np.int32]
) -> None: ...
def find_word(
    text: NDArray[np.uint8], cuts: NDArray[np.int64], index: NDArray[np.int32], word: bytes
) -> int: ...
def row_norms(rows: NDArray[np.float32], out: NDArray[np.float32]) -> None: ...
def dots(
    query: NDArray[np.float32], rows: NDArray[np.float32], out: NDArray[np.float32]
) -> None: ...
def finalists(
    scores: NDArray[np.float32], norms: NDArray[np.float32], k: int, margin: float
) -> list[NDArray[np.int64]]: ...
def answer(
    S: NDArray[np.float32],
    first: int,
    spelling: NDArray[np.int32],
    rows: NDArray[np.int32],
    ids: NDArray[np.int32],
    product: bool,
    epsilon: float,
    best: NDArray[np.float32],
    answers: NDArray[np.int32],
) -> None: ...
