"""A matrix is compared with expectations: strictly, by name, and only on the same server."""

from pathlib import Path

import pytest
from matrices import failed_matrix, make_attempt, make_cell, make_matrix, not_run, six_matrix

from bench.guarantees.expected_file import expectations_of
from bench.guarantees.expecting import ExpectationsCheck, NotComparable, check_names, compare
from bench.records.expectations import read_expectations
from bench.records.matrix import AttemptRecord, Cell, Matrix
from bench.report.guarantees.expectations import comparison_lines
from brokers.errors import UsageError

WRONG = {
    'version = 1\n[subjects.redis]\nsever = "x"\n': "unknown key 'subjects.redis.sever': did you mean 'server'?",
    'version = 1\n[subjects.redis.faults]\na = { outcom = "kept" }\n': "a.outcom': did you mean 'outcome'?",
    'version = 1\n[subjects.redis.faults]\na = { outcome = "kept", lots = 1 }\n': "did you mean 'lost'?",
    'version = 1\n[subjects.redis.faults]\na = "kpet"\n': "subjects.redis.faults.a.outcome.0: use 'kept'",
    "version = 1\n[subjects.redis.faults]\na = []\n": "no outcome is expected: name at least one",
    'version = 1\n[subjects.redis.faults]\na = { outcome = "kept", lost = -1 }\n': "use at least 0",
    "version = 2\n[subjects]\n": "version: use 1",
    "verson = 1\n[subjects]\n": "unknown key 'verson': did you mean 'version'?",
    "version = [": "cannot read the expectations",
}


def held(text: str, *cells: Cell, path: Path) -> ExpectationsCheck:
    path.write_text(text)
    return compare(read_expectations(path), make_matrix(*cells), "mine.toml")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mine.toml"


@pytest.mark.parametrize(("text", "line"), WRONG.items())
def test_what_is_wrong_in_a_file_is_said_in_one_line(text: str, line: str, path: Path) -> None:
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        read_expectations(path)
    assert line in caught.value.format_message()
    assert "\n" not in caught.value.format_message()


def test_a_file_that_is_not_there_is_named(path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read the expectations .*mine.toml \(No such file"):
        read_expectations(path)


@pytest.mark.parametrize(
    ("label", "fault", "line"),
    [
        (
            "redis",
            "worker-kiled-late",
            "mine.toml: no fault named 'worker-kiled-late': did you mean 'worker-killed-late'?",
        ),
        ("redis", "flood", "no fault named 'flood': run 'brokerbench guarantees --list' for their names"),
        ("kafak", "worker-killed-late", "No broker named 'kafak'"),
    ],
)
def test_an_unknown_name_in_a_file_is_an_error(label: str, fault: str, line: str, path: Path) -> None:
    path.write_text(f'version = 1\n[subjects.{label}.faults]\n{fault} = "kept"\n')
    with pytest.raises(UsageError) as caught:
        check_names(read_expectations(path), ["worker-killed-late", "child-killed-late"], "mine.toml")
    assert line in caught.value.format_message()


LATE = "worker-killed-late"
GOOD = [
    ('"kept"', [make_attempt()]),
    ('["broken", "kept"]', [make_attempt(), make_attempt(lost=[1])]),
    ('{ outcome = "kept", lost = 0, duplicated = 0, stopped = false, back_within_s = 7 }', [make_attempt()]),
    ('{ outcome = "allowed", lost = [1, 3] }', [make_attempt("allowed", lost=[1]), make_attempt(lost=[1, 2, 3])]),
    ('{ outcome = "kept", duplicated = "some" }', [make_attempt(duplicated=[0])]),
    ('{ outcome = "broken", stopped = true }', [make_attempt("broken", stopped=True)]),
    ('{ outcome = "kept", recovered_within_s = 2 }', [make_attempt()]),
]
BAD = [
    ('"kept"', [make_attempt("broken")], "kept", "broken"),
    ('["shown", "kept"]', [make_attempt("allowed")], "shown or kept", "allowed"),
    ('{ outcome = "kept", lost = 0 }', [make_attempt(), make_attempt(lost=[1, 2])], "0 lost", "0 to 2 lost"),
    ('{ outcome = "kept", lost = [1, 2] }', [make_attempt()], "1 to 2 lost", "0 lost"),
    ('{ outcome = "kept", duplicated = "some" }', [make_attempt()], "some duplicated", "0 duplicated"),
    (
        '{ outcome = "kept", stopped = true }',
        [make_attempt(), make_attempt(stopped=True)],
        "the worker stops",
        "it stopped in 1 of 2 attempts",
    ),
    ('{ outcome = "kept", back_within_s = 6 }', [make_attempt()], "back within 6 s", "back after 6.1 s"),
    ('{ outcome = "kept", recovered_within_s = 1 }', [make_attempt()], "recovered within 1 s", "recovered after 1.3 s"),
    (
        '{ outcome = "kept", recovered_within_s = 9 }',
        [make_attempt(recovered_s=None)],
        "recovered within 9 s",
        "not recovered",
    ),
]


@pytest.mark.parametrize(("expected", "attempts"), GOOD)
def test_what_is_as_expected_makes_no_difference(expected: str, attempts: list[AttemptRecord], path: Path) -> None:
    text = f"version = 1\n[subjects.redis.faults]\n{LATE} = {expected}\n"
    compared = held(text, make_cell("redis", LATE, *attempts), path=path)
    assert (compared.compared, compared.differences) == (1, [])


@pytest.mark.parametrize(("expected", "attempts", "wanted", "found"), BAD)
def test_what_is_not_as_expected_is_a_difference_in_words(
    expected: str, attempts: list[AttemptRecord], wanted: str, found: str, path: Path
) -> None:
    text = f"version = 1\n[subjects.redis.faults]\n{LATE} = {expected}\n"
    compared = held(text, make_cell("redis", LATE, *attempts), path=path)
    assert [(one.expected, one.found) for one in compared.differences] == [(wanted, found)]
    first, last = comparison_lines(compared, "mine.toml")
    assert first == (
        f"redis, {LATE}: expected {wanted}, found {found}: "
        f"use --explain {LATE} to see what happened, or change mine.toml"
    )
    assert last == "0 of 1 cell as expected by mine.toml"


def test_a_cell_that_could_not_be_run_is_told_apart(path: Path) -> None:
    text = f'version = 1\n[subjects.redis.faults]\n{LATE} = "kept"\n'
    compared = held(text, not_run("redis", LATE, "no server"), path=path)
    (difference,) = compared.differences
    assert not difference.ran
    line, _ = comparison_lines(compared, "mine.toml")
    assert "expected kept, found not run: no server: fix what is missing, or expect 'not run' in mine.toml" in line


def test_a_cell_that_cannot_be_run_may_be_expected(path: Path) -> None:
    text = f'version = 1\n[subjects.redis.faults]\n{LATE} = "not run"\n'
    assert held(text, not_run("redis", LATE, "no server"), path=path).differences == []


def test_what_is_in_only_one_of_the_two_is_named(path: Path) -> None:
    text = (
        f'version = 1\n[subjects.redis.faults]\n{LATE} = "kept"\nshutdown-warm = "kept"\n'
        '[subjects.rabbitmq.faults]\nshutdown-cold = "kept"\n'
    )
    cells = [make_cell("redis"), make_cell("rabbitmq"), not_run("rabbitmq", "child-killed-late", "no server")]
    cells += [make_cell("sqs"), not_run("sqs", "child-killed-late", "no server")]
    compared = held(text, *cells, path=path)
    assert compared.differences == []
    assert list(comparison_lines(compared, "mine.toml")) == [
        "! rabbitmq, child-killed-late: not run, and mine.toml does not mention it",
        "! mine.toml does not mention sqs: see --write-expectations",
        f"! mine.toml does not mention rabbitmq: {LATE}: see --write-expectations",
        "! mine.toml has expectations for cells that were not requested: redis: shutdown-warm; rabbitmq: shutdown-cold",
        "1 of 1 cell as expected by mine.toml",
    ]


@pytest.mark.parametrize("server", ["redis 7.0", "redis 7", "redis 7.0.15", "redis", "Redis 7.0"])
def test_a_file_of_the_same_server_is_compared(server: str, path: Path) -> None:
    text = f'version = 1\n[subjects.redis]\nserver = "{server}"\n[subjects.redis.faults]\n{LATE} = "kept"\n'
    assert held(text, make_cell(), path=path).compared == 1


@pytest.mark.parametrize("server", ["redis 8.0", "redis 7.0.1", "valkey 7.0"])
def test_a_file_of_another_server_is_not_comparable(server: str, path: Path) -> None:
    text = f'version = 1\n[subjects.redis]\nserver = "{server}"\n[subjects.redis.faults]\n{LATE} = "kept"\n'
    with pytest.raises(NotComparable) as caught:
        held(text, make_cell(), path=path)
    assert caught.value.exit_code == 3
    message = caught.value.format_message()
    assert message.startswith(f"not comparable: mine.toml expects redis on {server}, but it ran on redis 7.0.15: use")
    assert "\n" not in message


def test_a_file_of_nothing_that_was_run_is_not_comparable(path: Path) -> None:
    with pytest.raises(NotComparable, match=r"mine\.toml has no expectation for any cell that was run"):
        held(f'version = 1\n[subjects.sqs.faults]\n{LATE} = "kept"\n', make_cell(), path=path)


@pytest.mark.parametrize("matrix", [six_matrix(), failed_matrix()], ids=["six", "failed"])
def test_what_was_found_is_as_the_file_expects_that_is_made_of_it(matrix: Matrix, path: Path) -> None:
    path.write_text(expectations_of(matrix))
    compared = compare(read_expectations(path), matrix, "mine.toml")
    assert compared.compared == len(matrix.cells)
    assert (compared.differences, compared.not_run, compared.not_expected) == ([], [], [])


def test_the_file_that_is_made_bounds_only_what_is_no_chance(path: Path) -> None:
    cells = [
        make_cell("redis", "a", make_attempt("broken", lost=[1], stopped=True), make_attempt("broken", stopped=True)),
        make_cell("redis", "b", make_attempt("allowed", lost=[1])),
        not_run("redis", "c", "no server\nat all"),
    ]
    text = expectations_of(make_matrix(*cells))
    assert 'server = "redis 7.0"\n' in text
    assert 'a = { outcome = "broken", duplicated = 0, stopped = true }\n' in text
    assert 'b = { outcome = "allowed", lost = "some", duplicated = 0 }\n' in text
    assert 'c = "not run"  # no server at all\n' in text
