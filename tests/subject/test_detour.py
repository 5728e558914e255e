"""A detour leads connections to one host and port by way of a relay, and nothing else."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bench.relay.relay import Relay
from bench.subject.detour import find, leading

HOST, PORT = "broker.invalid", 6379
"""Of a server that no name service knows: it can be reached by a relay alone."""


@pytest.fixture
def echo() -> Iterator[int]:
    """Yield the port of a server that sends back what it gets."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket) -> None:
    with suppress(OSError):
        while True:
            with listener.accept()[0] as client:
                client.sendall(client.recv(100))


@pytest.fixture
def relay(echo: int) -> Iterator[Relay]:
    with Relay("localhost", echo) as relay:
        yield relay


def _answer(host: str, port: int) -> bytes:
    with socket.create_connection((host, port), timeout=10) as client:
        client.sendall(b"ping")
        return client.recv(100)


def test_connections_to_the_server_go_by_way_of_the_relay(relay: Relay) -> None:
    with leading(HOST, PORT, (relay.host, relay.port)):
        assert _answer(HOST, PORT) == b"ping"
    assert relay.traffic().connections == 1


def test_a_name_is_looked_up_again_once_the_block_has_ended(relay: Relay) -> None:
    with leading(HOST, PORT, (relay.host, relay.port)):
        pass
    with pytest.raises(OSError):  # noqa: PT011 - the text is the system's
        _answer(HOST, PORT)


def test_another_port_of_the_same_host_is_not_led(relay: Relay, echo: int) -> None:
    with leading("127.0.0.1", PORT, (relay.host, relay.port)):
        assert _answer("127.0.0.1", echo) == b"ping"
    assert relay.traffic().connections == 0


def test_another_host_with_the_same_port_is_not_led(relay: Relay, echo: int) -> None:
    with leading(HOST, echo, (relay.host, relay.port)):
        assert _answer("localhost", echo) == b"ping"
    assert relay.traffic().connections == 0


@pytest.mark.parametrize(
    ("host", "port"),
    [("BROKER.invalid", 6379), (b"broker.invalid", "6379")],
)
def test_a_place_is_the_same_however_a_client_writes_it(host: Any, port: Any) -> None:
    with leading(HOST, PORT, ("127.0.0.1", 7)):
        assert find(host, port) == ("127.0.0.1", 7)


def test_an_address_with_colons_is_led_with_and_without_brackets() -> None:
    with leading("::1", PORT, ("127.0.0.1", 7)):
        assert find("[::1]", PORT) == find("::1", PORT) == ("127.0.0.1", 7)


def test_a_client_that_wants_one_family_of_addresses_is_given_the_relays(relay: Relay) -> None:
    with leading("::1", PORT, (relay.host, relay.port)):
        found = socket.getaddrinfo("::1", PORT, socket.AF_INET6, socket.SOCK_STREAM)
    assert {address for *_, address in found} == {(relay.host, relay.port)}


@pytest.mark.parametrize(("host", "port"), [(None, 80), ("localhost", None), ("localhost", "http")])
def test_what_has_no_host_or_no_number_is_looked_up_as_before(host: Any, port: Any) -> None:
    with leading(HOST, PORT, ("127.0.0.1", 7)):
        assert socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def test_a_brokers_file_is_applied_once_and_told_the_way_at_each_connection(tmp_path: Path) -> None:
    (tmp_path / "client.py").write_text("finds = []\n\ndef apply(find):\n    finds.append(find)\n")
    for relay_port in (7, 8):
        with leading(HOST, PORT, ("127.0.0.1", relay_port), str(tmp_path / "client.py")):
            import _brokerbench_client as client  # type: ignore[import-not-found]

            assert [found(HOST, PORT) for found in client.finds] == [("127.0.0.1", relay_port)]
    assert client.finds[0](HOST, PORT) is None
