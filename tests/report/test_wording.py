"""What a reader is told before the figures."""

from made_results import alike_result, make_result, single_result
from rich_results import rich_result

from bench.report.wording import notes, title


def test_a_finished_result_without_warnings_has_no_notes() -> None:
    assert notes(make_result()) == []


def test_the_title_lists_the_subjects() -> None:
    assert title(alike_result()) == "redis and redis#2"
    assert title(single_result()) == "redis"
    assert title(make_result().model_copy(update={"subjects": []})) == "no subject"


def test_the_title_of_two_sides_says_what_they_are() -> None:
    result = alike_result()
    sides = zip(result.subjects, "AB", ("as it is", "profile=durable"), strict=True)
    subjects = [one.model_copy(update={"label": label, "broker": "redis", "spec": spec}) for one, label, spec in sides]
    sided = result.model_copy(update={"subjects": subjects})
    assert title(sided) == "redis: A (as it is) and B (profile=durable)"


def test_an_interrupted_series_counts_the_blocks_of_all_its_places() -> None:
    result = rich_result(status="interrupted")
    assert notes(result)[0].startswith("interrupted after 328 blocks:")
