"""How far has a plugin come on its way to being called, who let it, and what has stopped it?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, TypeAlias

from hookcore.manager.records import PluginRecord, State
from hookcore.names import printable
from hookcore.plugins.policy import Decision, Policy, Stop

StepName: TypeAlias = Literal["found", "decided", "verified", "needs met", "imported", "connected", "ready", "called"]
Outcome: TypeAlias = Literal["done", "stopped", "waiting"]

_STOPPED_AT: Final[dict[Stop, StepName]] = {"decision": "decided", "lock": "verified", "requirements": "needs met"}
_FAILED_IN: Final[dict[str, StepName]] = {
    "import": "imported",
    "settings": "connected",
    "connect": "connected",
    "ready": "ready",
}


class Explanation(NamedTuple):
    """A plugin, by its name and its distribution's, with its steps: the last is where it stands.

    `needs` are the names of the distributions whose plugins have to run so that it may.
    """

    name: str
    distribution: str
    version: str
    state: State
    steps: tuple[Step, ...]
    needs: tuple[str, ...] = ()


class Step(NamedTuple):
    """One step of a plugin: whether it was made, is where the plugin was stopped, or waits for a start.

    `said` tells how, in words; `decided_by` is who said so, as in a report; `traceback` is that of the plugin's fault.
    """

    name: StepName
    outcome: Outcome
    said: str
    decided_by: str = ""
    traceback: str = ""


def explanation_of(record: PluginRecord, policy: Policy) -> Explanation:
    """Return how far a plugin has come. `policy` is the one that decided about it."""
    distribution = record.installed.distribution
    steps = tuple(_steps_of(record, policy))
    needs = tuple(policy.needed_by(record.installed))
    return Explanation(record.name, distribution.name, distribution.version, record.reported.state, steps, needs)


def _steps_of(record: PluginRecord, policy: Policy) -> Iterator[Step]:
    """Yield a plugin's steps as far as it has come, and the one that has stopped it."""
    installed, stop = record.installed, policy.stopped_at(record.installed)
    yield Step("found", "done", _origin_of(record))
    if record.status.state == "stopped":
        yield Step("decided", "stopped", record.status.reason, str(record.status.decided_by))
        return
    permission = policy.permission(installed)
    for name, said, source in _ways_in(record, policy, permission):
        if stop is not None and _STOPPED_AT[stop] == name:
            decision = policy.decisions[installed]
            yield Step(name, "stopped", decision.reason, str(decision.decided_by))
            return
        yield Step(name, "done", said, source)
    yield from _coming_up(record)


def _origin_of(record: PluginRecord) -> str:
    installed = record.installed
    if installed.is_registered_by_hand:
        return "the host has registered it"
    distribution, point = installed.distribution, installed.entry_point or installed.receivers[0]
    return f"[{point.group}] {point.name} = {point.value}, in {printable(distribution.origin)}"


def _ways_in(record: PluginRecord, policy: Policy, permission: Decision) -> Iterator[tuple[StepName, str, str]]:
    """Yield what has to be so before a plugin is imported, with what is said if it is."""
    yield "decided", permission.reason, str(permission.decided_by)
    locked, lock = policy.config.locked, policy.config.lock
    if locked.value and lock is not None:
        yield "verified", f"it is what {lock.value} approves", str(locked.source)
    else:
        yield "verified", "nothing is locked", str(locked.source)
    needs = policy.needed_by(record.installed)
    yield "needs met", f"requires {', '.join(needs)}" if needs else "it needs no other plugin", ""


def _coming_up(record: PluginRecord) -> Iterator[Step]:
    failure, count = record.status.failure, len(record.receivers)
    failed_in = _FAILED_IN.get(failure.phase) if failure is not None else None
    connected = "no receiver" if not count else "1 receiver" if count == 1 else f"{count} receivers"
    said: dict[StepName, str] = {"imported": "", "connected": connected, "ready": ""}
    for name, words in said.items():
        if failure is not None and failed_in == name:
            yield Step(name, "stopped", str(failure), traceback=failure.traceback)
            return
        if record.status.state not in ("active", "failed"):
            yield Step(name, "waiting", "the host has not been started")
            return
        yield Step(name, "done", words)
    breaker = record.breaker
    if breaker is not None and (status := breaker.status) is not None:
        yield Step("called", "stopped", status.reason, str(status.decided_by), "".join(breaker.tracebacks))
