"""Compare w2v's networks with PyTorch and scikit-learn: speed of training, accuracy on digits.

    python benchmarks/networks.py --output networks

Writes networks.md and networks.json. Each measurement is a process of its own, the programs taking
turns, because a pool of threads that one library leaves spinning would slow the next. What counts
is the best of all rounds: a machine has slow spells, and no fast ones.

Every program trains the same layers on the same numbers with the same batches, in order, with the
same optimiser and rate. PyTorch's Adam runs in its plain and its fused form; the table shows the
better. PyTorch and scikit-learn need to be installed; a program that is not is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shlex
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

from report import Record, plain, table

PROGRAMS = {"w2v": "w2v", "torch": "torch", "torch fused": "torch", "scikit-learn": "scikit-learn"}


class Case(NamedTuple):
    """One network and how it is trained."""

    layers: tuple[int, ...]
    batch: int
    patterns: int
    optimizer: str
    rate: float
    precision: str
    target: dict[int, float]  # threads -> updates or samples a second, or times PyTorch's
    relative: bool


CASES = {
    "xor": Case((2, 2, 1), 1, 4, "sgd", 0.5, "float64", {1: 10e6}, False),
    "digits": Case((64, 32, 10), 32, 1437, "adam", 0.001, "float32", {1: 2.5e6}, False),
    "middle": Case(
        (784, 256, 128, 10), 128, 12800, "adam", 0.001, "float32", {1: 1.3, 2: 1.45}, True
    ),
    "wide": Case(
        (1000, 4000, 4000, 1000), 512, 1024, "adam", 0.001, "float32", {1: 1.1, 2: 1.1}, True
    ),
}
DIGITS_EPOCHS = 100
DIGITS_SEEDS = range(1, 6)


def name_of(case: Case) -> str:
    return (
        f"{'-'.join(map(str, case.layers))}, batch {case.batch}, {case.optimizer}, {case.precision}"
    )


# --- what is timed: these run in a process of their own ----------------------------------------


def data_of(case: Case) -> tuple[Any, Any]:
    import numpy as np

    if case.batch == 1:
        X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=case.precision)
        return X, np.array([[0], [1], [1], [0]], dtype=case.precision)
    rng = np.random.default_rng(0)
    X = rng.random((case.patterns, case.layers[0]), dtype=case.precision)
    return X, rng.integers(0, case.layers[-1], case.patterns)


def one_hot(y: Any, classes: int, precision: str) -> Any:
    import numpy as np

    return np.eye(classes, dtype=precision)[y]


def w2v_trainer(case: Case, threads: int, seed: int) -> tuple[Callable[..., Any], Any]:
    from w2v.networks.network import Layer, Network

    small = case.batch == 1
    hidden = [Layer(n, "sigmoid" if small else "relu") for n in case.layers[1:-1]]
    net = Network(
        case.layers[0],
        [*hidden, Layer(case.layers[-1], "sigmoid" if small else "softmax")],
        loss="squared_error" if small else "cross_entropy",
        seed=seed,
        dtype=case.precision,
    )

    state = None

    def train(X: Any, y: Any, epochs: int, shuffle: bool = False) -> None:
        nonlocal state
        T = y if small else one_hot(y, case.layers[-1], case.precision)
        history = net.train(
            X,
            T,
            epochs=epochs,
            batch_size=case.batch,
            optimizer=case.optimizer,
            learning_rate=case.rate,
            shuffle=shuffle,
            seed=seed,
            workers=threads,
            state=state,
        )
        state = history.state  # the optimiser's memory, as PyTorch's optimiser keeps its own

    return train, lambda X: net.forward(X).argmax(axis=1)


def torch_trainer(
    case: Case, threads: int, seed: int, fused: bool = False
) -> tuple[Callable[..., Any], Any]:
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(seed)
    small = case.batch == 1
    kind = getattr(torch, case.precision)
    parts: list[Any] = []
    for a, b in zip(case.layers[:-1], case.layers[1:], strict=True):
        parts += [
            torch.nn.Linear(a, b, dtype=kind),
            torch.nn.Sigmoid() if small else torch.nn.ReLU(),
        ]
    net = torch.nn.Sequential(*(parts if small else parts[:-1]))
    parameters = list(net.parameters())
    optimizer = (
        torch.optim.SGD(parameters, lr=case.rate, fused=fused)
        if case.optimizer == "sgd"
        else torch.optim.Adam(parameters, lr=case.rate, fused=fused)
    )
    loss_of = torch.nn.functional.mse_loss if small else torch.nn.functional.cross_entropy

    def train(X: Any, y: Any, epochs: int, shuffle: bool = False) -> None:
        X, y = torch.from_numpy(X), torch.from_numpy(y)
        for _ in range(epochs):
            order = torch.randperm(len(X)) if shuffle else None
            for start in range(0, len(X), case.batch):
                rows: Any = slice(start, start + case.batch)
                if order is not None:
                    rows = order[rows]
                loss = loss_of(net(X[rows]), y[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()

    def predict(X: Any) -> Any:
        with torch.no_grad():
            return net(torch.from_numpy(X)).argmax(dim=1).numpy()

    return train, predict


def sklearn_trainer(case: Case, threads: int, seed: int) -> tuple[Callable[..., Any], Any]:
    import warnings

    from sklearn.neural_network import MLPClassifier, MLPRegressor

    warnings.simplefilter("ignore")
    small = case.batch == 1
    net = (MLPRegressor if small else MLPClassifier)(
        hidden_layer_sizes=case.layers[1:-1],
        activation="logistic" if small else "relu",
        solver=case.optimizer,
        learning_rate_init=case.rate,
        batch_size=case.batch,
        alpha=0.0,
        momentum=0.0,
        random_state=seed,
        shuffle=False,
        n_iter_no_change=10**9,
        warm_start=True,
    )

    def train(X: Any, y: Any, epochs: int, shuffle: bool = False) -> None:
        net.set_params(max_iter=epochs, shuffle=shuffle)
        net.fit(X, y.ravel())

    return train, net.predict


def trainer(program: str, case: Case, threads: int, seed: int) -> tuple[Callable[..., Any], Any]:
    if program.startswith("torch"):
        return torch_trainer(case, threads, seed, fused="fused" in program)
    return (w2v_trainer if program == "w2v" else sklearn_trainer)(case, threads, seed)


def measure(program: str, name: str, threads: int, seconds: float) -> Record:
    """Return the patterns a second of the best of three trainings of so many seconds together."""
    case = CASES[name]
    X, y = data_of(case)
    train, _ = trainer(program, case, threads, 1)
    train(X, y, 1)  # the first time is spent on allocating
    epochs, spent = 1, 0.0
    while spent < seconds / 6:  # how many epochs make a third of the time
        started = time.perf_counter()
        train(X, y, epochs)
        spent = time.perf_counter() - started
        epochs = max(1, round(epochs * min(10, seconds / 3 / max(spent, 1e-6))))
        if spent > seconds / 3:
            break
    best = 0.0
    for _ in range(3):
        started = time.perf_counter()
        train(X, y, epochs)
        best = max(best, epochs * len(X) / (time.perf_counter() - started))
    return {"speed": best}


def accuracy(program: str, seed: int) -> Record:
    """Return the accuracy on a fifth of the digits after training on the others."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype("float32")
    X, held_X, y, held_y = train_test_split(X, y, test_size=360, random_state=0, stratify=y)
    train, predict = trainer(program, CASES["digits"], 1, seed)
    train(X, y, DIGITS_EPOCHS, shuffle=True)
    return {"accuracy": float((predict(held_X) == held_y).mean())}


# --- the comparison ----------------------------------------------------------------------------


def child(program: str, task: str, threads: int, argument: float) -> Record:
    """Run one measurement in a process that has `threads` threads."""
    pools = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    command = [sys.executable, __file__, "--child", program, task, str(threads), str(argument)]
    environment = os.environ | dict.fromkeys(pools, str(threads))
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{program}, {task}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout.splitlines()[-1])


def installed() -> dict[str, str]:
    found = {}
    for name in ("w2v", "torch", "scikit-learn", "numpy", "scipy"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            if name == "w2v":
                import w2v

                found[name] = w2v.__version__
    return found


def machine() -> str:
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = [x for x in cpuinfo.read_text().splitlines() if x.startswith("model name")]
        model = lines[0].split(":")[1].strip() if lines else model
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"
    )


def run(arguments: argparse.Namespace) -> Record:
    versions = installed()
    programs = [name for name, package in PROGRAMS.items() if package in versions]
    runs: list[Record] = []
    for number in range(arguments.rounds):
        for name in arguments.cases:
            for threads in [1] if CASES[name].layers[0] < 100 else arguments.threads:
                for program in programs:
                    record = {"case": name, "threads": threads, "program": program}
                    record |= child(program, name, threads, arguments.seconds)
                    print(number + 1, record, file=sys.stderr)
                    runs.append(record)
    scores = []
    if "digits" in arguments.cases and "scikit-learn" in versions:
        for seed in DIGITS_SEEDS:
            for program in programs:
                score = {"program": program, "seed": seed} | child(program, "accuracy", 1, seed)
                scores.append(score)
    return {
        "command": shlex.join(["python", *sys.argv]),
        "date": str(date.today()),
        "machine": machine(),
        "versions": versions,
        "settings": (
            f"best of {arguments.rounds} rounds of three trainings, "
            f"{arguments.seconds:g} s together"
        ),
        "runs": runs,
        "digits": scores,
    }


def markdown(results: Record) -> str:
    lines = ["# Networks", "", f"`{results['command']}`", ""]
    for title in ("date", "machine", "versions", "settings"):
        lines.append(f"- {title}: {plain(results[title])}")
    lines += ["", "Patterns a second, best of all rounds.", ""]
    best: dict[tuple[str, int], dict[str, float]] = {}
    for record in results["runs"]:
        speeds = best.setdefault((record["case"], record["threads"]), {})
        program = PROGRAMS[record["program"]]
        speeds[program] = max(speeds.get(program, 0), record["speed"])
    rows = []
    for (name, threads), speeds in best.items():
        case = CASES[name]
        row: Record = {"work": name_of(case), "threads": threads}
        for program in ("w2v", "torch", "scikit-learn"):
            row[program] = f"{speeds[program]:,.0f}" if program in speeds else "–"
        ratio = speeds["w2v"] / speeds["torch"] if "torch" in speeds else float("nan")
        row["÷ torch"] = f"{ratio:.2f}"
        target = case.target[threads] if threads in case.target else None
        if target is None:
            row["asked"] = "–"
        else:
            row["asked"] = f"{target:g} × torch" if case.relative else f"{target:,.0f}"
        rows.append(row)
    lines += table(rows)
    if results["digits"]:
        lines += [
            "",
            f"Accuracy on 360 digits after {DIGITS_EPOCHS} epochs on the other 1,437 "
            f"(64-32-10, batch 32, Adam), mean of {len(DIGITS_SEEDS)} seeds (lowest to highest):",
            "",
        ]
        rows = []
        for program in dict.fromkeys(record["program"] for record in results["digits"]):
            values = [r["accuracy"] for r in results["digits"] if r["program"] == program]
            spread = f"{statistics.mean(values):.4f} ({min(values):.4f} to {max(values):.4f})"
            rows.append({"program": program, "accuracy": spread})
        lines += table(rows)
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--output", default="networks", help="writes OUTPUT.md and OUTPUT.json")
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        program, task, threads, argument = arguments.child
        if task == "accuracy":
            print(json.dumps(accuracy(program, int(float(argument)))))
        else:
            print(json.dumps(measure(program, task, int(threads), float(argument))))
        return
    results = run(arguments)
    Path(f"{arguments.output}.json").write_text(json.dumps(results, indent=1) + "\n")
    page = markdown(results)
    Path(f"{arguments.output}.md").write_text(page)
    print(page)


if __name__ == "__main__":
    main()
