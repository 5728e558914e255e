"""A workload: which task, how large, how many, and on what pool. Data, in TOML."""

import itertools
import math
import os.path
import re
import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import ConfigDict, ValidationError, ValidationInfo, field_validator, model_validator

from bench.records.bounds import Few, Folder, Name
from bench.records.distance import Distance
from bench.records.quantities import bytes_per_s, rtt_ns, share_or_zero
from bench.records.settings import check_setting, check_transport_option
from bench.records.strict import Record, checked, checked_toml, wording
from bench.records.sweep import A_SETTING, MOST_KEYS, MOST_POINTS, check_sweep
from bench.records.turns import MetricName, Place
from brokers.documents import shortened
from brokers.errors import UsageError
from brokers.outside import without_secrets

__all__ = ["Pool", "Workload", "catalogue", "load_workload"]

Pool = Literal["prefork", "threads", "solo"]
_CATALOGUE = files("bench") / "workloads"
_QUANTITIES: dict[str, Callable[[str], object]] = {
    "rtt": rtt_ns,
    "jitter": rtt_ns,
    "bandwidth": lambda text: bytes_per_s(text) if text else None,
    "stall": share_or_zero,
}
_WITH_UNITS = "such as '0.5ms' (rtt, jitter), '10MB/s' (bandwidth) or '1%' (stall)"


class Workload(Record):
    """What a subject is made to do.

    A turn of ``enqueue`` is ``warmup_calls`` that are marked and ``calls`` that count; a turn of ``throughput``
    is one drain of at most ``tasks`` preloaded tasks. ``payload_bytes``, if not 0, is the size of the only argument, in
    ASCII characters. ``waiting_tasks`` are in the queue before an ``enqueue`` is timed. ``app_dir`` is relative
    to the workload's file. ``include`` names modules with tasks that the app does not import itself. ``dry`` replaces
    the bodies of the app's tasks with nothing. ``sweep`` has one key or two, which are varied, and their
    values; ``metrics`` are measured unless others are asked for.

    ``rtt`` is the distance between a subject and its server: the round-trip time that is added, such as ``0.5ms``. Each
    way varies by up to half of ``jitter``, ``bandwidth`` limits each way (``10MB/s``), and ``stall`` is the share of
    pieces that wait as for a retransmission (``1%``).
    """

    model_config = ConfigDict(strict=True)

    name: Annotated[Name, MinLen(1)]
    summary: str = ""
    app: str = "tasks:app"
    app_dir: Folder | None = None
    task: Annotated[str, MinLen(1)] = "tasks.noop"
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    include: Few[Annotated[str, MinLen(1)]] = []
    payload_bytes: Annotated[int, Ge(0), Le(8 * 1024 * 1024)] = 0
    pool: Pool = "prefork"
    concurrency: Annotated[int, Ge(1), Le(256)] = 1
    calls: Annotated[int, Ge(5), Le(1000)] = 20
    warmup_calls: Annotated[int, Ge(0), Le(1000)] = 5
    tasks: Annotated[int, Ge(20), Le(100_000)] = 200
    waiting_tasks: Annotated[int, Ge(0), Le(1_000_000)] = 0
    settings: dict[str, Any] = {}
    rtt: str = "0"
    jitter: str = "0"
    bandwidth: str = ""
    stall: str = "0"
    dry: bool = False
    metrics: Few[MetricName] = []
    sweep: Annotated[dict[str, Annotated[list[Any], MinLen(2), MaxLen(MOST_POINTS)]], MaxLen(MOST_KEYS)] = {}

    @field_validator("app")
    @classmethod
    def _is_a_module(cls, app: str) -> str:
        path = app.partition(":")[0]
        if path.endswith(".py") or "/" in path or "\\" in path:
            module = re.sub(r"[/\\]+", ".", path.removesuffix(".py").removesuffix("__init__")).strip(".")
            raise ValueError(f"{app!r} is a path: name the module as Python does, for example {module}")
        return app

    @field_validator("settings")
    @classmethod
    def _known_settings(cls, settings: dict[str, Any]) -> dict[str, Any]:
        for name in settings:
            check_setting(name)
        options = settings.get("broker_transport_options", {})
        if not isinstance(options, dict):
            raise ValueError("broker_transport_options: use a table")
        for option in options:
            check_transport_option(option)
        return settings

    @field_validator("rtt", "jitter", "bandwidth", "stall", mode="before")
    @classmethod
    def _has_a_unit(cls, value: Any) -> Any:
        if isinstance(value, int | float):
            raise ValueError(f"{value} has no unit: write a text, {_WITH_UNITS}")
        if isinstance(value, list):
            raise ValueError("it has a single value: use a text, in quotes, or vary rtt below [sweep]")
        return value

    @field_validator("rtt", "jitter", "bandwidth", "stall")
    @classmethod
    def _can_be_read(cls, text: str, information: ValidationInfo) -> str:
        _QUANTITIES[information.field_name or ""](text)
        return text

    @field_validator("sweep", mode="before")
    @classmethod
    def _known_sweep(cls, sweep: Any) -> Any:
        check_sweep(sweep)
        return sweep

    @model_validator(mode="after")
    def _valid_points(self) -> Self:
        if math.prod(map(len, self.sweep.values())) > MOST_POINTS:
            raise ValueError(f"the sweep has more than {MOST_POINTS} points: use fewer values")
        try:
            points = self.points()
        except ValidationError as error:
            at_a_key = "sweep: " if error.errors()[0]["loc"] else ""
            raise ValueError(f"{at_a_key}{wording(error)}") from error
        if len({tuple(at.items()) for at, _ in points}) < len(points):
            raise ValueError("the sweep repeats a point: two of its values are the same")
        if self.sweep:
            for _, workload in points:
                workload.distance_at(None)
        else:
            self.distance_at(self.rtt_ns or self.jitter_ns)  # a subject may have a distance of its own
        return self

    @classmethod
    def from_outside(cls, document: Any) -> Self:
        """Read a document unchanged: a subject runs what it contains."""
        return cls.model_validate(document)

    def without_secrets(self) -> "Workload":
        """Return what a result may keep: in arguments and settings, ``***`` for values whose names suggest a secret."""
        own = {name: without_secrets(getattr(self, name)) for name in ("args", "kwargs", "settings")}
        return self.model_copy(update=own)

    @property
    def is_users(self) -> bool:
        """Whether the app is the user's: then it keeps its own configuration, except for its broker and queues."""
        return self.app_dir is not None

    @property
    def dry_warning(self) -> str:
        """Return what figures of empty tasks leave out; empty if the tasks run as they are."""
        return "task bodies were not run (--dry): a slower task does not show in these figures" if self.dry else ""

    def points(self) -> "list[tuple[Place, Workload]]":
        """Return each point of the sweep and the workload there; without a sweep, the workload itself, at no place."""
        combinations = itertools.product(*self.sweep.values())
        return [self._at(dict(zip(self.sweep, values, strict=True))) for values in combinations]

    def _at(self, values: dict[str, Any]) -> "tuple[Place, Workload]":
        """Return the place and the workload in which these keys have these values."""
        if not values:
            return {}, self
        own, at = self.model_dump(exclude={"sweep"}), Place()
        for name, value in values.items():
            if name.startswith(A_SETTING):
                own["settings"][name.removeprefix(A_SETTING)] = value
            else:
                own[name] = value
        workload = Workload.model_validate(own)
        for name, value in values.items():
            at |= {"rtt_ns": workload.rtt_ns} if name == "rtt" else {name.removeprefix(A_SETTING): value}
        return at, workload

    @property
    def distance(self) -> Distance:
        """Return what it says itself, without what subjects have of their own: a jitter may have no round trip yet."""
        jittery = self.distance_at(max(self.rtt_ns, self.jitter_ns))
        return jittery.model_copy(update={"rtt_ns": self.rtt_ns})

    @property
    def is_near(self) -> bool:
        """Return True if it puts nothing between subjects and their servers, at any point of a sweep."""
        return not (self.rtt_ns or self.jitter_ns or self.bandwidth or share_or_zero(self.stall) or "rtt" in self.sweep)

    @property
    def rtt_ns(self) -> int:
        """Return the round-trip time of the distance, in nanoseconds."""
        return rtt_ns(self.rtt)

    @property
    def jitter_ns(self) -> int:
        """Return the jitter of a round trip, in nanoseconds."""
        return rtt_ns(self.jitter)

    def distance_at(self, own_rtt_ns: int | None) -> Distance:
        """Return what is put between a server and a subject with a distance of its own; None is the workload's.

        Raises ValueError if the jitter is too large for it.
        """
        return Distance(
            rtt_ns=self.rtt_ns if own_rtt_ns is None else own_rtt_ns,
            jitter_ns=self.jitter_ns,
            bytes_per_s=bytes_per_s(self.bandwidth) if self.bandwidth else None,
            stalled=share_or_zero(self.stall),
        )

    def arguments(self) -> list[Any]:
        """Return the positional arguments with which each task is sent."""
        return ["x" * self.payload_bytes] if self.payload_bytes else self.args


def catalogue() -> dict[str, Workload]:
    """Return the workloads that come with the package, by name."""
    found = {}
    for entry in sorted(_CATALOGUE.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            workload = checked(Workload, tomllib.loads(entry.read_text(encoding="utf-8")), entry.name)
            found[workload.name] = workload
    return found


def load_workload(name_or_path: str) -> Workload:
    """Return a workload of the catalogue, or read one from a TOML file.

    Raises UsageError if neither exists, it cannot be read, or a key is unknown or out of range.
    """
    known = catalogue()
    if name_or_path in known:
        return known[name_or_path]
    path = Path(name_or_path)
    if not os.path.exists(path):
        raise UsageError(f"no workload {shortened(name_or_path)!r}: use a TOML file or one of {', '.join(known)}")
    workload = checked_toml(Workload, path, "workload", "use a TOML file, or a name from 'brokerbench workloads'")
    if ignored := _ignored(workload):
        raise UsageError(f"{path}: {ignored}")
    if workload.app_dir is None:
        return workload
    return workload.model_copy(update={"app_dir": str((path.parent / workload.app_dir).resolve())})


def _ignored(workload: Workload) -> str:
    """Return why a key that the file sets would be ignored, and what to do; empty if none would be."""
    own, sweep = workload.model_fields_set, workload.sweep
    if "sweep" in own and not sweep:
        return "sweep: it is empty: name what to vary, for example rtt = ['0', '0.5ms'], or leave it out"
    fixed = [*(own & sweep.keys()), *(name for name in sweep if name.removeprefix(A_SETTING) in workload.settings)]
    if fixed:
        return f"{fixed[0]}: it is set and swept: leave it out, or leave it out of [sweep]"
    if workload.args and (workload.payload_bytes or "payload_bytes" in sweep):
        return "args: a payload takes their place: leave out args, or payload_bytes"
    return ""
