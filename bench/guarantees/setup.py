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
    short notice of a silent connection. Where the own settings shorten a wait, ``by_default`` says what it would be
    without them, and ``redelivery_s`` how long a redelivery then takes at most.

    ``through`` has the roles that reach the server through a relay, each through its own. ``broadcast`` asks for a
    queue of which each worker gets every task.
    """

    concurrency: int = 1
    settings: Settings = field(default_factory=dict)
    shortened: bool = True
    silent: bool = False
    through: tuple[Role, ...] = ()
    by_default: str = ""
    redelivery_s: float | None = None
    broadcast: bool = False
