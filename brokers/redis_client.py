"""A short-lived client of a Redis or Valkey server, as the harness looks at it."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from redis.sentinel import MasterNotFoundError, Sentinel

from brokers.errors import BrokerUnavailable
from brokers.redis_tls import BadUrl, missing_file
from brokers.redis_url import Place, read_url
from brokers.secrets import reason, redacted_url

__all__ = ["RedisServer"]

_TIMEOUT_S = 5.0
# Without retries: by default, redis-py pauses for seconds before it says that a password is wrong.
_ONCE = {"socket_timeout": _TIMEOUT_S, "socket_connect_timeout": _TIMEOUT_S, "retry": Retry(NoBackoff(), 0)}
_UNTRUSTED = "CERTIFICATE_VERIFY_FAILED"


@dataclass(frozen=True, kw_only=True)
class RedisServer:
    """The server that a URL leads to. Messages name ``broker``, and the ``variable`` that names a user's own server."""

    url: str
    broker: str
    variable: str

    @property
    def whom(self) -> str:
        """Return the server's name for a message."""
        return f"{self.broker} at {redacted_url(self.url)}"

    @cached_property
    def place(self) -> Place:
        """Return what the URL leads to. Raises BrokerUnavailable if it cannot be read."""
        try:
            return read_url(self.url)
        except BadUrl as error:
            raise BrokerUnavailable(f"{self.whom} cannot be reached: {error}, in {self.variable}") from error

    @contextmanager
    def client(self) -> Iterator[redis.Redis]:
        """Yield a short-lived client that answered; raise its errors as ours, without the URL's secrets."""
        place = self.place
        with _explained(self), open_client(place) as client:
            client.ping()
            yield client

    def admits_strangers(self) -> bool:
        """Return True if it obeys without the URL's credentials. Raises BrokerUnavailable if it does not answer."""
        stranger = self.place.without_credentials()
        try:
            with _explained(self), open_client(stranger) as client:
                client.ping()
                return True
        except BrokerUnavailable as error:
            if isinstance(error.__cause__, redis.AuthenticationError):
                return False
            if stranger.tls == self.place.tls:
                raise
        with self.client():  # it answers those who have the certificate
            return False

    @contextmanager
    def configured(self, changes: Mapping[str, str]) -> Iterator[None]:
        """Change settings while the block runs. A server that was restarted meanwhile keeps its own."""
        with self.client() as client:
            before = {name: client.config_get(name)[name] or "" for name in changes}
            for name, value in changes.items():
                client.config_set(name, value)
        try:
            yield
        finally:
            with suppress(BrokerUnavailable), self.client() as client:
                for name, value in before.items():
                    client.config_set(name, value)


@contextmanager
def open_client(place: Place) -> Iterator[redis.Redis]:
    """Yield a client of that place, and close its connections. Nothing is sent yet."""
    options: dict[str, Any] = {
        "db": place.database,
        "username": place.username or None,
        "password": place.password or None,
        "decode_responses": True,
        "encoding_errors": "replace",  # INFO has paths
        **_ONCE,
    }
    tls = {"ssl": True, **place.tls} if place.tls else {}
    with ExitStack() as ends:
        if place.socket:
            client = redis.Redis(unix_socket_path=place.socket, **options)
        elif place.sentinels:
            there = {**_ONCE, **place.sentinel_options}
            sentinel = Sentinel(place.sentinels, sentinel_kwargs=there)  # type: ignore[no-untyped-call]
            for one in sentinel.sentinels:
                ends.callback(one.close)
            client = sentinel.master_for(place.master, **options, **tls)  # type: ignore[no-untyped-call]
        else:
            client = redis.Redis(host=place.host, port=place.port, **options, **tls)
        ends.callback(client.close)
        yield client


@contextmanager
def _explained(server: RedisServer) -> Iterator[None]:
    """Raise a client's errors as ours: one line, without the URL's secrets."""
    if missing := missing_file(server.place.tls) or missing_file(server.place.sentinel_options):
        raise BrokerUnavailable(f"{server.whom} needs a file that is not there, {missing}: fix {server.variable}")
    try:
        yield
    except redis.AuthenticationError as error:
        raise BrokerUnavailable(
            f"{server.whom} refuses the user or password in its URL: fix {server.variable}"
        ) from error
    except (redis.RedisError, ValueError, TypeError, OSError) as error:
        raise BrokerUnavailable(f"{server.whom} {_fault(error, server.place)} {server.variable}") from error


def _fault(error: Exception, place: Place) -> str:
    """Return what is wrong and, without the variable's name, what to do."""
    if isinstance(error, MasterNotFoundError):  # its text says everything about the clients, and nothing about this
        return _fault_of_sentinels(place)
    if _UNTRUSTED in str(error):
        trust = "add ?ssl_ca_certs=FILE with its authority, or ?ssl_cert_reqs=none to trust any, to"
        return f"has a certificate that is not trusted ({reason(error)}): {trust}"
    return f"does not answer ({reason(error)}): start it, or fix or unset"


def _fault_of_sentinels(place: Place) -> str:
    """Return why none of them names the server, by asking each what it watches."""
    watched, refuses = set[str](), False
    for host, port in place.sentinels:
        options: dict[str, Any] = {**_ONCE, "decode_responses": True, **place.sentinel_options}
        try:
            with redis.Redis(host=host, port=port, **options) as client:
                watched |= set(client.sentinel_masters())
        except redis.AuthenticationError:
            refuses = True
        except redis.RedisError:
            continue
    if place.master in watched:
        return "is a Sentinel that names a server that is down: start it, or fix or unset"
    if watched:
        return f"is a Sentinel that names only {', '.join(sorted(watched))}: fix master_name in"
    if refuses:
        return "is a Sentinel that refuses the user or password in its URL: fix sentinel_password in"
    return "does not answer (none of its Sentinels names a server): start one, or fix or unset"
