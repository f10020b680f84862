"""Does tests/peers/README.md, which the peers run reads, say what it must?"""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

PEERS = Path(__file__).parents[1] / "peers"
reading = runpy.run_path(str(PEERS / "known_differences.py"))


def test_every_known_difference_names_a_test_and_a_reason():
    """The table can be read, and no row is without a test of one of the peers or without its reason."""
    for difference in reading["known_differences"]():
        assert "::test_" in difference.test
        assert len(difference.reason.split()) > 3


def test_no_test_is_named_twice():
    """One test of one release has one row."""
    rows = [(row.peer, row.release, row.test) for row in reading["known_differences"]()]

    assert len(rows) == len(set(rows))


def test_a_row_that_cannot_be_read_is_an_error():
    """A row that lost its reason or its peer is refused, not skipped."""
    text = "| peer | test | reason |\n| --- | --- | --- |\n| flask | `testing/test_x.py::test_y` | because it is |\n"

    with pytest.raises(ValueError, match="cannot read the row"):
        reading["known_differences"](text)


def test_a_row_for_a_minor_release_concerns_its_patches():
    """`pluggy 1.6` is about 1.6.0 and 1.6.1, and not about 1.7.0 or 1.60."""
    difference = reading["Difference"]("pluggy", "1.6", "testing/test_x.py::test_y", "")

    assert difference.concerns("pluggy", "1.6")
    assert difference.concerns("pluggy", "1.6.1")
    assert not difference.concerns("pluggy", "1.7.0")
    assert not difference.concerns("pluggy", "1.60")
    assert not difference.concerns("Django", "1.6.0")


ROWS = (
    reading["Difference"]("pluggy", None, "testing/test_x.py::test_y", "because"),
    reading["Difference"]("pluggy", None, "testing/test_x.py::test_z[1]", "because"),
)


@pytest.mark.parametrize(
    ("differing", "expected"),
    [
        (["testing/test_x.py::test_y", "testing/test_x.py::test_z[1]"], []),
        (["testing/test_x.py::test_y[a]", "testing/test_x.py::test_y[b]", "testing/test_x.py::test_z[1]"], []),
        (["testing/test_x.py::test_y"], ["testing/test_x.py::test_z[1] ends as it should"]),
        (
            ["testing/test_x.py::test_y", "testing/test_x.py::test_z[1]", "testing/test_x.py::test_z[2]"],
            ["testing/test_x.py::test_z[2] ends otherwise"],
        ),
    ],
)
def test_what_no_row_names_and_what_a_row_names_in_vain_is_told(differing: list[str], expected: list[str]):
    """Each test that ends otherwise needs a row, and each row a test that does."""
    assert reading["unexplained"](differing, ROWS) == expected


@pytest.mark.parametrize("stands_in_for", ["pluggy", "Django"])
def test_nothing_runs_in_a_place_that_hookcore_cannot_take(tmp_path: Path, stands_in_for: str):
    """Python itself would mention that on standard error, and compare the original with itself."""
    (tmp_path / "hookcore.py").write_text("raise ImportError('gone')", encoding="utf-8")
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(PEERS / "exchange")]),
        "HOOKCORE_STANDS_IN_FOR": stands_in_for,
    }

    ended = subprocess.run(
        [sys.executable, "-c", "print('ran')"], env=environment, capture_output=True, text=True, check=False
    )

    assert ended.returncode != 0
    assert ended.stdout == ""
    assert f"hookcore cannot stand in for {stands_in_for}: gone" in ended.stderr
