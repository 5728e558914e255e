"""Every reader of documents, as a command meets it: what takes the document, and how it ended."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from ending import Ended, call_reader, played_matrix, run_command, small_result, why_not
from hypothesis import strategies as st
from matrices import EVERY_MATRIX, explained_matrix
from rich_results import EVERY_KIND
from spoiling import as_json, as_result, as_toml, spoilt

from bench.ab.spec import read_spec
from bench.compare.repeat import selfcheck_of
from bench.gate.limits import read_limits
from bench.records.expectations import read_expectations
from bench.records.matrix import MATRIX_FILE, Matrix, read_matrix
from bench.records.result import Result, read_result
from bench.records.selfcheck import SelfCheck, read_selfcheck
from bench.records.workload import load_workload
from brokers.protocol import Profile, Server
from brokers.sqs import SQS

__all__ = ["READERS", "Reader"]

Document = dict[str, Any]
_REFUSED = 2
_last: dict[str, bytes] = {}


def _document(model: Result | Matrix | SelfCheck) -> Document:
    return model.model_dump(mode="json")


@dataclass(frozen=True)
class Reader:
    """A reader: whole documents of its kind, how they are written, and what takes one."""

    name: str
    wholes: Callable[[], list[Document]]
    take: Callable[[bytes], Ended]
    write: Callable[[Document], str] = as_json
    share: int = 1
    """How many documents it gets for each of one that is slow."""

    def documents(self) -> "st.SearchStrategy[bytes]":
        """Return a strategy for documents of its kind that somebody spoilt."""
        return spoilt(self.wholes(), self.write)


def _file(name: str, content: bytes) -> str:
    path = Path(name)
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True)
    if content is not _last.get(name):
        path.write_bytes(content)
        _last[name] = content
    return name


def _fresh(name: str) -> str:
    """Return the name of a folder that a command may write to, empty."""
    for left in sorted(Path(name).rglob("*"), reverse=True):
        left.rmdir() if left.is_dir() else left.unlink()
    for known in [path for path in _last if path.startswith(f"{name}/")]:
        del _last[known]
    return name


def _first_refusal(*calls: Callable[[], Ended]) -> Ended:
    """Run one after the other until one ends wrong or refuses the document, and return how that one ended."""
    ended = Ended(0)
    for call in calls:
        ended = call()
        if ended.code == _REFUSED or why_not(ended):
            break
    return ended


def _gated(content: bytes) -> Ended:
    spoilt_one = _file("doc/result.json", content)
    files = ("--markdown", "gate.md", "--junit", "gate.xml")
    return _first_refusal(
        lambda: call_reader(lambda: read_result(Path(spoilt_one), blocks=False)),
        lambda: run_command("gate", "base", spoilt_one, *files),
        lambda: run_command("gate", spoilt_one, "base", "--allow", "cpu,server,missing,workload,seed,void,settings"),
    )


def _gated_by_itself(content: bytes) -> Ended:
    path = _file("doc/result.json", content)
    return _first_refusal(
        lambda: call_reader(lambda: read_result(Path(path))),
        lambda: run_command("gate", path, "--out", _fresh("now")),
    )


def _history(content: bytes) -> Ended:
    path = _file("runs/result.json", content)
    for number in range(12):
        _file(f"runs/older/{number}.json", _aged(number).encode())
    return _first_refusal(
        lambda: call_reader(lambda: read_result(Path(path), blocks=False)),
        lambda: run_command("history", "runs", "--html", "history.html"),
    )


@cache
def _aged(number: int) -> str:
    return small_result(rng=number).model_copy(update={"blocks": []}).model_dump_json()


def _exported(content: bytes) -> Ended:
    path = _file("doc/result.json", content)
    forms = ("github-action-benchmark", "bencher", "csv")
    return _first_refusal(
        lambda: call_reader(lambda: read_result(Path(path))),
        *(partial(run_command, "export", path, "--format", form, "--out", "figures") for form in forms),
    )


def _resumed(content: bytes) -> Ended:
    path = _file(f"{_fresh('left')}/{MATRIX_FILE}", content)
    folder = str(Path(path).parent)
    return _first_refusal(
        lambda: call_reader(lambda: read_matrix(Path(path))),
        lambda: run_command("guarantees", "--resume", folder, "--explain", "worker-killed-late"),
        lambda: run_command("guarantees", "--resume", folder, "--write-expectations", f"{folder}/found.toml"),
    )


def _expected(content: bytes) -> Ended:
    path = _file("expected.toml", content)
    return _first_refusal(
        lambda: call_reader(lambda: read_expectations(Path(path))),
        lambda: run_command("guarantees", "--resume", "played", "--expect", path),
    )


def _checked_itself(content: bytes) -> Ended:
    path = _file("check.json", content)
    return _first_refusal(
        lambda: call_reader(lambda: read_selfcheck(Path(path))),
        lambda: run_command("compare", "redis", "--budget", "9s", "--selfcheck", path, "--out", _fresh("now")),
    )


def _worked(content: bytes) -> Ended:
    path = _file("workload.toml", content)
    return _first_refusal(
        lambda: call_reader(lambda: load_workload(path)),
        lambda: run_command("compare", "redis", "--budget", "9s", "--workload", path, "--out", _fresh("now")),
    )


def _limited(content: bytes) -> Ended:
    path = _file("limits.toml", content)
    return _first_refusal(
        lambda: call_reader(lambda: read_limits(Path(path), None)),
        lambda: run_command("gate", "base", "same", "--limits", path),
    )


def _priced(content: bytes) -> Ended:
    server, profile = Server(url="aws", software="aws sqs", version=""), Profile(name="fifo", tier="fast", summary="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BROKERBENCH_SQS_PRICES", _file("prices.toml", content))
        return call_reader(lambda: round(SQS().dollars(server, profile, 10**9) or 0, 4))


def _as_argument(content: bytes) -> str:
    """Return what the kernel would pass on: no NUL, and bytes that are not UTF-8 as half surrogates."""
    return os.fsdecode(content.replace(b"\0", b""))


def _argued(content: bytes) -> Ended:
    own = ("--app", "proj:app", "--task", "proj.add", "--dry", "--args", _as_argument(content))
    return run_command("compare", "redis", "--budget", "9s", *own, "--out", _fresh("now"))


def _specified(content: bytes) -> Ended:
    text = _as_argument(content).replace("'", "")
    another = call_reader(lambda: read_spec(f"worker_prefetch_multiplier='{text}'"))
    names = ("broker_transport_options", "broker_transport_options.a")
    calls = (partial(call_reader, partial(read_spec, f"{name}='{text}'")) for name in names)
    return another if why_not(another) else _first_refusal(*calls)


@cache
def _results() -> list[Document]:
    return [
        _document(small_result(rng=3)),
        _document(small_result(rng=4, status="running")),
        *(_fewer(_document(make())) for make in EVERY_KIND.values()),
    ]


@cache
def _matrices() -> list[Document]:
    return [
        *map(_document, (played_matrix(), explained_matrix())),
        *(_fewer(_document(make())) for make in EVERY_MATRIX.values()),
    ]


def _fewer(value: Any) -> Any:
    """Leave at most four entries in each list: small documents are spoilt by the thousand."""
    if isinstance(value, dict):
        return {key: _fewer(item) for key, item in value.items()}
    return [_fewer(item) for item in value[:4]] if isinstance(value, list) else value


def _self_checks() -> list[Document]:
    ratio = {"to": "redis", "value": 1.01, "detectable": 0.01, "blocks": 9, "generations": 5, "verdict": "equivalent"}
    runs = []
    for number in range(3):
        document = _document(small_result(rng=number))
        for row in document["summary"]:
            row["ratio"] = ratio | {"value": 1 + number / 100}
        runs.append(Result.model_validate(document))
    return [_document(selfcheck_of(runs))]


_LIMITS: list[Document] = [
    {
        "max-regression": "5%",
        "metric": {"enqueue": "3%", "throughput": "10 %"},
        "subject": {"sqs": {"enqueue": "50%"}, "redis": {"throughput": "0.5%"}},
    }
]
_EXPECTATIONS: list[Document] = [
    {
        "version": 1,
        "subjects": {
            "redis": {"server": "redis 7.0", "faults": {"worker-killed-late": "kept"}},
            "redis:durable": {
                "faults": {
                    "child-killed-late": {
                        "outcome": ["kept", "allowed"],
                        "lost": [0, 3],
                        "duplicated": 0,
                        "stopped": False,
                        "recovered_within_s": 20,
                        "back_within_s": 9.5,
                    }
                }
            },
        },
    }
]
_WORKLOADS: list[Document] = [
    {"name": "mine", "payload_bytes": 1024, "pool": "solo", "concurrency": 2, "calls": 10, "tasks": 50},
    {"name": "set", "settings": {"worker_prefetch_multiplier": 4, "broker_transport_options": {"a": [1, {"b": 2.5}]}}},
    {"name": "swept", "sweep": {"settings.worker_prefetch_multiplier": [1, 4, 64]}, "metrics": ["throughput"]},
    {"name": "app", "app": "a:app", "app_dir": ".", "task": "a.add", "args": [1, "x", 2.5], "kwargs": {"k": 1}},
]
_PRICES: list[Document] = [{"as_of": "2026-11", "standard": 0.4, "fifo": 0.5}]
_VALUES: list[Document] = [{"a": [1, 2.5, "x", None, True], "b": {"c": [[1], {"d": 10**6}]}}]

READERS: dict[str, Reader] = {
    reader.name: reader
    for reader in (
        Reader("gate", _results, _gated, as_result),
        Reader("gate that measures", _results, _gated_by_itself, as_result),
        Reader("history", _results, _history, as_result),
        Reader("export", _results, _exported, as_result),
        Reader("matrix", _matrices, _resumed),
        Reader("expectations", lambda: _EXPECTATIONS, _expected, as_toml, share=4),
        Reader("selfcheck", _self_checks, _checked_itself),
        Reader("workload", lambda: _WORKLOADS, _worked, as_toml),
        Reader("limits", lambda: _LIMITS, _limited, as_toml, share=4),
        Reader("prices", lambda: _PRICES, _priced, as_toml, share=4),
        Reader("arguments", lambda: _VALUES, _argued, lambda table: as_json(list(table.values()))),
        Reader("spec", lambda: _VALUES, _specified, share=4),
    )
}
