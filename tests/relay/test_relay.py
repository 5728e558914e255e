"""What a relay passes on and counts, between a plain socket and a plain server."""

import hashlib
import socket
import threading
from collections import Counter
from collections.abc import Iterator

import psutil
import pytest
from listeners import TIMEOUT_S, connect, echo, listening, receive, reset
from support import eventually

from bench.relay.relay import Relay
from bench.relay.traffic import Traffic
from brokers.server import free_port

LARGE = 64 * 1024 * 1024  # more than the buffers of two connections hold


@pytest.fixture
def relay() -> Iterator[Relay]:
    """Return a relay to a server that echoes."""
    with listening(echo) as server, Relay(*server) as relay:
        yield relay


def test_bytes_pass_and_are_counted_both_ways(relay: Relay) -> None:
    with connect(relay) as connection:
        connection.sendall(b"ping")
        assert receive(connection, 4) == b"ping"
    assert relay.traffic() == Traffic(connections=1, bytes_to_server=4, bytes_from_server=4, round_trips=1)


def test_a_round_trip_is_an_answer_however_many_pieces_it_and_its_question_have() -> None:
    may_go_on = threading.Event()

    def answer(connection: socket.socket) -> None:
        receive(connection, 2)
        connection.sendall(b"x")
        may_go_on.wait(TIMEOUT_S)
        connection.sendall(b"x")

    with listening(answer) as server, Relay(*server) as relay, connect(relay) as connection:
        connection.sendall(b"a")
        assert eventually(lambda: relay.traffic().bytes_to_server == 1)
        connection.sendall(b"b")
        assert connection.recv(1) == b"x"
        may_go_on.set()
        assert connection.recv(1) == b"x"
        assert relay.traffic() == Traffic(connections=1, bytes_to_server=2, bytes_from_server=2, round_trips=1)


def test_what_a_server_says_unasked_is_no_round_trip() -> None:
    with (
        listening(lambda connection: connection.sendall(b"hello")) as server,
        Relay(*server) as relay,
        connect(relay) as connection,
    ):
        assert receive(connection, 5) == b"hello"
        assert connection.recv(1) == b""
        assert relay.traffic() == Traffic(connections=1, bytes_from_server=5)


def test_round_trips_are_counted_by_connection(relay: Relay) -> None:
    with connect(relay) as one, connect(relay) as other:
        for connection in (one, other, one):
            connection.sendall(b"x")
            assert connection.recv(1) == b"x"
    assert (relay.traffic().connections, relay.traffic().round_trips) == (2, 3)


def test_later_less_earlier_is_what_passed_in_between(relay: Relay) -> None:
    with connect(relay) as connection:
        connection.sendall(b"one")
        receive(connection, 3)
        earlier = relay.traffic()
        connection.sendall(b"three")
        receive(connection, 5)
        assert relay.traffic() - earlier == Traffic(bytes_to_server=5, bytes_from_server=5, round_trips=1)


def test_operations_are_subtracted_by_name() -> None:
    later = Traffic(operations=Counter(LPUSH=5, PING=1))
    assert (later - Traffic(operations=Counter(LPUSH=3, PING=1))).operations == {"LPUSH": 2}


def test_one_end_of_a_connection_may_end_before_the_other() -> None:
    def digest(connection: socket.socket) -> None:
        received = hashlib.sha256()
        while chunk := connection.recv(65_536):
            received.update(chunk)
        connection.sendall(received.digest())

    with listening(digest) as server, Relay(*server) as relay, connect(relay) as connection:
        connection.sendall(b"all of it")
        connection.shutdown(socket.SHUT_WR)
        assert receive(connection, 32) == hashlib.sha256(b"all of it").digest()
        assert connection.recv(1) == b""


def test_a_server_may_end_before_its_client() -> None:
    received = bytearray()

    def leave(connection: socket.socket) -> None:
        connection.shutdown(socket.SHUT_WR)
        received.extend(receive(connection, 4))

    with listening(leave) as server, Relay(*server) as relay, connect(relay) as connection:
        assert connection.recv(1) == b""
        connection.sendall(b"late")
        assert eventually(lambda: received == b"late")


def test_a_servers_reset_reaches_the_client() -> None:
    def refuse(connection: socket.socket) -> None:
        connection.recv(1)
        reset(connection)

    with listening(refuse) as server, Relay(*server) as relay, connect(relay) as connection:
        connection.sendall(b"x")
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_a_clients_reset_reaches_the_server() -> None:
    seen: list[str] = []

    def wait(connection: socket.socket) -> None:
        connection.sendall(b"x")
        try:
            connection.recv(1)
        except ConnectionResetError:
            seen.append("reset")

    with listening(wait) as server, Relay(*server) as relay:
        connection = connect(relay)
        assert connection.recv(1) == b"x"
        reset(connection)
        assert eventually(lambda: seen == ["reset"])


def test_a_server_that_is_not_there_resets_its_clients() -> None:
    with Relay("127.0.0.1", free_port()) as relay:
        with pytest.raises(ConnectionResetError), connect(relay) as connection:  # it may meet the reset as it connects
            connection.recv(1)
        assert relay.traffic() == Traffic(connections=1)


def test_a_client_is_slowed_down_to_the_servers_pace_and_nothing_is_lost() -> None:
    may_read, payload = threading.Event(), bytes(range(256)) * (LARGE // 256)
    received = hashlib.sha256()

    def digest(connection: socket.socket) -> None:
        may_read.wait(TIMEOUT_S)
        while chunk := connection.recv(1 << 20):
            received.update(chunk)
        connection.sendall(b"done")

    with listening(digest) as server, Relay(*server) as relay, connect(relay) as connection:
        sending = threading.Thread(target=connection.sendall, args=(payload,), daemon=True)
        sending.start()
        assert 0 < relay.traffic_at_rest(quiet_s=0.2).bytes_to_server < LARGE
        assert sending.is_alive()
        may_read.set()
        sending.join(TIMEOUT_S)
        connection.shutdown(socket.SHUT_WR)
        assert receive(connection, 4) == b"done"
        assert relay.traffic().bytes_to_server == LARGE
    assert received.digest() == hashlib.sha256(payload).digest()


def test_many_connections_pass_at_once(relay: Relay) -> None:
    connections = [connect(relay) for _ in range(200)]
    for number, connection in enumerate(connections):
        connection.sendall(b"%03d" % number)
    answers = [receive(connection, 3) for connection in connections]
    for connection in connections:
        connection.close()
    assert answers == [b"%03d" % number for number in range(200)]
    assert relay.traffic() == Traffic(connections=200, bytes_to_server=600, bytes_from_server=600, round_trips=200)


def test_traffic_at_rest_has_what_was_under_way(relay: Relay) -> None:
    with connect(relay) as connection:
        connection.sendall(b"x" * 100_000)
        receive(connection, 100_000)
        assert relay.traffic_at_rest().bytes_to_server == 100_000


def test_traffic_that_never_rests_is_given_as_it_is(relay: Relay) -> None:
    stopped = threading.Event()

    def talk() -> None:
        with connect(relay) as connection:
            while not stopped.is_set():
                connection.sendall(b"x")
                connection.recv(1)

    talking = threading.Thread(target=talk, daemon=True)
    talking.start()
    assert relay.traffic_at_rest(quiet_s=1, patience_s=0.2).connections == 1
    stopped.set()
    talking.join()


def test_nothing_is_left_of_a_relay() -> None:
    ended = threading.Event()

    def wait_for_the_end(connection: socket.socket) -> None:
        try:
            connection.recv(1)
        finally:
            ended.set()

    before = set(threading.enumerate())
    with listening(wait_for_the_end) as server:
        with Relay("localhost", server[1]) as relay:  # a name is looked up in a thread of its own
            connection, port = connect(relay), relay.port
            assert eventually(lambda: len(_sockets_at(port)) == 3)
        assert ended.wait(TIMEOUT_S)
        connection.close()
        with pytest.raises(ConnectionRefusedError):
            connect(relay)
    assert set(threading.enumerate()) <= before
    assert not _sockets_at(port)


def _sockets_at(port: int) -> list[object]:
    """Return this process's sockets at the port: a listener, and both ends of each connection."""
    ends = psutil.Process().net_connections("tcp")
    return [end for end in ends if port in (end.laddr.port, end.raddr.port if end.raddr else 0)]


def test_a_relay_may_end_while_a_client_connects(relay: Relay) -> None:
    for _ in range(50):
        with Relay(relay.host, relay.port) as own:
            connection = connect(own)
        connection.close()
        assert not _sockets_at(own.port)
