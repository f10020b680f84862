"""What is wrong, and where; as text, as JSON, and as GitHub shows it beside the code."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Literal, NamedTuple


class Problem(NamedTuple):
    """One finding: the file and line, what it is with its remedy, and for which host's spec; empty if for all."""

    file: str
    line: int
    text: str
    host: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}{f' [{self.host}]' if self.host else ''}"


def shown(problems: Iterable[Problem], form: Literal["text", "json", "github"] = "text") -> str:
    """Return problems in one of three forms; an empty text if there are none, but for JSON."""
    if form == "json":
        return json.dumps([problem._asdict() for problem in problems], indent=2)
    if form == "github":
        return "\n".join(f"::error file={_escaped(one.file)},line={one.line}::{_escaped(one.text)}" for one in problems)
    return "\n".join(map(str, problems))


def _escaped(text: str) -> str:
    for sign, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A")):
        text = text.replace(sign, code)
    return text
