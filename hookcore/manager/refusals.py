"""Why does a start, or a config that is to take another's place, have to be refused? A sentence for each problem."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator

from hookcore.errors import SettingsError
from hookcore.manager.records import PluginRecord
from hookcore.plugins.installed import InstalledPlugin
from hookcore.plugins.loading import Failure, contained
from hookcore.plugins.policy import Policy
from hookcore.plugins.settings import build_settings


def unmet(policy: Policy, records: Collection[PluginRecord]) -> Iterator[str]:
    """Yield what `required` and `strict` miss in the plugins as they are now."""
    obstacles = {record.installed: None if record.is_active else _state_of(record) for record in records}
    yield from _missing(policy, obstacles.__getitem__)
    if policy.config.strict.value:
        for record in records:
            if record.state in ("failed", "blocked"):
                yield f"{_state_of(record)} (strict, by {policy.config.strict.source})"


def forbidden(policy: Policy) -> Iterator[str]:
    """Yield which required plugins a policy would not let run, before it is applied."""

    def obstacle(plugin: InstalledPlugin) -> str | None:
        state, reason, source = decision = policy.decisions[plugin]
        named = f"plugin {plugin.name!r} ({plugin.distribution})"
        return None if decision.runs else f"{named} would be {state}: {reason} ({source})"

    return _missing(policy, obstacle)


def refused_settings(policy: Policy, records: Iterable[PluginRecord]) -> Iterator[str]:
    """Yield what running plugins refuse of the settings that a policy would give them."""
    for record in records:
        if has_other_settings(record, policy):
            yield from _refused_by(record, policy)


def has_other_settings(record: PluginRecord, policy: Policy) -> bool:
    """Tell whether a policy gives a plugin other settings than it has."""
    before, after = record.config.settings, policy.table(record.installed).settings
    return (dict(before.values) if before is not None else {}) != (dict(after.values) if after is not None else {})


def _refused_by(record: PluginRecord, policy: Policy) -> Iterable[str]:
    table = policy.table(record.installed)
    failure = contained("settings", lambda: build_settings(record.plugin, record.installed, table))
    if not isinstance(failure, Failure):
        return ()
    if isinstance(failure.error, SettingsError):
        return failure.error.problems
    where = f"{table.settings.source}: " if table.settings is not None else ""
    return (f"{where}{record.described} refuses its settings: {failure}",)


def _missing(policy: Policy, obstacle: Callable[[InstalledPlugin], str | None]) -> Iterator[str]:
    """Yield a sentence for each required name that means a plugin which has an obstacle, or none at all.

    Of several plugins that claim one name, one is enough.
    """
    for name, source in policy.config.required:
        obstacles: dict[str, list[str | None]] = {}
        for plugin in policy.names.meant_by(name):
            obstacles.setdefault(plugin.canonical_name, []).append(obstacle(plugin))
        missing = "; ".join(text for texts in obstacles.values() if None not in texts for text in texts if text)
        if missing:
            yield f"{source}: the required plugin {name!r} does not run: {missing}"
        elif not obstacles:
            yield f"{source}: the required plugin {name!r} is not installed.{policy.names.nearest(name)}"


def _state_of(record: PluginRecord) -> str:
    return f"{record.described} is {record.state}: {record.reason}"
