"""What a fault needs from its scene."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from brokers.protocol import Settings

__all__ = ["Role", "Setup"]

Role = Literal["sender", "worker"]


@dataclass(frozen=True, kw_only=True)
class Setup:
    """How to set up a scene.

    ``settings`` override those of the profile. ``shortened`` asks for the broker's short redelivery, ``silent`` for
    early notice of a silent connection, ``looks_often`` for a short poll, ``impatient`` for a short wait for an answer.

    ``visibility_s`` is the visibility timeout of a short redelivery, instead of the broker's choice.

    ``worker_options`` are more options of the workers' command line, in which ``{folder}`` is a folder that the scene's
    workers share, and ``environment`` are variables of theirs. Workers that ``mingle`` ask each other, as they start,
    which tasks are revoked.

    The roles in ``through`` reach the server through a relay, each through its own. ``broadcast`` asks for a queue that
    delivers every task to each worker.

    ``beside`` are requirements of another environment, in which workers and a sender of the scene can run beside those
    of the subject's own.
    """

    visibility_s: float | None = None
    concurrency: int = 1
    settings: Settings = field(default_factory=dict)
    shortened: bool = True
    silent: bool = False
    looks_often: bool = False
    impatient: bool = False
    worker_options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    mingle: bool = False
    through: tuple[Role, ...] = ()
    broadcast: bool = False
    beside: tuple[str, ...] = ()
