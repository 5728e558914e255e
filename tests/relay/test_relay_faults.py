"""How a relay breaks a network, seen by plain sockets at both ends."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from listeners import TIMEOUT_S, connect, echo, listening, receive

from bench.relay.relay import Relay

SILENCE_S = 0.2
LARGE = bytes(range(256)) * 4_000


@pytest.fixture
def relay() -> Iterator[Relay]:
    """Return a relay to a server that echoes."""
    with listening(echo) as server, Relay(*server) as relay:
        yield relay


def says_back(connection: socket.socket, words: bytes = b"hello") -> bool:
    connection.sendall(words)
    return receive(connection, len(words)) == words


def is_silent(connection: socket.socket) -> bool:
    """Return whether for a while nothing comes: no byte, no end, no reset."""
    connection.settimeout(SILENCE_S)
    try:
        connection.recv(1)
    except TimeoutError:
        return True
    return False


def test_what_nobody_breaks_passes_as_it_is(relay: Relay) -> None:
    with connect(relay) as connection:
        sending = threading.Thread(target=connection.sendall, args=(LARGE,), daemon=True)
        sending.start()
        assert receive(connection, len(LARGE)) == LARGE
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""


def test_a_reset_reaches_both_ends_and_new_connections_work() -> None:
    seen: list[str] = []

    def wait(connection: socket.socket) -> None:
        connection.sendall(b"x")
        try:
            while connection.recv(1):
                pass
        except ConnectionResetError:
            seen.append("reset")
            raise

    with listening(wait) as server, Relay(*server) as relay, connect(relay) as connection:
        assert connection.recv(1) == b"x"
        relay.reset()
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
        with connect(relay) as another:
            assert another.recv(1) == b"x"
    assert seen == ["reset"]


def test_a_reset_has_arrived_when_it_is_done(relay: Relay) -> None:
    for _ in range(20):
        with connect(relay) as connection:
            assert says_back(connection)
            relay.reset()
            connection.setblocking(False)
            with pytest.raises(ConnectionResetError):
                connection.recv(1)


def test_a_relay_that_refuses_resets_who_is_connected_and_refuses_who_comes(relay: Relay) -> None:
    with connect(relay) as connection:
        assert says_back(connection)
        relay.refuse()
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
        for _ in range(3):
            with pytest.raises(ConnectionRefusedError):
                connect(relay)
    relay.admit()
    with connect(relay) as connection:
        assert says_back(connection)


def test_a_relay_can_end_while_it_refuses(relay: Relay) -> None:
    relay.refuse()
    relay.refuse()


def test_in_a_black_hole_is_no_byte_no_end_and_no_reset_and_new_connections_work(relay: Relay) -> None:
    with connect(relay) as connection:
        assert says_back(connection)
        relay.swallow()
        connection.sendall(b"hello")
        assert is_silent(connection)
        with connect(relay) as another:
            assert says_back(another)
        relay.reset()  # of what still passes
        assert is_silent(connection)


def test_in_a_black_hole_a_server_does_not_hear_of_a_client_that_ends_or_resets() -> None:
    heard = threading.Event()

    def listen(connection: socket.socket) -> None:
        connection.sendall(b"x")
        try:
            connection.recv(1)
        finally:
            heard.set()

    with listening(listen) as server, Relay(*server) as relay:
        ending, resetting = connect(relay), connect(relay)
        assert ending.recv(1) == resetting.recv(1) == b"x"
        relay.swallow()
        ending.close()
        resetting.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        resetting.close()
        assert not heard.wait(SILENCE_S)
    assert heard.wait(TIMEOUT_S)  # the relay's own end lets go of it


def test_in_a_black_hole_a_client_does_not_hear_of_a_server_that_ends() -> None:
    may_end = threading.Event()

    def leave(connection: socket.socket) -> None:
        connection.sendall(b"x")
        may_end.wait(TIMEOUT_S)

    with listening(leave) as server, Relay(*server) as relay, connect(relay) as connection:
        assert connection.recv(1) == b"x"
        relay.swallow()
        may_end.set()
        assert is_silent(connection)


def test_a_black_hole_may_take_new_connections_too_until_they_are_spared(relay: Relay) -> None:
    relay.swallow(new_ones=True)
    with connect(relay) as lost:
        lost.sendall(b"hello")
        assert is_silent(lost)
        relay.spare_new_ones()
        with connect(relay) as connection:
            assert says_back(connection)
        assert is_silent(lost)


def test_in_a_black_hole_nothing_arrives_of_what_the_receiver_had_no_room_for() -> None:
    may_read, received = threading.Event(), bytearray()

    def serve(connection: socket.socket) -> None:
        may_read.wait(TIMEOUT_S)
        while chunk := connection.recv(1 << 20):
            received.extend(chunk)

    def send() -> None:
        with suppress(OSError):
            connection.sendall(bytes(1 << 26))

    with listening(serve) as server, Relay(*server) as relay, connect(relay) as connection:
        sending = threading.Thread(target=send, daemon=True)
        sending.start()
        taken = relay.traffic_at_rest(quiet_s=SILENCE_S).bytes_to_server
        relay.swallow()
        may_read.set()
        relay.passed()
        time.sleep(SILENCE_S)
        passed = relay.passed()
        assert len(received) < taken
        assert passed.pieces == 0
        assert passed.worked_ns < passed.passed_ns / 2  # there is room now, but nothing to do about it
        connection.shutdown(socket.SHUT_RDWR)
        sending.join(TIMEOUT_S)
