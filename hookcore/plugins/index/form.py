"""In what form is an index stored? Plain text whose lines and fields end in ASCII's own separators, so that a look-up
reads and parses only what it asks for: the size of the rest costs nothing.

    heading           the form, and the directory's identity and time: anything else, and the index is not its
    sizes             of the next three parts, and the checksums of two of them
    table             which files may change unseen, and their state; what is to be read afresh each time; then, group
                      by group, where its carriers' records stand
    records           of the distributions with entry points, those with the same groups side by side, and rare groups
                      first, so that a plugin's stand in what is read first
    names             of all distributions in the directory, because they hide those of the same name further on

Numbers are hexadecimal: the first decimal `int()` of a process takes longer than reading the rest of an index.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from hookcore.plugins.installed import Distribution, EntryPoint

FORM = 2  # another number for each change of what is described above
BEGINNING = f"hookcore index {FORM}"
EMPTY = b"3 c7b755d4 0 0 0\n\x1e\x1e\x1e"  # all that stands below the heading where there is no distribution
FIELD = "\x1e"  # ends each field of a record, and each line of the table
ITEM = "\x1f"  # ends each item of a list
FIELDS = 8  # of each record
Text = bytes | memoryview  # a part of an index is looked at where it is: each new page of memory costs a fresh process


class DamagedError(ValueError):
    """An index is not what we wrote."""


def heading_of(status: os.stat_result) -> bytes:
    """Return how the index of a directory in this state must begin."""
    return f"{BEGINNING} {status.st_dev} {status.st_ino} {status.st_mtime_ns} {status.st_ctime_ns}\n".encode("ascii")


def stamp_of(path: str) -> str:
    """Return what tells the state of a file from any other; an empty string if it is not there."""
    try:
        status = os.stat(path)
    except OSError:
        return ""
    return f"{status.st_mtime_ns} {status.st_size} {status.st_ino}"


def sizes_of(start: bytes, at: int) -> tuple[int, int, int, int, int, int]:
    """Return where the table begins, its checksum, where records and names begin, the names' checksum, and the end.

    `start` is how the index begins, and `at` is how long its heading is. Raises ValueError.
    """
    end = start.find(b"\n", at, at + 100)
    if end < 0:
        raise DamagedError("its first lines are damaged")
    table_length, table_checksum, records_length, names_length, names_checksum = _numbers(start[at:end], 5)
    records = end + 1 + table_length
    names = records + records_length
    return end + 1, table_checksum, records, names, names_checksum, names + names_length


def parts_of(table: bytes) -> tuple[bytes, bytes, bytes]:
    """Return the lists of what may change unseen and of what to read afresh, and the rest. Raises DamagedError."""
    try:
        watched, afresh, groups = table.split(b"\x1e", 2)
    except ValueError:
        raise DamagedError("its table is damaged") from None
    return watched, afresh, groups


def watched_in(watched: bytes) -> Iterable[tuple[str, str]]:
    """Return the files that may change unseen, each with its stamp. Raises ValueError."""
    texts = items_in(watched)
    return zip(texts[::2], texts[1::2], strict=True)


def items_in(text: Text) -> list[str]:
    """Return the items of a list."""
    return _decoded(text).split(ITEM)[:-1]


def runs_of(group: str, groups: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield start, length and checksum of each series of records of a group's carriers. Raises ValueError."""
    mark = f"{FIELD}{group}{ITEM}".encode("utf-8", "surrogateescape")
    at = groups.find(mark)
    if at < 0:
        return
    begin = at + len(mark)
    reached = 0
    for run in groups[begin : groups.index(b"\x1e", begin) - 1].split(b"\x1f"):
        start, length, checksum = _numbers(run, 3)
        if start < reached or length <= 0:  # each byte is read once at most, whatever the table says
            raise DamagedError("its table is damaged")
        reached = start + length
        yield start, length, checksum


def records_in(text: Text, prefix: str) -> tuple[list[str], list[str], list[Distribution]]:
    """Return the distributions of a series, and the key and stamp of each. Raises DamagedError.

    Field by field, not record by record: the first rounds of each loop in a process cost most, and these are short.
    """
    fields = _decoded(text).split(FIELD)
    if len(fields) % FIELDS != 1:
        raise DamagedError("a record in it is cut short")
    requirements = [tuple(texts.split(ITEM)[:-1]) for texts in fields[6::FIELDS]]
    origins = [prefix + child for child in fields[1::FIELDS]]
    entry_points = []
    new = tuple.__new__  # what the named tuples' own constructors call, at three times the cost
    for texts in fields[7::FIELDS]:
        items = iter(texts.split(ITEM))
        entry_points.append(tuple([new(EntryPoint, three) for three in zip(items, items, items, strict=False)]))
    columns = (fields[3::FIELDS], fields[4::FIELDS], fields[5::FIELDS], requirements, origins, entry_points)
    distributions = [new(Distribution, column) for column in zip(*columns, strict=False)]
    return fields[0:-1:FIELDS], fields[2::FIELDS], distributions


def _numbers(text: bytes, count: int) -> list[int]:
    try:
        numbers = [int(number, 16) for number in text.split(b" ")]
    except ValueError:
        numbers = []
    if len(numbers) != count:
        raise DamagedError("a number in it is none")
    return numbers


def _decoded(text: Text) -> str:
    return str(text, "utf-8", "surrogateescape")
