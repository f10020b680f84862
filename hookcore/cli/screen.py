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
_FILLER: Final = "\0"  # which no text has that may be shown


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
    folder = here()
    text = text.replace(folder + os.sep, "") if folder else text
    if text.isprintable():
        return text
    kept = "\n" if keep_lines else ""
    return "".join([one if one.isprintable() or one in kept else ascii(one)[1:-1] for one in text])


def here() -> str:
    """Return the current directory, or an empty text if it is gone."""
    try:
        return os.getcwd()
    except OSError:
        return ""


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
    if said.isdecimal():
        return max(20, int(said))
    return max(20, os.get_terminal_size(sys.stdout.fileno()).columns) if sys.stdout.isatty() else None


def mark(outcome: str) -> str:
    """Return the sign for what is so, what is not, and what nobody knows yet."""
    signs = "✓✗·" if "utf" in (sys.stdout.encoding or "").lower() else "+x."
    return signs[("done", "stopped", "waiting").index(outcome)]


def spread(text: str) -> str:
    """Return a text that has as many characters as it takes columns: behind a wide one stands a filler."""
    if text.isascii():
        return text
    from unicodedata import east_asian_width

    return "".join([one + _FILLER if east_asian_width(one) in "FW" else one for one in text])


def paragraph(text: str, indent: int = 0) -> Iterator[str]:
    """Yield the lines of a text, each broken where the terminal ends."""
    columns = width()
    for line in map(spread, text.splitlines()):
        if columns is None or len(line) + indent <= columns:
            lines = [line]
        else:
            import textwrap

            room = columns - indent - (not line.isascii())  # a line may end between a wide letter and its filler
            lines = textwrap.wrap(line, room, break_on_hyphens=False)
        yield from (" " * indent + one.replace(_FILLER, "") for one in lines)


def prose(text: str, indent: int) -> Iterator[str]:
    """Yield the lines of somebody's documentation; a paragraph without room is broken anew, unless it is laid out."""
    columns = width()
    for number, block in enumerate(text.split("\n\n")):
        if number:
            yield ""
        lines = block.splitlines()
        has_room = columns is None or all(len(spread(line)) + indent <= columns for line in lines)
        if not has_room and not any(line[:1].isspace() for line in lines):
            lines = [" ".join(lines)]
        for line in lines:
            yield from paragraph(line, indent)


def table(rows: Iterable[Sequence[str]], colour: Callable[[int, str], str], *, indent: int = 0) -> Iterator[str]:
    """Yield the lines of a table. The last column is broken where the terminal ends; where there is no room for it, or
    only below for a path in it, it stands below the others, and where there is no room for these, from the third on
    all do. `colour` is given the number of the row, and the text of all but its last cell, or of the first two.
    """
    cells = [[shown(cell) for cell in row] for row in rows]
    widths = [max(len(spread(cell)) for cell in column) for column in zip(*(row[:-1] for row in cells), strict=True)]
    start = indent + sum(widths) + 2 * len(widths)
    for number, row in enumerate(cells):
        head = "  ".join(filled(cell, size) for cell, size in zip(row[:-1], widths, strict=True))
        if _goes_below(row[-1], start, indent + 4):
            fits = start - 2 <= (width() or start)
            yield " " * indent + colour(number, head.rstrip() if fits else "  ".join(filter(None, row[:2])))
            for cell in filter(None, row[-1:] if fits else row[2:]):
                yield from paragraph(cell, indent + 4)
        else:
            last = list(paragraph(row[-1], start)) or [""]
            yield f"{' ' * indent}{colour(number, head)}  {last[0][start:]}".rstrip()
            yield from last[1:]


def _goes_below(text: str, start: int, below: int) -> bool:
    columns = width()
    if columns is None:
        return False
    longest = max(map(len, spread(text).split(" ")))
    return columns - start < _NARROWEST or columns - start < longest <= columns - below


def filled(text: str, columns: int) -> str:
    """Return a text with blanks behind it, so that it takes so many columns."""
    return text + " " * (columns - len(spread(text)))
