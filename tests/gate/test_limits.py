from pathlib import Path

import pytest

from bench.gate.limits import DEFAULT_LIMIT, Limits, read_limits
from brokers.errors import UsageError

FILE = """
max-regression = "4%"
[metric]
throughput = "10%"
[subject."rabbitmq:quorum"]
throughput = "20%"
enqueue = "0.5 %"
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "limits.toml"
    path.write_text(text)
    return path


def test_the_most_special_limit_counts(tmp_path: Path) -> None:
    limits = read_limits(written(tmp_path, FILE), None)
    assert limits.of("redis", "enqueue") == 0.04
    assert limits.of("redis", "throughput") == 0.10
    assert limits.of("rabbitmq:quorum", "throughput") == 0.20
    assert limits.of("rabbitmq:quorum", "enqueue") == 0.005
    assert limits.of("rabbitmq:quorum", "latency") == 0.04


def test_the_option_goes_before_the_files_own_default(tmp_path: Path) -> None:
    limits = read_limits(written(tmp_path, FILE), 0.3)
    assert limits.of("redis", "enqueue") == 0.3
    assert limits.of("redis", "throughput") == 0.10


def test_without_a_file_one_limit_holds_for_all() -> None:
    assert read_limits(None, None).of("redis", "wakeup") == DEFAULT_LIMIT
    assert read_limits(None, 0.01).of("redis", "wakeup") == 0.01


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("max-regresion = '5%'", "unknown key 'max-regresion'"),
        ("max_regression = '5%'", "unknown key 'max_regression': did you mean 'max-regression'?"),
        ("max-regression = 5", "5 is not a limit; use a percentage between 0 % and 100 % in quotes, for example '5%'"),
        ("[metric]\nenqueue = '5'", "'5' is not a limit: use a percentage"),
        ("[metric]\nenqueue = '100%'", "'100%' is not a limit: use a percentage between 0 % and 100 %"),
        ("[metric]\ncapacity = '5%'", "limits.toml: metric.capacity"),
        ("[metric\n", "cannot read the limits"),
    ],
)
def test_a_wrong_file_is_refused_with_the_key(tmp_path: Path, text: str, line: str) -> None:
    with pytest.raises(UsageError, match="limits") as refused:
        read_limits(written(tmp_path, text), None)
    assert line in refused.value.format_message()


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"No such file or directory\): use a TOML file"):
        read_limits(tmp_path / "none.toml", None)


def test_a_limit_of_a_subject_that_was_not_measured_guards_nothing_and_is_refused() -> None:
    limits = Limits(subjects={"rabitmq": {"enqueue": 0.1}})
    with pytest.raises(UsageError, match="did you mean 'rabbitmq'"):
        limits.check(["redis", "rabbitmq"])
    Limits(subjects={"redis": {}}).check(["redis"])
