"""Looks at an interpreter: what it is, and what is installed in its environment."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from bench.ab.own import there_for
from bench.ab.places import path_of
from brokers.documents import json_value
from brokers.errors import UsageError
from brokers.processes import CI_CREDENTIALS, child_environment

__all__ = ["Interpreter", "look_at"]

_PROBE = """
import json, platform, sys
from importlib import metadata
own, local, editable, requires, asked = {}, {}, [], {}, []
for one in metadata.distributions():
    name = one.metadata["Name"]
    if name:
        origin = json.loads(one.read_text("direct_url.json") or "{}")
        is_local = origin.get("url", "").startswith("file:")
        (local if is_local else own)[name] = one.version
        if is_local and origin.get("dir_info", {}).get("editable") and name != "brokerbench":
            editable.append(origin["url"])
        requires[name] = one.requires or []
        if one.read_text("REQUESTED") is not None:
            asked.append(name)
identity = [sys.version, sys.base_prefix, platform.machine()]
requires = requires if "brokerbench" in requires else {}
found = {"identity": identity, "installed": own, "local": local, "editable": editable}
print(json.dumps(dict(found, requires=requires, asked=asked)))
"""
_PROBE_S = 60


@dataclass(frozen=True)
class Interpreter:
    """An interpreter, its identity, and the versions of its distributions by name: of those from paths in ``local``.

    ``ours`` are the canonical names of those that are there for Brokerbench alone, and ``editable`` the folders of the
    projects that are installed as editable.
    """

    path: str
    identity: tuple[str, ...] = ()
    installed: dict[str, str] = field(default_factory=dict)
    local: dict[str, str] = field(default_factory=dict)
    ours: frozenset[str] = frozenset()
    editable: tuple[Path, ...] = ()


def look_at(python: str) -> Interpreter:
    """Ask an interpreter for its identity and its distributions. Raises UsageError when it cannot be run."""
    environment = child_environment({}, without=CI_CREDENTIALS)
    try:
        answer = subprocess.run(
            [python, "-c", _PROBE], env=environment, capture_output=True, text=True, timeout=_PROBE_S, check=True
        )
        found = json_value(answer.stdout)
        ours = there_for("brokerbench", found["requires"], found["asked"])
        editable = tuple(path for url in found["editable"] if (path := path_of(url)))
        return Interpreter(
            python, tuple(found["identity"]), found["installed"], found["local"], frozenset(ours), editable
        )
    except (OSError, subprocess.SubprocessError, ValueError, LookupError, TypeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it does not run a program"
        raise UsageError(f"python={python} is not a working interpreter ({reason}): use the path of one") from error
