"""Which of the peers' tests end otherwise, and why: read from the table in README.md, the one place that says so."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

README = Path(__file__).resolve().parent / "README.md"
PEERS = ("pluggy", "pytest", "Django", "django-simple-history", "django-guardian", "openedx-events")
_ROW = re.compile(
    rf"^\| (?P<peer>{'|'.join(PEERS)})(?: (?P<release>[\d.]+))? \| `(?P<test>[^`]+)` \| (?P<reason>.+) \|$"
)


class Difference(NamedTuple):
    """One test of a peer (of one release, or of all) that ends otherwise on hookcore, with the reason."""

    peer: str
    release: str | None
    test: str
    reason: str

    def concerns(self, peer: str, release: str) -> bool:
        """Tell whether the row is about this release of this peer (`1.6` is about 1.6.0 as well)."""
        if self.peer != peer:
            return False
        return self.release is None or release == self.release or release.startswith(f"{self.release}.")

    def names(self, test_id: str) -> bool:
        """Tell whether the row names this test: with its parameters in brackets, or all of them without."""
        return test_id == self.test or test_id.partition("[")[0] == self.test


def known_differences(text: str | None = None) -> tuple[Difference, ...]:
    """Return the rows of README.md's table. Raises ValueError for a row that it cannot read."""
    lines = (README.read_text(encoding="utf-8") if text is None else text).splitlines()
    table = lines[lines.index("| peer | test | reason |") + 2 :]
    rows = []
    for line in table:
        if not line.startswith("|"):
            break
        if (match := _ROW.match(line)) is None:
            raise ValueError(f"tests/peers/README.md: cannot read the row {line!r}")
        rows.append(Difference(**match.groupdict()))
    return tuple(rows)


def unexplained(differing: Collection[str], rows: Collection[Difference]) -> list[str]:
    """Return what the rows do not account for: tests that differ unnamed, and rows that name none that differs."""
    lines = [f"{test} ends otherwise" for test in differing if not any(row.names(test) for row in rows)]
    lines += [f"{row.test} ends as it should" for row in rows if not any(map(row.names, differing))]
    return lines
