"""What do a distribution's metadata files say? Pure functions from text to records, with importlib.metadata's answers.

METADATA is an e-mail header. Almost all of them are simple enough to read here; the rest, which fold a line that we
need or break the format, are left to the `email` package, because importing it costs more than reading a thousand.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from hookcore.plugins.installed import EntryPoint

if TYPE_CHECKING:
    import email.message
    import os

_REFUSES_VALUES = sys.version_info >= (3, 15)  # since then importlib.metadata looks at them when it reads them
_WANTED = frozenset(("name", "version", "summary", "requires-dist"))


Headers: TypeAlias = "tuple[str, str, str, tuple[str, ...]]"
"""Name, version, summary and requirements, as METADATA or PKG-INFO says them; an empty string where it says nothing."""


def read_entry_points(text: str) -> tuple[EntryPoint, ...]:
    """Return the lines of an `entry_points.txt`.

    Raises ValueError for a line that is neither group nor entry point, or a value that this Python refuses.
    """
    group: str | None = None
    found: list[EntryPoint] = []
    for raw_line in text.splitlines():
        line = raw_line.strip()
        if not line or line[0] == "#":
            continue
        if line[0] == "[" and line[-1] == "]":
            group = line.strip("[]")
        elif group is not None:  # importlib.metadata, too, overlooks what stands before the first group
            name, equals, value = line.partition("=")
            if not equals:
                raise ValueError(f"{line!r} in entry_points.txt has no '='")
            found.append(EntryPoint(group, name.strip(), value.strip()))
    if _REFUSES_VALUES:
        _refuse_values(found)
    return tuple(found)


def _refuse_values(entry_points: list[EntryPoint]) -> None:
    import re

    for entry_point in entry_points:
        if not re.match(r"[\w.]+\s*(:\s*[\w.]+\s*)?(\[.*\]\s*)?$", entry_point.value):
            raise ValueError(f"{entry_point.value!r} in entry_points.txt is no reference to an object")


def read_headers(text: str) -> Headers:
    """Return what the header of METADATA or PKG-INFO says."""
    simple = _simple_headers(text)
    return _any_headers(text) if simple is None else simple


def legacy_requirements(text: str) -> tuple[str, ...]:
    """Return the requirements in a `requires.txt` (setuptools' own format) as `Requires-Dist` would say them."""
    section = ""
    found: list[str] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("[") and line.endswith("]"):
            section = line.strip("[]")
        else:
            space = " " * ("@" in line)  # a URL must end before the marker begins (PEP 508)
            found.append(line + space + _marker(section))
    return tuple(found)


def _marker(section: str) -> str:
    """Return the marker that a section `extra:condition` stands for; both parts may be missing."""
    extra, _, condition = section.partition(":")
    conditions = [f"({condition})" if extra and condition else condition, f'extra == "{extra}"' if extra else ""]
    said = " and ".join(filter(None, conditions))
    return f"; {said}" if said else ""


def _simple_headers(text: str) -> Headers | None:
    """Return what the header says, or None if reading it takes more than one line at a time."""
    said: list[tuple[str, str]] = []
    field = last_head = ""
    for line in text.partition("\n\n")[0].split("\n"):
        if not line:
            break
        if line[0] in " \t":  # the field before goes on
            if not field or field in _WANTED:
                return None
            continue
        head, colon, value = line.partition(":")
        if head != last_head or not colon:  # of several classifiers, say, the first tells enough
            if not (colon and head and head.isascii() and head.isprintable()) or " " in head:
                return None
            last_head = head
            field = head.lower()
        if field in _WANTED:
            said.append((field, value.lstrip(" \t")))
    first = dict(reversed(said))
    requirements = tuple(value for name, value in said if name == "requires-dist")
    return first.get("name", ""), first.get("version", ""), first.get("summary", ""), requirements


def _any_headers(text: str) -> Headers:
    message = parsed_headers(text)
    name, version, summary = (message.get(field) or "" for field in ("Name", "Version", "Summary"))
    return name, version, summary, tuple(message.get_all("Requires-Dist") or ())


def parsed_headers(text: str) -> email.message.Message:
    """Return the header of METADATA as importlib.metadata reads it, folded lines and all."""
    import importlib.metadata

    class Text(importlib.metadata.Distribution):
        def read_text(self, filename: str) -> str:
            return text

        def locate_file(self, path: str | os.PathLike[str]) -> Any:
            raise NotImplementedError

    return cast("email.message.Message", Text().metadata)
