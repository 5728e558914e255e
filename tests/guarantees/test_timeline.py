"""What happened is told in time order and in plain words, with what befell many tasks alike told once."""

import io

import pytest
from matrices import EVERY_MATRIX, killed_attempt, make_attempt, make_cell, moments
from rich.console import Console

from bench.guarantees import attempt_record
from bench.records.matrix import AttemptRecord
from bench.report.guarantees.explanation import print_explanation
from bench.report.guarantees.timeline import VERBS, endings, timeline
from bench.report.guarantees.words import detail, sentence, tasks_named, times_s, worst


def told(*lines: str, **changes: object) -> list[str]:
    return [happening.text for happening in timeline(make_attempt(moments=moments(*lines), **changes))]


def test_every_event_of_the_ledger_is_told_in_words() -> None:
    assert set(VERBS) == set(attempt_record._WORDS.values())


def test_what_befell_several_tasks_is_told_once() -> None:
    lines = [f"0.{task:03d} {task} accepted" for task in range(1, 9)]
    assert told(*lines) == ["tasks 1-8 are accepted"]
    assert told("0.1 1 accepted", "0.3 2 accepted") == ["tasks 1 and 2 are accepted, the last at 0.300 s"]


def test_a_deed_stands_between_what_was_before_and_after() -> None:
    lines = ("0.1 1 accepted", "0.2 2 accepted", "0.3 - the server is killed (SIGKILL)", "0.4 3 accepted")
    happenings = timeline(make_attempt(moments=moments(*lines)))
    assert [(one.at_s, one.action) for one in happenings] == [(0.1, False), (0.3, True), (0.4, False)]


def test_tasks_of_another_fate_are_told_apart() -> None:
    lines = [f"0.1 {task} received worker 1" for task in range(4)]
    assert told(*lines, lost=[2]) == ["tasks 0, 1 and 3 are received by worker 1", "task 2 is received by worker 1"]


def test_a_second_start_is_told_as_such() -> None:
    lines = ("0.1 0 starts worker 1, child 1", "0.2 0 starts worker 2, child 1", "0.3 0 starts worker 2, child 1")
    assert told(*lines) == [
        "task 0 starts in worker 1, child 1",
        "task 0 starts again in worker 2, child 1",
        "task 0 starts for the 3. time in worker 2, child 1",
    ]


def test_a_call_is_told_where_it_was_not_answered_at_once() -> None:
    at_once = ("0.1 0 apply_async is called", "0.2 0 accepted")
    assert told(*at_once) == ["task 0 is accepted"]
    slow = ("0.1 0 apply_async is called", "4.2 0 refused")
    assert told(*slow) == ["apply_async is called for task 0", "task 0 is refused: apply_async raises"]
    assert told("0.1 0 apply_async is called sender 2") == ["apply_async is called for task 0 (by sender 2)"]


def test_an_acknowledgement_that_did_not_end_is_told() -> None:
    assert told("0.1 0 acknowledging worker 1") == ["worker 1 begins to acknowledge task 0"]
    ended = ("0.1 0 acknowledging worker 1", "0.1 0 acknowledged worker 1")
    assert told(*ended) == ["task 0 is acknowledged by worker 1"]


def test_an_event_of_another_version_is_told_as_it_stands() -> None:
    assert told("0.1 0 dreams{x} worker 1") == ["task 0: dreams{x}"]


def test_each_class_of_tasks_has_its_end() -> None:
    assert endings(killed_attempt()) == [
        "Task 0 was accepted, started twice and finished once: it ran more often than it should.",
        "Task 1 was accepted and never started: it is lost.",
        "Tasks 2-5 were accepted, started once and finished once.",
    ]


def test_the_ends_of_tasks_that_nobody_accepted() -> None:
    lines = ("0.1 0 apply_async is called", "0.2 0 starts worker 1", "0.3 1 refused", "0.4 2 refused")
    assert endings(make_attempt(moments=moments(*lines), uninvited=[0])) == [
        "Task 0 was neither accepted nor refused, started once and never finished: "
        "it ran although it was not accepted.",
        "Tasks 1 and 2 were refused and never started.",
    ]


@pytest.mark.parametrize(
    ("numbers", "name"),
    [
        ([3], "task 3"),
        ([0, 2, 3, 4, 5, 9], "tasks 0, 2-5 and 9"),
        (range(100), "tasks 0-99"),
        (range(0, 40, 2), "20 of the tasks 0-38"),
    ],
)
def test_tasks_are_named_briefly(numbers: list[int], name: str) -> None:
    assert tasks_named(numbers) == name


def test_a_range_of_times_has_one_unit_where_it_can() -> None:
    assert times_s([5.9, None, 8.2]) == "5.9 to 8.2 s"
    assert times_s([0.4, 8.2]) == "400 ms to 8.2 s"
    assert times_s([6.0, 6.0]) == "6 s"
    assert times_s([None]) == "\N{EN DASH}"


@pytest.mark.parametrize(
    ("attempts", "words"),
    [
        ([make_attempt()], "back 6 s"),
        ([make_attempt(back_s=None)], ""),
        ([make_attempt(back_s=0.3)], "back <1 s"),
        ([make_attempt(back_s=None, refused=2)], "2 refused"),
        ([make_attempt(back_s=5.4), make_attempt(back_s=7.7)], "back 5-8 s"),
        ([make_attempt(duplicated=[1])], "1 twice, back 6 s"),
        ([make_attempt(duplicated=[1], back_s=None), make_attempt(back_s=None)], "0-1 twice"),
        ([make_attempt("allowed", lost=[1]), make_attempt(duplicated=[1])], "lost 0-1/9"),
        ([make_attempt("broken", stopped=True), make_attempt()], "stopped 1 of 2"),
        ([make_attempt("broken", stopped=True, lost=[2])], "stopped, lost 1/9"),
    ],
)
def test_a_cell_has_one_telling_figure(attempts: list[AttemptRecord], words: str) -> None:
    assert detail(make_cell("redis", "worker-killed-late", *attempts)) == words


def test_all_counts_of_a_cell_are_in_its_sentence() -> None:
    attempts = [make_attempt(refused=2, unanswered=1, uninvited=[8]), make_attempt(late=[1], lost=[0, 1], stopped=True)]
    assert sentence(make_cell("redis", "worker-killed-late", *attempts)) == (
        "9 accepted; 0 to 2 refused; 0 to 1 unanswered; 0 to 2 lost; 0 to 1 late; "
        "0 to 1 uninvited; the worker stopped consuming in 1 of 2 attempts; "
        "the last open task started 6.12 s after the fault; consuming again after 1.31 s"
    )


def test_the_worst_attempt_is_the_one_to_be_told() -> None:
    attempts = [make_attempt(), make_attempt("broken", lost=[1]), make_attempt("broken", lost=[1, 2]), make_attempt()]
    assert worst(make_cell("redis", "worker-killed-late", *attempts)) == 2


def explained(*labels: str, kind: str = "explained", fault: str = "worker-killed-late") -> str:
    console = Console(width=80, file=io.StringIO())
    print_explanation(EVERY_MATRIX[kind](), fault, labels, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_an_explanation_has_what_the_fault_is_then_what_happened_when() -> None:
    text = explained("redis:durable")
    order = [
        "worker-killed-late: What",
        "Source:",
        "redis:durable: redis 7.0.15, private",
        "redis:durable (durable tier): broken",
        "6 to 9 accepted",
        "Settings: task_acks_late=True",
        "By default: an unack",
        "Timeline of attempt 2 of 3",
        "   0.512 s > the worker is killed with its children (SIGKILL)",
        "   8.713 s   task 0 starts again in worker 2, child 1",
        "Task 1 was accepted and never started: it is lost.",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)


@pytest.mark.parametrize("kind", EVERY_MATRIX)
def test_no_line_of_an_explanation_is_wider_than_80_columns(kind: str) -> None:
    matrix = EVERY_MATRIX[kind]()
    for fault in matrix.faults:
        text = explained(*(subject.label for subject in matrix.subjects), kind=kind, fault=fault.name)
        assert [line for line in text.splitlines() if len(line) > 80] == []


def test_only_the_subjects_that_were_asked_for_are_explained() -> None:
    text = explained("redis", kind="six", fault="http-503-ten-on-receive")
    assert "redis (fast tier): not run" in text
    assert "not run: redis does not speak HTTP" in text
    assert "rabbitmq (fast tier)" not in text


def test_a_cell_that_was_not_run_has_no_timeline() -> None:
    assert "Timeline" not in explained("redis", kind="six", fault="http-503-ten-on-receive")
