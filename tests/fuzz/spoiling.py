"""Documents that somebody spoilt: from whole ones, by changes of their values, their structure and their bytes."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

__all__ = ["Raw", "as_json", "as_result", "as_toml", "spoilt"]

Document = dict[str, Any]


class Raw(str):
    """What is written as it is: a number that Python would not write, or a text that is not JSON."""

    __slots__ = ()


_NUMBERS: list[Any] = [
    *(0, 1, -1, 2, 1e308, -1e308, 1e100, 1e-100, 5e-324, -0.0, 0.1, 1e19, 2**31, 2**53, -(2**53), 2**53 + 1),
    *(2**63 - 1, 2**63, -(2**63), 10**300, Raw("1e400"), Raw("-1e400"), Raw("9" * 5000), Raw("0." + "1" * 5000)),
    *(Raw("NaN"), Raw("nan"), Raw("Infinity"), Raw("-inf"), Raw("0x" + "f" * 400), Raw("1_000")),
]
_TEXTS: list[Any] = [
    *("", " ", "x" * 10_000, "\0", "\x1b[31m\x07", "\u202e\u2028", "\n::add-mask::x\n", "@everyone https://a.example"),
    *("</script><script>alert(1)</script>", "{0}{x!r}%s", "redis", "sqs#2", "9" * 400, "1e400", "nan", "5%", "1e9%"),
    *("a://" * 1000, "password=x", "\U0001f600", Raw('"\\ud800"'), "9999-12-31T23:59:59Z", "2026-01-01T00:00:00"),
    *("0001-01-01T00:00:00+23:59", "1969-12-31T23:59:59Z", "-1", "../../etc", "/dev/zero", "kept", "some", "enqueue"),
]
_SHAPES: list[Any] = [
    *([], {}, [[]], [{}], {"": None}, None, True, False, [0], [1, 1], [1] * 500, ["x"] * 500, [0, -1], [-(2**53)] * 9),
    *({str(number): number for number in range(200)}, Raw("[" * 70 + "]" * 70), Raw("[" * 500 + "]" * 500)),
    *(Raw("[" * 100_000), Raw('{"a":' * 70 + "1" + "}" * 70), Raw("2026-01-01"), Raw("07:30:00"), Raw("")),
]
_values = st.one_of(
    st.sampled_from(_NUMBERS),
    st.sampled_from(_TEXTS),
    st.sampled_from(_SHAPES),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.recursive(st.none() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=4)),
).map(deepcopy)  # a list that is drawn is changed later
_BYTES = [b"\0", b"\xff", b"\xef\xbb\xbf", b"{", b"}", b"[", b"]", b'"', b",", b"\n", b"#", b"=", b"\\", b"'''", b'"""']


def as_json(value: Any) -> str:
    """Write JSON in which what is raw stays as it is."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{as_json(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(as_json, value)) + "]"
    return value if isinstance(value, Raw) else json.dumps(value)


def as_result(result: Document) -> str:
    """Write JSON as a result is written: each block on a line of its own, so that a cut one may be of a killed run."""
    blocks = result.get("blocks")
    if not isinstance(blocks, list):
        return as_json(result)
    head = as_json({key: value for key, value in result.items() if key != "blocks"}).removesuffix("}")
    return f'{head}{"" if head == "{" else ","}"blocks":[\n' + ",\n".join(map(as_json, blocks)) + "\n]}\n"


def as_toml(table: Document) -> str:
    """Write TOML: each key of the document on one line."""
    return "".join(f"{json.dumps(key)} = {_inline(value)}\n" for key, value in table.items())


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return value if isinstance(value, Raw) else json.dumps(value)


@st.composite
def spoilt(draw: Any, wholes: list[Document], write: Callable[[Document], str]) -> bytes:
    """Draw a document: one of the whole ones with up to four changes, and now and then with others of its bytes."""
    document = deepcopy(draw(st.sampled_from(wholes)))
    for _ in range(draw(st.sampled_from([0, 1, 1, 1, 1, 2, 4]))):
        _change(draw, document, wholes)
    content = write(document).encode("utf-8", "surrogatepass")
    return _other_bytes(draw, content) if draw(st.integers(0, 9)) == 0 else content


def _change(draw: Any, document: Document, wholes: list[Document]) -> None:
    holder = _holder(draw, document)
    if not holder:
        return
    place = draw(st.sampled_from(list(holder) if isinstance(holder, dict) else range(len(holder))))
    kind = draw(st.sampled_from(["value", "value", "value", "scale", "delete", "splice", "repeat", "add", "rename"]))
    if kind == "value":
        holder[place] = draw(_values)
    elif kind == "scale":
        _scale(draw, holder, place)
    elif kind == "delete":
        del holder[place]
    elif kind == "splice":
        holder[place] = deepcopy(_holder(draw, draw(st.sampled_from(wholes))))
    elif isinstance(holder, list):
        holder[place:place] = [holder[place]] * draw(st.sampled_from([1, 2, 50]))
    elif kind == "add":
        holder[draw(st.sampled_from(["extra", "", "x" * 2000, "a\nb\x1b", "load", "rate_per_s", "idle_s"]))] = draw(
            _values
        )
    else:
        holder[f"{place}x"] = holder.pop(place)


def _scale(draw: Any, holder: Any, place: Any) -> None:
    """Make a number another one of its kind; what is none stays."""
    value, factor = holder[place], draw(st.sampled_from([-1, 0, 2, 1000, 10**9, 1e-9, 1e300]))
    if isinstance(value, int | float) and not isinstance(value, bool):
        holder[place] = type(value)(value * factor) if isinstance(factor, int) else value * factor


def _holder(draw: Any, document: Any) -> Any:
    """Draw a table or a list of the document, at any depth."""
    holder = document
    while inner := [item for item in (holder.values() if isinstance(holder, dict) else holder) if _holds(item)]:
        if draw(st.integers(0, 3)) == 0:
            break
        holder = draw(st.sampled_from(inner))
    return holder


def _holds(value: Any) -> bool:
    return isinstance(value, dict | list) and bool(value)


def _other_bytes(draw: Any, content: bytes) -> bytes:
    place = draw(st.integers(0, len(content)))
    kind = draw(st.sampled_from(["cut", "insert", "flip", "mark", "utf-16", "twice", "random"]))
    if kind == "cut":
        return content[:place]
    if kind == "insert":
        return content[:place] + draw(st.sampled_from(_BYTES)) + content[place:]
    if kind == "flip":
        return content[:place] + bytes([draw(st.integers(0, 255))]) + content[place + 1 :]
    if kind == "mark":
        return b"\xef\xbb\xbf" + content
    if kind == "utf-16":
        return content.decode("utf-8", "replace").encode("utf-16")
    return content * 2 if kind == "twice" else draw(st.binary(max_size=200))
