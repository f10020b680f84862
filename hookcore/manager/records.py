"""What the manager knows of one plugin: its state with the reason."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Literal, NamedTuple, Protocol, TypeAlias

from hookcore.logs import is_told_to_info, log_failure, log_info, log_warning
from hookcore.plugins.config.keys import PluginTable
from hookcore.plugins.config.sources import DEFAULT, Source
from hookcore.plugins.installed import InstalledPlugin
from hookcore.plugins.loading import Failure
from hookcore.signals.connecting.receiver import Owner

State: TypeAlias = Literal["found", "disabled", "blocked", "failed", "active", "stopped"]


class Status(NamedTuple):
    """What has become of a plugin, why in words for the operator, who decided it, and its fault if it has failed."""

    state: State
    reason: str
    decided_by: Source
    failure: Failure | None = None


class Suspension(Protocol):
    """What may leave a plugin alone for a while, though it is up: a breaker."""

    @property
    def status(self) -> Status | None:
        """What is reported of the plugin while it is left alone; None while it is not."""
        ...

    @property
    def tracebacks(self) -> Iterable[str]:
        """Those of its last failures."""
        ...

    def close(self) -> None:
        """Leave it alone no more."""
        ...


class PluginRecord:
    """One installed plugin in the manager's hands. Only the manager changes it, and only under its lock.

    `owner` is that of a plugin object which is registered already, or will be in pluggy's way: it stays registered when
    it is switched off.
    """

    def __init__(self, installed: InstalledPlugin, owner: Owner | None = None) -> None:
        self.installed = installed
        names = frozenset(installed.names)
        self.stays_registered = owner is not None
        self.owner = owner or Owner(installed.canonical_name, registered_as=installed.name, active=False)
        self.owner.names = names
        self.config = PluginTable()
        self._known_receivers: set[str] = set()  # all that there have been since it was configured
        # Replaced as one: a report may be asked for from any thread, in the middle of a change.
        self.status = Status("found", "", DEFAULT)
        self.plugin: object = None
        self.settings: object | None = None
        self.is_ready = False
        self.came_up = 0  # in which place
        self.seconds_to_connect = self.seconds_to_ready = 0.0
        self.breaker: Suspension | None = None  # if its receivers have one

    @property
    def name(self) -> str:
        """The name as the plugin's author wrote it."""
        return self.installed.name

    @property
    def described(self) -> str:
        """The plugin with its distribution and version."""
        distribution = self.installed.distribution
        return f"plugin {self.name!r} ({f'{distribution.name} {distribution.version}'.rstrip()})"

    @property
    def is_active(self) -> bool:
        """Whether its receivers are called."""
        return self.status.state == "active"

    @property
    def reported(self) -> Status:
        """The status as it is reported: who is up, but left alone because its receivers fail, has failed."""
        return (self.breaker is not None and self.breaker.status) or self.status

    def configure(self, config: PluginTable) -> None:
        """Take over what the config says. Whom it switches off is silent from the next activation on."""
        self.config = config
        self._known_receivers = set(self.receivers if config.disable else ())
        self.owner.silences = self._switched_off if config.disable else None

    def _switched_off(self, receiver: str) -> str | None:
        """Say who switches off a receiver that connects, or None. What looks like a glob may be another's name."""
        self._known_receivers.add(receiver)
        return self.config.switched_off(receiver, self._known_receivers)

    def follow_silences(self) -> bool:
        """Let each receiver be silent that the config switches off, and no other. Return whether that was different."""
        changed = False
        for receiver, signal in list(self.owner.connections.items()):
            before = receiver.silenced_by
            if before is not None or self.owner.silences is not None:
                receiver.follow(signal.name)
                changed = changed or receiver.silenced_by != before
        return changed

    def enter(
        self, state: State, reason: str, decided_by: Source | None = None, failure: Failure | None = None
    ) -> None:
        """Change the state. Who decided stays unless somebody else did. That a plugin is blocked is told, once."""
        before = self.status
        if state == "blocked" and (before.state, before.reason) != (state, reason):
            log_warning(f"{self.described} is blocked, and does not run: {reason}", plugin=self.name)
        self.status = Status(state, reason, decided_by if decided_by is not None else before.decided_by, failure)
        self.owner.obstacle = f"plugin {self.installed.name!r} is {state}: {reason}"
        if self.breaker is not None:
            self.breaker.close()

    def tell_failure(self, failure: Failure) -> None:
        """Log a fault with plugin, distribution, version, phase and traceback."""
        message = "%s failed in %s; the others go on"
        log_failure(message, self.described, failure, error=failure.error, plugin=self.name)

    @property
    def receivers(self) -> tuple[str, ...]:
        """The receivers as `signal.receiver`: the connected ones, and those that the metadata names."""
        names = {entry_point.name for entry_point in self.installed.receivers}
        names.update(f"{signal.name}.{receiver.name}" for receiver, signal in list(self.owner.connections.items()))
        return tuple(sorted(names))


def tell_start(project_name: str, records: Iterable[PluginRecord], seconds: float) -> None:
    """Log in one line who runs, who does not and why, and how long the start took."""
    if "logging" not in sys.modules or not is_told_to_info():  # where nobody has imported it, nobody reads it
        return
    active = [record.name for record in records if record.is_active]
    others = [f"{one.name} is {one.status.state} ({one.status.reason})" for one in records if not one.is_active]
    running = f"these plugins run: {', '.join(active)}" if active else "no plugin runs"
    log_info("; ".join([f"{project_name} started in {seconds * 1000:.1f} ms: {running}", *others]))
