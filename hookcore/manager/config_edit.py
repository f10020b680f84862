"""How does a switch get into the config file? Only if the host would start with it, and it does what is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from hookcore.errors import ConfigError, PluginError, UnknownPluginError, UnknownSignalError
from hookcore.manager.applied_config import AppliedConfig
from hookcore.manager.problems import forbidden
from hookcore.manager.records import PluginRecord
from hookcore.manager.reports import StartPlan, planned_records
from hookcore.names import canonical_name, is_pattern, meant
from hookcore.plugins.bounded_files import reason_of
from hookcore.plugins.config.editing import ConfigText, changed_lines, read_to_edit
from hookcore.plugins.config.reading import variable
from hookcore.plugins.config.sources import DEFAULT, Stated
from hookcore.plugins.installed import InstalledPlugin
from hookcore.plugins.policy import Decision, Policy
from hookcore.plugins.trusted_files import write_whole
from hookcore.signals.signal import Signal
from hookcore.suggestions import did_you_mean


class ConfigEdit(NamedTuple):
    """What an edit of the config file does; or would do, if it is not written.

    `lines` are those that change, with `-` or `+` before them; there are none if the file says so already. `before` and
    `after` are what a start would do, and `receivers` those that are switched: each a plugin's name, and what that has
    to be called `signal.receiver`, or a glob.
    """

    file: str
    is_written: bool
    lines: tuple[str, ...]
    before: StartPlan
    after: StartPlan
    receivers: tuple[tuple[str, str], ...]


class Edit:
    """One edit of the config file that counts now. Nothing is written before `write`.

    `signals` are what the host sends, `records` the plugins if they run, and `of` names the plugin whose receivers are
    meant. Raises ConfigError if there is no file, or it can't be changed here.
    """

    def __init__(
        self,
        applied: AppliedConfig,
        project: str,
        *,
        signals: Mapping[str, Signal[..., object]],
        records: Sequence[PluginRecord],
        of: str | None,
    ) -> None:
        file = applied.file
        if file is None:
            named_by = f"{variable(project, 'config')} may name one, or the host's own code: PluginManager(config=PATH)"
            raise ConfigError([f"{project!r} reads no config file, so there is none to change. {named_by}"])
        self._applied, self._project, self._signals = applied, project, signals
        self._installed = [one.installed for one in records] or None
        self._before = self._planned({})
        self._names = self._before.names
        self._file, self._content = file, read_to_edit(file)
        self._text = ConfigText(file, self._content)
        asked = self._names.named(of, project) if of is not None else None
        self._receivers = {
            one.installed: self._receivers_of(one)
            for one in records or planned_records(self._before)
            if asked is None or one.installed in asked
        }
        self._to_run: list[InstalledPlugin] = []
        self._to_be_called: list[tuple[InstalledPlugin, str]] = []
        self._silenced: list[tuple[InstalledPlugin, str]] = []
        self._to_reach: list[str] = []

    def _planned(self, edited: Mapping[str, bytes]) -> Policy:
        return self._applied.planned(None, edited, self._installed)

    def _receivers_of(self, record: PluginRecord) -> list[str]:
        """Return what is known of a plugin's receivers: those that metadata or config name, and connected ones."""
        written = [one.value for one in self._before.table(record.installed).disable]
        return list(dict.fromkeys([*record.receivers, *written]))

    # -- what is to change ------------------------------------------------------------------------------------

    def enable(self, name: str) -> None:
        """Let a plugin, a distribution's plugins or a receiver run. Raises PluginError for a name that means none."""
        for plugin, receiver in self._receivers_called(name):
            for table in self._tables_of(plugin):
                self._text.remove("disable", receiver, table)
            self._to_be_called.append((plugin, receiver))
        for plugin in self._plugins_called(name):
            for spelling in (name, plugin.name, plugin.distribution.name):
                self._text.remove("disable", spelling)
            self._to_run.append(plugin)
            if self._text.mode == "explicit":
                self._text.add("enable", name)

    def disable(self, name: str) -> None:
        """Let them run no more. Raises as `enable` does."""
        for plugin, receiver in self._receivers_called(name):
            own = [table for table in self._tables_of(plugin) if canonical_name(table) == plugin.canonical_name]
            self._text.add("disable", receiver, own[0] if own else plugin.name)
            self._silenced.append((plugin, receiver))
        if self._plugins_called(name):
            self._text.add("disable", name)

    def mute(self, name: str, *, is_muted: bool = True) -> None:
        """Let a signal reach nobody, or its receivers again. Raises UnknownSignalError for a name that means none."""
        if not meant(name, self._signals):
            hint = did_you_mean(name, self._signals)
            raise UnknownSignalError(f"{self._project!r} sends no signal {name!r}.{hint}", signal=name)
        (self._text.add if is_muted else self._text.remove)("mute", name)
        if not is_muted:
            self._to_reach.append(name)

    def _tables_of(self, plugin: InstalledPlugin) -> list[str]:
        return [one for one in self._text.tables if plugin in self._names.meant_by(one)]

    def _is_receiver(self, name: str) -> bool:
        """Tell whether a name can only be a receiver's: plugins come first."""
        return "." in name and not self._names.meant_by(name)

    def _plugins_called(self, name: str) -> list[InstalledPlugin]:
        return [] if self._is_receiver(name) else self._names.named(name, self._project)

    def _receivers_called(self, name: str) -> list[tuple[InstalledPlugin, str]]:
        """Return the plugin whose receiver has a name; nothing if that is no receiver's."""
        if not self._is_receiver(name):
            return []
        owners = [plugin for plugin, receivers in self._receivers.items() if meant(name, receivers)]
        if len(owners) > 1:
            of = " or ".join(repr(one.name) for one in owners)
            raise PluginError(
                f"several plugins have a receiver {name!r}: say with --of (or `of`) whether {of}", plugin=""
            )
        if not owners:
            raise self._unknown(name)
        return [(owners[0], name)]

    def _unknown(self, name: str) -> UnknownPluginError:
        text = f"{self._project!r} has no plugin or receiver called {name!r}."
        sent, _, called = name.partition(".")
        signal = self._signals.get(sent)
        if signal is not None and any(one.name == called for one in signal._connections() if one.owner is None):
            return UnknownPluginError(
                f"the receiver {name!r} belongs to no plugin, so that no config switches it off: mute {sent!r}, or "
                "disconnect it in the code that connects it",
                plugin=name,
            )
        known = [one for receivers in self._receivers.values() for one in receivers]
        return UnknownPluginError(f"{text}{did_you_mean(name, known) or self._names.nearest(name)}", plugin=name)

    # -- what comes of it -------------------------------------------------------------------------------------

    def planned(self) -> ConfigEdit:
        """Return what the edit does. Raises ConfigError if the host would refuse the file, or it does not do enough."""
        try:
            after = self._planned({self._file: bytes(self._text)})
        except ConfigError as error:
            raise self._refusal(error.problems) from error
        refusals = list(forbidden(after))
        if len(refusals) > len(list(forbidden(self._before))):
            raise self._refusal(refusals)
        lines = tuple(changed_lines(self._content, bytes(self._text)))
        still_off = list(self._still_off(after, is_edited=bool(lines)))
        if still_off:
            raise ConfigError([*still_off, "Nothing is written."])
        plan_of = self._applied.plan_of
        switched = tuple((plugin.name, receiver) for plugin, receiver in (*self._to_be_called, *self._silenced))
        return ConfigEdit(self._file, False, lines, plan_of(self._before), plan_of(after), switched)

    def _refusal(self, problems: Iterable[str]) -> ConfigError:
        return ConfigError([f"{self._file} is left as it is: the host would refuse it.", *problems])

    def _still_off(self, after: Policy, *, is_edited: bool) -> Iterator[str]:
        for plugin in self._to_run:
            decision = after.decisions[plugin]
            # What blocks a plugin that is let run now may be mended afterwards: only then can it be locked.
            if decision.state == "disabled" or (decision.state == "blocked" and not is_edited):
                yield f"{plugin.name} would still not run: {_said(decision)}"
        for plugin, receiver in self._to_be_called:
            obstacle = self._obstacle(after, plugin, receiver)
            if obstacle is not None:
                yield f"{receiver} of {plugin.name} would still not be called: {obstacle}"
        for name in self._to_reach:
            for mute in self._mutes(after, name):
                yield f"{name} would still reach nobody: muted by {mute.value!r} ({mute.source})"

    def _obstacle(self, after: Policy, plugin: InstalledPlugin, receiver: str) -> str | None:
        decision = after.decisions[plugin]
        if not decision.runs:
            return f"its plugin is {decision.state}: {_said(decision)}"
        mutes = self._mutes(after, receiver.partition(".")[0])
        if mutes:
            return f"its signal is muted by {mutes[0].value!r} ({mutes[0].source})"
        names = [one for one in self._receivers[plugin] if not is_pattern(one)]
        switched_off = after.table(plugin).switched_off(receiver, names)
        return f"it is switched off by {switched_off}" if switched_off else None

    def _mutes(self, after: Policy, name: str) -> list[Stated[str]]:
        signals = set(meant(name, self._signals))
        return [one for one in after.config.mute if signals.intersection(meant(one.value, self._signals))]

    # -- writing ----------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Write the file in one step. Raises ConfigError if that fails, or somebody has changed it meanwhile."""
        self._replace(self._content, bytes(self._text))

    def take_back(self) -> None:
        """Write what the file said before."""
        self._replace(bytes(self._text), self._content)

    def _replace(self, expected: bytes, content: bytes) -> None:
        if read_to_edit(self._file) != expected:
            raise ConfigError([f"{self._file} has been changed meanwhile, so nothing is written"])
        try:
            write_whole(self._file, content, mode=0o600)
        except OSError as error:
            raise ConfigError([f"{self._file} can't be changed: {reason_of(error)}"]) from error


def _said(decision: Decision) -> str:
    """Return why a plugin does not run, and who said so: no default does, but what is installed."""
    return decision.reason if decision.decided_by is DEFAULT else f"{decision.reason} ({decision.decided_by})"
