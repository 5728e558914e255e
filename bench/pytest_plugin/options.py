"""The options of the pytest plugin: their definitions, and the objects made from their values."""

import os
from argparse import ArgumentTypeError
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from bench.engine.schedule import budget_s
from bench.gate.again import Guard
from bench.gate.checks import allowed_kinds
from bench.gate.limits import read_limits
from bench.processes.subject import Subject, label_subjects
from bench.records.bounds import MOST_SEED
from bench.records.margin import share
from bench.records.result import read_result
from brokers.defaults import default_subjects
from brokers.errors import UsageError
from brokers.registry import split_subject

__all__ = ["guard_of", "pytest_addoption", "subjects_of"]

T = TypeVar("T")
_OF_BASELINE = ("limits", "max-regression", "allow")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("brokerbench")
    group.addoption(
        "--brokers",
        metavar="SUBJECTS",
        help="what to measure: broker[:profile], comma-separated "
        "(default: $BROKER, else what 'brokerbench compare' measures)",
    )
    group.addoption(
        "--brokers-budget",
        type=_reader(budget_s),
        default="quick",
        metavar="TIME",
        help="how long to measure: quick (55 s, the default), default, full, or a time such as 90s",
    )
    group.addoption("--brokers-workload", metavar="WORKLOAD", default="noop", help="a workload's name or TOML file")
    group.addoption("--brokers-out", metavar="DIR", help="also write the result and the reports to this folder")
    group.addoption("--brokers-seed", type=_reader(_seed), help="the seed for the order of turns and for hashes")
    group.addoption("--brokers-yes", action="store_true", help="spend money on AWS without asking")
    group.addoption("--brokerbench-baseline", metavar="FILE", help="fail benchmarks that regressed since this result")
    group.addoption(
        "--brokerbench-max-regression",
        type=_reader(partial(share, what="limit")),
        metavar="PERCENT",
        help="how much worse a figure may be (5%%)",
    )
    group.addoption("--brokerbench-limits", metavar="FILE", help="a TOML file with limits by metric and subject")
    group.addoption("--brokerbench-allow", action="append", default=[], metavar="NAMES", help="differences to allow")
    group.addoption(
        "--brokerbench-inconclusive",
        choices=["pass", "fail"],
        default="fail",
        help="whether an inconclusive result passes or fails (fail)",
    )


def _reader(read: Callable[[str], T]) -> Callable[[str], T]:
    """Return the function, but raising errors that argparse can show."""

    def checked(text: str) -> T:
        try:
            return read(text)
        except ValueError as error:
            raise ArgumentTypeError(str(error)) from error

    return checked


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) > MOST_SEED:
        raise ValueError(f"{text} is not a seed: use a whole number from 0 to {MOST_SEED}")
    return int(text)


def subjects_of(config: pytest.Config) -> list[Subject]:
    """Return the subjects to measure. Raises pytest.UsageError."""
    chosen = config.getoption("--brokers") or os.environ.get("BROKER")
    try:
        return label_subjects([split_subject(text) for text in chosen.split(",")] if chosen else default_subjects())
    except UsageError as error:
        raise pytest.UsageError(error.format_message()) from error


def guard_of(config: pytest.Config) -> Guard | None:
    """Return the baseline with its limits; None without a baseline, or when nothing is measured."""
    baseline: str | None = config.getoption("--brokerbench-baseline")
    limits, worse, allowed = (config.getoption(f"--brokerbench-{name}") for name in _OF_BASELINE)
    if baseline is None and any((limits, worse, allowed)):
        raise UsageError("limits and allowed differences need a baseline: use --brokerbench-baseline FILE")
    if baseline is None or config.getoption("benchmark_disable", False):
        return None
    return Guard(
        baseline=read_result(Path(baseline)),
        limits=read_limits(Path(limits) if limits else None, worse),
        allowed=allowed_kinds(allowed),
    )
