"""How many threads, and a team of them."""

import threading
import time

import pytest

from w2v import parallel


def make_group(root, path, files):
    folder = root / "sys/fs/cgroup" / path
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)


@pytest.mark.parametrize(
    "line, groups, cores",
    [
        ("0::/", {"": {}}, None),
        ("0::/", {"": {"cpu.max": "max 100000\n"}}, None),
        ("0::/", {"": {"cpu.max": "200000 100000\n"}}, 2),
        ("0::/a/b", {"a": {"cpu.max": "150000 100000\n"}, "a/b": {"cpu.max": "max 100000\n"}}, 2),
        ("0::/a/b", {"a": {"cpu.max": "800000 100000"}, "a/b": {"cpu.max": "50000 100000"}}, 1),
        ("0::/elsewhere", {"": {"cpu.max": "300000 100000\n"}}, 3),
        (
            "4:cpu,cpuacct:/job",
            {"cpu/job": {"cpu.cfs_quota_us": "400000\n", "cpu.cfs_period_us": "100000\n"}},
            4,
        ),
        (
            "4:cpu,cpuacct:/job",
            {"cpu/job": {"cpu.cfs_quota_us": "-1\n", "cpu.cfs_period_us": "100000\n"}},
            None,
        ),
        ("5:memory:/job", {"cpu/job": {"cpu.cfs_quota_us": "1", "cpu.cfs_period_us": "1"}}, None),
    ],
)
def test_quotas_of_control_groups(tmp_path, line, groups, cores):
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(f"{line}\n")
    for path, files in groups.items():
        make_group(tmp_path, path, files)
    assert parallel._quota(tmp_path) == cores


def test_a_quota_limits_the_cores(monkeypatch):
    monkeypatch.delenv("W2V_THREADS", raising=False)
    monkeypatch.setattr(parallel.os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    monkeypatch.setattr(parallel, "_quota", lambda: 2)
    assert parallel.available_cores() == parallel.worker_count(-1) == 2
    monkeypatch.setattr(parallel, "_quota", lambda: None)
    assert parallel.available_cores() == 64


def test_the_environment_decides_before_all_else(monkeypatch):
    monkeypatch.setattr(parallel, "_quota", lambda: 2)
    monkeypatch.setenv("W2V_THREADS", " 7 ")
    assert parallel.available_cores() == 7
    for wrong in ("0", "-1", "two", "1.5", "²"):
        monkeypatch.setenv("W2V_THREADS", wrong)
        with pytest.raises(ValueError, match="W2V_THREADS must be a whole number >= 1"):
            parallel.available_cores()


def test_worker_count(monkeypatch):
    monkeypatch.setenv("W2V_THREADS", "5")
    assert [parallel.worker_count(n) for n in (None, 0, -1, 1, 3)] == [5, 5, 5, 1, 3]
    for wrong in (-2, 1025):
        with pytest.raises(ValueError, match="workers must lie between"):
            parallel.worker_count(wrong)
    for wrong in (1.0, True, "2"):
        with pytest.raises(TypeError, match="workers must be a whole number"):
            parallel.worker_count(wrong)


def test_a_failing_worker_stops_the_others():
    stopped = threading.Event()

    def work(worker):
        if worker == 1:
            raise KeyError("broken")
        assert stopped.wait(10)

    with pytest.raises(KeyError, match="broken"):
        parallel.run_team(work, 3, stopped.set)


def test_an_exception_of_the_caller_waits_for_the_workers():
    stopped, ended = threading.Event(), []

    def work(worker):
        assert stopped.wait(10)
        time.sleep(0.05)
        ended.append(worker)

    def show():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        parallel.run_team(work, 2, stopped.set, show)
    assert sorted(ended) == [0, 1]


def test_nobody_works_if_a_thread_cannot_be_started(monkeypatch):
    worked, start = [], threading.Thread.start

    def fail_later(thread):
        if len(threads) == 2:
            raise RuntimeError("can't start new thread")
        threads.append(thread)
        start(thread)

    threads = []
    monkeypatch.setattr(threading.Thread, "start", fail_later)
    with pytest.raises(RuntimeError, match="can't start"):
        parallel.run_team(worked.append, 3, lambda: None)
    assert not worked and not any(thread.is_alive() for thread in threads)
