"""Explains which requirement is missing where installed libraries cannot be imported together."""

from __future__ import annotations

import os
import platform
import re
import sys
from contextlib import contextmanager
from importlib import metadata
from typing import Iterator

from .failing import Explained

__all__ = ["BrokenEnvironment", "explaining"]

_LOWEST = re.compile(r">=\s*(\d+(?:\.\d+)+)")
_PROVIDED_BY = {
    "OpenSSL": "pyOpenSSL",
    "dateutil": "python-dateutil",
    "google": "protobuf",
    "pkg_resources": "setuptools<81",
    "yaml": "PyYAML",
}
"""Packages by the names of their modules, where these differ."""


class BrokenEnvironment(Explained, ImportError):
    """Installed libraries cannot be imported; the message says which requirement to add."""


@contextmanager
def explaining() -> Iterator[None]:
    """Raise BrokenEnvironment where an installed library cannot import what it needs from another one."""
    try:
        yield
    except ImportError as error:
        sentence = _sentence(error)
        if sentence is None:
            raise
        raise BrokenEnvironment(sentence) from error


def _sentence(error: ImportError) -> str | None:
    """Return a sentence with the requirement to add; None if it is not a library that imports."""
    importer = _installed_at(_file_of(error))
    if importer is None or not error.name:
        return None
    who, module = f"{importer.metadata['Name']} {importer.version}", error.name.partition(".")[0]
    provider = _installed_with(module)
    if module in getattr(sys, "stdlib_module_names", ()):
        return (
            f"{who} does not run on Python {platform.python_version()} ({error}): use a newer one, or an older Python"
        )
    if provider is None:
        wanted = _PROVIDED_BY.get(module, module.replace("_", "-"))
        return f"{who} imports {error.name}, but nothing here requires it: add the requirement {wanted!r}"
    if provider.metadata["Name"] == importer.metadata["Name"]:
        return None
    other = provider.metadata["Name"]
    lowest = next((_LOWEST.search(one) for one in importer.requires or () if re.match(rf"{other}\b", one)), None)
    wanted = f"{other}~={lowest[1]}" if lowest else f"{other}<{provider.version}"
    return f"{who} cannot use {other} {provider.version} ({error}): add the requirement {wanted!r}"


def _file_of(error: ImportError) -> str:
    """Return the file in which the import failed: the last that is not a part of the import system."""
    found, trace = "", error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        found = found if file.startswith("<") or f"{os.sep}importlib{os.sep}" in file else file
        trace = trace.tb_next
    return found


def _installed_at(file: str) -> metadata.Distribution | None:
    for one in metadata.distributions():
        top = str(one.locate_file(""))
        if any(os.path.join(top, str(path)) == file for path in one.files or ()):
            return one
    return None


def _installed_with(module: str) -> metadata.Distribution | None:
    for one in metadata.distributions():
        if any(str(path) in (f"{module}.py", f"{module}/__init__.py") for path in one.files or ()):
            return one
    return None
