"""How do plugins come to what was decided? Who may run no more goes down, who may run now comes up.

Whose fault ends it goes down, too, and with it those that need it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence

from hookcore.errors import PluginError
from hookcore.manager.lifecycle import Lifecycle, Steps, carry_out
from hookcore.manager.records import PluginRecord, State
from hookcore.plugins.config.keys import Config
from hookcore.plugins.config.sources import Source
from hookcore.plugins.installed import InstalledPlugin
from hookcore.plugins.loading import Failure
from hookcore.plugins.policy import Decision, Policy
from hookcore.signals.connecting.receiver import Owner


class Reconciler:
    """Brings one manager's plugins to what was decided, under the manager's lock, one change after the other."""

    def __init__(self, lifecycle: Lifecycle) -> None:
        self.records: Sequence[PluginRecord] = ()  # all, by name
        self.active: dict[PluginRecord, None] = {}  # in the order in which they came up
        self.going_down: Collection[PluginRecord] = ()  # nobody's code may enable these now
        self._lifecycle = lifecycle
        self.by_installed: dict[InstalledPlugin, PluginRecord] = {}
        self._policy = Policy(Config(), ())
        self._not_ready: deque[PluginRecord] = deque()
        self._by_owner: dict[Owner, PluginRecord] = {}
        self._came_up = 0

    def begin(self, records: Sequence[PluginRecord]) -> None:
        """Answer for these plugins from now on, none of which is up."""
        self.records = tuple(records)
        self.by_installed = {record.installed: record for record in records}
        self._by_owner = {record.owner: record for record in records}

    def record_of(self, owner: Owner) -> PluginRecord | None:
        """Return the installed plugin whose owner this is, or None."""
        return self._by_owner.get(owner)

    def apply(self, policy: Policy, installed: Iterable[InstalledPlugin]) -> None:
        """Bring plugins to what a policy says: all of them, or those whose decision has changed."""
        self._policy = policy
        decided = [(self.by_installed[one], policy.decisions[one]) for one in installed]
        for record, decision in decided:
            if not record.is_active and (record.state != "failed" or decision.state != "failed"):
                record.decide(decision)
        going = [(record, decision) for record, decision in decided if record.is_active and not decision.runs]
        for record, decision in sorted(going, key=lambda one: one[0].came_up, reverse=True):
            self.take_down(record, decision.state, decision.reason, decision.decided_by)
        for record, decision in decided:
            if record.is_active and decision.runs:
                self._stay(record, decision)
        self._come([record for record, _ in decided if record.state == "found"])

    def load(self, policy: Policy, records: Iterable[PluginRecord], is_strict: bool) -> tuple[int, Failure | None]:
        """Load plugins in pluggy's way, if a policy lets them run; return how many.

        With `is_strict` the first fault ends it, and is returned.
        """
        self._policy = policy
        loaded = 0
        for record in records:
            record.decide(policy.decisions[record.installed])
            failure = self._lifecycle.load(record) if record.state == "found" else None
            if failure is not None:
                self.give_up(record, failure)
                if is_strict:
                    return loaded, failure
            elif record.state == "found":
                self._note_up(record)
                loaded += 1
        return loaded, None

    # -- up ---------------------------------------------------------------------------------------------------

    def _stay(self, record: PluginRecord, decision: Decision) -> None:
        record.enter("active", decision.reason, decision.decided_by)
        failure = self._lifecycle.activate(record)  # other receivers of it may be disabled now
        if failure is not None:
            self.give_up(record, failure)

    def _come(self, coming: Collection[PluginRecord]) -> None:
        """Connect plugins in the order of their requirements. `ready` of each is called when all are connected."""
        by_installed = {record.installed: record for record in coming}
        ordered = [by_installed[installed] for installed in self._policy.in_load_order(by_installed)]
        self._not_ready += ordered
        for record in ordered:
            if record.state == "found":
                self._connect(record)

    def make_ready(self) -> Steps:
        """Call `ready` of the plugins that have come up, in that order; yields what has to be awaited."""
        while self._not_ready:
            record = self._not_ready.popleft()
            if record.is_active and not record.is_ready:
                failure = yield from self._lifecycle.ready(record)
                if failure is not None:
                    self.give_up(record, failure)
        return None

    def _connect(self, record: PluginRecord) -> None:
        failure = self._lifecycle.connect(record)
        if failure is None:
            self._note_up(record)
            failure = self._lifecycle.activate(record)
        if failure is not None:
            self.give_up(record, failure)

    def _note_up(self, record: PluginRecord) -> None:
        self._came_up += 1
        record.came_up = self._came_up
        self.active[record] = None
        record.enter("active", record.reason)

    # -- down -------------------------------------------------------------------------------------------------

    def stop(self) -> Steps:
        """Take all plugins down, the last that came up first; yields what has to be awaited."""
        interruption = None
        for record in reversed(list(self.active)):
            try:
                yield from self._taken_down(record, "stopped", "the manager was stopped")
            except BaseException as error:  # the user's Ctrl-C in a plugin's shutdown: the others go down too
                interruption = error
        if interruption is not None:
            raise interruption
        return None

    def let_go(self) -> None:
        """Make sure that nobody is up, and call no code of theirs: after a stop, or one that was interrupted."""
        self.going_down = ()
        self._not_ready.clear()
        for record in self.records:
            if record in self.active or record.plugin is not None or record.owner.active or record.is_ready:
                self._lifecycle.disconnect(record)
                record.is_ready = False
            if record.state in ("active", "found"):
                record.enter("stopped", "the manager was stopped before its turn came")
        self.active.clear()

    def refuse_going_down(self, records: Iterable[PluginRecord]) -> None:
        """Raise PluginError if one of these plugins is going down right now."""
        for record in records:
            if record in self.going_down:
                raise PluginError(
                    f"{record.described} is going down: enable() it when that is done", plugin=record.name
                )

    def take_down(self, record: PluginRecord, state: State, reason: str, decided_by: Source | None = None) -> None:
        """Let a plugin run no more: its receivers are called no more, then its `shutdown` is."""
        carry_out(self._taken_down(record, state, reason, decided_by))

    def _taken_down(self, record: PluginRecord, state: State, reason: str, decided_by: Source | None = None) -> Steps:
        if not record.is_active:  # it failed meanwhile, or the call is made again after an interruption
            return None
        before, self.going_down = self.going_down, (*self.going_down, record)
        try:
            self._lifecycle.deactivate(record)
            self.active.pop(record, None)
            record.enter(state, reason, decided_by)
            failure = yield from self._lifecycle.shut_down(record)
        finally:
            self._lifecycle.disconnect(record)
            self.going_down = before
        if failure is not None:
            record.tell_failure(failure)
        return failure

    def give_up(self, record: PluginRecord, failure: Failure) -> None:
        """Hold a plugin's fault: its receivers are disconnected, it is told, and plugins that need it are blocked."""
        self._lifecycle.disconnect(record)
        record.is_ready = False
        record.fail(failure)
        self.active.pop(record, None)
        record.tell_failure(failure)
        blocked = self._policy.fail(record.installed, Decision("failed", record.reason, record.decided_by))
        for other in sorted((self.by_installed[one] for one in blocked), key=lambda one: one.came_up, reverse=True):
            decision = self._policy.decisions[other.installed]
            if other.is_active and not decision.runs:
                self.take_down(other, decision.state, decision.reason, decision.decided_by)
            elif other.state == "found":
                other.decide(decision)

    def recover(self, policy: Policy, error: BaseException) -> None:
        """Bring plugins to one state or the other, wherever a change was interrupted, and call no code of theirs."""
        self.going_down = ()
        policy.decide_again()
        for installed, decision in policy.decisions.items():
            record = self.by_installed[installed]
            if record.is_active and record in self.active and record.is_ready and decision.runs:
                self._lifecycle.activate(record)
                continue
            if record.is_active or record in self.active or record.owner.active or record.plugin is not None:
                self._lifecycle.disconnect(record)
                record.is_ready = False
                self.active.pop(record, None)
            if decision.runs:
                record.enter("failed", f"interrupted by {type(error).__name__}")
            elif record.state in ("active", "found"):
                record.decide(decision)
