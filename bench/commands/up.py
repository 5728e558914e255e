"""The command ``brokerbench up``: runs private servers until they are stopped."""

import shlex
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import click

from bench.commands.documents import json_option, print_document
from bench.commands.parameters import SUBJECT
from bench.report.documents.small import UpDocument
from brokers.errors import UsageError
from brokers.protocol import Broker, Profile
from brokers.server import serve
from brokers.workspace import open_workspace

__all__ = ["up"]


@click.command()
@click.argument("subjects", nargs=-1, required=True, metavar="SUBJECT...", type=SUBJECT)
@json_option
def up(*, subjects: tuple[tuple[Broker, Profile], ...], as_json: bool) -> None:
    """Start private servers, print the exports for using them, and stop them on Ctrl-C."""
    with _running(list(subjects)) as urls:
        if as_json:
            print_document(UpDocument(variables=urls))
        else:
            click.echo("\n".join(f"export {name}={shlex.quote(url)}" for name, url in urls.items()))
        click.echo("# Press Ctrl-C to stop them", err=True)
        _wait_for_interrupt()


def _wait_for_interrupt() -> None:
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        click.echo("stopped", err=True)


@contextmanager
def _running(chosen: list[tuple[Broker, Profile]]) -> Iterator[dict[str, str]]:
    """Run a private server for each broker, and yield the variables that make tasks and Brokerbench use them.

    Raises UsageError for a broker that has no server, that is named twice, or for which the user already has a server.
    """
    _check(chosen)
    with open_workspace() as workspace, ExitStack() as ends:
        yield {
            broker.url_variable: ends.enter_context(serve(broker, profile, workspace)).url for broker, profile in chosen
        }


def _check(chosen: list[tuple[Broker, Profile]]) -> None:
    names = [broker.name for broker, _ in chosen]
    for broker, _ in chosen:
        if not broker.url_variable:
            raise UsageError(f"{broker.name} has no server to start: remove it")
        if names.count(broker.name) > 1:
            raise UsageError(f"{broker.name} is named twice, but {broker.url_variable} can name only one server")
        if broker.find().kind == "url":
            raise UsageError(f"{broker.url_variable} is already set: run 'unset {broker.url_variable}' first")
