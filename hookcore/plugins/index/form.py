"""In what form is an index stored? Plain text whose lines and fields end in ASCII's own separators, so that a look-up
reads and parses only what it asks for: the size of the rest costs nothing.

    heading           the form, and the directory's identity and time: anything else, and the index is not its
    sizes             of the next three parts, and the checksums of two of them
    table             which files may change unseen, and their state; what is to be read afresh each time; then, group
                      by group, where its carriers' records stand
    names             of all distributions in the directory, because they hide those of the same name further on
    records           of the distributions with entry points, those with the same groups side by side

Numbers are hexadecimal: the first decimal `int()` of a process takes longer than reading the rest of an index.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from hookcore.plugins.installed import Distribution, EntryPoint

FORM = "hookcore index 1"
EMPTY = b"3 deac6495 0 0 0\n\x1e\x1f\x1e"  # all that stands below the heading where there is no distribution
RECORD = "\x1e"
FIELD = "\x1f"


class DamagedError(ValueError):
    """An index is not what we wrote."""


def heading_of(status: os.stat_result) -> bytes:
    """Return how the index of a directory in this state must begin."""
    return f"{FORM} {status.st_dev} {status.st_ino} {status.st_mtime_ns} {status.st_ctime_ns}\n".encode("ascii")


def stamp_of(path: str) -> str:
    """Return what tells the state of a file from any other; an empty string if it is not there."""
    try:
        status = os.stat(path)
    except OSError:
        return ""
    return f"{status.st_mtime_ns} {status.st_size} {status.st_ino}"


def sizes_of(start: bytes, at: int) -> tuple[int, int, int, int, int, int]:
    """Return where table and names begin, each with its checksum, where the records begin, and where they end.

    `start` is how the index begins, and `at` is how long its heading is. Raises ValueError.
    """
    end = start.find(b"\n", at, at + 100)
    if end < 0:
        raise DamagedError("its first lines are damaged")
    numbers = _numbers(start[at:end], 5)
    table_length, table_checksum, names_length, names_checksum, records_length = numbers
    names = end + 1 + table_length
    records = names + names_length
    return end + 1, table_checksum, names, names_checksum, records, records + records_length


def watched_in(table: bytes) -> list[tuple[str, str]]:
    """Return the files that may change unseen, each with its stamp."""
    texts = _decoded(table[: table.index(b"\x1e")]).split(FIELD)[:-1]
    return list(zip(texts[::2], texts[1::2], strict=True))


def afresh_in(table: bytes) -> list[str]:
    """Return the file names of the distributions that are to be read afresh each time."""
    begin = table.index(b"\x1e") + 2
    return _decoded(table[begin : table.index(b"\x1e", begin)]).split(FIELD)[:-1]


def keys_in(names: bytes) -> list[str]:
    """Return the names of the distributions in the directory."""
    return _decoded(names).split(FIELD) if names else []


def runs_of(group: str, table: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield start, length and checksum of each series of records of a group's carriers. Raises DamagedError."""
    mark = f"{RECORD}{group}{FIELD}".encode("utf-8", "surrogateescape")
    at = table.find(mark)
    if at < 0:
        return
    begin = at + len(mark)
    reached = 0
    for run in table[begin : table.index(b"\x1e", begin) - 1].split(b"\x1f"):
        start, length, checksum = _numbers(run, 3)
        if start < reached or length <= 0:  # each byte is read once at most, whatever the table says
            raise DamagedError("its table is damaged")
        reached = start + length
        yield start, length, checksum


def records_in(text: bytes) -> list[list[str]]:
    """Return the fields of each record of a series."""
    return [record.split(FIELD) for record in _decoded(text).split(RECORD)[:-1]]


def distribution_of(fields: list[str], prefix: str) -> Distribution:
    """Return the distribution that a record describes. Raises ValueError, IndexError."""
    _, child, _, name, version, summary, count, *rest = fields
    end = int(count, 16)
    new = tuple.__new__  # what the named tuples' own constructors call, at three times the cost
    entry_points = tuple([new(EntryPoint, (rest[at], rest[at + 1], rest[at + 2])) for at in range(end, len(rest), 3)])
    return new(Distribution, (name, version, summary, tuple(rest[:end]), prefix + child, entry_points))


def _numbers(text: bytes, count: int) -> list[int]:
    try:
        numbers = [int(number, 16) for number in text.decode("ascii").split(" ")]
    except ValueError:
        numbers = []
    if len(numbers) != count:
        raise DamagedError("a number in it is none")
    return numbers


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")
