"""How do plugins come to what was decided? Who may run no more goes down, who may run now comes up.

Whose fault ends it goes down, too, and with it those that need it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from hookcore.manager.lifecycle import Lifecycle
from hookcore.manager.records import PluginRecord, State
from hookcore.manager.telling import tell_failure
from hookcore.plugins.config.records import Source
from hookcore.plugins.discovery import InstalledPlugin
from hookcore.plugins.loading import Failure
from hookcore.plugins.order import load_order
from hookcore.plugins.policy import Decision, blocked_by_requirements


class Reconciler:
    """Brings one manager's plugins to what was decided, under the manager's lock."""

    def __init__(self, lifecycle: Lifecycle) -> None:
        self.records: Sequence[PluginRecord] = ()  # all, by name
        self.active: list[PluginRecord] = []  # in the order in which they came up
        self._lifecycle = lifecycle

    # -- up ---------------------------------------------------------------------------------------------------

    def bring_up(self, decisions: Mapping[InstalledPlugin, Decision]) -> None:
        """Note every decision, and bring up whom it lets run."""
        coming: list[PluginRecord] = []
        for record in self.records:
            decision = decisions[record.installed]
            if decision.runs and record.is_active:
                self._stay(record, decision)
            elif record.state != "failed" or decision.state != "failed":
                record.decide(decision)
                coming += [record] if decision.runs else []
        self._come(coming)

    def _stay(self, record: PluginRecord, decision: Decision) -> None:
        record.enter("active", decision.reason, decision.decided_by)
        failure = self._lifecycle.activate(record)  # other receivers of it may be disabled now
        if failure is not None:
            self.give_up(record, failure)

    def _come(self, coming: Collection[PluginRecord]) -> None:
        """Connect plugins in the order of their requirements, then call `ready` of each."""
        by_installed = {record.installed: record for record in coming}
        ordered = [by_installed[installed] for installed in load_order(by_installed)]
        for record in ordered:
            if record.state == "found":
                self._connect(record)
        for record in ordered:
            if record.is_active and not record.is_ready:
                failure = self._lifecycle.ready(record)
                if failure is not None:
                    self.give_up(record, failure)

    def _connect(self, record: PluginRecord) -> None:
        failure = self._lifecycle.connect(record)
        if failure is not None:
            self.give_up(record, failure)
            return
        record.enter("active", record.reason)
        self.active.append(record)
        failure = self._lifecycle.activate(record)
        if failure is not None:
            self.give_up(record, failure)

    # -- down -------------------------------------------------------------------------------------------------

    def bring_down(self, decisions: Mapping[InstalledPlugin, Decision]) -> None:
        """Take down whom a decision lets run no more, the last that came up first."""
        for record in list(reversed(self.active)):
            decision = decisions[record.installed]
            if not decision.runs:
                self.take_down(record, decision.state, decision.reason, decision.decided_by)

    def take_down(self, record: PluginRecord, state: State, reason: str, decided_by: Source | None = None) -> None:
        """Let an active plugin run no more: its receivers are called no more, then its `shutdown` is."""
        self._lifecycle.deactivate(record)
        self.active.remove(record)
        record.enter(state, reason, decided_by)
        try:
            failure = self._lifecycle.shut_down(record)
        finally:
            self._lifecycle.disconnect(record)
        if failure is not None:
            tell_failure(record, failure)

    def give_up(self, record: PluginRecord, failure: Failure) -> None:
        """Hold a plugin's fault: its receivers are disconnected, it is told, and plugins that need it are blocked."""
        self._lifecycle.disconnect(record)
        record.is_ready = False
        record.fail(failure)
        tell_failure(record, failure)
        if record in self.active:
            self.active.remove(record)
        decisions = blocked_by_requirements({other.installed: other.decision() for other in self.records})
        for other in [*reversed(self.active), *self.records]:
            decision = decisions[other.installed]
            if other.is_active and not decision.runs:
                self.take_down(other, decision.state, decision.reason, decision.decided_by)
            elif other.state == "found":
                other.decide(decision)
