"""What the manager knows of one plugin: its state with the reason, and the frozen report that others may see."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

from hookcore.plugins.config.records import DEFAULT, PluginConfig, Source
from hookcore.plugins.discovery import InstalledPlugin
from hookcore.plugins.loading import Failure
from hookcore.plugins.policy import Decision
from hookcore.signals.receiver import Owner

State: TypeAlias = Literal["found", "disabled", "blocked", "failed", "active", "stopped"]


@dataclass(frozen=True, slots=True)
class PluginReport:
    """One plugin as it stands now: what it is, what became of it, why, and who decided it.

    `receivers` are written `signal.receiver`; `error` is the exception of a failed plugin; `decided_by` is `file:line`,
    an environment variable, an argument or "default".
    """

    name: str
    distribution: str
    version: str
    summary: str
    state: State
    reason: str
    decided_by: str
    error: BaseException | None
    receivers: tuple[str, ...]


class PluginRecord:
    """One installed plugin in the manager's hands. Only the manager changes it, and only under its lock."""

    def __init__(self, installed: InstalledPlugin) -> None:
        self.installed = installed
        names = frozenset(installed.names)
        self.owner = Owner(installed.canonical_name, registered_as=installed.name, names=names, active=False)
        self.config = PluginConfig()
        # Replaced as one: a report may be asked for from any thread, in the middle of a change.
        self._status: tuple[State, str, Source, Failure | None] = ("found", "", DEFAULT, None)
        self.plugin: object = None
        self.settings: object | None = None
        self.is_ready = False
        self.came_up = 0  # in which place

    @property
    def name(self) -> str:
        """The name as the plugin's author wrote it."""
        return self.installed.name

    @property
    def state(self) -> State:
        """What has become of it."""
        return self._status[0]

    @property
    def reason(self) -> str:
        """Why, in words for the operator."""
        return self._status[1]

    @property
    def decided_by(self) -> Source:
        """Who decided it."""
        return self._status[2]

    @property
    def failure(self) -> Failure | None:
        """The fault of a failed plugin."""
        return self._status[3]

    @property
    def is_active(self) -> bool:
        """Whether its receivers are called."""
        return self.state == "active"

    def configure(self, config: PluginConfig) -> None:
        """Take over what the config says. Whom it switches off is silent from the next activation on."""
        self.config = config
        self.owner.silences = partial(_silenced_by, config) if config.receivers else None

    def decide(self, decision: Decision) -> None:
        """Take over what the policy says."""
        self.enter(decision.state, decision.reason, decision.decided_by)

    def enter(
        self, state: State, reason: str, decided_by: Source | None = None, failure: Failure | None = None
    ) -> None:
        """Change the state. Who decided stays unless somebody else did."""
        self._status = (state, reason, decided_by if decided_by is not None else self.decided_by, failure)
        self.owner.obstacle = f"plugin {self.name!r} is {state}: {reason}"

    def fail(self, failure: Failure) -> None:
        """Note a fault of the plugin's own."""
        self.enter("failed", str(failure), failure=failure)

    def decision(self) -> Decision:
        """Return the state as a decision of the policy's, for plugins that depend on this one."""
        if self.state in ("found", "active"):
            return Decision("found", self.reason, self.decided_by)
        if self.state == "blocked" or self.state == "failed":
            return Decision(self.state, self.reason, self.decided_by)
        return Decision("disabled", self.reason, self.decided_by)

    def report(self, receivers: tuple[str, ...]) -> PluginReport:
        """Return the frozen record of this moment."""
        distribution, (state, reason, decided_by, failure) = self.installed.distribution, self._status
        return PluginReport(
            name=self.name,
            distribution=distribution.name,
            version=distribution.version,
            summary=distribution.summary,
            state=state,
            reason=reason,
            decided_by=str(decided_by),
            error=failure.error if failure is not None else None,
            receivers=receivers,
        )


def _silenced_by(config: PluginConfig, signal: str, receiver: str) -> str | None:
    """Return who switches off this one receiver of a plugin, or None. Knows no plugin: signals keep this."""
    said = config.receivers.get(receiver)
    return str(said.enabled.source) if said is not None and said.enabled and not said.enabled.value else None
