"""Which distributions does one directory of `sys.path` hold? Found in its file names, and read from `entry_points.txt`.

The rules are those of importlib.metadata's finder for paths, without its cost: METADATA is read only for those that
have an entry point that somebody asks for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping

from hookcore.names import canonical_name, normalized
from hookcore.plugins.installed import Distribution
from hookcore.plugins.metadata_text import legacy_requirements, read_entry_points, read_headers

_ENDINGS = (".dist-info", ".egg-info")
_READING: int = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_CHUNK = 65536
_AS_GOOD_AS_ABSENT = (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError)


class Unreadable:
    """A distribution whose metadata can't be read, though it may have entry points that somebody asks for."""

    __slots__ = ("error", "origin")

    def __init__(self, origin: str, error: Exception) -> None:
        self.origin = origin
        self.error = error


def keys_among(prefix: str, children: Iterable[str]) -> dict[str, str]:
    """Return the names of the distributions among the `children` of a directory, with their metadata's file names.

    A name is in the form that tells duplicates apart; the first of them counts.
    """
    keys: dict[str, str] = {}
    for child in _metadata_among(prefix, children):
        keys.setdefault(key_in_name(child) or _key_in_text(prefix, child), child)
    return keys


def carriers_among(
    prefix: str, keys: Mapping[str, str], groups: Iterable[str]
) -> tuple[dict[str, Distribution], dict[str, Unreadable]]:
    """Return those distributions, by name, that have an entry point in one of `groups`, and the unreadable ones."""
    wanted = frozenset(groups)
    needles = [group.encode("utf-8", "surrogateescape") for group in wanted]
    carriers: dict[str, Distribution] = {}
    unreadable: dict[str, Unreadable] = {}
    for key, child in keys.items():
        origin = prefix + child
        try:
            content = read_bytes(f"{origin}/entry_points.txt")
            if content is None or not any(needle in content for needle in needles):
                continue
            distribution = read_distribution(origin, key, content)
        except (OSError, ValueError) as error:
            unreadable[key] = Unreadable(origin, error)
        else:
            if any(entry_point.group in wanted for entry_point in distribution.entry_points):
                carriers[key] = distribution
    return carriers, unreadable


def read_distribution(origin: str, key: str, entry_points: bytes) -> Distribution:
    """Return the record of the distribution whose `entry_points.txt` holds that. Raises OSError, ValueError."""
    name, version, summary, requirements = read_headers(_metadata_text(origin))
    name = name or canonical_name(key)
    if not name:
        raise ValueError("neither its metadata nor its path says a name")
    if not requirements:
        requirements = legacy_requirements(read_text(origin, "requires.txt") or "")
    return Distribution(
        name,
        version or "unknown",
        summary,
        requirements,
        origin,
        read_entry_points(_decoded(entry_points)),
    )


def key_in_name(child: str) -> str:
    """Return the name that `child`, a file name, says, in the form that tells duplicates apart; or an empty string."""
    for ending in _ENDINGS:
        if child.endswith(ending):
            stem = child[: -len(ending)]
            return normalized(stem.partition("-")[0]) if stem.strip(".") else ""
    return ""


def read_text(origin: str, file: str) -> str | None:
    """Return what a metadata file holds, or None if there is none. Raises OSError, UnicodeDecodeError."""
    content = read_bytes(f"{origin}/{file}" if file else origin)
    return None if content is None else _decoded(content)


def read_bytes(path: str) -> bytes | None:
    """Return what a file holds, or None if there is none or it may not be read. Never waits. Raises OSError."""
    try:
        descriptor = os.open(path, _READING)
    except _AS_GOOD_AS_ABSENT:
        return None
    try:
        content = chunk = os.read(descriptor, _CHUNK)
        while len(chunk) == _CHUNK:
            chunk = os.read(descriptor, _CHUNK)
            content += chunk
        return content
    except IsADirectoryError:
        return None
    finally:
        os.close(descriptor)


def _metadata_among(prefix: str, children: Iterable[str]) -> Iterator[str]:
    """Yield the file names of all metadata among `children`, in the order in which importlib.metadata finds it."""
    is_egg = os.path.basename(prefix[:-1]).lower().endswith(".egg")
    found: dict[str, list[str]] = {}
    eggs: list[str] = []
    for child in children:
        lower = child.lower()
        if lower.endswith(_ENDINGS):
            found.setdefault(normalized(lower.rpartition(".")[0].partition("-")[0]), []).append(child)
        elif is_egg and lower == "egg-info":
            eggs.append(child)
    for same_name in found.values():
        yield from same_name
    yield from eggs


def _key_in_text(prefix: str, child: str) -> str:
    """Return the name that the metadata says, or one that nobody else has if it says none."""
    try:
        name = read_headers(_metadata_text(prefix + child))[0]
    except (OSError, ValueError):
        name = ""
    return normalized(name) if name else f"/{child}"


def _metadata_text(origin: str) -> str:
    return read_text(origin, "METADATA") or read_text(origin, "PKG-INFO") or read_text(origin, "") or ""


def _decoded(content: bytes) -> str:
    text = content.decode("utf-8")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
