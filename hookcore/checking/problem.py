"""What is wrong, and where; as text, and as GitHub shows it beside the code."""

from __future__ import annotations

import os
from typing import NamedTuple


class Problem(NamedTuple):
    """One finding: the file and line, what it is with its remedy, and for which hosts' specs; empty if for all."""

    file: str
    line: int
    text: str
    host: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}{f' [{self.host}]' if self.host else ''}"

    def annotation(self, workspace: str) -> str:
        """Return the workflow command by which GitHub shows it, in a checkout that lies in `workspace`."""
        file = os.path.relpath(self.file, workspace).replace(os.sep, "/")
        text = f"{self.text}{f' [{self.host}]' if self.host else ''}"
        return f"::error file={_escaped(file, in_property=True)},line={self.line}::{_escaped(text)}"


def _escaped(text: str, *, in_property: bool = False) -> str:
    """Return text as workflow commands want it: `%` before all, and in a property what ends it, too."""
    codes = {"%": "%25", "\r": "%0D", "\n": "%0A", **({":": "%3A", ",": "%2C"} if in_property else {})}
    return "".join(codes.get(sign, sign) for sign in text)
