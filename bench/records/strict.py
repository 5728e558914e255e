"""The base of every record, and a one-line message for what is wrong with a document."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from brokers.documents import MOST_LEVELS, Unreadable, file_text, json_value, shortened, toml_file
from brokers.errors import UsageError
from brokers.outside import safe_values
from brokers.secrets import keep_paths

__all__ = ["MOST_BYTES", "RECORD_LEVELS", "Record", "checked", "checked_json", "checked_toml"]

R = TypeVar("R", bound="Record")
MOST_BYTES = 32 << 20
"""Of a JSON file. Calls on ``memory``, the fastest subject, measured with ``--full``, make 12 MiB of them. A run whose
result grows larger than that ends early."""


RECORD_LEVELS = MOST_LEVELS + 8
"""Of a JSON file: a task's arguments, which were read with ``MOST_LEVELS``, are some levels deep in it."""


class Record(BaseModel):
    """Frozen, and without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)

    @classmethod
    def from_outside(cls, document: Any) -> Self:
        """Read another program's document. Its texts are made safe to show; names of modules are not secrets."""
        for task in _tasks_of(document):
            keep_paths(" ".join(str(task.get(name)) for name in ("app", "task", "include")))
        return cls.model_validate(safe_values(document))


def _tasks_of(document: Any) -> list[dict[str, Any]]:
    """Return what names a task in a document that may have any form: its own, and each of its subjects'."""
    whole = document if isinstance(document, dict) else {}
    subjects = whole.get("subjects")
    own = [one.get("workload") for one in subjects if isinstance(one, dict)] if isinstance(subjects, list) else []
    return [task for task in [whole.get("workload"), whole.get("users_task"), *own] if isinstance(task, dict)]


def checked(kind: type[R], document: Any, source: str) -> R:
    """Read a document as that record. Raises UsageError, which names the first wrong key in one line."""
    try:
        return kind.from_outside(document)
    except ValidationError as error:
        # A misspelt key is wrong twice: it is missing, and unknown.
        errors = error.errors(include_url=False, include_context=False, include_input=False)
        first = next((one for one in errors if one["type"] == "extra_forbidden"), errors[0])
        place = shortened(".".join(str(part) for part in first["loc"]))
        if first["type"] != "extra_forbidden":
            wrong = shortened(first["msg"].removeprefix("Value error, "))
            raise UsageError(": ".join(filter(None, (source, place, wrong)))) from error
        known = _keys(_record_at(kind, first["loc"][:-1]))
        near = get_close_matches(str(first["loc"][-1]), known, n=1)
        remedy = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
        raise UsageError(f"{source}: unknown key {place!r}: {remedy}") from error


def checked_json(kind: type[R], path: Path, what: str, remedy: str) -> R:
    """Read a JSON file of at most ``MOST_BYTES`` as that record. Raises UsageError if that is not possible."""
    try:
        document = json_value(file_text(path, MOST_BYTES), RECORD_LEVELS)
    except Unreadable as error:
        raise UsageError(f"cannot read {path} as {what} ({error}): {remedy}") from error
    return checked(kind, document, str(path))


def checked_toml(kind: type[R], path: Path, what: str, remedy: str) -> R:
    """Read a TOML file as that record. Raises UsageError if it cannot be read or is not one."""
    try:
        document = toml_file(path)
    except Unreadable as error:
        raise UsageError(f"cannot read the {what} {path} ({error}): {remedy}") from error
    return checked(kind, document, str(path))


def _record_at(kind: type[BaseModel], place: tuple[int | str, ...]) -> type[BaseModel]:
    """Return the record at a place of a document of that kind."""
    for part in place:
        inner = _records_in(kind.model_fields[part].annotation) if part in kind.model_fields else []
        kind = inner[0] if inner else kind
    return kind


def _records_in(annotation: Any) -> list[type[BaseModel]]:
    """Return the records that a field contains, including those in its lists and tables."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [record for inner in get_args(annotation) for record in _records_in(inner)]


def _keys(kind: type[BaseModel]) -> list[str]:
    """Return the names of all keys of a record and of the records in it."""
    names: list[str] = []
    for name, information in kind.model_fields.items():
        names.append(information.alias or name)
        annotation = information.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            names += _keys(annotation)
    return names
