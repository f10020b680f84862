"""What is reported of plugins: the frozen record that others may see, of now, or of what a start would do."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from hookcore.manager.records import PluginRecord, State, Status
from hookcore.plugins.policy import Policy, slips_in


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


def report_of(record: PluginRecord, muted: Collection[str]) -> PluginReport:
    """Return the frozen record of this moment. `muted` are the names of the signals that reach nobody."""
    distribution, status = record.installed.distribution, record.reported
    receivers, config = record.receivers, record.config
    known = frozenset(receivers if config.disable else ())
    return PluginReport(
        name=record.name,
        distribution=distribution.name,
        version=distribution.version,
        summary=distribution.summary,
        state=status.state,
        reason=status.reason,
        decided_by=str(status.decided_by),
        error=status.failure.error if status.failure is not None else None,
        receivers=receivers,
        disabled_receivers=tuple([one for one in receivers if config.switched_off(one, known)]) if known else (),
        muted_receivers=tuple([one for one in receivers if one.partition(".")[0] in muted]) if muted else (),
    )


class StartPlan(tuple[PluginReport, ...]):
    """What a start would do: a report for each installed plugin. Those in the state "found" would be imported.

    `refusals` are sentences about why the host would refuse to start; none if it would start. `slips` are sentences
    about what in the config is likely a mistake.
    """

    refusals: tuple[str, ...] = ()
    slips: tuple[str, ...] = ()

    @classmethod
    def of(cls, policy: Policy, refusals: Iterable[str], muted: Collection[str]) -> StartPlan:
        """Return what a start with a policy would do. Receivers are those that metadata names: nothing is imported."""
        reports = [report_of(record, muted) for record in planned_records(policy)]
        plan = cls(reports)
        plan.refusals = tuple(refusals)
        plan.slips = (*policy.config.slips, *slips_in(policy.config, policy.names))
        return plan


def planned_records(policy: Policy) -> list[PluginRecord]:
    """Return the plugins as a policy would have them at the beginning of a start."""
    records: list[PluginRecord] = []
    for installed, decision in policy.decisions.items():
        record = PluginRecord(installed)
        record.configure(policy.table(installed))
        record.status = Status(*decision)
        records.append(record)
    return records
