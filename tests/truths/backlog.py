"""Drains backlogs of three sizes, and shows that nothing is lost and that the time grows with the size.

.venv/bin/python tests/truths/backlog.py [--subject redis] [--tasks 1000000] [--spec SETTINGS]

RabbitMQ needs `--spec broker_transport_options.socket_settings.18=60000` for this. Under a producer as fast as it can
be, its back pressure lasts longer than the second (TCP_USER_TIMEOUT, number 18) after which py-amqp has Linux give up a
connection, and what lay in the socket's buffers is gone, if there are no publisher confirms: of 1,000,000 tasks that
`apply_async` accepted 7,301 did not arrive (RabbitMQ 3.10.8, py-amqp 5.4.2).
"""

import random
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))  # of what the tests share

import click
from numpy import log, polyfit
from taking import needs

from bench.ab.spec import read_spec
from bench.processes.launcher import Launcher
from bench.processes.platform import pinned, plan_cores
from bench.processes.running_subject import RunningSubject
from bench.processes.subject import import_path, label_subjects
from bench.records.workload import Workload
from brokers import split_subject
from brokers.server import serve
from brokers.workspace import open_workspace

_SIZES = (0.01, 0.1, 1.0)  # of the tasks asked for
_SETTINGS = {"worker_prefetch_multiplier": 64}


@click.command()
@click.option("--subject", default="redis", show_default=True)
@click.option("--tasks", default=1_000_000, show_default=True, help="In the largest backlog.")
@click.option("--spec", default="", help="Celery's settings, as 'ab' reads them.")
def main(subject: str, tasks: int, spec: str) -> None:
    """Print a line for each backlog, and the power of its size that the time grows with."""
    with ExitStack() as ends:
        running = _start(subject, spec, ends)
        sizes = [max(1000, round(share * tasks)) for share in _SIZES]
        seconds = [_drain(running, size) for size in sizes]
        counts = running.record(None).counts
    power = float(polyfit(log(sizes), log(seconds), 1)[0])
    click.echo(f"{subject}: time grows with size to the power of {power:.2f} (1: in proportion)")
    click.echo(f"{subject}: sent {counts.sent:,}, finished {counts.finished:,}, ran twice {counts.duplicated:,}")
    raise SystemExit(counts.sent != counts.finished)


def _drain(running: RunningSubject, tasks: int) -> float:
    """Fill and drain, and return the seconds that the drain took."""
    begin_s = time.monotonic()
    turn = running.drain(tasks)
    seconds = turn.span_ns / 1e9
    click.echo(
        f"{running.label}: {tasks:>9,} tasks drained in {seconds:8.1f} s: {tasks / seconds:,.0f} tasks/s "
        f"({time.monotonic() - begin_s:.0f} s with filling)"
    )
    return seconds


def _start(subject: str, spec: str, ends: ExitStack) -> RunningSubject:
    """Start a worker of the solo pool: a process that runs its tasks itself is the fastest there is."""
    cores, workload = plan_cores(), Workload(name="backlog", pool="solo", settings=_SETTINGS)
    workspace = ends.enter_context(open_workspace())
    ends.enter_context(pinned(cores.servers))
    (plain,) = label_subjects([split_subject(subject)])
    what = replace(plain, settings=read_spec(spec).settings)
    server = ends.enter_context(serve(what.broker, what.profile, workspace))
    apps = import_path(workload, workspace.directory / "app")
    launcher = Launcher(what, server, workload, workspace, cores, random.SystemRandom().randrange(2**32), apps)
    running = RunningSubject(launcher, needs("throughput"))
    ends.callback(running.end)
    running.start()
    running.wait_until_ready()
    return running


if __name__ == "__main__":
    main()
