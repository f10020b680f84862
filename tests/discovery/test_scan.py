"""Does our own reading of metadata say what importlib.metadata says?"""

from __future__ import annotations

import email
import importlib.metadata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookcore.plugins.installed import EntryPoint, legacy_requirements, read_entry_points, read_headers

if TYPE_CHECKING:
    from collections.abc import Iterator

LINES = st.one_of(
    st.sampled_from(
        ["[host.plugins]", "[[x]]", "[]", "[ a ]", "# no", "", "  ", "a = b", "a=b=c", " a : b = c:d [x] ", "=", "a ="]
    ),
    st.text(max_size=12),
)
TEXTS = st.lists(LINES, max_size=8).flatmap(
    lambda lines: st.sampled_from(["\n", "\x0b", "\x85", "\u2028"]).map(lambda end: end.join(lines))
)


class Metadata(importlib.metadata.Distribution):
    """A distribution with these metadata files, as importlib.metadata sees it."""

    def __init__(self, **files: str) -> None:
        self.files_ = files

    def read_text(self, filename: str) -> str | None:
        """Return what a file holds."""
        return self.files_.get(filename.replace(".", "_"))

    def locate_file(self, path: object) -> object:  # type: ignore[override]
        """Say where a file is: nowhere."""
        return path


def reference_entry_points(text: str) -> Iterator[EntryPoint]:
    """Yield what importlib.metadata reads in an `entry_points.txt`."""
    for found in Metadata(entry_points_txt=text).entry_points:
        yield EntryPoint(found.group, found.name, found.value)


@given(TEXTS)
def test_entry_points_are_read_as_the_reference_reads_them(text: str) -> None:
    """Groups, comments, blanks, odd ends of lines: the same entry points, or both refuse."""
    try:
        expected = tuple(reference_entry_points(text))
    except (TypeError, ValueError):  # a line without "="; from Python 3.15 on, a value that is no reference
        with pytest.raises(ValueError, match=r"has no .=.|is no reference"):
            read_entry_points(text)
    else:
        assert read_entry_points(text) == expected


FIELDS = st.sampled_from(
    [
        "Name",
        "NAME",
        "Version",
        "Summary",
        "Requires-Dist",
        "requires-dist",
        "License",
        "Description",
        "From ",
        ">From",
        "é",
    ]
)
HEADER_LINES = st.one_of(
    st.builds(
        "{}: {}".format, FIELDS, st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=12)
    ),
    st.builds("{}:{}".format, FIELDS, st.sampled_from(["", " ", "\tx ", " one\n two", " one\n\ttwo\n  three", "\n"])),
    st.sampled_from(["", " folded", "\tfolded", "no colon", ": no name", "a b: c", "From here", "\x0b", "x\x0by: z"]),
    st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=12),
)


@given(st.lists(HEADER_LINES, max_size=8).map("\n".join))
def test_headers_are_read_as_the_reference_reads_them(text: str) -> None:
    """Folded lines, doubled fields, spelling of fields, broken headers: what we need is the same."""
    metadata = Metadata(METADATA=text).metadata if text else email.message_from_string("")
    assert read_headers(text) == (
        metadata.get("Name") or "",
        metadata.get("Version") or "",
        metadata.get("Summary") or "",
        tuple(metadata.get_all("Requires-Dist") or ()),
    )


@given(
    st.lists(
        st.sampled_from(
            ["a", "b>=1", "c @ https://x/y", "", "[x]", "[:python_version<'3']", "[x:os_name=='nt']", "[]", " d "]
        ),
        max_size=8,
    ).map("\n".join)
)
def test_legacy_requirements_are_read_as_the_reference_reads_them(text: str) -> None:
    """Sections of a `requires.txt` become markers, as `Requires-Dist` would have them."""
    expected = Metadata(METADATA="Name: x\n", requires_txt=text).requires
    assert legacy_requirements(text) == tuple(expected or ())
