import pytest

from bench.ab.spec import read_spec
from brokers.errors import UsageError


def test_nothing_differs_in_an_empty_spec() -> None:
    spec = read_spec("  ")
    assert (spec.requirements, spec.settings, spec.python, spec.ref, spec.profile, spec.server) == (
        (),
        {},
        None,
        None,
        None,
        None,
    )
    assert str(spec) == "as it is"


def test_several_things_stand_in_one_string() -> None:
    spec = read_spec(
        "celery==5.3.4 'kombu >= 5.3, < 5.4' python=/usr/bin/python3 ref=main profile=durable server=valkey-server "
        "worker_prefetch_multiplier=64"
    )
    assert list(map(str, spec.requirements)) == ["celery==5.3.4", "kombu<5.4,>=5.3"]
    assert (spec.python, spec.ref, spec.profile) == ("/usr/bin/python3", "main", "durable")
    assert spec.server == "valkey-server"
    assert spec.settings == {"worker_prefetch_multiplier": 64}
    assert read_spec(str(spec)) == spec


def test_a_dotted_name_reaches_into_transport_options() -> None:
    spec = read_spec("broker_transport_options.polling_interval=0.1 broker_transport_options.a.b=[1,2]")
    assert spec.settings == {"broker_transport_options": {"polling_interval": 0.1, "a": {"b": [1, 2]}}}


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("null", None), ('"pickle"', "pickle"), ("pickle", "pickle"), ("gzip", "gzip")]
)
def test_a_value_is_json_or_a_bare_word(text: str, value: object) -> None:
    name = "task_acks_late" if value is True else "task_compression"
    assert read_spec(f"{name}={text}").settings == {name: value}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("'kombu==5", "quote it as in a shell"),
        ("kombu=5.3.1", "write a requirement as kombu==5.3.1"),
        ("kombu==", "is not a requirement"),
        ("kombu==5 KOMBU>4", "named twice"),
        ("pyton=3.8", "did you mean python=...?"),
        ("python=", "is empty"),
        ("ref=a ref=b", "given twice"),
        ("worker_prefetch_multiplyer=4", "did you mean 'worker_prefetch_multiplier'?"),
        ("worker_prefetch_multiplier=four", "a value of type int"),
        ("worker_prefetch_multiplier=true", "a value of type int"),
        ("task_acks_late=True", "is not JSON: write true"),
        ("task_acks_late=1", "a value of type bool"),
        ("broker_url=redis", "is set by the subject"),
        ("task_acks_late.deep=1", "is not a dictionary"),
        ("broker_transport_options.unacked_key=mine", "is set for the run's own queues"),
        ('\'broker_transport_options={"global_keyprefix": "x"}\'', "is set for the run's own queues"),
        ("worker_direct=true", "is set for the run's own queues"),
        ("event_queue_expires=60", "is set for the run's own queues"),
        ("broker_transport_options.a=1 broker_transport_options.a.b=1", "already has a value"),
        ("broker_transport_options.a=1 broker_transport_options.a=2", "given twice"),
    ],
)
def test_what_cannot_be_read_is_one_line_with_the_remedy(text: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_spec(text)
    assert words in caught.value.format_message()
    assert "\n" not in caught.value.format_message()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("'hunter2", "cannot read --a"),
        ("kombu==5.3.1 git+https://me:hunter2@index.example/k.git", "word 2 of --a"),
        ("hunter2!", "word 1 of --a"),
        ("redis_password=hunter2!", "the value of redis_password"),
        ("redis_pasword=hunter2", "'redis_pasword'"),
        ("redis_passwrd=5hunter2", "'redis_passwrd'"),
        ("worker_prefetch_multiplier=hunter2", "worker_prefetch_multiplier"),
        ("""'worker_concurrency={"password": "hunter2"}'""", "worker_concurrency"),
        ("task_acks_late=hunter2", "task_acks_late"),
        ("broker_transport_options=hunter2", "broker_transport_options"),
        ("security_key_password=hunter2 security_key_password=hunter2", "security_key_password"),
        ("security_key_password=hunter2 security_key_password.x=hunter2", "security_key_password"),
    ],
)
def test_what_cannot_be_read_is_named_and_not_quoted(text: str, named: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_spec(text, "--a")
    assert named in caught.value.format_message()
    assert "hunter2" not in caught.value.format_message()


def test_no_face_of_a_spec_shows_a_secret() -> None:
    spec = read_spec("'kombu @ https://hunter2@index.example/k.whl' security_key_password=hunter2")
    assert "hunter2" not in f"{spec} {spec!r} {spec.shown}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", "as it is"),
        ("kombu==5.3.1 worker_prefetch_multiplier=64", "kombu==5.3.1 worker_prefetch_multiplier=64"),
        ("'kombu @ https://me:hunter2@index.example/k.whl'", "'kombu @ https://***@index.example/k.whl'"),
        ("security_key_password=hunter2", "'security_key_password=***'"),
        (
            """'broker_transport_options={"sentinel_kwargs": {"password": "hunter2"}}'""",
            """'broker_transport_options={"sentinel_kwargs": {"password": "***"}}'""",
        ),
        ("broker_transport_options.sentinel_kwargs.password=hunter2", None),
    ],
)
def test_what_is_shown_of_a_spec_holds_no_secret(text: str, shown: str | None) -> None:
    found = read_spec(text).shown
    assert "hunter2" not in found
    assert shown is None or found == shown
