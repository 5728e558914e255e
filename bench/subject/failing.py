"""Says why a subject's process failed: the exception, and the line of the user's file that led to it."""

from __future__ import annotations

import os
import sys
import sysconfig
import traceback
from typing import TYPE_CHECKING, Any, Iterator

if TYPE_CHECKING:
    from .pipe import Pipe

__all__ = ["Explained", "WrongApp", "fail", "reason"]

_HERE = os.path.dirname(os.path.abspath(__file__))
_INSTALLED = ("site-packages", "dist-packages")
_LONGEST = 400  # characters of an exception's message
_MOST_CAUSES = 20


class Explained(Exception):
    """An error whose message is a whole sentence for the user: neither its type nor the place adds anything."""


class WrongApp(Explained):
    """The app or the task that the user named does not exist: a sentence says so, and what to name instead."""


def fail(error: BaseException, job: dict[str, Any], pipe: Pipe) -> None:
    """Write the traceback to the log, give the harness the reason, and end the process."""
    traceback.print_exception(type(error), error, error.__traceback__)
    pipe.send(event="failed", reason=reason(error, job), wrong_app=isinstance(error, WrongApp))
    sys.exit(1)


def reason(error: BaseException, job: dict[str, Any]) -> str:
    """Return the exception and the last line of the user's own code on its way, without a traceback."""
    if isinstance(error, Explained):
        return str(error)
    place = _place_of(error)
    return _described(error) + (f" ({_shown(*place)})" if place else "") + _about(error, job)


def _described(error: BaseException) -> str:
    text = " ".join(str(error.msg if isinstance(error, SyntaxError) else error).split())
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1] + "…"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _place_of(error: BaseException) -> tuple[str, int] | None:
    """Return the file and the line of the user's code: of the error, or else of what it was raised from."""
    for one in _causes(error):
        if isinstance(one, SyntaxError) and one.filename and _is_users(one.filename):
            return one.filename, one.lineno or 1
        frames = [frame for frame in traceback.extract_tb(one.__traceback__) if _is_users(frame.filename)]
        if frames:
            return frames[-1].filename, frames[-1].lineno or 1
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    one: BaseException | None = error
    for _ in range(_MOST_CAUSES):
        if one is None:
            return
        yield one
        one = one.__cause__ or one.__context__


def _is_users(path: str) -> bool:
    """Return True for a file that belongs neither to Python, nor to an installed package, nor to this folder."""
    path = os.path.abspath(path) if not path.startswith("<") else path
    if path.startswith(("<", _HERE + os.sep)):
        return False
    if any(name in path.split(os.sep) for name in _INSTALLED):
        return False
    return not path.startswith(sysconfig.get_paths()["stdlib"] + os.sep)


def _shown(path: str, line: int) -> str:
    below = os.path.relpath(path)
    return f"{path if below.startswith(os.pardir) else below}, line {line}"


def _about(error: BaseException, job: dict[str, Any]) -> str:
    """Return what explains the error: what the broker needs, where kombu lacks its transport, or a missing file."""
    if "requirements" in job and isinstance(error, KeyError) and "No such transport" in str(error):
        return f"; its environment needs {' and '.join(job['requirements'])}"
    return _about_files(error, job)


def _about_files(error: BaseException, job: dict[str, Any]) -> str:
    """Return what explains a missing file: the working folder, and that git does not hold it."""
    origin = job.get("checked_out_from")
    if isinstance(error, FileNotFoundError) and isinstance(error.filename, str):
        missing = os.path.relpath(error.filename)
        if origin and os.path.exists(os.path.join(origin, missing)):
            return f"; git does not hold {missing}: add it to the commit, or measure without ref="
        return "" if os.path.isabs(error.filename) else f"; the working folder is {os.getcwd()}"
    left_out = [name for name in _dotenvs(origin) if not os.path.exists(name)] if origin else []
    return f"; git does not hold {', '.join(left_out)}" if left_out else ""


def _dotenvs(folder: str) -> list[str]:
    return sorted(name for name in os.listdir(folder) if name == ".env" or name.startswith(".env."))
