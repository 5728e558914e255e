"""A setting that may remove a figure's reason is measured against the subject as it is, in the same run."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from made_results import SQS, Made, make_result

from bench.compare.cures import cured, kept_s, with_settings
from bench.compare.request import Comparison, MeasureAgain
from bench.processes.subject import label_subjects
from bench.records.diagnoses import Cure, Diagnosis
from bench.records.figures import Ratio
from bench.records.result import Result
from bench.records.workload import load_workload
from brokers import BrokerUnavailable, split_subject

POLLING = {"broker_transport_options.polling_interval": 0.1}
FASTER = Ratio(to="sqs", value=40, low=36, high=44, blocks=20, generations=4, verdict="improved")


def diagnosis(settings: dict[str, Any] | None = None, metric: str = "throughput") -> Diagnosis:
    cure = Cure(settings=settings, why_not="not yet") if settings else None
    return Diagnosis(
        kind="timer", subject="sqs", tier="fast", metric=metric, share=0.9, text="the worker paused", cure=cure
    )


def asked(**more: Any) -> Comparison:
    return Comparison(
        subjects=label_subjects([split_subject("sqs")]),
        workload=load_workload("noop"),
        metrics=["enqueue", "throughput", "cost"],
        budget_s=100,
        seed=5,
        **more,
    )


def found(*diagnoses: Diagnosis) -> Result:
    return make_result(SQS, diagnoses=list(diagnoses))


def measuring(asked_for: list[tuple[Comparison, str]], **changes: Any) -> MeasureAgain:
    """Return what measures the cured subject 40 times as fast, and notes what it was asked for."""

    def measure(comparison: Comparison, folder: str) -> Result:
        asked_for.append((comparison, folder))
        other = Made(label=comparison.subjects[1].label, tasks_per_s=180, software="ministack", emulator=True)
        result = make_result(SQS, other)
        rows = [
            row.model_copy(update={"ratio": FASTER, **changes} if row.subject == other.label else {"ratio": None})
            for row in result.summary
        ]
        return result.model_copy(update={"summary": rows})

    return measure


def failing(error: BaseException) -> Callable[[Comparison, str], Result]:
    def measure(_: Comparison, __: str) -> Result:
        raise error

    return measure


def test_a_fifth_of_the_time_is_kept_if_there_is_something_to_try() -> None:
    assert kept_s(asked(), [diagnosis(POLLING)]) == 20
    assert kept_s(replace(asked(), budget_s=30), [diagnosis(POLLING)]) == 10
    assert kept_s(asked(), [diagnosis()]) == 0


@pytest.mark.parametrize("question", ["sides", "confirms"])
def test_two_sides_and_a_second_look_spend_no_time_on_cures_and_say_so(question: str) -> None:
    asked_for: list[tuple[Comparison, str]] = []
    comparison = asked(**{question: True})
    assert kept_s(comparison, [diagnosis(POLLING)]) == 0
    (one,) = cured(found(diagnosis(POLLING)), comparison, measuring(asked_for)).diagnoses
    assert not asked_for
    assert one.cure
    assert one.cure.why_not == "only 'compare' measures that"


def test_the_subject_is_measured_beside_itself_with_the_setting_in_that_metric_alone() -> None:
    asked_for: list[tuple[Comparison, str]] = []
    (one,) = cured(found(diagnosis(POLLING)), asked(), measuring(asked_for)).diagnoses
    ((again, folder),) = asked_for
    assert [subject.label for subject in again.subjects] == ["sqs", "sqs, cured"]
    assert again.subjects[1].settings == {"broker_transport_options": {"polling_interval": 0.1}}
    assert (again.metrics, again.seed, again.sides, again.confirms) == (["throughput"], 6, True, True)
    assert again.budget_s <= 100
    assert folder == "with-the-cure-1"
    assert one.cure is not None
    assert (one.cure.ratio, one.cure.why_not) == (FASTER, "")
    assert one.cure.figure is not None


def test_reasons_with_the_same_settings_share_a_run_and_others_have_their_own() -> None:
    asked_for: list[tuple[Comparison, str]] = []
    other = {"worker_prefetch_multiplier": 16}
    cured(
        found(diagnosis(POLLING), diagnosis(POLLING, metric="enqueue"), diagnosis(other)), asked(), measuring(asked_for)
    )
    assert [again.metrics for again, _ in asked_for] == [["enqueue", "throughput"], ["throughput"]]
    assert [folder for _, folder in asked_for] == ["with-the-cure-1", "with-the-cure-2"]


def test_without_a_cure_or_the_time_for_it_the_result_stays_as_it_is() -> None:
    result = found(diagnosis())
    assert cured(result, asked(), measuring([])) is result
    late = asked(started_s=time.monotonic() - 95)
    (one,) = cured(found(diagnosis(POLLING)), late, measuring([])).diagnoses
    assert one == diagnosis(POLLING)


@pytest.mark.parametrize(
    ("measure", "why_not"),
    [
        (failing(BrokerUnavailable("sqs did not come up")), "sqs did not come up"),
        (measuring([], ratio=None), "the time was too short for a figure: use a longer budget"),
        (measuring([], void="the machine was busy"), "the machine was busy"),
    ],
    ids=["no server", "no figure", "a void figure"],
)
def test_a_cure_that_could_not_be_measured_says_why(measure: MeasureAgain, why_not: str) -> None:
    (one,) = cured(found(diagnosis(POLLING)), asked(), measure).diagnoses
    assert one.cure == Cure(settings=POLLING, why_not=why_not)


def test_an_interrupt_meanwhile_keeps_the_run() -> None:
    result = cured(found(diagnosis(POLLING)), asked(), failing(KeyboardInterrupt()))
    assert result.status == "interrupted"
    assert len(result.diagnoses) == 1


def test_settings_are_put_on_top_of_the_subjects_own_without_changing_it() -> None:
    (subject,) = label_subjects([split_subject("sqs")])
    subject = replace(subject, settings={"broker_transport_options": {"wait_time_seconds": 1}, "task_acks_late": True})
    other = with_settings(subject, POLLING | {"task_acks_late": False}, "other")
    assert other.settings == {
        "broker_transport_options": {"wait_time_seconds": 1, "polling_interval": 0.1},
        "task_acks_late": False,
    }
    assert subject.settings["broker_transport_options"] == {"wait_time_seconds": 1}
    assert other.label == "other"
