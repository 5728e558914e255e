"""A connection past the relay of a distance is noticed, and nothing else is taken for one."""

import os
import socket
from pathlib import Path

import pytest
from starting import make_launcher
from support import Servers
from taking import needs

from bench.processes.bypasses import addresses_of, is_straight
from bench.processes.distances import Distances
from bench.processes.running_subject import RunningSubject
from bench.relay.apart import RelayProcess
from bench.subject.bypass import is_among
from brokers.workspace import Workspace

APPS = Path(__file__).parents[1] / "apps"
OTHER_SERVER = "192.0.2.7"  # reserved for documentation (RFC 5737)


@pytest.mark.parametrize(
    ("task", "is_bypassed"), [("straight.glance", True), ("early.rest", True), ("straight.follow", False)]
)
def test_an_apps_own_connection_past_the_relay_is_noticed(
    task: str, is_bypassed: bool, servers: Servers, workspace: Workspace, tmp_path: Path
) -> None:
    own = {"app": task.partition(".")[0], "task": task, "app_dir": str(APPS / "straight")}
    launcher = make_launcher("redis", servers.private("redis"), workspace, rtt="1ms", concurrency=1, **own)
    with RelayProcess(tmp_path / "relay.log") as relays:
        launcher.distances = Distances(relays, (), 1)
        way = launcher.way
        running = RunningSubject(launcher, needs("throughput"))
        try:
            running.start()
            running.wait_until_ready()
            running.drain(4)
        finally:
            running.end()
        assert way
        assert launcher.distances.judged("redis", way.record).bypassed == is_bypassed
        assert not launcher.distances.judged("another", way.record).bypassed
        assert len(launcher.distances.warnings()) == is_bypassed


def test_a_connection_to_the_servers_port_at_any_of_its_addresses_is_straight() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert not is_straight(os.getpid(), addresses_of("localhost"), port)
        with socket.create_connection(("127.0.0.1", port)):
            assert is_straight(os.getpid(), addresses_of("localhost"), port)
            assert not is_straight(os.getpid(), addresses_of("localhost"), port + 1)
            assert not is_straight(os.getpid(), [OTHER_SERVER], port)


@pytest.mark.parametrize("written", ["127.0.0.1", "127.0.0.2", "0.0.0.0", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_one_place_however_it_is_written(written: str) -> None:
    assert is_among(written, ["127.0.0.1"])
    assert not is_among(written, [OTHER_SERVER])


def test_a_server_on_this_machine_has_all_of_its_addresses_and_another_one_only_its_own() -> None:
    assert {"127.0.0.1", *addresses_of("127.0.0.1")} == set(addresses_of("localhost"))
    assert addresses_of(OTHER_SERVER) == [OTHER_SERVER]
