"""On which line does each key of a TOML text stand? The standard parser doesn't say.

This reads only text that `tomllib` has already accepted, so that it needs to know where things begin and end, not
whether they are right.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from hookcore.plugins.config.sources import KeyPath

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[^\s.=\]\"'#]+")
_STRINGS = (  # the longer quotes first; a multi-line string may end in up to five quotes
    re.compile(r'"""(?:\\.|[^\\])*?"""(?!")', re.DOTALL),
    re.compile(r"'''.*?'''(?!')", re.DOTALL),
    re.compile(r'"(?:\\.|[^"\\])*"'),
    re.compile(r"'[^']*'"),
)
_OTHER_SCALAR = re.compile(r"[^,\]}#\n]+")


def key_lines(text: str) -> dict[KeyPath, int]:
    """Return the line, counted from 1, of every key and array item of `text`, which the parser has accepted."""
    scanner = _Scanner(text)
    scanner.document()
    return scanner.lines


class _Scanner:
    def __init__(self, text: str) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._text = text
        self._position = 0
        self._newlines = [match.start() for match in re.finditer("\n", text)]
        self._array_lengths: dict[KeyPath, int] = {}

    def document(self) -> None:
        table: KeyPath = ()
        self._skip_blank()
        while self._position < len(self._text):
            if self._next_is("["):
                table = self._header()
            else:
                self._pair(table)
            self._skip_blank()

    def _header(self) -> KeyPath:
        is_array = self._next_is("[[")
        self._position += 2 if is_array else 1
        line = self._line()
        *parents, name = self._key()
        self._position += 2 if is_array else 1
        path: KeyPath = ()
        for parent in parents:
            path = self._last_item((*path, parent))
            self.lines.setdefault(path, line)
        path = (*path, name)
        self.lines.setdefault(path, line)
        if is_array:
            self._array_lengths[path] = self._array_lengths.get(path, 0) + 1
            path = self._last_item(path)
        self.lines[path] = line
        return path

    def _last_item(self, path: KeyPath) -> KeyPath:
        length = self._array_lengths.get(path)
        return path if length is None else (*path, length - 1)

    def _pair(self, table: KeyPath) -> None:
        line = self._line()
        path = table
        for part in self._key():
            path = (*path, part)
            self.lines.setdefault(path, line)
        self._position += 1  # the equals sign
        self._skip_blank()
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        if self._next_is("["):
            self._array(path)
        elif self._next_is("{"):
            self._inline_table(path)
        elif self._string() is None:
            self._take(_OTHER_SCALAR)

    def _array(self, path: KeyPath) -> None:
        self._position += 1
        self._skip_blank()
        index = 0
        while not self._next_is("]"):
            item = (*path, index)
            self.lines[item] = self._line()
            self._value(item)
            self._skip_comma()
            index += 1
        self._position += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._position += 1
        self._skip_blank()
        while not self._next_is("}"):
            self._pair(path)
            self._skip_comma()
        self._position += 1

    def _key(self) -> list[str]:
        """Read a dotted key and stop at the equals sign or the bracket behind it."""
        parts: list[str] = []
        while True:
            self._skip_blank()
            quoted = self._string()
            parts.append(self._take(_BARE_KEY) if quoted is None else self._decoded(quoted))
            self._skip_blank()
            if not self._next_is("."):
                return parts
            self._position += 1

    def _decoded(self, quoted: str) -> str:
        import tomllib

        return str(tomllib.loads(f"key = {quoted}")["key"]) if "\\" in quoted else quoted[1:-1]

    def _string(self) -> str | None:
        if not self._next_is('"') and not self._next_is("'"):
            return None
        return next(self._take(pattern) for pattern in _STRINGS if pattern.match(self._text, self._position))

    def _skip_comma(self) -> None:
        self._skip_blank()
        if self._next_is(","):
            self._position += 1
            self._skip_blank()

    def _skip_blank(self) -> None:
        self._take(_BLANK)

    def _take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._text, self._position)
        if match is None:
            raise AssertionError(f"line {self._line()} is no TOML, though the parser accepted it")
        self._position = match.end()
        return match.group()

    def _next_is(self, text: str) -> bool:
        return self._text.startswith(text, self._position)

    def _line(self) -> int:
        return bisect_left(self._newlines, self._position) + 1
