"""What does a RECORD say? From its text to rows; the one place that knows its form.

The form is that of the specification for installed projects: `path,algorithm=digest,size`, as CSV, paths relative to
the directory that holds the `.dist-info`, digests in URL-safe base64 without padding.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from hookcore.plugins.bounded_files import MEBIBYTE

LARGEST_RECORD = 64 * MEBIBYTE  # half a million files
_LONGEST_NUMBER = 18  # digits


class RecordedFile(NamedTuple):
    """One row: a path as it stands there, and what the file there holds; empty, or None, where it isn't said.

    `root` is the directory that the path is relative to.
    """

    path: str
    algorithm: str
    digest: str
    size: int | None
    root: str

    @property
    def location(self) -> str:
        """Where the file is."""
        return os.path.normpath(os.path.join(self.root, self.path))


def record_rows(text: str, root: str = "") -> Iterator[RecordedFile]:
    """Yield the rows of a RECORD. Raises ValueError where it is not CSV."""
    import csv  # a path may hold a comma or a line end, and is quoted then
    import io

    try:
        for row in csv.reader(io.StringIO(text, newline="")):
            if row and row[0]:
                path, hashed, size = (*row, "", "")[:3]
                algorithm, _, digest = hashed.partition("=")
                is_number = size.isascii() and size.isdigit() and len(size) <= _LONGEST_NUMBER
                yield RecordedFile(path, algorithm, digest.rstrip("="), int(size) if is_number else None, root)
    except csv.Error as error:
        raise ValueError(str(error)) from error
