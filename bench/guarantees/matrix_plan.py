"""Plans a run of faults: which cells, in which order."""

from dataclasses import dataclass, field
from functools import partial

from bench.guarantees.fault import Fault
from bench.processes.subject import Subject
from bench.records.matrix import Cell
from bench.records.workload import Workload

__all__ = ["LANES", "MatrixPlan", "Part"]

LANES = 16
"""How many cells run at a time: most of a cell is waiting."""
Part = tuple[Subject, Fault]


@dataclass(frozen=True, kw_only=True)
class MatrixPlan:
    """What to run, with which app and task. ``known`` cells are not run again."""

    subjects: list[Subject]
    faults: list[Fault]
    workload: Workload = field(default_factory=partial(Workload, name="guarantees"))
    repeats: int = 3
    lanes: int = LANES
    known: list[Cell] = field(default_factory=list)

    def missing(self) -> list[Part]:
        """Return the cells to run."""
        known = {(cell.subject, cell.fault) for cell in self.known}
        parts = [(subject, fault) for fault in self.faults for subject in self.subjects]
        return [(subject, fault) for subject, fault in parts if (subject.label, fault.name) not in known]

    def rows(self) -> list[list[Part]]:
        """Return the cells to run in rows, longest first; the cells of a row run one after another.

        The faults that break a subject's server are one row, because they all break the same server.
        """
        parts = self.missing()
        breaking: dict[str, list[Part]] = {}
        for subject, fault in parts:
            if fault.breaks == "server":
                breaking.setdefault(subject.label, []).append((subject, fault))
        alone = [[part] for part in parts if part[1].breaks != "server"]
        return sorted([*breaking.values(), *alone], key=lambda row: -sum(fault.typical_s for _, fault in row))
