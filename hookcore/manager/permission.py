"""Which plugins may run? All that has a say here, brought together: the config, `enable()` and `disable()`, the lock,
names that the host blocks, faults of before, and what each plugin needs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from hookcore.manager.records import PluginRecord
from hookcore.names import canonical_name
from hookcore.plugins.config.records import Config, Source
from hookcore.plugins.discovery import InstalledPlugin
from hookcore.plugins.policy import Decision, Overrides, blocked_by_requirements, decide


def permissions(
    config: Config,
    installed: Sequence[InstalledPlugin],
    *,
    overrides: Overrides,
    blocked: Collection[str],
    refusal: Callable[[InstalledPlugin], Decision | None] | None,
    failed: Iterable[PluginRecord] = (),
) -> dict[InstalledPlugin, Decision]:
    """Return the decision about each plugin.

    `overrides` and `refusal` are those of `hookcore.plugins.policy.decide`; `blocked` are the names that pluggy's
    `set_blocked()` was given. The `failed` are not tried again: they stay as they are, if they may run at all.
    """
    decisions = decide(config, installed, overrides=overrides, refusal=refusal)
    blocked_names = {canonical_name(name) for name in blocked}
    for plugin, decision in decisions.items():
        if decision.runs and not blocked_names.isdisjoint(plugin.names):
            reason = "the host blocks its name"
            decisions[plugin] = Decision("disabled", reason, Source("argument", "set_blocked()"))
    for record in failed:
        if decisions[record.installed].runs:
            decisions[record.installed] = record.decision()
    return blocked_by_requirements(decisions)
