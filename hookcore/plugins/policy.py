"""Which plugins may run? The config held against what is installed; every answer carries its reason and its source.

The rules, the first that speaks decides:

1. `enable()` and `disable()` of the running manager;
2. a denial: `disable` (whatever allows it elsewhere);
3. the mode. `required`: only what `required` names; `explicit`: only what `enable` names; `auto`: everything.

Of the plugins that may run so far, those are blocked that the lock refuses, if the start is locked (`lock.py`): even
`enable()` runs nothing that was not approved. Of the others, two that claim one name are both blocked, unless the
config chooses one. Names that the host blocks (`set_blocked()`) do not run, plugins that have failed are not tried
again by themselves, and a plugin whose distribution requires another one's, of which no plugin runs, is blocked too.
Which plugins a name means is said in `naming.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias, TypeVar

from hookcore.names import canonical_name
from hookcore.plugins.config.keys import Config, PluginTable
from hookcore.plugins.config.sources import DEFAULT, Source, Stated
from hookcore.plugins.installed import InstalledPlugin
from hookcore.plugins.naming import PluginNames
from hookcore.plugins.requirements import Requirements

Key = TypeVar("Key")
Value = TypeVar("Value")
State = Literal["found", "disabled", "blocked", "failed"]

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


class Policy:
    """The decision about each installed plugin, and what of it changes when something is said at run time.

    `refusal` is asked about each plugin that may run so far, and returns a decision against it or None: a locked
    start's. `blocked` are the names that `set_blocked()` was given, and `overrides` what `enable()` (True) and
    `disable()` (False) said. `decisions` holds a decision for each plugin, in their order.
    """

    def __init__(
        self,
        config: Config,
        installed: Sequence[InstalledPlugin],
        *,
        overrides: Overrides | None = None,
        blocked: Iterable[str] = (),
        refusal: Callable[[InstalledPlugin], Decision | None] | None = None,
    ) -> None:
        self.config = config
        self.names = PluginNames(installed)
        self.requirements = Requirements(installed)
        self.overrides = dict(overrides or {})
        self.decisions: dict[InstalledPlugin, Decision] = {}
        self._refusal = refusal
        self._denied = self._first_that_means(config.disable)
        self._enabled = self._first_that_means(config.enable)
        self._required = self._first_that_means(config.required)
        self._tables = self._tables_of_plugins()
        self._blocked_names = frozenset(blocked)
        self._blocked = self._blocked_by(self._blocked_names)
        self._failed: dict[InstalledPlugin, Decision] = {}
        self._before: list[tuple[InstalledPlugin, bool | None, Decision | None]] = []
        self._by_distribution: dict[str, list[InstalledPlugin]] = {}
        for plugin in installed:
            self._by_distribution.setdefault(plugin.distribution.canonical_name, []).append(plugin)
        self._alone: dict[InstalledPlugin, Decision] = dict.fromkeys(installed, _UNDECIDED)  # requirements left away
        self.decisions = dict(self._alone)
        self._decide_anew(installed)

    def table(self, plugin: InstalledPlugin) -> PluginTable:
        """Return what the tables `[plugin.NAME]` say of a plugin: its own name's first, globs' last."""
        return self._tables.get(plugin, _NO_TABLE)

    # -- what is said at run time: each returns the decisions before of those that are others now -----------------

    def override(self, plugins: Collection[InstalledPlugin], enabled: bool) -> dict[InstalledPlugin, Decision]:
        """Let plugins run or not, whatever the config says. Those that have failed may be tried again."""
        self._before = [(one, self.overrides.get(one.names), self._failed.get(one)) for one in plugins]
        for plugin in plugins:
            self.overrides[plugin.names] = enabled
            if enabled:
                self._failed.pop(plugin, None)
        return self._decide_anew(plugins)

    def take_back(self) -> None:
        """Undo the last `override`."""
        for plugin, enabled, failed in self._before:
            _put(self.overrides, plugin.names, enabled)
            _put(self._failed, plugin, failed)
        self._decide_anew([plugin for plugin, _, _ in self._before])

    def block(self, name: str, is_blocked: bool) -> dict[InstalledPlugin, Decision]:
        """Let the plugins that a name means not run, or as they may."""
        self._blocked_names = self._blocked_names | {name} if is_blocked else self._blocked_names - {name}
        before, self._blocked = self._blocked, self._blocked_by(self._blocked_names)
        return self._decide_anew(before ^ self._blocked)

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
        names = dict.fromkeys(plugin.canonical_name for plugin in plugins)
        affected: dict[str, None] = {}
        for name in names:
            claimants = self.names.claimants(name)
            self._alone.update(self._decided_alone(claimants))
            affected.update(dict.fromkeys(plugin.distribution.canonical_name for plugin in claimants))
        waiting = list(affected)
        while waiting:
            for dependent in self.requirements.dependents.get(waiting.pop(), ()):
                if dependent not in affected:
                    affected[dependent] = None
                    waiting.append(dependent)
        before = {plugin: self.decisions[plugin] for name in affected for plugin in self._by_distribution[name]}
        self._settle(before)
        return {plugin: one for plugin, one in before.items() if self.decisions[plugin] != one}

    def _settle(self, plugins: Collection[InstalledPlugin]) -> None:
        """Decide about plugins by what they need. Those that need each other run, or do not, together."""
        self.decisions.update((plugin, self._alone[plugin]) for plugin in plugins)
        waiting = [plugin for plugin in plugins if self.decisions[plugin].runs and self._needs_of(plugin)]
        changed = True
        while changed:
            changed = False
            for plugin in waiting:
                obstacle = self._obstacle_of(plugin) if self.decisions[plugin].runs else None
                if obstacle is not None:
                    self.decisions[plugin] = obstacle
                    changed = True

    def _needs_of(self, plugin: InstalledPlugin) -> frozenset[str]:
        return self.requirements.needs[plugin.distribution.canonical_name]

    def _obstacle_of(self, plugin: InstalledPlugin) -> Decision | None:
        """Return a decision against a plugin that needs a distribution of which no plugin runs, or None."""
        for name in sorted(self._needs_of(plugin)):
            carried = self._by_distribution[name]
            if not any(self.decisions[one].runs for one in carried):
                culprit, decision = carried[0], self.decisions[carried[0]]
                needed = self.requirements.carriers[name].name
                reason = f"requires {needed}, whose plugin {culprit.name!r} is {decision.state}: {decision.reason}"
                return Decision("blocked", reason, decision.decided_by)
        return None

    def _decided_alone(self, claimants: Sequence[InstalledPlugin]) -> dict[InstalledPlugin, Decision]:
        """Return the decisions about all that claim one name, whatever they need."""
        decisions = {plugin: self._permission(plugin) for plugin in claimants}
        for plugin, decision in decisions.items():
            if decision.runs:
                decisions[plugin] = self._refused(plugin) or decision
        running = [plugin for plugin, decision in decisions.items() if decision.runs]
        if running:
            decisions.update(self._settled_claim(running))
        for plugin, decision in decisions.items():
            if decision.runs and plugin in self._blocked:
                decisions[plugin] = Decision(
                    "disabled", "the host blocks its name", Source("argument", "set_blocked()")
                )
            elif plugin in self._failed:
                failed = self._failed.pop(plugin)
                if decision.runs:
                    self._failed[plugin] = decisions[plugin] = failed
        return decisions

    def _refused(self, plugin: InstalledPlugin) -> Decision | None:
        problem = self.requirements.problems.get(plugin.distribution.canonical_name)
        if problem is not None:
            return Decision("blocked", problem, DEFAULT)
        return self._refusal(plugin) if self._refusal is not None else None

    def _permission(self, plugin: InstalledPlugin) -> Decision:
        enabled = self.overrides.get(plugin.names)
        if enabled is not None:
            state: State = "found" if enabled else "disabled"
            call = "enable()" if enabled else "disable()"
            return Decision(state, f"{call[:-2]}d while running", Source("argument", call))
        denied = self._denied.get(plugin)
        if denied is not None:
            return Decision("disabled", f"disabled by {denied.value!r}", denied.source)
        mode, by_whom = self.config.mode
        if mode == "required":
            required = self._required.get(plugin)
            if required is None:
                return Decision("disabled", 'mode "required", and nothing requires it', by_whom)
            return Decision("found", f"required by {required.value!r}", required.source)
        allowed = self._enabled.get(plugin)
        if allowed is not None:
            return Decision("found", f"enabled by {allowed.value!r}", allowed.source)
        if mode == "explicit":
            return Decision("disabled", 'mode "explicit", and nothing enables it', by_whom)
        return Decision("found", f'mode "{mode}"', by_whom)

    def _settled_claim(self, claimants: Sequence[InstalledPlugin]) -> dict[InstalledPlugin, Decision]:
        """Return decisions against those of the plugins claiming one name that must not run: at most one may."""
        chosen = self.config.plugin.get(claimants[0].canonical_name, _NO_TABLE).distribution
        rejected: dict[InstalledPlugin, Decision] = {}
        if chosen is not None:
            reason = f"the config gives the name {claimants[0].name!r} to the distribution {chosen.value!r}"
            wanted = canonical_name(chosen.value)
            others = (plugin for plugin in claimants if plugin.distribution.canonical_name != wanted)
            rejected = {plugin: Decision("disabled", reason, chosen.source) for plugin in others}
        remaining = [plugin for plugin in claimants if plugin not in rejected]
        if len(remaining) > 1:
            rejected.update(dict.fromkeys(remaining, Decision("blocked", _clash(remaining), DEFAULT)))
        return rejected

    # -- the config, by plugin ------------------------------------------------------------------------------------

    def _first_that_means(self, names: Sequence[Stated[str]]) -> dict[InstalledPlugin, Stated[str]]:
        return {plugin: stated for stated in reversed(names) for plugin in self.names.meant_by(stated.value)}

    def _blocked_by(self, names: Iterable[str]) -> set[InstalledPlugin]:
        return {plugin for name in names for plugin in self.names.meant_by(name, literally=True)}  # as pluggy has it

    def _tables_of_plugins(self) -> dict[InstalledPlugin, PluginTable]:
        found: dict[InstalledPlugin, list[tuple[int, PluginTable]]] = {}
        for name, table in self.config.plugin.items():
            for plugin in self.names.meant_by(name):
                distance = plugin.names.index(name) if name in plugin.names else len(plugin.names)
                found.setdefault(plugin, []).append((distance, table))
        return {
            plugin: PluginTable.merged([table for _, table in sorted(tables, key=lambda pair: pair[0])])
            for plugin, tables in found.items()
        }


_UNDECIDED = Decision("disabled", "", DEFAULT)
_NO_TABLE = PluginTable()


def _put(table: dict[Key, Value], key: Key, value: Value | None) -> None:
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value


def _clash(claimants: Sequence[InstalledPlugin]) -> str:
    name = claimants[0].name
    distributions = list(dict.fromkeys(plugin.distribution for plugin in claimants))
    if len(distributions) == 1:
        entry_points = [plugin.entry_point for plugin in claimants if plugin.entry_point is not None]
        spellings = ", ".join(f"{one.name!r} ({one.value})" for one in entry_points)
        return f"{distributions[0]} claims one name for several plugins: {spellings}. Only its author can mend that"
    choices = " or ".join(f'distribution = "{distribution.name}"' for distribution in distributions)
    claims = " and ".join(str(distribution) for distribution in distributions)
    return f"{claims} both claim the name {name!r}. To choose one, write under [plugin.{name}] {choices}"
