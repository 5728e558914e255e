"""Faults run on real servers: those whose cells wait for what never comes."""

from collections.abc import Callable

import pytest

from bench.records.matrix import Cell

Play = Callable[..., Cell]


@pytest.mark.parametrize("fault", ["child-killed-early", "child-killed-late-only"])
@pytest.mark.parametrize("subject", ["redis", "rabbitmq"])
def test_a_task_whose_child_is_killed_is_lost_where_it_is_not_rejected(fault: str, subject: str, play: Play) -> None:
    (attempt,) = play(fault, subject).attempts
    assert (attempt.outcome, attempt.lost, attempt.duplicated) == ("shown", [0], [])


def test_what_a_killed_server_had_in_memory_alone_is_lost(play: Play) -> None:
    cell = play("server-killed", "redis")
    (attempt,) = cell.attempts
    assert cell.outcome == "allowed"
    assert attempt.lost == list(range(50))
    assert not attempt.stopped
