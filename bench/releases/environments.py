"""Makes an environment for each release, so that they differ in the release and in nothing else, if possible."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from bench.ab.reasons import short_reason
from bench.ab.virtualenvs import Lock, Wanted, lock_alone, newest
from brokers.errors import UsageError

__all__ = ["Held", "held_environments"]

_NO_BUILD = ("--no-build",)  # what has to be compiled is tried last: it often cannot be, and never on every machine
_MOST_OLDER = 12  # versions to look at for one that all accept
_PRE = ("--prerelease", "allow")


@dataclass(frozen=True)
class Held:
    """The environment of each release, or the reason why it has none."""

    locks: Mapping[str, Lock]
    refused: Mapping[str, str]

    def unlike(self, package: str) -> dict[str, dict[str, str]]:
        """Return, for each release, the versions of the other packages that are not the same for all of them.

        A dash stands for a package that is not installed.
        """
        own = canonicalize_name(package)
        names = sorted({name for lock in self.locks.values() for name in lock.versions} - {own})
        found = {
            name: {release: lock.versions.get(name, "-") for release, lock in self.locks.items()} for name in names
        }
        differing = [name for name, versions in found.items() if len(set(versions.values())) > 1]
        return {release: {name: found[name][release] for name in differing} for release in self.locks}


def held_environments(
    package: str,
    wanted: Mapping[str, Wanted],
    *,
    pre: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> Held:
    """Resolve an environment for each release; ``wanted`` has them from the oldest to the newest.

    Each release prefers the versions that the one before it got, and then the lowest that any got, so all get a version
    that all accept if there is one. Of a package that the subject names itself, such as Celery, an older version that
    all accept is looked for. Where there is none, each keeps its own.
    """
    chain = _Chain(package, wanted, tell)
    found = chain.alike(chain.along(_NO_BUILD) or chain.along(()))
    for name in chain.named(found):
        if version := chain.common(name, found):
            found = chain.alike(found, {name: version})
    locks, refused = dict[str, Lock](), dict[str, str]()
    for release, one in wanted.items():
        try:
            locks[release] = found.get(release) or chain.last_resort(one, pre=pre)
        except UsageError as error:
            refused[release] = short_reason(error)
    return Held(locks, refused)


@dataclass
class _Chain:
    package: str
    wanted: Mapping[str, Wanted]
    tell: Callable[[str], None]

    def __post_init__(self) -> None:
        first = next(iter(self.wanted.values()))
        self._preferred: dict[str, str] = {
            canonicalize_name(name): one for name, one in first.interpreter.installed.items()
        }
        self._own = canonicalize_name(self.package)

    def along(self, options: Sequence[str]) -> dict[str, Lock]:
        """Return the locks of those releases that can be resolved, each with the preferences of the one before."""
        found: dict[str, Lock] = {}
        for release, wanted in self.wanted.items():
            self.tell(f"resolving {self.package} {release}")
            if lock := self._lock(wanted, options):
                found[release] = lock
                self._preferred |= self._others(lock)
        return found

    def alike(self, found: Mapping[str, Lock], fixed: Mapping[str, str] | None = None) -> dict[str, Lock]:
        """Resolve again with the lowest versions that any has as preferences of all, and with the ``fixed`` ones."""
        self._preferred |= self._lowest(found) | dict(fixed or {})
        again: dict[str, Lock] = {}
        for release, lock in found.items():
            differing = self._others(lock).items() - self._preferred.items()
            self.tell(f"resolving {self.package} {release} again")
            again[release] = (self._lock(self.wanted[release], _NO_BUILD) if differing else None) or lock
        return again

    def _lowest(self, found: Mapping[str, Lock]) -> dict[str, str]:
        """Return the lowest version of each other package: a release that cannot have a newer one set it."""
        names = {name for lock in found.values() for name in self._others(lock)}
        return {name: min(_versions(name, found), key=Version) for name in names}

    def named(self, found: Mapping[str, Lock]) -> list[str]:
        """Return the packages that the subject asks for by name and that have several versions."""
        wanted = next(iter(self.wanted.values()))
        asked = {canonicalize_name(Requirement(text).name) for text in wanted.needed} - {self._own}
        return sorted(name for name in asked if len(_versions(name, found)) > 1)

    def common(self, name: str, found: Mapping[str, Lock]) -> str | None:
        """Return the newest version of a package that all releases accept, below those that they have; None if none."""
        releases = list(found)
        version: str | None = str(min(map(Version, _versions(name, found))))
        for _ in range(_MOST_OLDER):
            self.tell(f"looking for a {name} that all releases of {self.package} accept")
            older = newest(self.wanted[releases[0]].interpreter, f"{name}<{version}")
            version = older.version if older else None
            if version is None:
                break
            refusing = next((one for one in releases if not self._accepts(one, f"{name}=={version}")), None)
            if refusing is None:
                return version
            releases.sort(key=lambda one: one != refusing)  # it is likely to refuse the next one, too
        return None

    def _accepts(self, release: str, requirement: str) -> bool:
        wanted = self.wanted[release]
        pinned = replace(wanted, requirements=(*wanted.requirements, Requirement(requirement)))
        return self._lock(pinned, _NO_BUILD) is not None

    def last_resort(self, wanted: Wanted, *, pre: bool) -> Lock:
        """Resolve a release with packages that have to be compiled, or with other packages' pre-releases."""
        try:
            return lock_alone(wanted, self._preferred)
        except UsageError:
            if not pre:
                raise
        return lock_alone(wanted, self._preferred, *_PRE)

    def _lock(self, wanted: Wanted, options: Sequence[str]) -> Lock | None:
        try:
            return lock_alone(wanted, self._preferred, *options)
        except UsageError:
            return None

    def _others(self, lock: Lock) -> dict[str, str]:
        return {name: version for name, version in lock.versions.items() if name != self._own}


def _versions(name: str, found: Mapping[str, Lock]) -> set[str]:
    return {lock.versions[name] for lock in found.values() if name in lock.versions}
