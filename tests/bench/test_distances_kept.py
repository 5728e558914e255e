"""Figures at a distance that was not kept are void, and only those."""

import pytest
from distant_results import missed_result, way
from made import enqueue_blocks, made_subject, summary_of, tally_of

from bench.figures.relays import Relays
from bench.metrics.capacity import HighestRate
from bench.metrics.phases import PhaseTurn
from bench.records.distance import Distance
from bench.records.figures import Capacity, PhaseFigure, Row
from bench.records.provenance import SubjectRecord, WayRecord
from bench.records.turns import Block, RelayedTurn, Series

MS = 1_000_000
ENQUEUE = Series("enqueue")


def relayed(late_ns: int = 4_000, *, busy: float = 0.1, late_p99_ns: int = 20_000, pieces: int = 50) -> RelayedTurn:
    return RelayedTurn(pieces=pieces, late_ns=late_ns, late_p99_ns=late_p99_ns, busy=busy)


def with_relay(blocks: list[Block], *turns: RelayedTurn, of: str = "far") -> list[Block]:
    """Return the blocks with what the relay of a subject passed on in each of its turns, in rotation."""
    return [
        block.model_copy(
            update={
                "turns": [
                    turn.model_copy(update={"relay": turns[number % len(turns)]}) if turn.subject == of else turn
                    for turn in block.turns
                ]
            }
        )
        for number, block in enumerate(blocks)
    ]


def far(*ways: WayRecord) -> SubjectRecord:
    return made_subject("far").model_copy(update={"ways": list(ways)})


def why_void(subject: SubjectRecord, *turns: RelayedTurn) -> str | None:
    relays = Relays()
    for block in with_relay(enqueue_blocks({"far": 400_000}), *turns or (relayed(),)):
        relays.add(block)
    return relays.why_void(ENQUEUE, ("far", "celery"), subject)


@pytest.mark.parametrize(("asked_ns", "added_ns"), [(MS, 1_049_000), (MS, 951_000), (100_000, 114_000)])
def test_a_distance_within_5_percent_or_15_us_is_kept(asked_ns: int, added_ns: int) -> None:
    assert why_void(far(way(asked_ns, added_ns))) is None


@pytest.mark.parametrize(("asked_ns", "added_ns"), [(MS, 1_060_000), (MS, 940_000), (100_000, 116_000)])
def test_a_calibration_that_missed_makes_figures_void_and_says_what_helps(asked_ns: int, added_ns: int) -> None:
    reason = why_void(far(way(asked_ns, added_ns)))
    assert reason is not None
    assert reason.startswith("the distance was not the one asked for: round trips took ")
    assert reason.endswith("measure again on a quieter machine")


def test_a_distance_below_the_relays_own_time_is_said_to_be_too_near() -> None:
    near = WayRecord(distance=Distance(rtt_ns=1_000), real_rtt_ns=9_000, added_ns=105_000, relay_ns=110_000, pings=200)
    assert "the relay itself takes 0.11 ms: ask for more" in str(why_void(far(near)))


def test_pieces_that_were_late_in_the_turns_make_figures_void() -> None:
    reason = why_void(far(way(MS, MS)), relayed(40_000))
    assert reason is not None
    assert "round trips took 1.07 ms longer instead of 1 ms" in reason


def test_pieces_as_late_as_those_of_the_calibration_are_in_what_was_measured_already() -> None:
    assert why_void(far(way(MS, MS, late_ns=40_000)), relayed(40_000)) is None


def test_a_turn_counts_as_often_as_it_had_pieces() -> None:
    assert why_void(far(way(MS, MS)), relayed(400_000, pieces=1), relayed(4_000, pieces=1000)) is None


def test_without_a_ping_the_relays_own_lateness_is_judged() -> None:
    unknown = way(MS).model_copy(update={"added_ns": None, "late_ns": None})
    assert why_void(far(unknown)) is None
    assert why_void(far(unknown), relayed(40_000)) is not None


@pytest.mark.parametrize(
    ("added_ns", "late_ns", "is_void"), [(29_000, 4_000, 0), (60_000, 4_000, 1), (29_000, 14_000, 1), (5_000, 0, 0)]
)
def test_a_narrow_line_without_a_distance_takes_the_relays_own_time_and_no_more(
    added_ns: int, late_ns: int, is_void: int
) -> None:
    narrow = way(0, added_ns, distance=Distance(bytes_per_s=1e6), relay_ns=28_000)
    assert bool(why_void(far(narrow), relayed(late_ns))) == is_void


def test_without_a_distance_nothing_is_void() -> None:
    assert why_void(far(), relayed(10 * MS)) is None


def test_each_point_of_a_sweep_has_its_own_way() -> None:
    ways = [way(MS, 2 * MS, at={"rtt_ns": MS}), way(3 * MS, 3 * MS, at={"rtt_ns": 3 * MS})]
    relays, subject = Relays(), far(*ways)
    reasons = {
        at_ns: relays.why_void(Series("enqueue", (("rtt_ns", at_ns),)), ("far", "celery"), subject)
        for at_ns in (0, MS, 3 * MS)
    }
    assert [at_ns for at_ns, reason in reasons.items() if reason] == [MS]


def test_celery_on_memory_is_at_no_distance() -> None:
    assert Relays().why_void(ENQUEUE, ("memory", "memory"), far(way(MS, 2 * MS))) is None


def rows_of(*turns: RelayedTurn) -> dict[str, Row]:
    blocks = with_relay(enqueue_blocks({"near": 400_000, "far": 500_000}), *turns)
    return {row.subject: row for row in summary_of([made_subject("near"), far(way(MS, MS))], blocks)}


def test_a_void_figure_has_no_verdict_and_the_others_keep_theirs() -> None:
    assert rows_of(relayed())["far"].void is None
    rows = rows_of(relayed(90_000))
    assert rows["near"].void is None
    assert rows["far"].void is not None
    assert rows["far"].ratio is not None
    assert rows["far"].ratio.verdict == "inconclusive"


def warnings_of(*turns: RelayedTurn) -> list[str]:
    return tally_of(with_relay(enqueue_blocks({"far": 400_000}), *turns)).relays.warnings()


def test_a_relay_that_is_busy_in_many_turns_is_a_warning() -> None:
    (warning,) = warnings_of(relayed(busy=0.9), relayed())
    assert warning == (
        "the relay of far was at work for up to 90 % of the time in 30 of 60 turns of enqueue: "
        "it may be what limits the figure"
    )


def test_a_single_busy_turn_of_many_is_not() -> None:
    assert warnings_of(relayed(busy=0.9), *[relayed()] * 59) == []


def test_pieces_that_are_late_once_in_a_while_are_a_warning() -> None:
    (warning,) = warnings_of(relayed(late_p99_ns=3 * MS))
    assert warning == ("1 % of the pieces of far in enqueue were over 3 ms late: its high percentiles include that")


def test_a_busy_machine_is_the_reason_of_a_distance_that_was_not_kept() -> None:
    busy = [block.model_copy(update={"other_cores": 1.8}) for block in enqueue_blocks({"far": 400_000})]
    relays = tally_of(with_relay(busy, relayed(40_000))).relays
    assert relays.why_void(ENQUEUE, ("far", "celery"), far(way(MS, MS))) == (
        "the machine was busy (other programs used 90 % of its cores), and round trips took 1.07 ms longer instead of "
        "1 ms: end other programs and measure again"
    )
    assert relays.why_void(ENQUEUE, ("far", "celery"), far(way(MS, MS, late_ns=40_000))) is None


def test_a_way_that_was_bypassed_is_the_reason_before_any_time() -> None:
    assert "went straight to the server" in str(why_void(far(way(MS, 2 * MS, bypassed=True))))


def of_phases(late_ns: int) -> list[PhaseFigure]:
    turn = PhaseTurn(subject="far", layer="metered", tasks=9, phases={}, relay=relayed(late_ns))
    found = [PhaseFigure(subject="far", tier="fast", phase="run", samples=9, mean_ns=1, median_ns=1)]
    relays = tally_of([Block(number=0, metric="phases", warmup=False, turns=[turn])]).relays
    return relays.judged(found, "phases", "metered", [far(way(MS, MS))])


def test_phases_are_void_for_late_pieces_too() -> None:
    assert [bool(one.void) for late_ns in (4_000, 40_000) for one in of_phases(late_ns)] == [False, True]


def test_a_capacity_that_was_searched_at_another_distance_is_void() -> None:
    found = [
        Capacity(subject=one.label, tier="fast", limit_ns=100 * MS, rate_per_s=300, confirmed=3, probes=9)
        for one in missed_result().subjects
    ]
    judged = Relays().judged(found, "capacity", "celery", missed_result().subjects)
    shown = HighestRate().highlights(missed_result().model_copy(update={"capacities": judged}))
    assert [one.subject for one in shown.figures if one.void] == ["redis@0.3ms"]
