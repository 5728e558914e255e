"""Servers that are ill: they accept a connection and then drip or flood.

Each answers in the protocol's own words, so that no client refuses it at once.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from struct import pack
from threading import Event

from listeners import listening

__all__ = ["ill_server"]

_DRIP_S = 1.0
_AMQP_START_OF_A_LONG_FRAME = pack(">BHI", 1, 0, 60_000)
_AMQP_HEARTBEAT = pack(">BHIB", 8, 0, 0, 0xCE)
_OPENINGS = {
    "redis": b"+",
    "valkey": b"+",
    "rabbitmq": _AMQP_START_OF_A_LONG_FRAME,
    "sqs": b"HTTP/1.1 200 OK\r\nX-Long: ",
}
_FLOODS = {
    "redis": b":1\r\n",
    "valkey": b":1\r\n",
    "rabbitmq": _AMQP_HEARTBEAT,
    "sqs": b"HTTP/1.1 100 Continue\r\n\r\n",
}
_SCHEMES = {
    "redis": "redis://{}:{}/0",
    "valkey": "redis://{}:{}/0",
    "rabbitmq": "amqp://guest:guest@{}:{}//",
    "sqs": "http://key:secret@{}:{}",
}


def _drip(broker: str, connection: socket.socket, over: Event) -> None:
    """Begin an answer, and send one byte of it a second."""
    connection.recv(65_536)
    connection.sendall(_OPENINGS[broker])
    while not over.wait(_DRIP_S):
        connection.sendall(b"x")


def _flood(broker: str, connection: socket.socket, over: Event) -> None:
    """Send answers as fast as they are read."""
    connection.recv(65_536)
    while not over.is_set():
        connection.sendall(_FLOODS[broker] * 1000)


_ILLNESSES = {"drip": _drip, "flood": _flood}


@contextmanager
def ill_server(broker: str, illness: str) -> Iterator[str]:
    """Yield the URL of a server that has the illness: ``drip`` or ``flood``."""
    over = Event()
    with listening(lambda connection: _ILLNESSES[illness](broker, connection, over)) as (host, port):
        yield _SCHEMES[broker].format(host, port)
        over.set()
