"""What a run of releases is found to say, on made runs with known truth."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from made_releases import KOMBU, made_found, made_releases

from bench.figures.tally import Tally
from bench.releases.judging import judged
from bench.stats.intervals import PairedRatio, paired_ratio
from bench.stats.verdicts import verdicts


def test_every_change_is_found_in_both_directions_with_its_size() -> None:
    found = made_releases()
    assert [(step.previous, step.release, step.worse) for step in found.steps] == [
        ("5.4.2", "5.5.0", True),
        ("5.5.3", "5.6.0", False),
        ("5.6.2", "5.7.0", True),
    ]
    assert [step.ratio for step in found.steps] == pytest.approx([0.01, 100, 0.02], rel=0.05)


def test_each_release_is_compared_with_the_one_before_and_with_the_newest() -> None:
    rows = {row.release: row for row in made_releases().rows}
    assert rows["5.4.0"].to_previous is None
    assert rows["5.7.0"].to_newest is None
    bad = rows["5.5.0"].to_previous
    assert bad is not None
    assert (bad.to, bad.verdict) == ("5.4.2", "regressed")
    ahead = rows["5.6.2"].to_newest
    assert ahead is not None
    assert (ahead.to, ahead.verdict) == ("5.7.0", "improved")
    assert ahead.value == pytest.approx(50, rel=0.05)


def test_for_a_time_less_is_better() -> None:
    slower = {"5.6.1": 1.0, "5.6.2": 1.0, "5.7.0": 2.0}
    (step,) = made_releases(slower, metrics=("enqueue",)).steps
    assert (step.release, step.worse) == ("5.7.0", True)
    assert step.ratio == pytest.approx(2, rel=0.05)


def test_a_release_that_was_not_measured_has_its_reason_and_the_change_may_be_its_own() -> None:
    found = made_releases(failed={"5.5.0": "nothing satisfies kombu==5.5.0"})
    row = next(row for row in found.rows if row.release == "5.5.0")
    assert row.failure == "cannot be installed: nothing satisfies kombu==5.5.0"
    assert row.figure is None
    assert found.steps[0].unmeasured == ["5.5.0"]
    assert (found.steps[0].previous, found.steps[0].release) == ("5.4.2", "5.5.1")
    later = next(row for row in found.rows if row.release == "5.5.1")
    assert later.to_previous is not None
    assert later.to_previous.to == "5.4.2"


def test_a_release_that_ran_another_version_is_not_believed() -> None:
    found = made_found()
    subjects = [
        one.model_copy(update={"versions": {"kombu": "5.7.0"}}) if one.label == "5.5.0" else one
        for one in found.result.subjects
    ]
    rows = judged(replace(found, result=found.result.model_copy(update={"subjects": subjects}))).rows
    assert next(row.failure for row in rows if row.release == "5.5.0") == "kombu 5.7.0 ran instead"


def test_a_figure_from_drains_that_were_cut_off_is_only_a_bound() -> None:
    found = made_found({"5.6.2": 1.0, "5.7.0": 90.0})
    tally = Tally()
    for block in found.result.blocks:
        turns = [one.model_copy(update={"warmup_tasks": 0}) if one.subject == "5.7.0" else one for one in block.turns]
        tally.add(block.model_copy(update={"turns": turns}))
    assert [row.at_most for row in judged(found).rows] == [False, False]
    cut = judged(replace(found, tally=tally))
    assert [row.at_most for row in cut.rows] == [False, True]
    assert [step.release for step in cut.steps] == ["5.7.0"]  # it is worse by that ratio or more


def test_a_bound_is_not_called_better() -> None:
    found = made_found({"5.6.2": 90.0, "5.7.0": 1.0})
    tally = Tally()
    for block in found.result.blocks:
        turns = [one.model_copy(update={"warmup_tasks": 0}) if one.subject == "5.7.0" else one for one in block.turns]
        tally.add(block.model_copy(update={"turns": turns}))
    cut = judged(replace(found, tally=tally))
    assert cut.steps == []
    assert {row.to_previous.verdict for row in cut.rows if row.to_previous} == {"inconclusive"}


def test_two_bounds_have_no_ratio() -> None:
    found = made_found({"5.6.2": 90.0, "5.7.0": 90.0})
    tally = Tally()
    for block in found.result.blocks:
        turns = [
            one.model_copy(update={"warmup_tasks": 0}) if one.subject in ("5.6.2", "5.7.0") else one
            for one in block.turns
        ]
        tally.add(block.model_copy(update={"turns": turns}))
    cut = {row.release: row for row in judged(replace(found, tally=tally)).rows}
    assert cut["5.6.2"].at_most
    assert cut["5.7.0"].to_previous is None
    assert cut["5.6.2"].to_newest is None


def test_with_few_sets_of_processes_nothing_is_certain() -> None:
    found = made_releases(generations=1)
    assert (found.steps, found.generations) == ([], 1)
    assert {row.to_previous.verdict for row in found.rows if row.to_previous} == {"inconclusive"}


def test_a_run_in_which_nothing_was_measured_has_only_reasons() -> None:
    found = made_found()
    subjects = [one.model_copy(update={"failure": "no progress"}) for one in found.result.subjects]
    rows = judged(replace(found, result=found.result.model_copy(update={"subjects": subjects}))).rows
    assert {row.failure for row in rows} == {"no progress"}
    assert len(rows) == len(KOMBU)


@pytest.mark.long
def test_equal_releases_have_a_certain_ratio_in_at_most_one_of_twenty_runs() -> None:
    rng = np.random.default_rng(5)
    runs = 60

    def family(generations: int, luck: float, **_: Any) -> list[PairedRatio]:
        logs = rng.normal(rng.normal(0, luck, (generations, 1, 20)), 0.03, (generations, 3, 20))
        pairs = [(place, place - 1) for place in range(1, 20)] + [(place, 19) for place in range(19)]
        return [paired_ratio(list(logs[:, :, own] - logs[:, :, other]), rng) for own, other in pairs]

    alarms = sum(
        bool({"regressed", "improved"} & set(verdicts([(one, "more") for one in family(6, 0.02)], 0.0001)))
        for _ in range(runs)
    )
    assert alarms <= 0.05 * runs
