"""A user's own visibility timeout is kept or scaled, and a shutdown and a timeout are told apart."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from commands import brokerbench
from test_ledger import SECOND_NS, ledger_of

from bench.guarantees.faults import catalogue
from bench.guarantees.faults.shutdown import _run
from bench.guarantees.returning import returned
from bench.guarantees.visibility import redelivery_wait, visibility_in_words, visibility_s
from bench.processes.subject import Subject
from bench.records.matrix import Cell
from bench.records.provenance import OwnLimit
from bench.subject.recorder import RECEIVED
from brokers import split_subject

Play = Callable[..., Cell]


def subject_of(label: str, own_s: float | None = None) -> Subject:
    broker, profile = split_subject(label)
    own = (OwnLimit(kind="visibility", name="visibility_timeout", value=own_s),) if own_s else ()
    return Subject(label=label, broker=broker, profile=profile, own=own)


@pytest.mark.parametrize(("label", "own_s", "used_s"), [("redis", 10, 10), ("sqs", 12, 12), ("redis", 43200, 5)])
def test_a_short_visibility_timeout_is_kept_and_a_long_one_is_scaled(label: str, own_s: float, used_s: float) -> None:
    usual, wait = subject_of(label).broker.waits.redelivery, redelivery_wait(subject_of(label, own_s))
    assert visibility_s(wait) == used_s
    assert wait.within_s - usual.within_s == used_s - 5
    assert "your visibility_timeout of" in wait.default


def test_what_a_scaled_visibility_timeout_means_is_said() -> None:
    assert visibility_in_words(subject_of("redis", 43200), 5, "countdowns") == (
        "5 s stand for your visibility_timeout of 12 h: with it, this begins with countdowns of 12 h"
    )
    assert visibility_in_words(subject_of("redis", 10), 10, "tasks") == "with your visibility_timeout of 10 s"
    assert visibility_in_words(subject_of("redis"), 5, "tasks") == ""


def test_a_broker_without_a_visibility_timeout_ignores_a_users() -> None:
    wait = redelivery_wait(subject_of("rabbitmq", 10), 20.0)
    assert wait is subject_of("rabbitmq").broker.waits.redelivery
    assert visibility_in_words(subject_of("rabbitmq", 10), visibility_s(wait), "tasks") == ""


def test_a_fault_may_ask_for_a_longer_visibility_timeout() -> None:
    assert visibility_s(redelivery_wait(subject_of("redis", 10), 20.0)) == 20


def test_what_was_given_back_at_a_shutdown_is_told_from_what_a_timeout_gave_back() -> None:
    """Three tasks are received at 1 s, and their worker is asked to end at 2 s."""
    first, again = ledger_of(*((1, number, RECEIVED) for number in (0, 1, 2))), ((3, 0), (22, 1))
    later = [replace(event, pid=2) for event in ledger_of(*((at_s, number, RECEIVED) for at_s, number in again)).events]
    ledger = replace(first, events=(*(replace(event, pid=1) for event in first.events), *later))
    found = returned(ledger, 2 * SECOND_NS, 3 * SECOND_NS, 20.0)
    assert (found.at_shutdown, found.by_timeout, found.unclear) == ({0}, {1}, set())
    assert found.words == "came back: 1 at the shutdown, 1 by the visibility timeout"
    late = returned(ledger, 2 * SECOND_NS, 21 * SECOND_NS, 20.0)
    assert (late.at_shutdown, late.by_timeout, late.unclear) == ({0}, set(), {1})
    assert returned(ledger, 2 * SECOND_NS, 3 * SECOND_NS, None).at_shutdown == {0, 1}


@pytest.mark.long
@pytest.mark.parametrize(("name", "figure"), [("SIGQUIT", "back_at_shutdown"), ("SIGKILL", "back_by_timeout")])
def test_a_worker_that_is_killed_gives_nothing_back_at_the_shutdown(name: str, figure: str, play: Play) -> None:
    cell = play(replace(catalogue()["shutdown-cold"], run=partial(_run, name=name)), "redis:durable")
    (attempt,) = cell.attempts
    assert {each for each, tasks in attempt.figures.items() if tasks} == {figure}


@pytest.mark.long
@pytest.mark.parametrize(
    ("own_s", "words"),
    [
        (8, "it runs 2 times; with your visibility_timeout of 8 s"),
        (
            3600,
            "it runs 2 times; 5 s stand for your visibility_timeout of 1 h: with it, this begins with countdowns",
        ),
    ],
)
def test_a_countdown_beyond_a_users_visibility_timeout_shows_what_it_means(
    own_s: int, words: str, tmp_path: Path
) -> None:
    (tmp_path / "shop.py").write_text(
        f"""
from celery import Celery
app = Celery("shop", broker="redis://:elsewhere@127.0.0.1:1/0")
app.conf.broker_transport_options = {{"visibility_timeout": {own_s}}}

@app.task
def buy():
    pass
"""
    )
    own = ("--app", "shop:app", "--task", "shop.buy")
    fault = ("--only", "eta-beyond-visibility", "--repeats", "1")
    run = brokerbench("guarantees", "redis", *own, *fault, "--out", "out", cwd=tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    (cell,) = json.loads((tmp_path / "out" / "guarantees.json").read_text())["cells"]
    assert cell["attempts"][0]["finding"].startswith(words)
    run = brokerbench("compare", "redis", *own, "--metric", "enqueue", "--budget", "20s", "--out", "c", cwd=tmp_path)
    (subject,) = json.loads((tmp_path / "c" / "result.json").read_text())["subjects"]
    assert subject["settings"]["broker_transport_options"]["visibility_timeout"] == own_s
    assert "broker_transport_options" not in run.stdout
