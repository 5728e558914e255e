"""A deploy is played for real, finds what is lost in it, and measures how long nothing moved."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from math import inf
from pathlib import Path

import pytest

from bench.guarantees.deploying import stood_still_s
from bench.guarantees.environments import Environments
from bench.guarantees.faults import catalogue
from bench.guarantees.faults.deploy import _run
from bench.guarantees.faults.worker_killed import EARLY
from bench.guarantees.ledger import Event, Ledger
from bench.guarantees.promises import Sent, broken_promises
from bench.records.matrix import Cell
from bench.subject.recorder import CALLED, EXPIRED, FINISHED, PUBLISHED, STARTED
from brokers import split_subject
from brokers.errors import UsageError

Play = Callable[..., Cell]
SECOND_NS = 1_000_000_000
KILLED = partial(_run, grace_s=1.0, soft_s=inf, long_s=3.0)


def ledger_of(*told: tuple[float, int, int], runs: dict[int, int] | None = None) -> Ledger:
    """Make a ledger of (seconds, number, kind) each."""
    return Ledger(
        tuple(sorted(Event(round(at_s * SECOND_NS), number, kind) for at_s, number, kind in told)), runs or {}
    )


# A deploy that kills


def test_a_deploy_that_kills_tasks_loses_none_if_they_are_acknowledged_late(play: Play) -> None:
    cell = play(replace(catalogue()["deploy-killed"], run=KILLED), "rabbitmq:durable")
    (attempt,) = cell.attempts
    assert (cell.outcome, attempt.lost) == ("kept", [])
    assert {0, 1} <= set(attempt.duplicated)
    assert "the old worker is killed after 1." in attempt.finding
    assert "0 of 2 long tasks finish before" in attempt.finding
    assert attempt.figures["back_at_shutdown"] >= 2
    notes = [moment.what for moment in attempt.moments if moment.task is None]
    assert notes[:3] == [
        "the new worker is ready",
        "worker 1 is asked to end (SIGTERM)",
        "the grace period of 1 s is over: worker 1 is killed (SIGKILL)",
    ]


@pytest.mark.long
def test_a_deploy_finds_a_durable_subject_that_acknowledges_too_early(play: Play) -> None:
    crooked = replace(catalogue()["deploy-killed"], run=KILLED, settings=EARLY)
    cell = play(crooked, "rabbitmq:durable")
    (attempt,) = cell.attempts
    assert cell.outcome == "broken"
    assert {0, 1} <= set(attempt.lost)


def test_sigterm_is_a_soft_shutdown_where_the_variable_says_so() -> None:
    soft = [fault for name, fault in catalogue().items() if name.startswith("deploy-") and "-soft" in name]
    assert {fault.environment["REMAP_SIGTERM"] for fault in soft} == {"SIGQUIT"}
    assert all(fault.settings["worker_soft_shutdown_timeout"] < 10 for fault in soft)
    assert catalogue()["deploy-killed"].environment == {}


# How long nothing moved


@pytest.mark.parametrize(
    ("waits", "still_s"),
    [
        ([0.0, 0.0, 0.0, 0.0], 0.0),
        ([0.0, 3.0, 2.0, 1.0], 3.0),  # all wait until the second 4
        ([0.0, 3.0, 0.0, 0.0], 1.0),  # one waits until the second 5, and the others go on: one interval
        ([0.0, 0.0, 0.0, None], 6.0),  # the last never starts: it is called at 4, and the period ends at 10
    ],
)
def test_the_queue_stands_still_while_something_waits_and_nothing_starts(
    waits: list[float | None], still_s: float
) -> None:
    told = [(float(place + 1), place, CALLED) for place in range(4)]
    told += [(place + 1 + wait_s + 0.001, place, STARTED) for place, wait_s in enumerate(waits) if wait_s is not None]
    found_s = stood_still_s(ledger_of(*told), range(4), 0, 10 * SECOND_NS)
    assert found_s == pytest.approx(still_s, abs=0.01)


# What releases promise each other

SENT = Sent(range(2), range(2, 3), range(3, 4), range(4, 5), range(5, 6))
KEPT = [
    *((0.0, number, kind) for number in range(6) for kind in (CALLED, PUBLISHED)),
    *((at_s, number, kind) for at_s, number in ((0.1, 0), (0.1, 1), (0.1, 2), (0.7, 2), (2.1, 3)) for kind in (0, 1)),
    (2.0, 4, EXPIRED),
]
RUNS = {2: 2, 4: 0, 5: 0}


def test_kept_promises_are_not_called_broken() -> None:
    assert broken_promises(ledger_of(*KEPT, runs=RUNS), SENT) == []


@pytest.mark.parametrize(
    ("without", "more", "promise"),
    [
        ([(0.1, 1, FINISHED)], [], "tasks run"),
        ([(0.7, 2, STARTED)], [], "retries"),
        ([], [(0.9, 2, STARTED)], "retries"),
        ([(2.1, 3, STARTED)], [(1.9, 3, STARTED)], "countdowns"),
        ([], [(2.1, 4, STARTED)], "expiries"),
        ([], [(3.1, 5, STARTED)], "revokes"),
    ],
)
def test_a_broken_promise_is_named(
    without: list[tuple[float, int, int]], more: list[tuple[float, int, int]], promise: str
) -> None:
    told = [one for one in KEPT if one not in without] + more
    assert broken_promises(ledger_of(*told, runs=RUNS), SENT) == [promise]


def test_arguments_that_arrive_otherwise_are_named() -> None:
    assert broken_promises(ledger_of(*KEPT, runs=RUNS), replace(SENT, wrong=True)) == ["arguments and headers"]


# The environment of the other release


def test_a_cell_whose_other_release_cannot_be_built_says_why_in_one_line(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    cell = play("deploy-mixed", "redis")
    assert cell.outcome == "not run"
    assert cell.why.startswith("no environment with celery==5.4.0 kombu==5.4.2: ")
    assert "\n" not in cell.why
    assert not list((tmp_path / "cache").glob("brokerbench/environments/*"))


def test_an_environment_that_cannot_be_built_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def failing(*_: object, **__: object) -> None:
        tried.append(1)
        raise UsageError("no index")

    monkeypatch.setattr("bench.guarantees.environments.build_both", failing)
    broker, profile = split_subject("redis")
    from bench.processes.subject import Subject

    environments, subject = Environments(), Subject(label="redis", broker=broker, profile=profile)
    for _ in range(2):
        with pytest.raises(UsageError, match=r"no environment with celery==5.4.0: no index"):
            environments.beside(subject, ("celery==5.4.0",), is_users=False)
    assert tried == [1]
