"""Writes docs/options.md: every command with its options, as click knows them. `make docs` runs it."""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench.cli import cli  # noqa: E402  # the line above makes it importable

PAGE = ROOT / "docs" / "options.md"
_HEAD = """# Commands and options

<!-- tools/write_options.py writes this page from the commands' help texts: change those, and run `make options`. -->

This is what `brokerbench COMMAND --help` prints. `brokerbench --version` prints the version. How the commands judge,
and the code with which each ends, is in [Commands in detail](reference.md).
"""


def options_page() -> str:
    """Return the page in Markdown."""
    parent = click.Context(cli, info_name="brokerbench")
    found = ((name, cli.get_command(parent, name)) for name in cli.list_commands(parent))
    contexts = (click.Context(command, parent=parent, info_name=name) for name, command in found if command)
    return "\n".join([_HEAD, *map(_section, contexts)])


def _section(context: click.Context) -> str:
    command = context.command
    usage = " ".join(command.get_usage(context).split()).removeprefix("Usage: ")
    text = [f"## `{context.command_path}`", f"`{usage}`", *_paragraphs(command.help or "")]
    rows = [_row(option, context) for option in command.params if isinstance(option, click.Option)]
    table = ["| option | meaning | default |", "| --- | --- | --- |", *rows]
    return "\n\n".join([*text, *(["\n".join(table)] if rows else [])]) + "\n"


def _paragraphs(text: str) -> Iterator[str]:
    yield from (_plain(paragraph) for paragraph in re.split(r"\n\s*\n", text.strip()))


def _row(option: click.Option, context: click.Context) -> str:
    """Return a row. A default that is not click's own stands in brackets at the end of the help text."""
    names, _ = option.get_help_record(context) or ("", "")
    extra = option.get_help_extra(context)
    meaning, _, default = (option.help or "").partition("  [default: ")
    default = default.rstrip("]") or extra.get("default", "") or extra.get("required", "")
    if isinstance(option.type, click.Choice):  # it would be `a|b`, and a bar ends a cell
        names = names.partition(" [")[0]
    return f"| `{names}` | {_plain(meaning).removesuffix('.')}{_values(option.type, extra)} | {default} |"


def _values(taken: click.ParamType, extra: Mapping[str, Any]) -> str:
    """Return which values an option takes, if they are few or in a range."""
    if isinstance(taken, click.Choice):
        return f": {', '.join(f'`{choice}`' for choice in taken.choices)}"
    return f" ({extra['range'].replace('<=x<=', ' to ')})" if "range" in extra else ""


def _plain(text: str) -> str:
    """Return a text on one line, in which what help texts quote is code, and nothing else is Markdown."""
    quoted = re.sub(r"(?<!\w)'([^']+)'(?!\w)", r"`\1`", " ".join(text.split()))
    return re.sub(r"(`[^`]*`)|([<*])", lambda found: found[1] or "\\" + found[2], quoted)


if __name__ == "__main__":
    PAGE.write_text(options_page(), encoding="utf-8")
