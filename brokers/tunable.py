"""What can be tuned: a setting that acts on a figure, the values to try, and what they may cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

__all__ = ["Goal", "Tunable", "same_value"]

Goal = Literal["enqueue", "throughput", "latency", "cpu", "dollars"]


@dataclass(frozen=True, kw_only=True)
class Tunable:
    """A setting that acts on a figure: one that does nothing is not a tunable.

    ``name`` is Celery's lower-case name, with dots into a dictionary (``broker_transport_options.polling_interval``);
    ``server.NAME``, an option of the server; ``pool`` or ``concurrency``, the worker's; or, with a ``requirement``, a
    package that is installed or not. ``values`` are what to try, the most promising first; ``default`` acts if nobody
    sets it.

    ``does`` and ``costs`` are sentences without a full stop: the comment beside the setting. ``metrics`` are the
    goals that can feel it, ``touches`` the faults of ``brokerbench guarantees`` that may turn out differently.
    ``weaker`` are the values with which a promise is given up, and ``gives_up`` is which one, in words.

    With ``pauses_s``, its value is how many seconds a worker may pause although tasks wait.

    It acts only where all requirements in ``acts_since`` are installed (``kombu>=5.7``), where other settings have the
    values that it ``needs``, and on messages of more than ``over_bytes``. ``along`` are settings that go with it,
    whatever its value; lists are added to the present ones. ``partners`` are names of others with which it may act
    although each alone does nothing.
    """

    name: str
    values: tuple[Any, ...]
    does: str
    metrics: tuple[Goal, ...]
    default: Any = None
    costs: str = ""
    touches: tuple[str, ...] = ()
    weaker: tuple[Any, ...] = ()
    gives_up: str = ""
    pauses_s: bool = False
    acts_since: tuple[str, ...] = ()
    needs: Mapping[str, Any] = field(default_factory=dict)
    over_bytes: int = 0
    along: Mapping[str, Any] = field(default_factory=dict)
    partners: tuple[str, ...] = ()
    requirement: str = ""

    def is_weaker(self, value: Any) -> bool:
        """Return True if a promise is given up with this value."""
        return any(same_value(value, weaker) for weaker in self.weaker)

    def lacks(self, versions: Mapping[str, str]) -> str:
        """Return the first requirement that these versions do not meet, without which it does not act; or nothing."""
        for text in self.acts_since:
            wanted = Requirement(text)
            version = versions.get(canonicalize_name(wanted.name))
            if version is None or not wanted.specifier.contains(version, prereleases=True):
                return text
        return ""

    @property
    def is_of_server(self) -> bool:
        """Return True for an option of the server."""
        return self.name.startswith("server.")

    @property
    def is_of_worker(self) -> bool:
        """Return True for the worker's pool and its concurrency, which are no settings."""
        return self.name in ("pool", "concurrency")


def same_value(value: Any, other: Any) -> bool:
    """Return True for equal values; a server reports all of its own as text, and True is not 1."""
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    if isinstance(value, str) != isinstance(other, str) and None not in (value, other):
        return str(value) == str(other)
    return bool(value == other)
