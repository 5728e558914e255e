"""How a distance is asked for, on each command, and what cannot be asked for."""

from pathlib import Path
from typing import Any

import pytest
from support import URL_VARIABLES

from bench.ab.spec import read_spec
from bench.cli import cli
from bench.commands import ab, breaking, soaking
from bench.compare import run as comparing
from bench.compare.request import Comparison
from bench.processes.subject import label_subjects, read_subject
from bench.records.distance import NEAR, Distance
from bench.records.workload import Workload, load_workload
from brokers.errors import UsageError

RELEASES = ("--package", "kombu")
BISECT = (*RELEASES, "--good", "5.5.0", "--bad", "5.6.0")
SUBJECTS = ("redis", "rabbitmq", "sqs")


class Reached(Exception):
    """The command got as far as measuring."""


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """Keep what the commands would measure."""
    found: list[Any] = []

    def reach(*what: Any, **_: Any) -> None:
        found.extend(what)
        raise Reached

    monkeypatch.chdir(tmp_path)
    for name in URL_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(comparing, "compare", reach)
    monkeypatch.setattr(breaking, "measure", reach)
    monkeypatch.setattr(soaking, "soak", reach)
    return found


def refused(*arguments: str) -> str:
    with pytest.raises(UsageError) as told:
        cli([*arguments], standalone_mode=False)
    (line,) = told.value.format_message().splitlines()
    return line


def ran(*arguments: str) -> None:
    with pytest.raises(Reached):
        cli([*arguments], standalone_mode=False)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("redis@",), "'redis@' has no distance after the @; use for example redis@0.5ms"),
        (("redis@1",), "'1' has no unit; use for example redis@1ms"),
        (("redis@-1ms",), "'-1ms' is negative; use for example redis@0.5ms"),
        (("redis@1ms@2ms",), "'redis@1ms@2ms' has more than one @; use a single distance, for example redis@0.5ms"),
        (("redis@1.0000021ms",), "'1.0000021ms' is too precise; use for example redis@1ms"),
        (("redis@1ms:durable",), "the profile of 'redis@1ms:durable' comes before the distance: use redis:durable@1ms"),
        (("redis:durable@0.3ms#2",), "'0.3ms#2' is not a round-trip time; use for example redis:durable@0.5ms"),
        (("redis@20s",), "'20s' is more than 1 s; use for example redis@0.5ms"),
        (("@1ms",), "'@1ms' names no broker: use BROKER@0.5ms"),
        (("reddis@1ms",), "No broker named 'reddis'; did you mean 'redis'?"),
        (("memory@1ms",), "memory lives in one process, so it has no distance: leave out @1ms"),
        (("memory", "--rtt", "1ms"), "memory lives in one process, so it has no distance: leave it out, or"),
        (("redis", "--rtt", "abc"), "'abc' is not a round-trip time; use for example 0.5ms, or 0"),
        (("redis", "--rtt", "1"), "'1' has no unit; use for example 1ms"),
        (("redis", "--bandwidth", "10Mb"), "'10Mb' is not a bandwidth; use for example 10MB/s or 100Mbit/s"),
        (("redis", "--stall", "100%"), "'100%' is not a share; use a percentage below 100 %, such as 1%"),
        (("redis", "--rtt", "1ms", "--jitter", "2ms"), "--rtt, --jitter: the jitter is larger than the round trip"),
        (("redis", "--workload", "sweep-rtt", "--jitter", "1ms"), "--jitter: the jitter is larger than the round trip"),
        (("redis@1ms", "--rtt", "3ms", "--jitter", "2ms"), "redis is at 1ms, so it cannot have a jitter of 2ms"),
        (("redis", "--jitter", "2ms"), "redis is without a distance, so it cannot have a jitter of 2ms"),
        (("redis@1ms", "rabbitmq", "--jitter", "1ms"), "rabbitmq is without a distance, so it cannot have a jitter"),
        (("redis", "--rtt", "1ms", "--workload", "sweep-rtt"), "the workload 'sweep-rtt' varies rtt: remove --rtt"),
        (("redis@1ms", "--workload", "sweep-rtt"), "the workload varies the distance: use redis without @1ms"),
    ],
    ids=" ".join,
)
def test_what_cannot_be_is_one_clear_line(reached: list[Any], arguments: tuple[str, ...], line: str) -> None:
    assert refused("compare", *arguments).startswith(line)
    assert not reached


@pytest.mark.parametrize(
    ("command", "more"),
    [
        ("ab", ()),
        ("bisect", BISECT),
        ("releases", RELEASES),
        ("selfcheck", ()),
        ("guarantees", ()),
        ("guarantees", ("--soak", "60s")),
    ],
)
def test_every_command_that_measures_takes_a_distance_and_refuses_one_that_cannot_be(
    reached: list[Any], monkeypatch: pytest.MonkeyPatch, command: str, more: tuple[str, ...]
) -> None:
    monkeypatch.setattr("bench.commands.bisect.releases_between", lambda *_: ["5.5.0", "5.6.0"])
    monkeypatch.setattr("bench.commands.releases.chosen_releases", lambda *_, **__: [])
    wrong = ("redis@1ms", "--jitter", "2ms")
    if command in ("releases", "bisect"):
        wrong = ("redis", "--stall", "100%")
    assert not refused(command, *wrong, *more).startswith("No such option")
    assert not reached


@pytest.mark.parametrize("command", ["up"])
def test_servers_that_are_only_started_have_no_distance(command: str, reached: list[Any]) -> None:
    line = "redis has no distance here: only a measurement puts a server at one; leave out @1ms"
    assert refused(command, "redis@1ms") == line
    assert not reached


def test_each_subject_has_its_own_distance_or_that_of_all(reached: list[Any]) -> None:
    ran("compare", "redis", "redis@1ms", "redis@1ms", "rabbitmq:durable@0", "--rtt", "0.3ms", "--jitter", "0")
    comparison: Comparison = reached[0]
    found = {one.label: one.distance(comparison.workload).rtt_ns for one in comparison.subjects}
    assert found == {"redis@0.3ms": 300_000, "redis@1ms": 1_000_000, "redis@1ms#2": 1_000_000, "rabbitmq:durable": 0}


def test_zero_is_no_distance(reached: list[Any]) -> None:
    ran("compare", "redis", "--rtt", "0", "--stall", "0%")
    (subject,) = reached[0].subjects
    assert (subject.label, subject.distance(reached[0].workload)) == ("redis", NEAR)


def test_a_jitter_without_a_distance_of_all_is_for_subjects_with_their_own(reached: list[Any]) -> None:
    ran("compare", "redis@1ms", "rabbitmq@2ms", "--jitter", "0.5ms")
    found = [one.distance(reached[0].workload) for one in reached[0].subjects]
    assert found == [Distance(rtt_ns=rtt_ns, jitter_ns=500_000) for rtt_ns in (1_000_000, 2_000_000)]


def test_bandwidth_and_stalls_work_without_a_round_trip(reached: list[Any]) -> None:
    ran("compare", "redis", "--bandwidth", "10MB/s", "--stall", "1%")
    (subject,) = reached[0].subjects
    assert subject.distance(reached[0].workload) == Distance(bytes_per_s=10e6, stalled=0.01)
    assert subject.label == "redis"


def test_a_self_check_is_of_two_equal_subjects_at_a_distance(reached: list[Any]) -> None:
    ran("selfcheck", "redis@1ms", "--jitter", "0.1ms")
    comparison: Comparison = reached[0]
    assert [one.label for one in comparison.subjects] == ["redis@1ms", "redis@1ms#2"]
    assert len({one.distance(comparison.workload) for one in comparison.subjects}) == 1


@pytest.mark.parametrize("more", [(), ("--soak", "60s")], ids=["faults", "soak"])
def test_guarantees_are_broken_at_a_distance(reached: list[Any], more: tuple[str, ...]) -> None:
    ran("guarantees", "redis:durable", "rabbitmq@2ms", "--rtt", "30ms", "--stall", "1%", *more)
    plan = reached[0]
    subjects, workload = (plan, reached[2]) if more else (plan.subjects, plan.workload)
    assert [one.label for one in subjects] == ["redis:durable@30ms", "rabbitmq@2ms"]
    found = [one.distance(workload) for one in subjects]
    assert found == [Distance(rtt_ns=30_000_000, stalled=0.01), Distance(rtt_ns=2_000_000, stalled=0.01)]


def test_both_sides_have_the_subjects_distance_unless_a_spec_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, reached: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    found: list[Any] = []

    def ask(question: Any, _: Any) -> None:
        found.extend(question.sides.subjects)
        raise Reached

    monkeypatch.setattr(ab, "ask", ask)
    ran("ab", "redis@1ms", "--b", "rtt=2ms")
    assert [one.rtt_ns for one in found] == [1_000_000, 2_000_000]
    shown = capsys.readouterr().out
    assert "At a distance: redis@1ms, redis@2ms" in shown
    assert "A and B are the same" not in shown
    assert not reached


def test_a_spec_with_a_wrong_distance_is_refused() -> None:
    with pytest.raises(UsageError, match="rtt='soon' is not a round-trip time"):
        read_spec("rtt=soon")
    with pytest.raises(UsageError, match="'rtt' is given twice"):
        read_spec("rtt=1ms rtt=2ms")


def test_what_runs_in_one_process_beside_far_subjects_has_no_distance() -> None:
    (memory,) = label_subjects([read_subject("memory")])
    assert memory.distance(Workload(name="far", rtt="1ms", stall="1%")) == NEAR


def written(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(f'name = "mine"\n{text}\n')
    return str(path)


def test_a_workload_can_have_the_distance(tmp_path: Path) -> None:
    workload = load_workload(written(tmp_path, 'rtt = "0.5ms"\nbandwidth = "10MB/s"'))
    (subject,) = label_subjects([read_subject("redis")], workload)
    assert subject.label == "redis@0.5ms"
    assert subject.distance(workload) == Distance(rtt_ns=500_000, bytes_per_s=10e6)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("rtt = 0.5", "rtt: 0.5 has no unit: write a text, such as '0.5ms'"),
        ("stall = 1", "stall: 1 has no unit: write a text, such as"),
        ('rtt = "0.5"', "'0.5' has no unit; use for example 0.5ms"),
        ('rrt = "0.5ms"', "unknown key 'rrt': did you mean 'rtt'?"),
        ('banwidth = "1MB/s"', "unknown key 'banwidth': did you mean 'bandwidth'?"),
        ('rtt = "1ms"\njitter = "2ms"', "the jitter is larger than the round trip"),
        ("[sweep]\nrtt = [0, 1]", "a value of 'rtt' has no unit: write texts, for example rtt = ['0', '0.5ms']"),
        ('jitter = "1ms"\n[sweep]\nrtt = ["0", "2ms"]', "the jitter is larger than the round trip"),
    ],
)
def test_a_wrong_distance_in_a_workload_says_how_to_write_it(tmp_path: Path, text: str, line: str) -> None:
    with pytest.raises(UsageError) as told:
        load_workload(written(tmp_path, text))
    (message,) = told.value.format_message().splitlines()
    assert line in message
