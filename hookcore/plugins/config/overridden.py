"""What is said in a config, and has no effect because something stronger says otherwise?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hookcore.plugins.config.keys import Names, Permissions, PluginTable, PluginTables, Settings, Table
from hookcore.plugins.config.sources import DEFAULT, SettingsTable, Source, Stated, brief


def overridden(tables: Sequence[Table], within: str = "") -> Iterator[tuple[Source, str, Source, str]]:
    """Yield who says what in vain, and who says what instead, of tables that are merged: the strongest first.

    `within` is where they stand, with a dot in the end.
    """
    for name, key in type(tables[0]).keys.items():
        saying = [table for table in tables if name in table.said]
        said = [table.said[name] for table in saying]
        if isinstance(key, PluginTables):
            yield from _in_tables_of_plugins(said)
        elif isinstance(key, Settings):
            yield from _in_settings(said, f"{within}{name}")
        elif isinstance(key, Permissions):
            yield from _permissions(tables, saying, name)
        elif not isinstance(key, Names):  # other names add up
            yield from _weaker([(one.value, one.source) for one in said], f"{within}{name}")


def _weaker(said: Sequence[tuple[object, Source]], key: str) -> Iterator[tuple[Source, str, Source, str]]:
    for value, source in said[1:]:
        strongest, stronger = said[0]
        if value != strongest and source is not DEFAULT:
            yield source, f"{key} = {brief(value)}", stronger, brief(strongest)


def _permissions(
    tables: Sequence[Table], saying: Sequence[Table], name: str
) -> Iterator[tuple[Source, str, Source, str]]:
    """Yield names that are left out because a stronger source says the mode, and so all of them."""
    end = next((index for index, table in enumerate(tables, 1) if "mode" in table.said), len(tables))
    mode: Stated[str] | None = tables[end - 1].said.get("mode")
    for table in saying:
        if mode is not None and table in tables[end:]:
            for stated in table.said[name]:
                yield stated.source, f"{stated.value!r} under {name}", mode.source, f"mode = {brief(mode.value)}"


def _in_tables_of_plugins(said: Sequence[Mapping[str, PluginTable]]) -> Iterator[tuple[Source, str, Source, str]]:
    for plugin in dict.fromkeys(plugin for tables in said for plugin in tables):
        tables = [one[plugin] for one in said if plugin in one]
        yield from overridden(tables, f"plugin.{tables[0].names[0].value}.")


def _in_settings(said: Sequence[SettingsTable], key: str) -> Iterator[tuple[Source, str, Source, str]]:
    for name in dict.fromkeys(name for one in said for name in one.values):
        saying = [(one.values[name], one.source_of((name,))) for one in said if name in one.values]
        yield from _weaker(saying, f"{key}.{name}")
