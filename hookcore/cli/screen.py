"""How does text come to the terminal? Escaped, as wide as that is, in colours only there; and as JSON for programs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

FORMAT: Final = 1
"""The version of what `--json` prints. Keys may be added to it; one that goes, or means something else, makes it 2."""

_COLOURS: Final = {"active": "green", "failed": "red", "blocked": "yellow", "disabled": "bright_black"}
_NARROWEST: Final = 24  # of a last column, before the cells are put below each other


def json_option(command: Command) -> Command:
    """Give a command the flag `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(command)


def print_json(**parts: object) -> None:
    """Print a document of ours: its format, and these parts. Letters outside of ASCII are escaped."""
    import json

    click.echo(json.dumps({"format": FORMAT, **parts}, indent=2))


def shown(text: str, *, keep_lines: bool = False) -> str:
    """Return somebody else's text as it may be shown: all that does not print is escaped.

    Paths below the current directory are shown from there.
    """
    text = text.replace(os.getcwd() + os.sep, "")
    if text.isprintable():
        return text
    kept = "\n" if keep_lines else ""
    return "".join([one if one.isprintable() or one in kept else ascii(one)[1:-1] for one in text])


def nearest(word: str, candidates: Iterable[str]) -> str:
    """Return ` Did you mean …?` with the candidates that are spelled most alike, or an empty text."""
    import difflib

    found = difflib.get_close_matches(word, list(candidates), n=3)
    return f" Did you mean {' or '.join(map(repr, found))}?" if found else ""


def coloured(text: str, state: str) -> str:
    """Return text in the colour of a state. `click.echo` takes it out again where there is no terminal."""
    return click.style(text, fg=_COLOURS[state]) if state in _COLOURS else text


def width() -> int | None:
    """Return how many columns there are: what COLUMNS says, or the terminal has; None if it is neither."""
    said = os.environ.get("COLUMNS", "")
    if said.isdigit():
        return max(20, int(said))
    return max(20, os.get_terminal_size(sys.stdout.fileno()).columns) if sys.stdout.isatty() else None


def mark(outcome: str) -> str:
    """Return the sign for what is so, what is not, and what nobody knows yet."""
    signs = "✓✗·" if "utf" in (sys.stdout.encoding or "").lower() else "+x."
    return signs[("done", "stopped", "waiting").index(outcome)]


def paragraph(text: str, indent: int = 0) -> Iterator[str]:
    """Yield the lines of a text, each broken where the terminal ends."""
    columns = width()
    for line in text.splitlines():
        if columns is None or len(line) + indent <= columns:
            yield " " * indent + line
        else:
            import textwrap

            wrapped = textwrap.wrap(line, columns - indent, break_on_hyphens=False)
            yield from (" " * indent + one for one in wrapped)


def table(rows: Iterable[Sequence[str]], colour: Callable[[int, str], str], *, indent: int = 0) -> Iterator[str]:
    """Yield the lines of a table. The last column is broken where the terminal ends; where there is no room for it, the
    cells stand below each other. `colour` is given the number of the row, and the text of all but its last cell.
    """
    cells = [[shown(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*(row[:-1] for row in cells), strict=True)]
    start = indent + sum(widths) + 2 * len(widths)
    columns = width()
    if columns is not None and columns - start < _NARROWEST:
        for number, row in enumerate(cells):
            yield " " * indent + colour(number, "  ".join(filter(None, row[:2])))
            for cell in filter(None, row[2:]):
                yield from paragraph(cell, indent + 4)
        return
    for number, row in enumerate(cells):
        head = "  ".join(cell.ljust(size) for cell, size in zip(row[:-1], widths, strict=True))
        last = list(paragraph(row[-1], start)) or [""]
        yield f"{' ' * indent}{colour(number, head)}  {last[0][start:]}".rstrip()
        yield from last[1:]
