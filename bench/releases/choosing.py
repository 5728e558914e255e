"""Chooses the releases of a package to measure."""

from bench.ab.releases import list_releases, read_version
from bench.ab.virtualenvs import Interpreter, Release
from brokers.errors import UsageError

__all__ = ["MOST_RELEASES", "chosen_releases"]

MOST_RELEASES = 25
"""In one run: more would wait too long for their turns, and their processes would need too much memory."""
_DEFAULT_COUNT = 10


def chosen_releases(
    package: str, first: str | None, last: str | None, interpreter: Interpreter, *, pre: bool
) -> list[Release]:
    """Return the releases from ``first`` to ``last``, in order; without ``first``, the ten newest.

    ``last`` names a series: 5.7 includes 5.7.1. Raises UsageError when there are fewer than two, or more than 25.
    """
    limits = [f">={read_version(first)}"] if first else []
    limits += [_up_to(last)] if last else []
    most = MOST_RELEASES + 1 if first else _DEFAULT_COUNT
    found = list_releases(interpreter, package, tuple(limits), most, pre=pre)
    if len(found) > MOST_RELEASES:
        raise UsageError(
            f"{package} has more than {MOST_RELEASES} releases from {first} to {found[-1].version}, and one run takes "
            f"at most {MOST_RELEASES}: use a later --from, for example {found[1].version}, or an earlier --to"
        )
    if len(found) < 2:  # noqa: PLR2004 - a pair
        had = f"only the release {found[0].version}" if found else "no release"
        raise UsageError(
            f"{package} has {had} in this range for this Python: check the name, use a wider range (--from, --to), or "
            "--pre for pre-releases"
        )
    return found


def _up_to(text: str) -> str:
    """Return a limit that includes a version and what belongs to its series: ``<5.8`` for 5.7."""
    version = read_version(text)
    if version.is_prerelease or version.local:
        return f"<={version}"
    *numbers, last = version.release
    epoch = f"{version.epoch}!" if version.epoch else ""
    return f"<{epoch}{'.'.join(map(str, [*numbers, last + 1]))}"
