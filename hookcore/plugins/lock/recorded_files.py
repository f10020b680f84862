"""Which files did the installer write, and what did they hold? Read from a distribution's RECORD.

The form is that of the specification for installed projects: `path,algorithm=digest,size`, paths relative to the
directory that holds the `.dist-info`, digests in URL-safe base64 without padding.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from hookcore.plugins.discovery import Distribution

_STRONG = ("sha256", "sha384", "sha512")


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """One line of RECORD: the path as it stands there, where that is, and what the file must hold."""

    path: str
    location: str
    algorithm: str
    digest: str


@dataclass(frozen=True, slots=True)
class RecordedFiles:
    """A distribution's RECORD: its own digest, its files, and a sentence for each line that proves nothing."""

    root: str
    name: str
    digest: str
    files: tuple[RecordedFile, ...]
    problems: tuple[str, ...]


def read_record(distribution: Distribution) -> RecordedFiles | None:
    """Return what the RECORD of a distribution says, or None if it has none (a legacy install, a zip on the path)."""
    import hashlib  # only a locked start needs it

    information = os.path.abspath(distribution.origin)
    root, name = os.path.split(information)
    try:
        with open(os.path.join(information, "RECORD"), "rb") as file:
            content = file.read()
    except (OSError, ValueError):
        return None
    files, problems = _lines(content, root, name)
    return RecordedFiles(root, name, f"sha256:{hashlib.sha256(content).hexdigest()}", files, problems)


def _lines(content: bytes, root: str, name: str) -> tuple[tuple[RecordedFile, ...], tuple[str, ...]]:
    import csv

    files: list[RecordedFile] = []
    problems: list[str] = []
    if b"\0" in content:  # no path holds one, and not every Python's csv reads one
        return (), ("RECORD can't be read (it holds a null character)",)
    try:
        rows = [row for row in csv.reader(content.decode("utf-8").splitlines()) if row]
    except (csv.Error, UnicodeDecodeError) as error:
        return (), (f"RECORD can't be read ({error})",)
    for row in rows:
        path = row[0]
        algorithm, _, digest = (row[1] if len(row) > 1 else "").partition("=")
        if _proves_nothing(path, name):
            continue
        if not digest:
            problems.append(f"RECORD gives no digest for {path!r}")
        elif algorithm not in _STRONG:
            problems.append(f"RECORD can't vouch for {path!r}: {algorithm!r} is none of {', '.join(_STRONG)}")
        else:
            location = os.path.normpath(os.path.join(root, path))
            files.append(RecordedFile(path, location, algorithm, digest.rstrip("=")))
    return tuple(files), tuple(problems)


def _proves_nothing(path: str, name: str) -> bool:
    """RECORD can't hold its own digest; and compiled files are the installer's own, never looked at when locked."""
    own = (f"{name}/RECORD", f"{name}/RECORD.jws", f"{name}/RECORD.p7s")
    return path in own or ("__pycache__/" in path and path.endswith(".pyc"))
