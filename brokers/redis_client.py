"""A short-lived client of a Redis or Valkey server, as the harness looks at it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import redis

from brokers.errors import BrokerUnavailable
from brokers.secrets import reason, redacted_url

__all__ = ["RedisServer", "setting"]

_TIMEOUT_S = 5.0


@dataclass(frozen=True, kw_only=True)
class RedisServer:
    """The server that a URL leads to. Messages name ``broker``, and the ``variable`` that names a user's own server."""

    url: str
    broker: str
    variable: str

    @contextmanager
    def client(self) -> Iterator[redis.Redis]:
        """Yield a short-lived client that answered; raise its errors as ours, without the URL's secrets."""
        whom = f"{self.broker} at {redacted_url(self.url)}"
        try:
            with redis.Redis.from_url(
                self.url,
                decode_responses=True,
                encoding_errors="replace",  # INFO has paths
                socket_timeout=_TIMEOUT_S,
                socket_connect_timeout=_TIMEOUT_S,
            ) as client:
                client.ping()
                yield client
        except redis.AuthenticationError as error:
            raise BrokerUnavailable(f"{whom} refuses the user or password in its URL: fix {self.variable}") from error
        except (redis.RedisError, ValueError, TypeError, OSError) as error:  # TypeError: for some queries
            remedy = f"start it, or fix or unset {self.variable}"
            raise BrokerUnavailable(f"{whom} does not answer ({reason(error)}): {remedy}") from error

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


def setting(client: redis.Redis, name: str) -> str | None:
    """Return one setting; None if the server does not have it or does not show it (managed services)."""
    try:
        answer = client.config_get(name)
    except redis.ResponseError:
        return None
    return answer.get(name)
