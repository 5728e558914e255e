"""The command ``brokerbench workloads``: lists the workloads that come with the package."""

import click

from bench.commands.documents import json_option, print_document
from bench.records.workload import catalogue
from bench.report.documents.small import WorkloadsDocument

__all__ = ["workloads"]


@click.command()
@json_option
def workloads(*, as_json: bool) -> None:
    """List the workloads that come with the package."""
    if as_json:
        print_document(WorkloadsDocument(workloads=list(catalogue().values())))
        return
    width = max(map(len, catalogue()))
    for workload in catalogue().values():
        click.echo(f"{workload.name:{width}}  {workload.summary}")
