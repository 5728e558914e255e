"""The base of every record, and one line for what is wrong with a document."""

from difflib import get_close_matches
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from brokers.errors import UsageError

__all__ = ["Record", "checked"]

R = TypeVar("R", bound="Record")


class Record(BaseModel):
    """Frozen, and no key that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, use_attribute_docstrings=True)


def checked(kind: type[R], document: Any, source: str) -> R:
    """Read a document as that record. Raises UsageError that names the first wrong key in one line."""
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        if first["type"] != "extra_forbidden":
            raise UsageError(f"{source}: {place}: {first['msg']}") from error
        near = get_close_matches(str(first["loc"][-1]), _keys(kind), n=1)
        remedy = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(_keys(kind))}"
        raise UsageError(f"{source}: unknown key {place!r}: {remedy}") from error


def _keys(kind: type[BaseModel]) -> list[str]:
    """Name every key of a record and of the records in it."""
    names: list[str] = []
    for name, information in kind.model_fields.items():
        names.append(name)
        annotation = information.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            names += _keys(annotation)
    return names
