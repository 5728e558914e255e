"""TLS passes through a relay at a distance: to delay bytes, nobody needs to read them."""

import socket
import ssl
import time
from pathlib import Path

import pytest
from listeners import connect, echo, listening, receive
from redis_servers import make_certificates

from bench.records.distance import Distance
from bench.relay.relay import Relay


@pytest.fixture
def contexts(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the contexts of a server with a certificate of a private authority, and of a client that trusts it."""
    make_certificates(tmp_path)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    return serving, ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))


def test_tls_passes_at_a_distance(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    serving, trusting = contexts
    payload = bytes(range(256)) * 2_000

    def serve(connection: socket.socket) -> None:
        with serving.wrap_socket(connection, server_side=True) as secured:
            echo(secured)

    with listening(serve) as server, Relay(*server) as relay:
        relay.set_distance(Distance(rtt_ns=40_000_000, jitter_ns=10_000_000))
        with connect(relay) as plain, trusting.wrap_socket(plain, server_hostname="localhost") as secured:
            assert secured.version() == "TLSv1.3"
            begin_s = time.monotonic()
            secured.sendall(payload)
            assert receive(secured, len(payload)) == payload
            assert time.monotonic() - begin_s >= 0.03
        assert relay.traffic().bytes_to_server > len(payload)
