"""What a relay's distance makes of bytes, ends and resets: nothing arrives too early, and all of it in order.

How exact the times are is measured by ``tests/truths/distances.py``: on a loaded machine, only lower bounds hold.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random

import pytest
from listeners import TIMEOUT_S, connect, echo, listening, receive, reset
from support import eventually

from bench.records.distance import Distance
from bench.relay.line import RETRANSMISSION_NS, Line
from bench.relay.passed import Passed, Passing
from bench.relay.relay import Relay

MS = 1_000_000
FAR = Distance(rtt_ns=60 * MS)
WAY_S = 0.03


@pytest.fixture
def relay() -> Iterator[Relay]:
    """Return a relay to a server that echoes, at no distance yet."""
    with listening(echo) as server, Relay(*server) as relay:
        yield relay


def taken_s(action: Callable[[], object]) -> float:
    begin_s = time.monotonic()
    action()
    return time.monotonic() - begin_s


def ping(connection: socket.socket) -> None:
    connection.sendall(b"ping")
    assert receive(connection, 4) == b"ping"


def test_each_way_takes_half_of_a_round_trip() -> None:
    arrived_s: list[float] = []

    def serve(connection: socket.socket) -> None:
        while connection.recv(1):
            arrived_s.append(time.monotonic())
            connection.sendall(b"x")

    with listening(serve) as server, Relay(*server) as relay, connect(relay) as connection:
        connection.sendall(b"x")
        connection.recv(1)
        relay.set_distance(FAR)
        sent_s = time.monotonic()
        connection.sendall(b"x")
        connection.recv(1)
        answered_s = time.monotonic()
    assert arrived_s[1] - sent_s >= WAY_S
    assert answered_s - arrived_s[1] >= WAY_S


def test_connecting_takes_a_round_trip_as_well(relay: Relay) -> None:
    relay.set_distance(FAR)

    def first_ping() -> None:
        with connect(relay) as connection:
            ping(connection)

    assert taken_s(first_ping) >= 4 * WAY_S


def test_a_server_that_speaks_first_is_heard_after_two_round_trips() -> None:
    with listening(lambda connection: connection.sendall(b"hello")) as server, Relay(*server) as relay:
        relay.set_distance(FAR)

        def hear() -> None:
            with connect(relay) as connection:
                assert receive(connection, 5) == b"hello"

        assert taken_s(hear) >= 4 * WAY_S


def test_a_server_that_is_not_there_resets_its_client_after_a_round_trip(relay: Relay) -> None:
    with listening(echo) as (host, port):
        pass
    with Relay(host, port) as absent:
        absent.set_distance(FAR)

        def be_reset() -> None:
            with suppress(ConnectionResetError), connect(absent) as connection:
                connection.recv(1)

        assert taken_s(be_reset) >= 2 * WAY_S


def test_pieces_are_in_flight_together() -> None:
    pieces, far = 20, Distance(rtt_ns=1_000 * MS)
    sizes: list[int] = []

    def serve(connection: socket.socket) -> None:
        while sum(sizes) < pieces and (chunk := connection.recv(100)):
            sizes.append(len(chunk))
        connection.sendall(b"x")

    with listening(serve) as server, Relay(*server) as relay, connect(relay) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        assert eventually(lambda: relay.traffic().connections == 1)
        relay.set_distance(far)
        begin_s = time.monotonic()
        for _ in range(pieces):
            connection.sendall(b"x")
            time.sleep(0.005)  # so that each is a piece
        assert receive(connection, 1) == b"x"
        assert 1 <= time.monotonic() - begin_s < pieces * 0.5  # one after another, they would take 0.5 s each
        assert relay.passed().pieces > 2
    assert sum(sizes) == pieces


@pytest.mark.parametrize(
    "distance",
    [
        Distance(rtt_ns=5 * MS, jitter_ns=5 * MS),
        Distance(rtt_ns=1 * MS, stalled=0.2),
        Distance(rtt_ns=1 * MS, jitter_ns=1 * MS, bytes_per_s=2e6),
    ],
    ids=["jitter", "stalls", "bandwidth"],
)
def test_bytes_keep_their_order(relay: Relay, distance: Distance) -> None:
    payload = b"".join(b"%06d" % number for number in range(20_000))
    relay.set_distance(distance)
    with connect(relay) as connection:
        sending = threading.Thread(target=connection.sendall, args=(payload,), daemon=True)
        sending.start()
        assert receive(connection, len(payload)) == payload
        sending.join(TIMEOUT_S)


def test_a_stalled_piece_waits_for_its_retransmission(relay: Relay) -> None:
    with connect(relay) as connection:
        ping(connection)
        relay.set_distance(Distance(rtt_ns=10 * MS, stalled=0.999))
        assert taken_s(lambda: ping(connection)) >= 2 * (RETRANSMISSION_NS + 15 * MS) / 1e9


def test_the_same_seed_makes_the_same_jitter_and_the_same_stalls() -> None:
    distance = Distance(rtt_ns=10 * MS, jitter_ns=10 * MS, stalled=0.1)

    def arrivals(seed: int) -> list[int]:
        line = Line(Random(seed), distance)
        return [line.arrival_ns(0, 1) for _ in range(200)]

    assert arrivals(1) == arrivals(1) != arrivals(2)
    assert min(arrivals(1)) >= 0
    assert max(arrivals(1)) >= RETRANSMISSION_NS


def test_connections_share_the_bandwidth(relay: Relay) -> None:
    with connect(relay) as one, connect(relay) as other:
        ping(one)
        relay.set_distance(Distance(bytes_per_s=100_000))
        begin_s = time.monotonic()
        for connection in (one, other):
            connection.sendall(bytes(20_000))
        for connection in (one, other):
            assert receive(connection, 20_000) == bytes(20_000)
        assert time.monotonic() - begin_s >= 0.4  # 40,000 bytes to the server


def test_a_connection_that_is_being_opened_delays_no_other(relay: Relay) -> None:
    relay.set_distance(Distance(rtt_ns=4_000 * MS, bytes_per_s=1e6))
    with connect(relay) as opening:
        opening.sendall(b"hello")
        relay.set_distance(Distance(bytes_per_s=1e6))
        with connect(relay) as connection:
            assert taken_s(lambda: ping(connection)) < 3


def test_no_more_than_a_window_is_in_flight() -> None:
    with listening(echo) as server, Relay(*server) as relay, connect(relay) as connection:
        ping(connection)
        relay.set_distance(Distance(rtt_ns=10_000 * MS))
        connection.settimeout(0.5)
        sent = 0
        with suppress(TimeoutError):
            while sent < 1 << 28:
                sent += connection.send(bytes(1 << 16))
        assert 1 << 22 <= sent < 1 << 26  # a window, and what the kernel holds


def test_a_slow_receiver_loses_nothing_at_a_distance() -> None:
    may_read, received = threading.Event(), bytearray()

    def serve(connection: socket.socket) -> None:
        may_read.wait(TIMEOUT_S)
        while chunk := connection.recv(1 << 20):
            received.extend(chunk)
        connection.sendall(b"done")

    payload = bytes(range(256)) * 100_000
    with listening(serve) as server, Relay(*server) as relay, connect(relay) as connection:
        relay.set_distance(Distance(rtt_ns=2 * MS))
        sending = threading.Thread(target=connection.sendall, args=(payload,), daemon=True)
        sending.start()
        relay.traffic_at_rest(quiet_s=0.2)
        assert sending.is_alive()
        assert relay.passed().late_ns(1.0) < 10**9
        may_read.set()
        sending.join(TIMEOUT_S)
        connection.shutdown(socket.SHUT_WR)
        assert receive(connection, 4) == b"done"
    assert received == payload


def test_pieces_that_wait_for_room_are_not_called_late() -> None:
    may_read = threading.Event()

    def serve(connection: socket.socket) -> None:
        may_read.wait(TIMEOUT_S)
        while connection.recv(1 << 20):
            pass

    with listening(serve) as server, Relay(*server) as relay, connect(relay) as connection:
        relay.set_distance(Distance(rtt_ns=2 * MS))
        sending = threading.Thread(target=connection.sendall, args=(bytes(1 << 25),), daemon=True)
        sending.start()
        relay.traffic_at_rest(quiet_s=0.1)
        time.sleep(1.5)
        may_read.set()
        sending.join(TIMEOUT_S)
        assert relay.passed().late_ns(0.95) < 1_000 * MS


@pytest.mark.parametrize("way", ["end", "reset"])
def test_an_end_and_a_reset_travel_with_the_distance_after_what_was_sent(way: str) -> None:
    heard: list[tuple[object, float]] = []

    def serve(connection: socket.socket) -> None:
        try:
            while chunk := connection.recv(100):
                heard.append((chunk, time.monotonic()))
            heard.append(("end", time.monotonic()))
        except ConnectionResetError:
            heard.append(("reset", time.monotonic()))

    with listening(serve) as server, Relay(*server) as relay:
        connection = connect(relay)
        connection.sendall(b"a")
        assert eventually(lambda: heard)
        relay.set_distance(FAR)
        connection.sendall(b"b")
        time.sleep(0.01)
        ended_s = time.monotonic()
        if way == "end":
            connection.close()
        else:
            reset(connection)
        assert eventually(lambda: len(heard) == 3)
    assert [what for what, _ in heard] == [b"a", b"b", way]
    assert heard[2][1] - ended_s >= WAY_S


def test_a_sender_hears_from_a_receiver_that_is_gone_only_after_the_way_back() -> None:
    gone_s: list[float] = []

    def serve(connection: socket.socket) -> None:
        connection.recv(1)
        gone_s.append(time.monotonic())
        reset(connection)

    with listening(serve) as server, Relay(*server) as relay, connect(relay) as connection:
        relay.set_distance(FAR)
        connection.sendall(b"x")
        with suppress(ConnectionResetError, BrokenPipeError):
            while True:
                connection.sendall(b"x")
                time.sleep(0.001)
        assert time.monotonic() - gone_s[0] >= WAY_S


def test_a_black_hole_swallows_what_is_in_flight() -> None:
    received = bytearray()

    def serve(connection: socket.socket) -> None:
        while chunk := connection.recv(100):
            received.extend(chunk)

    with listening(serve) as server, Relay(*server) as relay, connect(relay) as connection:
        connection.sendall(b"a")
        assert eventually(lambda: received == b"a")
        relay.set_distance(Distance(rtt_ns=1_000 * MS))
        connection.sendall(b"b")
        relay.swallow()
        time.sleep(0.7)
        assert received == b"a"


def test_what_is_in_flight_keeps_its_time_and_its_place_when_the_distance_ends(relay: Relay) -> None:
    with connect(relay) as connection:
        ping(connection)
        relay.set_distance(FAR)
        sent_s = time.monotonic()
        connection.sendall(b"far")
        assert eventually(lambda: relay.traffic().bytes_to_server == 4 or time.monotonic() - sent_s > 0.01)
        relay.set_distance()
        connection.sendall(b"near")
        assert receive(connection, 7) == b"farnear"
        assert time.monotonic() - sent_s >= WAY_S
        ping(connection)


def test_what_passed_is_counted_since_it_was_last_asked_for(relay: Relay) -> None:
    with connect(relay) as connection:
        ping(connection)
        assert counts(relay.passed()) == (2, 0)
        relay.set_distance(Distance(rtt_ns=2 * MS))
        ping(connection)
        ping(connection)
        found = relay.passed()
        assert counts(found) == (4, 4)
        assert 0 < found.worked_ns < found.passed_ns
        assert counts(relay.passed()) == (0, 0)


def counts(passed: Passed) -> tuple[int, int]:
    """Return how many pieces passed, and how many of them were delayed."""
    return passed.pieces, sum(passed.late_us.values())


def test_counts_of_two_times_add_up() -> None:
    one = Passed(pieces=3, late_us={1: 2, 5: 1}, worked_ns=10, passed_ns=100)
    both = one + Passed(pieces=1, late_us={5: 1}, worked_ns=5, passed_ns=100)
    assert both == Passed(pieces=4, late_us={1: 2, 5: 2}, worked_ns=15, passed_ns=200)
    assert (both.late_ns(0.5), both.late_ns(0.51), Passed().late_ns(0.5)) == (1_000, 5_000, 0)


def test_many_different_times_make_few_counts() -> None:
    passing = Passing()
    for late_ns in range(0, 2_000_000_000, 9_973):
        passing.note(late_ns)
    pieces, late_us = passing.take()
    assert pieces == sum(late_us.values()) == 200_542
    assert len(late_us) <= 11_001
    assert passing.take() == (0, {})
