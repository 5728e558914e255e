"""The project's errors, one small tree.

BrokerbenchError
├── UsageError            a request cannot be carried out as written (exit code 2)
├── NotWritten            a file cannot be written: its disk is full or fails (exit code 3)
└── BrokerUnavailable     a broker is missing or does not answer (exit code 3)

Each message is one line that ends in the remedy, and is safe to show whatever it quotes. The errors are click
exceptions, so ``celery -A tasks`` and ``brokerbench`` show the line without a traceback.
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
    """A request cannot be carried out as written: a name, an option or a file is wrong."""

    exit_code = 2


class NotWritten(BrokerbenchError):
    """A file with a valid name cannot be written: its disk is full or fails."""


class BrokerUnavailable(BrokerbenchError):
    """A broker is missing, does not answer, or refuses the connection."""
