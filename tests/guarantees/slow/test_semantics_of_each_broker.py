"""What each broker does when nothing breaks, as it is known to."""

from collections.abc import Callable

import pytest

from bench.records.matrix import Cell

Play = Callable[..., Cell]

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("subject", "fault", "outcome", "words"),
    [
        ("rabbitmq", "priority", "shown", "honoured, 9 before 0"),
        ("rabbitmq", "priority-plain", "shown", "not honoured, in the order sent"),
        ("rabbitmq:quorum", "priority", "shown", "nothing can be sent"),
        ("sqs", "priority-plain", "shown", "not honoured"),
        ("rabbitmq", "revoke", "kept", "does not run"),
        ("sqs", "revoke", "broken", "runs anyway"),
        ("rabbitmq", "inspect", "shown", "the worker answers, and names the running task"),
        ("sqs", "inspect", "shown", "no worker answers"),
        ("rabbitmq", "events", "shown", "5 task-sent, 5 task-received, 5 task-started, 5 task-succeeded"),
        ("redis", "events", "shown", "5 task-sent, 5 task-received, 5 task-started, 5 task-succeeded"),
        ("sqs", "events", "shown", "0 task-sent, 0 task-received, 0 task-started, 0 task-succeeded"),
        ("rabbitmq", "broadcast", "kept", "each worker runs each task once"),
        ("redis", "broadcast", "broken", "2 workers run 3 tasks 0 times in all"),
        ("sqs", "broadcast", "broken", "2 workers run 3 tasks 0 times in all"),
        ("rabbitmq", "chain", "kept", "every task runs once, in order"),
        ("sqs", "chord", "kept", "every task runs once, in order"),
        ("rabbitmq", "retries", "kept", "it starts 3 times"),
        ("rabbitmq", "order", "shown", "50 tasks start in the order sent"),
        ("rabbitmq", "eta-holds-immediate", "shown", "0 of 5 tasks"),
        ("rabbitmq:quorum", "eta-holds-immediate", "shown", "5 of 5 tasks"),
        ("redis", "eta-beyond-visibility", "kept", "it runs 2 times"),
        ("rabbitmq", "eta-beyond-visibility", "kept", "it runs once"),
        ("sqs", "largest-payload", "kept", "do not"),
        ("redis:durable", "fair-workers-prefetch-1", "shown", "0 of 10"),
    ],
)
def test_a_broker_does_what_it_is_known_to_do(play: Play, subject: str, fault: str, outcome: str, words: str) -> None:
    cell = play(fault, subject)
    (attempt,) = cell.attempts
    assert cell.outcome == outcome
    assert words in attempt.finding
