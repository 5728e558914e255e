import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokers.secrets import reason, redacted, redacted_url

MARK = "s3cr3t"
ANYTHING = st.text(st.characters(min_codepoint=33, max_codepoint=126))
PASSWORDS = st.builds(f"{{}}{MARK}{{}}".format, ANYTHING, ANYTHING)
SCHEMES = st.sampled_from(["redis", "rediss", "amqp", "pyamqp", "http", "https", "sqs", "redis+socket"])
URLS = st.builds("{}://{}:{}@{}".format, SCHEMES, ANYTHING, PASSWORDS, st.just("broker.example:6379/0"))


@given(URLS)
def test_a_password_never_survives_in_a_url(url: str) -> None:
    assert MARK not in redacted_url(url)


@given(URLS, st.text(), st.text())
def test_a_password_never_survives_in_a_text(url: str, before: str, after: str) -> None:
    assert MARK not in redacted(f"{before} {url} {after}")


@given(st.lists(URLS, min_size=2, max_size=4), st.sampled_from(";, \n"))
def test_a_password_never_survives_in_a_list_of_urls(urls: list[str], separator: str) -> None:
    assert MARK not in redacted(separator.join(urls))


@given(URLS)
def test_an_error_about_a_url_that_cannot_be_read_quotes_nothing_of_it(url: str) -> None:
    assert MARK not in reason(ValueError(f"Port could not be cast to integer value as {url!r}"))


@given(ANYTHING)
def test_redacting_a_url_never_fails(url: str) -> None:
    redacted_url(url)


def test_host_port_and_path_of_a_url_stay() -> None:
    assert redacted_url("redis://me:pw@broker.example:6379/2?ssl=1#x") == "redis://broker.example:6379/2"
    assert redacted_url("http://[::1]:4566") == "http://[::1]:4566"
    assert redacted_url("aws") == "aws"


def test_a_text_without_a_url_stays_as_it_is() -> None:
    text = "Error 111 connecting to 127.0.0.1:6379, mail me@broker.example"
    assert redacted(text) == text


@pytest.mark.parametrize("option", ["password", "passwd", "secret", "token"])
def test_a_secret_in_a_query_does_not_survive(option: str) -> None:
    assert redacted(f"redis://broker.example/0?{option}={MARK}&db=1") == f"redis://broker.example/0?{option}=***&db=1"


def test_a_reason_is_one_line() -> None:
    assert reason(OSError("no route\n  to host.")) == "no route to host"
