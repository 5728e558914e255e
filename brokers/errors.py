"""The errors of the project, one small tree.

BrokerbenchError
├── UsageError            what was asked cannot be done as asked (exit code 2)
├── NotWritten            a file cannot be written: its disk is full or fails (exit code 3)
└── BrokerUnavailable     a broker cannot be had or does not answer (exit code 3)

Each message is one line that ends in the remedy, and safe to show whatever it quotes. They are click exceptions, so
that ``celery -A tasks`` and ``brokerbench`` show the line and no traceback.
"""

import click

from brokers.outside import safe_text

__all__ = ["BrokerUnavailable", "BrokerbenchError", "NotWritten", "UsageError"]


class BrokerbenchError(click.ClickException):
    """Base of every error that this project raises on purpose."""

    exit_code = 3

    def __init__(self, message: str) -> None:
        """Take the message, and make what it quotes safe to show."""
        super().__init__(safe_text(message))


class UsageError(BrokerbenchError):
    """What was asked cannot be done as it was asked: a name, an option or a file is wrong."""

    exit_code = 2


class NotWritten(BrokerbenchError):
    """A file cannot be written although its name is right: the disk is full, or it fails."""


class BrokerUnavailable(BrokerbenchError):
    """A broker cannot be had here, does not answer, or refuses us."""
