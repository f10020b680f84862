"""What looks like a plugin of this host, but isn't found as one? Only a directory with something odd in it is asked.

An entry-point group that is the host's but for its spelling, a distribution that is there twice, and what a killed
upgrade left behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hookcore.names import printable
from hookcore.plugins.installed import Distribution, read_entry_points

_ALMOST_EQUAL = 0.85  # of difflib's ratio: `plugns` and `recievers`, but not `drivers` and `logins`


def passed_over(prefix: str, child: str, first: str, *, brings_plugins: bool, first_does: bool) -> Iterator[str]:
    """Say why metadata doesn't count, if that makes a difference to anybody who asks for plugins.

    It is `child` in the directory whose paths begin with `prefix`, and `first` is the path of the metadata of the same
    name that counts; `brings_plugins` and `first_does` say which of them have some.
    """
    if child.startswith("~"):
        if brings_plugins:
            yield left_by_an_upgrade(prefix + child)
    elif brings_plugins or first_does:
        yield (
            f"{printable(prefix + child)} is passed over: {printable(first)} is a distribution of the "
            f"same name, and was found first. Remove the one that is not meant."
        )


def left_by_an_upgrade(origin: str) -> str:
    """Say why metadata whose name begins with `~` doesn't count."""
    return f"{printable(origin)} is what a killed upgrade left, so it is passed over. Remove it."


def misspelt(others: Mapping[str, bytes], carriers: Iterable[Distribution], groups: frozenset[str]) -> Iterator[str]:
    """Say which entry points stand in a group that is nearly one of `groups`.

    `others` are the `entry_points.txt`, by path, of the distributions that have none in those, and `carriers` are the
    distributions that have some.
    """
    found = {origin: _groups_in(content) for origin, content in others.items()}
    found |= {carrier.origin: {one.group for one in carrier.entry_points} for carrier in carriers}
    for origin, used in found.items():
        for group in sorted(used - groups):
            right = right_spelling(group, groups)
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


def right_spelling(group: str, groups: Iterable[str]) -> str | None:
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
