"""What holds for every file that is written, and for every file that is read back."""

import bz2
import errno
import gzip
import lzma
import os
import stat
import subprocess
import sys
import threading
from contextlib import contextmanager, nullcontext
from functools import partial

import pytest
from saved_things import READ, THINGS

from w2v.files.inputs import read_lines
from w2v.files.storage import (
    COMPRESSIONS,
    atomic_write,
    atomic_writes,
    suffix_of,
    try_to_write,
)
from w2v.files.unpack import mapped

resource = pytest.importorskip("resource", reason="needs the limits of a POSIX system")

pytestmark = pytest.mark.filterwarnings("ignore:max_iter=1 epochs are over")


@pytest.fixture(params=THINGS)
def thing(request):
    return THINGS[request.param]


@contextmanager
def full_disk():
    """Let no file grow beyond 10 bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def failing(name):
    def fail(*args, **kwargs):
        raise OSError(28, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, name, fail)
        yield


@pytest.mark.parametrize("failure", ["full disk", "fsync", "replace"])
def test_failed_write_leaves_the_old_file_alone(tmp_path, thing, failure):
    path = tmp_path / f"file{thing.suffix}"
    thing.save(path, 0)
    before = path.read_bytes()
    with full_disk() if failure == "full disk" else failing(failure):
        with pytest.raises(OSError, match="file"):
            thing.save(path, 1)
    assert path.read_bytes() == before
    assert set(os.listdir(tmp_path)) - {"file_metadata"} == {path.name}
    thing.save(path, 1)
    assert path.read_bytes() != before


def test_mode_follows_umask_or_the_old_file(tmp_path, thing):
    path = tmp_path / f"file{thing.suffix}"
    before = os.umask(0o027)
    try:
        thing.save(path, 0)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        path.chmod(0o604)
        thing.save(path, 1)
        assert stat.S_IMODE(path.stat().st_mode) == 0o604
    finally:
        os.umask(before)


def test_a_link_stays_a_link(tmp_path, thing):
    (tmp_path / "folder").mkdir()
    link = tmp_path / f"link{thing.suffix}"
    link.symlink_to("folder/target")
    thing.save(link, 0)
    assert link.is_symlink()
    assert (tmp_path / "folder" / "target").stat().st_size > 0


def test_no_folder_and_no_file(tmp_path, thing):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        thing.save(tmp_path / "none" / f"file{thing.suffix}", 0)
    (tmp_path / f"folder{thing.suffix}").mkdir()
    with pytest.raises((ValueError, OSError), match="folder"):
        thing.save(tmp_path / f"folder{thing.suffix}", 0)


@pytest.mark.parametrize("name", READ)
def test_saved_and_loaded(tmp_path, name):
    thing = READ[name]
    path = tmp_path / f"file{thing.suffix}"
    for n in range(2):
        thing.save(path, n)
    thing.save(tmp_path / f"again{thing.suffix}", 1)
    assert path.read_bytes() == (tmp_path / f"again{thing.suffix}").read_bytes()
    assert thing.load(path) == thing.load(tmp_path / f"again{thing.suffix}")


@pytest.mark.parametrize("name", READ)
def test_foreign_and_damaged_files_are_named(tmp_path, name):
    thing = READ[name]
    path = tmp_path / f"file{thing.suffix}"
    with pytest.raises(FileNotFoundError, match="file"):
        thing.load(path)
    thing.save(path, 0)
    half = path.read_bytes()[: path.stat().st_size // 2]
    foreign = [b"", b"\x89PNG\r\n\x1a\n" + bytes(100), gzip.compress(b"text " * 9)[:-9]]
    for content in foreign + [half] * thing.sees_a_cut:
        path.write_bytes(content)
        with pytest.raises(ValueError, match="file"):
            thing.load(path)


def test_many_threads_write_one_file(tmp_path):
    contents = [bytes([i]) * 100_000 for i in range(8)]

    def save(content):
        with atomic_write(tmp_path / "file") as file:
            file.write(content)

    threads = [threading.Thread(target=save, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "file").read_bytes() in contents
    assert os.listdir(tmp_path) == ["file"]


def test_the_next_save_removes_what_a_killed_one_left(tmp_path):
    code = """if 1:
        import os, sys
        from w2v.files.storage import atomic_write
        with atomic_write(sys.argv[1]) as file:
            file.write(b"half")
            file.flush()
            print("now", flush=True)
            sys.stdin.read()
    """
    path, other = tmp_path / "file", tmp_path / "other"

    def started(path):
        return subprocess.Popen(
            [sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    savers = [started(path), started(path), started(other)]
    try:
        for saver in savers:
            assert saver.stdout.readline() == b"now\n"
        savers[0].kill()
        savers[2].kill()
        for saver in (savers[0], savers[2]):
            saver.wait()
        assert len(os.listdir(tmp_path)) == 3
        with atomic_write(path) as file:
            file.write(b"whole")
        # that of a process at work, and that of another file
        assert len(os.listdir(tmp_path)) == 3
        savers[1].communicate()
        assert path.read_bytes() == b"half"
    finally:
        for saver in savers:
            saver.kill()
            saver.communicate()
    try_to_write(other)
    assert os.listdir(tmp_path) == ["file"]


def test_a_lasting_mode_from_the_first_byte(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"secret")
    path.chmod(0o600)
    with atomic_write(path) as file:
        file.write(b"new")
        modes = [stat.S_IMODE(entry.stat().st_mode) for entry in os.scandir(tmp_path)]
    assert modes == [0o600, 0o600]


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EINVAL])
def test_a_folder_that_cannot_be_synchronised(tmp_path, monkeypatch, number):
    def fsync(file):
        if stat.S_ISDIR(os.fstat(file).st_mode):
            raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fsync)
    expected = nullcontext() if number == errno.EINVAL else pytest.raises(OSError, match="file")
    with expected, atomic_write(tmp_path / "file") as file:
        file.write(b"new")
    assert (tmp_path / "file").read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("older", [True, False])
def test_of_two_files_both_are_replaced_or_none(tmp_path, monkeypatch, links, older):
    paths = [tmp_path / "a", tmp_path / "b"]

    def save(content):
        with atomic_writes(*paths) as files:
            for file in files:
                file.write(content)

    if older:
        save(b"old")
    replace, link = os.replace, os.link

    def fail(source, target, *, what):
        if not str(source).startswith(str(tmp_path / ".w2v-")) or str(target).endswith("b"):
            raise OSError(errno.EIO, os.strerror(errno.EIO), source)
        what(source, target)

    monkeypatch.setattr(os, "replace", partial(fail, what=replace))
    monkeypatch.setattr(os, "link", link if links else partial(fail, what=link))
    with pytest.raises(OSError, match="a"):
        save(b"new")
    if older and links:
        assert [path.read_bytes() for path in paths] == [b"old", b"old"]
    assert sorted(os.listdir(tmp_path)) == ["a", "b"] * older


def test_what_could_not_be_saved_is_told_before_the_work(tmp_path):
    path = tmp_path / "file"
    assert try_to_write(path) == str(path)
    assert os.listdir(tmp_path) == []
    path.write_bytes(b"old")
    with full_disk(), pytest.raises(OSError, match="file"):
        try_to_write(path)
    assert (os.listdir(tmp_path), path.read_bytes()) == (["file"], b"old")
    with pytest.raises(OSError, match=f"{'x' * 300}.*too long|too long.*{'x' * 300}"):
        try_to_write(tmp_path / ("x" * 300))
    long = tmp_path / ("x" * 255)
    try_to_write(long)
    with atomic_write(long) as file:
        file.write(b"new")
    assert long.read_bytes() == b"new"
    with pytest.raises(ValueError, match="folder"):
        try_to_write(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="pipe is not a regular file"):
        try_to_write(tmp_path / "pipe")


# ------------------------------------------------------------------------------------ compressions


def zstd_compress(content):
    try:
        from compression import zstd
    except ModuleNotFoundError:
        zstd = pytest.importorskip("backports.zstd", reason="needs zstd, the extra zst")
    return zstd.compress(content)


PACKERS = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstd_compress,
}


@pytest.mark.parametrize("compression", COMPRESSIONS, ids=lambda c: c.name)
def test_compression_by_content_and_by_suffix(tmp_path, compression):
    content = b"one\r\ntwo \xc3\xa9\n\nfour"
    (tmp_path / "packed").write_bytes(PACKERS[compression.name](content))
    with atomic_write(tmp_path / f"x.TXT{compression.suffix.upper()}", compress=True) as file:
        file.write(content)
    for path in tmp_path.iterdir():
        assert compression.magic.match(path.read_bytes())
        with mapped(path) as data:
            assert data[:] == content
        assert [line for _, line in read_lines(path)] == ["one", "two é", "", "four"]
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        for read in (lambda path=path: list(read_lines(path)), mapped(path).__enter__):
            with pytest.raises(ValueError, match=f"{path.name}: its {compression.name} data"):
                read()


def test_suffixes():
    assert suffix_of("a.b/x.TXT.gz") == (".txt", COMPRESSIONS[0])
    assert suffix_of("x.bin") == (".bin", None)
    assert suffix_of("x.gz") == ("", COMPRESSIONS[0])
    assert suffix_of("x") == ("", None)


def test_without_zstd_the_error_says_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "x").write_bytes(b"\x28\xb5\x2f\xfd....")
    monkeypatch.setattr(
        "w2v.files.storage.COMPRESSIONS", [COMPRESSIONS[3]._replace(modules=("no_such_module",))]
    )
    with pytest.raises(ImportError, match=r"x: .*no zstd.*w2v\[zst\]"):
        list(read_lines(tmp_path / "x"))


# ------------------------------------------------------------------------------------------- lines


def test_lines_know_their_place(tmp_path):
    path = tmp_path / "file"
    path.write_bytes("\ufeffone\n\ufefftwo\r\n\x0bthree\u2028\n".encode())
    assert list(read_lines(path)) == [
        (f"{path}, line 1", "one"),
        (f"{path}, line 2", "\ufefftwo"),
        (f"{path}, line 3", "\x0bthree\u2028"),
    ]
    path.write_bytes(b"a\nb \xe9\n")
    with pytest.raises(ValueError, match=r"file, line 2: not utf-8 text \(.* at byte 2 of"):
        list(read_lines(path))
    assert [line for _, line in read_lines(path, "latin-1")] == ["a", "b é"]


def test_lines_of_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    content = gzip.compress(b"a 1\nb 2\n")
    writer = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(content))
    writer.start()
    assert [line for _, line in read_lines(tmp_path / "pipe")] == ["a 1", "b 2"]
    writer.join()
