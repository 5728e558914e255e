"""How a service behaves that is reached by HTTP, so that faults can imitate its errors."""

from dataclasses import dataclass

__all__ = ["HttpService"]


@dataclass(frozen=True, kw_only=True)
class HttpService:
    """The service's names for the requests of a task's life, and its error answers.

    ``send``, ``receive`` and ``acknowledge`` are the operations by which kombu's transport makes these requests, as
    the meters of the wire protocol name them. ``unavailable`` and ``throttled`` are complete answers, from the status
    line on: of a server that failed for a moment, and of one that asks its client to slow down.
    """

    send: str
    receive: str
    acknowledge: str
    unavailable: bytes
    throttled: bytes
