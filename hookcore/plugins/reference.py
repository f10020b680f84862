"""What does importlib.metadata find? It is asked about what is not a plain directory.

It is imported only when something is to be asked: importing it takes longer than finding every plugin without it.
"""

from __future__ import annotations

import importlib.metadata
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import cast

from hookcore.names import canonical_name, normalized
from hookcore.plugins.installed import Distribution, EntryPoint, distribution_of

_BEGINNING = b"PK\3\4"  # of an archive, but for one that a script stands in front of

FindDistributions = Callable[[importlib.metadata.DistributionFinder.Context], Iterable[importlib.metadata.Distribution]]


def offered_by(find_distributions: object) -> Iterable[importlib.metadata.Distribution]:
    """Return the distributions that a finder on `sys.meta_path` offers."""
    return cast(FindDistributions, find_distributions)(importlib.metadata.DistributionFinder.Context())


def in_archive(
    path: str, among: Callable[[Sequence[str]], Iterable[tuple[str, str]]]
) -> Iterator[importlib.metadata.Distribution]:
    """Yield the distributions in a file on `sys.path`: a zip archive, or it holds none. It is open until the last.

    `among` picks the metadata among the names of what lies in it, each after the name that tells duplicates apart.

    importlib.metadata would keep the file open, take it for unchanged by its time, and pass silently over one that
    can't be read. Raises OSError and zipfile.BadZipFile for that.
    """
    with open(path, "rb") as file:
        if file.read(len(_BEGINNING)) != _BEGINNING and not zipfile.is_zipfile(file):
            return
        with zipfile.ZipFile(file) as archive:
            root = zipfile.Path(archive)
            children = dict.fromkeys(name.partition("/")[0] for name in archive.namelist())
            for _, child in among(list(children)):
                yield importlib.metadata.PathDistribution(root / child)


def read_text(name: str, origin: str, file: str) -> str | None:
    """Return the text of a file of the metadata of the distribution of that name that was found at `origin`."""
    offered = importlib.metadata.distributions(name=name)
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
