"""Lists the releases of a package between two versions, from the index that uv is configured with."""

import sys

from packaging.utils import canonicalize_name, is_normalized_name
from packaging.version import InvalidVersion, Version

from bench.ab.virtualenvs import Interpreter, Release, look_at, newest
from brokers.errors import UsageError

__all__ = ["list_releases", "read_version", "releases_between"]

_MOST = 200


def releases_between(package: str, good: str, bad: str, python: str = sys.executable) -> list[str]:
    """Return the releases from ``good`` to ``bad`` that this interpreter can install, in order, without yanked ones.

    Raises UsageError when either is not a version, when they are not in that order, or when either is not a release.
    """
    _check_name(package)
    first, last = read_version(good), read_version(bad)
    if first >= last:
        raise UsageError(f"--good {good} does not come before --bad {bad}: swap them")
    interpreter = look_at(python)
    for option, version in (("--bad", bad), ("--good", good)):
        if newest(interpreter, f"{package}=={version}") is None:
            raise UsageError(
                f"{package} has no release {version} for this Python: check the name, or use another with {option}"
            )
    between = list_releases(interpreter, package, (f">{first}", f"<{last}"), _MOST)
    return [good, *(release.version for release in between), bad]


def list_releases(
    interpreter: Interpreter, package: str, limits: tuple[str, ...], most: int, *, pre: bool = False
) -> list[Release]:
    """Return at most that many releases, the newest ones, that this interpreter can install, in order.

    ``limits`` are version specifiers. Yanked releases are left out, and without ``pre`` pre-releases too. Raises
    UsageError when that is not a package's name, or when the index cannot be asked.
    """
    _check_name(package)
    found: list[Release] = []
    options = ("--prerelease", "allow" if pre else "disallow")
    while len(found) < most:
        limited = ",".join([*limits, *(f"!={release.version}" for release in found)])
        release = newest(interpreter, f"{package}{limited}", *options)
        if release is None:
            break
        found.append(release)
    return found[::-1]


def _check_name(package: str) -> None:
    if not is_normalized_name(canonicalize_name(package)):
        raise UsageError("--package is not the name of a package; use for example kombu")


def read_version(text: str) -> Version:
    """Return the version. Raises UsageError when it is not one."""
    try:
        return Version(text)
    except InvalidVersion as error:
        raise UsageError(f"{text!r} is not a version; use for example 5.3.1") from error
