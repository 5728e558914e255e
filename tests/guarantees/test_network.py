"""Faults of the network and of a producer, run on real servers with real workers: the quick ones."""

from collections.abc import Callable

import pytest

from bench.guarantees.faults import catalogue
from bench.guarantees.faults.http_answers import FAULTS as HTTP
from bench.records.matrix import Cell
from brokers import split_subject

Play = Callable[..., Cell]


def test_a_worker_and_a_sender_survive_a_reset_of_their_connections(play: Play) -> None:
    (attempt,) = play("connection-reset", "rabbitmq").attempts
    assert attempt.outcome in ("kept", "allowed")
    assert attempt.recovered_s is not None
    assert attempt.finding.startswith("the next calls: accepted after")


def test_a_call_without_a_server_raises_and_its_task_does_not_run_later(play: Play) -> None:
    (attempt,) = play("server-down", "rabbitmq").attempts
    assert (attempt.outcome, attempt.refused, attempt.uninvited) == ("kept", 2, [])
    assert attempt.finding.count("OperationalError after ") == 2


def test_a_slow_network_makes_calls_slow(play: Play) -> None:
    (attempt,) = play("slow-network", "redis").attempts
    assert (attempt.outcome, attempt.lost, attempt.duplicated) == ("kept", [], [])
    assert attempt.figures["call_median_s"] >= 0.06  # a round trip takes 0.1 s, give or take 0.04 s


def test_a_sender_that_is_killed_is_not_waited_for(play: Play) -> None:
    (attempt,) = play("producer-killed", "redis").attempts
    assert (attempt.outcome, attempt.unanswered, attempt.uninvited) == ("shown", 1, [1])
    assert attempt.finding == "the task runs"


@pytest.mark.long
def test_a_throttled_send_is_tried_again(play: Play) -> None:
    (attempt,) = play("http-throttled-send", "sqs").attempts
    assert (attempt.outcome, attempt.refused, attempt.duplicated) == ("kept", 0, [])
    assert attempt.finding == "1 of 1 bad answers were given"


@pytest.mark.parametrize("fault", [HTTP[0].name, HTTP[-1].name])
@pytest.mark.parametrize("subject", ["redis", "rabbitmq"])
def test_what_does_not_speak_http_has_no_faults_of_http(subject: str, fault: str) -> None:
    assert catalogue()[fault].refusal(*split_subject(subject)) == f"{subject} does not speak HTTP"


def test_there_are_fifteen_faults_of_http() -> None:
    assert len(HTTP) == 15
