import click
import pytest

from brokers import BrokerbenchError, BrokerUnavailable, UsageError


@pytest.mark.parametrize(("error", "code"), [(UsageError, 2), (BrokerUnavailable, 3), (BrokerbenchError, 3)])
def test_an_error_has_the_exit_code_that_its_kind_promises(error: type[BrokerbenchError], code: int) -> None:
    @click.command()
    def fail() -> None:
        raise error("what was wrong: what to do")

    with pytest.raises(SystemExit) as ended:
        fail([])
    assert ended.value.code == code


def test_click_shows_an_error_as_its_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    UsageError("what was wrong: what to do").show()
    assert capsys.readouterr().err == "Error: what was wrong: what to do\n"
