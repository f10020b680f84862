"""Which plugins may run? The config held against what is installed; every answer carries its reason and its source.

The rules, the first that speaks decides:

1. `enable()` and `disable()` of the running manager;
2. a denial: `disable` (whatever allows it elsewhere);
3. whatever the host has registered by hand runs;
4. the mode. `required`: only what `required` names; `explicit`: only what `enable` names; `auto`: everything.

Of the plugins that may run so far, those are blocked that the lock refuses, if the start is locked (`lock/`): even
`enable()` runs nothing that was not approved. Of the others, two that claim one name are both blocked, unless the
config chooses one. Names that the host blocks (`set_blocked()`) do not run, plugins that have failed are not tried
again by themselves, and a plugin whose distribution requires another one's, of which no plugin runs, is blocked too.
Which plugins a name means, `PluginNames` says; which names in a config are likely mistakes, `slips_in`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from hookcore.errors import UnknownPluginError
from hookcore.logs import log_warning
from hookcore.names import canonical_name, is_pattern, meant, printable
from hookcore.plugins.config.keys import Config, PluginTable, Table
from hookcore.plugins.config.sources import DEFAULT, Source, Stated
from hookcore.plugins.installed import InstalledPlugin
from hookcore.suggestions import nearest, suggestion

State = Literal["found", "disabled", "blocked", "failed"]
Stop = Literal["decision", "lock", "requirements"]

Overrides: TypeAlias = Mapping[tuple[str, str], bool]
"""What was said of plugins at run time, by `InstalledPlugin.names`: those tell two that claim one name apart, and stay
the same when another version is installed meanwhile."""


class Decision(NamedTuple):
    """What becomes of a plugin, in words for the operator, and the source that made it so."""

    state: State
    reason: str
    decided_by: Source

    @property
    def runs(self) -> bool:
        """Whether the plugin is to be imported."""
        return self.state == "found"


class PluginNames:
    """All names by which somebody may mean one of the plugins that are installed: in the config, or in a call.

    A name means the plugin that bears it. Only where no plugin does, it means those of the distribution of that name.
    And only where that is not found either, it is a glob, if it looks like one: it means all that the names mean that
    it fits. Names compare in canonical form.
    """

    def __init__(self, installed: Iterable[InstalledPlugin]) -> None:
        self.canonical = {plugin: plugin.names for plugin in installed}  # each plugin's name and its distribution's
        self._plugins: dict[str, list[InstalledPlugin]] = {}
        self._distributions: dict[str, list[InstalledPlugin]] = {}
        for plugin, (name, distribution) in self.canonical.items():
            self._plugins.setdefault(name, []).append(plugin)
            self._distributions.setdefault(distribution, []).append(plugin)

    def claimants(self, plugin: InstalledPlugin) -> list[InstalledPlugin]:
        """Return the plugins that bear the name of one: more than itself if they contend for it."""
        return self._plugins[self.canonical[plugin][0]]

    def brought_by(self, distribution: str) -> list[InstalledPlugin]:
        """Return the plugins of a distribution, by its canonical name."""
        return self._distributions[distribution]

    def meant_by(self, name: str, *, literally: bool = False) -> list[InstalledPlugin]:
        """Return the plugins that a name or glob means, as somebody wrote it; none if it means nothing.

        `literally`: it is no glob, whatever it looks like.
        """
        found = self._plugins.get(name) or self._bearers_of(canonical_name(name))
        if found or literally or not is_pattern(name):
            return found
        fitting = meant(canonical_name(name), {**self._plugins, **self._distributions})
        return list(dict.fromkeys(plugin for one in fitting for plugin in self._bearers_of(one)))

    def named(self, name: str, project: str) -> list[InstalledPlugin]:
        """Return the plugins that a name means; tell if it is ambiguous. Raises UnknownPluginError if it means none."""
        found = self.meant_by(name)
        if not found:
            hint = self.nearest(name) or " `hookcore list` or report() shows what is."
            if "." in name and not self.nearest(name):
                hint += " Single receivers are switched in the config: edit_config(), or `disable` under [plugin.NAME]."
            raise UnknownPluginError(
                f"no plugin or distribution called {name!r} is installed for {project!r}.{hint}", plugin=name
            )
        ambiguity = self.ambiguity(name)
        if ambiguity:
            log_warning(ambiguity)
        return found

    def _bearers_of(self, canonical: str) -> list[InstalledPlugin]:
        return self._plugins.get(canonical) or self._distributions.get(canonical, [])

    def nearest(self, name: str) -> str:
        """Return `Did you mean …?` with the name that comes nearest to one that means nothing, if any does."""
        spellings: dict[str, str] = {}
        for plugin in (plugin for plugins in self._plugins.values() for plugin in plugins):
            spellings[plugin.canonical_name] = plugin.name
            spellings.setdefault(plugin.distribution.canonical_name, plugin.distribution.name)
        match = nearest(canonical_name(name), spellings)
        return "" if match is None else suggestion(name, spellings[match])

    def ambiguity(self, name: str) -> str:
        """Return a sentence if a name that a plugin bears is also that of a distribution with other plugins."""
        wanted = canonical_name(name)
        found = self._plugins.get(wanted, [])
        others = [plugin for plugin in self._distributions.get(wanted, ()) if plugin not in found] if found else []
        if not others:
            return ""
        return (
            f"{name!r} means the {found[0]}, and not {' and '.join(map(str, others))}. "
            f"If you mean {others[0].name!r}, too, name it"
        )


class Policy:
    """The decision about each installed plugin, and what of it changes when something is said at run time.

    `refusal` is asked about each plugin that may run so far, and returns a decision against it or None: a locked
    start's. `host` is what the host is called, whose versions plugins may require. `blocked` are the names that
    `set_blocked()` was given, and `overrides` what `enable()` (True) and `disable()` (False) said. `decisions` holds a
    decision for each plugin, in their order.
    """

    def __init__(
        self,
        config: Config,
        installed: Sequence[InstalledPlugin],
        *,
        overrides: Overrides | None = None,
        blocked: Iterable[str] = (),
        refusal: Callable[[InstalledPlugin], Decision | None] | None = None,
        host: str = "",
    ) -> None:
        self.config = config
        self.names = PluginNames(installed)
        self.overrides = dict(overrides or {})
        self._refusal = refusal
        self._denied = self._first_that_means(config.disable)
        self._enabled = self._first_that_means(config.enable)
        self._required = self._first_that_means(config.required)
        self._mode = config.mode
        self._tables = self._tables_of_plugins()
        self._blocked: dict[InstalledPlugin, frozenset[str]] = {}  # the names that block each
        for name in blocked:
            self._note_blocked(name, True)
        self._failed: dict[InstalledPlugin, Decision] = {}
        self._needs: Mapping[str, frozenset[str]] = {}
        self._dependents: dict[str, list[str]] = {}
        self._host = host
        self._unusable: Mapping[
            str, str
        ] = {}  # a sentence for each distribution of whose requirements one can't be met
        if any(plugin.distribution.requirements for plugin in installed):
            self._read_requirements(installed)
        self._distances: dict[InstalledPlugin, int] = {}  # over how many requirements each is blocked
        self._alone: dict[InstalledPlugin, Decision] = {}  # requirements left away, where anybody has some
        self.decisions: dict[InstalledPlugin, Decision] = dict.fromkeys(installed, _UNDECIDED)
        self._decide_anew(installed)

    def table(self, plugin: InstalledPlugin) -> PluginTable:
        """Return what the tables `[plugin.NAME]` say of a plugin: its own name's first, globs' last."""
        return self._tables.get(plugin, _NO_TABLE)

    def rival(self, plugin: InstalledPlugin) -> InstalledPlugin | None:
        """Return another plugin that claims the same name and may run, or None; also if the config chooses one."""
        claimants = self.names.claimants(plugin)
        if len(claimants) == 1 or self._chosen(plugin) is not None:
            return None
        return next((one for one in claimants if one != plugin and self.decisions[one].runs), None)

    def stopped_at(self, plugin: InstalledPlugin) -> Stop | None:
        """Return what keeps a plugin from being imported, or None: then nothing does, or it was and has failed."""
        if self.decisions[plugin].runs or self.decisions[plugin].state == "failed":
            return None
        if not self.permission(plugin).runs:
            return "decision"
        if plugin in self._distances or self.names.canonical[plugin][1] in self._unusable:
            return "requirements"
        return "decision" if self._refusal is None or self._refusal(plugin) is None else "lock"

    def needed_by(self, plugin: InstalledPlugin) -> list[str]:
        """Return the names of the distributions that a plugin needs, whose plugins are installed."""
        needed = self._needs.get(self.names.canonical[plugin][1], frozenset())
        return sorted(self.names.brought_by(name)[0].distribution.name for name in needed)

    def in_load_order(self, plugins: Iterable[InstalledPlugin]) -> list[InstalledPlugin]:
        """Return plugins in the order in which they load: those first whose distributions others require."""
        if not self._needs:
            return sorted(plugins, key=self.names.canonical.__getitem__)
        from hookcore.plugins.requirements import load_order

        return load_order(plugins, self._needs)

    # -- what is said at run time: each returns the decisions before of those that are others now -----------------

    def override(self, plugins: Collection[InstalledPlugin], enabled: bool) -> dict[InstalledPlugin, Decision]:
        """Let plugins run or not, whatever the config says. Those that have failed may be tried again."""
        for plugin in plugins:
            self.overrides[self.names.canonical[plugin]] = enabled
            if enabled:
                self._failed.pop(plugin, None)
        return self._decide_anew(plugins)

    def block(self, name: str, is_blocked: bool) -> dict[InstalledPlugin, Decision]:
        """Let the plugins that a name means not run, or as they may."""
        return self._decide_anew(self._note_blocked(name, is_blocked))

    def _note_blocked(self, name: str, is_blocked: bool) -> list[InstalledPlugin]:
        plugins = self.names.meant_by(name, literally=True)  # as pluggy has it
        for plugin in plugins:
            names = self._blocked.get(plugin, frozenset())
            self._blocked[plugin] = names | {name} if is_blocked else names - {name}
        return plugins

    def fail(self, plugin: InstalledPlugin, decision: Decision) -> dict[InstalledPlugin, Decision]:
        """Note that a plugin has failed. It is not tried again before somebody says so."""
        self._failed[plugin] = decision
        return self._decide_anew([plugin])

    def decide_again(self) -> None:
        """Decide about all, after a change was interrupted."""
        self._decide_anew(self.decisions)

    # -- deciding -------------------------------------------------------------------------------------------------

    def _decide_anew(self, plugins: Iterable[InstalledPlugin]) -> dict[InstalledPlugin, Decision]:
        """Decide about plugins, those that claim their names, and those that need any of them.

        Return the decision before of each that has another one now.
        """
        decided: dict[InstalledPlugin, Decision] = {}
        for plugin in plugins:
            if plugin not in decided:
                decided.update(self._decided_alone(self.names.claimants(plugin)))
        affected = self._with_dependents(decided) if self._needs else decided
        before = {plugin: self.decisions[plugin] for plugin in affected}
        self.decisions.update(decided)
        if self._needs:
            self._alone.update(decided)
            self._settle(before)
        return {plugin: one for plugin, one in before.items() if self.decisions[plugin] != one}

    def _with_dependents(self, plugins: Iterable[InstalledPlugin]) -> dict[InstalledPlugin, None]:
        from hookcore.plugins.requirements import reachable

        affected = dict.fromkeys(plugins)
        distributions = [self.names.canonical[plugin][1] for plugin in affected]
        direct = [name for distribution in distributions for name in self._dependents.get(distribution, ())]
        for name in reachable(direct, self._dependents):
            affected.update(dict.fromkeys(self.names.brought_by(name)))
        return affected

    def _settle(self, plugins: Collection[InstalledPlugin]) -> None:
        """Decide about plugins by what they need. Those that need each other run, or do not, together.

        Who needs what does not run by itself is blocked first, then who needs those: so the reason that each is given
        begins with one that needs nobody, in whatever order plugins are looked at.
        """
        self.decisions.update((plugin, self._alone[plugin]) for plugin in plugins)
        for plugin in plugins:
            self._distances.pop(plugin, None)
        waiting = [plugin for plugin in plugins if self.names.canonical[plugin][1] in self._needs]
        while lacking := self._lacking(waiting):
            nearest_one = min(distance for distance, _ in lacking.values())
            for plugin, (distance, needed) in lacking.items():
                if distance == nearest_one:
                    self.decisions[plugin] = self._blocked_for_want_of(needed)
                    self._distances[plugin] = distance + 1

    def _lacking(self, plugins: Iterable[InstalledPlugin]) -> dict[InstalledPlugin, tuple[int, str]]:
        """Return those that may run so far and need a distribution of which no plugin runs.

        Of several it is the nearest to one that does not run by itself, with its distance from that.
        """
        lacking: dict[InstalledPlugin, tuple[int, str]] = {}
        for plugin in plugins:
            if self.decisions[plugin].runs:
                for name in self._needs[self.names.canonical[plugin][1]]:
                    carried = self.names.brought_by(name)
                    if not any(self.decisions[one].runs for one in carried):
                        found = max(self._distances.get(one, 0) for one in carried), name
                        lacking[plugin] = min(lacking.get(plugin, found), found)
        return lacking

    def _blocked_for_want_of(self, distribution: str) -> Decision:
        """Return the decision against a plugin that needs a distribution, by its canonical name."""
        culprit = self.names.brought_by(distribution)[0]
        decision, needed = self.decisions[culprit], culprit.distribution.name
        reason = f"requires {needed}, whose plugin {culprit.name!r} is {decision.state}: {decision.reason}"
        return Decision("blocked", reason, decision.decided_by)

    def _decided_alone(self, claimants: Sequence[InstalledPlugin]) -> dict[InstalledPlugin, Decision]:
        """Return the decisions about all that claim one name, whatever they need."""
        decisions: dict[InstalledPlugin, Decision] = {}
        for plugin in claimants:
            decision = self.permission(plugin)
            decisions[plugin] = (self._refused(plugin) or decision) if decision.runs else decision
        running = [plugin for plugin, decision in decisions.items() if decision.runs]
        if running and (len(running) > 1 or self._tables):
            decisions.update(self._settled_claim(running))
        for plugin, decision in decisions.items() if self._blocked or self._failed else ():
            if decision.runs and self._blocked.get(plugin):
                decisions[plugin] = Decision(
                    "disabled", "the host blocks its name", Source("argument", "set_blocked()")
                )
            elif plugin in self._failed:
                failed = self._failed.pop(plugin)
                if decision.runs:
                    self._failed[plugin] = decisions[plugin] = failed
        return decisions

    def _refused(self, plugin: InstalledPlugin) -> Decision | None:
        problem = self._unusable.get(self.names.canonical[plugin][1])
        if problem is not None:
            return Decision("blocked", problem, DEFAULT)
        return self._refusal(plugin) if self._refusal is not None else None

    def permission(self, plugin: InstalledPlugin) -> Decision:
        """Return what is said of a plugin alone: whatever else is installed, approved or needed."""
        enabled = self.overrides.get(self.names.canonical[plugin])
        if enabled is not None:
            return _ENABLED if enabled else _DISABLED
        denied = self._denied.get(plugin)
        if denied is not None:
            return Decision("disabled", f"disabled by {denied.value!r}", denied.source)
        if plugin.is_registered_by_hand:
            return Decision("found", "the host has registered it", Source("argument", "register()"))
        mode, by_whom = self._mode
        named = (self._required if mode == "required" else self._enabled).get(plugin)
        verb = "require" if mode == "required" else "enable"
        if named is not None:
            return Decision("found", f"{verb}d by {named.value!r}", named.source)
        if mode == "auto":
            return Decision("found", 'mode "auto"', by_whom)
        return Decision("disabled", f'mode "{mode}", and nothing {verb}s it', by_whom)

    def _chosen(self, plugin: InstalledPlugin) -> Stated[str] | None:
        """Return the distribution to which the config gives the name of a plugin, or None."""
        table = self.config.plugin.get(self.names.canonical[plugin][0])
        return None if table is None else table.distribution

    def _settled_claim(self, claimants: Sequence[InstalledPlugin]) -> dict[InstalledPlugin, Decision]:
        """Return decisions against those of the plugins claiming one name that must not run: at most one may."""
        chosen = self._chosen(claimants[0])
        rejected: dict[InstalledPlugin, Decision] = {}
        if chosen is not None:
            reason = f"the config gives the name {claimants[0].name!r} to the distribution {chosen.value!r}"
            wanted = canonical_name(chosen.value)
            others = (plugin for plugin in claimants if self.names.canonical[plugin][1] != wanted)
            rejected = {plugin: Decision("disabled", reason, chosen.source) for plugin in others}
        remaining = [plugin for plugin in claimants if plugin not in rejected]
        if len(remaining) > 1:
            rejected.update(dict.fromkeys(remaining, Decision("blocked", clash(remaining), DEFAULT)))
        return rejected

    def _read_requirements(self, installed: Sequence[InstalledPlugin]) -> None:
        from hookcore.plugins.requirements import needs_of  # where nobody requires anything, nobody reads it

        self._needs, self._unusable = needs_of(installed, self._host)
        for name, needed in self._needs.items():
            for one in needed:
                self._dependents.setdefault(one, []).append(name)

    # -- the config, by plugin ------------------------------------------------------------------------------------

    def _first_that_means(self, names: Sequence[Stated[str]]) -> dict[InstalledPlugin, Stated[str]]:
        return {plugin: stated for stated in reversed(names) for plugin in self.names.meant_by(stated.value)}

    def _tables_of_plugins(self) -> dict[InstalledPlugin, PluginTable]:
        found: dict[InstalledPlugin, list[tuple[int, PluginTable]]] = {}
        for name, table in self.config.plugin.items():
            for plugin in self.names.meant_by(name):
                own_names = self.names.canonical[plugin]
                distance = own_names.index(name) if name in own_names else len(own_names)
                found.setdefault(plugin, []).append((distance, table))
        return {
            plugin: PluginTable.merged([table for _, table in sorted(tables, key=lambda pair: pair[0])])
            for plugin, tables in found.items()
        }


_UNDECIDED = Decision("disabled", "", DEFAULT)
_ENABLED = Decision("found", "enabled while running", Source("argument", "enable()"))
_DISABLED = Decision("disabled", "disabled while running", Source("argument", "disable()"))
_NO_TABLE = PluginTable()
_SHOWN = 10  # of the claimants of one name


def clash(claimants: Sequence[InstalledPlugin]) -> str:
    """Say why not all of several plugins of one name may run, and what to write to choose one."""
    name = claimants[0].name
    distributions = list(dict.fromkeys(plugin.distribution for plugin in claimants))
    if len(distributions) == 1:
        entry_points = [plugin.entry_point for plugin in claimants if plugin.entry_point is not None]
        spellings = _joined(", ", [f"{one.name!r} ({one.value})" for one in entry_points])
        return f"{distributions[0]} claims one name for several plugins: {spellings}. Only its author can mend that"
    if len({distribution.canonical_name for distribution in distributions}) == 1:
        places = _joined(" and ", [f"{one} in {printable(one.origin)}" for one in distributions])
        return f"{places} both claim the name {name!r}. Remove the one that is not meant"
    choices = _joined(" or ", [f'distribution = "{distribution.name}"' for distribution in distributions])
    claims = _joined(" and ", list(map(str, distributions)))
    return f"{claims} both claim the name {name!r}. To choose one, write under [plugin.{name}] {choices}"


def _joined(separator: str, texts: Sequence[str]) -> str:
    """Join a few texts. Each of many claimants is told of all: of more it is said how many."""
    more = len(texts) - _SHOWN
    return separator.join([*texts[:_SHOWN], f"{more} more"] if more > 0 else texts)


def slips_in(config: Config, names: PluginNames) -> Iterator[str]:
    """Yield a sentence for each name in a config that is likely a mistake: it means nothing, or more than one thing.

    In a list a glob may mean nothing: it may be there for plugins that come and go.
    """
    for stated in _names_in(config):
        if names.meant_by(stated.value):
            doubt = names.ambiguity(stated.value)
        elif is_pattern(stated.value):
            doubt = ""
        else:
            hint = names.nearest(stated.value) or " Take it out, or install what it means."
            if stated.source.kind == "environment" and any(separator in stated.value for separator in "; "):
                hint = " Names have commas between them."
            doubt = f"no plugin or distribution called {stated.value!r} is installed.{hint}"
        if doubt:
            yield f"{stated.source}: {doubt}"
    if config.enable and config.mode == Config.mode.default:
        yield (
            f'{config.enable[0].source}: enable changes nothing in mode "auto", in which every plugin may run; '
            'nobody says mode = "explicit"'
        )
    tables: list[Table] = [config, *config.plugin.values()]
    if not any("break_after" in table.said for table in tables):
        for stated in (table.said["cool_down"] for table in tables if "cool_down" in table.said):
            yield f"{stated.source}: cool_down changes nothing, since nobody says break_after = NUMBER of failures"
    for table in config.plugin.values():
        for stated in table.names:
            if is_pattern(stated.value) and not names.meant_by(stated.value):
                yield f"{stated.source}: no plugin or distribution fits {stated.value!r}, so its table does nothing"


def _names_in(config: Config) -> Iterator[Stated[str]]:
    yield from config.enable
    yield from config.disable
    yield from config.required
    for table in config.plugin.values():
        yield from table.names
        if table.distribution is not None:
            yield table.distribution
