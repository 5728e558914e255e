"""Measures, once in a pytest session, every subject and metric that the selected benchmarks need."""

import time
from pathlib import Path

import pytest
from rich.console import Console

from bench.commands.approval import ask_before_spending
from bench.commands.interrupt import ended_soon_when_interrupted
from bench.commands.measuring import judged, measured
from bench.commands.options import random_seed
from bench.compare.request import Comparison
from bench.gate.again import Guard
from bench.gate.judging import Gate
from bench.pytest_plugin.options import subjects_of
from bench.records.result import Result, read_result
from bench.records.workload import load_workload
from brokers.errors import UsageError

__all__ = ["comparison_of", "metric_of", "result_and_gate"]

_WARM_UP_ONLY_S = 0
_STARTED_S = time.monotonic()


def comparison_of(session: pytest.Session, guard: Guard | None) -> Comparison:
    """Return the comparison that the selected benchmarks need. Raises UsageError when it cannot be measured."""
    config = session.config
    items = [item for item in session.items if "measured" in getattr(item, "fixturenames", ())]
    wanted = {item.callspec.params["measured"] for item in items}  # type: ignore[attr-defined]
    seed = config.getoption("--brokers-seed")
    if seed is None:
        seed = guard.baseline.seed if guard else random_seed()
    workload = load_workload(config.getoption("--brokers-workload"))
    if workload.sweep:
        raise UsageError(
            f"{workload.name!r} varies {next(iter(workload.sweep))}: measure it with 'brokerbench compare'"
        )
    comparison = Comparison(
        subjects=[subject for subject in subjects_of(config) if subject.label in wanted],
        workload=workload,
        metrics=list(dict.fromkeys(metric_of(item) for item in items)),
        budget_s=_WARM_UP_ONLY_S if config.getoption("benchmark_disable") else config.getoption("--brokers-budget"),
        seed=seed,
        started_s=_STARTED_S,
    )
    comparison.check()
    return comparison


def metric_of(item: pytest.Item) -> str:
    """Return the metric that a benchmark is marked with."""
    marker = item.get_closest_marker("metric")
    if marker is None:
        raise pytest.UsageError(f"{item.nodeid} uses 'measured': mark it, such as with @pytest.mark.metric('enqueue')")
    metric: str = marker.args[0]
    return metric


def result_and_gate(
    config: pytest.Config, comparison: Comparison, guard: Guard | None, temporary: Path
) -> tuple[Result, Gate | None]:
    """Measure, and judge against the baseline if there is one, measuring again what seems to have regressed.

    The result goes to the directory that the user chose, or else, without reports, to a temporary one.
    """
    out = config.getoption("--brokers-out")
    directory = Path(out) if out else temporary

    def measure(comparison: Comparison, folder: Path) -> None:
        approve = ask_before_spending(comparison.budget_s, yes=config.getoption("--brokers-yes"))
        capture = config.pluginmanager.get_plugin("capturemanager")
        with ended_soon_when_interrupted(), capture.global_and_fixture_disabled():  # type: ignore[union-attr]
            measured(comparison, folder, approve, console=Console(), reports=bool(out))

    if guard is None:
        measure(comparison, directory)
        return read_result(directory), None
    gate = judged(guard, comparison, directory, measure)
    return gate.current, gate
