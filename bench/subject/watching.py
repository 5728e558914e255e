"""Watches whether a process imports anything of a distribution: a lazy import may come with the first task."""

from __future__ import annotations

import os
import sys
from importlib import metadata
from typing import Any

__all__ = ["Watch"]


_AT_EVERY_START = "_distutils_hack"  # setuptools puts it into every process, which then uses nothing of it


class Watch:
    """Leaves a file, the sign, once this process has imported a module of the job's ``watched`` distribution."""

    def __init__(self, job: dict[str, Any]) -> None:
        watched = job.get("watched")
        self._sign: str | None = watched["sign"] if watched else None
        self._files = _files_of(watched["package"]) if watched else None

    def look(self) -> None:
        """Leave the sign if there is something to leave it for, unless another process has left it."""
        if self._sign is None or os.path.exists(self._sign):
            self._sign = None
        elif self._files is None or any(map(self._is_own, list(sys.modules.values()))):  # unknown files may be imported
            open(self._sign, "w").close()
            self._sign = None

    def _is_own(self, module: Any) -> bool:
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or getattr(module, "__name__", "") == _AT_EVERY_START:
            return False
        return os.path.realpath(file) in (self._files or ())


def _files_of(package: str) -> set[str] | None:
    """Return the real paths of a distribution's files; None if it does not tell them."""
    try:
        installed = metadata.distribution(package)
    except metadata.PackageNotFoundError:
        return set()
    return {os.path.realpath(str(installed.locate_file(file))) for file in installed.files or ()} or None
