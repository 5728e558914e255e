"""Renders HTML pages from templates. Text from outside is escaped.

A page is one file that asks nothing of the network. Its policy names the digests of its style sheets and its script,
so a browser takes no others.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bench.text.numbers import MISSING

__all__ = ["page_of"]

_UNIT = re.compile(r"(?<=\d) (?=%|[num]?s\b|[KMG]iB\b|bytes\b)")


def page_of(template: str, **values: Any) -> str:
    """Render a template of this package."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bench.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["unbroken"] = _unbroken
    environment.globals |= {"source": _source, "digests": _digests, "missing": MISSING}
    return environment


@cache
def _source(name: str) -> Markup:
    """Return a style sheet or a script of this package, as it is."""
    return Markup(files("bench.report").joinpath("templates", name).read_text(encoding="utf-8"))  # noqa: S704 - ours


def _digests(names: Iterable[str]) -> Markup:
    """Return what a policy calls these style sheets or scripts; ``'none'`` if there are none."""
    texts = [str(_source(name)).encode() for name in names]
    shown = (f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'" for text in texts)
    return Markup(" ".join(shown) or "'none'")  # noqa: S704 - base64


def _unbroken(text: str) -> str:
    """Return the text with a no-break space between each number and its unit."""
    return _UNIT.sub("\N{NO-BREAK SPACE}", text)
