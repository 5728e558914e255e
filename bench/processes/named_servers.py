"""Names a server in errors as its user named it: a broker's own errors name the variable that the broker reads."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

__all__ = ["Named", "in_users_words", "named_by"]


@dataclass(frozen=True)
class Named:
    """What the user may ``fix``, an option or a variable, and how to ``leave_out`` the server, in words."""

    fix: str
    leave_out: str

    @property
    def either(self) -> str:
        """Return both remedies: ``fix or leave out --server``."""
        is_one = self.leave_out in (f"leave out {self.fix}", f"unset {self.fix}")
        return f"fix {'' if is_one else f'{self.fix}, '}or {self.leave_out}"


_named: dict[str, Named] = {}


@contextmanager
def named_by(names: Mapping[str, Named]) -> Iterator[None]:
    """Until the block ends, let errors name servers in these ways, by the variables that the brokers read."""
    before = dict(_named)
    _named.update(names)
    try:
        yield
    finally:
        _named.clear()
        _named.update(before)


def in_users_words(text: str) -> str:
    """Return a broker's message with what the user gave instead of the variable that the broker reads."""
    for variable, named in _named.items():
        words = {f"fix or unset {variable}": named.either, f"unset {variable}": named.leave_out, variable: named.fix}
        text = re.sub(rf"\b(?:{'|'.join(words)})\b", partial(_replaced, words), text)
    return text


def _replaced(words: Mapping[str, str], found: re.Match[str]) -> str:
    return words[found[0]]
