"""Imports from a checkout what would be imported from its repository's folder.

That folder may be on the import path in many ways: by PYTHONPATH, by an editable installation's path or import hook, by
what an app adds itself. So a finder before all others looks into the checkout wherever they would look into the
folder, for as long as the process lives: what a task imports at its first run comes from the checkout, too.
"""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import spec_from_file_location
from typing import Any, Iterable, Iterator, Sequence

__all__ = ["OURS", "Folders", "Redirect", "is_below"]

OURS = ("__main__", "_brokerbench_")
"""Prefixes of our own modules' names."""


class Folders:
    """A repository's folder, and the folder of its checkout; without one, ``tree`` is empty."""

    def __init__(self, repository: str, tree: str) -> None:
        self.repository = os.path.realpath(repository) if repository else ""
        self.tree = os.path.realpath(tree) if tree else ""
        self._libraries = [place for place in _library_folders() if is_below(place, self.repository)]

    def is_repositorys(self, path: str) -> bool:
        """Return True for what is in the repository's folder, but in no checkout or environment in there."""
        outside = (self.tree, *self._libraries)
        return is_below(path, self.repository) and not any(is_below(path, place) for place in outside)

    def moved(self, place: str) -> str | None:
        """Return the checkout's path for one in the repository's folder; None if the checkout does not have it."""
        if not isinstance(place, str) or not os.path.isabs(place) or not self.is_repositorys(place):
            return place
        moved = os.path.normpath(os.path.join(self.tree, os.path.relpath(os.path.realpath(place), self.repository)))
        return moved if os.path.exists(moved) else None

    def all_moved(self, places: Iterable[str]) -> list[str]:
        """Return those paths without the ones that the checkout does not have."""
        moved = [self.moved(place) for place in places]
        return list(dict.fromkeys(place for place in moved if place is not None))

    def back(self, place: str) -> str:
        """Return the path in the repository's folder for one in the checkout."""
        if not isinstance(place, str) or not os.path.isabs(place) or not is_below(place, self.tree):
            return place
        return os.path.normpath(os.path.join(self.repository, os.path.relpath(os.path.realpath(place), self.tree)))


class Redirect:
    """A finder to put before all others. ``left_out`` has the files that only the repository's folder has."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders
        self.left_out: dict[str, str] = {}

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: Any = None) -> ModuleSpec | None:
        """Ask all other finders, and return the first module that is not in the repository's folder.

        Raises ModuleNotFoundError if only that folder has it: the next finder would import it from there.
        """
        if name.startswith(OURS):
            return None
        found = next(self._found(name, path, target), None)
        if found is None and self._is_left_out(name, sys.path if path is None else path):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return found

    def _found(self, name: str, path: Sequence[str] | None, target: Any) -> Iterator[ModuleSpec]:
        inside = None if path is None else self._folders.all_moved(path)
        for finder in [finder for finder in sys.meta_path if finder is not self and hasattr(finder, "find_spec")]:
            at_top = finder is PathFinder and inside is None
            spec = finder.find_spec(name, self._folders.all_moved(sys.path) if at_top else inside, target)
            moved = self._moved(spec) if spec else None
            if moved:
                yield moved
            elif spec:
                self.left_out[name] = spec.origin or ""

    def _moved(self, spec: ModuleSpec) -> ModuleSpec | None:
        """Return the spec of the same module in the checkout; None if the checkout does not have it."""
        inside = spec.submodule_search_locations
        if spec.loader is None or (inside is not None and not spec.has_location):
            return self._moved_namespace(spec)
        if not spec.has_location or not self._folders.is_repositorys(spec.origin or ""):
            return spec
        file = self._folders.moved(spec.origin or "")
        folders = None if inside is None else self._folders.all_moved(inside)
        return spec_from_file_location(spec.name, file, submodule_search_locations=folders) if file else None

    def _moved_namespace(self, spec: ModuleSpec) -> ModuleSpec | None:
        before = list(spec.submodule_search_locations or ())
        after = self._folders.all_moved(before)
        if after == before and not any(is_below(place, self._folders.tree) for place in after):
            return spec
        moved = ModuleSpec(spec.name, None, is_package=True)
        moved.submodule_search_locations = after  # a list: Python would look for more of it in the repository's folder
        return moved if after else None

    def _is_left_out(self, name: str, places: Sequence[str]) -> bool:
        found = PathFinder.find_spec(name, [self._folders.back(place) for place in places])
        if found and found.has_location and self._folders.is_repositorys(found.origin or ""):
            self.left_out[name] = found.origin or ""
        return name in self.left_out


def is_below(path: str, folder: str) -> bool:
    """Return True for a folder that has a name, and for everything in it."""
    return bool(folder) and (os.path.realpath(path) + os.sep).startswith(os.path.join(folder, ""))


def _library_folders() -> Iterator[str]:
    """Return where this interpreter's libraries are; an environment is often in the repository's folder."""
    paths = sysconfig.get_paths()
    for name in ("stdlib", "platstdlib", "purelib", "platlib"):
        yield os.path.realpath(paths[name])
    if hasattr(site, "getsitepackages"):  # an old virtualenv's module lacks it
        yield from map(os.path.realpath, site.getsitepackages())
    if site.ENABLE_USER_SITE:
        yield os.path.realpath(site.getusersitepackages())
