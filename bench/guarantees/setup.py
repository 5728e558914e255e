"""What a fault needs of the scene that it is played in."""

from dataclasses import dataclass, field
from typing import Literal

from brokers.protocol import Settings

__all__ = ["Role", "Setup"]

Role = Literal["sender", "worker"]


@dataclass(frozen=True, kw_only=True)
class Setup:
    """How a scene is set up.

    ``settings`` go before the profile's own. ``shortened`` asks for the broker's short redelivery, ``silent`` for its
    short notice of a silent connection, ``looks_often`` for its short poll, ``impatient`` for its short wait for an
    answer.

    ``through`` has the roles that reach the server through a relay, each through its own. ``broadcast`` asks for a
    queue of which each worker gets every task.
    """

    concurrency: int = 1
    settings: Settings = field(default_factory=dict)
    shortened: bool = True
    silent: bool = False
    looks_often: bool = False
    impatient: bool = False
    through: tuple[Role, ...] = ()
    broadcast: bool = False
