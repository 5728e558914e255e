"""The environments with other releases that a run needs beside those of its subjects."""

from dataclasses import dataclass, field, replace
from threading import Lock

from packaging.requirements import Requirement

from bench.ab.built import Built, build_both
from bench.ab.reasons import short_reason
from bench.ab.spec import Spec
from bench.processes.subject import Origin, Subject
from brokers.errors import UsageError

__all__ = ["Environments"]

_Key = tuple[str, tuple[str, ...], tuple[str, ...]]


@dataclass
class Environments:
    """Builds each environment once, in the cache that ``ab`` uses, and remembers why one could not be built."""

    _found: dict[_Key, Built | UsageError] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def beside(self, subject: Subject, requirements: tuple[str, ...], *, is_users: bool) -> Subject:
        """Return the subject in an environment with these requirements and otherwise, if possible, its own versions.

        Its processes prove that they import what the requirements name. Raises UsageError, in one line.
        """
        key = (subject.interpreter, subject.broker.requirements, requirements)
        with self._lock:
            if key not in self._found:
                self._found[key] = _built(subject, requirements, is_users=is_users)
            found = self._found[key]
        if isinstance(found, UsageError):
            raise found
        packages = tuple(Requirement(one).name for one in requirements)
        own = Origin(packages=packages)
        return replace(subject, interpreter=found.python, import_path=found.import_path, origin=own)


def _built(subject: Subject, requirements: tuple[str, ...], *, is_users: bool) -> Built | UsageError:
    python = subject.interpreter
    wanted = Spec(requirements=tuple(map(Requirement, requirements)), python=python)
    sides = ((Spec(python=python), None), (wanted, None))
    try:
        _, found = build_both(sides, subject.broker, python, lambda _: None, is_users=is_users)
    except UsageError as error:
        return UsageError(f"no environment with {' '.join(requirements)}: {short_reason(error)}")
    return found
