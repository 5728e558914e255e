"""The answer of a matrix in at most three sentences: what was broken, lost as allowed, and could not be run."""

from bench.records.matrix import Cell, Matrix, Outcome
from bench.text.cleaning import clean
from bench.text.numbers import plural

__all__ = ["answer"]

_MOST_NAMED = 4


def answer(matrix: Matrix) -> list[str]:
    """Return the sentences; the first one says whether a promise of a tier was broken."""
    run = [cell for cell in matrix.cells if cell.outcome != "not run"]
    broken, allowed, missing = (_cells(matrix, outcome) for outcome in ("broken", "allowed", "not run"))
    if not run:
        first = "Nothing was broken on purpose yet, so nothing is known."
    elif broken:
        first = f"A promise of the tier was broken in {len(broken)} of {plural(len(run), 'cell')}: {_named(broken)}."
    else:
        first = f"No promise of a tier was broken in {plural(len(run), 'cell')}."
    lost = f"Accepted tasks were lost, as the fast tier allows, in {plural(len(allowed), 'cell')}: {_named(allowed)}."
    left = f"{plural(len(missing), 'cell')} could not be run: {_named(missing)}."
    return [first, *([lost] if allowed else []), *([left] if missing else [])]


def _cells(matrix: Matrix, outcome: Outcome) -> list[Cell]:
    return [cell for cell in matrix.cells if cell.outcome == outcome]


def _named(cells: list[Cell]) -> str:
    """Return the faults of the cells, each with its subjects; of many, the first few."""
    faults: dict[str, list[str]] = {}
    for cell in cells:
        faults.setdefault(clean(cell.fault), []).append(clean(cell.subject))
    named = [f"{fault} on {', '.join(subjects)}" for fault, subjects in faults.items()]
    more = len(named) - _MOST_NAMED
    return "; ".join([*named[:_MOST_NAMED], *([f"and {plural(more, 'fault')} more"] if more > 0 else [])])
