"""Lists the releases of a package between two versions, from the index that uv is configured with."""

import sys

from packaging.version import InvalidVersion, Version

from bench.ab.virtualenvs import look_at, newest
from brokers.errors import UsageError

__all__ = ["releases_between"]

_MOST = 200


def releases_between(package: str, good: str, bad: str, python: str = sys.executable) -> list[str]:
    """Return the releases from ``good`` to ``bad`` that this interpreter can install, in order, without yanked ones.

    Raises UsageError when either is not a version, when they are not in that order, or when ``bad`` is not a release.
    """
    first, last = _version(good), _version(bad)
    if first >= last:
        raise UsageError(f"--good {good} does not come before --bad {bad}: swap them")
    interpreter = look_at(python)
    found = [newest(interpreter, f"{package}=={last}")]
    if found[0] is None:
        raise UsageError(f"{package} has no release {bad} for this Python: use another with --bad")
    while (release := newest(interpreter, f"{package}>{first},<{found[-1]}")) and len(found) < _MOST:
        found.append(release)
    known = [one for one in found if one is not None]
    return [good, *reversed(known)]


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion as error:
        raise UsageError(f"{text!r} is not a version; use for example 5.3.1") from error
