"""An error of the relay's own: one connection is reset, the others live, and whoever asks is told."""

import os
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from listeners import connect, echo, listening, receive
from support import eventually

from bench.relay.loop import Loop
from bench.relay.relay import Relay
from brokers.errors import BrokerUnavailable
from brokers.wire import WireProtocol


class Unreadable(Exception):
    pass


class Meter:
    """Fails at a word."""

    def read(self, chunk: bytes) -> list[str]:
        if b"unreadable" in chunk:
            raise Unreadable
        return []


PROTOCOL = WireProtocol(name="test", from_client=Meter, from_server=Meter)


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    loop.start()
    yield loop
    loop.stop()


@contextmanager
def closing_quietly(relay: Relay) -> Iterator[Relay]:
    """Yield a relay that may have failed by the end of the block."""
    with suppress(BrokerUnavailable), relay:
        yield relay


def has_failed(relay: Relay, why: str) -> bool:
    try:
        relay.passed()
    except BrokerUnavailable as error:
        return why in error.format_message()
    return False


def test_an_error_resets_its_connection_and_no_other(loop: Loop) -> None:
    with (
        listening(echo) as server,
        Relay(*server, PROTOCOL, loop=loop) as whole,
        closing_quietly(Relay(*server, PROTOCOL, loop=loop)) as relay,
        connect(relay) as one,
        connect(relay) as other,
    ):
        one.sendall(b"unreadable")
        with pytest.raises(ConnectionResetError):
            one.recv(1)
        other.sendall(b"hello")
        assert receive(other, 5) == b"hello"
        with pytest.raises(BrokerUnavailable, match="the relay failed: Unreadable"):
            relay.passed()
        assert whole.passed().pieces == 0


def test_the_end_of_a_relay_raises_its_error() -> None:
    def be_reset(relay: Relay) -> None:
        with connect(relay) as connection, suppress(ConnectionResetError):
            connection.sendall(b"unreadable")
            connection.recv(1)

    with (
        listening(echo) as server,
        pytest.raises(BrokerUnavailable, match="Unreadable"),
        Relay(*server, PROTOCOL) as relay,
    ):
        be_reset(relay)


def test_an_error_in_a_callback_does_not_end_the_loop(loop: Loop) -> None:
    def fail(_: int = 0) -> None:
        one.close()
        raise Unreadable

    one, other = socket.socketpair()
    with one, other:
        loop.call(lambda: loop.at(0, fail))
        assert eventually(lambda: len(loop.errors) == 1)
        with pytest.raises(Unreadable):
            loop.call(fail)
    assert loop.call(lambda: "alive") == "alive"


def test_a_call_sees_what_was_sent_before_it(loop: Loop) -> None:
    received: list[bytes] = []
    one, other = socket.socketpair()
    with one, other:
        loop.call(lambda: loop.watch(other, 1, lambda _: received.append(other.recv(1))))
        for sent in range(1, 300):
            one.send(b"x")
            assert loop.call(lambda: len(received)) == sent
        loop.call(lambda: loop.watch(other, 0, lambda _: None))


def test_a_call_of_a_loop_that_has_ended_does_not_wait_for_ever() -> None:
    loop = Loop()
    loop.start()

    def end() -> None:
        loop._is_running = False

    loop.call(end)
    loop._thread.join()
    with pytest.raises(RuntimeError, match="has ended"):
        loop.call(lambda: None)
    for one in (loop._waking, loop._woken, loop._sockets):
        one.close()


def test_sockets_that_are_always_ready_do_not_delay_a_time(loop: Loop) -> None:
    done: list[int] = []
    one, other = socket.socketpair()
    with one, other:
        loop.call(lambda: loop.watch(one, 2, lambda _: None))  # there is always room
        loop.call(lambda: loop.at(0, lambda: done.append(1)))
        assert eventually(lambda: done)
        loop.call(lambda: loop.watch(one, 0, lambda _: None))


def test_times_that_never_end_do_not_delay_a_socket(loop: Loop) -> None:
    received: list[bytes] = []

    def again() -> None:
        if not received:
            loop.at(0, again)

    one, other = socket.socketpair()
    with one, other:
        loop.call(again)
        loop.call(lambda: loop.watch(other, 1, lambda _: received.append(other.recv(1))))
        one.send(b"x")
        assert eventually(lambda: received)
        loop.call(lambda: loop.watch(other, 0, lambda _: None))


def test_a_relay_without_files_left_pauses_says_so_and_goes_on_when_there_are_some(loop: Loop) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with listening(echo) as server, closing_quietly(Relay(*server, loop=loop)) as relay, socket.socket() as client:
        fewest = os.open(os.devnull, os.O_RDONLY)
        os.close(fewest)
        resource.setrlimit(resource.RLIMIT_NOFILE, (fewest, hard))
        try:
            client.connect((relay.host, relay.port))
            assert eventually(lambda: has_failed(relay, "Too many open files"))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        client.sendall(b"hello")
        assert receive(client, 5) == b"hello"
