"""May this plugin run?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookcore.plugins.config.reading import read_config
from hookcore.plugins.config.records import DEFAULT, Config, PluginConfig, Said, Source
from hookcore.plugins.discovery import Distribution, EntryPoint, InstalledPlugin
from hookcore.plugins.policy import Decision, blocked_by_requirements, decide, unmatched_names

MakePlugin = Callable[..., InstalledPlugin]


def configured(mapping: Mapping[str, object], **environment: str) -> Config:
    """Return the config of the host `app` that a mapping and the environment make."""
    return read_config("app", mapping, environment=environment)


def states(decisions: Mapping[InstalledPlugin, Decision]) -> dict[str, str]:
    """Return each plugin's state, by distribution and name."""
    return {f"{plugin.distribution.name}/{plugin.name}": decision.state for plugin, decision in decisions.items()}


@pytest.fixture(scope="session")
def welcome(make_plugin: MakePlugin) -> InstalledPlugin:
    """Give the plugin `Welcome.Email` of the distribution `blog_welcome-email`."""
    return make_plugin("Welcome.Email", "blog_welcome-email")


def test_in_auto_mode_what_nobody_mentions_runs(welcome: InstalledPlugin) -> None:
    """Installing is enough; the decision says that the mode allowed it, and who set the mode."""
    assert decide(Config(), [welcome]) == {welcome: Decision("found", 'mode "auto"', DEFAULT)}
    assert decide(Config(), [welcome])[welcome].runs


@pytest.mark.parametrize("name", ["welcome-email", "Blog.Welcome_Email", "welcome*", "*"])
@pytest.mark.parametrize("voice", ["mapping", "environment"])
def test_a_denial_by_any_name_from_any_source_counts(welcome: InstalledPlugin, name: str, voice: str) -> None:
    """Plugin or distribution name in any spelling, or a glob; the decision names who denied, and by which word."""
    config = (
        configured({"disable": [name]}) if voice == "mapping" else configured({}, APP_DISABLED_PLUGINS=f"other,{name}")
    )
    decision = decide(config, [welcome])[welcome]
    assert (decision.state, decision.reason) == ("disabled", f"disabled by {name!r}")
    assert str(decision.decided_by) == ("config mapping disable" if voice == "mapping" else "APP_DISABLED_PLUGINS")
    assert not decision.runs


@pytest.mark.parametrize("name", ["WELCOME_EMAIL", "blog-welcome-email"])
def test_a_plugins_table_denies_and_permits(welcome: InstalledPlugin, name: str) -> None:
    """`enabled` in `[plugin.NAME]` is as good as the lists."""
    denied = decide(configured({"plugin": {name: {"enabled": False}}}), [welcome])[welcome]
    assert (denied.state, denied.reason) == ("disabled", "its table says enabled = false")
    assert str(denied.decided_by) == f"config mapping plugin.{name}.enabled"
    permitted = decide(configured({"mode": "explicit", "plugin": {name: {"enabled": True}}}), [welcome])[welcome]
    assert (permitted.state, permitted.reason) == ("found", "its table says enabled = true")


def test_in_explicit_mode_only_what_is_enabled_runs(make_plugin: MakePlugin) -> None:
    """What a transitive dependency brought along stays asleep, and the reason says why."""
    named, unnamed = make_plugin("named"), make_plugin("unnamed")
    decisions = decide(configured({"mode": "explicit", "enable": ["named"]}), [named, unnamed])
    assert decisions[named] == Decision("found", "enabled by 'named'", Source("mapping", "enable"))
    assert decisions[unnamed] == Decision(
        "disabled", 'mode "explicit", and nothing enables it', Source("mapping", "mode")
    )


def test_load_plugins_means_exactly_these(make_plugin: MakePlugin) -> None:
    """Even in explicit mode; even none. But what is denied stays denied."""
    one, other = make_plugin("one"), make_plugin("other")
    source = Source("environment", "APP_LOAD_PLUGINS")
    decisions = decide(configured({"mode": "explicit"}, APP_LOAD_PLUGINS="One"), [one, other])
    assert decisions[one] == Decision("found", "named in APP_LOAD_PLUGINS", source)
    assert decisions[other] == Decision("disabled", "not named in APP_LOAD_PLUGINS", source)
    nobody = decide(configured({"enable": ["one"]}, APP_LOAD_PLUGINS=""), [one, other])
    assert {decision.state for decision in nobody.values()} == {"disabled"}
    denied = decide(configured({"disable": ["one"]}, APP_LOAD_PLUGINS="one"), [one, other])
    assert denied[one].reason == "disabled by 'one'"


def test_the_running_managers_word_is_the_last(make_plugin: MakePlugin) -> None:
    """enable() and disable() are said by somebody who sees the state, after all else was said."""
    one, other = make_plugin("One"), make_plugin("other")
    overrides = {one.names: True, other.names: False}
    decisions = decide(configured({"disable": ["one"]}), [one, other], overrides=overrides)
    assert decisions[one] == Decision("found", "enabled while running", Source("argument", "enable()"))
    assert decisions[other] == Decision("disabled", "disabled while running", Source("argument", "disable()"))


def test_the_running_managers_word_means_one_of_two_claimants(make_plugin: MakePlugin) -> None:
    """Who claims the same name was not spoken of, and may run now."""
    mine, theirs = make_plugin("mail", "blog-mail"), make_plugin("Mail", "evil-mail")
    decisions = decide(Config(), [mine, theirs], overrides={theirs.names: False})
    assert states(decisions) == {"blog-mail/mail": "found", "evil-mail/Mail": "disabled"}


def test_two_claimants_of_one_name_are_both_blocked_with_what_to_write(make_plugin: MakePlugin) -> None:
    """Neither the first nor the last wins by accident: the operator chooses, in words that the reason dictates."""
    mine, theirs = make_plugin("mail", "blog-mail"), make_plugin("Mail", "evil-mail")
    decisions = decide(Config(), [mine, theirs])
    assert {decision.state for decision in decisions.values()} == {"blocked"}
    assert decisions[mine].reason == (
        "blog-mail 1.0 and evil-mail 1.0 both claim the name 'mail'. To choose one, write under [plugin.mail]"
        ' distribution = "blog-mail" or distribution = "evil-mail"'
    )
    chosen = decide(configured({"plugin": {"mail": {"distribution": "Blog_Mail"}}}), [mine, theirs])
    assert states(chosen) == {"blog-mail/mail": "found", "evil-mail/Mail": "disabled"}
    assert chosen[theirs].reason == "the config gives the name 'mail' to the distribution 'Blog_Mail'"


@pytest.mark.parametrize(
    "mapping",
    [{"disable": ["evil-mail"]}, {"mode": "explicit", "enable": ["blog-mail"]}],
)
def test_a_claimant_that_may_not_run_anyway_blocks_nobody(make_plugin: MakePlugin, mapping: dict[str, object]) -> None:
    """Naming a distribution is choosing, too."""
    mine, theirs = make_plugin("mail", "blog-mail"), make_plugin("mail", "evil-mail")
    assert states(decide(configured(mapping), [mine, theirs])) == {
        "blog-mail/mail": "found",
        "evil-mail/mail": "disabled",
    }


def test_a_name_given_to_a_distribution_is_nobody_elses(make_plugin: MakePlugin) -> None:
    """If the chosen distribution is not installed, the other one does not slip into its place."""
    theirs = make_plugin("mail", "evil-mail")
    config = configured({"plugin": {"mail": {"distribution": "blog-mail"}}})
    assert states(decide(config, [theirs])) == {"evil-mail/mail": "disabled"}
    assert [unmatched.name for unmatched in unmatched_names(config, [theirs])] == ["blog-mail"]


def test_one_distribution_that_claims_a_name_twice_is_told_to_mend_itself() -> None:
    """The config can't choose between two plugins of one distribution."""
    entry_points = (EntryPoint("app.plugins", "a-b", "one"), EntryPoint("app.plugins", "a_b", "two"))
    distribution = Distribution("twins", "1.0", "", (), "/x", entry_points)
    plugins = [InstalledPlugin(entry_point.name, distribution, entry_point) for entry_point in entry_points]
    decisions = decide(configured({"plugin": {"a-b": {"distribution": "twins"}}}), plugins)
    assert {decision.reason for decision in decisions.values()} == {
        "twins 1.0 claims one name for several plugins: 'a-b' (one), 'a_b' (two). Only its author can mend that"
    }
    assert {decision.state for decision in decisions.values()} == {"blocked"}


def test_a_plugin_whose_needed_distribution_does_not_run_is_blocked(make_plugin: MakePlugin) -> None:
    """Also through others, each with a reason that names the next, and with the source of the first decision."""
    base = make_plugin("base", "blog-base")
    middle = make_plugin("middle", requires=["Blog_Base>=1"])
    top = make_plugin("top", requires=["middle", "requests"])
    free = make_plugin("free", requires=["requests"])
    decisions = decide(configured({"disable": ["base"]}), [top, middle, base, free])
    assert decisions[top].runs
    settled = blocked_by_requirements(decisions)
    source = Source("mapping", "disable")
    assert settled[middle] == Decision(
        "blocked", "requires blog-base, whose plugin 'base' is disabled: disabled by 'base'", source
    )
    assert settled[top].reason.startswith("requires middle, whose plugin 'middle' is blocked: requires blog-base")
    assert settled[top].decided_by == source
    assert settled[base] == decisions[base]
    assert settled[free].runs


def test_a_failure_blocks_like_a_denial(make_plugin: MakePlugin) -> None:
    """The manager asks again when an import has failed."""
    base, top = make_plugin("base"), make_plugin("top", requires=["base"])
    decisions = {**decide(Config(), [base, top]), base: Decision("failed", "import: ValueError: no", DEFAULT)}
    assert blocked_by_requirements(decisions)[top].reason == (
        "requires base, whose plugin 'base' is failed: import: ValueError: no"
    )


def test_a_distribution_of_which_one_plugin_runs_is_there(make_plugin: MakePlugin) -> None:
    """Of several plugins the operator may switch some off; what is needed of them, nobody can know."""
    one, two = make_plugin("one", "pack"), make_plugin("two", "pack")
    top = make_plugin("top", requires=["pack"])
    assert blocked_by_requirements(decide(configured({"disable": ["one"]}), [one, two, top]))[top].runs
    assert not blocked_by_requirements(decide(configured({"disable": ["pack"]}), [one, two, top]))[top].runs


def test_a_circle_of_requirements_runs_or_stays_down_together(make_plugin: MakePlugin) -> None:
    """pip installs such circles; they block nobody by themselves."""
    a, b = make_plugin("a", requires=["b"]), make_plugin("b", requires=["a"])
    assert states(blocked_by_requirements(decide(Config(), [a, b]))) == {"a/a": "found", "b/b": "found"}
    settled = blocked_by_requirements(decide(configured({"disable": ["b"]}), [a, b]))
    assert states(settled) == {"a/a": "blocked", "b/b": "disabled"}


def test_names_that_mean_nothing_installed_are_told_with_the_nearest_one(make_plugin: MakePlugin) -> None:
    """Every place where a name may stand is looked at; globs may match nothing."""
    config = configured(
        {
            "enable": ["welcom-email", "zzz"],
            "disable": ["old-*", "WELCOME.email"],
            "required": ["blog-mial"],
            "plugin": {"welcome_mail": {"enabled": True}, "welcome-email": {"distribution": "blog-mai"}},
        },
        APP_LOAD_PLUGINS="welcome-email,nobody",
    )
    unmatched = unmatched_names(config, [make_plugin("Welcome_Email", "blog-mail")])
    assert [(one.name, one.suggestion) for one in unmatched] == [
        ("welcom-email", "Welcome_Email"),
        ("zzz", None),
        ("blog-mial", "blog-mail"),
        ("nobody", None),
        ("welcome_mail", "Welcome_Email"),
        ("blog-mai", "blog-mail"),
    ]
    assert str(unmatched[0]) == (
        "config mapping enable: no plugin or distribution called 'welcom-email' is installed."
        " Did you mean 'Welcome_Email'?"
    )


# -- laws ---------------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(["a", "b", "c"])
PATTERNS = st.sampled_from(["a", "B", "c", "dist-a", "DIST_b", "dist-*", "*", "unknown"])
SOURCES = st.builds(Source, st.sampled_from(["argument", "environment", "file"]), st.text(max_size=2))
SAID_PATTERNS = st.builds(Said, PATTERNS, SOURCES)
TABLES = st.builds(
    PluginConfig,
    enabled=st.none() | st.builds(Said, st.booleans(), SOURCES),
    distribution=st.none() | st.builds(Said, st.sampled_from(["dist-a", "dist-b"]), SOURCES),
)
CONFIGS = st.builds(
    Config,
    mode=st.builds(Said, st.sampled_from(["auto", "explicit"]), SOURCES),
    enable=st.lists(SAID_PATTERNS, max_size=3).map(tuple),
    disable=st.lists(SAID_PATTERNS, max_size=1).map(tuple),
    load_exactly=st.none() | st.builds(Said, st.lists(PATTERNS, max_size=2).map(tuple), SOURCES),
    plugins=st.dictionaries(WORDS, TABLES, max_size=2),
)


@st.composite
def installations(draw: st.DrawFn) -> list[InstalledPlugin]:
    """A few distributions with plugins that may share names, requiring each other at will."""
    plugins: list[InstalledPlugin] = []
    for name in draw(st.lists(WORDS, unique=True, max_size=3)):
        entry_points = tuple(
            EntryPoint("app.plugins", word, "m") for word in draw(st.lists(WORDS, min_size=1, unique=True))
        )
        requires = tuple(f"dist-{word}" for word in draw(st.lists(WORDS, unique=True)))
        distribution = Distribution(f"dist-{name}", "1", "", requires, "/x", entry_points)
        plugins += [InstalledPlugin(one.name, distribution, one) for one in entry_points]
    return plugins


@given(CONFIGS, installations())
def test_every_plugin_gets_exactly_one_decision_with_a_reason(config: Config, plugins: list[InstalledPlugin]) -> None:
    """In their order, and never without a word."""
    decisions = blocked_by_requirements(decide(config, plugins))
    assert list(decisions) == plugins
    assert all(decision.reason for decision in decisions.values())


@given(CONFIGS, installations(), SAID_PATTERNS)
def test_a_further_denial_never_makes_what_it_names_run(
    config: Config, plugins: list[InstalledPlugin], denial: Said[str]
) -> None:
    """Deny beats allow: what a denial matches does not run, whatever else is said and wherever."""
    stricter = replace(config, disable=(*config.disable, denial))
    alone = decide(Config(disable=(denial,)), plugins)
    decisions = decide(stricter, plugins)
    assert all(decisions[plugin].state == "disabled" for plugin in plugins if alone[plugin].state == "disabled")


@given(CONFIGS, installations())
def test_no_name_runs_twice(config: Config, plugins: list[InstalledPlugin]) -> None:
    """Whatever the config says, of two claimants at most one runs."""
    running = [plugin.canonical_name for plugin, decision in decide(config, plugins).items() if decision.runs]
    assert len(running) == len(set(running))


@given(CONFIGS, installations())
def test_in_explicit_mode_nothing_runs_that_nothing_names(config: Config, plugins: list[InstalledPlugin]) -> None:
    """Taking every permission away leaves nothing running."""
    silent = replace(config, mode=Said("explicit", DEFAULT), enable=(), load_exactly=None, plugins={})
    assert not any(decision.runs for decision in decide(silent, plugins).values())


@given(CONFIGS, installations())
def test_what_runs_has_all_that_it_requires(config: Config, plugins: list[InstalledPlugin]) -> None:
    """After the requirements are looked at, no running plugin's carrier lacks a carrier that it requires."""
    decisions = blocked_by_requirements(decide(config, plugins))
    installed = {plugin.distribution.name for plugin in plugins}
    running = {plugin.distribution.name for plugin, decision in decisions.items() if decision.runs}
    for plugin, decision in decisions.items():
        if decision.runs:
            assert set(plugin.distribution.requirements) & installed <= running


@given(CONFIGS, installations())
def test_looking_at_the_requirements_only_takes_away(config: Config, plugins: list[InstalledPlugin]) -> None:
    """It changes only what would have run, and a second look changes nothing."""
    decisions = decide(config, plugins)
    settled = blocked_by_requirements(decisions)
    assert all(settled[plugin] == decisions[plugin] for plugin in plugins if not decisions[plugin].runs)
    assert blocked_by_requirements(settled) == settled


@given(CONFIGS, installations(), st.randoms())
def test_the_order_of_installation_decides_nothing(
    config: Config, plugins: list[InstalledPlugin], random: object
) -> None:
    """Two machines with the same packages run the same plugins."""
    shuffled = sorted(plugins, key=lambda _: random.random())  # type: ignore[attr-defined]
    first, second = decide(config, plugins), decide(config, shuffled)
    assert {plugin: one.state for plugin, one in first.items()} == {plugin: one.state for plugin, one in second.items()}
