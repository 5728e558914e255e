"""The reasons of figures in sentences, with what a setting makes of them."""

import json
from collections.abc import Iterable

from bench.metrics.registry import find_metric
from bench.records.diagnoses import Cure, Diagnosis
from bench.records.result import Result
from bench.report.sections import Section, subject_name
from bench.text.cleaning import clean
from bench.text.numbers import plural, ratio_figure
from bench.text.places import place_key, place_name

__all__ = ["reason_sentences", "reasons"]

_MOST = 6


def reasons(result: Result) -> list[str]:
    """Return the main reason of each subject's figure in each metric, at the place where it explains most."""
    first: dict[object, Diagnosis] = {}
    for one in result.diagnoses:
        first.setdefault((one.subject, one.metric, place_key(one.at)), one)
    largest: dict[tuple[str, str], list[Diagnosis]] = {}
    for one in first.values():
        largest.setdefault((one.subject, one.metric), []).append(one)
    told = [_sentence(max(some, key=lambda one: one.share), result) for some in largest.values()]
    more = (
        [f"The reasons of {plural(len(told) - _MOST, 'more figure')} are in the reports."] if len(told) > _MOST else []
    )
    return told[:_MOST] + more


def reason_sentences(section: Section, result: Result) -> list[str]:
    """Return every reason of a section's figures, and a sentence about the figures for which none was found."""
    labels = {line.subject.label for line in section.lines}
    own = [one for one in result.diagnoses if one.metric == section.metric and one.subject in labels]
    known = {(one.subject, place_key(one.at)) for one in own}
    looked_for = [line for line in section.lines if line.measured and not line.void and line.row]
    none = [line.name_at(line.at) for line in looked_for if (line.subject.label, line.at_key) not in known]
    unknown = [f"No reason was found for the {section.metric} of {', '.join(none)}."] if own and none else []
    return [*(_sentence(one, result) for one in own), *unknown]


def _sentence(one: Diagnosis, result: Result) -> str:
    name = next((subject_name(each) for each in result.subjects if each.label == one.subject), clean(one.subject))
    where = f" ({place_name(one.at)})" if one.at else ""
    cure = f"; {_cure(one.cure, one.metric)}" if one.cure else ""
    return f"{name}, {one.metric.replace('-', ' ')}{where}: {clean(one.text)}{cure}."


def _cure(cure: Cure, metric: str) -> str:
    """Return what settings made of a figure, or why that is not known."""
    settings = " ".join(setting_words(cure.settings.items()))
    if cure.figure is None or cure.ratio is None:
        return f"{settings} may change that, but {clean(cure.why_not)}"
    few = " (too few blocks for an interval)" if cure.ratio.low is None else ""
    as_text, without = find_metric(metric).text, cure.figure.value / cure.ratio.value
    return (
        f"with {settings} it was {as_text(cure.figure.value)} beside {as_text(without)}, {ratio_figure(cure.ratio)} as "
        f"much{few}"
    )


def setting_words(settings: Iterable[tuple[str, object]]) -> list[str]:
    """Return settings as in a SPEC of ``ab``: ``broker_transport_options.polling_interval=0.1``."""
    return [clean(f"{name}={json.dumps(value)}") for name, value in settings]
