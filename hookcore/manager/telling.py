"""What the operator is told while plugins start and stop, through `logging.getLogger("hookcore")`."""

from __future__ import annotations

from collections.abc import Iterable

from hookcore.logs import log_failure, log_warning
from hookcore.manager.records import PluginRecord
from hookcore.plugins.loading import Failure


def described(record: PluginRecord) -> str:
    """Name a plugin with its distribution and version."""
    distribution = record.installed.distribution
    return f"plugin {record.name!r} ({distribution.name} {distribution.version})"


def tell_failure(record: PluginRecord, failure: Failure) -> None:
    """Log a plugin's fault with plugin, distribution, version, phase and traceback."""
    log_failure("%s failed in %s; the others go on", described(record), failure, error=failure.error)


def warn(sentences: Iterable[object]) -> None:
    """Log what is likely a mistake in the config, a line each."""
    for sentence in sentences:
        log_warning(str(sentence))
