"""The fixture ``broker_benchmark``: asks for a measurement, and hands its samples to pytest-benchmark.

pytest-benchmark times a function with a configurable timer. Here the timer is a clock that stands still until the
function advances it by the next recorded duration, so the table and the files contain exactly the engine's samples.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import pytest
from _pytest.outcomes import Skipped
from pytest_benchmark.fixture import BenchmarkFixture

from brokerbench.sessions import Session, session_of

__all__ = ["BrokerBenchmark", "recorded_time"]

_GROUPS = {"enqueue": "{}: time of a call", "throughput": "{}: time a task"}
_now_s = 0.0


class Recorded(Skipped):
    """Ends a test at its call while the tests only ask; no test's ``except Exception`` catches it."""


@dataclass
class BrokerBenchmark:
    """Measures a task on one subject; a test calls one of its methods, once.

    Without a task, that of ``--brokers-workload`` is measured. Both methods return the figures that are in
    ``extra_info``.
    """

    subject: str
    _test: pytest.Item
    _benchmark: BenchmarkFixture
    _session: Session
    _is_used: bool = False

    @classmethod
    def of(cls, request: pytest.FixtureRequest, benchmark: Any) -> "BrokerBenchmark":
        """Return the fixture of a test."""
        if not hasattr(request, "param"):
            pytest.fail("broker_benchmark is not for getfixturevalue: make it an argument of the test", pytrace=False)
        return cls(request.param, request.node, benchmark, session_of(request.config))

    def enqueue(
        self, task: str | None = None, *, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Measure what a call of the task's ``apply_async`` takes: a round is one call."""
        return self._measured("enqueue", task, args, kwargs or {})

    def throughput(
        self,
        task: str | None = None,
        *,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        concurrency: int | None = None,
        pool: str | None = None,
    ) -> dict[str, Any]:
        """Measure how long a worker takes for each task when its queue is never empty: a round is one drain."""
        return self._measured("throughput", task, args, kwargs or {}, concurrency=concurrency, pool=pool)

    def _measured(
        self, metric: str, task: str | None, args: Sequence[Any], kwargs: Mapping[str, Any], **worker: Any
    ) -> dict[str, Any]:
        if self._is_used:
            pytest.fail("a test measures once: move the second call to a test of its own", pytrace=False)
        self._is_used = True
        asked = self._asked(metric=metric, task=task, args=list(args), kwargs=dict(kwargs), **worker)
        if self._session.records:
            self._session.asked[self._test.nodeid] = asked
            raise Recorded("recorded")
        if self._session.asked.get(self._test.nodeid) != asked:
            self._fail("it asks for something else than when it was recorded: a test must always ask for the same")
        return self._replayed(self._found(), metric)

    def _asked(self, **what: Any) -> dict[str, Any]:
        """Return the request. Fails the test if it cannot be made."""
        if what["task"] and not self._session.config.getini("brokerbench_app"):
            self._fail(f"no app has the task {what['task']!r}: set brokerbench_app in the ini file, as for 'celery -A'")
        asked = {"id": self._test.nodeid, "subject": self.subject, **what}
        try:
            found: dict[str, Any] = json.loads(json.dumps(asked, allow_nan=False))
        except (TypeError, ValueError) as error:
            self._fail(f"the task's arguments are not JSON ({error}): use numbers, texts, lists and dicts")
        return found

    def _found(self) -> dict[str, Any]:
        """Return the test's samples; skip it or let it fail if there are none."""
        answer = self._session.answer or {}
        own: dict[str, Any] = answer.get("tests", {}).get(self._test.nodeid) or answer
        unavailable = own.get("unavailable")
        if why := own.get("failed") or own.get("wrong_app") or (unavailable if os.environ.get("CI") else None):
            self._fail(why)
        if why := own.get("skipped") or unavailable:
            pytest.skip(why)
        return own

    def _fail(self, why: str) -> NoReturn:
        """Fail the test before it has samples, without a warning of pytest-benchmark's that it was not used."""
        self._benchmark.disabled = True
        self._benchmark.pedantic(lambda: None)
        pytest.fail(why, pytrace=False)

    def _replayed(self, found: dict[str, Any], metric: str) -> dict[str, Any]:
        """Hand the samples to pytest-benchmark; fail the test with what the baseline's gate says against it."""
        benchmark, info = self._benchmark, found["info"]
        if benchmark.group is None:
            benchmark.group = _GROUPS[metric].format(getattr(self._test, "originalname", self._test.name))
        benchmark.extra_info.update(info)
        _replay(benchmark, found["durations_ns"], found["iterations"])
        if found["regressed"]:
            pytest.fail("\n".join(found["regressed"]), pytrace=False)
        return dict(info)


def recorded_time() -> float:
    """Return the sum of the replayed durations, in seconds: the timer of pytest-benchmark."""
    return _now_s


def _replay(benchmark: BenchmarkFixture, durations_ns: Sequence[float], iterations: int) -> None:
    """Run one round of the benchmark for each duration, with that number of iterations in each."""
    steps = iter([duration_ns / iterations / 1e9 for duration_ns in durations_ns for _ in range(iterations)])

    def pass_time() -> None:
        global _now_s  # noqa: PLW0603 - one clock for all
        _now_s += next(steps, 0.0)

    benchmark.pedantic(pass_time, rounds=max(len(durations_ns), 1), iterations=iterations)
