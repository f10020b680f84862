"""What does importlib.metadata find? It is asked about what is not a plain directory, and reads no more than we would.

It is imported only when something is to be asked: importing it takes longer than finding every plugin without it.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import os
import zipfile
from collections.abc import Callable, Generator, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import cast

from hookcore.names import canonical_name, normalized
from hookcore.plugins.bounded_files import LARGEST_METADATA, LARGEST_RECORD, MEBIBYTE, read_bounded, too_large
from hookcore.plugins.installed import Distribution, EntryPoint, distribution_of

_BEGINNING = b"PK\3\4"  # of an archive, but for one that a script stands in front of

_IMPORTABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # and what we decompress no further than we want to

FindDistributions = Callable[[importlib.metadata.DistributionFinder.Context], Iterable[importlib.metadata.Distribution]]


def offered_by(find_distributions: object) -> Iterable[importlib.metadata.Distribution]:
    """Return the distributions that a finder on `sys.meta_path` offers."""
    offered = cast(FindDistributions, find_distributions)(importlib.metadata.DistributionFinder.Context())
    return map(_bounded, offered)


class BoundedDistribution(importlib.metadata.PathDistribution):
    """A distribution of whose metadata no file is read that is larger than it can rightly be."""

    def read_text(self, filename: str | os.PathLike[str]) -> str | None:
        """Return what a file says, or None if there is none. Raises OSError where it is too large."""
        path = cast("Path | zipfile.Path", self._path.joinpath(os.fspath(filename)))
        if not path.is_file():
            return None
        limit = LARGEST_RECORD if filename == "RECORD" else LARGEST_METADATA
        content = _archived(path, limit) if isinstance(path, zipfile.Path) else read_bounded(path, limit)
        return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8").read()  # line ends as Python has them


def _bounded(found: importlib.metadata.Distribution) -> importlib.metadata.Distribution:
    """Return a distribution that reads within bounds, if its finder left that to Python."""
    path = getattr(found, "_path", None)
    if type(found) is importlib.metadata.PathDistribution and isinstance(path, Path | zipfile.Path):
        return BoundedDistribution(path)
    return found


def _archived(path: zipfile.Path, limit: int) -> bytes:
    """Return what lies in an archive. What is larger than its archive says is decompressed no further than that."""
    info = path.root.getinfo(path.at)
    if info.file_size > limit:
        raise too_large(str(path), limit)
    if info.compress_type not in _IMPORTABLE:
        raise OSError(f"{path} is compressed in a way in which no module could be imported")
    with path.root.open(info) as file:
        return file.read(info.file_size)


class _BoundedReader(io.BufferedReader):
    """An archive: zipfile would read a directory of it of any size."""

    def read(self, size: int | None = -1) -> bytes:
        """Return so many bytes; if none are named, the end of the file is wanted. Raises OSError for too many."""
        wanted = MEBIBYTE if size is None or size < 0 else size
        if wanted > LARGEST_METADATA:
            raise too_large("the directory of the archive", LARGEST_METADATA)
        return super().read(wanted)


def in_archive(
    path: str, among: Callable[[Sequence[str]], Iterable[tuple[str, str]]]
) -> Generator[BoundedDistribution, None, None]:
    """Yield the distributions in a file on `sys.path`: a zip archive, or it holds none. It is open until the last.

    `among` picks the metadata among the names of what lies in it, each after the name that tells duplicates apart.

    importlib.metadata would keep the file open, take it for unchanged by its time, and pass silently over one that
    can't be read. Raises OSError and zipfile.BadZipFile for that.
    """
    with _BoundedReader(open(path, "rb", 0)) as file:
        if file.read(len(_BEGINNING)) != _BEGINNING and not zipfile.is_zipfile(file):
            return
        with zipfile.ZipFile(file) as archive:
            root = zipfile.Path(archive)
            children = dict.fromkeys(name.partition("/")[0] for name in archive.namelist())
            for _, child in among(list(children)):
                yield BoundedDistribution(root / child)


def read_text(name: str, origin: str, file: str) -> str | None:
    """Return the text of a file of the metadata of the distribution of that name that was found at `origin`."""
    place, child = os.path.split(origin.rstrip("/"))
    if os.path.isfile(place):
        with contextlib.closing(in_archive(place, lambda _: [("", child)])) as archived:
            return next(archived).read_text(file)
    offered = map(_bounded, importlib.metadata.distributions(name=name))
    found = next((found for found in offered if origin_of(found) == origin), None)
    return None if found is None else found.read_text(file)


def read_distribution(found: importlib.metadata.Distribution) -> Distribution:
    """Return the record of a distribution that a finder offers. Raises whatever is wrong with its metadata."""
    entry_points = [EntryPoint(one.group, one.name, one.value) for one in found.entry_points]
    return distribution_of(partial(_text_of, found), key_of(found), origin_of(found), entry_points)


def _text_of(found: importlib.metadata.Distribution, file: str) -> str | None:
    try:
        return found.read_text(file)
    except UnicodeDecodeError:  # nobody who only wants entry points notices that it is written in Latin-1
        return cast(Path, getattr(found, "_path", Path()) / file).read_text("latin-1")


def key_of(found: importlib.metadata.Distribution) -> str:
    """Return the name by which importlib.metadata tells duplicates apart. A finder of somebody else's may lack it."""
    try:
        name: str | None = getattr(found, "_normalized_name", None)
    except UnicodeDecodeError:  # in an archive it is METADATA that says it, which may be written in Latin-1
        name = normalized(file_name_of(found).rpartition(".")[0].partition("-")[0])
    return (canonical_name(found.metadata["Name"]) if name is None else name).replace("_", "-")


def origin_of(found: importlib.metadata.Distribution) -> str:
    """Return where its metadata is, or where its finder says that it would be; the name of its class if that raises."""
    try:
        return str(getattr(found, "_path", None) or found.locate_file(""))
    except Exception:
        return f"{type(found).__module__}.{type(found).__qualname__}"


def file_name_of(found: importlib.metadata.Distribution) -> str:
    """Return the name of the directory of its metadata; empty if a finder of somebody else's keeps it elsewhere."""
    return os.path.basename(str(getattr(found, "_path", "")).rstrip("/"))
