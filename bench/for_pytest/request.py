"""What the pytest plugin asks for: which tests measure what, and the session's options."""

from typing import Annotated, Any, Literal, Self

from annotated_types import Ge, Le

from bench.records.bounds import MOST_SEED
from bench.records.strict import Record
from bench.records.workload import Pool

__all__ = ["AskedTest", "Request"]


class AskedTest(Record):
    """What one test measures on one subject. Without a task, it is that of the session's workload."""

    id: str
    subject: str
    metric: Literal["enqueue", "throughput"]
    task: str | None = None
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    concurrency: Annotated[int, Ge(1), Le(256)] | None = None
    pool: Pool | None = None


class Request(Record):
    """A session of pytest. Without ``tests``, only the names of its subjects are asked for."""

    folder: str
    """Where the answer goes."""
    tests: list[AskedTest] | None = None
    brokers: str | None = None
    budget: str
    workload: str
    rtt: str | None = None
    jitter: str | None = None
    bandwidth: str | None = None
    stall: str | None = None
    seed: Annotated[int, Ge(0), Le(MOST_SEED)] | None = None
    out: str | None = None
    yes: bool = False
    servers: list[str] = []
    only_warms_up: bool = False
    app: str | None = None
    app_dir: str
    include: list[str] = []
    import_path: list[str] = []
    python: str | None = None
    baseline: str | None = None
    limits: str | None = None
    max_regression: str | None = None
    allow: list[str] = []
    inconclusive: Literal["pass", "fail"] = "fail"

    @classmethod
    def from_outside(cls, document: Any) -> Self:
        """Read it unchanged: a subject runs what it contains."""
        return cls.model_validate(document)
