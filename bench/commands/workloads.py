"""The command ``brokerbench workloads``: lists the workloads that come with the package."""

import click

from bench.records.workload import catalogue

__all__ = ["workloads"]


@click.command()
def workloads() -> None:
    """List the workloads that come with the package."""
    width = max(map(len, catalogue()))
    for workload in catalogue().values():
        click.echo(f"{workload.name:{width}}  {workload.summary}")
