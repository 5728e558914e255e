"""Runs a command or a reader in this process, measures nothing meanwhile, and says how it ended."""

import io
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
from made_environment import make_environment
from matrices import make_cell, make_matrix, not_run
from sides import made_side
from support import URL_VARIABLES

import bench.cli
import bench.commands.breaking
import bench.compare.run
from bench.compare.request import Comparison
from bench.guarantees.matrix_plan import MatrixPlan
from bench.records.matrix import MATRIX_FILE, Matrix
from bench.records.result import RESULT_FILE, Result
from brokers.redis import Redis

__all__ = ["Ended", "call_reader", "no_measuring", "played_matrix", "run_command", "small_result", "why_not"]

_BROKEN_SAID = ("Regressed:", "broken", "expected", "BROKEN")
_MOST_CHARACTERS = 6000


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, what it printed, and the traceback of what it did not expect."""

    code: int
    out: str = ""
    error: str = ""
    crash: str = ""


def why_not(ended: Ended) -> str | None:
    """Return what is wrong with how a command ended; None where nothing is."""
    if ended.crash:
        return ended.crash
    if ended.code not in (0, 1, 2, 3):
        return f"exit code {ended.code}"
    if ended.code == 1 and not any(word in ended.out for word in _BROKEN_SAID):
        return f"exit code 1, and nothing that says what is broken: {ended.out}"
    if ended.code == 2 and (ended.error.count("\n") != 1 or len(ended.error) > _MOST_CHARACTERS):
        return f"not one line: {ended.error}"
    if not ended.error.replace("\n", "").isprintable():
        return f"control characters: {ended.error!r}"
    return None


def run_command(*arguments: str) -> Ended:
    """Run a command in this process as ``main`` does, with each warning an error."""
    out, error = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(error), warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            code = int(bench.cli.cli([*arguments], standalone_mode=False) or 0)
        except click.ClickException as refusal:
            refusal.show()
            code = refusal.exit_code
        except Exception:
            return Ended(70, crash=traceback.format_exc())
    return Ended(code, out.getvalue(), error.getvalue())


def call_reader(call: Callable[[], object]) -> Ended:
    try:
        call()
    except click.ClickException as refusal:
        return Ended(refusal.exit_code, error=f"Error: {refusal.format_message()}\n")
    except Exception:
        return Ended(70, crash=traceback.format_exc())
    return Ended(0)


def _compared(comparison: Comparison, *_: object) -> Result:
    """Make a finished result of what was to be measured."""
    made = made_side(labels=("redis",), generations=4, blocks=2)
    return made.model_copy(
        update={
            "workload": comparison.workload,
            "selfcheck": comparison.selfcheck,
            "metrics": comparison.metrics,
            "seed": comparison.seed,
            "budget_s": comparison.budget_s,
            "margin": comparison.margin,
            "environment": make_environment(),
        }
    )


def _unmeasured(comparison: Comparison, writer: Any, *_: object) -> Result:
    result = _compared(comparison)
    writer.start(result.model_copy(update={"blocks": []}))
    for block in result.blocks:
        writer.append(block)
    writer.finish(result)
    return result


def _unplayed(plan: MatrixPlan, *_: object) -> Matrix:
    """Return a matrix in which nothing that was missing could be run."""
    cells = [not_run(subject.label, fault.name, "nothing is played here") for subject, fault in plan.missing()]
    subjects, faults = [one.record() for one in plan.subjects], [one.record() for one in plan.faults]
    return make_matrix(*cells, subjects=subjects, faults=faults)


@contextmanager
def no_measuring(directory: Path) -> Iterator[None]:
    """Work in a folder with whole documents to compare with, and measure nothing meanwhile."""
    for name, result in (("base", small_result(rng=1)), ("same", small_result(rng=2))):
        (directory / name).mkdir()
        (directory / name / RESULT_FILE).write_text(result.model_dump_json())
    (directory / "played").mkdir()
    (directory / "played" / MATRIX_FILE).write_text(played_matrix().model_dump_json())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        for name in ("GITHUB_STEP_SUMMARY", *URL_VARIABLES):
            patch.delenv(name, raising=False)
        patch.setattr(bench.compare.run, "compare", _unmeasured)
        patch.setattr(bench.commands.breaking, "measure", _unplayed)
        patch.setattr(Redis, "version", lambda *_: "7.0.15")
        yield


def small_result(**changes: Any) -> Result:
    return made_side(labels=("redis", "sqs"), generations=4, blocks=1, **changes)


def played_matrix() -> Matrix:
    places = [
        (label, name) for name in ("worker-killed-late", "child-killed-late") for label in ("redis", "redis:durable")
    ]
    return make_matrix(*(make_cell(*place) for place in places))
