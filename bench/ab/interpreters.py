"""Looks at an interpreter: what it is, and what is installed in its environment."""

import subprocess
from dataclasses import dataclass, field

from bench.ab.own import there_for
from brokers.documents import json_value
from brokers.errors import UsageError
from brokers.processes import CI_CREDENTIALS, child_environment

__all__ = ["Interpreter", "look_at"]

_PROBE = """
import json, platform, sys
from importlib import metadata
own, local, requires, asked = {}, {}, {}, []
for one in metadata.distributions():
    name = one.metadata["Name"]
    if name:
        is_local = '"url": "file:' in (one.read_text("direct_url.json") or "")
        (local if is_local else own)[name] = one.version
        requires[name] = one.requires or []
        if one.read_text("REQUESTED") is not None:
            asked.append(name)
identity = [sys.version, sys.base_prefix, platform.machine()]
requires = requires if "brokerbench" in requires else {}
print(json.dumps({"identity": identity, "installed": own, "local": local, "requires": requires, "asked": asked}))
"""
_PROBE_S = 60


@dataclass(frozen=True)
class Interpreter:
    """An interpreter, its identity, and the versions of its distributions by name: of those from paths in ``local``.

    ``ours`` are the canonical names of those that are there for Brokerbench alone.
    """

    path: str
    identity: tuple[str, ...] = ()
    installed: dict[str, str] = field(default_factory=dict)
    local: dict[str, str] = field(default_factory=dict)
    ours: frozenset[str] = frozenset()


def look_at(python: str) -> Interpreter:
    """Ask an interpreter for its identity and its distributions. Raises UsageError when it cannot be run."""
    environment = child_environment({}, without=CI_CREDENTIALS)
    try:
        answer = subprocess.run(
            [python, "-c", _PROBE], env=environment, capture_output=True, text=True, timeout=_PROBE_S, check=True
        )
        found = json_value(answer.stdout)
        ours = there_for("brokerbench", found["requires"], found["asked"])
        return Interpreter(python, tuple(found["identity"]), found["installed"], found["local"], frozenset(ours))
    except (OSError, subprocess.SubprocessError, ValueError, LookupError, TypeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it does not run a program"
        raise UsageError(f"python={python} is not a working interpreter ({reason}): use the path of one") from error
