"""The guarantees that settings can change: which are played, and how before and after are compared."""

from collections.abc import Callable
from typing import Any

import pytest
from matrices import make_attempt, make_cell, make_matrix

from bench.guarantees.faults import catalogue
from bench.guarantees.matrix_plan import MatrixPlan
from bench.guarantees.run import measure
from bench.records.matrix import AttemptRecord, Matrix
from bench.tune.present import Present
from bench.tune.promises import Verdict, compared, play_promises, touched
from bench.tune.variant import candidate_subject
from brokers import BrokerUnavailable

Presents = Callable[..., Present]
Attempts = Callable[[str, str], AttemptRecord]
KEPT = make_attempt()
LOST = make_attempt("allowed", lost=[0])
TWICE = make_attempt(duplicated=[3])
STOPPED = make_attempt("broken", stopped=True)
BROKEN = make_attempt("broken", finding="the call raises")
NOTHING = make_attempt("shown", finding="it was over before")
LATE = {"task_acks_late": True}


class Silent:
    """Hears nothing."""

    def state(self, text: str) -> None: ...
    def began(self, subject: str, fault: str) -> None: ...
    def ended(self, cell: object, done: int, of: int) -> None: ...


class Player:
    """Plays made-up attempts; remembers what it was asked for."""

    def __init__(self, attempts: Attempts) -> None:
        self.asked: list[tuple[list[str], int]] = []
        self._attempts = attempts

    def __call__(self, plan: MatrixPlan, keep: Callable[[Matrix], None], watcher: object) -> Matrix:
        self.asked.append(([fault.name for fault in plan.faults], plan.repeats))
        labels = [subject.label for subject in plan.subjects]
        cells = [
            make_cell(label, fault.name, *(self._attempts(label, fault.name) for _ in range(plan.repeats)))
            for fault in plan.faults
            for label in labels
        ]
        return make_matrix(*cells)


def played(present: Present, settings: dict[str, Any], budget_s: float, play: Any) -> Any:
    after = candidate_subject(present.subject, settings, "C1", present.workload)
    return play_promises(present, after, settings, budget_s, Silent(), play)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ([KEPT], [KEPT], "kept"),
        ([KEPT], [LOST], "traded"),
        ([LOST], [LOST], "kept"),
        ([LOST], [KEPT], "better"),
        ([LOST], [TWICE], "traded"),
        ([KEPT], [TWICE], "traded"),
        ([KEPT], [STOPPED], "traded"),
        ([KEPT], [BROKEN], "traded"),
        ([KEPT] * 3, [LOST, KEPT, KEPT], "unclear"),
        ([KEPT, LOST, KEPT], [LOST, KEPT, KEPT], "kept"),
        ([KEPT, LOST, KEPT], [KEPT] * 3, "kept"),
        ([KEPT], [NOTHING], "unclear"),
        ([NOTHING], [LOST], "traded"),
    ],
)
def test_before_and_after_are_compared(
    before: list[AttemptRecord], after: list[AttemptRecord], verdict: Verdict
) -> None:
    assert compared(catalogue()["worker-killed-as-set"], before, after).verdict == verdict


def test_what_was_found_is_counted_in_words() -> None:
    promise = compared(catalogue()["server-killed"], [KEPT] * 3, [make_attempt("allowed", lost=[1, 2]), LOST, LOST])
    assert promise.before == "nothing lost or repeated in 3 attempts"
    assert promise.after == "2 tasks lost in 3 of 3 attempts"


def test_what_nobody_promises_is_not_called_kept_if_it_differs() -> None:
    fault = catalogue()["priority-plain"]
    first, last = make_attempt("shown", finding="9 first"), make_attempt("shown", finding="as sent")
    assert compared(fault, [first], [first]).verdict == "kept"
    promise = compared(fault, [first], [last])
    assert (promise.verdict, "as sent" in promise.after) == ("unclear", True)


def test_the_faults_that_most_settings_touch_come_first(presents: Presents) -> None:
    tunables = presents("rabbitmq").tunables
    settings = {"broker_transport_options.confirm_publish": True, "task_default_delivery_mode": 1}
    assert touched(settings, tunables)[0] == "server-killed-publishing"
    assert touched({"concurrency": 4, "unknown": 1}, tunables) == []


def test_what_turned_out_differently_is_played_again(presents: Presents) -> None:
    player = Player(lambda label, fault: LOST if (label, fault) == ("tuned", "shutdown-cold") else KEPT)
    found = played(presents("redis"), LATE, 300, player)
    assert player.asked == [(list(presents("redis").tunables["task_acks_late"].touches), 1), (["shutdown-cold"], 2)]
    verdicts = {one.fault: one.verdict for one in found.promises}
    assert verdicts.pop("shutdown-cold") == "traded"
    assert set(verdicts.values()) == {"kept"}
    assert "in 3 of 3 attempts" in next(one.after for one in found.promises if one.fault == "shutdown-cold")


def test_chance_is_not_called_a_trade(presents: Presents) -> None:
    once = iter([LOST])
    player = Player(lambda label, fault: next(once, KEPT) if (label, fault) == ("tuned", "shutdown-cold") else KEPT)
    found = played(presents("redis"), LATE, 300, player)
    assert [one.verdict for one in found.promises if one.fault == "shutdown-cold"] == ["unclear"]


def test_what_has_no_time_is_named(presents: Presents) -> None:
    player = Player(lambda *_: KEPT)
    found = played(presents("redis"), LATE, 40, player)
    late = [one for one in found.promises if one.verdict == "not played"]
    assert [one.fault for one in late] == ["deploy-killed"]
    assert late[0].why == "it takes about 60 s"
    assert all("deploy-killed" not in faults for faults, _ in player.asked)


def test_what_cannot_be_played_says_why(presents: Presents) -> None:
    def fail(*_: object) -> Matrix:
        raise BrokerUnavailable("redis does not answer: start it")

    found = played(presents("redis"), LATE, 300, fail)
    assert {(one.verdict, one.why) for one in found.promises} == {("not played", "redis does not answer: start it")}


def test_what_no_fault_can_show_is_said(presents: Presents) -> None:
    found = played(presents("redis:durable"), {"pool": "threads"}, 300, Player(lambda *_: KEPT))
    assert (found.promises, len(found.notes)) == ([], 1)
    assert "pool" in found.notes[0]
    server = played(presents("redis:durable"), {"server.appendfsync": "no"}, 5, Player(lambda *_: KEPT))
    assert "kills the server and not the machine" in server.notes[0]


def test_a_paid_service_is_not_broken(presents: Presents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQS_URL", "aws")
    found = played(presents("sqs"), LATE, 300, Player(lambda *_: KEPT))
    assert {one.why for one in found.promises} == {"a paid service is never broken: unset SQS_URL"}


@pytest.mark.long
def test_late_acknowledgement_is_played_for_real(presents: Presents) -> None:
    found = played(presents("redis"), LATE, 34, measure)
    promise = next(one for one in found.promises if one.fault == "worker-killed-as-set")
    assert promise.verdict == "traded"
    assert (promise.before, promise.after) == (
        "1 task lost in 1 of 1 attempt",
        "1 task repeated in 1 of 1 attempt",
    )


def test_an_interrupt_keeps_what_was_played(presents: Presents) -> None:
    present = presents("redis")

    def play(plan: MatrixPlan, keep: Callable[[Matrix], None], watcher: object) -> Matrix:
        first, *_ = plan.faults
        cells = [make_cell(subject.label, first.name, KEPT) for subject in plan.subjects]
        return make_matrix(*cells, status="interrupted")

    found = played(present, {"task_acks_late": True}, 90, play)
    assert found.interrupted
    first, *others = found.promises
    assert first.verdict == "kept"
    assert {(one.verdict, one.why) for one in others} == {("not played", "it was interrupted")}
