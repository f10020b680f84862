"""What was approved, and is this still it? Plain records and a comparison; nothing is read here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from hookcore.names import canonical_name
from hookcore.plugins.config.sources import Source
from hookcore.plugins.installed import InstalledPlugin


@dataclass(frozen=True, slots=True)
class Approval:
    """What the lock says of one plugin, or what would have to be said of an installed one.

    `entry_point` is the value of the plugin's own entry point, empty if it has only receivers; `receivers` are lines
    `<signal>.<receiver> = <value>`, sorted; `digest` is `sha256:` and the digest of its distribution's RECORD, empty if
    there is none. `editable`: its files may change at any time, and are not looked at.
    """

    plugin: str
    distribution: str
    version: str
    entry_point: str
    receivers: tuple[str, ...]
    digest: str
    editable: bool = False


class Lock(NamedTuple):
    """What a lock file says: who is approved, by canonical plugin name, and where that stands."""

    path: str
    approvals: Mapping[str, Approval]
    sources: Mapping[str, Source]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which a plugin is not what was approved, and what the operator can do about it."""

    plugin: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        return f"plugin {self.plugin!r}: {self.problem}. {self.remedy}"


def new(plugin: InstalledPlugin, lock: Lock) -> Difference:
    """Return the difference of a plugin that the lock does not name."""
    return Difference(
        plugin.name,
        f"it is new: {plugin.distribution} brought it, and {lock.path} does not name it",
        f"Approve it with {_locking(plugin.name)}, or disable it, or uninstall {plugin.distribution.name}.",
    )


def missing(approval: Approval, lock: Lock) -> Difference:
    """Return the difference of a plugin that the lock names and that is not installed."""
    return Difference(
        approval.plugin,
        f"{lock.path} names it, and it is not installed",
        f"Install {approval.distribution}=={approval.version}, or write the lock anew with {_locking()}.",
    )


def idle(approval: Approval, lock: Lock) -> Difference:
    """Return the difference of a plugin that the lock names and that may not run."""
    return Difference(
        approval.plugin,
        f"{lock.path} names it, and the config does not let it run",
        f"Let it run, or write the lock anew with {_locking()}.",
    )


def differences(approved: Approval, actual: Approval) -> Iterator[Difference]:
    """Yield each thing in which `actual` is not what was approved."""
    name = actual.plugin
    installed = f"{actual.distribution} {actual.version}"
    again = (
        f"Install {approved.distribution}=={approved.version} again, or approve what is there with {_locking(name)}."
    )
    if canonical_name(approved.distribution) != canonical_name(actual.distribution):
        problem = f"{installed} claims the name, which was approved for {approved.distribution} {approved.version}"
        yield Difference(name, problem, f"Uninstall {actual.distribution}, or approve it with {_locking(name)}.")
        return
    if approved.version != actual.version:
        yield Difference(name, f"{installed} is installed, and version {approved.version} was approved", again)
    if approved.entry_point != actual.entry_point:
        problem = f"its entry point is {actual.entry_point!r}, and {approved.entry_point!r} was approved"
        yield Difference(name, problem, again)
    if approved.receivers != actual.receivers:
        yield Difference(name, f"its receivers are not those that were approved: {_changes(approved, actual)}", again)
    if actual.editable and not approved.editable:
        problem = f"{installed} is an editable or legacy install, whose files can't be verified"
        trusted = f"`hookcore lock --editable {name}` or lock({name!r}, editable=True)"
        remedy = f"Install it as a wheel; or approve it, if you trust whoever edits it, with {trusted}."
        yield Difference(name, problem, remedy)
    if approved.digest != actual.digest:
        yield Difference(name, f"the list of the files of {installed} (RECORD) is not the one that was approved", again)


def _locking(name: str = "") -> str:
    """Return how a plugin, or all that may run, is approved: by the operator, and by the host's own code."""
    return f"`hookcore lock {name}` or lock({name!r})" if name else "`hookcore lock` or lock()"


def _changes(approved: Approval, actual: Approval) -> str:
    before, now = set(approved.receivers), set(actual.receivers)
    lost = [f"{line!r} is gone" for line in approved.receivers if line not in now]
    gained = [f"{line!r} is new" for line in actual.receivers if line not in before]
    return "; ".join((*lost, *gained))
