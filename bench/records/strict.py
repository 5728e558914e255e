"""The base of every record, and a one-line message for what is wrong with a document."""

from difflib import get_close_matches
from pathlib import Path
from typing import Any, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from brokers.documents import MOST_LEVELS, Unreadable, file_text, json_value, shortened, toml_file
from brokers.errors import UsageError
from brokers.outside import safe_values
from brokers.secrets import keep_paths

__all__ = ["MOST_BYTES", "RECORD_LEVELS", "Record", "checked", "checked_json", "checked_toml", "wording"]

R = TypeVar("R", bound="Record")
MOST_BYTES = 32 << 20
"""Of a JSON file. Calls on ``memory``, the fastest subject, measured with ``--full``, make 12 MiB of them. A run whose
result grows larger than that ends early."""


_WHOLE = "use a whole number, without quotes"
_WORDS = {
    "bool_parsing": "use true or false",
    "bool_type": "use true or false",
    "dict_type": "use a table of keys and values",
    "float_parsing": "use a number, without quotes",
    "float_type": "use a number, without quotes",
    "greater_than": "use a number above {gt}",
    "greater_than_equal": "use at least {ge}",
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "int_type": _WHOLE,
    "less_than": "use a number below {lt}",
    "less_than_equal": "use at most {le}",
    "list_type": "use a list, in square brackets",
    "literal_error": "use {expected}",
    "missing": "this key is missing",
    "model_type": "use a table of keys and values",
    "string_too_long": "use at most {max_length} characters",
    "string_too_short": "use at least {min_length} character{s}",
    "string_type": "use a text, in quotes",
    "too_long": "use at most {max_length} values",
    "too_short": "use at least {min_length} value{s}",
}
"""What to write instead, by pydantic's name of an error. Others keep pydantic's words."""
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
        unknown = next((one for one in _errors(error) if one["type"] == "extra_forbidden"), None)
        if unknown is None:
            raise UsageError(f"{source}: {wording(error)}") from error
        known = _keys(_record_at(kind, unknown["loc"][:-1]))
        near = get_close_matches(str(unknown["loc"][-1]), known, n=1)
        remedy = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
        raise UsageError(f"{source}: unknown key {_place(unknown)!r}: {remedy}") from error


def wording(error: ValidationError) -> str:
    """Return in one line where a document is wrong first, and what belongs there; the wrong value may be a secret."""
    first = _errors(error)[0]
    template = _WORDS.get(first["type"])
    told = template.format(**_context(first)) if template else first["msg"].removeprefix("Value error, ")
    return ": ".join(filter(None, (_place(first), shortened(told))))


def _errors(error: ValidationError) -> list[Any]:
    return list(error.errors(include_url=False, include_input=False))


def _place(error: Any) -> str:
    return shortened(".".join(str(part) for part in error["loc"]))


def _context(error: Any) -> dict[str, Any]:
    """Return the bounds that a value broke, with thousands separated; ``s`` is the plural of a smallest length."""
    bounds = {name: f"{value:,}" if isinstance(value, int) else value for name, value in error.get("ctx", {}).items()}
    return bounds | {"s": "" if bounds.get("min_length") == "1" else "s"}


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
