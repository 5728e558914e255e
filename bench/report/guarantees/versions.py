"""The servers, interpreters and libraries of a matrix, and how it was made."""

import json

from bench.records.matrix import Matrix
from bench.report.facts import same_libraries, server_row
from bench.text.cleaning import clean, first_line
from bench.text.numbers import plural, time_left
from bench.text.table import Table

__all__ = ["run_table", "server_lines", "server_table", "task_name"]


def task_name(matrix: Matrix) -> str:
    """Return the task that ran, with its app and its arguments."""
    task = matrix.users_task
    if task is None:
        return "the project's own tasks"
    dry = ", with an empty body" if task.dry else ""
    keywords = f" and {json.dumps(task.kwargs)}" if task.kwargs else ""
    return clean(f"{task.task} of {task.app} with {json.dumps(task.args)}{keywords}{dry}")


def server_table(matrix: Matrix) -> Table:
    """Return each subject's server, or why there was none."""
    table = Table(["subject", "tier", "server", "whose"])
    for subject in matrix.subjects:
        why = [f"none: {first_line(subject.failure)}", ""] if subject.failure else []
        table.rows.append(server_row(subject)[: 4 - len(why)] + why)
    return table


def server_lines(matrix: Matrix) -> list[str]:
    """Return a line for each server with its subjects, then the interpreter and libraries, and the user's task."""
    subjects: dict[str, list[str]] = {}
    for name, _, *server in server_table(matrix).rows:
        subjects.setdefault(", ".join(filter(None, server)), []).append(name)
    libraries = same_libraries(matrix)
    task = f"The task: {task_name(matrix)}." if matrix.users_task else ""
    servers = [f"{', '.join(names)}: {server}" for server, names in subjects.items()]
    return [*servers, *filter(None, (libraries, task))]


def run_table(matrix: Matrix) -> Table:
    """Return what was requested and what was run."""
    ran = sum(1 for cell in matrix.cells if cell.outcome != "not run")
    rows = {
        "started": f"{matrix.started_at:%Y-%m-%d %H:%M:%S %Z}".strip(),
        "took": time_left(matrix.duration_s),
        "task": task_name(matrix),
        "cells": f"{ran} run, of {len(matrix.subjects) * len(matrix.faults)}",
        "repeats": plural(matrix.repeats, "attempt") + " of each cell",
        "status": clean(matrix.status),
    }
    return Table(["run", ""], [list(row) for row in rows.items()])
