"""Tells what was named as a result although it is none, and what to do instead."""

import os.path
from pathlib import Path
from typing import Any

from bench.records.matrix import HTML_FILE, MATRIX_FILE
from bench.records.releases import RELEASES_FILE, RELEASES_HTML_FILE
from bench.records.soak import SOAK_FILE, SOAK_HTML_FILE
from brokers.documents import shortened

__all__ = ["other_document", "other_file", "other_folder"]

_MATRIX, _SOAK, _RELEASES = "a matrix of guarantees", "a soak", "a history of releases"
_REPORTS = {_MATRIX: HTML_FILE, _SOAK: SOAK_HTML_FILE, _RELEASES: RELEASES_HTML_FILE}
_BY_FILE = {MATRIX_FILE: _MATRIX, SOAK_FILE: _SOAK, RELEASES_FILE: _RELEASES}
_BY_KIND = {"soak": _SOAK, "releases": _RELEASES, "selfcheck": "a self-check"}
_MOST_NAMED = 3


def other_folder(folder: Path, file: str) -> str:
    """Return what a folder without ``file`` holds instead; empty if it holds nothing of ours."""
    if os.path.exists(folder / file):
        return ""
    for name, what in _BY_FILE.items():
        if os.path.exists(folder / name):
            return f"{folder} is the folder of {what}, not of a result: {_shown(what)}"
    inner = sorted(str(found.parent) for found in folder.glob(f"*/{file}"))
    if not inner:
        return ""
    more = f", or one of {len(inner) - _MOST_NAMED} others" if len(inner) > _MOST_NAMED else ""
    return f"{folder} has no {file}, but folders in it have one: use {' or '.join(inner[:_MOST_NAMED])}{more}"


def other_file(path: Path) -> str:
    """Return what a file is that is not JSON, by its name; empty if that does not tell."""
    if path.suffix == ".toml":
        measured = f"'brokerbench compare --workload {path}'"
        return f"{path} is a TOML file, not a result: to measure a workload, use {measured}"
    if path.suffix in (".html", ".md"):
        return f"{path} is a report, not a result: open it as it is, or use the JSON file beside it"
    return ""


def other_document(path: Path, document: dict[str, Any]) -> str:
    """Return what a JSON document of ours is that is not a result; empty if that is not known."""
    kind = str(document.get("kind", ""))
    what = _MATRIX if {"cells", "faults"} <= document.keys() else _BY_KIND.get(kind, "")
    if what:
        return f"{path} is {what}, not a result: {_shown(what)}"
    if kind not in ("", "compare"):
        return f"{path} is a document of kind {shortened(kind)!r}, not a result"
    return ""


def _shown(what: str) -> str:
    if what in _REPORTS:
        return f"open {_REPORTS[what]} beside it"
    return "show it in a report with 'brokerbench compare --selfcheck'"
