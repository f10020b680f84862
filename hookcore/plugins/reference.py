"""What does importlib.metadata say? It is asked about what is not a plain directory, and it is the measure of the rest.

This is the only module that imports it, and only when something is to be asked: importing it takes longer than finding
every plugin without it.
"""

from __future__ import annotations

import email.message
import importlib.metadata
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple, cast

from hookcore.names import canonical_name
from hookcore.plugins.installed import Distribution, EntryPoint

FindDistributions = Callable[[importlib.metadata.DistributionFinder.Context], Iterable[importlib.metadata.Distribution]]


class Answered(NamedTuple):
    """One distribution that a finder offers: the name that tells duplicates apart, where it is, how to read the rest.

    `read` returns None if the distribution has no entry point in the groups that it is given.
    """

    key: str
    origin: str
    read: Callable[[Collection[str]], Distribution | None]


def installed(groups: Collection[str]) -> Iterator[Distribution]:
    """Yield what importlib.metadata finds that has an entry point in one of `groups`; the first of a name counts.

    Raises what importlib.metadata raises when metadata can't be read.
    """
    seen: set[str] = set()
    for answered in _answers(importlib.metadata.distributions()):
        if answered.key not in seen:
            seen.add(answered.key)
            distribution = answered.read(groups)
            if distribution is not None:
                yield distribution


def offered_by(find_distributions: object) -> Iterator[Answered]:
    """Yield the distributions that a finder on `sys.meta_path` offers."""
    find = cast(FindDistributions, find_distributions)
    return _answers(find(importlib.metadata.DistributionFinder.Context()))


def in_path_entry(entry: str) -> Iterator[Answered]:
    """Yield the distributions in an entry of `sys.path` that is not a directory, such as a zip archive."""
    return _answers(importlib.metadata.distributions(path=[entry]))


def parsed_headers(text: str) -> email.message.Message:
    """Return the header of METADATA as importlib.metadata reads it, folded lines and all."""

    class Text(importlib.metadata.Distribution):
        def read_text(self, filename: str) -> str:
            return text

        def locate_file(self, path: str | os.PathLike[str]) -> Any:
            raise NotImplementedError

    return cast(email.message.Message, Text().metadata)


def read_text(name: str, origin: str, file: str) -> str | None:
    """Return the text of a file of the metadata of the distribution of that name that was found at `origin`."""
    offered = importlib.metadata.distributions(name=name)
    found = next((found for found in offered if _origin(found) == origin), None)
    return None if found is None else found.read_text(file)


def _answers(offered: Iterable[importlib.metadata.Distribution]) -> Iterator[Answered]:
    for found in offered:
        yield Answered(_key(found), _origin(found), partial(_read, found))


def _read(found: importlib.metadata.Distribution, groups: Collection[str]) -> Distribution | None:
    entry_points = tuple(EntryPoint(one.group, one.name, one.value) for one in found.entry_points)
    if not any(entry_point.group in groups for entry_point in entry_points):
        return None
    metadata: Any = found.metadata  # an email.message.Message; its subscription warns where a header is missing
    return Distribution(
        name=metadata.get("Name") or canonical_name(_key(found)),
        version=metadata.get("Version") or "unknown",
        summary=metadata.get("Summary") or "",
        requirements=tuple(found.requires or ()),
        origin=_origin(found),
        entry_points=entry_points,
    )


def _key(found: importlib.metadata.Distribution) -> str:
    """Return the name by which importlib.metadata tells duplicates apart. A finder of somebody else's may lack it."""
    name: str | None = getattr(found, "_normalized_name", None)
    return (canonical_name(found.metadata["Name"]) if name is None else name).replace("_", "-")


def _origin(found: importlib.metadata.Distribution) -> str:
    return str(getattr(found, "_path", None) or found.locate_file(""))
