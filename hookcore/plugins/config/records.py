"""What was said about plugins, and by whom? Plain records, and the one rule that merges several voices.

Scalars: the strongest source wins. Lists: they add up. And a denial beats a permission, whichever source it is from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic, Literal, TypeAlias, TypeVar

from hookcore.names import canonical_name

Value = TypeVar("Value")
Table = TypeVar("Table")
SourceKind = Literal["argument", "environment", "file", "mapping", "default"]
Mode = Literal["auto", "explicit"]
Delivery = Literal["inline"]
KeyPath: TypeAlias = "tuple[str | int, ...]"
"""The way from the top of a config to one value in it: keys of tables, and indexes into arrays."""


@dataclass(frozen=True, slots=True)
class Source:
    """Who said something. `where` is `file:line`, an environment variable, or the dotted key in a mapping."""

    kind: SourceKind
    where: str = ""

    def __str__(self) -> str:
        if self.kind in ("file", "environment"):
            return self.where
        opening = {"argument": "argument", "mapping": "config mapping", "default": "default"}[self.kind]
        return f"{opening} {self.where}".rstrip()


DEFAULT = Source("default")


@dataclass(frozen=True, slots=True)
class Said(Generic[Value]):
    """A value, and who said it."""

    value: Value
    source: Source


@dataclass(frozen=True, slots=True)
class SettingsTable:
    """The settings that the operator gives to one plugin, not yet checked by the plugin's own `Settings`."""

    values: Mapping[str, object]
    source: Source
    sources: Mapping[KeyPath, Source] = field(default_factory=dict)

    def source_of(self, key_path: KeyPath) -> Source:
        """Return who said the value at `key_path`, or the nearest table around it that has a source of its own."""
        for length in range(len(key_path), 0, -1):
            source = self.sources.get(key_path[:length])
            if source is not None:
                return source
        return self.source


@dataclass(frozen=True, slots=True)
class ReceiverConfig:
    """What was said about one receiver. None: nothing was."""

    enabled: Said[bool] | None = None
    delivery: Said[Delivery] | None = None


@dataclass(frozen=True, slots=True)
class PluginConfig:
    """What was said in the tables `[plugin.NAME]`. None: nothing was. `named` holds each name as written."""

    named: tuple[Said[str], ...] = ()
    enabled: Said[bool] | None = None
    distribution: Said[str] | None = None
    settings: SettingsTable | None = None
    receivers: Mapping[str, ReceiverConfig] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Statements:
    """What one source said. `plugins` is keyed by canonical name."""

    mode: Said[Mode] | None = None
    strict: Said[bool] | None = None
    locked: Said[bool] | None = None
    lock: Said[str] | None = None
    enable: tuple[Said[str], ...] = ()
    disable: tuple[Said[str], ...] = ()
    required: tuple[Said[str], ...] = ()
    mute: tuple[Said[str], ...] = ()
    load_exactly: Said[tuple[str, ...]] | None = None
    plugins: Mapping[str, PluginConfig] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    """What all sources said together. Lists hold the strongest source's items first; names are as written.

    `lock` is the path of the lock file, relative to the current directory or absolute; None: nobody knows one.
    """

    mode: Said[Mode] = Said("auto", DEFAULT)
    strict: Said[bool] = Said(False, DEFAULT)
    locked: Said[bool] = Said(False, DEFAULT)
    lock: Said[str] | None = None
    enable: tuple[Said[str], ...] = ()
    disable: tuple[Said[str], ...] = ()
    required: tuple[Said[str], ...] = ()
    mute: tuple[Said[str], ...] = ()
    load_exactly: Said[tuple[str, ...]] | None = None
    plugins: Mapping[str, PluginConfig] = field(default_factory=dict)

    def plugin(self, *names: str) -> PluginConfig:
        """Return what the tables of these names say together; of two that disagree, the first name's counts."""
        keys = dict.fromkeys(map(canonical_name, names))
        return _merge_plugins([self.plugins[key] for key in keys if key in self.plugins])


def merge(statements: Sequence[Statements]) -> Config:
    """Return the config that these statements make together, the strongest first. Pure."""
    return Config(
        mode=_strongest(said.mode for said in statements) or Said("auto", DEFAULT),
        strict=_strongest(said.strict for said in statements) or Said(False, DEFAULT),
        locked=_strongest(said.locked for said in statements) or Said(False, DEFAULT),
        lock=_strongest(said.lock for said in statements),
        enable=_added(said.enable for said in statements),
        disable=_added(said.disable for said in statements),
        required=_added(said.required for said in statements),
        mute=_added(said.mute for said in statements),
        load_exactly=_strongest(said.load_exactly for said in statements),
        plugins=_merge_tables([said.plugins for said in statements], _merge_plugins),
    )


def _merge_tables(
    said: Sequence[Mapping[str, Table]], merge_one: Callable[[Sequence[Table]], Table]
) -> Mapping[str, Table]:
    names = dict.fromkeys(name for tables in said for name in tables)
    return MappingProxyType({name: merge_one([tables[name] for tables in said if name in tables]) for name in names})


def _merge_plugins(said: Sequence[PluginConfig]) -> PluginConfig:
    return PluginConfig(
        named=_added(one.named for one in said),
        enabled=_denial_or_strongest(one.enabled for one in said),
        distribution=_strongest(one.distribution for one in said),
        settings=_merge_settings([one.settings for one in said if one.settings is not None]),
        receivers=_merge_tables([one.receivers for one in said], _merge_receivers),
    )


def _merge_receivers(said: Sequence[ReceiverConfig]) -> ReceiverConfig:
    return ReceiverConfig(
        enabled=_denial_or_strongest(one.enabled for one in said),
        delivery=_strongest(one.delivery for one in said),
    )


def _merge_settings(said: Sequence[SettingsTable]) -> SettingsTable | None:
    """Return all keys together. Each value is one source's, whole: a table inside is not mixed from two sources."""
    if len(said) < 2:
        return said[0] if said else None
    winner = {key: one for one in reversed(said) for key in one.values}
    return SettingsTable(
        values=MappingProxyType({key: one.values[key] for key, one in winner.items()}),
        source=said[0].source,
        sources=MappingProxyType(
            {path: source for one in said for path, source in one.sources.items() if winner[str(path[0])] is one}
        ),
    )


def _strongest(said: Iterable[Said[Value] | None]) -> Said[Value] | None:
    return next((one for one in said if one is not None), None)


def _denial_or_strongest(said: Iterable[Said[bool] | None]) -> Said[bool] | None:
    heard = [one for one in said if one is not None]
    return next((one for one in heard if not one.value), heard[0] if heard else None)


def _added(said: Iterable[tuple[Said[str], ...]]) -> tuple[Said[str], ...]:
    return tuple(one for items in said for one in items)
