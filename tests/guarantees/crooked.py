"""A broker made for the tests, which does wrong at known places.

As a program, ``python crooked.py DIRECTORY SEED``, it has a real process for the caller and for each worker, all of
which write their records into the directory and some of which are killed. It prints when the fault was, and when every
task had come that came in time.
"""

import json
import os
import random
import signal
import socket
import sys
import time
from dataclasses import dataclass

from bench.subject.recorder import CALLED, FINISHED, PUBLISHED, REFUSED, STARTED, Recorder, task_id

__all__ = ["TASKS", "Misdeeds", "misdeeds"]

TASKS = 200
_ONE_IN = 10
_WORKERS = 3


@dataclass(frozen=True, kw_only=True)
class Misdeeds:
    """Which tasks of the calls 0 to ``TASKS - 1`` suffer what. The last one's caller is killed before it hears."""

    refused: list[int]
    lost: list[int]
    duplicated: list[int]
    delayed: list[int]
    swapped: list[tuple[int, int]]
    """Each is delivered in the place of the other."""
    fatal: list[int]
    """A worker is killed in each: the first of them does not come back, the others do."""

    def in_time(self) -> list[int]:
        """Return the numbers of the deliveries that come in time, in their order."""
        places = list(range(TASKS))
        for one, other in self.swapped:
            places[one], places[other] = other, one
        withheld = {*self.refused, *self.lost, *self.delayed}
        return [number for number in places if number not in withheld for _ in range(1 + (number in self.duplicated))]

    def late(self) -> list[int]:
        """Return the numbers of the deliveries that come late, in their order."""
        return [*self.delayed, *self.fatal[1:]]


def misdeeds(seed: int) -> Misdeeds:
    """Draw one victim of each kind from every ten tasks; none suffers twice."""
    rng = random.Random(seed)
    blocks = [rng.sample(range(first, first + _ONE_IN), 7) for first in range(0, TASKS - _ONE_IN, _ONE_IN)]
    refused, lost, duplicated, delayed, one, other, fatal = map(list, zip(*blocks, strict=True))
    return Misdeeds(
        refused=refused,
        lost=lost,
        duplicated=duplicated,
        delayed=delayed,
        swapped=list(zip(one, other, strict=True)),
        fatal=fatal[: _WORKERS - 1],
    )


def _call(recorder: Recorder, deeds: Misdeeds) -> None:
    """Be the caller, and be killed in the last call."""
    for number in range(TASKS):
        recorder.record(task_id(number), CALLED)
        if number == TASKS - 1:
            os.kill(os.getpid(), signal.SIGKILL)
        recorder.record(task_id(number), REFUSED if number in deeds.refused else PUBLISHED)


def _work(recorder: Recorder, broker: socket.socket, deeds: Misdeeds) -> None:
    """Be a worker: run what comes, and be killed in the first run of a fatal task."""
    while order := broker.recv(8):
        number, again = divmod(int.from_bytes(order, "big"), 2)
        recorder.record(task_id(number), STARTED)
        if number in deeds.fatal and not again:
            os.kill(os.getpid(), signal.SIGKILL)
        recorder.record(task_id(number), FINISHED)
        broker.send(b".")


def _deliver(number: int, workers: list[socket.socket], *, again: bool) -> None:
    """Return a task to the next worker, and wait until it ended or its worker is no more."""
    worker = workers.pop(0)
    worker.send((number * 2 + again).to_bytes(8, "big"))
    if worker.recv(1):
        workers.append(worker)


def _forked_worker(recorder: Recorder, deeds: Misdeeds) -> socket.socket:
    ours, theirs = socket.socketpair()
    if not os.fork():
        ours.close()
        _work(recorder, theirs, deeds)
        os._exit(0)
    theirs.close()
    return ours


def main(directory: str, seed: int) -> None:
    """Do wrong, as drawn."""
    recorder, deeds = Recorder(directory), misdeeds(seed)
    caller = os.fork()
    if not caller:
        _call(recorder, deeds)
    os.waitpid(caller, 0)
    fault_ns = time.monotonic_ns()
    workers = [_forked_worker(recorder, deeds) for _ in range(_WORKERS)]
    for number in deeds.in_time():
        _deliver(number, workers, again=False)
    in_time_ns = time.monotonic_ns()
    for number in deeds.late():
        _deliver(number, workers, again=True)
    print(json.dumps({"fault_ns": fault_ns, "in_time_ns": in_time_ns}))  # noqa: T201 - that is what it is run for


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
