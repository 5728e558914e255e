"""What a server is like is measured before a run: a sync of its disk, and a round trip to a user's own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench.processes import server_times
from bench.processes.disk import Disk
from bench.processes.server_times import ping_ns, sync_ns
from brokers import BrokerUnavailable
from brokers.memory import Memory
from brokers.protocol import Server


def server(*, private: bool) -> Server:
    return Server(url="memory://", software="memory", version="1", private=private)


class Answering(Memory):
    """A broker whose server answers, or does not."""

    def __init__(self, answer: Callable[[], object] = lambda: None) -> None:
        self.pings, self._answer = 0, answer

    def tcp_address(self, url: str) -> tuple[str, int]:
        return "127.0.0.1", 1

    @contextmanager
    def pinging(self, url: str) -> Iterator[Callable[[], object]]:
        def ping() -> None:
            self.pings += 1
            self._answer()

        yield ping


def silent() -> None:
    raise BrokerUnavailable("it does not answer")


def test_a_users_server_is_pinged_and_a_private_one_is_not() -> None:
    broker = Answering()
    assert ping_ns(broker, server(private=True)) is None
    assert broker.pings == 0
    found = ping_ns(broker, server(private=False))
    assert found is not None
    assert found >= 0
    assert broker.pings >= 5


def test_a_server_that_does_not_answer_or_cannot_be_pinged_is_unknown() -> None:
    assert ping_ns(Answering(silent), server(private=False)) is None
    assert ping_ns(Memory(), server(private=False)) is None


def test_a_server_without_one_address_is_not_connected_to() -> None:
    class Behind(Answering):
        def tcp_address(self, url: str) -> tuple[str, int]:
            raise BrokerUnavailable("a proxy leads there")

    broker = Behind()
    assert ping_ns(broker, server(private=False)) is None
    assert broker.pings == 0


@pytest.mark.parametrize("flushes", [1, 2])
def test_the_time_of_an_fsync_is_divided_by_its_syncs(
    flushes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = {"fsyncs": 1}

    def fsync(_: int) -> None:
        counted["fsyncs"] += 1

    ticks = iter(range(0, 10**12, 1000))
    monkeypatch.setattr(server_times, "disk_of", lambda _: Disk(()))
    monkeypatch.setattr(Disk, "syncs", lambda _: counted["fsyncs"] * flushes)
    monkeypatch.setattr(server_times, "_sync", fsync)
    monkeypatch.setattr("time.perf_counter_ns", lambda: next(ticks))
    assert sync_ns(tmp_path) == 1000 // flushes


def test_without_a_disk_or_its_counts_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for disk in (None, Disk((tmp_path / "none",))):

        def found(_: Path, disk: Any = disk) -> Any:
            return disk

        monkeypatch.setattr(server_times, "disk_of", found)
        assert sync_ns(tmp_path) is None
    assert not list(tmp_path.iterdir())
