"""Celery runs no worker as root whose app accepts pickle: that is one line with the remedy."""

import warnings
from types import SimpleNamespace

import celery.platforms
import pytest
from celery.exceptions import SecurityError

from bench.subject.privileges import refuse_root

APP = SimpleNamespace(conf=SimpleNamespace(accept_content=["json", "pickle"]))


def test_what_celery_refuses_is_one_line_that_ends_in_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def check_privileges(accept_content: list[str]) -> None:
        assert accept_content == ["json", "pickle"]
        raise SecurityError("a page of text\nwith no word of it on its last line")

    monkeypatch.setattr(celery.platforms, "check_privileges", check_privileges)
    with pytest.raises(SystemExit, match=r"^Celery refuses to run a worker as root .* set C_FORCE_ROOT=1 [^\n]*$"):
        refuse_root(APP)


def test_what_celery_only_warns_of_is_left_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("C_FORCE_ROOT", "1")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        refuse_root(APP)
