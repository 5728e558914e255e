"""What a fit found is measured again in another run, with another seed, in a part of the budget that is kept for it."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from made_results import RABBITMQ, REDIS, make_result
from test_crossings import made_rows

from bench.compare.flips import confirmed, reserving
from bench.compare.request import Comparison
from bench.figures.crossings import crossings, round_trips
from bench.processes.subject import label_subjects
from bench.records.figures import Crossing
from bench.records.result import Result
from bench.records.workload import load_workload
from brokers import BrokerUnavailable, split_subject

NEAR, FAR = (400_000, 2.0), (900_000, 1.0)


def asked(*names: str, workload: str = "sweep-rtt", budget_s: float = 100, **more: Any) -> Comparison:
    return Comparison(
        subjects=label_subjects([split_subject(name) for name in names or ("redis", "rabbitmq")]),
        workload=load_workload(workload),
        metrics=["enqueue", "throughput"],
        budget_s=budget_s,
        seed=5,
        **more,
    )


def swept(redis: tuple[float, float] = NEAR, rabbitmq: tuple[float, float] = FAR) -> Result:
    rows = made_rows("enqueue", {"redis": redis, "rabbitmq": rabbitmq})
    lines = round_trips(rows)
    changes = {"summary": rows, "round_trips": lines, "crossings": crossings(rows, lines)}
    return make_result(REDIS, RABBITMQ, metrics=["enqueue"], **changes)


def measured_as(redis: tuple[float, float], rabbitmq: tuple[float, float], asked_for: list[Comparison]) -> Any:
    """Return what measures two subjects whose times are known exactly, and notes what it was asked for."""

    def measure(comparison: Comparison, _: str) -> Result:
        asked_for.append(comparison)
        places = tuple(int(at["rtt_ns"]) for at, _ in comparison.workload.points())
        rows = made_rows("enqueue", {"redis": redis, "rabbitmq": rabbitmq}, distances=places)
        return make_result(REDIS, RABBITMQ, metrics=["enqueue"], summary=rows, workload=comparison.workload)

    return measure


def only(result: Result) -> Crossing:
    (found,) = result.crossings
    return found


def test_a_sweep_over_nothing_but_the_distance_keeps_a_quarter_of_its_budget() -> None:
    assert reserving(asked()).reserved_s == 25
    assert reserving(asked(budget_s=50)).reserved_s == 15


@pytest.mark.parametrize(
    "comparison",
    [
        asked("redis"),
        asked(workload="sweep-payload"),
        asked(workload="noop"),
        asked(budget_s=30),
        asked(sides=True),
        asked(confirms=True),
    ],
)
def test_other_comparisons_keep_nothing(comparison: Comparison) -> None:
    assert reserving(comparison) is comparison


def test_a_flip_is_measured_again_there_and_at_the_ends_of_its_interval_with_another_seed() -> None:
    asked_for: list[Comparison] = []
    result = confirmed(swept(), reserving(asked()), measured_as(NEAR, FAR, asked_for))
    (again,) = asked_for
    assert again.confirms
    assert (again.seed, again.metrics, again.reserved_s) == (6, ["enqueue"], 0)
    assert again.budget_s <= 100
    places = [int(at["rtt_ns"]) for at, _ in again.workload.points()]
    assert places == sorted(places)
    assert places[1] == 500_000
    found = only(result)
    assert [one.rtt_ns for one in found.again] == places
    assert found.again[1].ratio.value == pytest.approx(1.0)
    assert not found.contradicted


@pytest.mark.parametrize(
    ("redis", "rabbitmq"),
    [((4_000_000, 2.0), FAR), (NEAR, (3_000_000, 1.0))],
    ids=["the other one already leads below", "the first one still leads above"],
)
def test_a_second_run_that_disagrees_contradicts_the_flip(redis: Any, rabbitmq: Any) -> None:
    found = only(confirmed(swept(), reserving(asked()), measured_as(redis, rabbitmq, [])))
    assert found.contradicted
    assert found.flip_ns is not None


def test_without_a_flip_nothing_is_measured_again() -> None:
    result = swept(rabbitmq=(200_000, 1.0))
    assert only(result).verdict == "faster"
    assert confirmed(result, reserving(asked()), measured_as(NEAR, FAR, [])) is result


def test_without_time_nothing_is_measured_again() -> None:
    result, late = swept(), asked(started_s=time.monotonic() - 90)
    assert confirmed(result, reserving(late), measured_as(NEAR, FAR, [])) is result


def test_an_interrupted_sweep_is_not_measured_again() -> None:
    result = swept().model_copy(update={"status": "interrupted"})
    assert confirmed(result, reserving(asked()), measured_as(NEAR, FAR, [])) is result


def failing(error: BaseException) -> Callable[[Comparison, str], Result]:
    def measure(_: Comparison, __: str) -> Result:
        raise error

    return measure


def test_a_second_run_that_fails_leaves_the_first_one_and_a_warning() -> None:
    result = confirmed(swept(), reserving(asked()), failing(BrokerUnavailable("rabbitmq did not come up")))
    assert result.warnings[-1] == "the flip was not measured again: rabbitmq did not come up"
    assert (only(result).again, result.status) == ([], "finished")


def test_an_interrupt_while_it_is_measured_again_keeps_the_first_run() -> None:
    result = confirmed(swept(), reserving(asked()), failing(KeyboardInterrupt()))
    assert result.status == "interrupted"
    assert only(result).flip_ns is not None
