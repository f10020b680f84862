"""Which files did the installer write, and what must they hold? Read from a distribution's RECORD."""

from __future__ import annotations

import os
from dataclasses import dataclass

from hookcore.names import printable
from hookcore.plugins.bounded_files import read_bounded
from hookcore.plugins.discovery import Distribution
from hookcore.plugins.record_rows import LARGEST_RECORD, RecordRow, record_rows

_STRONG = ("sha256", "sha384", "sha512")


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """One file: the path as RECORD has it, where that is, and what it must hold. `size` is None if RECORD has none."""

    path: str
    location: str
    algorithm: str
    digest: str
    size: int | None


@dataclass(frozen=True, slots=True)
class RecordedFiles:
    """A distribution's RECORD: its own digest, its files, and a sentence for each row that proves nothing."""

    information: str
    digest: str
    files: tuple[RecordedFile, ...]
    problems: tuple[str, ...]


def read_record(distribution: Distribution) -> RecordedFiles | None:
    """Return what the RECORD of a distribution says, or None if it has none (a legacy install, a zip on the path)."""
    import hashlib  # only a locked start needs it

    information = os.path.abspath(distribution.origin)
    root, name = os.path.split(information)
    try:
        content = read_bounded(os.path.join(information, "RECORD"), LARGEST_RECORD)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: no path at all
        return None
    except OSError as error:
        return RecordedFiles(information, "", (), (f"RECORD can't be read ({error.strerror})",))
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    files: list[RecordedFile] = []
    problems: list[str] = []
    try:
        for row in record_rows(content.decode()):
            if not _is_the_installers_own(row.path, name):
                location = os.path.normpath(os.path.join(root, row.path))
                problem = _problem(row)
                if problem is None:
                    files.append(RecordedFile(row.path, location, row.algorithm, row.digest, row.size))
                else:
                    problems.append(problem)
    except ValueError as error:
        problems.append(f"RECORD can't be read ({printable(str(error))})")
    return RecordedFiles(information, digest, tuple(files), tuple(problems))


def _is_the_installers_own(path: str, name: str) -> bool:
    """RECORD can't hold its own digest; and compiled files, wherever they were put, are never looked at when locked."""
    return path.endswith(".pyc") or path in (f"{name}/RECORD", f"{name}/RECORD.jws", f"{name}/RECORD.p7s")


def _problem(row: RecordRow) -> str | None:
    if not row.digest:
        return f"RECORD gives no digest for {row.path!r}"
    if row.algorithm not in _STRONG:
        return f"RECORD can't vouch for {row.path!r}: {row.algorithm!r} is none of {', '.join(_STRONG)}"
    return None
