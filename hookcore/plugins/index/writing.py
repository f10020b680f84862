"""What goes into a directory's index, and when is one written? Only what will hold as long as the index is believed."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from hookcore.plugins import scan
from hookcore.plugins.index.composing import Contents, Stored, composed, is_storable, texts_of
from hookcore.plugins.index.file import LARGEST, path_of
from hookcore.plugins.index.form import heading_of, stamp_of
from hookcore.plugins.index.index import is_settled
from hookcore.plugins.trusted_files import write_whole


class _UnsettledError(Exception):
    """Something changed just now: what is read might already be out of date, and the times would not show it."""


def contents_of(prefix: str, status: os.stat_result, keys: Mapping[str, str]) -> Contents | None:
    """Read what an index of the directory says, or return None if that would not hold or can't be written."""
    if not _has_folder(prefix):
        return None
    if not all(scan.key_in_name(child) and is_storable(key) and is_storable(child) for key, child in keys.items()):
        return None  # such names come from no installer
    contents = Contents(tuple(keys), [], [], [])
    try:
        for key, child in keys.items():
            _read_into(contents, prefix, key, child)
        state = os.stat(prefix or ".")
    except (OSError, _UnsettledError):
        return None
    return contents if heading_of(state) == heading_of(status) else None


def store(prefix: str, status: os.stat_result, contents: Contents) -> None:
    """Write the index of the directory. Where that can't be done, nothing happens."""
    content = composed(heading_of(status), contents)
    if len(content) <= LARGEST:
        try:
            write_whole(path_of(prefix), content, mode=0o600 | (status.st_mode & 0o044), lasting=False)
        except OSError:
            return


def _has_folder(prefix: str) -> bool:
    """Tell whether the folder is there and may be written. If it is missing, make it, for a later start."""
    folder = os.path.dirname(path_of(prefix))
    try:
        os.makedirs(folder)
    except FileExistsError:
        return os.access(folder, os.W_OK)
    except OSError:
        return False
    return sys.pycache_prefix is not None  # else a new one has just changed the directory


def _read_into(contents: Contents, prefix: str, key: str, child: str) -> None:
    origin = prefix + child
    file = f"{origin}/entry_points.txt"
    stamp = _settled_stamp_of(file)
    found: Stored | None = None
    if stamp:
        try:
            distribution = scan.read_distribution(origin, key, scan.read_bytes(file) or b"")
            found = Stored(key, child, stamp, distribution)
        except (OSError, ValueError):
            contents.afresh.append(child)  # and why it can't be read is said again each time
            return
        if not all(map(is_storable, texts_of(found))):
            contents.afresh.append(child)
            return
        if distribution.entry_points:
            contents.stored.append(found)
    if _may_change_unseen(origin):
        names = ("entry_points.txt", "METADATA", "PKG-INFO", "requires.txt") if found else ("entry_points.txt",)
        contents.watched.extend((f"{child}/{name}", _settled_stamp_of(f"{origin}/{name}")) for name in names)


def _settled_stamp_of(path: str) -> str:
    try:
        status = os.stat(path)
    except OSError:
        return ""
    if not is_settled(status):
        raise _UnsettledError
    return stamp_of(path)


def _may_change_unseen(origin: str) -> bool:
    """Tell whether a tool may rewrite the metadata in place: in a source tree, and where a source tree is installed."""
    if origin.endswith(".egg-info"):
        return os.path.isdir(origin)
    return b'"editable"' in (scan.read_bytes(f"{origin}/direct_url.json") or b"")
