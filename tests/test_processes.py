"""Other processes: what is trained and asked there is what it is here, and nothing hangs."""

import multiprocessing
import subprocess
import sys
import warnings

import numpy as np
import pytest

import w2v

TEXT = [["a", "b", "c", "d"], ["b", "c", "a"], ["d", "a", "b"]] * 25_000  # 250 blocks


def train():
    model = w2v.train(TEXT, min_count=1, workers=2, vector_size=20, epochs=1, verbose=False)
    return model.W_in.tobytes()


def neighbours(vectors):
    """Ask vectors so many that the work is spread over threads, wherever there are two cores."""
    return vectors.most_similar("word7")


@pytest.fixture(scope="module")
def vectors():
    numbers = np.random.default_rng(1).random((200_000, 50), dtype=np.float32)
    return w2v.KeyedVectors([f"word{i}" for i in range(len(numbers))], numbers)


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(start, marks=[] if start == "fork" else pytest.mark.slow)
        for start in multiprocessing.get_all_start_methods()
    ],
)
def test_children_train_and_answer_as_their_parent(vectors, start):
    expected = train(), neighbours(vectors)  # the parent has had threads of all kinds
    with warnings.catch_warnings():
        # forking beside threads, those of numpy among them, is what is tried here
        warnings.simplefilter("ignore", DeprecationWarning)
        with multiprocessing.get_context(start).Pool(2) as pool:
            results = [pool.apply_async(train) for _ in range(2)]
            answer = pool.apply_async(neighbours, [vectors])
            assert [result.get(timeout=120) for result in results] == [expected[0]] * 2
            assert answer.get(timeout=120) == expected[1]


def test_work_in_parts_goes_on_when_the_main_thread_has_ended():
    """A thread that answers queries may outlive it; then Python lets no other be started."""
    code = """
import threading
from w2v import parallel

def late():
    threading.main_thread().join()
    parts = []
    parallel.in_parts(lambda *part: parts.append(part), 4, 1 << 30)
    print(parts)

parallel.available_cores = lambda: 2
threading.Thread(target=late).start()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("[(0, 4)]\n", "")
