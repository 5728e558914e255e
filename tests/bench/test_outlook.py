"""What a sweep has probably no time for is said before it begins."""

import io
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from bench.commands.measuring import announce_time
from bench.compare.outlook import too_short
from bench.compare.request import Comparison
from bench.processes.subject import label_subjects, read_subject
from bench.records.workload import load_workload


def asked(budget_s: float, *subjects: str, workload: str = "sweep-rtt", **changes: Any) -> Comparison:
    found = load_workload(workload)
    labelled = label_subjects(map(read_subject, subjects or ("redis", "rabbitmq")), found)
    fields = {"subjects": labelled, "workload": found, "metrics": found.metrics, "budget_s": budget_s, "seed": 1}
    return Comparison(**fields | changes)


def test_a_budget_that_does_not_reach_all_points_is_named_with_what_to_do() -> None:
    told = too_short(asked(55))
    assert told.startswith("55 s is probably too short: only about 2 of the 6 points of the sweep will be reached; ")
    assert told.endswith("; use --full, --metric enqueue or fewer distances")


def test_a_budget_for_one_set_of_processes_at_each_point_promises_no_verdict() -> None:
    assert "each of the 6 points of the sweep will have one set of processes, and no verdict" in too_short(asked(165))


@pytest.mark.parametrize(
    "comparison",
    [
        asked(600),
        asked(165, "redis"),
        asked(55, workload="noop"),
        asked(55, sides=True),
        asked(600, "redis", "rabbitmq", "sqs", workload="sweep-pool"),
    ],
    ids=["long", "nothing to compare", "no sweep", "two sides", "near"],
)
def test_nothing_is_said_of_a_budget_that_is_probably_enough(comparison: Comparison) -> None:
    assert too_short(comparison) == ""


def test_a_further_distance_needs_more_time_and_what_is_not_measured_needs_none() -> None:
    near = asked(120, metrics=["enqueue"])
    far = near.workload.model_copy(update={"sweep": {"rtt": ["0", "200ms", "400ms", "600ms", "800ms", "1s"]}})
    assert "will be reached" in too_short(replace(near, workload=far))
    assert "--metric enqueue" not in too_short(asked(55, metrics=["enqueue"]))
    assert "use --budget " in too_short(asked(600, *["redis", "rabbitmq", "sqs", "postgres"] * 4))


@pytest.mark.parametrize(("budget_s", "lines"), [(55, 2), (600, 1)])
def test_the_outlook_is_one_line_after_what_is_measured(budget_s: float, lines: int) -> None:
    console = Console(file=io.StringIO(), width=400)
    announce_time(asked(budget_s), console)
    printed = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert len(printed) == lines
    assert printed[0].startswith("measuring redis, rabbitmq until ")
    assert lines == 1 or printed[1].startswith("! 55 s is probably too short: ")
