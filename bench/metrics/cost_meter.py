"""Measures what tasks cost: a producer and a worker with meters."""

import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import Any

from bench.metrics.cost_turn import CostTurn, Spent
from bench.processes import platform
from bench.processes.launcher import Launcher
from bench.processes.pair import Pair
from bench.processes.process import SubjectProcess
from bench.processes.task_meter import TaskMeter
from bench.processes.usage import ProcessUsage, read_usage
from bench.relay.relay import Relay
from bench.relay.traffic import Traffic
from brokers.deadline import within
from brokers.errors import BrokerUnavailable
from brokers.wire import WireProtocol

__all__ = ["CostMeter"]

_PATIENCE_S = 30.0
_NO_MORE_S = 1.0  # without another acknowledgement ends the wait
_POLL_S = 0.01
_MEMORY_TURN = 2  # of fresh processes: the first may be a warm-up, and a server may need seconds to answer
_MEMORY_S = 40.0


@dataclass(frozen=True)
class _Reading:
    """What the meters of a client show at one moment; None if it cannot be read."""

    traffic: Traffic | None
    usage: ProcessUsage | None


@dataclass(frozen=True)
class _Relayed:
    """Starts a client with the URL of a relay, if a relay is possible."""

    launcher: Launcher
    relay: Relay | None = None
    protocol: WireProtocol | None = None

    @classmethod
    def by(cls, launcher: Launcher, ends: ExitStack) -> "_Relayed":
        wire = launcher.subject.broker.wire(launcher.url)
        if wire is None:
            return cls(launcher)
        relay = ends.enter_context(Relay(*launcher.place(wire), wire.protocol))
        return cls(replace(launcher, via=wire.through(relay.host, relay.port)), relay, wire.protocol)


@dataclass(frozen=True)
class _Meters:
    """The relay of a client, and the system's accounting of its processes."""

    process: SubjectProcess
    relay: Relay | None
    protocol: WireProtocol | None

    def read(self) -> _Reading:
        """Read both once the relay is at rest."""
        return _Reading(self.relay.traffic_at_rest() if self.relay else None, read_usage(self.process.pid))

    def wait_for_acknowledgements(self, earlier: _Reading, tasks: int) -> None:
        """Wait until as many acknowledgements as tasks passed, or no more come.

        A task may end before its acknowledgement is sent. On RabbitMQ, Celery's pool ``solo`` may keep back the last
        one or two for up to 10 s.
        """
        name = self.protocol.acknowledges if self.protocol else ""
        passed, progress_s = 0, time.monotonic()
        while name and passed < tasks and time.monotonic() - progress_s < _NO_MORE_S:
            found = self._since(earlier).operations[name]
            if found > passed:
                passed, progress_s = found, time.monotonic()
            time.sleep(_POLL_S)

    def _since(self, earlier: _Reading) -> Traffic:
        if self.relay is None or earlier.traffic is None:
            return Traffic()
        return self.relay.traffic() - earlier.traffic

    def spent(self, earlier: _Reading, later: _Reading, server: ProcessUsage | None) -> Spent:
        """Return what the client spent between two readings, with what its server used."""
        used = later.usage - earlier.usage if later.usage and earlier.usage else None
        return Spent(
            **(self._passed(later.traffic - earlier.traffic) if later.traffic and earlier.traffic else {}),
            client_cpu_ns=used.cpu_ns if used else None,
            client_grown_bytes=used.resident_bytes if used else None,
            server_cpu_ns=server.cpu_ns if server else None,
        )

    def _passed(self, traffic: Traffic) -> dict[str, Any]:
        if not traffic.bytes_to_server:  # the server named another address, which bypasses the relay
            return {}
        opens_channel = self.protocol.opens_channel if self.protocol else ""
        return {
            "connections": traffic.connections,
            "channels": traffic.operations[opens_channel] if opens_channel else None,
            "round_trips": traffic.round_trips,
            "bytes_to_server": traffic.bytes_to_server,
            "bytes_from_server": traffic.bytes_from_server,
            "operations": dict(traffic.operations),
        }


class CostMeter(TaskMeter):
    """A producer and a worker of one queue, each with its own meters. Creating it starts them without waiting."""

    def __init__(self, launcher: Launcher, ends: ExitStack, *, asks_memory: bool) -> None:
        queue = launcher.lease()
        producer, worker = _Relayed.by(launcher, ends), _Relayed.by(launcher, ends)
        self.pair = Pair(
            producer.launcher.producer("producer", queue, launcher.cores.subjects),
            *worker.launcher.worker(queue),
            declares_first=launcher.subject.broker.locks_queues,
        )
        self._producer = _Meters(self.pair.producer, producer.relay, producer.protocol)
        self._worker = _Meters(self.pair.worker, worker.relay, worker.protocol)
        self._launcher = launcher
        self._asks_memory = asks_memory
        self._turns = 0

    def turn(self, label: str, tasks: int) -> CostTurn:
        """Fill the stopped worker's queue, resume the worker, and stop it when all tasks are acknowledged.

        The server itself reports ``waiting_bytes``, in the second turn of fresh processes. They may not include the few
        tasks that the worker had prefetched before it was stopped. In repeated readings with 1,000 tasks or more, Redis
        varied by 1 %, and a private RabbitMQ by 3 %.

        Raises SubjectFailed when a process fails, and TasksLost when not all tasks were drained.
        """
        self._turns += 1
        empty_bytes = self._memory_bytes()
        drain = self._worker.read()  # before the queue is filled: the worker prefetches the first tasks
        first, enqueued = self._enqueue(tasks)
        full_bytes = self._memory_bytes()
        server = self._server_usage()
        with self.pair.working():
            self.pair.record.wait(first, tasks, patience_s=_PATIENCE_S)
            self._worker.wait_for_acknowledgements(drain, tasks)
            drained = self._worker.spent(drain, self._worker.read(), _since(server, self._server_usage()))
        return CostTurn(
            subject=label,
            tasks=tasks,
            enqueue=enqueued,
            drain=drained,
            waiting_bytes=None if empty_bytes is None or full_bytes is None else full_bytes - empty_bytes,
        )

    def _enqueue(self, tasks: int) -> tuple[int, Spent]:
        """Enqueue tasks; return the number of the first one and what they took."""
        earlier, server = self._producer.read(), self._server_usage()
        first, _ = self.pair.send(tasks, do="preload", count=tasks)
        later = self._producer.read()
        return first, self._producer.spent(earlier, later, _since(server, self._server_usage()))

    def _server_usage(self) -> ProcessUsage | None:
        pid = self._launcher.server.pid
        return read_usage(pid) if pid is not None else None

    def _memory_bytes(self) -> int | None:
        """Return the memory that the server reports; None in other turns, if unknown, or if no tasks would wait."""
        if not self._asks_memory or self._turns != _MEMORY_TURN or not platform.CAN_STOP:
            return None
        with suppress(BrokerUnavailable):
            broker, url = self._launcher.subject.broker, self._launcher.server.url
            return within(_MEMORY_S, broker.name, lambda: broker.memory_bytes(url))
        return None


def _since(earlier: ProcessUsage | None, later: ProcessUsage | None) -> ProcessUsage | None:
    return later - earlier if later and earlier else None
