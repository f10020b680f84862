"""How do plugins come to what was decided? Who may run no more goes down, who may run now comes up.

Whose fault ends it goes down, too, and with it those that need it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager

from hookcore.errors import PluginError
from hookcore.manager.lifecycle import Lifecycle
from hookcore.manager.records import PluginRecord, State
from hookcore.manager.telling import described, tell_failure
from hookcore.plugins.config.records import Source
from hookcore.plugins.discovery import InstalledPlugin
from hookcore.plugins.loading import Failure
from hookcore.plugins.order import load_order
from hookcore.plugins.policy import Decision, blocked_by_requirements


class Reconciler:
    """Brings one manager's plugins to what was decided, under the manager's lock.

    Plugins' own code runs meanwhile, and may switch any plugin or stop the manager: such calls are nested.
    So a call goes on with the newest decisions and with the plugins as they are, not with what it knew before.
    """

    def __init__(self, lifecycle: Lifecycle) -> None:
        self.records: Sequence[PluginRecord] = ()  # all, by name
        self.active: list[PluginRecord] = []  # in the order in which they came up
        self.is_open = False  # whether plugins may come up: from begin() to stop()
        self.decisions: Mapping[InstalledPlugin, Decision] = {}  # the newest
        self._lifecycle = lifecycle
        self._coming_up: set[PluginRecord] = set()  # all, while any may come up
        self._connecting: set[PluginRecord] = set()  # whose own code may be running right now, to come up
        self._going_down: set[PluginRecord] = set()  # or to go down; and those that a disable() under way means

    def begin(self, records: Sequence[PluginRecord]) -> None:
        """Answer for these plugins from now on, none of which is up."""
        self.records = records
        self.is_open = True

    def decide(self, decisions: Mapping[InstalledPlugin, Decision]) -> None:
        """Note a decision about each plugin. Nothing of theirs runs before `bring_down` and `bring_up`."""
        self.decisions = decisions
        for record in self.records if self.is_open else ():
            decision = decisions[record.installed]
            if not record.is_active and (record.state != "failed" or decision.state != "failed"):
                record.decide(decision)

    # -- up ---------------------------------------------------------------------------------------------------

    @property
    def is_bringing_up(self) -> bool:
        """Whether plugins come up right now: also if one of them has stopped the manager meanwhile."""
        return bool(self._coming_up)

    def bring_up(self) -> None:
        """Bring up whom the decisions let run."""
        with _among(self._coming_up, self.records):
            for record in self.records:
                if record.is_active and self.decisions[record.installed].runs:
                    self._stay(record)
            self._come([record for record in self.records if record.state == "found"])

    def _stay(self, record: PluginRecord) -> None:
        decision = self.decisions[record.installed]
        record.enter("active", decision.reason, decision.decided_by)
        failure = self._lifecycle.activate(record)  # other receivers of it may be disabled now
        if failure is not None:
            self.give_up(record, failure)

    def _come(self, coming: Collection[PluginRecord]) -> None:
        """Connect plugins in the order of their requirements, then call `ready` of each."""
        by_installed = {record.installed: record for record in coming}
        ordered = [by_installed[installed] for installed in load_order(by_installed)]
        for record in ordered:
            if self.is_open and record.state == "found" and record not in self._connecting | self._going_down:
                self._connect(record)
        for record in ordered:
            if record.is_active and not record.is_ready:
                failure = self._lifecycle.ready(record)
                if failure is not None:
                    self.give_up(record, failure)

    def _connect(self, record: PluginRecord) -> None:
        with _among(self._connecting, [record]):
            failure = self._lifecycle.connect(record)
        if failure is not None:
            self.give_up(record, failure)
            return
        if record.state != "found":  # its own code has disabled it, or stopped the manager
            self._lifecycle.disconnect(record)
            return
        record.enter("active", record.reason)
        self.active.append(record)
        failure = self._lifecycle.activate(record)
        if failure is not None:
            self.give_up(record, failure)

    # -- down -------------------------------------------------------------------------------------------------

    @property
    def is_taking_down(self) -> bool:
        """Whether a plugin is going down right now."""
        return bool(self._going_down)

    def keeping_down(self, records: Iterable[PluginRecord]) -> AbstractContextManager[None]:
        """Keep plugins down for the length of a `with` block: nobody's code may enable them meanwhile."""
        return _among(self._going_down, records)

    def refuse_going_down(self, records: Iterable[PluginRecord]) -> None:
        """Raise PluginError if one of these plugins is going down right now."""
        for record in records:
            if record in self._going_down:
                raise PluginError(
                    f"{described(record)} is going down: enable() it when that is done", plugin=record.name
                )

    def refuse_ousting(self, coming: Iterable[PluginRecord], decisions: Mapping[InstalledPlugin, Decision]) -> None:
        """Raise PluginError if decisions that let more plugins run would take one down that may run until now."""
        for record in self.active:
            decision = decisions[record.installed]
            if self.decisions[record.installed].runs and not decision.runs:
                names = " and ".join(described(one) for one in coming if one is not record)
                raise PluginError(
                    f"{names} could not be enabled: that would take down {described(record)}: {decision.reason}",
                    plugin=record.name,
                )

    def bring_down(self) -> None:
        """Take down whom the decisions let run no more, the last that came up first."""
        for record in list(reversed(self.active)):
            decision = self.decisions[record.installed]
            if not decision.runs:
                self.take_down(record, decision.state, decision.reason, decision.decided_by)

    def stop(self) -> None:
        """Take all plugins down, the last that came up first. None comes up any more, whatever their code says."""
        self.is_open = False
        with ExitStack() as rest:  # goes on where a plugin's shutdown lets a KeyboardInterrupt through
            for record in self.active:
                rest.callback(self.take_down, record, "stopped", "the manager was stopped")

    def take_down(self, record: PluginRecord, state: State, reason: str, decided_by: Source | None = None) -> None:
        """Let a plugin, if it is active, run no more: its receivers are called no more, then its `shutdown` is."""
        if not record.is_active:  # somebody else's shutdown has taken it down meanwhile
            return
        self._lifecycle.deactivate(record)
        self.active.remove(record)
        record.enter(state, reason, decided_by)
        with self.keeping_down([record]):
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
        if record in self.active:
            self.active.remove(record)
        tell_failure(record, failure)
        decisions = blocked_by_requirements({other.installed: other.decision() for other in self.records})
        for other in [*reversed(self.active), *self.records]:
            decision = decisions[other.installed]
            if other.is_active and not decision.runs:
                self.take_down(other, decision.state, decision.reason, decision.decided_by)
            elif other.state == "found":
                other.decide(decision)


@contextmanager
def _among(members: set[PluginRecord], records: Iterable[PluginRecord]) -> Iterator[None]:
    """Count plugins among `members` for the length of a `with` block. One that is among them already stays."""
    coming = set(records) - members
    members |= coming
    try:
        yield
    finally:
        members -= coming
