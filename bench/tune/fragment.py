"""Writes settings as the lines that a user adds to a configuration: Celery's, and the server's."""

import json
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench.tune.present import Present
from brokers.outside import safe_line, safe_values

__all__ = ["Fragment", "fragment"]

_OF_WORKER = {"pool": "worker_pool", "concurrency": "worker_concurrency"}
_SERVER = "server."
_WIDTH = 80


@dataclass(frozen=True, kw_only=True)
class Fragment:
    """The lines to add, each with a comment above it; each is empty if there are none.

    ``celery`` is valid Python for the module with the app's settings, ``server`` is for the ``server_file``, such as
    ``redis.conf``. Neither has a secret.
    """

    celery: str
    server: str
    server_file: str


def fragment(settings: Mapping[str, Any], contributes: Mapping[str, str], present: Present) -> Fragment:
    """Return the lines for these settings, by their dotted names, and for what goes along with them.

    ``contributes`` is what a setting contributes, in words, by its name. A user's app has its own names of settings,
    and keeps the other entries of a dictionary if the lines stand below its own. Packages and what must be changed
    elsewhere are comments.
    """
    writer = _Writer(present.complete(settings), contributes, present)
    of_server = [name for name in settings if name.startswith(_SERVER)]
    file = present.subject.broker.server_file
    return Fragment(
        celery="".join(f"{line}\n" for line in writer.celery()),
        server="".join(f"{line}\n" for name in of_server for line in writer.of_server(name)),
        server_file=file if of_server else "",
    )


@dataclass(frozen=True)
class _Writer:
    """Writes lines for the settings of a subject."""

    settings: Mapping[str, Any]
    contributes: Mapping[str, str]
    present: Present

    def celery(self) -> Iterator[str]:
        """Yield the lines of the module, those of one dictionary together."""
        packages = [name for name in self.settings if self._requirement(name)]
        inside: dict[str, list[str]] = {}
        for name in self.settings:
            if name not in packages and not name.startswith(_SERVER):
                inside.setdefault(name.partition(".")[0], []).append(name)
        for name in packages:
            yield from self._comment(name)
            yield f"# pip install '{self._requirement(name)}'"
        for top, names in inside.items():
            written = self.present.naming.name(_OF_WORKER.get(top, top))
            if names == [top]:
                yield from self._comment(top)
                yield f"{written} = {self._value(top)}" if self._is_shown(top) else f"# {written}: a secret, not shown"
            else:
                yield f"{written} = {{"
                yield from (f"    {line}" for line in self._entries(top, written, names))
                yield "}"

    def of_server(self, name: str) -> Iterator[str]:
        """Yield the lines of the server's file."""
        yield from self._comment(name)
        yield self.present.subject.broker.server_line(name.removeprefix(_SERVER), str(self.settings[name]))

    def _entries(self, top: str, written: str, names: list[str]) -> Iterator[str]:
        """Yield the entries of a dictionary; of a user's app, after those that it has already."""
        if self.present.workload.is_users:
            yield f'**globals().get("{written}", {{}}),  # the other entries, if this stands below them'
        tree: dict[str, Any] = {}
        for name in names:
            *outer, last = name.removeprefix(f"{top}.").split(".")
            place = tree
            for step in outer:
                place = place.setdefault(step, {})
            place[last] = _Leaf(name)
        yield from self._written(tree)

    def _written(self, tree: Mapping[str, Any]) -> Iterator[str]:
        for key, value in tree.items():
            shown = key if key.isdigit() else json.dumps(key)
            if isinstance(value, _Leaf):
                yield from self._comment(value.name)
                is_shown = self._is_shown(value.name)
                yield f"{shown}: {self._value(value.name)}," if is_shown else f"# {shown}: a secret, not shown"
            else:
                yield f"{shown}: {{"
                yield from (f"    {line}" for line in self._written(value))
                yield "},"

    def _comment(self, name: str) -> Iterator[str]:
        """Yield what a setting does, contributes and costs, as comments."""
        tunable = self.present.tunables.get(name)
        parts = [f"{name.rpartition('.')[2]} {tunable.does}" if tunable else f"{name} goes with the other settings"]
        parts += [self.contributes[name]] if self.contributes.get(name) else []
        parts += [f"it costs: {tunable.costs}"] if tunable and tunable.costs else []
        if name in self.present.of_task:
            parts.append("the task's own option overrides it: change it at the task")
        if name in _OF_WORKER:
            parts.append(f"--{name} on the worker's command line overrides it")
        text = safe_line(". ".join(part[:1].upper() + part[1:] if place else part for place, part in enumerate(parts)))
        yield from (f"# {line}" for line in textwrap.wrap(f"{text}.", _WIDTH - 6))

    def _requirement(self, name: str) -> str:
        tunable = self.present.tunables.get(name)
        return tunable.requirement if tunable else ""

    def _value(self, name: str) -> str:
        value = self.settings[name]
        return json.dumps(value) if isinstance(value, str) else repr(value)

    def _is_shown(self, name: str) -> bool:
        return bool(safe_values(self.settings[name], name) == self.settings[name])


@dataclass(frozen=True)
class _Leaf:
    """Stands in a tree for the value of a setting."""

    name: str
