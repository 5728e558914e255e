"""What ``export``, ``workloads`` and ``up`` print with ``--json``."""

from typing import Literal

from bench.records.bounds import Few, Rows
from bench.records.strict import Record
from bench.records.workload import Workload
from bench.report.export import Exported

__all__ = ["ExportDocument", "UpDocument", "WorkloadsDocument"]


class ExportDocument(Record):
    """Every figure of a result, also ceilings, and void figures with the reason."""

    version: Literal[1] = 1
    kind: Literal["export"] = "export"
    figures: Rows[Exported]


class UpDocument(Record):
    """The variables that lead to the private servers. They contain the servers' passwords."""

    version: Literal[1] = 1
    kind: Literal["up"] = "up"
    variables: dict[str, str]


class WorkloadsDocument(Record):
    """The workloads that come with the package."""

    version: Literal[1] = 1
    kind: Literal["workloads"] = "workloads"
    workloads: Few[Workload]
