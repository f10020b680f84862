"""What looks like a plugin of this host, but isn't found as one? Only a directory with something odd in it is asked.

An entry-point group that is the host's but for its spelling, a distribution that is there twice, and what a killed
upgrade left behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hookcore.names import printable
from hookcore.plugins.metadata_text import read_entry_points
from hookcore.plugins.scan import Scan

_ALMOST_EQUAL = 0.85  # of difflib's ratio: `plugns` and `recievers`, but not `drivers` and `logins`


def overlooked(
    prefix: str, scan: Scan, counted: Mapping[str, str], again: Iterable[tuple[str, str]], groups: Iterable[str]
) -> Iterator[str]:
    """Yield a sentence for each distribution in a directory that its author, or the operator, may be looking for.

    Paths below the directory begin with `prefix`; `scan` is what was read there for the entry-point `groups`.
    `counted` are the file names of the metadata that count, by the name that tells duplicates apart, and `again`
    those that don't, with that name.
    """
    groups = frozenset(groups)
    for key, child in again:
        yield from _passed_over(prefix, scan, counted.get(key), child, groups)
    for origin, content in scan.others.items():
        yield from _misspelt(origin, _groups_in(content), groups)
    for carrier in scan.carriers:
        yield from _misspelt(carrier.origin, {entry_point.group for entry_point in carrier.entry_points}, groups)


def _passed_over(prefix: str, scan: Scan, first: str | None, child: str, groups: frozenset[str]) -> Iterator[str]:
    """Say why metadata doesn't count, if that makes a difference to anybody who asks for `groups`."""
    second_scan = Scan(prefix, groups)
    second_scan.read({child: child})
    brings_plugins = second_scan.carriers or second_scan.unreadable
    if child.startswith("~"):
        if brings_plugins:
            yield left_by_an_upgrade(prefix + child)
    elif brings_plugins or any(carrier.origin == f"{prefix}{first}" for carrier in scan.carriers):
        yield (
            f"{printable(prefix + child)} is passed over: {printable(f'{prefix}{first}')} is a distribution of the "
            f"same name, and was found first. Remove the one that is not meant."
        )


def left_by_an_upgrade(origin: str) -> str:
    """Say why metadata whose name begins with `~` doesn't count."""
    return f"{printable(origin)} is what a killed upgrade left, so it is passed over. Remove it."


def _misspelt(origin: str, found: Iterable[str], groups: frozenset[str]) -> Iterator[str]:
    for group in sorted(frozenset(found) - groups):
        right = _right_spelling(group, groups)
        if right is not None:
            yield (
                f"The entry points in the group {group!r} in {printable(origin)} are not used. "
                f"Is {right!r} meant? Its author can mend that."
            )


def _groups_in(content: bytes) -> set[str]:
    try:
        return {entry_point.group for entry_point in read_entry_points(content.decode())}
    except ValueError:
        return set()


def _right_spelling(group: str, groups: Iterable[str]) -> str | None:
    """Return the group that `group` is but for case, separators, a plural or a slip in its last word, or None."""
    for right in sorted(groups):
        project, _, kind = right.rpartition(".")
        if _folded(group).rstrip("s") == _folded(right).rstrip("s"):
            return right
        for separator in ".-_:/":
            head, _, tail = group.rpartition(separator)
            if head and _folded(head) == _folded(project) and _is_almost(tail.lower(), kind):
                return right
    return None


def _folded(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))


def _is_almost(word: str, right: str) -> bool:
    import difflib

    return difflib.SequenceMatcher(None, word, right).ratio() >= _ALMOST_EQUAL
