"""May this plugin run? A pure function of the config and what is installed; every answer carries its reason.

The rules, the first that speaks decides:

1. `enable()` and `disable()` of the running manager;
2. a denial: `disable`, `[plugin.NAME] enabled = false`, `<PROJECT>_DISABLED_PLUGINS` (whatever allows it elsewhere);
3. `<PROJECT>_LOAD_PLUGINS`: exactly the plugins that it names;
4. `mode = "explicit"`: only what `enable` or `[plugin.NAME] enabled = true` names;
5. `mode = "auto"`: everything else.

Of the plugins that may run so far, those are blocked that the lock refuses, if the start is locked (`lock.py`): even
`enable()` runs nothing that was not approved. Of the others, two that claim one name are both blocked, unless the
config chooses one. And a plugin whose distribution requires another one's, of which no plugin runs, is blocked too. A
plugin is meant by its own name or by its distribution's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from hookcore.names import canonical_name, is_pattern, matches
from hookcore.plugins.config.records import DEFAULT, Config, Said, Source
from hookcore.plugins.discovery import InstalledPlugin
from hookcore.plugins.requirements import needed_distributions
from hookcore.suggestions import nearest

State = Literal["found", "disabled", "blocked", "failed"]
Decisions = Mapping[InstalledPlugin, "Decision"]

Overrides: TypeAlias = Mapping[tuple[str, str], bool]
"""What was said of plugins at run time, by `InstalledPlugin.names`: those tell two that claim one name apart, and stay
the same when another version is installed meanwhile."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a plugin, in words for the operator, and the source that made it so."""

    state: State
    reason: str
    decided_by: Source

    @property
    def runs(self) -> bool:
        """Whether the plugin is to be imported."""
        return self.state == "found"


@dataclass(frozen=True, slots=True)
class UnmatchedName:
    """A name in the config that means nothing that is installed, and the nearest one that does."""

    name: str
    source: Source
    suggestion: str | None

    def __str__(self) -> str:
        hint = f" Did you mean {self.suggestion!r}?" if self.suggestion is not None else ""
        return f"{self.source}: no plugin or distribution called {self.name!r} is installed.{hint}"


def decide(
    config: Config,
    installed: Sequence[InstalledPlugin],
    *,
    overrides: Overrides = MappingProxyType({}),
    refusal: Callable[[InstalledPlugin], Decision | None] | None = None,
) -> dict[InstalledPlugin, Decision]:
    """Return the decision for each installed plugin, in their order. Requirements are not looked at here.

    `overrides` holds what `enable()` (True) and `disable()` (False) said. `refusal` is asked about each plugin that may
    run so far, and returns a decision against it or None: a locked start's.
    """
    decisions = {plugin: _permission(config, plugin, overrides) for plugin in installed}
    if refusal is not None:
        permitted = [plugin for plugin, decision in decisions.items() if decision.runs]
        decisions.update({plugin: decision for plugin in permitted if (decision := refusal(plugin)) is not None})
    for claimants in _claims(decisions):
        decisions.update(_settle(config, claimants))
    return decisions


def blocked_by_requirements(decisions: Decisions) -> dict[InstalledPlugin, Decision]:
    """Return `decisions`, with those plugins blocked whose distribution requires one of which no plugin runs.

    A blocked plugin blocks those that need it in turn. Call it again when a plugin has failed: with its decision
    replaced by one whose state is "failed".
    """
    settled = dict(decisions)
    carriers = {plugin.distribution.canonical_name: plugin.distribution for plugin in settled}
    needs = {name: needed_distributions(distribution, carriers) for name, distribution in carriers.items()}
    changed = True
    while changed:
        changed = False
        running = {plugin.distribution.canonical_name for plugin, decision in settled.items() if decision.runs}
        for plugin, decision in settled.items():
            missing = sorted(needs[plugin.distribution.canonical_name] - running)
            if decision.runs and missing:
                settled[plugin] = _blocked_by(carriers[missing[0]].name, missing[0], settled)
                changed = True
    return settled


def unmatched_names(config: Config, installed: Sequence[InstalledPlugin]) -> tuple[UnmatchedName, ...]:
    """Return the names in `config` that mean no installed plugin or distribution: slips of the pen, most likely.

    A glob may match nothing, and is left out.
    """
    known = {name for plugin in installed for name in plugin.names}
    spellings = sorted({spelling for plugin in installed for spelling in (plugin.name, plugin.distribution.name)})
    return tuple(
        UnmatchedName(said.value, said.source, _nearest_spelling(said.value, spellings))
        for said in _names_in(config)
        if not is_pattern(said.value) and canonical_name(said.value) not in known
    )


def _permission(config: Config, plugin: InstalledPlugin, overrides: Overrides) -> Decision:
    return (
        _override(plugin, overrides)
        or _denial(config, plugin)
        or _exact_choice(config, plugin)
        or _explicit_permission(config, plugin)
        or _mode_decision(config)
    )


def _override(plugin: InstalledPlugin, overrides: Overrides) -> Decision | None:
    enabled = overrides.get(plugin.names)
    if enabled is None:
        return None
    if enabled:
        return Decision("found", "enabled while running", Source("argument", "enable()"))
    return Decision("disabled", "disabled while running", Source("argument", "disable()"))


def _denial(config: Config, plugin: InstalledPlugin) -> Decision | None:
    said = _naming(config.disable, plugin)
    if said is not None:
        return Decision("disabled", f"disabled by {said.value!r}", said.source)
    enabled = config.plugin(*plugin.names).enabled
    if enabled is not None and not enabled.value:
        return Decision("disabled", "its table says enabled = false", enabled.source)
    return None


def _exact_choice(config: Config, plugin: InstalledPlugin) -> Decision | None:
    exactly = config.load_exactly
    if exactly is None:
        return None
    if any(matches(name, plugin.names) for name in exactly.value):
        return Decision("found", f"named in {exactly.source}", exactly.source)
    return Decision("disabled", f"not named in {exactly.source}", exactly.source)


def _explicit_permission(config: Config, plugin: InstalledPlugin) -> Decision | None:
    said = _naming(config.enable, plugin)
    if said is not None:
        return Decision("found", f"enabled by {said.value!r}", said.source)
    enabled = config.plugin(*plugin.names).enabled
    if enabled is not None and enabled.value:
        return Decision("found", "its table says enabled = true", enabled.source)
    return None


def _mode_decision(config: Config) -> Decision:
    if config.mode.value == "auto":
        return Decision("found", 'mode "auto"', config.mode.source)
    return Decision("disabled", 'mode "explicit", and nothing enables it', config.mode.source)


def _naming(said: Sequence[Said[str]], plugin: InstalledPlugin) -> Said[str] | None:
    return next((one for one in said if matches(one.value, plugin.names)), None)


def _claims(decisions: Decisions) -> Iterator[list[InstalledPlugin]]:
    """Yield the plugins that may run, grouped by the name that they claim."""
    claims: dict[str, list[InstalledPlugin]] = {}
    for plugin, decision in decisions.items():
        if decision.runs:
            claims.setdefault(plugin.canonical_name, []).append(plugin)
    yield from claims.values()


def _settle(config: Config, claimants: Sequence[InstalledPlugin]) -> dict[InstalledPlugin, Decision]:
    """Return decisions against those of the plugins claiming one name that must not run: at most one may."""
    chosen = config.plugin(claimants[0].canonical_name).distribution
    rejected: dict[InstalledPlugin, Decision] = {}
    if chosen is not None:
        reason = f"the config gives the name {claimants[0].name!r} to the distribution {chosen.value!r}"
        wanted = canonical_name(chosen.value)
        others = (plugin for plugin in claimants if plugin.distribution.canonical_name != wanted)
        rejected = {plugin: Decision("disabled", reason, chosen.source) for plugin in others}
    remaining = [plugin for plugin in claimants if plugin not in rejected]
    if len(remaining) > 1:
        clash = Decision("blocked", _clash(remaining), DEFAULT)
        rejected.update(dict.fromkeys(remaining, clash))
    return rejected


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


def _blocked_by(name: str, canonical: str, decisions: Decisions) -> Decision:
    culprit, decision = next(
        (plugin, decision) for plugin, decision in decisions.items() if plugin.distribution.canonical_name == canonical
    )
    reason = f"requires {name}, whose plugin {culprit.name!r} is {decision.state}: {decision.reason}"
    return Decision("blocked", reason, decision.decided_by)


def _names_in(config: Config) -> Iterator[Said[str]]:
    yield from config.enable
    yield from config.disable
    yield from config.required
    if config.load_exactly is not None:
        yield from (Said(name, config.load_exactly.source) for name in config.load_exactly.value)
    for plugin in config.plugins.values():
        yield from plugin.named
        if plugin.distribution is not None:
            yield plugin.distribution


def _nearest_spelling(name: str, spellings: Sequence[str]) -> str | None:
    by_canonical = {canonical_name(spelling): spelling for spelling in spellings}
    match = nearest(canonical_name(name), by_canonical)
    return None if match is None else by_canonical[match]
