"""Writes the findings of a matrix as a file of expectations."""

import json
import re

from bench.records.matrix import Cell, Matrix
from bench.records.provenance import ServerRecord, SubjectRecord

__all__ = ["expectations_of"]

_HEAD = """\
# Expectations for 'brokerbench guarantees --expect', written by --write-expectations from {attempts} of each cell.
# Review them before you keep them. Add bounds on time yourself: recovered_within_s, back_within_s.
version = 1
"""
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_PARTS_OF_VERSION = 2


def expectations_of(matrix: Matrix) -> str:
    """Return the text of the file: every cell's outcome, and whether tasks were lost or duplicated."""
    times = "1 attempt" if matrix.repeats == 1 else f"{matrix.repeats} attempts"
    return _HEAD.format(attempts=times) + "".join(_subject(record, matrix) for record in matrix.subjects)


def _subject(record: SubjectRecord, matrix: Matrix) -> str:
    cells = [cell for cell in matrix.cells if cell.subject == record.label]
    name = _key(record.label)
    server = f"server = {json.dumps(_guard(record.server))}\n" if record.server else ""
    lines = [f"{_key(cell.fault)} = {_cell(cell)}\n" for cell in cells]
    return f"\n[subjects.{name}]\n{server}\n[subjects.{name}.faults]\n{''.join(lines)}" if cells else ""


def _guard(server: ServerRecord) -> str:
    return f"{server.software} {'.'.join(server.version.split('.')[:_PARTS_OF_VERSION])}"


def _cell(cell: Cell) -> str:
    if cell.outcome == "not run":
        return f'"not run"  # {_comment(cell.why)}'
    parts = [f'outcome = "{cell.outcome}"']
    parts += _count("lost", [len(one.lost) for one in cell.attempts])
    parts += _count("duplicated", [len(one.duplicated) for one in cell.attempts])
    if all(one.stopped for one in cell.attempts):
        parts.append("stopped = true")
    return f"{{ {', '.join(parts)} }}"


def _count(what: str, counts: list[int]) -> list[str]:
    """Return a bound on a count that was zero in every attempt or in none: which tasks are hit is often chance."""
    if not any(counts):
        return [f"{what} = 0"]
    return [f'{what} = "some"'] if all(counts) else []


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _comment(text: str) -> str:
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
