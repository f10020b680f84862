"""What the operator is told while plugins start and stop, through `logging.getLogger("hookcore")`."""

from __future__ import annotations

from collections.abc import Iterable

from hookcore.logs import is_told_to_info, log_failure, log_info, log_warning
from hookcore.manager.records import PluginRecord
from hookcore.plugins.loading import Failure


def described(record: PluginRecord) -> str:
    """Name a plugin with its distribution and version."""
    return record.described


def tell_failure(record: PluginRecord, failure: Failure) -> None:
    """Log a plugin's fault with plugin, distribution, version, phase and traceback."""
    log_failure("%s failed in %s; the others go on", described(record), failure, error=failure.error)


def tell_start(project_name: str, records: Iterable[PluginRecord], seconds: float) -> None:
    """Log in one line who runs, who does not and why, and how long the start took."""
    if not is_told_to_info():
        return
    active = [record.name for record in records if record.is_active]
    others = [f"{record.name} is {record.state} ({record.reason})" for record in records if not record.is_active]
    running = f"these plugins run: {', '.join(active)}" if active else "no plugin runs"
    log_info("; ".join([f"{project_name} started in {seconds * 1000:.1f} ms: {running}", *others]))


def warn(sentences: Iterable[object]) -> None:
    """Log what is likely a mistake in the config, a line each."""
    for sentence in sentences:
        log_warning(str(sentence))
