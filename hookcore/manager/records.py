"""What the manager knows of one plugin: its state with the reason, and the frozen report that others may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from hookcore.plugins.config.records import DEFAULT, PluginConfig, Source
from hookcore.plugins.discovery import InstalledPlugin
from hookcore.plugins.loading import Failure
from hookcore.plugins.policy import Decision
from hookcore.signals.receiver import Owner, ReceiverKey

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
        self.owner = _owner_of(installed)
        self.silenced = _owner_of(installed)  # of the receivers that the config disables one by one; never active
        self.config = PluginConfig()
        self.state: State = "found"
        self.reason = ""
        self.decided_by: Source = DEFAULT
        self.failure: Failure | None = None
        self.plugin: object = None
        self.settings: object | None = None
        self.is_ready = False
        self.is_made_anew = False  # the plugin is an instance that was made when it was connected
        # The names that receiver entry points give to what they connect, by signal and connection.
        self.receiver_names: dict[tuple[str, ReceiverKey], str] = {}

    @property
    def name(self) -> str:
        """The name as the plugin's author wrote it."""
        return self.installed.name

    @property
    def is_active(self) -> bool:
        """Whether its receivers are called."""
        return self.state == "active"

    @property
    def owners(self) -> tuple[Owner, Owner]:
        """The owners of its receivers: the one that follows the plugin's state, and the one that is never active."""
        return self.owner, self.silenced

    def decide(self, decision: Decision) -> None:
        """Take over what the policy says."""
        self.enter(decision.state, decision.reason, decision.decided_by)

    def enter(self, state: State, reason: str, decided_by: Source | None = None) -> None:
        """Change the state. The reason is in words for the operator; who decided stays unless somebody else did."""
        self.state = state
        self.reason = reason
        self.decided_by = decided_by if decided_by is not None else self.decided_by
        if state != "failed":
            self.failure = None

    def fail(self, failure: Failure) -> None:
        """Note a fault of the plugin's own."""
        self.enter("failed", str(failure))
        self.failure = failure

    def decision(self) -> Decision:
        """Return the state as a decision of the policy's, for plugins that depend on this one."""
        if self.state in ("found", "active"):
            return Decision("found", self.reason, self.decided_by)
        if self.state == "blocked" or self.state == "failed":
            return Decision(self.state, self.reason, self.decided_by)
        return Decision("disabled", self.reason, self.decided_by)

    def report(self, receivers: tuple[str, ...]) -> PluginReport:
        """Return the frozen record of this moment."""
        distribution = self.installed.distribution
        return PluginReport(
            name=self.name,
            distribution=distribution.name,
            version=distribution.version,
            summary=distribution.summary,
            state=self.state,
            reason=self.reason,
            decided_by=str(self.decided_by),
            error=self.failure.error if self.failure is not None else None,
            receivers=receivers,
        )


def _owner_of(installed: InstalledPlugin) -> Owner:
    names = frozenset(installed.names)
    return Owner(installed.canonical_name, registered_as=installed.name, names=names, active=False)
