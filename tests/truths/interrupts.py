"""Interrupts runs at random moments, and looks at what is left: on the user's servers, of processes, of directories.

.venv/bin/python tests/truths/interrupts.py [--runs 100] [--lanes 2] [--seed 1]

Each run is a `compare` or a `guarantees` on a Redis, a RabbitMQ and an SQS endpoint that count as the user's own and
hold canaries. It gets Ctrl-C, SIGTERM or SIGKILL, alone or with its whole process group, while it boots, measures or
ends. Printed are what each signal left, and the longest time from a signal to the end of the command. Ends with 1 if
anything was left, changed, or took more than the promised 5 s.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

TESTS = Path(__file__).parent.parent
sys.path += [str(TESTS), str(TESTS / "brokers")]

from commands import leftovers, start_brokerbench  # noqa: E402 - it stands in a folder of the tests
from probes import Probe, probe_of  # noqa: E402
from support import eventually  # noqa: E402

from brokers import Server, UsageError, split_subject  # noqa: E402
from brokers.server import serve  # noqa: E402
from brokers.workspace import open_workspace  # noqa: E402

PROMISED_S = 5.0
_SUBJECTS = ("redis", "rabbitmq", "sqs")
_LONGEST_S = 25.0
_CLEAN_WITHIN_S = 75.0
_COMMANDS = (
    ("compare", "redis", "rabbitmq", "sqs", "--budget", "20s"),
    ("compare", "redis:default", "rabbitmq:quorum", "sqs:fifo", "--budget", "20s"),
    ("guarantees", "redis", "rabbitmq", "sqs", "--only", "broadcast", "--only", "events", "--repeats", "1"),
    (
        "guarantees",
        "redis",
        "rabbitmq:quorum",
        "--only",
        "worker-killed-late",
        "--only",
        "inspect",
        "--repeats",
        "1",
    ),
    ("guarantees", "rabbitmq:quorum", "--only", "eta-accuracy", "--only", "revoke", "--repeats", "1"),
)
_SIGNALS = ("SIGINT", "SIGTERM", "SIGKILL", "SIGKILL to the group")


@dataclass(frozen=True)
class Play:
    """One run, and what is done to it."""

    number: int
    command: tuple[str, ...]
    signal: str
    after_s: float

    @classmethod
    def drawn(cls, number: int, rng: random.Random) -> "Play":
        return cls(number, rng.choice(_COMMANDS), rng.choice(_SIGNALS), rng.uniform(0.3, _LONGEST_S))

    def send(self, run: "subprocess.Popen[str]") -> None:
        name = self.signal.partition(" ")[0]
        if "group" in self.signal:
            os.killpg(run.pid, getattr(signal, name))
        else:
            run.send_signal(getattr(signal, name))


@dataclass(frozen=True)
class Outcome:
    """What came of it; ``ended_s`` is None where the run was over before the signal."""

    play: Play
    ended_s: float | None
    code: int
    left: list[str]


@contextmanager
def users_servers() -> Iterator[dict[str, Server]]:
    """Start one server of each kind, which stands for the user's."""
    with open_workspace() as workspace, ExitStack() as ends:
        yield {name: ends.enter_context(serve(*split_subject(name), workspace)) for name in _SUBJECTS}


def interrupted(play: Play, urls: dict[str, str], folder: Path) -> Outcome:
    """Start the run, send the signal, and see what is left of processes and directories."""
    folder.mkdir()
    with start_brokerbench(*play.command, "--out", "out", cwd=folder, **urls) as run:
        try:
            run.communicate(timeout=play.after_s)
            ended_s = None
        except subprocess.TimeoutExpired:
            begin_s = time.monotonic()
            play.send(run)
            run.wait(120)
            ended_s = time.monotonic() - begin_s
            run.communicate()
    if run.returncode == UsageError.exit_code:
        raise click.UsageError(f"this is not a command any more: {' '.join(play.command)}")
    clean = eventually(lambda: not leftovers(folder), _CLEAN_WITHIN_S)
    return Outcome(play, ended_s, run.returncode, [] if clean else list(map(str, leftovers(folder))))


def changed(probes: dict[str, Probe], before: dict[str, Any]) -> list[str]:
    """Name the servers on which something is not as it was."""

    def same(name: str) -> bool:
        return bool(probes[name].contents() == before[name])

    return [name for name in probes if not eventually(partial(same, name), _CLEAN_WITHIN_S)]


@click.command()
@click.option("--runs", default=100, show_default=True)
@click.option("--lanes", default=2, show_default=True, help="Runs at a time.")
@click.option("--seed", default=1, show_default=True, help="Of commands, signals and moments.")
def main(runs: int, lanes: int, seed: int) -> None:
    """Print a line for each run that left something, and a table by signal."""
    plays = [Play.drawn(number, random.Random(f"{seed}-{number}")) for number in range(runs)]
    outcomes, on_servers = [], []
    with users_servers() as servers, ExitStack() as ends, TemporaryDirectory(prefix="interrupts-") as top:
        urls = {f"{name.upper()}_URL": server.url for name, server in servers.items()}
        probes = {name: probe_of(name, server) for name, server in servers.items()}
        for probe in probes.values():
            ends.enter_context(probe.canaries())
        before = {name: probe.contents() for name, probe in probes.items()}
        for begin in range(0, runs, lanes):
            batch = plays[begin : begin + lanes]
            with ThreadPoolExecutor(lanes) as pool:
                done = list(pool.map(lambda play: interrupted(play, urls, Path(top, str(play.number))), batch))
            outcomes += done
            touched = changed(probes, before)
            on_servers += touched
            for one in done:
                _tell(one, touched)
    _sum_up(outcomes, on_servers)


def _tell(outcome: Outcome, touched: list[str]) -> None:
    play, took = outcome.play, "over before" if outcome.ended_s is None else f"ended after {outcome.ended_s:.1f} s"
    left = "; ".join([*outcome.left, *(f"{name} is not as it was" for name in touched)]) or "nothing left"
    said = f"{play.number + 1:3} {play.command[0]:10} {play.signal:20} after {play.after_s:4.1f} s"
    click.echo(f"{said}: {took}, code {outcome.code}, {left}")


def _sum_up(outcomes: list[Outcome], on_servers: list[str]) -> None:
    """Print the table, and end with 1 where a promise was broken."""
    worst_s = 0.0
    for name in _SIGNALS:
        own = [one for one in outcomes if one.play.signal == name and one.ended_s is not None]
        longest_s = max((one.ended_s for one in own if one.ended_s is not None), default=0.0)
        worst_s = max(worst_s, longest_s)
        dirty = sum(bool(one.left) for one in own)
        click.echo(f"{name:20} {len(own):3} runs, longest end {longest_s:.1f} s, {dirty} left something")
    click.echo(f"{sum(one.ended_s is None for one in outcomes)} runs were over before their signal")
    click.echo(f"servers that were not as before: {len(on_servers)}")
    raise SystemExit(bool(on_servers or any(one.left for one in outcomes) or worst_s > PROMISED_S))


if __name__ == "__main__":
    main()
