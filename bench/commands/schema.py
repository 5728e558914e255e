"""The command ``brokerbench schema``: prints the JSON schema of what a command prints with ``--json``."""

import click

from bench.commands.documents import DOCUMENTS, document_schema

__all__ = ["schema"]


@click.command()
@click.argument("command", type=click.Choice(list(DOCUMENTS)), metavar="COMMAND")
def schema(*, command: str) -> None:
    """Print the JSON schema of the document that COMMAND prints with --json; soak is for 'guarantees --soak'."""
    click.echo(document_schema(command), nl=False)
