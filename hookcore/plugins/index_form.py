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
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from zlib import crc32

from hookcore.plugins.installed import Distribution, EntryPoint

FORM = "hookcore index 1"
EMPTY = b"3 deac6495 0 0 0\n\x1e\x1f\x1e"  # all that stands below the heading where there is no distribution
_RECORD = "\x1e"
_FIELD = "\x1f"


class Stored(NamedTuple):
    """A distribution as an index keeps it: `stamp` says of which state of its `entry_points.txt` the rest was read."""

    key: str
    child: str
    stamp: str
    distribution: Distribution


class Contents(NamedTuple):
    """What an index says of a directory: all names, what to read afresh each time, and what is stored.

    `watched` are the files, relative to the directory, that may change without the directory's time showing it, each
    with its stamp: an index holds only as long as these do.
    """

    keys: Sequence[str]
    watched: list[tuple[str, str]]
    afresh: list[str]
    stored: list[Stored]


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


def is_storable(text: str) -> bool:
    """Tell whether a text has none of the separators in it."""
    return _RECORD not in text and _FIELD not in text


def composed(heading: bytes, contents: Contents) -> bytes:
    """Return the index as it is stored. Every text in `contents` must be storable."""
    ordered = sorted(contents.stored, key=lambda stored: _groups_of(stored.distribution))
    records = [_encoded(_RECORD.join([_record(stored), ""])) for stored in ordered]
    table = _encoded("".join(_table(contents, ordered, records)))
    names = _encoded(_FIELD.join(contents.keys))
    text = b"".join(records)
    sizes = b"%x %x %x %x %x\n" % (len(table), crc32(table), len(names), crc32(names), len(text))
    return b"".join([heading, sizes, table, names, text])


def _table(contents: Contents, ordered: Sequence[Stored], records: Sequence[bytes]) -> Iterator[str]:
    watched = [text for file_and_stamp in contents.watched for text in file_and_stamp]
    yield _FIELD.join([*watched, _RECORD, *contents.afresh, _RECORD])
    members: dict[str, list[int]] = {}
    for number, stored in enumerate(ordered):
        for group in _groups_of(stored.distribution):
            members.setdefault(group, []).append(number)
    starts = [0]
    for record in records:
        starts.append(starts[-1] + len(record))
    for group, numbers in members.items():
        runs = []
        for first, last in _runs(numbers):
            run = b"".join(records[first : last + 1])
            runs.append(f"{starts[first]:x} {len(run):x} {crc32(run):x}")
        yield _FIELD.join([group, *runs, _RECORD])


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of each series without a gap."""
    first = previous = numbers[0]
    for number in numbers[1:]:
        if number != previous + 1:
            yield first, previous
            first = number
        previous = number
    yield first, previous


def _groups_of(distribution: Distribution) -> list[str]:
    return sorted({entry_point.group for entry_point in distribution.entry_points})


def _record(stored: Stored) -> str:
    distribution = stored.distribution
    requirements = distribution.requirements
    fields = [stored.key, stored.child, stored.stamp, distribution.name, distribution.version, distribution.summary]
    fields += [f"{len(requirements):x}", *requirements]
    for entry_point in distribution.entry_points:
        fields += entry_point
    return _FIELD.join(fields)


def texts_of(stored: Stored) -> Iterator[str]:
    """Yield every text that the record of a distribution would hold."""
    yield from stored[:3]
    yield from stored.distribution[:3]
    yield from stored.distribution.requirements
    for entry_point in stored.distribution.entry_points:
        yield from entry_point


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


class Sizes(NamedTuple):
    """Where the parts of an index begin, and the checksums of two of them."""

    table: int
    table_checksum: int
    names: int
    names_checksum: int
    records: int
    end: int


def sizes_of(start: bytes, at: int) -> Sizes:
    """Return where the parts are, given how the index begins and how long its heading is. Raises ValueError."""
    end = start.find(b"\n", at, at + 100)
    if end < 0:
        raise DamagedError("its first lines are damaged")
    numbers = _numbers(start[at:end])
    table_length, table_checksum, names_length, names_checksum, records_length = numbers
    names = end + 1 + table_length
    records = names + names_length
    return Sizes(end + 1, table_checksum, names, names_checksum, records, records + records_length)


def watched_in(table: bytes) -> list[tuple[str, str]]:
    """Return the files that may change unseen, each with its stamp."""
    texts = _decoded(table[: table.index(b"\x1e")]).split(_FIELD)[:-1]
    return list(zip(texts[::2], texts[1::2], strict=True))


def afresh_in(table: bytes) -> list[str]:
    """Return the file names of the distributions that are to be read afresh each time."""
    begin = table.index(b"\x1e") + 2
    return _decoded(table[begin : table.index(b"\x1e", begin)]).split(_FIELD)[:-1]


def keys_in(names: bytes) -> list[str]:
    """Return the names of the distributions in the directory."""
    return _decoded(names).split(_FIELD) if names else []


def runs_of(group: str, table: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield start, length and checksum of each series of records of a group's carriers. Raises DamagedError."""
    mark = _encoded(f"{_RECORD}{group}{_FIELD}")
    at = table.find(mark)
    if at < 0:
        return
    begin = at + len(mark)
    reached = 0
    for run in table[begin : table.index(b"\x1e", begin) - 1].split(b"\x1f"):
        start, length, checksum = _numbers(run)
        if start < reached or length <= 0:  # each byte is read once at most, whatever the table says
            raise DamagedError("its table is damaged")
        reached = start + length
        yield start, length, checksum


def records_in(text: bytes) -> list[list[str]]:
    """Return the fields of each record of a series."""
    return [record.split(_FIELD) for record in _decoded(text).split(_RECORD)[:-1]]


def distribution_of(fields: list[str], prefix: str) -> Distribution:
    """Return the distribution that a record describes. Raises ValueError, IndexError."""
    _, child, _, name, version, summary, count, *rest = fields
    end = int(count, 16)
    entry_points = tuple([EntryPoint(rest[at], rest[at + 1], rest[at + 2]) for at in range(end, len(rest), 3)])
    return Distribution(name, version, summary, tuple(rest[:end]), prefix + child, entry_points)


def _numbers(text: bytes) -> list[int]:
    return [int(number, 16) for number in text.decode("ascii").split(" ")]


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")
