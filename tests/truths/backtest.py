"""Comparisons whose answer is known: ``python tests/truths/backtest.py [release] [slowdown] [equal] [settings]``.

``release`` is kombu 5.3.1 against 5.3.2 on SQS, whose workers received some messages a second at most (kombu, issue
1783). ``slowdown`` is an app's commit that makes its task 5 % longer. ``equal`` is the same version twice, again and
again. ``settings`` is RabbitMQ with and without publisher confirms. Each is run by the command, as a user does, and
prints what was expected, what was found, and the time until then.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

__all__: list[str] = []

_COMMAND = [sys.executable, "-c", "from bench.start import main; main()", "ab"]
_SAYS = {0: "within", 1: "regressed", 2: "wrong use", 3: "not certain", 130: "interrupted"}
_SENTENCES = ("Enqueue: ", "Throughput: ", "A could", "B could")
_APP = """
import time

from celery import Celery

app = Celery("copy")


@app.task(name="copy.work")
def work():
    time.sleep({task_ns} / 1e9)
"""
_TASK_NS = 20_000_000


@dataclass(frozen=True)
class _Case:
    """A comparison, the exit code that is right, and those that would be no alarm either."""

    name: str
    arguments: list[str]
    expected: int
    also: tuple[int, ...] = ()
    budget: str = "90s"


@click.command
@click.argument("names", nargs=-1, type=click.Choice(["release", "slowdown", "equal", "settings"]))
@click.option("--runs", default=20, show_default=True, type=click.IntRange(1), help="Of 'equal'.")
@click.option("--budget", help="Of each comparison.  [default: its own]")
@click.option("--equal-on", "subject", default="redis", show_default=True, help="broker[:profile] of 'equal'.")
def main(names: tuple[str, ...], runs: int, budget: str | None, subject: str) -> None:
    """Run the cases, and end with 1 when any was not as expected."""
    failed = 0
    with tempfile.TemporaryDirectory(prefix="brokerbench-backtest-") as directory:
        for case in _cases(names, runs, subject, Path(directory)):
            failed += not _run(case, ["--budget", budget or case.budget])
    sys.exit(1 if failed else 0)


def _cases(names: tuple[str, ...], runs: int, subject: str, directory: Path) -> Iterator[_Case]:
    made: dict[str, Callable[[], Iterator[_Case]]] = {
        "release": _release,
        "slowdown": lambda: _slowdown(directory),
        "equal": lambda: _equal(runs, subject),
        "settings": _settings,
    }
    for name in names or made:
        yield from made[name]()


def _release() -> Iterator[_Case]:
    # botocore of that time: with one that speaks JSON, kombu 5.3.1 receives nothing at all
    both = ["--a", "kombu==5.3.1 botocore==1.31.62", "--b", "kombu==5.3.2 botocore==1.31.62"]
    yield _Case("kombu 5.3.1 against 5.3.2 on SQS", ["sqs", *both, "--metric", "throughput"], 1)


def _slowdown(directory: Path) -> Iterator[_Case]:
    """Make a repository whose last commit's task is 5 % longer."""
    with _repository(directory / "app") as commit:
        (directory / "app" / "copy_app.py").write_text(_APP.format(task_ns=_TASK_NS))
        commit("before")
        (directory / "app" / "copy_app.py").write_text(_APP.format(task_ns=round(1.05 * _TASK_NS)))
        commit("after")
    app = ["--app", "copy_app:app", "--task", "copy.work", "--app-dir", str(directory / "app")]
    both = ["--a", "ref=before", "--b", "ref=after", "--metric", "throughput", "--max-regression", "2%"]
    yield _Case("a task that is 5 % longer", ["redis", *both, *app], 1, budget="4m")


@contextmanager
def _repository(directory: Path) -> Iterator[Callable[[str], None]]:
    """Make a git repository, and return what commits and tags what is in it."""
    directory.mkdir()
    own = ["git", "-c", "user.name=backtest", "-c", "user.email=backtest@localhost", "-C", str(directory)]

    def git(*command: str) -> None:
        subprocess.run([*own, *command], check=True, capture_output=True)

    def commit(tag: str) -> None:
        git("add", ".")
        git("commit", "--quiet", "--message", tag)
        git("tag", tag)

    git("init", "--quiet")
    yield commit


def _equal(runs: int, subject: str) -> Iterator[_Case]:
    for number in range(1, runs + 1):
        arguments = [subject, "--metric", "enqueue", "--metric", "throughput", "--seed", str(number)]
        yield _Case(f"the same twice, {number} of {runs}", arguments, 0, also=(3,))


def _settings() -> Iterator[_Case]:
    confirms = ["--b", "broker_transport_options.confirm_publish=true", "--metric", "enqueue"]
    yield _Case("RabbitMQ with publisher confirms against without", ["rabbitmq", *confirms], 1)


def _run(case: _Case, more: list[str]) -> bool:
    begin_s = time.monotonic()
    run = subprocess.run([*_COMMAND, *case.arguments, *more], capture_output=True, text=True, check=False)
    found = _SAYS.get(run.returncode, f"code {run.returncode}")
    as_expected = run.returncode in (case.expected, *case.also)
    mark = "" if as_expected else "  <- NOT AS EXPECTED"
    click.echo(f"{case.name}: expected {_SAYS[case.expected]}, found {found}, {time.monotonic() - begin_s:.0f} s{mark}")
    said = [line for line in run.stdout.splitlines() if line.startswith(_SENTENCES)]
    for line in said or run.stderr.splitlines()[-3:]:
        click.echo(f"  {line}")
    return as_expected


if __name__ == "__main__":
    main()
