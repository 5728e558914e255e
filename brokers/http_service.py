"""What a service that is reached by HTTP says of itself, so that it can be played on a bad day."""

from dataclasses import dataclass

__all__ = ["HttpService"]


@dataclass(frozen=True, kw_only=True)
class HttpService:
    """What the service calls the requests of a task's life, and how it answers in error.

    ``send``, ``receive`` and ``acknowledge`` are the operations by which kombu's transport makes these, as the meters
    of the wire protocol name them. ``unavailable`` and ``throttled`` are whole answers, from the status line on: of a
    server that has failed for a moment, and of one that asks its client to slow down.
    """

    send: str
    receive: str
    acknowledge: str
    unavailable: bytes
    throttled: bytes
