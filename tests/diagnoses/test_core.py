"""CPU times show whether a process fills a core, or all processes of a worker the one that they share."""

import pytest
from seeing import made_evidence, seen

from bench.diagnoses.core import FillsCore
from bench.diagnoses.diagnosis import Found


def found(metric: str, subject_cores: list[int] = [1], **cores: float) -> Found | None:  # noqa: B006 - only read
    used = {name.replace("_", " "): one for name, one in cores.items()}
    evidence = made_evidence(cores=used)
    return FillsCore().find(seen(metric, evidence, environment={"subject_cores": subject_cores}))


@pytest.mark.parametrize(
    ("metric", "cores", "text"),
    [
        ("enqueue", {"producer": 0.97, "server": 0.2}, "the producer computed 97 % of the time: its core was full"),
        ("enqueue", {"producer": 0.3, "server": 0.93}, "the server computed 93 % of the time: its core was full"),
        (
            "throughput",
            {"worker": 0.91, "busiest_child": 0.5, "child": 0.5, "server": 0.3},
            "Celery's main process computed 91 % of the time: its core was full",
        ),
        (
            "throughput",
            {"worker": 0.6, "busiest_child": 0.88, "child": 1.7},
            "a process of the pool computed 88 % of the time: its core was full",
        ),
    ],
)
def test_a_full_core_is_named_with_its_process(metric: str, cores: dict[str, float], text: str) -> None:
    one = found(metric, subject_cores=[1, 2, 3], **cores)
    assert one is not None
    assert one.text == text


def test_processes_that_share_a_full_core_are_named_together() -> None:
    one = found("throughput", worker=0.6, child=0.36, busiest_child=0.36, server=0.1)
    assert one is not None
    assert one.text == (
        "the worker's processes filled the core that they share on this machine: Celery's main process computed 60 % "
        "of the time, its pool 36 %"
    )


def test_the_same_processes_on_two_cores_fill_none() -> None:
    assert found("throughput", subject_cores=[1, 2], worker=0.6, child=0.36, busiest_child=0.36) is None


def test_a_server_of_several_cores_counts_as_full_from_one_on() -> None:
    one = found("enqueue", producer=0.3, server=1.6)
    assert one is not None
    assert one.share == 1.0


def test_unknown_times_are_no_reason() -> None:
    assert found("throughput") is None
    assert found("enqueue", harness=1.0) is None
