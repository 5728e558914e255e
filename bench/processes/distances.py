"""Puts servers at a distance: a relay for each server and distance, calibrated by the raw client's own round trips."""

import statistics
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from bench.processes.platform import pinned
from bench.records.distance import Distance
from bench.records.provenance import WayRecord
from bench.relay.apart import RelayApart, RelayProcess
from brokers.errors import BrokerUnavailable
from brokers.protocol import Broker, Server
from brokers.secrets import redacted_url

__all__ = ["Distances", "Way"]

_PINGS, _FEWEST_PINGS = 200, 20
_PINGS_S = 0.2  # for pings at one distance, if that allows the fewest
_FEWEST_FOR_P99 = 100
_CLOSE = 0.03  # of the distance: a second calibration is made if the first one misses by more
_MOST_OWN_NS = 150_000  # of a relay, even on a slow machine: more is what other programs took meanwhile
_Ping = Callable[[], object]


@dataclass(frozen=True)
class Way:
    """How a subject's processes reach a server at a distance, and what the raw client measured on it."""

    url: str
    relay: RelayApart
    record: WayRecord


class Distances:
    """The ways of a run, made when they are first needed. Several threads may ask for them at once.

    The raw client measures from ``cores``, those of the subjects. ``seed`` decides about jitter and stalls.
    """

    def __init__(self, process: RelayProcess, cores: tuple[int, ...], seed: int) -> None:
        self._process, self._cores, self._seed = process, cores, seed
        self._ways: dict[tuple[str, Distance], Way] = {}
        self._lock = threading.Lock()

    def way(self, broker: Broker, server: Server, distance: Distance) -> Way:
        """Return the way to this server at that distance.

        Raises BrokerUnavailable if no relay can stand before it, or if it does not answer.
        """
        with self._lock:
            key = (server.url, distance)
            if key not in self._ways:
                self._ways[key] = self._new(broker, server, distance)
            return self._ways[key]

    def _new(self, broker: Broker, server: Server, distance: Distance) -> Way:
        wire = broker.wire(server.url)
        if wire is None:
            raise BrokerUnavailable(
                f"{broker.name} at {redacted_url(server.url)} has no distance: a relay needs one TCP address"
            )
        relay = self._process.relay(wire.host, wire.port, self._seed)
        url = wire.through(relay.host, relay.port)
        found = self._calibrate(broker, server.url, url, relay, distance)
        return Way(url, relay, found)

    def _calibrate(self, broker: Broker, direct_url: str, url: str, relay: RelayApart, distance: Distance) -> WayRecord:
        """Have the relay add the distance without its own time, and return what a client then measures."""
        with ExitStack() as ends, pinned(self._cores):
            direct, through = broker.pinging(direct_url), broker.pinging(url)
            if direct is None or through is None:
                relay.set_distance(distance)
                return WayRecord(distance=distance)
            pings = ends.enter_context(direct), ends.enter_context(through)
            real, zero = _paired(pings, 0)
            own_ns = _plausible(zero.median_ns - real.median_ns)
            plain = Distance(rtt_ns=distance.rtt_ns)
            for _ in range(2):
                relay.set_distance(plain, own_ns)
                real, at = _paired(pings, distance.rtt_ns)
                error_ns = at.median_ns - real.median_ns - distance.rtt_ns
                if not distance.rtt_ns or abs(error_ns) <= _CLOSE * distance.rtt_ns:
                    break
                own_ns = _plausible(own_ns + error_ns)
            relay.set_distance(distance, own_ns)
            relay.passed()
            return WayRecord(
                distance=distance,
                real_rtt_ns=round(real.median_ns),
                added_ns=round(at.median_ns - real.median_ns),
                added_p99_ns=at.p99_ns and max(0, at.p99_ns - round(real.median_ns)),
                relay_ns=own_ns,
                pings=at.pings,
            )


def _plausible(own_ns: float) -> int:
    """Return what to take off as the relay's own time: a busy moment must not shorten the distance of a whole run."""
    return min(_MOST_OWN_NS, max(0, round(own_ns)))


@dataclass(frozen=True)
class _Pings:
    """What some round trips took."""

    median_ns: float
    p99_ns: int | None
    pings: int

    @classmethod
    def of(cls, durations_ns: Sequence[int]) -> "_Pings":
        ordered = sorted(durations_ns)
        p99_ns = ordered[int(0.99 * len(ordered))] if len(ordered) >= _FEWEST_FOR_P99 else None
        return cls(statistics.median(ordered), p99_ns, len(ordered))


def _paired(pings: tuple[_Ping, _Ping], rtt_ns: int) -> tuple[_Pings, _Pings]:
    """Return what round trips took without and with the relay, one after the other in turns."""
    most = _PINGS_S * 1e9 / rtt_ns if rtt_ns else _PINGS
    found: tuple[list[int], list[int]] = ([], [])
    for _ in range(round(min(_PINGS, max(_FEWEST_PINGS, most)))):
        for durations_ns, ping in zip(found, pings, strict=True):
            begin_ns = time.perf_counter_ns()
            ping()
            durations_ns.append(time.perf_counter_ns() - begin_ns)
    return _Pings.of(found[0]), _Pings.of(found[1])
