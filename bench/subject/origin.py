"""Proves where a side's code came from."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import contextmanager
from importlib import metadata
from typing import Any, Iterator, Sequence
from urllib.parse import urlsplit
from urllib.request import url2pathname

from .failing import Explained
from .redirect import OURS, Folders, Redirect, is_below

__all__ = ["Origin", "WrongCode"]


class WrongCode(Explained, ImportError):
    """A side imported something else than it was meant to; the message says what, and what to do."""


class Origin:
    """Where a side's code must come from.

    The modules of the folder ``repository`` must come from ``tree``, its checkout; without a tree, the side is that
    folder as it is. The modules of the distributions ``packages`` must come from where these are installed.
    """

    def __init__(self, repository: str = "", tree: str = "", packages: Sequence[str] = ()) -> None:
        self._folders = Folders(repository, tree)
        self._top = self._folders.tree or self._folders.repository
        self._packages = packages
        self._redirect = Redirect(self._folders)

    def redirect(self) -> None:
        """From now on, import from the checkout what would be imported from the repository's folder."""
        if self._folders.tree:
            sys.meta_path.insert(0, self._redirect)

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Raise WrongCode where a module is missing that the repository's folder has, but the checkout does not."""
        try:
            yield
        except ModuleNotFoundError as error:
            file = self._redirect.left_out.get(error.name or "")
            if file is None:
                raise
            raise WrongCode(f"{error}: {file} is not in git at this commit; add it there") from error

    def check(self, app_module: str) -> None:
        """Raise WrongCode if something else was imported so far."""
        for package in self._packages:
            _check_package(package)
        if self._top:
            self._check_files(app_module)

    def imported(self) -> dict[str, str]:
        """Return a digest of each module of the checkout, or of the repository's folder, by relative path."""
        files = (file for _, file in _loaded() if self._is_own(file))
        return {os.path.relpath(file, self._top): _digest(file) for file in files}

    def _check_files(self, app_module: str) -> None:
        copies = {os.path.realpath(str(file)) for file in _copied_from(self._folders.repository)}
        for name, file in _loaded():
            if file in copies or (name == app_module and not self._is_own(file)):
                raise WrongCode(f"it imported {file} instead of the file in its own folder: {self._remedy(name)}")
            if self._folders.tree and self._folders.is_repositorys(file):
                raise WrongCode(
                    f"it imported {file} instead of the file in its own checkout: import {name} by its name, or by a "
                    "path relative to the app's files"
                )

    def _is_own(self, file: str) -> bool:
        return is_below(file, self._folders.tree) if self._folders.tree else self._folders.is_repositorys(file)

    def _remedy(self, name: str) -> str:
        root = _root_of(name, self._top)
        if root is None:
            return f"git does not hold {name} at this commit"
        return f"use --app-dir {os.path.normpath(os.path.join(self._folders.repository, root))}"


def _check_package(name: str) -> None:
    """Raise WrongCode if a module of that distribution came from elsewhere."""
    installed = metadata.distribution(name)
    python = [file for file in installed.files or () if file.suffix == ".py"]
    own = {_module_name(str(file)): os.path.realpath(str(installed.locate_file(file))) for file in python}
    for module, file in _loaded():
        if own.get(module, file) != file:
            raise WrongCode(
                f"it imported {file} instead of {name} {installed.version} from its environment: unset PYTHONPATH, or "
                f"move {module} away from the app's folder"
            )


def _loaded() -> Iterator[tuple[str, str]]:
    """Return the name and the real path of each imported module that has a file."""
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and os.path.isabs(file) and not name.startswith(OURS):
            yield name, os.path.realpath(file)


def _copied_from(repository: str) -> Iterator[Any]:
    """Return the files of the distributions that were installed from the repository's folder, but not as editable."""
    for one in metadata.distributions():
        try:
            origin = json.loads(one.read_text("direct_url.json") or "{}")
        except ValueError:
            continue
        url, is_editable = urlsplit(origin.get("url", "")), origin.get("dir_info", {}).get("editable", False)
        if url.scheme == "file" and not is_editable and is_below(url2pathname(url.path), repository):
            yield from (one.locate_file(file) for file in one.files or ())


def _root_of(name: str, top: str) -> str | None:
    """Return the folder from which that module could be imported, by its path in ``top``."""
    module = os.path.join(*name.split("."))
    files = (module + ".py", os.path.join(module, "__init__.py"))
    for place, folders, _ in os.walk(top):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if any(os.path.isfile(os.path.join(place, file)) for file in files):
            return os.path.relpath(place, top)
    return None


def _module_name(path: str) -> str:
    parts = path[: -len(".py")].replace("\\", "/").split("/")
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _digest(file: str) -> str:
    with open(file, "rb") as opened:
        return hashlib.sha256(opened.read()).hexdigest()[:12]
