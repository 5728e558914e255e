"""A point of a sweep at which a subject failed: its row has the reason, and the others have their figures."""

import io

from rich.console import Console
from sides import made_side, made_subjects

from bench.commands.compare import _lacks_something
from bench.records.provenance import FailedPoint
from bench.records.result import Result
from bench.records.workload import Workload
from bench.report.html import html
from bench.report.markdown import markdown
from bench.report.sections import sections
from bench.report.terminal import print_result

REASON = "its worker ended with code 1: Celery refuses to run a worker as root"
PICKLE, JSON = {"task_serializer": "pickle"}, {"task_serializer": "json"}


def swept(*failed: FailedPoint) -> Result:
    """Make a result of a sweep over two serializers, measured with the second."""
    sweep = Workload.model_validate({"name": "own", "sweep": {"settings.task_serializer": ["pickle", "json"]}})
    (subject,) = made_subjects("redis", failed_at=list(failed))
    return made_side(at=JSON, workload=sweep, subjects=[subject], metrics=("enqueue",))


def test_its_row_has_the_reason_in_the_place_of_the_point_and_the_others_have_figures() -> None:
    (section,) = sections(swept(FailedPoint(at=PICKLE, reason=REASON)))
    assert [(line.at, line.measured, line.note()) for line in section.lines] == [
        (PICKLE, False, f"failed: {REASON}"),
        (JSON, True, ""),
    ]


def test_every_report_has_the_reason() -> None:
    result, console = swept(FailedPoint(at=PICKLE, reason=REASON)), Console(file=io.StringIO(), width=200)
    print_result(result, console, None)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    for text in (shown, markdown(result), html(result)):
        assert f"failed: {REASON}" in " ".join(text.split())


def test_a_point_that_was_not_measured_is_something_that_was_asked_for_and_is_missing() -> None:
    assert _lacks_something(swept(FailedPoint(at=PICKLE, reason=REASON)))
    assert _lacks_something(swept())  # there was no time for it
    whole = swept().workload.model_copy(update={"sweep": {}})
    assert not _lacks_something(swept().model_copy(update={"workload": whole}))
