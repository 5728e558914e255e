"""The tables of a section besides its lines: ceilings, parts of a time, and its metric's own tables."""

from bench.metrics.registry import find_metric
from bench.metrics.telling import PERCENTILES, percentile_figures
from bench.records.figures import Row
from bench.records.result import Result
from bench.report.columns import figure_of, heads
from bench.report.fitted import round_trip_tables
from bench.report.maps import map_tables
from bench.report.sections import Line, Section
from bench.text.cleaning import clean
from bench.text.numbers import MISSING, share_figure
from bench.text.places import place_key
from bench.text.table import Table, Titled

__all__ = ["LAYERS", "section_tables", "share_text"]

LAYERS = {"raw": "the raw client", "kombu": "kombu alone", "memory": "Celery on memory", "celery": "Celery"}


def section_tables(section: Section, result: Result) -> list[Titled]:
    """Return the tables of a section besides its lines; none is empty."""
    own = find_metric(section.metric).tables(section.lines, result)
    found = [*map_tables(section, result), *round_trip_tables(section, result), *_ceilings(section), *own]
    return [one for one in [*found, *_parts(section)] if one.table.rows]


def _ceilings(section: Section) -> list[Titled]:
    """Return the figures of the ceilings, and Celery's speed as a share of theirs."""
    shown = heads(section.metric, section.ceilings)
    table = Table(["subject", "ceiling", *shown, "Celery's share"], names=2)
    for line in section.lines:
        own = (row for row in section.ceilings if (row.subject, place_key(row.at)) == (line.subject.label, line.at_key))
        for row in own:
            figures = [str(figure_of(row, head)) for head in shown]
            table.rows.append([line.full_name, LAYERS[row.layer], *figures, share_text(line, row)])
    return [Titled("Ceilings", table)]


def share_text(line: Line, ceiling: Row) -> str:
    """Return Celery's speed as a share of a ceiling's, or that one of the two is void."""
    return "void" if line.void or ceiling.void else str(share_figure(ceiling.share))


def _parts(section: Section) -> list[Titled]:
    """Return the parts of a latency, or of another time, that are shown separately."""
    parts = [(line, name, one) for line in section.lines if line.row for name, one in line.row.apart.items()]
    printed = [percentile_figures(one) for _, _, one in parts]
    shown = [head for head in PERCENTILES if any(figures[head].text != MISSING for figures in printed)]
    table = Table(["subject", "part", "samples", *shown], names=2)
    for (line, name, one), figures in zip(parts, printed, strict=True):
        table.rows.append([line.full_name, clean(name), f"{one.samples:,}", *(str(figures[head]) for head in shown)])
    title = find_metric(section.metric).words.apart
    return [Titled(title, table, folded=True)]
