import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from brokers.errors import BrokerbenchError, BrokerUnavailable, UsageError
from brokers.outside import safe_line, safe_text, safe_values, without_secrets
from brokers.protocol import Server, Source

PIECES = st.sampled_from(
    [
        *(
            "::add-mask::",
            "::stop-commands::x",
            "##[group]",
            "##vso[task.x]",
            "::1",
            "\x1b[31m",
            "\x9b2J",
            "\x00",
            "\x85",
        ),
        *("::1", "\u202e", "\u200b", "\u2028", "\udcff", "\U000e0041", "\r", "\n", "\t", " ", ":", "#", "a", "word"),
    ]
)
HOSTILE = st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=12).map("".join)
COMMAND = re.compile(r"^\s*::(?!\d)|##\w*\[|::[A-Za-z][\w-]*(\s.*)?::")


def assert_safe(text: str) -> None:
    for line in text.split("\n"):
        assert line.isprintable()
        assert not COMMAND.search(line)


@given(HOSTILE)
@example("::stop-commands::x\x85\n::add-mask::")
def test_no_text_from_outside_has_what_a_terminal_an_eye_or_a_ci_system_obeys(text: str) -> None:
    assert_safe(safe_text(text))
    assert_safe(safe_line(text))
    assert "\n" not in safe_line(text)


@given(HOSTILE)
@example("::stop-commands::x\x85\n::add-mask::")
def test_what_is_safe_stays_as_it_is(text: str) -> None:
    assert safe_text(safe_text(text)) == safe_text(text)
    assert safe_line(safe_line(text)) == safe_line(text)


@given(HOSTILE)
def test_every_error_is_safe_to_show(text: str) -> None:
    for kind in (BrokerbenchError, UsageError, BrokerUnavailable):
        assert_safe(kind(f"{text}: start it").format_message())


@given(HOSTILE)
def test_what_a_server_says_of_itself_is_safe_to_show(text: str) -> None:
    server = Server(url="redis://h", software=text, version=text, settings={text: text})
    for said in (server.software, server.version, *server.settings, *server.settings.values()):
        assert_safe(said)
    assert_safe(Source(kind="missing", location=text).location)


@given(HOSTILE)
def test_every_text_and_every_key_of_a_document_is_safe_to_show(text: str) -> None:
    ((key, (first, inner)),) = safe_values({text: [text, {"a": text}]}).items()
    for one in (key, first, *inner.values()):
        assert_safe(one)


def test_addresses_and_names_with_colons_stay_readable() -> None:
    text = "http://[::1]:4566, to ::1:6379 or ::ffff:127.0.0.1, fe80::1, redis:durable, tests/test_a.py::test_b, # 1"
    assert safe_line(text) == text


def test_a_very_long_text_is_cut_between_words_so_that_no_secret_is_cut_in_two() -> None:
    shown = safe_line("word " * 3_990 + "amqp://me:hunter2hunter2" + "x" * 100 + "@host")
    assert len(shown) <= 20_000
    assert shown.endswith("word…")
    assert len(safe_line("x" * 10_000_000)) == 20_000


def test_what_is_used_again_loses_its_secrets_and_nothing_else() -> None:
    kept = ["a\tb\u200d::x::", {"password": "hunter2", "n": 1}]
    assert without_secrets(kept) == ["a\tb\u200d::x::", {"password": "***", "n": 1}]


@pytest.mark.parametrize("text", ["", " ", "\n\n"])
def test_nothing_stays_nothing(text: str) -> None:
    assert safe_line(text) == ""
