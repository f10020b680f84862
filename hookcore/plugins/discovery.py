"""Who is installed? The answer comes from metadata alone: nothing is imported here that a plugin wrote.

The rules are those of importlib.metadata, without the cost of its finder for paths: each directory is listed once, and
METADATA is read only for those distributions that have an entry point that somebody asks for. What is not a plain
directory, it is asked about itself.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, TypeAlias, cast

from hookcore.logs import log_warning
from hookcore.names import normalized, printable
from hookcore.plugins.bounded_files import LARGEST_METADATA, READING, read_bounded
from hookcore.plugins.installed import (
    Distribution,
    InstalledPlugin,
    distribution_of,
    groups_of,
    headers_of,
    in_order,
    plugins_of,
    read_entry_points,
)
from hookcore.tracebacks import guarded, kind_of, text_of

if TYPE_CHECKING:
    import importlib.metadata

Discover: TypeAlias = "Callable[[str], Iterable[InstalledPlugin]]"
"""A source of plugins: from the host's name to what is installed for it."""

_CHUNK = 65536
_FINDERS_OF_PATHS = ("PathFinder.find_distributions", "MetadataPathFinder.find_distributions")
_THEIR_MODULES = ("_frozen_importlib_external", "importlib_metadata")
_NOTHING_THERE = (FileNotFoundError, NotADirectoryError, ValueError, TypeError)  # the import system passes over it, too
_NO_FILE = (FileNotFoundError, IsADirectoryError, NotADirectoryError)
_ENDINGS = (".dist-info", ".egg-info")
_PLAIN = {ending[-9:] for ending in _ENDINGS}
_SEPARATORS = b"-_. "
_ODDITIES = (os.sep * 2, f"{os.sep}.{os.sep}", *(os.altsep or ""))
_ODD_BEGINNING = f".{os.sep}"
_ODD_ENDS = (os.sep, f"{os.sep}.")


def discover(project: str) -> tuple[InstalledPlugin, ...]:
    """Return every installed plugin of the host `project`, sorted by canonical plugin and distribution name.

    Reads metadata only: no plugin's module is imported. A distribution that is found twice on `sys.path` counts
    once, and the first found wins, as `importlib.metadata` has it.
    """
    return plugins_of(project, installed_distributions(groups_of(project)))


def discover_group(group: str, name: str | None = None) -> tuple[InstalledPlugin, ...]:
    """Return what is installed in one group of entry points, or in it under one name; pluggy loads so."""
    return in_order(
        [
            InstalledPlugin(entry_point.name, distribution, entry_point)
            for distribution in installed_distributions({group})
            for entry_point in distribution.entry_points
            if entry_point.group == group and name in (None, entry_point.name)
        ]
    )


def installed_distributions(groups: Collection[str]) -> list[Distribution]:
    """Return the installed distributions that have an entry point in one of `groups`.

    What can't be read is logged with its path and left out: its fault must not take the others along.
    """
    search = _Search(groups)
    for finder in list(sys.meta_path):
        search.ask(finder)
    return search.found


def _finds_by_path(find_distributions: object) -> bool:
    """Tell whether this is Python's own finder for `sys.path`, or the one by which importlib_metadata replaces it."""
    return (
        getattr(find_distributions, "__module__", "") in _THEIR_MODULES
        and getattr(find_distributions, "__qualname__", "") in _FINDERS_OF_PATHS
    )


class _Search:
    """One walk over all places where distributions may be; the first of a name counts."""

    def __init__(self, groups: Collection[str]) -> None:
        self.found: list[Distribution] = []
        self._groups = frozenset(groups)
        self._visited: set[tuple[int, int, bool]] = set()
        self._names: set[str] = set()

    def ask(self, finder: object) -> None:
        """Ask a finder on `sys.meta_path`; in place of the one for `sys.path` we look ourselves."""
        is_ours = False
        try:
            find_distributions = getattr(finder, "find_distributions", None)
            is_ours = _finds_by_path(find_distributions)
            if find_distributions is not None and not is_ours:
                from hookcore.plugins import reference

                self._take(reference.offered_by(find_distributions))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            kind = type(finder)  # it itself may raise whatever it is asked
            kind = kind if kind is not type else cast(type, finder)
            _log_unreadable(f"the finder {kind.__module__}.{kind.__qualname__}", error)
        if is_ours:  # what comes meanwhile, such as an alarm's, is no fault of a finder's
            self._look_along_the_path()

    def _look_along_the_path(self) -> None:
        for entry in list(sys.path):
            try:
                status = os.stat(entry or ".")
                if stat.S_ISDIR(status.st_mode):
                    self._look_into(_prefix_of(os.fspath(entry)), _is_egg(entry), status)
                elif stat.S_ISREG(status.st_mode):
                    self._look_into_archive(entry)
            except _NOTHING_THERE:
                continue
            except Exception as error:
                _log_unreadable(guarded(str, entry, otherwise="an entry of sys.path"), error)

    def _look_into(self, prefix: str, in_egg: bool, status: os.stat_result) -> None:
        visit = (status.st_dev, status.st_ino, in_egg)  # lib64 is a link to lib
        if visit in self._visited:
            return
        self._visited.add(visit)
        counted: dict[str, str] = {}
        again: list[tuple[str, str]] = []
        for key, child in _metadata_among(prefix, in_egg, os.listdir(prefix or ".")):
            if child[0] == "~" or key in counted:
                again.append((key, child))
            elif key not in self._names:
                counted[key] = child
        if not counted and not again:
            return
        scan = _Scan(prefix, self._groups)
        scan.read(counted)
        self.found += scan.carriers
        for origin, error in scan.unreadable.items():
            _log_unreadable(origin, error)
        if again or scan.may_be_misspelt:
            self._tell_what_is_overlooked(scan, counted, again)
        self._names.update(counted)

    def _tell_what_is_overlooked(
        self, scan: _Scan, counted: Mapping[str, str], again: Sequence[tuple[str, str]]
    ) -> None:
        from hookcore.plugins.overlooked import misspelt, passed_over

        carrying = {carrier.origin for carrier in scan.carriers}
        for key, child in again:
            second = _Scan(scan.prefix, self._groups)
            second.read({child: child})
            first = scan.prefix + counted.get(key, "")
            brings_plugins = bool(second.carriers or second.unreadable)
            log_warning(
                *passed_over(scan.prefix, child, first, brings_plugins=brings_plugins, first_does=first in carrying)
            )
        log_warning(*misspelt(scan.others, scan.carriers, self._groups))

    def _look_into_archive(self, entry: str) -> None:
        from hookcore.plugins import reference

        self._take(reference.in_archive(entry, partial(_metadata_among, f"{entry}{os.sep}", _is_egg(entry))))

    def _take(self, offered: Iterable[importlib.metadata.Distribution]) -> None:
        from hookcore.plugins.overlooked import left_by_an_upgrade
        from hookcore.plugins.reference import file_name_of, key_of, origin_of, read_distribution

        for found in offered:
            try:
                is_left = file_name_of(found).startswith("~")
                key = key_of(found)
                if key in self._names:
                    continue
                if not is_left:
                    self._names.add(key)
                if any(entry_point.group in self._groups for entry_point in found.entry_points):
                    if is_left:
                        log_warning(left_by_an_upgrade(origin_of(found)))
                    else:
                        self.found.append(read_distribution(found))
            except Exception as error:
                _log_unreadable(origin_of(found), error)


class _Scan:
    """What one directory holds of some entry-point groups.

    `carriers` are the distributions that have entry points in one of the groups; `unreadable` those that may have, by
    the path of their metadata; `others` are the `entry_points.txt` of the rest, by path.
    """

    def __init__(self, prefix: str, groups: frozenset[str]) -> None:
        self.prefix = prefix
        self.carriers: list[Distribution] = []
        self.unreadable: dict[str, Exception] = {}
        self.others: dict[str, bytes] = {}
        self._groups = groups
        # Whoever has one of the groups has this, too: to look for it is quicker than to read what is there.
        self._hint = _common_beginning(groups).encode("utf-8", "surrogateescape")

    def read(self, metadata: Mapping[str, str]) -> None:
        """Read the metadata with these file names, each given by the name that tells duplicates apart."""
        for key, child in metadata.items():
            origin = self.prefix + child
            try:
                path = f"{origin}/entry_points.txt"
                content = _content_of(path, self._hint)
                if content is None:
                    continue
                may_count = self._hint in content
                entry_points = read_entry_points(_decoded(content, "utf-8")) if may_count else ()
                for entry_point in entry_points:
                    if entry_point.group in self._groups:
                        read_text = partial(_text_in, origin)
                        self.carriers.append(distribution_of(read_text, key, origin, entry_points))
                        break
                else:
                    self.others[origin] = content
            except (OSError, ValueError) as error:
                self.unreadable[origin] = error

    @property
    def may_be_misspelt(self) -> bool:
        """Whether there may be a group of this project among those that nobody asks for. Quick, and often wrong."""
        used = {entry_point.group for carrier in self.carriers for entry_point in carrier.entry_points}
        others = b"\n".join([*self.others.values(), *map(_heading, used - self._groups)])
        projects = {_heading(group).rpartition(b".")[0] for group in self._groups}
        others = others.lower().translate(None, _SEPARATORS)
        return any(project.lower().translate(None, _SEPARATORS) in others for project in projects)


def _common_beginning(texts: Collection[str]) -> str:
    """Return what all texts begin with: what the first and the last of them do, in the order of the alphabet."""
    pairs = zip(min(texts), max(texts), strict=False)
    return "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _is_egg(entry: str) -> bool:
    """Tell whether an entry of `sys.path` is named as an egg."""
    return os.path.basename(entry).lower().endswith(".egg")


def _metadata_among(prefix: str, in_egg: bool, children: Sequence[str]) -> list[tuple[str, str]]:
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
    if not in_egg and {info[-9:] for info in infos} <= _PLAIN and "" not in keys and "-" not in keys:
        return list(zip(keys, infos, strict=True))
    return [
        (key if key and info.endswith(_ENDINGS) and "." in info.lstrip(".") else _key_in_text(prefix, info), info)
        for key, info in zip(keys, infos, strict=True)
    ]


def _key_in_text(prefix: str, child: str) -> str:
    """Return the name that the metadata says, or one that nobody else has if it says none."""
    try:
        name = headers_of(partial(_text_in, prefix + child))[0]
    except (OSError, ValueError):
        name = ""
    return normalized(name) if name else f"/{child}"


def _text_in(origin: str, file: str) -> str:
    """Return what a metadata file says, or, without a file's name, what lies at `origin` itself; nothing if it is none.

    In Latin-1 if it is written in that: nobody who only wants entry points notices it.
    """
    path = f"{origin}/{file}" if file else origin
    content = _content_of(path)
    if content is None:
        return ""
    try:
        return _decoded(content, "utf-8")
    except UnicodeDecodeError:
        return _decoded(content, "latin-1")


def _decoded(content: bytes, encoding: str) -> str:
    text = content.decode(encoding)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _content_of(path: str, counts: bytes = b"") -> bytes | None:
    """Return what a file holds, or None if there is none. Never waits. Raises OSError.

    If `counts` is in it, it is a regular file; of all else that is not asked, since to ask takes as long as to read.
    """
    try:
        descriptor = os.open(path, READING)
    except _NO_FILE:
        return None
    try:
        content = os.read(descriptor, _CHUNK)
        is_plain = counts not in content or stat.S_ISREG(os.fstat(descriptor).st_mode)
    except IsADirectoryError:
        return None
    finally:
        os.close(descriptor)
    # Pipes and devices give nothing, or as much as one takes; or what somebody is just writing.
    return content if is_plain and 0 < len(content) < _CHUNK else read_bounded(path, LARGEST_METADATA)


def _heading(group: str) -> bytes:
    return f"[{group}".encode("utf-8", "surrogateescape")


def _prefix_of(entry: str) -> str:
    """Return what stands before a file name in its path below an entry of `sys.path`, as importlib.metadata has it."""
    if entry in ("", "."):
        return ""
    if any(oddity in entry for oddity in _ODDITIES) or entry.startswith(_ODD_BEGINNING) or entry.endswith(_ODD_ENDS):
        from pathlib import Path

        entry = str(Path(entry))
        return "" if entry == "." else entry.rstrip(os.sep) + os.sep
    return entry + os.sep


def _log_unreadable(origin: str, error: BaseException) -> None:
    said = printable(f"{kind_of(error)}: {text_of(error)}")
    log_warning(f"The metadata in {printable(origin)} can't be read, so its plugins are not found: {said}")
