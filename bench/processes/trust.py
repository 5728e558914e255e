"""Decides where tasks whose serializer can run code may be accepted: only where strangers cannot write."""

from collections.abc import Mapping
from typing import Any

from bench.processes.errors import SubjectFailed
from bench.processes.named_servers import in_users_words
from brokers.deadline import ANSWER_S, within
from brokers.errors import BrokerUnavailable
from brokers.protocol import Broker, Server
from brokers.secrets import redacted_url

__all__ = ["refuse_strangers", "run_code"]

_PLAIN = frozenset(
    {"application/json", "application/x-msgpack", "application/x-yaml", "json", "msgpack", "text/yaml", "yaml"}
)
"""The serializers that kombu reads into plain values (YAML by its safe loader). Any other may do anything."""
_NAMES_SERIALIZERS = (
    "accept_content",
    "event_serializer",
    "result_accept_content",
    "result_serializer",
    "task_serializer",
)


def run_code(settings: Mapping[str, Any]) -> list[str]:
    """Return the serializers that Celery settings name and that may run code when they read a message."""
    named: set[str] = set()
    for name in _NAMES_SERIALIZERS:
        value = settings.get(name) or []
        named |= {value} if isinstance(value, str) else set(map(str, value))
    return sorted(named - _PLAIN)


def refuse_strangers(settings: Mapping[str, Any], broker: Broker, server: Server) -> None:
    """Raise SubjectFailed if the settings let a message run code and strangers can write to the server.

    To find out, it tries to connect as a stranger: a URL with a password does not prove that one is needed.
    A broker that cannot tell is not trusted.
    """
    serializers = ", ".join(run_code(settings))
    if not serializers:
        return
    where = f"{broker.name} at {redacted_url(server.url)}"
    try:
        open_to_all = within(ANSWER_S, where, lambda: broker.admits_strangers(server.url))
    except BrokerUnavailable as error:
        raise SubjectFailed(
            f"{serializers} can run code, and it could not be tested who may write: {error.format_message()}"
        ) from error
    if open_to_all is None:
        raise SubjectFailed(f"{serializers} can run code, but {broker.name} cannot tell who may write: leave it out")
    if open_to_all:
        unset = in_users_words(f"unset {broker.url_variable}")
        private = f", or {unset} to measure a private server" * bool(broker.url_variable)
        raise SubjectFailed(
            f"{serializers} can run code, and {where} accepts messages from anyone: "
            f"protect it with credentials that only you know{private}"
        )
