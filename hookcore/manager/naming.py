"""Which plugins does a name mean? Those that bear it, and those whose distribution does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hookcore.errors import UnknownPluginError
from hookcore.manager.records import PluginRecord
from hookcore.names import canonical_name, matches
from hookcore.suggestions import did_you_mean


def called(name: str, records: Sequence[PluginRecord], project_name: str) -> list[PluginRecord]:
    """Return the plugins of a name, in any spelling. Raises UnknownPluginError, with the nearest, if there is none."""
    found = [record for record in records if canonical_name(name) in record.installed.names]
    if not found:
        raise UnknownPluginError(
            f"no plugin or distribution called {name!r} is installed for {project_name!r}."
            f"{did_you_mean(name, spellings(records)) or ' report() lists what is.'}",
            plugin=name,
        )
    return found


def matching(pattern: str, records: Iterable[PluginRecord]) -> list[PluginRecord]:
    """Return the plugins that a name or glob in a config means; there may be none."""
    return [record for record in records if matches(pattern, record.installed.names)]


def spellings(records: Iterable[PluginRecord]) -> Iterator[str]:
    """Yield the names by which a person may mean a plugin, as their authors wrote them."""
    for record in records:
        yield record.name
        yield record.installed.distribution.name
