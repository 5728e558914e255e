"""The way of each task, by the stamps on it."""

from collections import defaultdict
from pathlib import Path

from bench.subject.recorder import (
    ACK_BEGUN,
    ACKED,
    CALLED,
    FINISHED,
    PUBLISHED,
    RECEIVED,
    SERIALISED,
    STARTED,
    read_events,
)

ORDERS = [
    (CALLED, SERIALISED, PUBLISHED),
    (SERIALISED, RECEIVED, STARTED, FINISHED),
    (RECEIVED, ACK_BEGUN, ACKED),
]
LATE_ACKS = (STARTED, FINISHED, ACK_BEGUN, ACKED)
STEPS = 8


def events_in(directory: Path) -> list[tuple[int, int, int]]:
    return [event for path in directory.glob("*.events") for event in read_events(str(path))]


def ways_of(*directories: Path) -> dict[int, dict[int, int]]:
    """Return when each task reached each step of its way; none twice."""
    ways: dict[int, dict[int, int]] = defaultdict(dict)
    for directory in directories:
        for number, kind, at_ns in events_in(directory):
            assert kind not in ways[number]
            ways[number][kind] = at_ns
    return ways


def are_whole(ways: dict[int, dict[int, int]], tasks: int) -> bool:
    """Return whether all tasks up to that many came all the way."""
    return set(ways) == set(range(tasks)) and all(len(way) == STEPS for way in ways.values())


def keeps(way: dict[int, int], order: tuple[int, ...]) -> bool:
    times_ns = [way[kind] for kind in order]
    return times_ns == sorted(times_ns)
