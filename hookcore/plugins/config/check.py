"""Is this a config? One source's raw values become statements; every value that is none becomes a sentence."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

from hookcore.names import canonical_name
from hookcore.plugins.config.records import (
    Delivery,
    KeyPath,
    Mode,
    PluginConfig,
    ReceiverConfig,
    Said,
    SettingsTable,
    Source,
    Statements,
)
from hookcore.suggestions import did_you_mean

_TOP_KEYS = ("mode", "enable", "disable", "required", "strict", "locked", "lock", "mute", "plugin")
_PLUGIN_KEYS = ("enabled", "distribution", "settings", "receivers")
_RECEIVER_KEYS = ("enabled", "delivery")
_MODES = ("auto", "explicit")
_DELIVERIES = ("inline",)


@dataclass(frozen=True, slots=True)
class Document:
    """One source's raw values, and a function that tells where the value at a path was said.

    `directory` is what paths in it are relative to; None: to the current directory, as the host means its own paths.
    """

    values: Mapping[str, object]
    source: Callable[[KeyPath], Source]
    directory: str | None = None


def check(document: Document) -> tuple[Statements, tuple[str, ...]]:
    """Return what `document` says, and a sentence for everything in it that can't be used."""
    checker = _Checker(document)
    statements = checker.statements()
    return statements, tuple(checker.problems)


class _Checker:
    def __init__(self, document: Document) -> None:
        self.problems: list[str] = []
        self._document = document

    def statements(self) -> Statements:
        table = self._table((), self._document.values, _TOP_KEYS)
        return Statements(
            mode=cast("Said[Mode] | None", self._choice(("mode",), table, _MODES)),
            strict=self._boolean(("strict",), table),
            locked=self._boolean(("locked",), table),
            lock=self._file_path(("lock",), table),
            enable=self._names(("enable",), table),
            disable=self._names(("disable",), table),
            required=self._names(("required",), table),
            mute=self._names(("mute",), table),
            plugins=MappingProxyType(dict(self._plugins(table))),
        )

    def _plugins(self, table: Mapping[str, object]) -> Iterator[tuple[str, PluginConfig]]:
        first_spelling: dict[str, KeyPath] = {}
        for name, value in self._tables(("plugin",), table):
            path: KeyPath = ("plugin", name)
            key = canonical_name(name)
            earlier = first_spelling.setdefault(key, path)
            if earlier != path:
                places = f"{self._source(earlier)} and {self._source(path)}"
                self._problem(path, f"{earlier[1]!r} and {name!r} are one name ({places}); write one table for it")
            yield key, self._plugin(path, value)

    def _plugin(self, path: KeyPath, value: object) -> PluginConfig:
        table = self._table(path, value, _PLUGIN_KEYS)
        receivers = self._tables((*path, "receivers"), table)
        return PluginConfig(
            named=(Said(str(path[-1]), self._source(path)),),
            enabled=self._boolean((*path, "enabled"), table),
            distribution=self._text((*path, "distribution"), table),
            settings=self._settings((*path, "settings"), table),
            receivers=MappingProxyType(
                {name: self._receiver((*path, "receivers", name), value) for name, value in receivers}
            ),
        )

    def _receiver(self, path: KeyPath, value: object) -> ReceiverConfig:
        table = self._table(path, value, _RECEIVER_KEYS)
        delivery = self._choice((*path, "delivery"), table, _DELIVERIES, note=" (there is no other delivery yet)")
        return ReceiverConfig(
            enabled=self._boolean((*path, "enabled"), table), delivery=cast("Said[Delivery] | None", delivery)
        )

    def _settings(self, path: KeyPath, table: Mapping[str, object]) -> SettingsTable | None:
        if "settings" not in table:
            return None
        values = self._table(path, table["settings"], known=None)
        sources = {inner[len(path) :]: self._source(inner) for inner in _paths(path, values)}
        return SettingsTable(MappingProxyType(dict(values)), self._source(path), MappingProxyType(sources))

    def _tables(self, path: KeyPath, table: Mapping[str, object]) -> Iterator[tuple[str, object]]:
        if path[-1] in table:
            yield from self._table(path, table[str(path[-1])], known=None).items()

    def _table(self, path: KeyPath, value: object, known: tuple[str, ...] | None) -> Mapping[str, object]:
        """Return the keys of a table that may be used: `known` ones, or every one if it is None."""
        if not isinstance(value, Mapping):
            self._wrong(path, value, "a table")
            return {}
        accepted: dict[str, object] = {}
        for key, item in cast("Mapping[object, object]", value).items():
            if not isinstance(key, str):
                self._problem(path, f"the key {key!r} must be a string")
            elif known is not None and key not in known:
                hint = did_you_mean(key, known) or f" The keys here are: {', '.join(known)}."
                self._problem((*path, key), f"unknown key {dotted((*path, key))!r}.{hint}")
            else:
                accepted[key] = item
        return accepted

    def _boolean(self, path: KeyPath, table: Mapping[str, object]) -> Said[bool] | None:
        value = table.get(str(path[-1]))
        if isinstance(value, bool):
            return Said(value, self._source(path))
        self._wrong_if_given(path, table, "true or false")
        return None

    def _text(self, path: KeyPath, table: Mapping[str, object]) -> Said[str] | None:
        value = table.get(str(path[-1]))
        if isinstance(value, str) and value.strip():
            return Said(value, self._source(path))
        self._wrong_if_given(path, table, "a name in quotes")
        return None

    def _file_path(self, path: KeyPath, table: Mapping[str, object]) -> Said[str] | None:
        value = table.get(str(path[-1]))
        if isinstance(value, os.PathLike):
            value = os.fspath(cast("os.PathLike[str] | os.PathLike[bytes]", value))
        if isinstance(value, str) and value.strip():
            return Said(os.path.join(self._document.directory or "", value), self._source(path))
        self._wrong_if_given(path, table, "a path in quotes")
        return None

    def _choice(
        self, path: KeyPath, table: Mapping[str, object], choices: tuple[str, ...], note: str = ""
    ) -> Said[str] | None:
        value = table.get(str(path[-1]))
        if isinstance(value, str) and value in choices:
            return Said(value, self._source(path))
        hint = did_you_mean(value, choices) if isinstance(value, str) else ""
        self._wrong_if_given(path, table, " or ".join(f'"{choice}"' for choice in choices) + note, hint)
        return None

    def _names(self, path: KeyPath, table: Mapping[str, object]) -> tuple[Said[str], ...]:
        value = table.get(str(path[-1]), ())
        if isinstance(value, str):
            self._wrong(path, value, "a list of names", f' Write ["{value}"].')
            return ()
        if not isinstance(value, list | tuple | set | frozenset):
            self._wrong(path, value, "a list of names")
            return ()
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        names: list[Said[str]] = []
        for index, item in enumerate(items):
            if isinstance(item, str) and item.strip():
                names.append(Said(item, self._source((*path, index))))
            else:
                self._wrong((*path, index), item, "a name in quotes")
        return tuple(names)

    def _wrong_if_given(self, path: KeyPath, table: Mapping[str, object], wanted: str, hint: str = "") -> None:
        if path[-1] in table:
            self._wrong(path, table[str(path[-1])], wanted, hint)

    def _wrong(self, path: KeyPath, value: object, wanted: str, hint: str = "") -> None:
        self._problem(path, f"{dotted(path)} must be {wanted}, not {value!r}.{hint}")

    def _problem(self, path: KeyPath, sentence: str) -> None:
        self.problems.append(f"{self._source(path)}: {sentence}")

    def _source(self, path: KeyPath) -> Source:
        return self._document.source(path)


def dotted(path: KeyPath) -> str:
    """Return a path as a person would write it: `plugin.welcome-email.settings.hosts[2]`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".") or "the config"


def _paths(path: KeyPath, value: object) -> Iterator[KeyPath]:
    """Yield the path of every value in `value`, however deep, but not its own."""
    children: Iterator[tuple[object, object]] = iter(())
    if isinstance(value, Mapping):
        children = iter(cast("Mapping[object, object]", value).items())
    elif isinstance(value, list | tuple):
        children = iter(enumerate(cast("list[object]", value)))
    for key, child in children:
        if isinstance(key, str | int):
            yield (*path, key)
            yield from _paths((*path, key), child)
