"""Runs every command on made-up measurements, each in a process of its own, and reports how each ended.

One process imports everything and forks for each run, because importing takes longer than the runs. A command is found
by its place in the group, so one that has no arguments here fails the tests until it gets some.
"""

import io
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from forked import code_of, import_everything, in_fork
from support import URL_VARIABLES

__all__ = ["ARGUMENTS", "CLOSED", "FULL", "Ended", "Run", "run_all"]

ARGUMENTS: dict[str, list[str]] = {
    "ab": ["redis@1ms", "--metric", "enqueue"],
    "bisect": ["redis", "--package", "kombu", "--good", "5.5.0", "--bad", "5.6.0"],
    "compare": ["redis"],
    "doctor": [],
    "export": ["base", "--format", "csv"],
    "gate": ["base", "slow"],
    "guarantees": ["redis@1ms"],
    "guarantees --soak": ["redis@1ms", "--soak", "60s"],
    "history": ["."],
    "releases": ["redis", "--package", "kombu"],
    "report": ["base"],
    "schema": ["gate"],
    "selfcheck": ["redis@1ms", "--runs", "2"],
    "tune": ["redis@1ms", "--only", "worker_prefetch_multiplier"],
    "up": ["redis"],
    "workloads": [],
}
CLOSED, FULL = "closed", "full"
"""Where standard output can lead besides a file: to a pipe that nobody reads, and to a full disk."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run of a command. With ``crashes``, it meets an error that nobody expected; with ``thread``, in a thread."""

    command: str
    more: list[str] = field(default_factory=list)
    output: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    crashes: bool = False
    thread: bool = False


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How it ended."""

    code: int
    output: str
    errors: str


def run_all(runs: list[Run], folder: Path) -> list[Ended]:
    """Run them one after the other in the folder."""
    (folder / "tmp").mkdir(exist_ok=True)
    hidden = ("GITHUB_", "NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS", *URL_VARIABLES)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    own = {"PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(folder / "tmp"), "OPENBLAS_NUM_THREADS": "1"}
    answer = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps([asdict(run) for run in runs]),
        cwd=folder,
        env={**kept, **own},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return [Ended(**one) for one in json.loads(answer.stdout)]


def _main() -> None:
    runs = [Run(**one) for one in json.load(sys.stdin)]
    import_everything()
    _make_results()
    _measure_nothing()
    json.dump([asdict(_ended(run)) for run in runs], sys.stdout)


def _ended(run: Run) -> Ended:
    folder = Path(uuid.uuid4().hex)  # a default output is named after the second
    shutil.copytree("results", folder)
    places = (folder / "output", folder / "errors")
    code = in_fork(partial(_as_child, run, folder), *places)
    output, errors = (place.read_bytes().decode("utf-8", "replace") for place in places)
    return Ended(code=code, output=output, errors=errors)


def _as_child(run: Run, folder: Path) -> int:
    if run.output == CLOSED:
        read, write = os.pipe()
        os.close(read)
        os.dup2(write, 1)
    elif run.output == FULL:
        os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
    sys.stdout, sys.stderr = (
        io.TextIOWrapper(io.FileIO(number, "wb", closefd=False), encoding=run.encoding, write_through=True)
        for number in (1, 2)
    )
    os.environ.update(run.environment)
    os.chdir(folder)
    sys.argv = ["brokerbench", run.command.partition(" ")[0], *ARGUMENTS[run.command], *run.more]
    from bench.start import main

    if run.crashes:
        _crash(in_thread=run.thread)
    return code_of(main)


def _crash(*, in_thread: bool) -> None:
    """Let the command meet an error that nobody expected, and that contains a secret."""
    import threading

    import click

    invoke: Callable[..., Any] = click.Command.invoke

    def fails() -> None:
        raise KeyError("redis://user:hunter2@host\nsecond line")

    def crash(self: click.Command, context: click.Context) -> Any:
        if not isinstance(self, click.Group):
            if not in_thread:
                fails()
            thread = threading.Thread(target=fails)
            thread.start()
            thread.join()
        return invoke(self, context)

    click.Command.invoke = crash  # type: ignore[method-assign]


def _make_results() -> None:
    from sides import made_side

    for name, factor in (("base", 1.0), ("slow", 2.0)):
        folder = Path("results") / name
        folder.mkdir(parents=True)
        (folder / "result.json").write_text(made_side(factor).model_dump_json())


def _break_nothing(_: Any, keep: Any, watcher: Any) -> Any:
    from matrices import make_attempt, make_cell, make_matrix

    cell = make_cell("redis", "worker-killed-late", make_attempt("broken", finding="lost 1 of 9 ü", lost=[0]))
    watcher.state("booting redis")
    watcher.began("redis", "worker-killed-late")
    watcher.ended(cell, 1, 1)
    matrix = make_matrix(cell)
    keep(matrix)
    return matrix


def _soak_nothing(_subjects: Any, _length: Any, _workload: Any, keep: Any, told: Any) -> Any:
    from soaks import EVERY_SOAK

    told("booting redis")
    found = EVERY_SOAK["leaking"]()
    keep(found)
    return found


def _measure_nothing() -> None:
    """Replace what measures, and what asks the network, by what was made up. Each verdict is a bad one."""
    from sides import made_side
    from tunings import EVERY_TUNING

    from bench.ab.judge import Finding
    from bench.ab.question import Answer
    from bench.ab.sides import Sides
    from bench.ab.virtualenvs import Interpreter, Lock, Release
    from bench.commands import ab, bisect, breaking, releases, soaking, tune, up
    from bench.compare import run as comparing
    from bench.compare.request import Comparison
    from bench.engine.observer import Observer
    from bench.processes.subject import Subject, label_subjects
    from bench.records.result import Result
    from bench.records.writer import Writer
    from bench.releases.environments import Held
    from bench.releases.question import Made
    from bench.stats.intervals import PairedRatio

    def compare(comparison: Any, writer: Writer, observer: Observer, *_: Any) -> Result:
        labels = tuple(subject.label for subject in comparison.subjects)
        result = made_side({labels[-1]: 2.0}, labels=labels, metrics=("enqueue",))
        observer.state("booting redis")
        writer.start(result.model_copy(update={"blocks": []}))
        for block in result.blocks:
            writer.append(block)
            observer.turn(labels[0], "enqueue", block.number)
            observer.block(block, 3.0)
        observer.failed(labels[0], "made up \u2028 ü")
        writer.finish(result)
        return result

    def ask(question: Any, measure: Any) -> Answer:
        result = measure(question.comparison(), lambda *_: True)
        ratio = PairedRatio(2.0, 1.9, 2.1, 0.01, error=0.01, freedom=7, generations=8)
        return Answer(result, [Finding("enqueue", "regressed", ratio)], 0.05)

    def make_sides(chosen: Any, *_: Any, **__: Any) -> Sides:
        subjects = label_subjects([chosen])
        return Sides([Subject(label=one, broker=subjects[0].broker, profile=subjects[0].profile) for one in "AB"], [])

    def make_releases(question: Any, *_: Any, **__: Any) -> Made:
        subject = label_subjects([question.chosen])[0]
        labels = [one.version for one in question.releases]
        lock = Lock(Interpreter("python"), "")
        return Made([replace(subject, label=label) for label in labels], Held(dict.fromkeys(labels, lock), {}), {})

    def tune_subject(prepared: Any, measure: Any, _: Any, *, tell: Any, began: Any) -> Any:
        comparison = Comparison(
            subjects=[prepared.present.subject], workload=prepared.tuning.workload, metrics=[], budget_s=60.0, seed=1
        )
        began("screening", comparison)
        measure(comparison, lambda *_: True, tuple)
        return EVERY_TUNING["traded"]()

    for module, name, instead in (
        (comparing, "compare", compare),
        (ab, "ask", ask),
        (bisect, "ask", ask),
        (bisect, "make_sides", make_sides),
        (bisect, "releases_between", lambda *_: ["5.5.0", "5.6.0"]),
        (breaking, "measure", _break_nothing),
        (releases, "chosen_releases", lambda *_, **__: [Release("5.5.0"), Release("5.6.0")]),
        (releases, "make_releases", make_releases),
        (soaking, "soak", _soak_nothing),
        (tune, "tune_subject", tune_subject),
        (up, "_wait_for_interrupt", lambda: None),
    ):
        setattr(module, name, instead)


if __name__ == "__main__":
    _main()
