"""A broker whose times are known: what a measurement of it should find can be worked out."""

from dataclasses import asdict
from pathlib import Path
from typing import ClassVar

from draws import Times

from bench.records.workload import Workload
from brokers import Profile, Wire
from brokers.protocol import Settings
from brokers.redis import Redis

__all__ = ["Known", "truths_workload"]

_HERE = Path(__file__).parent


class Known(Redis):
    """A publish takes what ``publish`` draws, and a message waits for what ``delivery`` draws.

    Its server is always a private Redis, in which a queue is one key.
    """

    name = "known"
    url_variable = ""
    raw_client = None
    profiles: ClassVar[dict[str, Profile]] = {
        "default": Profile(
            name="default",
            tier="fast",
            summary="known times; lost with the worker",
            server_options=Redis.profiles["default"].server_options,
        ),
    }

    def __init__(self, publish: Times, delivery: Times) -> None:
        self._publish = publish
        self._delivery = delivery

    def publish_durations_ns(self, count: int) -> list[int]:
        """Return what the first ``count`` publishes of a process take; those of numbered tasks, by their numbers."""
        return self._publish.draws_ns(count)

    def delivery_delays_ns(self, count: int) -> list[int]:
        """Return how long after their publish's end these messages may be consumed."""
        return self._delivery.draws_ns(count)

    def settings(self, url: str, profile: Profile, queue: str | None = None) -> Settings:
        return {
            "broker_url": url,
            "broker_transport": "transport:Transport",
            "broker_transport_options": {"publish": asdict(self._publish), "delivery": asdict(self._delivery)},
            "task_default_queue": queue or "celery",
        }

    def wire(self, url: str) -> Wire | None:
        """Return None: there is nothing to be learnt from the bytes."""

    def memory_bytes(self, url: str) -> int | None:
        """Return None: it has no memory of its own."""


def truths_workload(**changes: object) -> Workload:
    """Return a workload whose app is in this folder, where the transport is too."""
    own = {"name": "truths", "app": "truths_app:app", "app_dir": str(_HERE), "task": "truths_app.noop"}
    return Workload(**{**own, **changes})
