"""What a search finds where the truth is known: the engine is the real one, its subjects are drawn."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from tuning import TRUTHS, Simulation, Truth, question_of, simulated, ticking

from bench.compare.request import Comparison
from bench.compare.run import Absent, Enough
from bench.records.diagnoses import Cure, Diagnosis
from bench.records.figures import Row
from bench.records.result import Result
from bench.records.tune import TuneRecord
from bench.tune.candidates import LeftOut
from bench.tune.goal import read_goal
from bench.tune.outcome import tuned
from bench.tune.watch import PRESENT
from brokers.errors import BrokerUnavailable, UsageError

_SEEDS = range(1, 5)
_WAITS = Diagnosis(
    kind="timer",
    subject=PRESENT,
    tier="fast",
    metric="enqueue",
    share=0.5,
    text="it waited",
    cure=Cure(settings={"s7": True}),
)


def names(record: TuneRecord) -> list[str]:
    return sorted(line.setting.name for line in record.lines)


@pytest.mark.parametrize("truth", ["one, 40x", "one, 1.5x"])
def test_exactly_the_useful_one_of_ten_settings_is_found_and_confirmed(truth: str) -> None:
    found = [simulated(TRUTHS[truth], 0.04, seed) for seed in _SEEDS]
    assert [(record.outcome, names(record)) for record in found] == [("helps", ["s3"])] * len(found)
    for record in found:
        assert record.confirmed
        assert record.lines[0].contribution == record.confirmed
        assert record.duration_s <= record.budget_s


def test_nothing_helps_where_nothing_is_useful() -> None:
    found = [simulated(TRUTHS["none"], 0.04, seed) for seed in _SEEDS]
    assert {record.outcome for record in found} == {"nothing helps"}
    for record in found:
        assert record.why
        assert not record.lines
        assert record.detectable
        assert 0.03 < record.detectable < 0.6


@pytest.mark.parametrize("truth", ["two together", "partners", "one behind another"])
def test_two_settings_that_act_together_are_found_with_what_each_contributes(truth: str) -> None:
    record = simulated(TRUTHS[truth], 0.02, 2)
    assert (record.outcome, names(record)) == ("helps", ["s3", "s7"])
    for line in record.lines:
        assert line.contribution
        assert line.contribution.low
        assert line.contribution.low > 1


def test_one_of_two_settings_that_replace_each_other_is_left() -> None:
    record = simulated(TRUTHS["either of two"], 0.02, 1)
    assert names(record) in (["s3"], ["s7"])


@pytest.mark.parametrize("seed", _SEEDS)
def test_of_two_that_replace_each_other_the_one_that_removes_the_reason_is_left(seed: int) -> None:
    record = measured_but(Simulation(TRUTHS["either of two"], 0.02, seed), 1, diagnoses=[_WAITS])
    assert names(record) == ["s7"]
    assert [one.text for one in record.reasons] == ["it waited"]


def test_a_setting_that_leaves_the_reason_where_it_is_leads_nothing() -> None:
    def gain(settings: Mapping[str, Any]) -> float:
        return 1.1 if "s7" in settings else 3.0 if "s3" in settings else 1.0

    record = measured_but(Simulation(Truth(gain), 0.02, 1), 1, diagnoses=[_WAITS])
    assert names(record) == ["s3"]


def test_a_reason_of_another_figure_steers_nothing() -> None:
    other = _WAITS.model_copy(update={"metric": "throughput"})
    record = measured_but(Simulation(TRUTHS["either of two"], 0.02, 2), 1, diagnoses=[other])
    assert not record.reasons
    assert names(record) == ["s3"]


def test_what_acts_only_with_what_removes_the_reason_is_found() -> None:
    def gain(settings: Mapping[str, Any]) -> float:
        return (1.48 if "s7" in settings else 1.0) * (1.3 if {"s3", "s7"} <= settings.keys() else 1.0)

    record = measured_but(Simulation(Truth(gain), 0.0, 1), 1, diagnoses=[_WAITS])
    assert names(record) == ["s3", "s7"]


def test_a_confirmation_that_finds_nothing_says_what_there_was_no_time_for() -> None:
    for seed in range(1, 6):
        record = simulated(TRUTHS["one, 1.02x"], 0.04, seed, 90)
        never = [one for one in record.left_out if one.why == "there was no time"]
        assert not (record.outcome == "nothing helps" and never)


def test_what_was_confirmed_is_what_was_measured() -> None:
    for seed in _SEEDS:
        record = simulated(TRUTHS["one behind another"], 0.04, seed)
        assert [one.name for one in record.tested] == [line.setting.name for line in record.lines]
        assert record.searched
        stages = {one.stage for one in record.tried if one.gain == record.searched and one.fate == "kept"}
        assert stages


def test_what_is_better_than_what_removes_the_reason_is_found_all_the_same() -> None:
    record = measured_but(Simulation(TRUTHS["one, 1.5x"], 0.02, 1), 1, diagnoses=[_WAITS])
    assert names(record) == ["s3"]


def test_the_record_says_what_was_tried_and_why_it_was_dropped() -> None:
    record = simulated(TRUTHS["one, 1.5x"], 0.04, 1)
    screened = {one.label: one for one in record.tried if one.stage == "screening"}
    assert len(screened) == 10
    assert screened["s3=true"].fate == "kept"
    dropped = [one for one in screened.values() if one.fate == "dropped"]
    assert len(dropped) == 9
    assert all(one.why and one.gain for one in dropped)
    assert record.stages[0].name == "screening"
    assert record.stages[-1].name == "confirmation"
    assert len({stage.seed for stage in record.stages}) == len(record.stages)
    (curve,) = [one for one in record.curves if one.setting == "s3"]
    assert [point.present for point in curve.points] == [True, False]


def test_the_time_of_a_run_is_spent_on_those_that_are_left() -> None:
    record = simulated(TRUTHS["one, 1.1x"], 0.02, 1)
    generations = {one.label: one.generations for one in record.tried if one.stage == "screening"}
    assert generations["s3=true"] == max(generations.values())
    assert sorted(generations.values())[4] < generations["s3=true"]


def measured_but(simulation: Simulation, stage: int, **changes: object) -> TuneRecord:
    """Tune while one stage ends differently."""
    stages = 0

    def measure(comparison: Comparison, enough: Enough, absent: Absent) -> Result:
        nonlocal stages
        stages += 1
        if stages == stage and "interrupts" in changes:
            raise KeyboardInterrupt
        result = simulation.measure(comparison, enough, absent)
        if stages != stage:
            return result
        if "error" in changes:
            raise BrokerUnavailable(str(changes["error"]))
        if "fails" in changes:
            failed = [
                one.model_copy(update={"failure": "it died" if one.label == changes["fails"] else None})
                for one in result.subjects
            ]
            return result.model_copy(update={"subjects": failed})
        return result.model_copy(update=changes)

    with ticking(simulation.clock):
        return tuned(question_of(simulation.truth, 1), measure, simulation.clock.monotonic)


def simulation(truth: Truth = TRUTHS["one, 1.5x"]) -> Simulation:
    return Simulation(truth, 0.02, 1)


def test_an_interrupt_ends_the_search_and_keeps_what_was_tried() -> None:
    record = measured_but(simulation(), 1, status="interrupted")
    assert (record.status, record.outcome, len(record.stages)) == ("interrupted", "not measured", 1)
    assert len(record.tried) == 10


def test_an_interrupt_while_a_later_stage_boots_keeps_what_was_tried_before() -> None:
    with pytest.raises(KeyboardInterrupt):
        measured_but(simulation(), 1, interrupts=True)
    record = measured_but(simulation(), 2, interrupts=True)
    assert (record.status, record.outcome, len(record.stages)) == ("interrupted", "not measured", 1)
    assert record.found
    assert record.found.label == "s3=true"


@pytest.mark.parametrize("truth", ["none", "one, 1.1x"])
@pytest.mark.parametrize("budget_s", [60, 90, 180])
def test_what_helps_has_an_interval_above_one_and_nothing_helps_only_if_everything_was_tried(
    truth: str, budget_s: float
) -> None:
    for seed in range(1, 4):
        record = simulated(TRUTHS[truth], 0.04, seed, budget_s)
        if record.outcome == "helps":
            assert record.confirmed
            assert record.confirmed.is_certain
        if record.outcome == "nothing helps" and not record.confirmed:
            assert {one.settings[0].name for one in record.tried} == {f"s{n}" for n in range(10)}


def test_a_search_without_its_present_settings_is_not_measured() -> None:
    record = measured_but(simulation(), 1, fails="present")
    assert record.outcome == "not measured"
    assert "it died" in record.why


def test_a_setting_that_fails_is_not_chosen_however_good_it_was() -> None:
    record = measured_but(simulation(), 1, fails="s3=true")
    assert record.outcome == "nothing helps"
    (failed,) = [one for one in record.tried if one.label == "s3=true"]
    assert (failed.fate, failed.why) == ("failed", "it died")


def test_a_server_that_is_gone_at_first_is_an_error_and_later_the_reason() -> None:
    with pytest.raises(BrokerUnavailable):
        measured_but(simulation(), 1, error="redis is gone")
    record = measured_but(simulation(), 2, error="redis is gone")
    assert record.outcome == "not measured"
    assert "redis is gone" in record.why


def test_with_nothing_to_try_the_reasons_are_given() -> None:
    left_out = [LeftOut(name="s0", why="it is not installed")]
    question = replace(question_of(TRUTHS["none"], 1), candidates=[], left_out=left_out)
    with pytest.raises(UsageError, match="s0: it is not installed"):
        tuned(question, simulation().measure)


def test_a_wide_interval_is_unclear_and_not_nothing() -> None:
    """In so short a time, the confirmation has few generations, and excludes neither nothing nor much."""
    found = [simulated(TRUTHS["one, 1.1x"], 0.04, seed, budget_s=90) for seed in range(1, 7)]
    for record in found:
        if record.outcome == "nothing helps" and record.confirmed:
            assert record.confirmed.high
            assert record.confirmed.high <= 1.1


@pytest.mark.parametrize(
    ("limit", "outcome", "verdict"),
    [("median enqueue under 1ms", "helps", "kept"), ("median enqueue under 100us", "breaks a limit", "broken")],
)
def test_what_breaks_a_limit_is_no_help(limit: str, outcome: str, verdict: str) -> None:
    made = simulation()
    question = replace(question_of(made.truth, 1), goal=read_goal("enqueue", [limit]))
    with ticking(made.clock):
        record = tuned(question, made.measure, made.clock.monotonic)
    assert (record.outcome, [check.verdict for check in record.limits]) == (outcome, [verdict])
    assert bool(record.lines) == (outcome == "helps")
    assert record.figures[0].tuned


def test_what_there_was_no_time_for_at_first_is_tried_while_nothing_acts() -> None:
    question = question_of(TRUTHS["none"], 2, budget_s=110)
    made = simulation(TRUTHS["none"])
    with ticking(made.clock):
        record = tuned(question, made.measure, made.clock.monotonic)
    assert [stage.name for stage in record.stages[:2]] == ["screening", "screening"]
    screened = [one.label for one in record.tried if one.stage == "screening"]
    assert len(screened) == len(set(screened)) > len(record.stages[0].sides) - 1
    assert {one.settings[0].name for one in record.left_out} == {f"s{n}" for n in range(10)} - {
        label.partition("=")[0] for label in screened
    }


def test_void_figures_are_not_measured_and_nothing_is_said_to_help_or_not() -> None:
    made = simulation(TRUTHS["one, 1.5x"])

    def measure(comparison: Comparison, enough: Enough, absent: Absent) -> Result:
        result = made.measure(comparison, enough, absent)
        void = [
            Row(subject=label, tier="fast", metric="enqueue", blocks=1, samples=1, void="the generator was late")
            for label in ("present", "s3=true")
        ]
        return result.model_copy(update={"summary": void})

    with ticking(made.clock):
        record = tuned(question_of(made.truth, 1), measure, made.clock.monotonic)
    assert record.outcome == "not measured"
    assert "the generator was late" in record.why
