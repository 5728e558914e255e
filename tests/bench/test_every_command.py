"""What holds for every command, wherever its output goes and whatever the terminal is."""

import json
import re
from pathlib import Path

import click
import jsonschema
import pytest
from every_command import ARGUMENTS, CLOSED, FULL, Ended, Run, run_all

from bench.cli import cli
from bench.commands.documents import DOCUMENTS, document_schema
from bench.commands.exit_codes import BROKEN, CRASHED, DONE, NOT_MEASURED
from brokers import errors

VERDICTS = {"ab", "bisect", "gate", "guarantees", "guarantees --soak", "tune"}
"""The commands that can end with 1; the runs of these tests make them do so."""
DOCUMENTED = [name for name in ARGUMENTS if name.partition(" ")[0] in DOCUMENTS]
"""The commands that print JSON."""
TERMINALS: dict[str, dict[str, object]] = {
    "colours in a file": {"environment": {"FORCE_COLOR": "1", "TTY_COMPATIBLE": "1", "COLUMNS": "20"}},
    "no colours": {"environment": {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "1"}, "encoding": "ascii"},
}
KINDS: dict[str, dict[str, object]] = {
    "file": {},
    "closed pipe": {"output": CLOSED},
    "full disk": {"output": FULL},
    "crash": {"crashes": True},
    **TERMINALS,
}


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Ended]:
    """Return how each command ended in each kind of run."""
    folder = tmp_path_factory.mktemp("every")
    runs = {(name, kind): Run(command=name, **more) for name in ARGUMENTS for kind, more in KINDS.items()}  # type: ignore[arg-type]
    runs |= {(name, "json"): Run(command=name, more=["--json"]) for name in DOCUMENTED}
    runs["workloads", "crash of a thread"] = Run(command="workloads", crashes=True, thread=True)
    return dict(zip(runs, run_all(list(runs.values()), folder), strict=True))


def test_every_command_of_the_group_is_held_to_what_follows() -> None:
    assert sorted({name.partition(" ")[0] for name in ARGUMENTS}) == sorted(cli.list_commands(click.Context(cli)))


@pytest.mark.parametrize("command", ARGUMENTS)
def test_a_command_ends_with_one_only_for_a_bad_verdict(command: str, ended: dict[tuple[str, str], Ended]) -> None:
    run = ended[command, "file"]
    assert run.code in ([BROKEN] if command in VERDICTS else [DONE, NOT_MEASURED]), run.errors
    assert run.output


def test_every_command_with_the_option_json_has_a_schema() -> None:
    names = cli.list_commands(click.Context(cli))
    commands = {name: cli.get_command(click.Context(cli), name) for name in names}
    with_json = {name for name, one in commands.items() if one and any("--json" in it.opts for it in one.params)}
    assert with_json == set(DOCUMENTS) - {"soak"}


@pytest.mark.parametrize("command", DOCUMENTED)
def test_json_is_one_document_that_fits_the_printed_schema_and_changes_no_exit_code(
    command: str, ended: dict[tuple[str, str], Ended]
) -> None:
    run = ended[command, "json"]
    assert run.code == ended[command, "file"].code, run.errors
    name = "soak" if "--soak" in command else command
    validator = jsonschema.Draft202012Validator(json.loads(document_schema(name)))
    validator.check_schema(validator.schema)
    assert not [error.message for error in validator.iter_errors(json.loads(run.output))]


@pytest.mark.parametrize("command", ["ab", "bisect", "compare", "guarantees", "guarantees --soak", "releases"])
def test_json_leaves_progress_to_standard_error(command: str, ended: dict[tuple[str, str], Ended]) -> None:
    assert "booting redis" in ended[command, "json"].errors


@pytest.mark.parametrize("command", ARGUMENTS)
def test_a_pipe_that_nobody_reads_is_no_error_and_changes_no_verdict(
    command: str, ended: dict[tuple[str, str], Ended]
) -> None:
    read, unread = ended[command, "file"], ended[command, "closed pipe"]
    assert (unread.code, unread.errors) == (read.code, read.errors)


@pytest.mark.parametrize("command", ARGUMENTS)
def test_a_full_disk_behind_standard_output_is_one_line_and_no_verdict(
    command: str, ended: dict[tuple[str, str], Ended]
) -> None:
    run = ended[command, "full disk"]
    assert run.code == NOT_MEASURED, run.errors
    (line,) = [line for line in run.errors.splitlines() if line not in ended[command, "file"].errors.splitlines()]
    assert line.startswith("Error: cannot write ")
    assert "No space left on device" in line


@pytest.mark.parametrize("command", ARGUMENTS)
def test_a_bug_of_ours_has_a_code_of_its_own_one_line_and_a_file_with_the_traceback(
    command: str, ended: dict[tuple[str, str], Ended]
) -> None:
    run = ended[command, "crash"]
    assert run.code == CRASHED
    (line,) = [line for line in run.errors.splitlines() if line.startswith("Error:")]
    assert "KeyError" in line
    assert "Traceback" not in run.errors + run.output
    assert "hunter2" not in run.errors
    assert "Traceback" in Path(line.rpartition("report it with ")[2]).read_text()


def test_a_bug_in_a_thread_that_the_command_did_not_notice_is_one_too(ended: dict[tuple[str, str], Ended]) -> None:
    run = ended["workloads", "crash of a thread"]
    assert (run.code, run.output) == (CRASHED, ended["workloads", "file"].output)
    (line,) = run.errors.splitlines()
    assert "KeyError" in line
    assert "report it with " in line


@pytest.mark.parametrize("kind", TERMINALS)
@pytest.mark.parametrize("command", ARGUMENTS)
def test_whatever_the_terminal_is_a_file_gets_colours_at_most_and_the_command_ends_alike(
    command: str, kind: str, ended: dict[tuple[str, str], Ended]
) -> None:
    run = ended[command, kind]
    assert run.code == ended[command, "file"].code, run.errors
    printed = run.output + run.errors
    uncoloured = printed if kind == "no colours" else re.sub(r"\x1b\[[\d;]*m", "", printed)
    assert "\x1b" not in uncoloured
    assert "\r" not in uncoloured
    assert printed.isascii() or kind != "no colours"
    if "booting redis" in ended[command, "file"].output:
        assert "booting" in uncoloured


def test_no_error_of_the_project_ends_with_the_code_of_a_bad_verdict() -> None:
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, click.ClickException)
    ]
    assert len(kinds) >= 4
    assert BROKEN not in [kind.exit_code for kind in kinds if kind.__module__ == errors.__name__]
