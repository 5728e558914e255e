"""On what a matrix was played: servers, interpreters and libraries, and how it was made."""

import json

from bench.records.matrix import Matrix
from bench.report.facts import same_libraries, server_row
from bench.report.guarantees.words import plural
from bench.text.cleaning import clean, first_line
from bench.text.numbers import time_left
from bench.text.table import Table

__all__ = ["played_task", "run_table", "server_lines", "server_table"]


def played_task(matrix: Matrix) -> str:
    """Tell whose task was played, and with which arguments."""
    task = matrix.users_task
    if task is None:
        return "the project's own tasks"
    dry = ", its body replaced by nothing" if task.dry else ""
    return clean(f"{task.task} of {task.app} with {json.dumps(task.args)}{dry}")


def server_table(matrix: Matrix) -> Table:
    """Tell each subject's server, or why there was none."""
    table = Table(["subject", "tier", "server", "whose"])
    for subject in matrix.subjects:
        why = [f"none: {first_line(subject.failure)}", ""] if subject.failure else []
        table.rows.append(server_row(subject)[: 4 - len(why)] + why)
    return table


def server_lines(matrix: Matrix) -> list[str]:
    """Tell the servers in few lines, each with its subjects; below them interpreter, libraries and a user's task."""
    subjects: dict[str, list[str]] = {}
    for name, _, *server in server_table(matrix).rows:
        subjects.setdefault(", ".join(filter(None, server)), []).append(name)
    libraries = same_libraries(matrix)
    task = f"The task: {played_task(matrix)}." if matrix.users_task else ""
    servers = [f"{', '.join(names)}: {server}" for server, names in subjects.items()]
    return [*servers, *filter(None, (libraries, task))]


def run_table(matrix: Matrix) -> Table:
    """Tell what was asked for and what was played."""
    played = sum(1 for cell in matrix.cells if cell.outcome != "not run")
    rows = {
        "started": f"{matrix.started_at:%Y-%m-%d %H:%M:%S %Z}".strip(),
        "took": time_left(matrix.duration_s),
        "task": played_task(matrix),
        "cells": f"{played} played, of {len(matrix.subjects) * len(matrix.faults)}",
        "repeats": plural(matrix.repeats, "attempt") + " of each cell",
        "status": clean(matrix.status),
    }
    return Table(["run", ""], [list(row) for row in rows.items()])
