"""What does a TOML file say, and on which line? TOML is read here and nowhere else."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import partial
from typing import cast

from hookcore.errors import ConfigError
from hookcore.plugins.bounded_files import MEBIBYTE, read_bounded, reason_of
from hookcore.plugins.config.keys import Document
from hookcore.plugins.config.sources import KeyPath, Source
from hookcore.suggestions import did_you_mean

_DEEPEST = 100
# The parser takes minutes for a key of many parts, and no limit of its own for their number.
_LONG_KEY = re.compile(rf"""(?<![\w.-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{_DEEPEST}}}""")
_LONG_NUMBER = re.compile(r"(?<!\w)[+-]?[0-9_]{4000}")
_ADVICE = {
    "Invalid value": ". A text stands in quotes, a list in brackets; true and false are written small",
    "Cannot overwrite a value": ": the same key is there already",
}
_PARSER_POSITION = re.compile(r" \((?:at line (?P<line>\d+), column (?P<column>\d+)|at end of document)\)$")


def read_toml(
    path: str, *, named_by: str, kind: str = "config file", limit: int = MEBIBYTE, content: bytes | None = None
) -> Document:
    """Read the TOML file at `path`, of at most `limit` bytes. Each value's source is `file:line`, found when asked for.

    With `content` it is read as if it held that.

    `named_by` says who wanted it, and `kind` what it is, for the error. Raises ConfigError if it can't be read, is no
    regular file, is larger, is not UTF-8 or is not TOML (then with file:line:column).
    """
    import tomllib

    text = _decoded(path, _read(path, named_by, kind, limit) if content is None else content)
    long_key = _LONG_KEY.search(text)
    if long_key is not None:
        raise ConfigError([f"{_at(path, text, long_key)}: a name with more than {_DEEPEST} dots is nested too deeply"])
    try:
        values = tomllib.loads(text)
    except RecursionError as error:
        raise ConfigError([f"{path}: nested too deeply to be read"]) from error
    except ValueError as error:  # TOMLDecodeError is one, and so is what int() says of too many digits
        raise ConfigError([_syntax_problem(path, text, str(error))]) from error
    if _is_deeper_than(values, _DEEPEST):
        raise ConfigError([f"{path}: nested too deeply to be read: more than {_DEEPEST} levels"])
    return Document(values, _sources_in(path, text), os.path.dirname(path))


def _sources_in(path: str, text: str) -> Callable[[KeyPath], Source]:
    lines: dict[KeyPath, int] = {}

    def place(key_path: KeyPath) -> str:
        """Return `file:line` of a value, or of the nearest table around it that has a line of its own."""
        from hookcore.plugins.config.toml_lines import key_lines  # a start without a mistake shows no line

        if not lines:
            lines.update(key_lines(text))
        while key_path and key_path not in lines:
            key_path = key_path[:-1]
        return f"{path}:{lines[key_path]}" if key_path else path

    return lambda key_path: Source("file", partial(place, key_path))


def _read(path: str, named_by: str, kind: str, limit: int) -> bytes:
    try:
        return read_bounded(path, limit)
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        hint = _similar_file(path) if isinstance(error, FileNotFoundError) else ""
        what = f"the {kind} named by {named_by}"
        raise ConfigError([f"{path}: {what} can't be read ({reason_of(error)}).{hint}"]) from error


def _decoded(path: str, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")  # Windows' editors begin files with a mark
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        raise ConfigError([f"{path}:{line}:{column}: not UTF-8, which TOML must be: {error.reason}"]) from error


def _similar_file(path: str) -> str:
    if os.path.islink(path):
        return f" It is a link to {os.readlink(path)!r}."
    directory, name = os.path.split(path)
    try:
        return did_you_mean(name, [file for file in os.listdir(directory or ".") if file.endswith(".toml")])
    except OSError:
        return f" There is no directory {directory!r}."


def _syntax_problem(path: str, text: str, message: str) -> str:
    """Turn the parser's `Expected '=' … (at line 3, column 5)` into `file:3:5: Expected '=' …`."""
    position = _PARSER_POSITION.search(message)
    if position is None:
        number = _LONG_NUMBER.search(text)
        return f"{path}: {message}" if number is None else f"{_at(path, text, number)}: a number of too many digits"
    last_line = text.rstrip("\n").rpartition("\n")[2]
    line = position["line"] or text.rstrip("\n").count("\n") + 1
    column = position["column"] or len(last_line) + 1
    text = message[: position.start()]
    return f"{path}:{line}:{column}: {text}{_ADVICE.get(text, '')}"


def _at(path: str, text: str, match: re.Match[str]) -> str:
    return f"{path}:{text.count(chr(10), 0, match.start()) + 1}"


def _is_deeper_than(values: object, limit: int) -> bool:
    """Tell whether tables and arrays stand in each other more than `limit` deep. Asks nothing of Python's own stack."""
    level = [values]
    for _ in range(limit):
        inner: list[object] = []
        for one in level:
            if isinstance(one, dict):
                inner += cast("dict[str, object]", one).values()
            elif isinstance(one, list):
                inner += cast("list[object]", one)
        level = inner
    return bool(level)
