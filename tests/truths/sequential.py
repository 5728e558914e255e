"""Which difference can be seen in the same time: ``python tests/truths/sequential.py [--seconds 10] [--repeats 10]``.

Two equal subjects are measured by pytest-benchmark's plain loop, one after the other, and then by a comparison of the
same wall time; both again and again, each with a server and processes of its own. How much the ratio scatters between
repeats says which difference would be seen in 80 of 100: 2.8 standard deviations (1.96 to be certain, 0.84 for the
power).
"""

import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from functools import partial
from math import exp, log
from pathlib import Path

import click
import numpy as np
from ground import open_ground
from scipy import stats

from bench.commands.approval import ask_before_spending
from bench.commands.measuring import measured
from bench.compare.repeat import repeat
from bench.compare.request import Comparison
from bench.processes.platform import pinned
from bench.processes.subject import label_subjects
from bench.records.workload import load_workload
from brokers import split_subject
from brokers.processes import child_environment

__all__: list[str] = []

_BENCHMARK = Path(__file__).parent / "plain_enqueue.py"
_FIGURES = ("median", "min", "mean")
_VISIBLE = 2.8
_SHORTEST_S = 8.0  # a comparison boots and ends its servers within its time


@click.command
@click.option("--seconds", default=10.0, show_default=True, help="for each of the two subjects of a plain loop")
@click.option("--repeats", default=10, show_default=True, type=click.IntRange(2))
@click.option("--subject", default="redis", show_default=True, help="broker[:profile]; none that is paid for")
@click.option("--pinned", "pin", is_flag=True, help="keep the plain loop on the cores that subjects get")
def main(seconds: float, repeats: int, subject: str, pin: bool) -> None:
    """Print which difference each way of measuring can see, and how many times larger the plain loop's is."""
    logs: dict[str, list[float]] = {way: [] for way in (*_FIGURES, "paired")}
    for number in range(1, repeats + 1):
        begin_s = time.monotonic()
        ratios = _plain_ratios(subject, seconds, pin=pin)
        wall_s = time.monotonic() - begin_s
        ratios["paired"] = _paired_ratio(subject, max(wall_s, _SHORTEST_S), number)
        for way, ratio in ratios.items():
            logs[way].append(log(ratio))
        shown = ", ".join(f"{way} {ratio:.4f}" for way, ratio in ratios.items())
        click.echo(f"{number} of {repeats}, {wall_s:.0f} s each way: {shown}", err=True)
    _show(logs)


def _plain_ratios(subject: str, seconds: float, *, pin: bool) -> dict[str, float]:
    """Return the ratio of the two subjects' calls in each figure that pytest-benchmark prints."""
    with open_ground(subject) as ground, ExitStack() as ends:
        leases = {label: ends.enter_context(ground.queue()) for label in ("first", "second")}
        settings = json.dumps({label: ground.settings(lease) for label, lease in leases.items()})
        out = ground.workspace.directory / "plain.json"
        cores = ground.cores.subjects if pin else (*ground.cores.servers, *ground.cores.subjects)
        ends.enter_context(pinned(cores))
        _run_pytest(out, seconds, settings)
        first, second = (benchmark["stats"] for benchmark in json.loads(out.read_text())["benchmarks"])
    return {figure: first[figure] / second[figure] for figure in _FIGURES}


def _run_pytest(out: Path, seconds: float, settings: str) -> None:
    """Run the plain benchmarks as a user does, but for the project's own conftest.py."""
    options = ["-q", "--noconftest", "-c", os.devnull, "-p", "no:cacheprovider"]
    options += [f"--benchmark-max-time={seconds}", f"--benchmark-json={out}"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", str(_BENCHMARK), *options],
        cwd=out.parent,
        env=child_environment({"TRUTHS_SETTINGS": settings}),
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise click.ClickException(run.stdout[-2000:])


def _paired_ratio(subject: str, budget_s: float, seed: int) -> float:
    """Return the ratio of one comparison."""
    comparison = Comparison(
        subjects=label_subjects([split_subject(subject)] * 2),
        workload=load_workload("noop"),
        metrics=["enqueue"],
        budget_s=budget_s,
        seed=seed,
    )
    measure = partial(measured, directory=None, approve=ask_before_spending(budget_s, yes=False))
    (result,) = repeat([comparison], measure, lambda number, result: None)
    return next(row.ratio.value for row in result.summary if row.ratio)


def _show(logs: dict[str, list[float]]) -> None:
    visible = {way: _VISIBLE * float(np.std(own, ddof=1)) for way, own in logs.items()}
    for way, own in logs.items():
        shown = f"{way:>7}: sees {100 * (exp(visible[way]) - 1):.2f} %, bias {100 * (exp(np.mean(own)) - 1):+.2f} %"
        if way != "paired":
            shown += f"; {_quotient(visible[way], visible['paired'], len(own))}"
        click.echo(shown)


def _quotient(plain: float, paired: float, repeats: int) -> str:
    """Return how many times the paired one's it is, with the 95 % interval of a ratio of two standard deviations."""
    low, high = (np.sqrt(stats.f.ppf(p, repeats - 1, repeats - 1)) for p in (0.025, 0.975))
    return f"{plain / paired:.1f} times paired ({plain / paired / high:.1f} to {plain / paired / low:.1f})"


if __name__ == "__main__":
    main()
