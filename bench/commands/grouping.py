"""Groups options that belong together: a command receives them as one object."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import wraps
from typing import Any, TypeVar

__all__ = ["grouped"]

F = TypeVar("F", bound=Callable[..., Any])


def grouped(name: str, kind: type[Any], options: Sequence[Callable[[Any], Any]]) -> Callable[[F], F]:
    """Return a decorator that adds the options to a command, which receives them as ``name``, a dataclass ``kind``.

    Each option has the name of one of the dataclass's fields.
    """

    def decorate(command: F) -> F:
        @wraps(command)
        def with_group(**found: Any) -> Any:
            group = kind(**{field.name: found.pop(field.name) for field in fields(kind)})
            return command(**found, **{name: group})

        made: Any = with_group
        for option in reversed(options):
            made = option(made)
        return made  # type: ignore[no-any-return]

    return decorate
