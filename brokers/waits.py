"""How long something takes on a broker by default, and how that is shortened so that it can be observed."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["AcknowledgementTimeout", "Settings", "Wait", "Waits"]

Settings = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Wait:
    """How long something takes by default, in words, and the Celery settings with which it takes ``within_s``.

    ``patch`` is a file as ``brokers/inside`` describes it, for a worker whose libraries do not know these settings yet.
    """

    default: str
    within_s: float
    settings: Settings = field(default_factory=dict)
    patch: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Waits:
    """The waits for a broker, and how each is shortened so that it can be observed.

    ``redelivery``: until a task that a worker took and never acknowledged comes back. ``silence``: until a worker
    notices that a connection no longer carries anything, in either direction and without a reset. ``poll``: until an
    idle worker looks for tasks again. ``answer``: until a client gives up on the answer to a request.
    ``acknowledgement_s``: from a worker's acknowledgement of a task until no part of it is under way any more.
    """

    redelivery: Wait = Wait(default="never", within_s=0)
    silence: Wait = Wait(default="never", within_s=0)
    poll: Wait = Wait(default="at once", within_s=0)
    answer: Wait = Wait(default="never", within_s=0)
    acknowledgement_s: float = 0.5


@dataclass(frozen=True, kw_only=True)
class AcknowledgementTimeout:
    """A server's limit on how long a worker whose connection is open may keep a task without acknowledging it.

    ``option`` is its name in the server's configuration, ``default_s`` its default in seconds. A visibility timeout,
    which the client chooses, is not one.
    """

    option: str
    default_s: float
