"""What a turn took of the machine, and how it paused: the evidence by which a figure's reason is found."""

from typing import Literal

from bench.records.bounds import Count, Number, PositiveCount, PositiveNanoseconds
from bench.records.strict import Record

__all__ = ["Effort", "Pauses", "Role"]

Role = Literal["producer", "worker", "child", "busiest child", "server", "relay", "harness"]
"""Whose CPU time it is: the producer's and the feeder's, Celery's main process's, that of all processes of its pool and
of the busiest of them, the private server's with its children, the relay's, and the harness's own."""


class Effort(Record):
    """What the processes of one turn did in ``wall_ns``, from just before what is timed to just after it.

    A drain begins when the worker is let go, an open loop with the try that counts. CPU times are exact on Linux,
    except that a process that ended meanwhile counts in ticks of 10 ms; elsewhere the system's tick limits them. A role
    without processes, or whose time cannot be told, is missing.
    """

    wall_ns: PositiveNanoseconds
    cpu_ns: dict[Role, Count] = {}
    ready_ns: dict[Role, Count] = {}
    """For how long a process of the role could have run, but had no core: a producer, or Celery's main process, by its
    main thread. Other processes of the turn may have had the core. Missing where the system does not count it."""
    throttled_ns: Count | None = None
    """For how long the control group was stopped for its CPU quota; None without a quota."""
    disk_ns: Count | None = None
    """For how long the server's processes waited for a disk, in the kernel's ticks. Where it does not count that for
    each process, the time in which any program of this machine did; None where it does not count that either."""
    syncs: Count | None = None
    """How often the disk that has the server's files was told to write out what it held: of all programs on this
    machine. None if unknown, and for files that are not on a disk."""
    written_bytes: Count | None = None
    """What the server's processes wrote to disks; None if unknown."""


class Pauses(Record):
    """The gaps of a turn in which no task ran although tasks waited: ``idle_ns`` of its ``span_ns``.

    The other fields describe the long gaps alone. Half of ``idle_ns`` is spent in gaps of some length or more; a gap is
    long if it is at least half as long as that. So the pauses of a timer are told from the moments between tasks.
    ``typical_ns`` is their median, ``scatter_ns`` the median distance from it: small for a timer's pauses.
    ``tasks_between`` is the median number of tasks that ended between two of them, or of all if there is only one.
    """

    span_ns: PositiveNanoseconds
    idle_ns: Count
    count: PositiveCount
    total_ns: Count
    typical_ns: Count
    scatter_ns: Count
    tasks_between: Number
