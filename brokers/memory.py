"""Celery's in-memory transport: the broker that costs nothing, for tests and as a ceiling."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version as package_version
from pathlib import Path
from typing import ClassVar

from brokers.overlay import overlay
from brokers.protocol import Broker, Lease, Profile, Server, Settings, Source

__all__ = ["Memory"]


class Memory(Broker):
    """Queues in the memory of one process; no other process sees them."""

    name = "memory"
    spans_processes = False
    profiles: ClassVar[dict[str, Profile]] = {
        "default": Profile(name="default", tier="fast", summary="Celery's defaults; gone with the process"),
    }

    def find(self) -> Source:
        """Return the source: the transport is part of kombu."""
        return Source(kind="embedded", location="kombu", target="kombu")

    def version(self, source: Source) -> str:
        """Return kombu's version."""
        return package_version("kombu")

    def local_url(self) -> str:
        """Return the only address that exists."""
        return "memory://"

    @contextmanager
    def boot(self, source: Source, profile: Profile, directory: Path) -> Iterator[Server]:
        """Start nothing: the process that uses the queues creates them."""
        yield self.inspect(self.local_url())

    def inspect(self, url: str) -> Server:
        """Return kombu's version as the server's."""
        return Server(url=url, software="kombu memory", version=package_version("kombu"), private=True)

    def settings(self, url: str, profile: Profile, queue: str | None = None) -> Settings:
        """Return the Celery settings of a queue in memory."""
        return overlay(profile.settings, {"broker_url": url, "task_default_queue": queue or "celery"})

    def discard(self, url: str, lease: Lease) -> None:
        """Forget the queue in this process."""
        from kombu import Connection

        with Connection(url) as connection:
            channel = connection.channel()
            channel.queue_delete(lease.queue)
            if lease.queue in channel.state.exchanges:
                channel.exchange_delete(lease.queue)

    def admits_strangers(self, url: str) -> bool:
        """Return False: only its own process sees it."""
        return False
