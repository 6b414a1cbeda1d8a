"""NumPy's archive of arrays: ``vectors``, ``words`` and perhaps ``counts``."""

from __future__ import annotations

import io
import math
import mmap
import shutil
import tempfile
import zipfile
from collections.abc import Collection, Iterable, Sequence
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from w2v.checks import quoted
from w2v.files.matrices import FloatMatrix, check_finite, row_blocks
from w2v.files.storage import Target, atomic_write
from w2v.files.unpack import open_archive, open_member
from w2v.files.words import Counts, Word, as_counts, as_words

_VALUES = 1 << 20  # letters written at a time
_HEADER = 1 << 14  # bytes in which a header ends: NumPy reads none of more than 10,000


def read_npz(
    path: str, name: str, limit: int | None, encoding: str, errors: str
) -> tuple[list[Word], FloatMatrix, Counts | None]:
    """Read the arrays ``vectors``, ``words`` and ``counts``, or else those that can be these."""
    with open_archive(path, name) as archive:
        return _read(archive, name, limit, encoding, errors)


def read_arrays(path: str, wanted: Collection[str]) -> dict[str, NDArray[Any] | None]:
    """Read some arrays of an archive, sizes checked, nothing unpickled; None for the others.

    Raises
    ------
    ValueError
        If the file is no archive of arrays, damaged, or an array is pickled.
    """
    with open(path, "rb") as file, open_archive(file, path) as archive:
        about = _headers(archive, path)
        return {
            name: _array(archive, name, path, about) if name in wanted else None for name in about
        }


def _read(
    archive: zipfile.ZipFile, name: str, limit: int | None, encoding: str, errors: str
) -> tuple[list[Word], FloatMatrix, Counts | None]:
    about = _headers(archive, name)
    numbers = [n for n, (_, t, shape) in about.items() if t.kind in "fiu" and len(shape) == 2]
    texts = [n for n, (_, t, shape) in about.items() if t.kind in "US" and len(shape) == 1]
    if "words" in about and about["words"][1].kind in "iu" and len(about["words"][2]) == 1:
        texts = ["words"]  # ids
    matrix = "vectors" if "vectors" in numbers else numbers[0] if len(numbers) == 1 else None
    listed = "words" if "words" in texts else texts[0] if len(texts) == 1 else None
    if matrix is None or listed is None:
        found = ", ".join(f"{n} {dtype} {shape}" for n, (_, dtype, shape) in about.items())
        raise ValueError(
            f"{name} holds the arrays {found}; w2v reads 'vectors', numbers (V, d), and 'words', "
            "strings or ids (V,): np.savez(path, words=np.array(words, str), vectors=vectors)"
        )
    V, d = about[matrix][2]
    if V < 1 or d < 1 or about[listed][2] != (V,):
        raise ValueError(
            f"{name}: {matrix} has the shape {(V, d)} and {listed} {about[listed][2]}; there must "
            "be a word for each row of numbers"
        )
    words = _words(_array(archive, listed, name, about)[:limit], name, encoding, errors)
    with np.errstate(over="ignore"):
        vectors = np.array(_array(archive, matrix, name, about)[:limit], np.float32, order="C")
    check_finite(vectors, lambda row: f"{name}: row {row + 1}, the word {quoted(words[row])},")
    counts = None
    if "counts" in about:
        try:
            counts = as_counts(_array(archive, "counts", name, about)[:limit], words)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name}: {error}") from None
    return words, vectors, counts


def _headers(
    archive: zipfile.ZipFile, name: str
) -> dict[str, tuple[int, np.dtype[Any], tuple[int, ...]]]:
    about = {}
    for member in archive.namelist():
        with open_member(archive, member, name) as file:
            try:
                about[member.removesuffix(".npy")] = _header(file)
            except ValueError as error:
                raise ValueError(f"{name}: the array {member} is damaged ({error})") from None
    return about


def _header(member: IO[bytes]) -> tuple[int, np.dtype[Any], tuple[int, ...]]:
    """Read what stands before an array's numbers; a shape in Fortran's order becomes negative."""
    file = io.BytesIO(member.read(_HEADER))
    version = np.lib.format.read_magic(file)
    read = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }.get(version)
    if read is None:
        raise ValueError(f"version {version} of NumPy's format")
    shape, fortran, dtype = read(file)
    return (-file.tell() if fortran else file.tell()), dtype, shape


def _array(
    archive: zipfile.ZipFile,
    array: str,
    name: str,
    about: dict[str, tuple[int, np.dtype[Any], tuple[int, ...]]],
) -> NDArray[Any]:
    """Map a copy of an array; what its header says is compared with its size first."""
    start, dtype, shape = about[array]
    if dtype.hasobject:
        raise ValueError(f"{name}: the array {array} is pickled, and loading it can run any code")
    needed, info = abs(start) + dtype.itemsize * math.prod(shape), archive.getinfo(f"{array}.npy")
    if info.file_size != needed:
        raise ValueError(
            f"{name}: the array {array} should take {needed} bytes, not {info.file_size}; the file "
            "is damaged"
        )
    with tempfile.TemporaryFile() as copy:
        with open_member(archive, info.filename, name) as file:
            shutil.copyfileobj(file, copy, 1 << 20)
        copy.flush()
        data = mmap.mmap(copy.fileno(), 0, access=mmap.ACCESS_READ)
    return np.ndarray(shape, dtype, data, abs(start), order="F" if start < 0 else "C")


def _words(found: NDArray[Any], name: str, encoding: str, errors: str) -> list[Word]:
    if found.dtype.kind in "iu":
        return as_words(found)
    try:
        words: list[Word] = found.tolist()
        if found.dtype.kind == "S":
            words = [word.decode(encoding, errors) for word in found.tolist()]
        "".join(words).encode()
    except ValueError as error:
        raise ValueError(
            f"{name}: its words are damaged or not in {encoding} ({error}); pass its encoding=, or "
            "errors='replace'"
        ) from None
    if "" in words:
        raise ValueError(f"{name}: row {words.index('') + 1} has no word; the file is damaged")
    return words


def write_npz(
    path: Target,
    words: Sequence[Word],
    encoded: list[bytes],
    matrix: NDArray[Any],
    counts: Counts | None,
) -> None:
    """Write what ``np.load`` reads: the words padded to the longest, which is packed well."""
    if isinstance(words[0], str):
        kind = f"<U{max(map(len, words))}"
    else:
        kind = "<i8"
    step = max(1, 4 * _VALUES // np.dtype(kind).itemsize)
    with atomic_write(path) as file, zipfile.ZipFile(file, "w") as archive:
        blocks: Iterable[NDArray[Any]] = (
            block for _, block in row_blocks("vectors", matrix, encoded)
        )
        _write(archive, "vectors", "<f4", matrix.shape, blocks)
        parts = (words[start : start + step] for start in range(0, len(words), step))
        _write(archive, "words", kind, (len(words),), (np.array(part, kind) for part in parts))
        if counts is not None:
            _write(archive, "counts", "<i8", counts.shape, [counts.astype("<i8", copy=False)])


def _write(
    archive: zipfile.ZipFile,
    array: str,
    dtype: str,
    shape: tuple[int, ...],
    parts: Iterable[NDArray[Any]],
) -> None:
    info = zipfile.ZipInfo(f"{array}.npy")  # with no time: the same bytes every time
    if dtype[1] == "U":
        info.compress_type = zipfile.ZIP_DEFLATED
    about = {"descr": dtype, "fortran_order": False, "shape": shape}
    with archive.open(info, "w", force_zip64=True) as file:
        np.lib.format.write_array_header_1_0(file, about)
        for part in parts:
            file.write(part.tobytes())
