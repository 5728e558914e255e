"""Whether the reason of a figure is the one that was put there: ``python tests/truths/causes.py [--runs 10]``.

Each line has a cause, how many runs named it first of all reasons of that figure, which other reasons came first, and
in how many runs none was named. Nothing is put into ``aa``, which compares Redis with itself. Only what another clock
shows as well may be named there: a core that the producer fills, by a plain producer's own clock; one that the worker
fills, and other programs, by psutil's count of CPU times. That counts the whole run: a weak check of the worker.

What is not here: a result backend, because a measurement never uses one.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import click
import psutil
from busy_producer import busy_share
from hindered import CannotTry, Place, busy_server, cpu_quota, plain, slow_disk

from bench.records.diagnoses import Diagnosis
from bench.records.result import Result, read_result

__all__: list[str] = []

_HERE = Path(__file__).parent
_APP = ["--app", "causing_app", "--app-dir", str(_HERE), "--task"]
_NOOP = [*_APP, "causing_app.noop"]
_FULL = 0.85  # of a core
_BUSY = 0.3  # cores that programs beside the run used, on average
_WINDOW_S = 0.5
_LARGE = """
name = "large"
task = "tasks.echo"
calls = 5
[sweep]
payload_bytes = [100, 500000]
"""


@dataclass(frozen=True)
class _Cause:
    """What is put into a run, and the kind of reason that it must get, if any."""

    kind: str
    metric: str
    subjects: tuple[str, ...] = ("redis",)
    options: list[str] = field(default_factory=list)
    cause: str = ""
    place: Callable[[], AbstractContextManager[Place]] = plain
    measures: tuple[str, ...] = ()
    """Metrics without which it cannot be seen."""
    workload: str = ""


_CAUSES = {
    "sleeping handler": _Cause("app", "throughput", options=_NOOP, cause="sleep", measures=("phases",)),
    "spinning handler": _Cause("app", "throughput", options=_NOOP, cause="spin", measures=("phases",)),
    "rate limit": _Cause("app", "throughput", options=[*_APP, "causing_app.limited"]),
    "long task": _Cause("app", "throughput", options=["--workload", "sleep-10ms"]),
    "fresh processes": _Cause("app", "throughput", options=_NOOP, cause="fresh-processes"),
    "distance": _Cause("round-trips", "enqueue", subjects=("redis@20ms",), measures=("cost",)),
    "quota": _Cause("machine", "enqueue", place=cpu_quota),
    "slow disk": _Cause("disk", "enqueue", subjects=("redis:durable",), place=slow_disk),
    "polling": _Cause("timer", "throughput", subjects=("sqs",)),
    "busy server": _Cause("core", "enqueue", place=busy_server),
    "payload": _Cause("size", "enqueue", workload=_LARGE),
    "aa": _Cause("", "enqueue", subjects=("redis", "redis"), measures=("throughput",)),
}


@click.command
@click.option("--runs", default=10, show_default=True, help="of each cause")
@click.option("--cause", "names", multiple=True, type=click.Choice(list(_CAUSES)), help="Only this; repeatable.")
@click.option("--budget", default="40s", show_default=True, help="of each run")
def main(runs: int, names: tuple[str, ...], budget: str) -> None:
    """Print which reason was named first for figures whose cause is known."""
    click.echo(f"{'cause':17} {'expected':12} right of  none  others")
    for name in names or _CAUSES:
        found: Counter[str] = Counter()
        try:
            for number in range(runs):
                one, text = _first_named(_CAUSES[name], budget)
                found[one] += 1
                click.echo(f"{name} {number + 1}: {one or 'none'}: {text}", err=True)
        except CannotTry as error:
            click.echo(f"{name:17} could not be tried here: {error}")
            continue
        expected = _CAUSES[name].kind
        others = ", ".join(f"{kind} {times}" for kind, times in found.items() if kind not in (expected, ""))
        click.echo(f"{name:17} {expected or 'none':12} {found[expected]:5} of {runs:3} {found['']:5}  {others}")


def _first_named(cause: _Cause, budget: str) -> tuple[str, str]:
    """Measure, and return the kind and the text of the reason that is named first; the kind is empty for none.

    Without a cause, a full core and other programs count as none if another clock shows them, too.
    """
    with cause.place() as (before, environment), tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "result"
        options = [*cause.options, "--metric", cause.metric]
        options += [part for metric in cause.measures for part in ("--metric", metric)]
        if cause.workload:
            (Path(folder) / "large.toml").write_text(cause.workload)
            options += ["--workload", str(Path(folder) / "large.toml")]
        command = [*before, sys.executable, "-m", "brokerbench", "compare", *cause.subjects, *options]
        used = _measured([*command, "--budget", budget, "--out", str(out), "--yes"], environment, cause.cause)
        result = read_result(out, blocks=False)
    found = _told(result, cause)
    if not cause.kind:
        found = [one for one in found if not _is_true(one, used)]
    return (found[0].kind, found[0].text) if found else ("", "")


@dataclass(frozen=True)
class _Used:
    """How many cores the processes of a run used in a window, and other programs."""

    own: float
    others: float


def _is_true(one: Diagnosis, used: list[_Used]) -> bool:
    """Return whether another clock shows a reason that may be there without being put there."""
    if one.kind == "machine":
        return sum(window.others for window in used) >= _BUSY * len(used)
    if one.kind == "core" and one.metric == "enqueue":
        return _fills_core()
    return one.kind == "core" and any(window.own >= _FULL for window in used)


@cache
def _fills_core() -> bool:
    """Return whether a plain producer fills a core."""
    return busy_share("redis") >= _FULL


def _measured(command: list[str], environment: dict[str, str], cause: str) -> list[_Used]:
    """Run a comparison, and return which cores were used meanwhile, by the system's own count."""
    whole = os.environ | environment | {"TRUTHS_CAUSE": cause}
    process = subprocess.Popen(
        command, cwd=_HERE.parents[1], env=whole, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    seen: list[_Used] = []
    watching = threading.Thread(target=_watch, args=(process, seen))
    watching.start()
    code = process.wait()
    watching.join()
    if code:
        raise CannotTry(f"a run ended with {code}: {' '.join(command)}")
    return seen


def _watch(process: "subprocess.Popen[bytes]", seen: list[_Used]) -> None:
    """Note which cores were used in each window, by psutil's CPU times."""
    before: dict[int, float] = {}
    while process.poll() is None:
        here = {one.pid: one.info["cpu_times"] for one in psutil.process_iter(["cpu_times"]) if one.info["cpu_times"]}
        spent = {pid: times.user + times.system for pid, times in here.items()}
        used = {pid: (time_s - before.get(pid, time_s)) / _WINDOW_S for pid, time_s in spent.items()}
        mine = {process.pid, *_family(process.pid)}
        own = sum(cores for pid, cores in used.items() if pid in mine)
        seen.append(_Used(own, sum(used.values()) - own))
        before = spent
        time.sleep(_WINDOW_S)


def _family(pid: int) -> set[int]:
    try:
        return {child.pid for child in psutil.Process(pid).children(recursive=True)}
    except psutil.Error:
        return set()


def _told(result: Result, cause: _Cause) -> list[Diagnosis]:
    """Return the main reasons that were named for the figure, at the largest payload of a sweep."""
    if not cause.kind:
        return list(result.diagnoses)
    most = max((row.at.get("payload_bytes", 0) for row in result.summary), default=0)
    return [one for one in result.diagnoses if one.metric == cause.metric and one.at.get("payload_bytes", most) == most]


if __name__ == "__main__":
    main()
