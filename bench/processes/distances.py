"""Puts servers at a distance: a relay for each server and distance, calibrated by the raw client's own round trips."""

import statistics
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from bench.processes.bypasses import addresses_of
from bench.processes.platform import pinned
from bench.records.distance import Distance
from bench.records.provenance import WayRecord
from bench.relay.apart import RelayApart, RelayProcess
from bench.subject.detour import leading
from brokers.protocol import Broker, Server

__all__ = ["Distances", "Way"]

_PINGS, _FEWEST_PINGS = 200, 20
_PINGS_S = 0.2  # for pings at one distance, if that allows the fewest
_FEWEST_FOR_P99 = 100
_CLOSE, _CLOSE_NS = 0.01, 5_000  # of the distance, or without one: it is calibrated again if it misses by more
_WIDE = Distance(bytes_per_s=1e12)
"""What delays nothing, but has each piece wait for its time as every distance does."""
_LEAST_OWN_NS = -20_000  # a piece's time begins in the kernel, a little before a program could have read it
_MOST_OWN_NS = 150_000  # of a relay, even on a slow machine: more is what other programs took meanwhile
_TRIES = 4  # other programs may have had the cores during one
_Ping = Callable[[], object]


@dataclass(frozen=True)
class Way:
    """How a subject's processes reach a server at a distance, and what the raw client measured on it.

    ``detour`` is for ``bench.subject.detour.lead``: their URL stays as it is. ``server`` has the addresses and the
    port to which none of their connections should go.
    """

    detour: dict[str, Any]
    server: dict[str, Any]
    relay: RelayApart
    record: WayRecord


class Distances:
    """The ways of a run, made when they are first needed. Several threads may ask for them at once.

    The raw client measures from ``cores``, those of the subjects. ``seed`` decides about jitter and stalls.
    """

    def __init__(self, process: RelayProcess, cores: tuple[int, ...], seed: int) -> None:
        self._process, self._cores, self._seed = process, cores, seed
        self._ways: dict[tuple[str, Distance], Way] = {}
        self._bypassed: set[tuple[str, Distance]] = set()
        self._lock = threading.Lock()

    def note_bypass(self, label: str, distance: Distance) -> None:
        """Remember that a connection of this subject went straight to its server, past the relay of that distance."""
        self._bypassed.add((label, distance))

    def judged(self, label: str, way: WayRecord) -> WayRecord:
        """Return the record of a subject's way with whether it was bypassed so far."""
        return way.model_copy(update={"bypassed": (label, way.distance) in self._bypassed})

    def warnings(self) -> list[str]:
        """Return a sentence for each subject that bypassed its relay, for a record without figures that are void."""
        return [
            f"a connection of {label} went straight to its server, past the relay: not all of it was at its distance"
            for label in sorted({label for label, _ in self._bypassed})
        ]

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
        host, port = broker.tcp_address(server.url)
        relay = self._process.relay(host, port, self._seed)
        patch = str(broker.detour) if broker.detour else None
        detour = {"host": host, "port": port, "relay": (relay.host, relay.port), "patch": patch}
        found = self._calibrate(broker, server.url, relay, detour, distance)
        return Way(detour, {"addresses": addresses_of(host), "port": port}, relay, found)

    def _calibrate(
        self, broker: Broker, url: str, relay: RelayApart, detour: dict[str, Any], distance: Distance
    ) -> WayRecord:
        """Have the relay add the distance without its own time, and return what a client then measures."""
        with ExitStack() as ends, pinned(self._cores):
            direct, through = broker.pinging(url), broker.pinging(url)
            if direct is None or through is None:
                relay.set_distance(distance)
                return WayRecord(distance=distance)
            real_ping = ends.enter_context(direct)
            with leading(**detour):
                pings = real_ping, ends.enter_context(through)
            if not distance.rtt_ns:
                relay.set_distance(_WIDE)
            real, zero = _paired(pings, 0)
            best = _best(pings, relay, distance.rtt_ns, _plausible(zero.median_ns - real.median_ns))
            relay.set_distance(distance, best.own_ns)
            relay.passed()
            return best.record(distance)


def _plausible(own_ns: float) -> int:
    """Return what to take off as the relay's own time: a busy moment must not shorten the distance of a whole run."""
    return min(_MOST_OWN_NS, max(_LEAST_OWN_NS, round(own_ns)))


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


@dataclass(frozen=True)
class _Try:
    """What round trips took with and without a relay of which ``own_ns`` were taken for its own.

    Half of the pieces were sent on ``late_ns`` after their time at most.
    """

    own_ns: int
    real: _Pings
    at: _Pings
    late_ns: int

    @property
    def added_ns(self) -> int:
        return round(self.at.median_ns - self.real.median_ns)

    def record(self, distance: Distance) -> WayRecord:
        """Return what is known about the way now."""
        real_ns = round(self.real.median_ns)
        return WayRecord(
            distance=distance,
            real_rtt_ns=real_ns,
            added_ns=self.added_ns,
            added_p99_ns=self.at.p99_ns and max(0, self.at.p99_ns - real_ns),
            relay_ns=max(0, self.own_ns),
            late_ns=self.late_ns,
            pings=self.at.pings,
        )


def _best(pings: tuple[_Ping, _Ping], relay: RelayApart, rtt_ns: int, own_ns: int) -> _Try:
    """Try the distance, each time with what the last try missed by, and return the one that came closest.

    Without one, the relay's own time is due, because it cannot be taken off anything.
    """
    tries: list[_Try] = []
    due_ns = rtt_ns or max(0, own_ns)
    for _ in range(_TRIES):
        relay.set_distance(Distance(rtt_ns=rtt_ns) if rtt_ns else _WIDE, own_ns)
        relay.passed()
        tries.append(_Try(own_ns, *_paired(pings, rtt_ns), relay.passed().late_ns(0.5)))
        error_ns = tries[-1].added_ns - due_ns
        if abs(error_ns) <= (_CLOSE * rtt_ns or _CLOSE_NS):
            break
        if rtt_ns:
            own_ns = _plausible(own_ns + error_ns)
    return min(tries, key=lambda one: abs(one.added_ns - due_ns))


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
