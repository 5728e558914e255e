"""``--json``: a command prints one document to standard output, and everything else to standard error."""

from importlib import import_module

import click
from rich.console import Console

from bench.records.run import schema_of
from bench.records.strict import Record

__all__ = ["DOCUMENTS", "console_for", "document_schema", "json_option", "print_document"]

DOCUMENTS = {
    "ab": "bench.report.documents.ab:AbDocument",
    "bisect": "bench.report.documents.bisection:BisectionDocument",
    "compare": "bench.records.result:Result",
    "doctor": "bench.engine.checkup:Checkup",
    "export": "bench.report.documents.small:ExportDocument",
    "gate": "bench.report.documents.gate:GateDocument",
    "guarantees": "bench.records.matrix:Matrix",
    "history": "bench.report.documents.history:HistoryDocument",
    "releases": "bench.records.releases:Releases",
    "report": "bench.report.documents.report:ReportDocument",
    "selfcheck": "bench.records.selfcheck:SelfCheck",
    "soak": "bench.records.soak:Soak",
    "tune": "bench.records.tune:TuneRecord",
    "up": "bench.report.documents.small:UpDocument",
    "workloads": "bench.report.documents.small:WorkloadsDocument",
}
"""The record that each command prints, as module and class; ``soak`` is that of ``guarantees --soak``."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, and everything else on standard error.")


def console_for(*, as_json: bool) -> Console:
    """Return the console for what is not the document."""
    return Console(stderr=as_json)


def print_document(document: Record) -> None:
    """Print a document on standard output, on one line."""
    click.echo(document.model_dump_json())


def document_schema(name: str) -> str:
    """Return the JSON schema of the document that a command prints."""
    module, _, kind = DOCUMENTS[name].partition(":")
    return schema_of(getattr(import_module(module), kind), f"What 'brokerbench {name} --json' prints")
