"""What does the config demand, and is it there? What is missing is told in sentences, one for each problem."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from hookcore.errors import SettingsError
from hookcore.manager.naming import matching, spellings
from hookcore.manager.records import PluginRecord
from hookcore.manager.telling import described
from hookcore.plugins.config.records import Config, Said
from hookcore.plugins.discovery import InstalledPlugin
from hookcore.plugins.loading import Failure, contained
from hookcore.plugins.policy import Decision
from hookcore.plugins.settings import build_settings
from hookcore.suggestions import did_you_mean


def unmet(config: Config, records: Collection[PluginRecord]) -> list[str]:
    """Return all that `required` and `strict` miss in the plugins as they are now."""
    failures = [
        f"{said.source}: {_missing(said, records)}"
        for said in config.required
        if not any(record.is_active for record in matching(said.value, records))
    ]
    if config.strict.value:
        failures += [
            f"{_state_of(record)} (strict, by {config.strict.source})"
            for record in records
            if record.state in ("failed", "blocked")
        ]
    return failures


def forbidden_by(
    config: Config, records: Collection[PluginRecord], decisions: Mapping[InstalledPlugin, Decision]
) -> list[str]:
    """Return which required plugins a config would not let run, before it is applied."""
    return [
        f"{said.source}: {_missing_in(said, records, decisions)}"
        for said in config.required
        if not any(decisions[record.installed].runs for record in matching(said.value, records))
    ]


def refused_settings(config: Config, records: Iterable[PluginRecord]) -> list[str]:
    """Return what running plugins refuse of the settings that a config would give them."""
    problems: list[str] = []
    for record in records:
        if has_other_settings(record, config):
            problems += _refused_by(record, config)
    return problems


def has_other_settings(record: PluginRecord, config: Config) -> bool:
    """Tell whether a config gives a plugin other settings than it has."""
    before, after = record.config.settings, config.plugin(*record.installed.names).settings
    return (dict(before.values) if before is not None else {}) != (dict(after.values) if after is not None else {})


def _refused_by(record: PluginRecord, config: Config) -> Iterable[str]:
    table = config.plugin(*record.installed.names)
    failure = contained("settings", lambda: build_settings(record.plugin, record.installed, table))
    if not isinstance(failure, Failure):
        return ()
    if isinstance(failure.error, SettingsError):
        return failure.error.problems
    where = f"{table.settings.source}: " if table.settings is not None else ""
    return (f"{where}{described(record)} refuses its settings: {failure}",)


def _missing(said: Said[str], records: Collection[PluginRecord]) -> str:
    states = [_state_of(record) for record in matching(said.value, records)]
    return _does_not_run(said, states) if states else _is_not_installed(said, records)


def _missing_in(
    said: Said[str], records: Collection[PluginRecord], decisions: Mapping[InstalledPlugin, Decision]
) -> str:
    states = [
        f"{described(record)} would be {decision.state}: {decision.reason} ({decision.decided_by})"
        for record in matching(said.value, records)
        for decision in (decisions[record.installed],)
    ]
    return _does_not_run(said, states) if states else _is_not_installed(said, records)


def _does_not_run(said: Said[str], states: Iterable[str]) -> str:
    return f"the required plugin {said.value!r} does not run: {'; '.join(states)}"


def _is_not_installed(said: Said[str], records: Iterable[PluginRecord]) -> str:
    return f"the required plugin {said.value!r} is not installed.{did_you_mean(said.value, spellings(records))}"


def _state_of(record: PluginRecord) -> str:
    return f"{described(record)} is {record.state}: {record.reason}"
