"""What Redis does when nothing breaks, as it is known to: the quick ones, on a real server with real workers."""

from collections.abc import Callable

import pytest

from bench.guarantees.faults import catalogue
from bench.records.matrix import Cell

Play = Callable[..., Cell]

SEMANTICS = [fault for fault in catalogue().values() if fault.group == "semantics"]


@pytest.mark.parametrize("fault", SEMANTICS, ids=lambda fault: fault.name)
def test_a_fault_of_semantics_breaks_nothing_and_says_its_source(fault: object) -> None:
    record = fault.record()  # type: ignore[attr-defined]
    assert record.breaks == "nothing"
    assert "Source: " in record.about


@pytest.mark.parametrize(
    ("fault", "outcome", "words"),
    [
        ("priority-plain", "shown", "honoured, 0 before 9: 0 0 0 0 0 9 9 9 9 9"),
        ("revoke", "kept", "the revoked task does not run"),
        ("retries", "kept", "it starts 3 times"),
        ("chord", "kept", "every task runs once, in order"),
    ],
)
def test_redis_does_what_it_is_known_to_do(play: Play, fault: str, outcome: str, words: str) -> None:
    cell = play(fault, "redis")
    (attempt,) = cell.attempts
    assert cell.outcome == outcome
    assert words in attempt.finding
    assert (attempt.lost, attempt.duplicated, attempt.refused) == ([], [], 0)
