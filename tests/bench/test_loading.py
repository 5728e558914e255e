"""What a terminal shows while a command is being loaded."""

import io

import pytest

from bench.commands.loading import loading


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(patch: pytest.MonkeyPatch, stream: io.StringIO, term: str = "xterm") -> io.StringIO:
    """Let standard error lead to this stream; pytest replaces it before each test."""
    patch.setenv("TERM", term)
    patch.setattr("sys.stderr", stream)
    return stream


def test_the_line_is_gone_when_the_command_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = shown(monkeypatch, Terminal())
    with loading("compare"):
        pass
    assert "loading compare (0 s)" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_the_line_is_gone_before_an_error_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = shown(monkeypatch, Terminal())
    with pytest.raises(KeyboardInterrupt), loading("compare"):
        raise KeyboardInterrupt
    assert terminal.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize(("stream", "term"), [(Terminal(), "dumb"), (io.StringIO(), "xterm")])
def test_nothing_is_shown_where_a_line_cannot_be_erased(
    stream: io.StringIO, term: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown(monkeypatch, stream, term)
    with loading("compare"):
        pass
    assert stream.getvalue() == ""
