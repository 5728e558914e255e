"""Figures at a distance whose relay passed nothing on are void: the distance is in none of them."""

from made import latency_turn, made_subject, summary_of

from bench.records.distance import Distance
from bench.records.figures import Row
from bench.records.provenance import WayRecord
from bench.records.turns import Block, RelayedTurn

RTT_NS = 1_000_000


def row_with(*pieces: int) -> Row:
    """Return the row of a subject at a distance whose relay passed on that many pieces, turn by turn."""
    way = WayRecord(distance=Distance(rtt_ns=RTT_NS), real_rtt_ns=20_000, added_ns=RTT_NS, relay_ns=0, pings=200)
    relayed = [RelayedTurn(pieces=count, late_ns=0, late_p99_ns=0, busy=0.0) for count in pieces]
    turns = [latency_turn("a").model_copy(update={"relay": relay}) for relay in relayed]
    blocks = [
        Block(number=number, metric="latency", at={"load": 0.5}, warmup=False, turns=[turn])
        for number, turn in enumerate(turns)
    ]
    (row,) = summary_of([made_subject("a").model_copy(update={"ways": [way]})], blocks)
    return row


def test_a_figure_whose_relay_passed_nothing_on_is_void() -> None:
    assert row_with(0, 0).void == ("nothing passed through the relay: the client reaches its server by another address")


def test_a_figure_whose_relay_passed_something_on_is_not() -> None:
    assert row_with(0, 400).void is None
