"""Relays in a process of their own, and what is left when it, or its harness, is killed."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from listeners import connect, echo, listening, receive
from support import eventually, is_alive

from bench.records.distance import Distance
from bench.relay.apart import RelayApart, RelayProcess
from brokers.errors import BrokerUnavailable

ROOT = Path(__file__).parents[2]
HARNESS = """
import sys, time
from pathlib import Path
from bench.relay.apart import RelayProcess
with RelayProcess(Path(sys.argv[1])) as process:
    print(process.relay("127.0.0.1", int(sys.argv[2]), 1).port, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def server() -> Iterator[tuple[str, int]]:
    with listening(echo) as server:
        yield server


@pytest.fixture
def process(tmp_path: Path) -> Iterator[RelayProcess]:
    with RelayProcess(tmp_path / "relay.log") as process:
        yield process


def says_back(relay: RelayApart) -> bool:
    with connect(relay) as connection:
        connection.sendall(b"hello")
        return receive(connection, 5) == b"hello"


def the_relays_process() -> psutil.Process:
    (child,) = (one for one in psutil.Process().children() if "bench.relay" in one.cmdline())
    return child


def is_refused(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) != 0


def test_a_process_begins_with_its_first_relay(process: RelayProcess, server: tuple[str, int]) -> None:
    assert not [one for one in psutil.Process().children() if "bench.relay" in one.cmdline()]
    assert says_back(process.relay(*server, seed=1))
    assert is_alive(the_relays_process())


def test_each_relay_has_its_distance_and_its_counts(process: RelayProcess, server: tuple[str, int]) -> None:
    far, near = process.relay(*server, seed=1), process.relay(*server, seed=1)
    far.set_distance(Distance(rtt_ns=2_000_000))
    assert says_back(far)
    found = far.passed()
    assert (found.pieces, sum(found.late_us.values())) == (2, 2)
    assert 0 < found.worked_ns < found.passed_ns
    assert near.passed().pieces == far.passed().pieces == 0


def test_nothing_is_left_when_the_block_ends(tmp_path: Path, server: tuple[str, int]) -> None:
    with RelayProcess(tmp_path / "relay.log") as process:
        relay = process.relay(*server, seed=1)
        assert says_back(relay)
        child = the_relays_process()
    assert not is_alive(child)
    assert is_refused(relay.port)


def test_a_killed_process_resets_its_connections_and_is_named_as_the_cause(
    process: RelayProcess, server: tuple[str, int]
) -> None:
    relay = process.relay(*server, seed=1)
    with connect(relay) as connection:
        connection.sendall(b"hello")
        assert receive(connection, 5) == b"hello"
        os.kill(the_relays_process().pid, signal.SIGKILL)
        assert connection.recv(1) == b""
    for ask in (relay.passed, relay.passed, lambda: process.relay(*server, seed=1)):
        with pytest.raises(BrokerUnavailable, match="the relay ended"):
            ask()
    assert is_refused(relay.port)


def test_a_process_that_ends_by_an_error_says_which(process: RelayProcess, server: tuple[str, int]) -> None:
    process.relay(*server, seed=1)
    with pytest.raises(BrokerUnavailable, match="the relay ended: KeyError: 'relay'"):
        process.ask(do="unknown")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_relay_ends_with_its_harness(how: signal.Signals, tmp_path: Path, server: tuple[str, int]) -> None:
    argv = [sys.executable, "-c", HARNESS, str(tmp_path / "relay.log"), str(server[1])]
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as harness:
        assert harness.stdout
        port = int(harness.stdout.readline())
        (child,) = psutil.Process(harness.pid).children()
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"hello")
            assert receive(connection, 5) == b"hello"
            harness.send_signal(how)
            assert eventually(lambda: not is_alive(child))
            assert connection.recv(1) == b""
    assert is_refused(port)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot stop a process")
def test_a_process_that_hangs_is_killed_and_not_waited_for(
    process: RelayProcess, server: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = process.relay(*server, seed=1)
    hangs = the_relays_process()
    hangs.suspend()
    monkeypatch.setattr("bench.relay.apart._ANSWER_S", 0.2)
    with pytest.raises(BrokerUnavailable, match="the relay ended"):
        relay.passed()
    assert eventually(lambda: not is_alive(hangs))
