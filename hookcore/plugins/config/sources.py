"""Who said something, and where? And how a place in a config, and a value in it, are written in messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Generic, Literal, NamedTuple, TypeAlias, TypeVar

Value = TypeVar("Value")
SourceKind = Literal["argument", "environment", "file", "mapping", "default"]
KeyPath: TypeAlias = "tuple[str | int, ...]"
"""The way from the top of a config to one value in it: keys of tables, and indexes into arrays."""

_OPENINGS = {"argument": "argument", "mapping": "config mapping", "default": "default"}
_LONGEST = 80


class Source:
    """Who said something: `file:line`, an environment variable, or the dotted key in a mapping or argument.

    `where` may be a function that finds the place: it is called only if somebody asks, since most are never shown.
    """

    __slots__ = ("_where", "kind")

    def __init__(self, kind: SourceKind, where: str | Callable[[], str] = "") -> None:
        self.kind = kind
        self._where = where

    @property
    def where(self) -> str:
        """The place, without its kind."""
        if not isinstance(self._where, str):
            self._where = self._where()
        return self._where

    def __str__(self) -> str:
        return f"{_OPENINGS.get(self.kind, '')} {self.where}".strip()

    def __repr__(self) -> str:
        return f"Source({self.kind!r}, {self.where!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Source) and (self.kind, self.where) == (other.kind, other.where)

    def __hash__(self) -> int:
        return hash((self.kind, self.where))


DEFAULT = Source("default")


class Stated(NamedTuple, Generic[Value]):
    """A value, and who said it."""

    value: Value
    source: Source


class SettingsTable(NamedTuple):
    """The settings that the operator gives to one plugin, not yet checked by the plugin's own `Settings`.

    `values` holds each key's value, `source` is who gave the strongest of the tables that were merged, and `places`
    holds a function for each key that tells who said the value at a path that begins with that key.
    """

    values: Mapping[str, object]
    source: Source
    places: Mapping[str, Callable[[KeyPath], Source]]

    def source_of(self, path: KeyPath) -> Source:
        """Return who said the value at `path`, which begins with the setting's key."""
        place = self.places.get(str(path[0])) if path else None
        return self.source if place is None else place(path)


def dotted(path: KeyPath) -> str:
    """Return a path as a person would write it: `plugin.welcome-email.settings.hosts[2]`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "the config"


def brief(value: object) -> str:
    """Return a value as it is shown in a message: not longer than a line, whatever its own code does."""
    try:
        text = repr(value)
    except Exception:  # nested too deeply, too many digits, or an object of the host's that cannot be shown
        return f"a value of type {type(value).__qualname__}"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
