from collections.abc import Callable

from bench.ab.bisection import Bisection
from bench.report.ab.bisection import found_by
from bench.stats.intervals import PairedRatio

RELEASES = ["5.4.2", "5.5.0", "5.5.1", "5.5.2", "5.5.3", "5.5.4", "5.6.0", "5.6.1", "5.6.2", "5.7.0"]


def told(ratio: Callable[[str], float | None]) -> str:
    """Return what is said of releases of these ratios to the first; None stands for a good one."""
    search = Bisection(RELEASES)
    while release := search.next:
        value = ratio(release)
        search.add("regressed" if value else "within", PairedRatio(value, 0.9 * value, 1.1 * value) if value else None)
    return "\n".join(found_by(search, "kombu"))


def test_one_change_is_the_first_of_a_run_and_names_what_was_tried() -> None:
    text = told(lambda release: 0.5 if release >= "5.5.2" else None)
    assert text.startswith("kombu 5.5.2 is the first of a run of releases that are worse (tried and worse: 5.5.2, ")
    assert "5.5.1 is not worse" in text
    assert "\nNot tried: " in text
    assert "more than one" not in text


def test_a_history_of_two_runs_is_not_called_one_change() -> None:
    text = told(lambda release: 0.01 if "5.5.0" <= release < "5.6" else 0.5 if release == "5.7.0" else None)
    assert text.startswith("kombu changes more than once: worse from 5.5.0 on (5.4.2 is not); good again from ")
    assert "; worse from 5.7.0 on (5.6.2 is not)." in text
    assert "first of a run" not in text
    assert "not equally so (5.5.0 0.01x and 5.7.0 0.50x of the good one)" in text


def test_releases_that_are_worse_in_different_degrees_may_be_more_than_one_change() -> None:
    text = told(lambda release: 0.01 if release == "5.7.0" else 0.5 if release >= "5.5.0" else None)
    assert text.startswith("kombu 5.5.0 is the first of a run")
    assert "There may be more than one change" in text


def test_a_last_release_that_is_good_leaves_the_others_open() -> None:
    text = told(lambda release: None)
    assert text.startswith("kombu 5.7.0 is not worse than 5.4.2.\nNot tried: 5.5.0, ")
