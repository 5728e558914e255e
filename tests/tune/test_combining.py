"""Which settings are tried alone, and which together."""

from bench.stats.halving import Standing
from bench.tune.combining import combination, combined, first_combinations, leaders, on_top, without
from bench.tune.plan import first_round, has_room, measured_side_s, screens_on, stage_budget_s

A1, A2, B1, C1 = (combination({name: value}) for name, value in [("a", 1), ("a", 2), ("b", 1), ("c", 1)])


def test_each_setting_has_its_best_guess_tried_first_and_then_the_other_values() -> None:
    found = first_combinations([("a", 1), ("a", 2), ("b", 1), ("c", 1)])
    assert [one.label for one in found] == ["a=1", "b=1", "c=1", "a=2"]
    assert first_combinations([]) == []


def test_partners_that_do_nothing_alone_are_tried_together() -> None:
    assert [one.label for one in combined([], 1.0, [], [B1, C1], [("b", "c"), ("b", "d")])] == ["b=1 c=1"]
    assert combined([B1], 1.2, [], [C1], [("b", "c")]) == []


def test_the_best_value_of_each_setting_leads() -> None:
    standings = {one.label: Standing(log, 0.01, 9, 5) for one, log in [(A1, 0.1), (A2, 0.3), (B1, 0.2)]}
    assert leaders(standings, [A1, A2, B1, C1]) == [A2, B1]


def test_what_removes_the_reason_of_the_present_figure_leads() -> None:
    standings = {one.label: Standing(log, 0.01, 9, 5) for one, log in [(A1, 0.1), (B1, 0.2), (C1, 0.05)]}
    assert leaders(standings, [B1, A1, C1], lambda one: one == A1) == [A1, B1, C1]


def test_pairs_all_together_and_other_values_are_tried_over_what_acts() -> None:
    labels = [one.label for one in combined([A1, B1, C1], 1.2, [A2, combination({"d": 2})], [])]
    assert labels == ["a=1 b=1", "a=1 c=1", "b=1 c=1", "a=1 b=1 c=1", "a=2"]


def test_what_did_nothing_is_tried_again_over_a_large_gain_alone() -> None:
    assert combined([A1], 1.2, [], [B1]) == []
    assert [one.label for one in combined([A1], 2.0, [], [B1])] == ["a=1 b=1"]


def test_a_setting_taken_out_leaves_the_others() -> None:
    assert without(combination({"b": None, "a": True}), "a").label == "b=null"


def test_what_a_stage_leaves_goes_to_the_others() -> None:
    stages = ("combining", "ablation", "confirmation")
    first = stage_budget_s("screening", stages, 300)
    assert 100 < first < 150
    assert stage_budget_s("confirmation", (), 300 - first) == 300 - first
    assert stage_budget_s("combining", stages[1:], 250) > stage_budget_s("combining", stages[1:], 180)


def test_on_top_of_what_removes_the_reason_every_other_setting_is_tried() -> None:
    d1 = combination({"d": 1})
    labels = [one.label for one in on_top(A1, [B1, C1], [A2, combination({"b": 2})], [d1])]
    assert labels == ["a=1 b=1", "a=1 c=1", "a=1 b=1 c=1", "a=2", "a=1 b=2", "a=1 d=1"]


def test_a_stage_that_ends_at_once_leaves_a_time_for_each_side() -> None:
    assert first_round(60, measured_side_s(4.0, 8)) >= 1
    assert screens_on(50, 60, measured_side_s(4.0, 8), found=False)


def test_a_longer_screening_tries_more_at_first() -> None:
    assert first_round(60) < first_round(120)
    assert first_round(1) == 1
    assert has_room("ablation", 4, 200)
    assert not has_room("ablation", 4, 60)
