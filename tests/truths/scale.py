"""Shows how the harness's memory grows with the samples that it records.

    .venv/bin/python tests/truths/scale.py [--samples 10000000]

For each number of samples a fresh process takes synthetic blocks of two subjects through what a comparison does with
real ones: it writes them, tallies them, and makes the summary, the result's file and the reports.
"""

import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import click
import psutil

from bench.figures.rows import summarize
from bench.figures.tally import Tally
from bench.metrics.enqueue import EnqueueTurn
from bench.processes.environment import read_environment
from bench.processes.platform import plan_cores
from bench.records.provenance import SubjectRecord
from bench.records.result import Result
from bench.records.turns import Block
from bench.records.workload import Workload
from bench.records.writer import ResultWriter
from bench.report.files import write_reports

_FEWEST = 10_000
_CALLS = 20
_GENERATIONS = 10
_SUBJECTS = ("one", "other")


@click.command()
@click.option("--samples", default=10_000_000, show_default=True, help="The most.")
@click.option("--only", type=int, hidden=True, help="Record that many in this process, and print its peak memory.")
def main(samples: int, only: int | None) -> None:
    """Print a line for each number of samples: time, and peak resident memory above that of the fewest."""
    if only:
        click.echo(_record(only))
        return
    first_bytes = 0
    count = _FEWEST
    while count <= samples:
        begin_s = time.monotonic()
        command = [sys.executable, __file__, "--only", str(count)]
        peak_bytes = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        first_bytes = first_bytes or peak_bytes
        grown = (peak_bytes - first_bytes) / 1e6
        click.echo(f"{count:>11,} samples: {grown:+6.1f} MB, {time.monotonic() - begin_s:6.1f} s   (target: <= 5 MB)")
        count *= 10


def _record(samples: int) -> int:
    """Record and report samples, and return the most resident memory in bytes."""
    rng, tally, begin_s = random.Random(1), Tally(), time.monotonic()
    blocks = samples // (_CALLS * len(_SUBJECTS))
    subjects = [SubjectRecord(label=label, broker="redis", profile="default", tier="fast") for label in _SUBJECTS]
    with tempfile.TemporaryDirectory() as folder, ResultWriter(Path(folder) / "out") as writer:
        writer.start(_result(subjects, tally, "running"))
        for number in range(blocks):
            block = _block(number, number * _GENERATIONS // blocks, rng, time.monotonic() - begin_s)
            tally.add(block)
            writer.append(block)
        result = _result(subjects, tally, "finished")
        writer.finish(result)
        write_reports(result, Path(folder) / "out")
    return int(getattr(psutil.Process().memory_info(), "peak_wset", 0)) or _peak_bytes()


def _peak_bytes() -> int:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _block(number: int, generation: int, rng: random.Random, at_s: float) -> Block:
    turns = [
        EnqueueTurn(subject=label, warmup_ns=[], samples_ns=[round(rng.lognormvariate(13, 0.3)) for _ in range(_CALLS)])
        for label in _SUBJECTS
    ]
    return Block(number=number, generation=generation, metric="enqueue", at_s=at_s, warmup=False, turns=turns)


def _result(subjects: list[SubjectRecord], tally: Tally, status: str) -> Result:
    return Result(
        status=status,
        started_at=datetime.now(UTC),
        duration_s=0,
        budget_s=0,
        seed=1,
        margin=0.02,
        metrics=["enqueue"],
        workload=Workload(name="synthetic"),
        environment=read_environment(plan_cores()),
        subjects=subjects,
        summary=summarize(subjects, tally, 1, 0.02),
    )


if __name__ == "__main__":
    main()
