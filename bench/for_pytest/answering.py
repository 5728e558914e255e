"""Reads a request of the pytest plugin, measures, and writes the answer.

An answer has one of these keys: ``subjects``, their labels; ``tests``, an outcome for each test's id, with the
``notes`` to print below the table; ``wrong_app`` and ``unavailable``, why no test can be measured; ``refused``, why the
session must end, with an ``exit_code``.
"""

import json
import os
import re
import shutil
import signal
import sys
import threading
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from bench.commands.announcing import announce_servers
from bench.commands.approval import ask_before_spending
from bench.commands.exit_codes import DONE, INTERRUPTED
from bench.commands.measuring import judged, measured
from bench.compare.request import Comparison
from bench.for_pytest.comparing import chosen_subjects, comparison_of, guard_of
from bench.for_pytest.request import Request
from bench.for_pytest.samples import outcome
from bench.processes.errors import WrongApp
from bench.records.result import read_result
from bench.records.strict import checked
from bench.report.ways import way_notes
from brokers.errors import BrokerbenchError, BrokerUnavailable
from brokers.proxies import bypass_proxies_on_loopback

__all__ = ["answer"]


def answer() -> int:
    """Answer the request on standard input in the file ``answer.json`` of its folder, and return the exit code."""
    bypass_proxies_on_loopback(os.environ)
    request = json.loads(sys.stdin.readline())
    folder, is_alone = Path(request["folder"]), threading.Event()
    _end_with_pytest(is_alone)
    try:
        found = _answer_or_why_not(request)
        if not is_alone.is_set():
            (folder / "answer.json").write_text(json.dumps(found), encoding="utf-8")
    finally:
        if is_alone.is_set():
            shutil.rmtree(folder, ignore_errors=True)
    return INTERRUPTED if found.get("interrupted") else DONE


def _answer_or_why_not(document: dict[str, Any]) -> dict[str, Any]:
    try:
        request = checked(Request, document, "pytest")
        if request.tests is None:
            return {"subjects": [subject.label for subject in chosen_subjects(request)]}
        with click.Context(click.Command("pytest")):  # --brokers-server holds until it is closed
            return _measured(request)
    except WrongApp as error:
        return {"wrong_app": error.format_message()}
    except BrokerUnavailable as error:
        return {"unavailable": error.format_message()}
    except BrokerbenchError as error:
        return {"refused": _with_pytests_options(error.format_message()), "exit_code": error.exit_code}


def _with_pytests_options(message: str) -> str:
    """Return a message with the options as they are called here; nothing is asked, because pytest has the terminal."""
    for option in ("yes", "server", "rtt", "jitter", "bandwidth", "stall"):
        message = re.sub(rf"(?<!\S)--{option}\b", f"--brokers-{option}", message)
    return message


def _end_with_pytest(is_alone: threading.Event) -> None:
    """End this process in order once standard input is closed: pytest was interrupted or killed."""

    def wait() -> None:
        os.read(sys.stdin.fileno(), 1)
        is_alone.set()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True).start()


def _measured(request: Request) -> dict[str, Any]:
    """Measure everything in one run, and return an outcome for each test."""
    guard = guard_of(request)
    comparison, labels = comparison_of(request, guard)
    directory = Path(request.out) if request.out else Path(request.folder) / "result"
    brokers = [subject.broker for subject in comparison.subjects]
    of_app = any((subject.workload or comparison.workload).is_users for subject in comparison.subjects)
    announce_servers(brokers, request.servers, of_app=of_app, yes=request.yes)

    def measure(comparison: Comparison, folder: Path) -> None:
        approve = ask_before_spending(comparison.budget_s, yes=request.yes)
        measured(comparison, folder, approve, console=Console(), reports=bool(request.out))

    if guard:
        gate = judged(guard, comparison, directory, measure)
        result = gate.current
    else:
        measure(comparison, directory)
        gate, result = None, read_result(directory)
    tests = {test.id: outcome(test, labels[test.id], result, gate, request) for test in request.tests or []}
    notes = [] if request.only_warms_up else way_notes(result)  # a warm-up has no table
    return {"tests": tests, "notes": notes, "interrupted": result.status == "interrupted"}
