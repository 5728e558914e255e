import ast
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brokers.outside import safe_line, safe_text, safe_values
from brokers.secrets import reason, redacted, redacted_url

MARK = "s3cr3t"
ANYTHING = st.text(st.characters(min_codepoint=33, max_codepoint=126))
PASSWORDS = st.builds(f"{{}}{MARK}{{}}".format, ANYTHING, ANYTHING)
SCHEMES = st.sampled_from(
    ["redis", "rediss", "amqp", "pyamqp", "http", "https", "sqs", "redis+socket", "postgresql", "pgmq"]
)
URLS = st.builds("{}://{}:{}@{}".format, SCHEMES, ANYTHING, PASSWORDS, st.just("broker.example:6379/0"))


WORDS = st.text("abcXYZ0189-_~.!+/", max_size=12)
SECRETS = st.builds(f"{{}}{MARK}{{}}".format, WORDS, WORDS)
SHAPES = [
    "{'password': '%s'}",
    '{"password": "%s", "user": "me"}',
    '{\\"password\\": \\"%s\\"}',
    "{'headers': {'Authorization': 'Basic %s'}}",
    "Authorization: Basic %s",
    "authorization=Digest username=me, response=%s",
    "Bearer %s",
    "X-Api-Key: %s",
    "Set-Cookie: session=%s; path=/",
    "AWS_SECRET_ACCESS_KEY=%s",
    "aws_session_token = %s",
    "AccountKey=%s;EndpointSuffix=x",
    "amqp://u:%s@h",
    "postgresql+psycopg://u:%s@h/db",
    "cannot connect to u:%s@h.example:5672",
    "redis://h:6379/0?password=%s&db=1",
    "--password %s",
    "['mysql', '--password', '%s']",
    "--db-token=%s",
    "password: %s",
    "password: str = '%s'",
    "DB_PASS=%s",
    "redis_password=%s",
    "environ['PGPASSWORD'] = '%s'",
    "client_secret => %s",
    "<password>%s</password>",
    "('password', '%s')",
    "wrong password '%s'",
    "password%%3D%s",
    "requirepass %s",
    "\x1b[36mpassword\x1b[0m=\x1b[35m%s\x1b[0m",
    "credentials={'user': 'me', 'word': '%s'}",
    "credentials={'redis': {'user': 'me', 'hosts': ['a', ('b',)]}, 'word': '%s'}",
    "passwords=[[[['x']]], '%s']",
    "passwords={'a]b': 'x)', 'c': '%s'}",
    'password = """%s"""',
    "password = '''\n%s\n'''",
    '{\n "password":\n "%s"}',
    '[{default_user, <<"me">>}, {default_pass, <<"%s">>}]',
    '{password,"%s"}',
    '#{<<"password">> => <<"%s">>}',
    "&quot;password&quot;: &quot;%s&quot;",
    "requests.get(url, auth=('me', '%s'))",
    "{'basic_auth': 'me:%s'}",
    "bearer: %s",
    "jwt=%s",
    "FERNET_KEY = b'%s'",
    "unknown command 'AUTH', with args beginning with: '%s'",
    "unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `me`, `%s`,",
    "ghp_%s00000000",
    "eyJhbGciOi.eyJzdWIiOi.%s",
    "-----BEGIN RSA PRIVATE KEY-----\n%s\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN OPENSSH PRIVATE KEY-----\n%s",
    "%s\n-----END EC PRIVATE KEY-----",
]


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=15)
@given(SECRETS)
def test_a_secret_of_any_known_shape_is_not_shown(shape: str, secret: str) -> None:
    if shape.startswith(("eyJ", "ghp_")):  # whose letters are known
        secret = MARK + "".join(filter(str.isalnum, secret))
    for text in (shape % secret, f"ValueError: {shape % secret} (and more)", f"x\n {shape % secret}\n y"):
        assert MARK not in safe_text(text)
        assert MARK not in safe_line(text)
        assert MARK not in str(safe_values({"error": [text]}))


def test_a_number_of_tokens_and_a_switch_are_no_secrets() -> None:
    kept = {"max_tokens": 256, "token_limit": 1.5, "use_session_key": True, "secret": None}
    assert safe_values(kept) == kept
    assert safe_values({"token": 123456, "tokens": ["x"], "pin_password": 7}) == {
        "token": "***",
        "tokens": "***",
        "pin_password": "***",
    }


@given(SECRETS)
def test_a_percent_encoded_url_is_hidden_too(secret: str) -> None:
    assert MARK not in redacted(quote(f"amqp://me:{secret}@h", safe=""))


@given(SECRETS, st.sampled_from(["db_password", "secretAccessKey", "session_token", "credentials", "apiKey", "pwd"]))
def test_a_value_is_hidden_for_its_name_whatever_it_is(secret: str, name: str) -> None:
    for value in (secret, [secret], {"user": secret}, [{"x": [secret]}]):
        assert safe_values({"outer": {name: value}}) == {"outer": {name: "***"}}


@pytest.mark.parametrize(
    "text",
    [
        "tokenizers==0.15.0 SecretStorage==3.3 passlib==1.7.4",
        "worker: redis:durable@0.5ms, celery@host",
        "ReplyError passive=True, 3 passed, bypassed",
        "No module named 'passwords'",
        "botocore.exceptions.NoCredentialsError: Unable to locate credentials",
        "ExpiredTokenException: The security token included in the request is expired",
        "max tokens: 5, max_tokens=256; {'tokens': 128} token_count=3",
        "401: Basic authentication required, bearer token is missing",
        "kombu @ git+https://github.com/celery/kombu.git@v5.4.0",
        "https://example.org/@scope/package",
        "npm_execpath hf_transfer_enabled=1",
        "author=me, oauth: off, auth=PLAIN",
    ],
)
def test_what_only_looks_like_a_secret_stays(text: str) -> None:
    assert redacted(text) == text


def _messages() -> Iterator[str]:
    """Return the words of every error that the project raises, with an x for what is quoted."""
    root = Path(__file__).parents[2]
    for path in [*root.glob("brokers/*.py"), *root.glob("bench/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise):
                yield from map(_words, (one for one in ast.walk(node) if isinstance(one, ast.JoinedStr | ast.Constant)))


def _words(node: ast.JoinedStr | ast.Constant) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)


def test_no_error_of_our_own_looks_like_a_secret() -> None:
    messages = list(_messages())
    assert len(messages) > 100
    assert [message for message in messages if redacted(message) != message] == []


@given(st.one_of(SECRETS, st.builds("{}:{}@{}".format, WORDS, SECRETS, st.just("host:6379"))))
def test_of_a_url_that_cannot_be_read_only_the_scheme_and_the_length_are_shown(text: str) -> None:
    assert redacted_url(text) == f"an unreadable URL (no scheme, {len(text)} characters)"
    url = f"redis://me:{text.replace('@', '%40').replace('/', '').replace('?', '')}:6379"
    assert redacted_url(url) == f"an unreadable URL (redis://, {len(url)} characters)"


def test_several_servers_in_one_url_are_all_shown() -> None:
    assert (
        redacted_url("sentinel://:pw@one:26379;sentinel://:pw@two:26379") == "sentinel://one:26379;sentinel://two:26379"
    )


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


@pytest.mark.parametrize("text", ["a" * 10**6, "a://" * 250_000, "a:" * 500_000, "password" * 100_000, "@" * 10**6])
def test_a_long_text_without_secrets_is_left_alone_in_time(text: str) -> None:
    assert redacted(text) == text  # in minutes, if the time grew with the square of its length


@pytest.mark.parametrize("text", ["auth=(" * 100_000, "passwords=" + "[({" * 100_000, "password={" + '\\"' * 50_000])
def test_a_long_text_of_secrets_is_hidden_in_time(text: str) -> None:
    assert redacted(text) == text[: text.index("=") + 1] + "***"


def test_all_of_a_word_up_to_its_last_at_is_hidden_after_any_scheme() -> None:
    assert redacted("(1redis://a:b@c@host/0, x://y") == "(1redis://***@host/0, x://y"
    assert redacted("a://b://user:hunter2@host") == "a://***@host"
