"""How is a config file changed? Names come and go in its lists; comments, order and layout stay."""

from __future__ import annotations

import difflib
import os
import stat
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from typing import Any

from hookcore.errors import ConfigError
from hookcore.names import canonical_name
from hookcore.plugins.bounded_files import reason_of


class ConfigText:
    """The text of a config file in which lists of names are changed. `bytes()` gives it as it is then.

    Raises ConfigError if it can't be edited, or nothing is installed that can.
    """

    def __init__(self, path: str, content: bytes) -> None:
        try:
            import tomlkit
        except ModuleNotFoundError as error:
            raise ConfigError([f"{path} can't be edited without tomlkit: pip install tomlkit"]) from error
        text = content.decode("utf-8-sig")
        self._encoding = "utf-8-sig" if content.startswith(BOM_UTF8) else "utf-8"
        self._ends_as_on_windows = 0 < text.count("\n") == text.count("\r\n")
        try:
            self._document: Any = tomlkit.parse(text)
        except ValueError as error:  # what Python's own parser has read
            raise ConfigError([f"{path} can't be edited: {error}"]) from error

    def __bytes__(self) -> bytes:
        import tomlkit

        text = tomlkit.dumps(self._document)
        if self._ends_as_on_windows:  # new lines, too
            text = text.replace("\r\n", "\n").replace("\n", "\r\n")
        return text.encode(self._encoding)

    @property
    def mode(self) -> object:
        """What it says under `mode`."""
        return self._document.get("mode")

    @property
    def tables(self) -> list[str]:
        """The names of its tables `[plugin.NAME]`, as written."""
        return list(self._document.get("plugin", ()))

    def names(self, key: str, table: str | None = None) -> list[str]:
        """Return the names in a list at the top, or in a plugin's table."""
        return [str(one) for one in self._table(table).get(key, ())]

    def add(self, key: str, name: str, table: str | None = None) -> None:
        """Add a name to a list that has none of that meaning. A list that is written line by line stays so."""
        if not any(map(_meaning(name, table), self.names(key, table))):
            import tomlkit

            self._table(table).setdefault(key, tomlkit.array()).append(name)

    def remove(self, key: str, name: str, table: str | None = None) -> None:
        """Take a name out of a list, however it is spelled there."""
        is_meant = _meaning(name, table)
        for one in filter(is_meant, self.names(key, table)):
            self._table(table)[key].remove(one)

    def _table(self, name: str | None) -> Any:
        if name is None:
            return self._document
        import tomlkit

        tables = self._document.setdefault("plugin", tomlkit.table(is_super_table=True))
        return tables.setdefault(name, tomlkit.table())


def _meaning(name: str, table: str | None) -> Callable[[str], bool]:
    """Return what tells whether a text means the same: names of plugins compare in canonical form."""
    return lambda one: one == name if table else canonical_name(one) == canonical_name(name)


def read_to_edit(path: str) -> bytes:
    """Return what is in a file. Raises ConfigError if it can't be read, or not be changed here."""
    try:
        with open(path, "rb") as file:
            content, mode = file.read(), stat.S_IMODE(os.fstat(file.fileno()).st_mode)
    except OSError as error:
        raise ConfigError([f"{path} can't be read: {reason_of(error)}"]) from error
    if not os.access(path, os.W_OK) or not mode & 0o222:  # to root all files are open
        raise ConfigError([f"{path} can't be changed: it is read-only"])
    return content


def changed_lines(before: bytes, after: bytes) -> Iterator[str]:
    """Yield the lines that differ, with `-` or `+` before them."""
    old, new = (content.decode("utf-8-sig").splitlines() for content in (before, after))
    lines = difflib.unified_diff(old, new, n=0, lineterm="")
    return (line for line in lines if not line.startswith(("---", "+++", "@@")))
