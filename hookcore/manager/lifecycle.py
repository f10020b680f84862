"""How do plugins come to what was decided? Who may run no more goes down, who may run now comes up.

Whose fault ends it goes down, too, and with it those that need it.
"""

from __future__ import annotations

import inspect
from collections import deque
from collections.abc import Collection, Coroutine, Iterable, Sequence
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, Literal

from hookcore.errors import PluginError, PluginLoadError
from hookcore.manager.changes import AbandonedError, NobodyAwaitsError, Steps, carry_out
from hookcore.manager.connector import Connector
from hookcore.manager.records import PluginRecord, State
from hookcore.plugins.config.keys import Config
from hookcore.plugins.config.sources import Source
from hookcore.plugins.installed import InstalledPlugin
from hookcore.plugins.loading import Failure, call_with_wanted, contained, held, on_offer
from hookcore.plugins.policy import Decision, Policy, clash
from hookcore.signals.connecting.importing import outside_of_imports
from hookcore.signals.connecting.receiver import Owner

if TYPE_CHECKING:
    from hookcore.manager.registration import Registration
    from hookcore.plugins.lock.locked_start import LockedStart


_REMEDY: Final = {
    "ready": "start the manager with `await plugins.astart()` or `async with plugins:`",
    "shutdown": "stop the manager with `await plugins.astop()`, and disable no such plugin before",
}


_NOTHING_DECIDED: Final = Policy(Config(), ())


class Lifecycle:
    """Brings one manager's plugins up and down, under the manager's lock, one change after the other.

    `policy` is what was decided; `locked` holds what the plugins are held to, if the config says `locked`.
    """

    def __init__(self, manager: Registration, connector: Connector) -> None:
        self.policy = _NOTHING_DECIDED
        self.locked: list[LockedStart] = []
        self.records: Sequence[PluginRecord] = ()  # all, by name
        self.by_installed: dict[InstalledPlugin, PluginRecord] = {}
        self.by_owner: dict[Owner, PluginRecord] = {}
        self.active: dict[PluginRecord, None] = {}  # in the order in which they came up
        self.going_down: Collection[PluginRecord] = ()  # nobody's code may enable these now
        self._manager = manager
        self._connector = connector
        self._running = manager._ownership.running
        self._not_ready: deque[PluginRecord] = deque()
        self._came_up = 0

    def begin(self, records: Sequence[PluginRecord]) -> None:
        """Answer for these plugins from now on, none of which is up."""
        self.records = tuple(records)
        self.by_installed = {record.installed: record for record in records}
        self.by_owner = {record.owner: record for record in records}

    # -- what is decided --------------------------------------------------------------------------------------

    def named(self, name: str) -> list[PluginRecord]:
        """Return the plugins that a name means; tell if it is ambiguous. Raises UnknownPluginError if it means none."""
        return [self.by_installed[one] for one in self.policy.names.named(name, self._manager.project_name)]

    def override(self, records: Collection[PluginRecord], enabled: bool) -> Collection[PluginRecord]:
        """Let plugins run, or run no more, whatever the config says. A failed one is tried again. Return them.

        Raises PluginError, and changes nothing, if one that is to run takes a running one down that claims its name.
        """
        named = [record.installed for record in records]
        for record in records if enabled else ():
            rival = self.policy.rival(record.installed)
            if rival is not None:
                raise PluginError(
                    f"{record.described} could not be enabled: that would take down "
                    f"{self.by_installed[rival].described}: {clash([rival, record.installed])}",
                    plugin=record.name,
                )
        self.going_down = () if enabled else records
        try:
            self.follow({**dict.fromkeys(named), **self.policy.override(named, enabled)})
        finally:
            self.going_down = ()
        return records

    def block(self, name: str, is_blocked: bool) -> None:
        """Let the plugins that a name means run no more, or as they may."""
        self.follow(self.policy.block(name, is_blocked))

    def follow(self, installed: Iterable[InstalledPlugin]) -> None:
        """Bring plugins to what the policy says: all of them, or those whose decision has changed."""
        self.let_in()
        decided = self._decided(installed)
        for record, decision in decided:
            if not record.is_active and (record.status.state != "failed" or decision.state != "failed"):
                record.enter(*decision)
        self._take_down_in_turn(decided)
        for record, decision in decided:
            if record.is_active and decision.runs:
                self._stay(record, decision)
        coming = [record for record, _ in decided if record.status.state == "found"]
        if coming:
            self._bring_up(coming)

    def _decided(self, installed: Iterable[InstalledPlugin]) -> list[tuple[PluginRecord, Decision]]:
        return [(self.by_installed[one], self.policy.decisions[one]) for one in installed]

    def let_in(self) -> None:
        """Let those plugins be imported that may run, where only verified ones are."""
        for locked in self.locked:
            locked.admit(plugin for plugin, decision in self.policy.decisions.items() if decision.runs)

    # -- up ---------------------------------------------------------------------------------------------------

    def _stay(self, record: PluginRecord, decision: Decision) -> None:
        record.enter("active", decision.reason, decision.decided_by)
        if record.follow_silences():
            self._give_up_if(record, self._activate(record))

    def _bring_up(self, coming: Collection[PluginRecord]) -> None:
        """Connect plugins in the order of their requirements. `ready` of each is called when all are connected."""
        ordered = [self.by_installed[one] for one in self.policy.in_load_order([record.installed for record in coming])]
        self._not_ready += ordered
        for record in ordered:
            if record.status.state == "found":
                self._connect(record)

    def load(self, records: Iterable[PluginRecord], *, is_strict: bool) -> None:
        """Load plugins in pluggy's way, if the policy lets them run. With `is_strict` the first fault ends it."""
        for record in records:
            record.enter(*self.policy.decisions[record.installed])
            if record.status.state == "found":
                self._connect(record, bare=True)
            if is_strict and record.status.failure is not None:
                break

    def _connect(self, record: PluginRecord, *, bare: bool = False) -> None:
        began = perf_counter()
        try:
            failure = self._connector.connect(record, bare=bare)
        except BaseException:  # the user's Ctrl-C passes, and must not leave half a plugin either
            self._disconnect(record)
            raise
        record.seconds_to_connect = perf_counter() - began
        if failure is None:
            self._came_up += 1
            record.came_up = self._came_up
            self.active[record] = None
            record.enter("active", record.status.reason)
            record.follow_silences()
            failure = self._activate(record)
        self._give_up_if(record, failure)

    def _activate(self, record: PluginRecord) -> Failure | None:
        """Let the plugin's receivers be called. A historic signal calls them here with what they have missed."""
        record.owner.active = True
        return contained("connect", partial(self._manager._hold.owner_switched, record.owner))

    def make_ready(self) -> Steps:
        """Call `ready` of the plugins that have come up, in that order; yields what has to be awaited."""
        while self._not_ready:
            record = self._not_ready.popleft()
            if record.is_active and not record.is_ready:
                began = perf_counter()
                failure = yield from self._ready(record)
                record.seconds_to_ready = perf_counter() - began
                record.is_ready = failure is None and record.is_active  # it may have disabled itself
                self._give_up_if(record, failure)

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

    def let_go(self) -> None:
        """Make sure that nobody is up, and call no code of theirs: after a stop, or one that was interrupted."""
        self.going_down = ()
        self._not_ready.clear()
        for record in self.records:
            self._let_go_of(record)
            if record.status.state in ("active", "found"):
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

    def _take_down_in_turn(self, decided: Iterable[tuple[PluginRecord, Decision]]) -> None:
        """Take those down that are up and may run no more, the last that came up first."""
        going = [pair for pair in decided if pair[0].is_active and not pair[1].runs]
        for record, decision in sorted(going, key=lambda pair: pair[0].came_up, reverse=True):
            self.take_down(record, *decision)

    def _taken_down(self, record: PluginRecord, state: State, reason: str, decided_by: Source | None = None) -> Steps:
        if not record.is_active:  # it failed meanwhile, or the call is made again after an interruption
            return
        before, self.going_down = self.going_down, (*self.going_down, record)
        failure = None
        try:
            self.deactivate(record)
            self.active.pop(record, None)
            record.enter(state, reason, decided_by)
            if record.is_ready:
                record.is_ready = False
                failure = yield from self._called(record, "shutdown")
        finally:
            self._disconnect(record)
            self.going_down = before
        if failure is not None:
            record.tell_failure(failure)

    def deactivate(self, record: PluginRecord) -> None:
        """Let the plugin's receivers be called no more. They stay connected."""
        record.owner.active = False
        self._manager._hold.owner_switched(record.owner)

    def _disconnect(self, record: PluginRecord) -> None:
        if record.owner.active:
            self.deactivate(record)
        self._connector.disconnect(record)
        record.is_ready = False
        self.active.pop(record, None)

    def _let_go_of(self, record: PluginRecord) -> None:
        """Disconnect a plugin of which anything is up, wherever it was interrupted."""
        if record in self.active or record.plugin is not None or record.owner.active or record.is_ready:
            self._disconnect(record)

    # -- what goes wrong --------------------------------------------------------------------------------------

    def give_up(self, record: PluginRecord, failure: Failure) -> None:
        """Hold a plugin's fault: its receivers are disconnected, it is told, and plugins that need it are blocked."""
        self._disconnect(record)
        record.enter("failed", str(failure), failure=failure)
        record.tell_failure(failure)
        status = record.status
        blocked = self.policy.fail(record.installed, Decision("failed", status.reason, status.decided_by))
        others = self._decided(blocked)
        self._take_down_in_turn(others)
        for other, decision in others:
            if other.status.state == "found":
                other.enter(*decision)

    def give_up_late(self, record: PluginRecord, failure: Failure) -> None:
        """Hold the fault of a plugin that a send reached first, unless it is down already."""
        if record.is_active:
            self.give_up(record, failure)

    def _give_up_if(self, record: PluginRecord, failure: Failure | None) -> None:
        if failure is not None:
            self.give_up(record, failure)

    def recover(self, error: BaseException) -> None:
        """Bring plugins to one state or the other, wherever a change was interrupted, and call no code of theirs."""
        self.going_down = ()
        self.policy.decide_again()
        for installed, decision in self.policy.decisions.items():
            record = self.by_installed[installed]
            if record.is_active and record in self.active and record.is_ready and decision.runs:
                record.follow_silences()
                self._activate(record)
                continue
            self._let_go_of(record)
            if decision.runs:
                record.enter("failed", f"interrupted by {type(error).__name__}")
            elif record.status.state in ("active", "found"):
                record.enter(*decision)

    # -- plugins' own code ------------------------------------------------------------------------------------

    def _ready(self, record: PluginRecord) -> Steps:
        before = self._running.get()
        try:
            self._running.set(record)
            return (yield from self._called(record, "ready"))
        finally:
            self._running.set(before)

    def _called(self, record: PluginRecord, phase: Literal["ready", "shutdown"]) -> Steps:
        """Call a function of the plugin's, if it has it. What it wants awaited is yielded; its failure returned."""
        outcome = self._call(record, phase)
        if isinstance(outcome, Failure) or outcome is None:
            return outcome
        try:
            yield outcome
        except NobodyAwaitsError:
            error = PluginLoadError(
                f"{phase} of plugin {record.name!r} is a coroutine function, which nobody awaits here: "
                f"{_REMEDY[phase]}",
                plugin=record.name,
            )
            return held(phase, error)
        except AbandonedError:
            raise
        except BaseException as error:
            from hookcore.signals.sending.concurrency import passes_awaited  # only who awaits needs it

            if passes_awaited(error):
                raise
            return held(phase, error)
        return None

    @outside_of_imports
    def _call(
        self, record: PluginRecord, phase: Literal["ready", "shutdown"]
    ) -> Coroutine[Any, Any, object] | Failure | None:
        try:
            function = getattr(record.plugin, phase, None)
            if not callable(function):
                return None
            available = on_offer(self._manager, record.settings)
            outcome = call_with_wanted(function, available, plugin=record.name)
            if inspect.isgenerator(outcome) or inspect.isasyncgen(outcome):
                raise PluginLoadError(
                    f"{phase} of plugin {record.name!r} is a generator function, of which nothing runs when it is "
                    "called: write it without `yield`",
                    plugin=record.name,
                )
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # as in `contained`
            return held(phase, error)
        return outcome if inspect.iscoroutine(outcome) else None
