"""What did the installer write, and is it still that? RECORD lists each file with its size and digest."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from hookcore.names import printable
from hookcore.plugins.bounded_files import LARGEST_RECORD, MEBIBYTE, open_bounded, read_bounded, reason_of
from hookcore.plugins.installed import Distribution
from hookcore.plugins.provided_modules import RecordedFile, record_rows

_LARGEST = 4096 * MEBIBYTE
_STRONG = ("sha256", "sha384", "sha512")


class FileChangedError(OSError):
    """A file holds something else than RECORD says."""


@dataclass(frozen=True, slots=True)
class InstalledFiles:
    """A distribution's RECORD: where it lies, its own digest, its files, and why it can't be read, if it can't."""

    information: str
    digest: str
    files: tuple[RecordedFile, ...] = ()
    problem: str | None = None


def installed_files(distribution: Distribution) -> InstalledFiles | None:
    """Return what the RECORD of a distribution says, or None if it has none (a legacy install, a zip on the path)."""
    import hashlib  # only a locked start needs it

    information = os.path.abspath(distribution.origin)
    root, name = os.path.split(information)
    digest = ""
    try:
        content = read_bounded(os.path.join(information, "RECORD"), LARGEST_RECORD)
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        rows = [row for row in record_rows(content.decode(), root) if not _is_the_installers_own(row.path, name)]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        return InstalledFiles(information, digest, problem=f"RECORD can't be read ({printable(reason_of(error))})")
    return InstalledFiles(information, digest, tuple(rows))


def _is_the_installers_own(path: str, name: str) -> bool:
    """RECORD can't hold its own digest; and compiled files, wherever they were put, are never looked at when locked."""
    return path.endswith(".pyc") or path in (f"{name}/RECORD", f"{name}/RECORD.jws", f"{name}/RECORD.p7s")


def file_problems(installed: InstalledFiles) -> tuple[str, ...]:
    """Return a sentence for each file that is not as RECORD says, or that it does not vouch for."""
    problems = (installed.problem, *map(_file_problem, installed.files))
    return tuple(problem for problem in problems if problem is not None)


def _file_problem(file: RecordedFile) -> str | None:
    if not file.digest:
        return f"RECORD gives no digest for {file.path!r}"
    if file.algorithm not in _STRONG:
        return f"RECORD can't vouch for {file.path!r}: {file.algorithm!r} is none of {', '.join(_STRONG)}"
    try:
        for _ in _verified_chunks(file):
            pass
    except FileChangedError as error:
        return str(error)
    except FileNotFoundError:
        return f"{printable(file.location)} is missing, and RECORD lists it"
    except (OSError, ValueError) as error:
        return f"{printable(file.location)} can't be read ({printable(reason_of(error))})"
    return None


def verified_content(file: RecordedFile) -> bytes:
    """Return what a file holds, read once and compared before it is returned.

    Raises FileChangedError if that is not what RECORD says, OSError if it can't be read.
    """
    return b"".join(_verified_chunks(file))


def _verified_chunks(file: RecordedFile) -> Iterator[bytes]:
    """Yield what a file holds, and raise FileChangedError instead of ending if that is not what RECORD says."""
    import base64
    import hashlib

    hasher = hashlib.new(file.algorithm)
    descriptor, size = open_bounded(file.location, _LARGEST)
    with os.fdopen(descriptor, "rb") as opened:
        left = size if file.size in (None, size) else 0  # of another size: not read at all
        while left > 0 and (chunk := opened.read(min(left, MEBIBYTE))):
            left -= len(chunk)
            hasher.update(chunk)
            yield chunk
        digest = base64.urlsafe_b64encode(hasher.digest()).rstrip(b"=").decode()
        if digest != file.digest or file.size not in (None, size) or opened.read(1):
            message = f"{printable(file.location)} is not what was installed: its digest is not the one in RECORD"
            raise FileChangedError(message)
