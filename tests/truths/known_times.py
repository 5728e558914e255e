"""Measures brokers of known times, and prints what was found beside what is known.

    .venv/bin/python tests/truths/known_times.py [--calls 1000]

A publish takes 20 ms or more, and a message waits 150 ms or more: so Celery's own work is less than 2 % of either.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))  # of what the tests share

import click
import numpy as np
from draws import SHAPES, Times
from known import Known, truths_workload
from taking import enqueue, needs, open_loop

from bench.processes.launcher import Launcher
from bench.processes.platform import pinned, plan_cores
from bench.processes.running_subject import RunningSubject
from bench.processes.subject import Subject, import_path
from bench.stats.histogram import Histogram
from brokers import Server
from brokers.server import serve
from brokers.workspace import Workspace, open_workspace

_MS = 1_000_000
_PUBLISH_NS, _DELIVERY_NS = 20 * _MS, 150 * _MS
_RATE_PER_S = 50.0
_SHARE, _LEAST_NS = 0.02, 50_000


@click.command()
@click.option("--calls", default=1000, show_default=True, help="For each shape and metric; a p99 needs 1000.")
def main(calls: int) -> None:
    """Print a line for each shape, metric and percentile. Exits with 1 when one is off by more than 2 % and 50 us."""
    missed = 0
    with ExitStack() as ends:
        workspace = ends.enter_context(open_workspace())
        ends.enter_context(pinned(plan_cores().servers))
        known = _known("constant", _MS, _MS)
        server = ends.enter_context(serve(known, known.profiles["default"], workspace))
        for shape in sorted(SHAPES):
            for metric, found, truths_ns in _measure(shape, calls, server, workspace):
                missed += _print(f"{shape:9} {metric:8}", found, truths_ns)
    raise SystemExit(bool(missed))


def _measure(
    shape: str, calls: int, server: Server, workspace: Workspace
) -> Iterator[tuple[str, Histogram, Sequence[int]]]:
    """Measure a closed loop of calls, then an open loop, each in fresh processes."""
    known = _known(shape, _PUBLISH_NS, _MS)
    turn = _running(known, server, workspace, "enqueue", calls, enqueue)
    yield "enqueue", Histogram.of(turn.samples_ns), known.publish_durations_ns(5 + calls)[5:]
    known, tasks = _known(shape, _MS, _DELIVERY_NS), round(calls / 0.9)
    turn = _running(known, server, workspace, "latency", calls, lambda running: open_loop(running, _RATE_PER_S, tasks))
    truths_ns = np.add(known.publish_durations_ns(tasks), known.delivery_delays_ns(tasks))
    yield "latency", turn.start.counted(), truths_ns[turn.warmup_tasks :]


def _running(known: Known, server: Server, workspace: Workspace, metric: str, calls: int, take):
    workload = truths_workload(calls=calls, warmup_calls=5, pool="solo")
    subject = Subject(label="known", broker=known, profile=known.profiles["default"])
    apps = import_path(workload, workspace.directory)
    running = RunningSubject(Launcher(subject, server, workload, workspace, plan_cores(), 1, apps), needs(metric))
    try:
        running.start()
        running.wait_until_ready()
        return take(running)
    finally:
        running.end()


def _known(shape: str, publish_ns: int, delivery_ns: int) -> Known:
    return Known(Times(shape, publish_ns, seed=1), Times(shape, delivery_ns, seed=2))


def _print(what: str, found: Histogram, truths_ns: Sequence[int]) -> int:
    """Print each percentile that there are samples for, and count those that are off."""
    missed = 0
    for p in (0.5, 0.95, 0.99):
        if len(truths_ns) * (1 - p) < 9.99:
            continue
        is_ns, truth_ns = found.quantile(p), float(np.quantile(truths_ns, p, method="inverted_cdf"))
        is_off = abs(is_ns - truth_ns) > max(_LEAST_NS, _SHARE * truth_ns)
        missed += is_off
        share = is_ns / truth_ns - 1
        click.echo(
            f"{what} p{100 * p:<3g} known {truth_ns / _MS:8.3f} ms, found {is_ns / _MS:8.3f} ms: "
            f"{100 * share:+6.2f} %, {(is_ns - truth_ns) / 1000:+8.0f} us{'   OFF' if is_off else ''}"
        )
    return missed


if __name__ == "__main__":
    main()
