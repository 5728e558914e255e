"""Redis: the user's own server, or a binary on this machine. ``brokers.valkey`` shares everything but the names."""

import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from brokers.beside import names_beside
from brokers.errors import BrokerUnavailable
from brokers.overlay import overlay
from brokers.protocol import Broker, Lease, Profile, Resource, Server, Settings, Source, Wait, Waits
from brokers.redis_client import RedisServer
from brokers.redis_eviction import evicting, refuse_eviction
from brokers.redis_identity import identify, information, setting
from brokers.redis_tls import BadUrl
from brokers.redis_tunables import TUNABLES
from brokers.redis_url import read_url
from brokers.secrets import redacted_url
from brokers.server import find_binary, first_version, free_port, run_process
from brokers.wire import Wire, WireProtocol, wire_of
from brokers.wire_resp import RespMeter

__all__ = ["Redis"]

_PROMISES = ("appendonly", "appendfsync", "save", "maxmemory", "maxmemory-policy", "io-threads")
_PRIORITIES = range(10)  # kombu keeps a list for those that a transport option chooses; one has no suffix
_SEPARATOR = "\x06\x16"
_BINDINGS = ("_kombu.binding", "_kombu.binding_permanent")
_DEADLINES = "_kombu.binding_deadlines"
_OWN_KEYS = ("unacked_key", "unacked_index_key", "unacked_mutex_key")
# From 5.7 on, any consumer of a queue that expires deletes what seem abandoned bindings, of all apps.
_WITHOUT_SWEEP: Settings = {"control_queue_expires": None, "event_queue_expires": None}
_INSIDE = Path(__file__).with_name("inside")
_RESP = WireProtocol(name="RESP", from_client=RespMeter, acknowledges="HDEL")
_WITHOUT = {
    "memory": {"maxmemory-policy": "noeviction", "maxmemory": "1"},
    "persistence": {"appendonly": "no", "save": ""},
}


class Redis(Broker):
    """A Redis server, by kombu's redis transport."""

    name = "redis"
    url_variable = "REDIS_URL"
    binary_variable: ClassVar[str] = "BROKERBENCH_REDIS_SERVER"
    """The environment variable that names the server to start."""
    program: ClassVar[str] = "redis-server"
    """The server's own name for its program, which is looked for on PATH."""
    remedy: ClassVar[str] = (
        "install redis-server ('make servers' in a checkout does), set REDIS_URL, or use valkey, which comes with pip"
    )
    """What to do where no server is found."""
    sibling: ClassVar[str] = "valkey"
    """The other broker of this protocol. Its servers are refused: no figure may be under a wrong name."""
    requirements = (*Broker.requirements, "kombu[redis]")
    client_libraries = ("redis", "hiredis")
    kept_options = Broker.kept_options | {
        "ack_emulation",
        "body_encoding",
        "health_check_interval",
        "priority_steps",
        "retry_on_timeout",
        "socket_connect_timeout",
        "socket_keepalive",
        "socket_timeout",
        "unacked_restore_interval",
        "unacked_restore_throttle",
        "visibility_timeout",  # of its own keys of unacknowledged tasks
    }
    reserved_options = Broker.reserved_options | {"global_keyprefix", "master_name", "sep", *_OWN_KEYS}
    raw_client = _INSIDE / "raw_redis.py"
    keeps_results = True
    starts_programs = True
    tunables = TUNABLES
    server_file = "redis.conf"
    waits = Waits(
        redelivery=Wait(
            default="after the visibility timeout of 3600 s, and a sweep every 100 s",
            within_s=8,
            settings={
                "broker_transport_options": {
                    "visibility_timeout": 5,
                    "unacked_restore_interval": 1,
                    "unacked_restore_throttle": 1,
                    "unacked_mutex_expire": 2,
                }
            },
            patch=_INSIDE / "restoring.py",
        ),
        silence=Wait(
            default="after about 51 s while it waits for a task, and otherwise never",
            within_s=12,
            settings={"broker_transport_options": {"health_check_interval": 2}},
        ),
    )
    profiles: ClassVar[dict[str, Profile]] = {
        "default": Profile(
            name="default",
            tier="fast",
            summary="Celery's defaults on a server that stores nothing on disk",
            server_options=("--appendonly", "no"),
        ),
        "durable": Profile(
            name="durable",
            tier="durable",
            summary="append-only file synced at each write; late acknowledgement",
            settings={"task_acks_late": True, "task_reject_on_worker_lost": True},
            server_options=("--appendonly", "yes", "--appendfsync", "always"),
        ),
    }

    def find(self) -> Source:
        """Look for the user's URL, then a binary, then what pip brought."""
        if url := self.users_url():
            return Source(kind="url", location=redacted_url(url), target=url)
        if binary := find_binary(self.binary_variable, (self.program,)):
            if Path(binary).resolve().name == f"{self.sibling}-server":  # as in Fedora, and in Valkey's images
                return self._missing(f"{binary} runs {self.sibling}", os.environ.get(self.binary_variable))
            return Source(kind="binary", location=binary, target=binary)
        if named := os.environ.get(self.binary_variable):
            return self._missing(f"{self.binary_variable}={named} is not a program", named)
        return self.embedded() or self._missing(f"{self.program} not found")

    def users_url(self) -> str | None:
        """Return the user's URL from the environment, as kombu reads it; None or empty if there is none."""
        return os.environ.get(self.url_variable)

    def embedded(self) -> Source | None:
        """Return the server that pip brought, if there is one."""
        return None

    def serves(self, software: str) -> bool:
        """Return True if a server that calls itself so belongs under this broker's name.

        What has no broker of its own, such as KeyDB, is measured as Redis.
        """
        return software != self.sibling

    def _missing(self, location: str, named: str | None = None) -> Source:
        if not named:
            return Source(kind="missing", location=location, remedy=self.remedy)
        remedy = f"fix or unset {self.binary_variable}, or set {self.url_variable}"
        return Source(kind="missing", location=location, remedy=remedy, named_by=self.binary_variable)

    def version(self, source: Source) -> str:
        """Return the version from the server at the URL, or from the binary."""
        return (
            self.inspect(source.target).version if source.kind == "url" else first_version(source.target, "--version")
        )

    def local_url(self) -> str:
        """Return the user's URL or the standard local address."""
        return self.users_url() or "redis://localhost:6379/0"

    @contextmanager
    def boot(self, source: Source, profile: Profile, directory: Path) -> Iterator[Server]:
        """Start a server on a free loopback port with a random password."""
        port, password = free_port(), secrets.token_urlsafe(16)
        options = zip(profile.server_options[::2], profile.server_options[1::2], strict=True)
        # Named, because a program may be a script that starts the server in another folder, or in another root.
        folder = f"dir {json.dumps(str(directory), ensure_ascii=False)}"
        lines = ["bind 127.0.0.1", f"port {port}", f"requirepass {password}", 'save ""', folder]
        config = directory / f"{self.name}.conf"  # keeps the password out of the process title
        lines += [f"{name.removeprefix('--')} {value}" for name, value in options]
        config.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="surrogateescape")
        url = f"redis://:{password}@127.0.0.1:{port}/0"
        # From standard input: Redis takes a path for a pattern, and boots open to everybody if no file matches it.
        command = [source.target, "-"]
        with run_process(
            command, directory=directory, ready=lambda: self._look_at(url), secret=password, standard_input=config
        ) as process:
            server = self._look_at(url)
            self._refuse_sibling(server, f"{self.name}: {source.target}")
            yield replace(server, private=True, process=process)

    def inspect(self, url: str) -> Server:
        """Return the version and the settings that decide what it promises; refuse what Celery cannot use."""
        server = self._look_at(url)
        self._refuse_sibling(server, f"{self.name} at {redacted_url(url)}")
        return server

    def _look_at(self, url: str) -> Server:
        """Return what the server is, whichever of the siblings it is."""
        server = self._server(url)
        with server.client() as client:
            found = identify(client)
            settings = {name: setting(client, name) for name in _PROMISES}
        if found.is_cluster:
            raise BrokerUnavailable(
                f"{server.whom} is a cluster, and Celery cannot use it (CROSSSLOT): "
                f"use a node-based endpoint with cluster mode disabled, in {self.url_variable}"
            )
        if found.is_sentinel:
            remedy = f"use sentinel://host:port?master_name=NAME in {self.url_variable}"
            raise BrokerUnavailable(f"{server.whom} is a Sentinel, and not the server that it names: {remedy}")
        return Server(
            url=url,
            software=found.software,
            version=found.version,
            settings={name: value for name, value in settings.items() if value is not None},
        )

    def _refuse_sibling(self, server: Server, whose: str) -> None:
        if not self.serves(server.software):
            raise BrokerUnavailable(
                f"{whose} is {server.software} {server.version}, not {self.name}: "
                f"measure {self.sibling} instead, by {self.sibling.upper()}_URL or its own binary"
            )

    def check(self, server: Server, profile: Profile) -> None:
        """Refuse a durable profile on a server that does not sync each write, or may evict a queue."""
        wanted = dict(zip(profile.server_options[::2], profile.server_options[1::2], strict=True))
        if profile.tier == "durable":
            refuse_eviction(server, f"{self.name}:{profile.name}", self.url_variable)
            for option, value in wanted.items():
                found = server.settings.get(option.removeprefix("--"))
                if found != value:
                    has = f"has {found}" if found else "hides it"
                    raise BrokerUnavailable(
                        f"{self.name}:{profile.name} needs a server with {option.removeprefix('--')} {value}, but "
                        f"{redacted_url(server.url)} {has}: set it there, or unset {self.url_variable}"
                    )

    def settings(self, url: str, profile: Profile, queue: str | None = None) -> Settings:
        """Return Celery's settings; with a queue, every key contains its name, and no other app's key is swept."""
        reach = self._server(url).place.broker_settings()
        settings = overlay(profile.settings, reach, {"task_default_queue": queue or "celery"})
        if not queue:
            return settings
        own_keys = {option: f"{queue}.{option}" for option in _OWN_KEYS}
        return overlay(settings, _WITHOUT_SWEEP, {"broker_transport_options": own_keys})

    def result_settings(self, url: str) -> Settings:
        """Return the settings with which Celery's result backend reaches the same place."""
        return self._server(url).place.result_settings()

    def server_option(self, name: str, value: str) -> tuple[str, ...]:
        """Return it as on a command line."""
        return f"--{name}", value

    def server_line(self, name: str, value: str) -> str:
        """Return it as in redis.conf."""
        return f"{name} {value}"

    def lease(self, url: str, profile: Profile, name: str) -> Lease:
        """Use the name as it is."""
        return Lease(queue=name, also=names_beside(name))

    def discard(self, url: str, lease: Lease) -> None:
        """Delete the lists and bindings of each name, and the unacknowledged tasks.

        Of the keys that all apps share, only the deadlines of the run's own bindings are removed.
        """
        names = (lease.queue, *lease.also)
        tables = [f"{table}.{name}" for table in _BINDINGS for name in names]
        with self._server(url).client() as client:
            bound = {_queue_of(str(binding)) for binding in client.sunion(tables)}
            queues = {*names, *(queue for queue in bound if lease.queue in queue)}
            client.delete(*tables, *(f"{lease.queue}.{option}" for option in _OWN_KEYS), *_lists(queues))
            client.zrem(_DEADLINES, *names)

    def admits_strangers(self, url: str) -> bool:
        """Return True if the server obeys without a password. Raises BrokerUnavailable if it does not answer."""
        return self._server(url).admits_strangers()

    def wire(self, url: str) -> Wire | None:
        """Return the place in the URL; None for TLS, a Unix socket and Sentinel."""
        try:
            place = read_url(url)
        except BadUrl:
            return None
        return wire_of(place.url, _RESP, schemes=("redis",), default_port=place.port)

    def tcp_address(self, url: str) -> tuple[str, int]:
        """Return the place in the URL. Raises BrokerUnavailable for a Unix socket and for Sentinels."""
        server = self._server(url)
        place = server.place
        if place.socket:
            why = f"a Unix socket has none: name its TCP address in {self.url_variable}"
            raise BrokerUnavailable(f"{server.whom} cannot be put at a distance: {why}")
        if place.sentinels:
            why = f"its Sentinels may name another address at any time: name the server itself in {self.url_variable}"
            raise BrokerUnavailable(f"{server.whom} cannot be put at a distance: {why}")
        return place.host, place.port

    @contextmanager
    def pinging(self, url: str) -> Iterator[Callable[[], object]]:
        """Send PING at each call."""
        with self._server(url).client() as client:
            yield client.ping

    def memory_bytes(self, url: str) -> int | None:
        """Return ``used_memory``: what the allocator handed out, for the data and for the server itself."""
        with self._server(url).client() as client:
            used: int | None = information(client, "memory").get("used_memory")
        return used

    def entries(self, url: str) -> int | None:
        """Return the number of keys of the URL's database."""
        with self._server(url).client() as client:
            keys: int = client.dbsize()
        return keys

    def deprive(self, server: Server, of: Resource) -> AbstractContextManager[None] | None:
        """Set ``maxmemory`` to one byte, turn the append-only file off, or evict keys, until the block ends."""
        if of == "retention":
            return self._evicting(server.url)
        return self._server(server.url).configured(_WITHOUT[of]) if of in _WITHOUT else None

    @contextmanager
    def _evicting(self, url: str) -> Iterator[None]:
        with self._server(url).client() as client, evicting(client):
            yield

    def _server(self, url: str) -> RedisServer:
        return RedisServer(url=url, broker=self.name, variable=self.url_variable)


def _queue_of(binding: str) -> str:
    """Return the queue of a binding in kombu's form: a broadcast may be in the list of a worker's own queue."""
    return binding.rpartition(_SEPARATOR)[2]


def _lists(queues: Iterable[str]) -> Iterator[str]:
    """Return every list in which kombu may keep the messages of these queues."""
    for queue in queues:
        yield queue
        yield from (f"{queue}{_SEPARATOR}{priority}" for priority in _PRIORITIES)
