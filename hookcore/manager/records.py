"""What the manager knows of one plugin: its state with the reason, and the frozen report that others may see."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial
from typing import Literal, NamedTuple, TypeAlias

from hookcore.logs import is_told_to_info, log_failure, log_info, log_warning
from hookcore.plugins.config.keys import PluginTable
from hookcore.plugins.config.sources import DEFAULT, Source
from hookcore.plugins.installed import InstalledPlugin
from hookcore.plugins.loading import Failure
from hookcore.plugins.policy import Decision, Policy
from hookcore.signals.connecting.receiver import Owner

State: TypeAlias = Literal["found", "disabled", "blocked", "failed", "active", "stopped"]


class PluginReport(NamedTuple):
    """One plugin as it stands now: what it is, what became of it, why, and who decided it.

    `receivers` are written `signal.receiver`. Of these, `disabled_receivers` are those that the config switches off one
    by one, and `muted_receivers` those of signals that reach nobody. `error` is the exception of a failed plugin;
    `decided_by` is `file:line`, an environment variable, an argument or "default".
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
    disabled_receivers: tuple[str, ...] = ()
    muted_receivers: tuple[str, ...] = ()


class Plan(tuple[PluginReport, ...]):
    """What a start would do: a report for each installed plugin. Those in the state "found" would be imported.

    `refusals` are sentences about why the host would refuse to start; none if it would start.
    """

    refusals: tuple[str, ...] = ()


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
    def described(self) -> str:
        """The plugin with its distribution and version."""
        distribution = self.installed.distribution
        return f"plugin {self.name!r} ({distribution.name} {distribution.version})"

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

    def configure(self, config: PluginTable) -> None:
        """Take over what the config says. Whom it switches off is silent from the next activation on."""
        self.config = config
        self.owner.silences = partial(_silenced_by, config) if config.disable else None

    def decide(self, decision: Decision) -> None:
        """Take over what the policy says."""
        self.enter(decision.state, decision.reason, decision.decided_by)

    def enter(
        self, state: State, reason: str, decided_by: Source | None = None, failure: Failure | None = None
    ) -> None:
        """Change the state. Who decided stays unless somebody else did. That a plugin is blocked is told, once."""
        if state == "blocked" and (state, reason) != self._status[:2]:
            log_warning(f"{self.described} is blocked, and does not run: {reason}")
        self._status = (state, reason, decided_by if decided_by is not None else self.decided_by, failure)
        self.owner.obstacle = f"plugin {self.name!r} is {state}: {reason}"

    def fail(self, failure: Failure) -> None:
        """Note a fault of the plugin's own."""
        self.enter("failed", str(failure), failure=failure)

    def tell_failure(self, failure: Failure) -> None:
        """Log a fault with plugin, distribution, version, phase and traceback."""
        log_failure("%s failed in %s; the others go on", self.described, failure, error=failure.error)

    def report(self, receivers: tuple[str, ...], muted: Collection[str]) -> PluginReport:
        """Return the frozen record of this moment. `muted` are the names of the signals that reach nobody."""
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
            disabled_receivers=tuple(one for one in receivers if self.config.switched_off(one) is not None),
            muted_receivers=tuple(one for one in receivers if one.partition(".")[0] in muted),
        )


def tell_start(project_name: str, records: Iterable[PluginRecord], seconds: float) -> None:
    """Log in one line who runs, who does not and why, and how long the start took."""
    if not is_told_to_info():
        return
    active = [record.name for record in records if record.is_active]
    others = [f"{record.name} is {record.state} ({record.reason})" for record in records if not record.is_active]
    running = f"these plugins run: {', '.join(active)}" if active else "no plugin runs"
    log_info("; ".join([f"{project_name} started in {seconds * 1000:.1f} ms: {running}", *others]))


def plan_of(policy: Policy, refusals: Iterable[str], muted: Collection[str]) -> Plan:
    """Return what a start with this policy would do. Receivers are those that metadata names: nothing is imported."""
    reports: list[PluginReport] = []
    for installed, decision in policy.decisions.items():
        record = PluginRecord(installed)
        record.configure(policy.table(installed))
        record.decide(decision)
        reports.append(record.report(tuple(sorted(one.name for one in installed.receivers)), muted))
    plan = Plan(reports)
    plan.refusals = tuple(refusals)
    return plan


def _silenced_by(config: PluginTable, signal: str, receiver: str) -> str | None:
    """Return who switches off this one receiver of a plugin, or None. Knows no plugin: signals keep this."""
    stated = config.switched_off(f"{signal}.{receiver}")
    return None if stated is None else str(stated.source)
