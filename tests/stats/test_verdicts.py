import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.stats.intervals import PairedRatio, paired_ratio
from bench.stats.verdicts import Better, Verdict, holm, verdicts


def ratio(value: float, error: float = 0.002, generations: int = 8) -> PairedRatio:
    return PairedRatio(value, error=error, freedom=generations - 1, generations=generations)


def judged(value: float, error: float = 0.002, better: Better = "less", **changes: int) -> Verdict:
    (verdict,) = verdicts([(ratio(value, error, **changes), better)], margin=0.02)
    return verdict


@pytest.mark.parametrize(
    ("value", "better", "verdict"),
    [
        (1.10, "less", "regressed"),
        (0.90, "less", "improved"),
        (1.10, "more", "improved"),
        (0.90, "more", "regressed"),
        (1.001, "less", "equivalent"),
    ],
)
def test_a_certain_ratio_is_judged_by_which_way_is_better(value: float, better: Better, verdict: Verdict) -> None:
    assert judged(value, better=better) == verdict


def test_a_certain_difference_within_the_margin_is_equivalent() -> None:
    assert judged(1.01, error=0.001) == "equivalent"


def test_what_is_neither_certain_nor_within_the_margin_is_inconclusive() -> None:
    assert judged(1.03, error=0.03) == "inconclusive"
    assert judged(1.0, error=0.03) == "inconclusive"


def test_an_error_without_the_luck_of_processes_gives_no_verdict() -> None:
    blocks_alone = PairedRatio(2.0, error=0.002, freedom=30, includes_luck=False)
    assert verdicts([(blocks_alone, "less")], 0.02) == ["inconclusive"]
    assert verdicts([(PairedRatio(2.0), "less")], 0.02) == ["inconclusive"]


def test_one_set_of_processes_gives_no_verdict_and_two_do() -> None:
    logs = [[0.9 + 0.01 * place for place in range(8)]] * 2
    one, two = (paired_ratio(some, np.random.default_rng(1)) for some in (logs[:1], logs))
    assert verdicts([(one, "less")], 0.02) == ["inconclusive"]
    assert verdicts([(two, "less")], 0.02) == ["regressed"]


def test_holms_method_adjusts_step_by_step() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []


@given(st.lists(st.floats(min_value=0, max_value=1), min_size=1, max_size=12))
def test_an_adjusted_p_value_is_no_smaller_and_keeps_the_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(p <= after <= 1 for p, after in zip(p_values, adjusted, strict=True))
    order = np.argsort(p_values)
    assert list(np.asarray(adjusted)[order]) == sorted(adjusted)


def test_equal_subjects_are_called_different_in_at_most_one_of_twenty_families() -> None:
    rng = np.random.default_rng(7)
    alarms = 0
    for _ in range(150):
        family = [
            (paired_ratio(rng.normal(rng.normal(0, 0.02, (6, 1)), 0.04, (6, 20)).tolist(), rng), "less")
            for _ in range(3)
        ]
        alarms += any(verdict in ("regressed", "improved") for verdict in verdicts(family, 0.02))  # type: ignore[arg-type]
    assert alarms <= 12
