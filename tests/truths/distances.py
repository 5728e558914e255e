"""How exactly the relay keeps a distance, and what it can carry: ``python tests/truths/distances.py [pings]``.

Each part runs alone, or all of them one after the other: ``pings`` and ``calls`` of the raw clients of real servers,
``shapes`` (jitter and bandwidth), ``ceiling`` and ``memory`` with an echo server. The relay takes the servers' cores,
the client those of the subjects, as in a run. The figures are of a quiet machine, or of none.
"""

import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import click
import numpy as np
import psutil
from echoes import PIECE, busy, connected, echo_server

from bench.processes.distances import Distances, Way
from bench.processes.platform import CorePlan, pinned, plan_cores
from bench.records.distance import Distance
from bench.records.quantities import rtt_ns
from bench.relay.apart import RelayApart, RelayProcess
from bench.stats.intervals import paired_ratio
from bench.subject.detour import leading
from brokers import Broker, BrokerUnavailable, Server, find_broker
from brokers.server import serve
from brokers.workspace import open_workspace

__all__: list[str] = []

_BROKERS = ("redis", "rabbitmq", "sqs", "postgres")
_ASKED = ("0", "0.3ms", "1ms", "5ms", "20ms")
_Ping = Callable[[], object]


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Measure how exactly the relay keeps a distance, and what it can carry."""
    if context.invoked_subcommand is None:
        for part in (pings, calls, shapes, ceiling, memory):
            click.echo(f"\n{part.name}")
            context.invoke(part)


@main.command()
@click.option("--broker", "brokers", multiple=True, default=_BROKERS, show_default=True)
@click.option("--rtt", "asked", multiple=True, default=_ASKED, show_default=True)
@click.option("--seconds", default=10.0, show_default=True, help="for each distance of each broker")
def pings(brokers: tuple[str, ...], asked: tuple[str, ...], seconds: float) -> None:
    """What the raw client's own round trips show of each distance that is asked for."""
    click.echo("broker    asked    direct, median       p99    added, median  error    p99 too late  calibrated  pings")
    for broker, server, ways, cores in _servers(brokers):
        for text in asked:
            way = ways.way(broker, server, Distance(rtt_ns=rtt_ns(text)))
            with _pinging(broker, server, way, cores) as both:
                direct, through = _interleaved(both, seconds)
            direct_ms, direct_p99_ms = np.percentile(direct, (50, 99)) / 1e6
            through_ms, through_p99_ms = np.percentile(through, (50, 99)) / 1e6
            asked_ms, added_ms = rtt_ns(text) / 1e6, through_ms - direct_ms
            error = f"{added_ms / asked_ms - 1:+.2%}" if asked_ms else ""
            click.echo(
                f"{broker.name:9} {text:7} {direct_ms:11.4f} ms {direct_p99_ms:6.3f} ms {added_ms:13.4f} ms {error:>7}"
                f" {through_p99_ms - direct_p99_ms - asked_ms:+9.3f} ms {(way.record.added_ns or 0) / 1e6:9.4f} ms"
                f" {len(through):6}"
            )


def _interleaved(both: tuple[_Ping, _Ping], seconds: float) -> tuple[list[int], list[int]]:
    """Return what round trips took, in turns, in nanoseconds."""
    found: tuple[list[int], list[int]] = ([], [])
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        for durations_ns, ping in zip(found, both, strict=True):
            begin_ns = time.perf_counter_ns()
            ping()
            durations_ns.append(time.perf_counter_ns() - begin_ns)
    return found


@main.command()
@click.option("--broker", "brokers", multiple=True, default=_BROKERS, show_default=True)
@click.option("--seconds", default=20.0, show_default=True, help="for each line")
def calls(brokers: tuple[str, ...], seconds: float) -> None:
    """Calls a second through a relay at zero distance over those without, at 1,000 a second and flat out."""
    click.echo("broker    calls           direct a second  through/direct (95 % interval)")
    for broker, server, ways, cores in _servers(brokers):
        way = ways.way(broker, server, Distance())
        with _pinging(broker, server, way, cores) as both:
            alone_ns = statistics.median(_interleaved(both, 1.0)[0])
            thoughts = {"1,000 a second": max(0, round(1e6 - alone_ns)), "flat out": 0}
            cases = [*thoughts.items(), ("direct twice", thoughts["1,000 a second"])]
            for what, think_ns in cases:
                pair = both if what != "direct twice" else (both[0], both[0])
                _show_calls(broker, what, pair, think_ns, seconds)


def _show_calls(broker: Broker, what: str, pair: tuple[_Ping, _Ping], think_ns: int, seconds: float) -> None:
    blocks = _blocks(pair, think_ns, seconds)
    logs = [float(np.log(direct / through)) for direct, through in blocks]
    per_s = 1e9 / statistics.median(direct for direct, _ in blocks)
    found = paired_ratio([logs], np.random.default_rng(1))
    click.echo(f"{broker.name:9} {what:15} {per_s:15.0f}  {found.value:.4f} ({found.low:.4f} to {found.high:.4f})")


def _blocks(pair: tuple[_Ping, _Ping], think_ns: int, seconds: float) -> list[tuple[float, float]]:
    """Return pairs of nanoseconds a call, of blocks of 50 calls with time to think after each."""
    rng, blocks = random.Random(1), []
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        taken = {}
        for one in rng.sample((0, 1), 2):
            begin_ns = time.perf_counter_ns()
            for _ in range(50):
                pair[one]()
                think_until_ns = time.perf_counter_ns() + think_ns
                while time.perf_counter_ns() < think_until_ns:
                    pass
            taken[one] = (time.perf_counter_ns() - begin_ns) / 50
        blocks.append((taken[0], taken[1]))
    return blocks


@main.command()
@click.option("--seconds", default=10.0, show_default=True, help="for each line")
def shapes(seconds: float) -> None:
    """Whether jitter and bandwidth are as promised."""
    with _relayed_echo() as (relay, cores), pinned(cores.subjects):
        for base, jitter in ((10, 5), (2, 1)):
            _show_jitter(relay, Distance(rtt_ns=base * 10**6, jitter_ns=jitter * 10**6), seconds)
        for megabytes_per_s in (0.1, 1, 10, 50):
            for connections in (1, 8):
                _show_rate(relay, megabytes_per_s * 1e6, connections, seconds)


def _show_jitter(relay: RelayApart, distance: Distance, seconds: float) -> None:
    with connected(relay.port) as connection:
        relay.set_distance(Distance(rtt_ns=distance.rtt_ns))
        steady = _echoes_ns(connection, seconds / 2)
        relay.set_distance(distance)
        varied = _echoes_ns(connection, seconds)
    median = 1 + (np.median(varied) - np.median(steady)) / distance.rtt_ns
    click.echo(
        f"jitter {distance.jitter_ns / 1e6:g} ms at {distance.rtt_ns / 1e6:g} ms: median {median:.4f} of that without,"
        f" {_spread(varied, distance, 0.25)}, {_spread(varied, distance, 0.05)}; {len(varied)} pings"
    )


def _spread(varied_ns: np.ndarray, distance: Distance, share: float) -> str:
    """Return how far apart two quantiles are, and how far they should be.

    The sum of two even spreads, each as wide as the jitter J, has its quantile p at ``J * (sqrt(2 p) - 1)``.
    """
    found_ns = float(np.quantile(varied_ns, 1 - share) - np.quantile(varied_ns, share))
    promised_ns = 2 * distance.jitter_ns * (1 - np.sqrt(2 * share))
    middle = f"{1 - 2 * share:.0%} within {found_ns / 1e6:.3f} ms"
    return f"{middle} of {promised_ns / 1e6:.3f} promised ({found_ns / promised_ns - 1:+.1%})"


def _echoes_ns(connection: object, seconds: float) -> np.ndarray:
    found, end_s = [], time.monotonic() + seconds
    while time.monotonic() < end_s:
        begin_ns = time.perf_counter_ns()
        connection.sendall(PIECE)  # type: ignore[attr-defined]
        connection.recv(4096)  # type: ignore[attr-defined]
        found.append(time.perf_counter_ns() - begin_ns)
    return np.array(found[5:])


def _show_rate(relay: RelayApart, bytes_per_s: float, connections: int, seconds: float) -> None:
    """Show at which rate bytes arrive, from the first of them to the last, over all connections."""
    relay.set_distance(Distance(rtt_ns=1_000_000, bytes_per_s=bytes_per_s))
    size = max(2_000, int(bytes_per_s * seconds / 2 / connections))
    times: list[tuple[float, float]] = []

    def transfer() -> None:
        with connected(relay.port) as client:
            sending = threading.Thread(target=client.sendall, args=(bytes(size),))
            sending.start()
            got, first_s = len(client.recv(1 << 16)), time.monotonic()
            while got < size:
                got += len(client.recv(1 << 20))
            times.append((first_s, time.monotonic()))
            sending.join()

    threads = [threading.Thread(target=transfer) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rate = size * connections / (max(last for _, last in times) - min(first for first, _ in times))
    click.echo(
        f"bandwidth {bytes_per_s / 1e6:g} MB/s, {connections} connections: {rate / 1e6:.3f} MB/s"
        f" ({rate / bytes_per_s - 1:+.1%})"
    )


@main.command()
@click.option("--seconds", default=5.0, show_default=True, help="for each line")
def ceiling(seconds: float) -> None:
    """How many pieces a second the relay can carry."""
    click.echo("distance  connections  pieces a second  worked  late, median       p99")
    with _relayed_echo() as (relay, cores), pinned(cores.subjects):
        for text in ("0", "1ms", "5ms"):
            relay.set_distance(Distance(rtt_ns=rtt_ns(text)))
            for connections in (1, 4, 16, 64, 256):
                relay.passed()
                busy(relay.port, connections, seconds)
                passed = relay.passed()
                click.echo(
                    f"{text:9} {connections:11} {passed.pieces / passed.passed_ns * 1e9:16,.0f}"
                    f" {passed.worked_ns / passed.passed_ns:7.0%}"
                    f" {passed.late_ns(0.5) / 1e3:10.0f} us {passed.late_ns(0.99) / 1e3:6.0f} us"
                )


@main.command()
@click.option("--pieces", default=1_000_000, show_default=True)
@click.option("--connections", default=100, show_default=True)
def memory(pieces: int, connections: int) -> None:
    """By how much the relay's memory grows with pieces, and with connections that come and go."""
    with _relayed_echo() as (relay, cores), pinned(cores.subjects):
        relay.set_distance(Distance(rtt_ns=1_000_000))
        (process,) = (one for one in psutil.Process().children() if "bench.relay" in one.cmdline())
        busy(relay.port, connections, 5.0)
        before = process.memory_info().rss
        sent = 0
        while sent < pieces:
            sent += relay.passed().pieces
            busy(relay.port, connections, 60.0, most=min(50_000, max(1, (pieces - sent) // 2)))
        after = process.memory_info().rss
        click.echo(
            f"{sent:,} pieces on {connections} connections: {before / 1e6:.2f} MB before, {after / 1e6:.2f} after"
        )
        for _ in range(10_000 // connections):
            busy(relay.port, connections, 1.0, most=connections)
        time.sleep(1.0)  # the last of them close
        later = process.memory_info().rss
        click.echo(f"10,000 more connections: {later / 1e6:.2f} MB; {process.num_fds()} files are open")


def _servers(names: tuple[str, ...]) -> Iterator[tuple[Broker, Server, Distances, CorePlan]]:
    """Start each broker's server, those that are there, and what puts it at a distance."""
    cores = plan_cores()
    for name in names:
        broker = find_broker(name)
        with open_workspace() as workspace, pinned(cores.servers), ExitStack() as ends:
            try:
                server = ends.enter_context(serve(broker, broker.profiles["default"], workspace))
            except BrokerUnavailable as error:
                click.echo(f"{name:9} {error.format_message()}")
                continue
            process = ends.enter_context(RelayProcess(workspace.directory / "relay.log"))
            yield broker, server, Distances(process, cores.subjects, 1), cores


@contextmanager
def _pinging(broker: Broker, server: Server, way: Way, cores: CorePlan) -> Iterator[tuple[_Ping, _Ping]]:
    """Return what makes a round trip to the server, directly and on the way, on the cores of the subjects."""
    with ExitStack() as ends, pinned(cores.subjects):
        direct, through = broker.pinging(server.url), broker.pinging(server.url)
        if direct is None or through is None:
            raise click.ClickException(f"the raw client of {broker.name} cannot ping")
        near = ends.enter_context(direct)
        with leading(**way.detour):
            far = ends.enter_context(through)
        yield near, far


@contextmanager
def _relayed_echo() -> Iterator[tuple[RelayApart, CorePlan]]:
    """Return a relay to an echo server."""
    cores = plan_cores()
    with ExitStack() as ends:
        workspace = ends.enter_context(open_workspace())
        ends.enter_context(pinned(cores.servers))
        host, port = ends.enter_context(echo_server())
        process = ends.enter_context(RelayProcess(workspace.directory / "relay.log"))
        yield process.relay(host, port, seed=1), cores


if __name__ == "__main__":
    main()
