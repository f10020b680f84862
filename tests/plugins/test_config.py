"""What was said about plugins, by whom, and what do several sources say together?"""

from __future__ import annotations

from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookcore.plugins.config.keys import Config, ConfigArguments, PluginTable
from hookcore.plugins.config.sources import SettingsTable, Source, SourceKind, Stated

SOURCES = st.builds(Source, st.sampled_from(["argument", "environment", "file", "mapping"]), st.text(max_size=3))
NAMES = st.sampled_from(["a", "b", "c"])
ADDING_UP = ("disable", "required", "mute")


def stated(values: st.SearchStrategy[object]) -> st.SearchStrategy[Stated[object]]:
    """Return a strategy for statements of such values by any source."""
    return st.builds(Stated, values, SOURCES)


def said(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for what one source says: any of these keys."""
    return st.fixed_dictionaries({}, optional=keys)


NAME_LISTS = st.lists(stated(NAMES), max_size=3).map(tuple)
SETTINGS = st.builds(
    lambda values, source: SettingsTable(values, source, dict.fromkeys(values, lambda _: source)),
    st.dictionaries(NAMES, st.integers(), max_size=3),
    SOURCES,
)
PLUGINS = said(distribution=stated(NAMES), settings=SETTINGS, disable=NAME_LISTS).map(PluginTable)
CONFIGS = said(
    mode=stated(st.sampled_from(["auto", "explicit", "required"])),
    strict=stated(st.booleans()),
    locked=stated(st.booleans()),
    lock=stated(NAMES),
    enable=NAME_LISTS,
    **dict.fromkeys(ADDING_UP, NAME_LISTS),
    plugin=st.dictionaries(NAMES, PLUGINS, max_size=2),
).map(Config)


@pytest.mark.parametrize(
    ("kind", "where", "text"),
    [
        ("file", "app.toml:12", "app.toml:12"),
        ("environment", "APP_PLUGINS_MODE", "APP_PLUGINS_MODE"),
        ("argument", "disable", "argument disable"),
        ("mapping", "plugin.x.disable", "config mapping plugin.x.disable"),
        ("mapping", "", "config mapping"),
        ("default", "", "default"),
    ],
)
def test_a_source_reads_as_the_operator_knows_it(kind: SourceKind, where: str, text: str) -> None:
    """A place to jump to, a variable to unset, an argument to change; also if it is looked for only now."""
    assert str(Source(kind, where)) == str(Source(kind, lambda: where)) == text
    assert Source(kind, where) == Source(kind, lambda: where)


def test_saying_nothing_is_the_default() -> None:
    """The empty merge is the empty config."""
    assert Config.merged([]).said == Config.merged([Config()]).said == {}


def test_the_arguments_that_type_checkers_know_are_the_keys() -> None:
    """A new key is an entry in the table; the arguments of start() may not be forgotten."""
    assert set(get_type_hints(ConfigArguments)) == {*Config.keys, "config"}


@given(CONFIGS, st.lists(CONFIGS, max_size=3))
def test_the_strongest_source_decides_each_scalar(strongest: Config, weaker: list[Config]) -> None:
    """Who speaks first is heard, and with the own provenance; who is silent leaves it to the next."""
    together = Config.merged([strongest, *weaker])
    for key in ("mode", "strict", "locked", "lock"):
        assert getattr(together, key) == strongest.said.get(key, getattr(Config.merged(weaker), key))


@given(st.lists(CONFIGS, max_size=4))
def test_lists_add_up_and_nothing_is_invented(configs: list[Config]) -> None:
    """Each name of each source is in the config, with its own source, the strongest first."""
    config = Config.merged(configs)
    for key in ADDING_UP:
        assert getattr(config, key) == tuple(one for said in configs for one in getattr(said, key))


@given(st.lists(CONFIGS, max_size=4))
def test_who_says_mode_and_enable_says_all_that_is_enabled(configs: list[Config]) -> None:
    """Lists of what is enabled add up, too, but what is weaker than such a source enables nothing."""
    heard: list[Stated[str]] = []
    for config in configs:
        heard += config.enable
        if {"mode", "enable"} <= config.said.keys():
            break
    assert Config.merged(configs).enable == tuple(heard)


@given(st.lists(CONFIGS, max_size=4))
def test_what_is_said_of_a_plugin_merges_by_the_same_rules(configs: list[Config]) -> None:
    """The strongest source chooses the distribution, and receivers that are switched off anywhere are off."""
    for name, plugin in Config.merged(configs).plugin.items():
        tables = [one.plugin[name] for one in configs if name in one.plugin]
        assert plugin.disable == tuple(one for table in tables for one in table.disable)
        chosen = [table.distribution for table in tables if table.distribution is not None]
        assert plugin.distribution == (chosen[0] if chosen else None)


@given(st.lists(CONFIGS, max_size=4))
def test_each_setting_is_the_strongest_sources_with_its_own_place(configs: list[Config]) -> None:
    """Settings of several sources mix by key, and each key still knows who said it."""
    for name, plugin in Config.merged(configs).plugin.items():
        tables = [one.plugin[name].settings for one in configs if name in one.plugin]
        heard = [table for table in tables if table is not None]
        if plugin.settings is None:
            assert not heard
            continue
        assert set(plugin.settings.values) == {key for table in heard for key in table.values}
        for key, value in plugin.settings.values.items():
            first = next(table for table in heard if key in table.values)
            assert (value, plugin.settings.source_of((key,))) == (first.values[key], first.source_of((key,)))


def test_a_setting_that_nobody_gave_has_the_place_of_the_table() -> None:
    """An error always has a place to point at, even where something is missing."""
    table, key = Source("file", "a:1"), Source("file", "a:2")
    settings = SettingsTable({"x": {"y": 1}}, table, {"x": lambda _: key})
    assert settings.source_of(("x", "y", 3)) == key
    assert settings.source_of(("z",)) == settings.source_of(()) == table


@pytest.mark.parametrize(
    ("receiver", "by"),
    [
        ("sown.answer", "sown.answer"),
        ("sown.hear", "sown.*"),
        ("watered.answer", None),
        ("opened.a[1]", "opened.a[1]"),
        ("opened.a1", "opened.a[1]"),
        ("SOWN.answer", None),
    ],
)
def test_a_receiver_is_switched_off_by_its_name_or_a_glob(receiver: str, by: str | None) -> None:
    """Its own name speaks before a glob; receivers are Python's names, and their case counts."""
    names = ("sown.*", "sown.answer", "opened.a[1]")
    table = PluginTable({"disable": tuple(Stated(name, Source("file", f"at {name}")) for name in names)})
    assert table.switched_off(receiver, [receiver]) == (None if by is None else f"at {by}")


def test_the_name_of_another_receiver_is_no_glob() -> None:
    """Whatever it looks like, it means that one alone."""
    table = PluginTable({"disable": (Stated("opened.a[1]", Source("file", "line 1")),)})
    receivers = ["opened.a1", "opened.a[1]"]
    assert [table.switched_off(one, receivers) for one in receivers] == [None, "line 1"]
