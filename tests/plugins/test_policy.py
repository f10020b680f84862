"""May this plugin run?"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookcore.plugins.config.keys import Config, PluginTable
from hookcore.plugins.config.reading import read_config
from hookcore.plugins.config.sources import DEFAULT, Source, Stated
from hookcore.plugins.installed import Distribution, EntryPoint, InstalledPlugin
from hookcore.plugins.policy import Decision, PluginNames, Policy, slips_in

MakePlugin = Callable[..., InstalledPlugin]


def configured(mapping: Mapping[str, object], **environment: str) -> Config:
    """Return the config of the host `app` that a mapping and the environment make."""
    return read_config("app", mapping, environment=environment)


def states(decisions: Mapping[InstalledPlugin, Decision]) -> dict[str, str]:
    """Return each plugin's state, by distribution and name."""
    return {f"{plugin.distribution.name}/{plugin.name}": decision.state for plugin, decision in decisions.items()}


def decide(config: Config, plugins: Sequence[InstalledPlugin], **said: Any) -> dict[InstalledPlugin, Decision]:
    """Return the policy's decision about each plugin."""
    return Policy(config, plugins, **said).decisions


def slips(config: Config, plugins: Sequence[InstalledPlugin]) -> list[str]:
    """Return what is likely a mistake in the names of a config."""
    return list(slips_in(config, PluginNames(plugins)))


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
        configured({"disable": [name]}) if voice == "mapping" else configured({}, APP_PLUGINS_DISABLE=f"other,{name}")
    )
    decision = decide(config, [welcome])[welcome]
    assert (decision.state, decision.reason) == ("disabled", f"disabled by {name!r}")
    assert str(decision.decided_by) == ("config mapping disable" if voice == "mapping" else "APP_PLUGINS_DISABLE")
    assert not decision.runs


def test_in_explicit_mode_only_what_is_enabled_runs(make_plugin: MakePlugin) -> None:
    """What a transitive dependency brought along stays asleep, and the reason says why."""
    named, unnamed = make_plugin("named"), make_plugin("unnamed")
    decisions = decide(configured({"mode": "explicit", "enable": ["named"]}), [named, unnamed])
    assert decisions[named] == Decision("found", "enabled by 'named'", Source("mapping", "enable"))
    assert decisions[unnamed] == Decision(
        "disabled", 'mode "explicit", and nothing enables it', Source("mapping", "mode")
    )


def test_in_required_mode_only_what_is_required_runs(make_plugin: MakePlugin) -> None:
    """Safe mode: whatever `enable` says; and what is denied stays denied."""
    needed, denied, wished = make_plugin("needed"), make_plugin("denied"), make_plugin("wished")
    said = {"enable": ["wished"], "required": ["NEED*", "denied"], "disable": ["denied"]}
    decisions = decide(configured(said, APP_PLUGINS_MODE="required"), [needed, denied, wished])
    assert decisions[needed] == Decision("found", "required by 'NEED*'", Source("mapping", "required"))
    assert decisions[denied].reason == "disabled by 'denied'"
    assert decisions[wished] == Decision(
        "disabled", 'mode "required", and nothing requires it', Source("environment", "APP_PLUGINS_MODE")
    )


@pytest.mark.parametrize(("enable", "running"), [("one", ["one"]), ("", []), ("ONE, other", ["one", "other"])])
def test_mode_and_enable_of_one_source_mean_exactly_these(
    make_plugin: MakePlugin, enable: str, running: list[str]
) -> None:
    """Even none, and whatever a weaker source enables. But what is denied stays denied."""
    plugins = [make_plugin("one"), make_plugin("other"), make_plugin("third")]
    environment = {"APP_PLUGINS_MODE": "explicit", "APP_PLUGINS_ENABLE": enable}
    for weaker in ({"enable": ["third"]}, {"mode": "explicit", "enable": ["third"]}, {"mode": "auto"}):
        decisions = decide(configured(weaker, **environment), plugins)
        assert [plugin.name for plugin, decision in decisions.items() if decision.runs] == running
    denied = decide(configured({"disable": ["one"]}, **environment), plugins)
    assert not denied[plugins[0]].runs


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
    assert slips(config, [theirs]) == [
        (
            "config mapping plugin.mail.distribution: no plugin or distribution called 'blog-mail' is installed."
            " Did you mean 'evil-mail'?"
        )
    ]


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


def test_of_very_many_claimants_each_is_told_of_a_few() -> None:
    """Each reason names them: of thousands that would be a log of gigabytes."""
    names = ["".join(letters) for letters in itertools.product("aA", repeat=11)]
    entry_points = tuple(EntryPoint("app.plugins", name, "module") for name in names)
    distribution = Distribution("many", "1.0", "", (), "/x", entry_points)
    plugins = [InstalledPlugin(entry_point.name, distribution, entry_point) for entry_point in entry_points]
    [reason] = {decision.reason for decision in decide(configured({}), plugins).values()}
    assert "'aaaaaaaaaaa' (module), " in reason
    assert "2038 more" in reason
    assert len(reason) < 500


def test_a_plugin_whose_needed_distribution_does_not_run_is_blocked(make_plugin: MakePlugin) -> None:
    """Also through others, each with a reason that names the next, and with the source of the first decision."""
    base = make_plugin("base", "blog-base")
    middle = make_plugin("middle", requires=["Blog_Base>=1"])
    top = make_plugin("top", requires=["middle", "requests"])
    free = make_plugin("free", requires=["requests"])
    decisions = decide(configured({"disable": ["base"]}), [top, middle, base, free])
    settled = decisions
    source = Source("mapping", "disable")
    assert settled[middle] == Decision(
        "blocked", "requires blog-base, whose plugin 'base' is disabled: disabled by 'base'", source
    )
    assert settled[top].reason.startswith("requires middle, whose plugin 'middle' is blocked: requires blog-base")
    assert settled[top].decided_by == source
    assert settled[free].runs


def test_a_failure_blocks_like_a_denial(make_plugin: MakePlugin) -> None:
    """The manager says so when an import has failed."""
    base, top = make_plugin("base"), make_plugin("top", requires=["base"])
    policy = Policy(Config(), [base, top])
    before = policy.fail(base, Decision("failed", "import: ValueError: no", DEFAULT))
    assert {plugin.name for plugin in before} == {"base", "top"}
    assert policy.decisions[top].reason == "requires base, whose plugin 'base' is failed: import: ValueError: no"
    policy.override([base], True)
    assert policy.decisions[top].runs


def test_a_distribution_of_which_one_plugin_runs_is_there(make_plugin: MakePlugin) -> None:
    """Of several plugins the operator may switch some off; what is needed of them, nobody can know."""
    one, two = make_plugin("one", "pack"), make_plugin("two", "pack")
    top = make_plugin("top", requires=["pack"])
    assert decide(configured({"disable": ["one"]}), [one, two, top])[top].runs
    assert not decide(configured({"disable": ["pack"]}), [one, two, top])[top].runs


def test_a_circle_of_requirements_runs_or_stays_down_together(make_plugin: MakePlugin) -> None:
    """pip installs such circles; they block nobody by themselves."""
    a, b = make_plugin("a", requires=["b"]), make_plugin("b", requires=["a"])
    assert states(decide(Config(), [a, b])) == {"a/a": "found", "b/b": "found"}
    settled = decide(configured({"disable": ["b"]}), [a, b])
    assert states(settled) == {"a/a": "blocked", "b/b": "disabled"}


def test_the_reason_given_in_a_circle_is_that_of_one_outside_of_it(make_plugin: MakePlugin) -> None:
    """It begins with what does not run by itself, whichever plugin was looked at last."""
    plugins = [
        make_plugin("a", "dist-b"),
        make_plugin("a", "dist-a", requires=["dist-b", "dist-c"]),
        make_plugin("b", "dist-c", requires=["dist-a", "dist-b"]),
    ]
    config = configured({"plugin": {"a": {"distribution": "dist-a"}}})
    policy = Policy(config, plugins)
    wanted = "requires dist-b, whose plugin 'a' is disabled: the config gives the name 'a' to the distribution 'dist-a'"

    assert [policy.decisions[plugin].reason for plugin in plugins[1:]] == [wanted, wanted]
    policy.override(plugins[2:], enabled=True)
    assert policy.decisions == Policy(config, plugins, overrides=policy.overrides).decisions
    assert policy.decisions[plugins[2]].reason == wanted


def test_names_that_mean_nothing_installed_are_told_with_the_nearest_one(make_plugin: MakePlugin) -> None:
    """Every place where a name may stand is looked at. In a list a glob may mean nothing; a table is for somebody."""
    config = configured(
        {
            "mode": "explicit",
            "enable": ["welcom-email", "zzz"],
            "disable": ["old-*", "WELCOME.email"],
            "required": ["blog-mial"],
            "plugin": {"welcome_mail": {}, "welcome-email": {"distribution": "blog-mai"}, "legacy-*": {}, "blog-*": {}},
        },
        APP_PLUGINS_DISABLE="welcome-email,nobody",
    )
    unknown = "no plugin or distribution called {} is installed.{}".format
    nowhere = " Take it out, or install what it means."
    assert slips(config, [make_plugin("Welcome_Email", "blog-mail")]) == [
        "config mapping enable: " + unknown("'welcom-email'", " Did you mean 'Welcome_Email'?"),
        "config mapping enable: " + unknown("'zzz'", nowhere),
        "APP_PLUGINS_DISABLE: " + unknown("'nobody'", nowhere),
        "config mapping required: " + unknown("'blog-mial'", " Did you mean 'blog-mail'?"),
        "config mapping plugin.welcome_mail: " + unknown("'welcome_mail'", " Did you mean 'Welcome_Email'?"),
        "config mapping plugin.welcome-email.distribution: " + unknown("'blog-mai'", " Did you mean 'blog-mail'?"),
        "config mapping plugin.legacy-*: no plugin or distribution fits 'legacy-*', so its table does nothing",
    ]


# -- laws ---------------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(["a", "b", "c"])
PATTERNS = st.sampled_from(["a", "B", "c", "dist-a", "DIST_b", "dist-*", "*", "unknown"])
SOURCES = st.builds(Source, st.sampled_from(["argument", "environment", "file"]), st.text(max_size=2))
STATED_PATTERNS = st.builds(Stated, PATTERNS, SOURCES)
DISTRIBUTIONS = st.builds(Stated, st.sampled_from(["dist-a", "dist-b"]), SOURCES)
TABLES = st.fixed_dictionaries({}, optional={"distribution": DISTRIBUTIONS}).map(PluginTable)
CONFIGS = st.fixed_dictionaries(
    {},
    optional={
        "mode": st.builds(Stated, st.sampled_from(["auto", "explicit", "required"]), SOURCES),
        "enable": st.lists(STATED_PATTERNS, max_size=3).map(tuple),
        "disable": st.lists(STATED_PATTERNS, max_size=1).map(tuple),
        "required": st.lists(STATED_PATTERNS, max_size=2).map(tuple),
        "plugin": st.dictionaries(WORDS, TABLES, max_size=2),
    },
).map(Config)


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
    decisions = decide(config, plugins)
    assert list(decisions) == plugins
    assert all(decision.reason for decision in decisions.values())


@given(CONFIGS, installations(), STATED_PATTERNS)
def test_a_further_denial_never_makes_what_it_names_run(
    config: Config, plugins: list[InstalledPlugin], denial: Stated[str]
) -> None:
    """Deny beats allow: what a denial matches does not run, whatever else is said and wherever."""
    stricter = Config({**config.said, "disable": (*config.disable, denial)})
    alone = decide(Config({"disable": (denial,)}), plugins)
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
    silent = Config({**config.said, "mode": Stated("explicit", DEFAULT), "enable": ()})
    assert not any(decision.runs for decision in decide(silent, plugins).values())


@given(CONFIGS, installations())
def test_what_runs_has_all_that_it_requires(config: Config, plugins: list[InstalledPlugin]) -> None:
    """After the requirements are looked at, no running plugin's carrier lacks a carrier that it requires."""
    decisions = decide(config, plugins)
    installed = {plugin.distribution.name for plugin in plugins}
    running = {plugin.distribution.name for plugin, decision in decisions.items() if decision.runs}
    for plugin, decision in decisions.items():
        if decision.runs:
            assert set(plugin.distribution.requirements) & installed <= running


@given(CONFIGS, installations(), st.data())
def test_what_is_said_at_run_time_is_as_if_it_had_been_said_before(
    config: Config, plugins: list[InstalledPlugin], data: st.DataObject
) -> None:
    """Looking at those alone whom a change concerns gives the decisions that looking at all of them gives."""
    policy = Policy(config, plugins)
    blocked: set[str] = set()
    failed: dict[InstalledPlugin, Decision] = {}
    for _ in range(data.draw(st.integers(0, 4))):
        before = dict(policy.decisions)
        step = data.draw(st.sampled_from(["enable", "disable", "block", "unblock", "fail"]))
        if step in ("block", "unblock"):
            name = data.draw(WORDS)
            blocked = blocked | {name} if step == "block" else blocked - {name}
            changed = policy.block(name, step == "block")
        elif not plugins:
            continue
        else:
            plugin = data.draw(st.sampled_from(plugins))
            if step == "fail":
                failed[plugin] = Decision("failed", "import", DEFAULT)
                changed = policy.fail(plugin, failed[plugin])
            else:
                changed = policy.override([plugin], step == "enable")
        assert changed == {plugin: one for plugin, one in before.items() if policy.decisions[plugin] != one}
        anew = Policy(config, plugins, overrides=policy.overrides, blocked=blocked)
        for plugin, decision in failed.items():
            if policy.decisions[plugin].state == "failed":
                anew.fail(plugin, decision)
        assert policy.decisions == anew.decisions


@given(CONFIGS, installations(), st.randoms())
def test_the_order_of_installation_decides_nothing(
    config: Config, plugins: list[InstalledPlugin], random: object
) -> None:
    """Two machines with the same packages run the same plugins."""
    shuffled = sorted(plugins, key=lambda _: random.random())  # type: ignore[attr-defined]
    first, second = decide(config, plugins), decide(config, shuffled)
    assert {plugin: one.state for plugin, one in first.items()} == {plugin: one.state for plugin, one in second.items()}


def test_a_plugin_is_looked_up_without_a_look_at_all_of_its_distribution() -> None:
    """Of 6,000 entry points each would look at all the others: here at one that allows no look."""

    class NotLookedAt:
        __hash__ = None  # type: ignore[assignment]

    entry_points: Any = (NotLookedAt(),)
    distribution = Distribution("shop-mail", "1", "", (), "shop_mail-1.dist-info", entry_points)
    plugin = InstalledPlugin("mail", distribution, None, entry_points)
    assert {plugin: "found"}[plugin] == "found"
