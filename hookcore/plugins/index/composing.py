"""How does an index come into its form? `form.py` says what it is and reads it; this is the other direction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from zlib import crc32

from hookcore.plugins.index.form import FIELD, ITEM
from hookcore.plugins.installed import Distribution


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


def is_storable(text: str) -> bool:
    """Tell whether a text has none of the separators in it."""
    return FIELD not in text and ITEM not in text


def composed(heading: bytes, contents: Contents) -> bytes:
    """Return the index as it is stored. Every text in `contents` must be storable."""
    carriers = Counter(group for stored in contents.stored for group in _groups_of(stored.distribution))

    def rarest_first(stored: Stored) -> tuple[int, str, list[str], str]:
        groups = _groups_of(stored.distribution)
        return *min((carriers[group], group) for group in groups), groups, stored.key

    ordered = sorted(contents.stored, key=rarest_first)
    records = [_encoded(_record(stored)) for stored in ordered]
    table = _encoded("".join(_table(contents, ordered, records)))
    text = b"".join(records)
    names = _encoded(_listed(contents.keys))
    sizes = b"%x %x %x %x %x\n" % (len(table), crc32(table), len(text), len(names), crc32(names))
    return b"".join([heading, sizes, table, text, names])


def _table(contents: Contents, ordered: Sequence[Stored], records: Sequence[bytes]) -> Iterator[str]:
    yield _listed(text for file_and_stamp in contents.watched for text in file_and_stamp) + FIELD
    yield _listed(contents.afresh) + FIELD
    yield FIELD
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
        yield _listed([group, *runs]) + FIELD


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
    key, child, stamp, distribution = stored
    name, version, summary, requirements, _, entry_points = distribution
    texts = (text for entry_point in entry_points for text in entry_point)
    fields = (key, child, stamp, name, version, summary, _listed(requirements), _listed(texts))
    return "".join(f"{field}{FIELD}" for field in fields)


def _listed(items: Iterable[str]) -> str:
    return "".join(f"{item}{ITEM}" for item in items)


def texts_of(stored: Stored) -> Iterator[str]:
    """Yield every text that the record of a distribution would hold."""
    yield from stored[:3]
    yield from stored.distribution[:3]
    yield from stored.distribution.requirements
    for entry_point in stored.distribution.entry_points:
        yield from entry_point


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
