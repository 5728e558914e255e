"""No server holds a command: every wait has an end, and the first interrupt ends the run wherever it is."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from commands import brokerbench, environment_of, leftovers, start_brokerbench
from probes import Probe, probe_of
from sick_servers import ill_server
from support import Servers, eventually

from bench.records.result import read_result
from bench.relay.relay import Relay
from brokers import Server, split_subject

PROMISED_S = 5.0
STUBBORN = """
import time
from bench.commands.interrupt import end_soon_when_interrupted

end_soon_when_interrupted()
while True:
    try:
        print("ready", flush=True)
        time.sleep(60)
    except KeyboardInterrupt:
        pass
"""


def ended_after_s(run: "subprocess.Popen[str]", number: int) -> float:
    """Send the signal, and return how long the process then lives."""
    begin_s = time.monotonic()
    run.send_signal(number)
    run.wait(60)
    return time.monotonic() - begin_s


def said(run: "subprocess.Popen[str]", words: str) -> bool:
    """Read what the command prints, line by line, until the words come."""
    assert run.stdout is not None
    return any(words in line for line in run.stdout)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_interrupt_ends_a_command_that_ignores_it(number: int) -> None:
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stdout.readline()
        assert ended_after_s(run, number) < PROMISED_S  # type: ignore[arg-type]
        assert run.returncode == 130
        assert run.stderr is not None
        assert run.stderr.read() == b"interrupted: cleaning up in the background\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_interrupt_ends_a_run_that_waits_for_a_sick_server(number: int, tmp_path: Path) -> None:
    with ExitStack() as ends:
        urls = {
            "REDIS_URL": ends.enter_context(ill_server("redis", "drip")),
            "RABBITMQ_URL": ends.enter_context(ill_server("rabbitmq", "flood")),
            "SQS_URL": ends.enter_context(ill_server("sqs", "drip")),
        }
        run = start_brokerbench("compare", "redis", "rabbitmq", "sqs", cwd=tmp_path, **urls)
        assert said(run, "booting")
        time.sleep(1)
        assert ended_after_s(run, number) < PROMISED_S
        run.communicate()
    assert run.returncode == 130
    assert eventually(lambda: not leftovers(tmp_path)), leftovers(tmp_path)


def test_a_sick_server_is_one_line_and_its_neighbour_is_measured(tmp_path: Path) -> None:
    brokers = ("redis", "rabbitmq", "sqs")
    with ExitStack() as ends:
        urls = {f"{broker.upper()}_URL": ends.enter_context(ill_server(broker, "drip")) for broker in brokers}
        asked = ("compare", *brokers, "memory", "--metric", "enqueue", "--budget", "20s", "--out", "out")
        run = brokerbench(*asked, cwd=tmp_path, **urls)
    assert run.returncode == 3, run.stdout + run.stderr
    *sick, memory = read_result(tmp_path / "out").subjects
    for broker, subject in zip(brokers, sick, strict=True):
        assert subject.failure is not None
        assert subject.failure.startswith(f"{broker} at")
        assert "did not send a complete answer within 10 s" in subject.failure
        assert "\n" not in subject.failure
    assert memory.failure is None
    assert memory.calls > 0


@pytest.fixture
def holed(servers: Servers) -> Iterator[tuple[Server, Relay, Probe]]:
    """Yield a Redis of the user's behind a relay, the relay, and what sees the whole server."""
    server = servers.as_users("redis")
    wire = split_subject("redis")[0].wire(server.url)
    assert wire is not None
    with Relay(wire.host, wire.port, wire.protocol) as relay:
        yield replace(server, url=wire.through(relay.host, relay.port)), relay, probe_of("redis", server)


def test_a_run_that_is_interrupted_in_a_black_hole_ends_soon_and_cleans_up_once_the_server_is_back(
    holed: tuple[Server, Relay, Probe], tmp_path: Path
) -> None:
    server, relay, probe = holed
    with probe.canaries():
        before = probe.contents()
        asked = ("compare", "redis", "--budget", "60s", "--out", "out")
        run = start_brokerbench(*asked, cwd=tmp_path, REDIS_URL=server.url)
        path = tmp_path / "out" / "result.json"
        assert eventually(lambda: path.exists() and path.read_text().count('"metric":"') >= 4, 60)
        relay.swallow(new_ones=True)
        assert probe.contents() != before
        time.sleep(2)
        assert ended_after_s(run, signal.SIGINT) < PROMISED_S
        output, _ = run.communicate()
        assert run.returncode == 130, output
        relay.spare_new_ones()
        assert eventually(lambda: probe.contents() == before, 30), set(probe.contents()) ^ set(before)
    assert eventually(lambda: not leftovers(tmp_path), 40), leftovers(tmp_path)


@pytest.mark.long
def test_pytest_that_is_interrupted_in_a_black_hole_ends_soon_too(
    holed: tuple[Server, Relay, Probe], tmp_path: Path
) -> None:
    server, relay, probe = holed
    asked = ("-m", "pytest", "bench", "-p", "no:cacheprovider", "--brokers=redis", "--brokers-budget=60s")
    path = tmp_path / "out" / "result.json"
    with probe.canaries():
        before = probe.contents()
        run = subprocess.Popen(
            [sys.executable, *asked, f"--brokers-out={path.parent}"],
            cwd=Path(__file__).parents[2],
            env=environment_of(tmp_path, REDIS_URL=server.url),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert eventually(lambda: path.exists() and path.read_text().count('"metric":"') >= 4, 60)
        relay.swallow(new_ones=True)
        assert ended_after_s(run, signal.SIGINT) < PROMISED_S
        relay.spare_new_ones()
        assert eventually(lambda: probe.contents() == before, 30), set(probe.contents()) ^ set(before)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_server_that_falls_silent_on_the_way_does_not_hold_the_run_for_ever(
    holed: tuple[Server, Relay, Probe], tmp_path: Path
) -> None:
    server, relay, _ = holed
    run = start_brokerbench("compare", "redis", "--budget", "25s", "--out", "out", cwd=tmp_path, REDIS_URL=server.url)
    path = tmp_path / "out" / "result.json"
    assert eventually(lambda: path.exists() and path.read_text().count('"metric":"') >= 2, 60)
    relay.swallow(new_ones=True)
    output, _ = run.communicate(timeout=150)
    relay.spare_new_ones()
    assert run.returncode == 3, output
    assert "Traceback" not in output
    assert eventually(lambda: not leftovers(tmp_path), 80), leftovers(tmp_path)
