"""What does the config file say, and on which line? TOML is read here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hookcore.errors import ConfigError
from hookcore.plugins.config.records import KeyPath
from hookcore.plugins.config.toml_lines import key_lines
from hookcore.suggestions import did_you_mean

_PARSER_POSITION = re.compile(r" \((?:at line (?P<line>\d+), column (?P<column>\d+)|at end of document)\)$")


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A file's values, and the line (from 1) of each key and array item in it. `path` is as it was given."""

    path: str
    values: Mapping[str, object]
    lines: Mapping[KeyPath, int]

    def place(self, key_path: KeyPath) -> str:
        """Return `file:line` of a value, or of the nearest table around it that has a line of its own."""
        for length in range(len(key_path), 0, -1):
            line = self.lines.get(key_path[:length])
            if line is not None:
                return f"{self.path}:{line}"
        return self.path


def read_toml(path: str, *, named_by: str, kind: str = "config file") -> TomlFile:
    """Read the TOML file at `path`. `named_by` says who wanted it, and `kind` what it is, for the error.

    Raises `ConfigError` if it can't be read, is not UTF-8 or is not TOML (then with file:line:column).
    """
    import tomllib

    text = _read_text(path, named_by, kind)
    try:
        return TomlFile(path, tomllib.loads(text), key_lines(text, tomllib.loads))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([_syntax_problem(path, text, str(error))]) from error
    except RecursionError as error:
        raise ConfigError([f"{path}: nested too deeply to be read"]) from error


def _read_text(path: str, named_by: str, kind: str) -> str:
    try:
        content = Path(path).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        reason = getattr(error, "strerror", None) or str(error)
        hint = _similar_file(path) if isinstance(error, FileNotFoundError) else ""
        problem = f"{path}: the {kind} named by {named_by} can't be read ({reason}).{hint}"
        raise ConfigError([problem]) from error
    try:
        return content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        raise ConfigError([f"{path}:{line}:{column}: not UTF-8, which TOML must be: {error.reason}"]) from error


def _similar_file(path: str) -> str:
    try:
        return did_you_mean(Path(path).name, [file.name for file in Path(path).parent.glob("*.toml")])
    except OSError:
        return ""


def _syntax_problem(path: str, text: str, message: str) -> str:
    """Turn the parser's `Expected '=' … (at line 3, column 5)` into `file:3:5: Expected '=' …`."""
    position = _PARSER_POSITION.search(message)
    if position is None:
        return f"{path}: {message}"
    last_line = text.rstrip("\n").rpartition("\n")[2]
    line = position["line"] or text.rstrip("\n").count("\n") + 1
    column = position["column"] or len(last_line) + 1
    return f"{path}:{line}:{column}: {message[: position.start()]}"
