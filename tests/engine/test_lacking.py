"""What a broker needs and is not installed is named, with the requirement that brings it."""

from importlib import metadata

import pytest

from bench.engine import checkup
from bench.engine.lacking import lacking

_version = metadata.version


@pytest.fixture
def without_pycurl(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "pycurl":
            raise metadata.PackageNotFoundError(name)
        return _version(name)

    monkeypatch.setattr(metadata, "version", version)


def test_nothing_is_lacking_where_everything_is_installed() -> None:
    assert lacking(["celery>=4.4", "kombu[sqs]", "kombu[pgmq]>=5.7"]) == {}


@pytest.mark.usefixtures("without_pycurl")
def test_what_an_extra_needs_is_named_with_the_requirement() -> None:
    assert lacking(["celery>=4.4", "kombu[sqs]"]) == {"pycurl": "kombu[sqs]"}


def test_a_package_that_is_not_there_is_named_itself() -> None:
    assert lacking(["no-such-package[extra]>=1"]) == {"no-such-package": "no-such-package[extra]>=1"}


@pytest.mark.usefixtures("without_pycurl")
def test_doctor_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("SQS_URL", "AWS_ENDPOINT_URL_SQS", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(variable, raising=False)
    (found,) = (broker for broker in checkup.check_up().brokers if broker.broker == "sqs")
    assert (found.problem, found.remedy) == ("pycurl is not installed here", "run pip install 'kombu[sqs]'")
