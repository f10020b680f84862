"""What was said about plugins, and by whom?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookcore.plugins.config.records import (
    Config,
    PluginConfig,
    ReceiverConfig,
    Said,
    SettingsTable,
    Source,
    SourceKind,
    Statements,
    merge,
)

SOURCES = st.builds(Source, st.sampled_from(["argument", "environment", "file", "mapping"]), st.text(max_size=3))
NAMES = st.sampled_from(["a", "b", "c"])


def said(values: st.SearchStrategy[object]) -> st.SearchStrategy[Said[object]]:
    """Return a strategy for statements of such values by any source."""
    return st.builds(Said, values, SOURCES)


NAME_LISTS = st.lists(said(NAMES), max_size=3).map(tuple)
RECEIVERS = st.builds(ReceiverConfig, st.none() | said(st.booleans()), st.none() | said(st.just("inline")))
SETTINGS = st.builds(
    lambda values, source: SettingsTable(values, source, {(key,): source for key in values}),
    st.dictionaries(NAMES, st.integers(), max_size=3),
    SOURCES,
)
PLUGINS = st.builds(
    PluginConfig,
    named=NAME_LISTS,
    enabled=st.none() | said(st.booleans()),
    distribution=st.none() | said(NAMES),
    settings=st.none() | SETTINGS,
    receivers=st.dictionaries(NAMES, RECEIVERS, max_size=2),
)
STATEMENTS = st.builds(
    Statements,
    mode=st.none() | said(st.sampled_from(["auto", "explicit"])),
    strict=st.none() | said(st.booleans()),
    enable=NAME_LISTS,
    disable=NAME_LISTS,
    required=NAME_LISTS,
    mute=NAME_LISTS,
    load_exactly=st.none() | said(st.lists(NAMES, max_size=2).map(tuple)),
    plugins=st.dictionaries(NAMES, PLUGINS, max_size=2),
)
LISTS = ("enable", "disable", "required", "mute")


@pytest.mark.parametrize(
    ("kind", "where", "text"),
    [
        ("file", "app.toml:12", "app.toml:12"),
        ("environment", "APP_LOAD_PLUGINS", "APP_LOAD_PLUGINS"),
        ("argument", "disable", "argument disable"),
        ("mapping", "plugin.x.enabled", "config mapping plugin.x.enabled"),
        ("mapping", "", "config mapping"),
        ("default", "", "default"),
    ],
)
def test_a_source_reads_as_the_operator_knows_it(kind: SourceKind, where: str, text: str) -> None:
    """A place to jump to, a variable to unset, an argument to change."""
    assert str(Source(kind, where)) == text


def test_saying_nothing_is_the_default() -> None:
    """The empty merge is the empty config."""
    assert merge([]) == merge([Statements()]) == Config()


@given(STATEMENTS, st.lists(STATEMENTS, max_size=3))
def test_the_strongest_source_decides_each_scalar(strongest: Statements, weaker: list[Statements]) -> None:
    """Who speaks first is heard, and with the own provenance; who is silent leaves it to the next."""
    together = merge([strongest, *weaker])
    assert together.mode == (strongest.mode or merge(weaker).mode)
    assert together.strict == (strongest.strict or merge(weaker).strict)
    assert together.load_exactly == (strongest.load_exactly or merge(weaker).load_exactly)


@given(st.lists(STATEMENTS, max_size=4))
def test_lists_add_up_and_nothing_is_invented(statements: list[Statements]) -> None:
    """Each name of each source is in the config, with its own source, the strongest first."""
    config = merge(statements)
    for name in LISTS:
        assert getattr(config, name) == tuple(one for said in statements for one in getattr(said, name))


@given(st.lists(STATEMENTS, max_size=4))
def test_a_denial_in_a_table_beats_a_permission_from_whichever_source(statements: list[Statements]) -> None:
    """`enabled = false` anywhere is false in the end, for plugins and for receivers."""
    config = merge(statements)
    for name, plugin in config.plugins.items():
        tables = [one.plugins[name] for one in statements if name in one.plugins]
        heard = [one.enabled for one in tables if one.enabled is not None]
        assert plugin.enabled == next((one for one in heard if not one.value), heard[0] if heard else None)
        assert plugin.enabled is None or plugin.enabled in heard
        for receiver, receiver_config in plugin.receivers.items():
            denied = any(
                enabled is not None and not enabled.value
                for one in tables
                for enabled in (one.receivers.get(receiver, ReceiverConfig()).enabled,)
            )
            assert denied == (receiver_config.enabled is not None and not receiver_config.enabled.value)


@given(st.lists(STATEMENTS, max_size=4))
def test_each_setting_is_the_strongest_sources_with_its_own_place(statements: list[Statements]) -> None:
    """Settings of several sources mix by key, and each key still knows who said it."""
    for name, plugin in merge(statements).plugins.items():
        tables = [one.plugins[name].settings for one in statements if name in one.plugins]
        heard = [table for table in tables if table is not None]
        if plugin.settings is None:
            assert not heard
            continue
        assert set(plugin.settings.values) == {key for table in heard for key in table.values}
        for key, value in plugin.settings.values.items():
            first = next(table for table in heard if key in table.values)
            assert (value, plugin.settings.source_of((key,))) == (first.values[key], first.source_of((key,)))


def test_a_setting_deep_inside_has_the_place_of_the_nearest_known_table() -> None:
    """An error always has a place to point at, even where nobody wrote down a line."""
    table, key = Source("file", "a:1"), Source("file", "a:2")
    settings = SettingsTable({"x": {"y": 1}}, table, {("x",): key})
    assert settings.source_of(("x", "y", 3)) == key
    assert settings.source_of(("z",)) == table


def test_a_plugin_is_asked_for_by_any_of_its_names() -> None:
    """Its own name's table is stronger than its distribution's; a denial in either counts."""
    source = Source("default")
    config = Config(
        plugins={
            "mail": PluginConfig(enabled=Said(True, source), distribution=Said("own", source)),
            "blog-mail": PluginConfig(enabled=Said(False, source), distribution=Said("other", source)),
        }
    )
    both = config.plugin("Mail", "Blog_Mail")
    assert both.enabled == Said(False, source)
    assert both.distribution == Said("own", source)
    assert config.plugin("nobody") == PluginConfig()
