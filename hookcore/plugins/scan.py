"""Which distributions does one directory of `sys.path` hold? Found in its file names, and read from `entry_points.txt`.

The rules are those of importlib.metadata's finder for paths, without its cost: the directory is listed once, and
METADATA is read only for those that have an entry point that somebody asks for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence

from hookcore.names import canonical_name, normalized
from hookcore.plugins.bounded_files import MEBIBYTE, read_bounded
from hookcore.plugins.installed import Distribution, distribution_of
from hookcore.plugins.metadata_text import legacy_requirements, read_entry_points, read_headers

LARGEST = 16 * MEBIBYTE
"""No `entry_points.txt` or METADATA is larger than this by right, in bytes."""

_ENDINGS = (".dist-info", ".egg-info")
_READING: int = (
    os.O_RDONLY
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)
_CHUNK = 65536
_AS_GOOD_AS_ABSENT = (FileNotFoundError, IsADirectoryError, NotADirectoryError)


class Scan:
    """What one directory holds of some entry-point groups.

    `carriers` are the distributions that have entry points in one of the groups; `unreadable` those that may have, by
    the path of their metadata; `others` are the `entry_points.txt` of the rest, by path.
    """

    def __init__(self, prefix: str, groups: Iterable[str]) -> None:
        self.carriers: list[Distribution] = []
        self.unreadable: dict[str, Exception] = {}
        self.others: dict[str, bytes] = {}
        self._prefix = prefix
        self._groups = frozenset(groups)
        self._needles = [group.encode("utf-8", "surrogateescape") for group in self._groups]

    def read(self, metadata: Mapping[str, str]) -> None:
        """Read the metadata with these file names, each given by the name that tells duplicates apart."""
        for key, child in metadata.items():
            origin = self._prefix + child
            try:
                content = read_bytes(f"{origin}/entry_points.txt")
                if content is None:
                    continue
                for needle in self._needles:
                    if needle in content:
                        break
                else:
                    self.others[origin] = content
                    continue
                distribution = read_distribution(origin, key, content)
                if any(entry_point.group in self._groups for entry_point in distribution.entry_points):
                    self.carriers.append(distribution)
                else:
                    self.others[origin] = content
            except (OSError, ValueError) as error:
                self.unreadable[origin] = error


def is_egg(entry: str) -> bool:
    """Tell whether an entry of `sys.path` is named as an egg."""
    return os.path.basename(entry).lower().endswith(".egg")


def metadata_among(prefix: str, children: Sequence[str], in_egg: bool) -> list[tuple[str, str]]:
    """Return the file names of all metadata among the `children` of a directory, in the order in which they count.

    Each comes after the name that tells duplicates apart. Paths below the directory begin with `prefix`; `in_egg` tells
    whether it is an egg, which has its metadata in `EGG-INFO`.
    """
    together = "/".join(children).lower()  # all at once, here and below: it is quicker than one at a time
    if "-info" not in together:
        return []
    lowered = together.split("/")
    infos = [child for child, lower in zip(children, lowered, strict=True) if lower.endswith(_ENDINGS)]
    stems = [info.rpartition(".")[0].partition("-")[0] for info in infos]
    keys = normalized("/".join(stems)).split("/") if stems else []
    if len(set(keys)) < len(infos):  # those of one name come one after the other
        position = {key: -place for place, key in enumerate(reversed(keys))}
        infos = [info for _, info in sorted(zip(keys, infos, strict=True), key=lambda pair: position[pair[0]])]
        keys.sort(key=position.__getitem__)
    if in_egg:
        eggs = [child for child, lower in zip(children, lowered, strict=True) if lower == "egg-info"]
        infos += eggs
        keys += [""] * len(eggs)
    return [
        (key if key and info.endswith(_ENDINGS) and "." in info.lstrip(".") else _key_in_text(prefix, info), info)
        for key, info in zip(keys, infos, strict=True)
    ]


def read_distribution(origin: str, key: str, entry_points: bytes) -> Distribution:
    """Return the record of the distribution whose `entry_points.txt` holds that. Raises OSError, ValueError."""
    name, version, summary, requirements = read_headers(_metadata_text(origin))
    name = name or canonical_name(key)
    if not name or name.startswith("/"):
        raise ValueError("neither its metadata nor its path says a name")
    if not requirements:
        requirements = legacy_requirements(_read_text(origin, "requires.txt"))
    return distribution_of(
        name, version or "unknown", summary, requirements, origin, read_entry_points(_decoded(entry_points))
    )


def read_bytes(path: str) -> bytes | None:
    """Return what a regular file holds, or None if there is none. Never waits. Raises OSError."""
    try:
        descriptor = os.open(path, _READING)
    except _AS_GOOD_AS_ABSENT:
        return None
    try:
        content = os.read(descriptor, _CHUNK)
    except IsADirectoryError:
        return None
    finally:
        os.close(descriptor)
    # Pipes and devices give nothing, or as much as one takes.
    return content if 0 < len(content) < _CHUNK else read_bounded(path, LARGEST)


def _key_in_text(prefix: str, child: str) -> str:
    """Return the name that the metadata says, or one that nobody else has if it says none."""
    try:
        name = read_headers(_metadata_text(prefix + child))[0]
    except (OSError, ValueError):
        name = ""
    return normalized(name) if name else f"/{child}"


def _metadata_text(origin: str) -> str:
    """Return METADATA or what older tools left in its place; in Latin-1 if that is what it is written in."""
    for file in (f"{origin}/METADATA", f"{origin}/PKG-INFO", origin):
        content = read_bytes(file)
        if content:
            try:
                return _decoded(content)
            except UnicodeDecodeError:  # nobody who only wants entry points notices it
                return _decoded(content, "latin-1")
    return ""


def _read_text(origin: str, file: str) -> str:
    return _decoded(read_bytes(f"{origin}/{file}") or b"")


def _decoded(content: bytes, encoding: str = "utf-8") -> str:
    text = content.decode(encoding)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
