"""Which distributions does this one need? Among those that carry plugins; all others are pip's business.

`packaging` parses the requirements (PEP 508), and is imported only if some plugin really names another one's
distribution, because it is slow to import and most plugins never do.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from hookcore.names import canonical_name
from hookcore.plugins.discovery import Distribution

_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


def needed_distributions(distribution: Distribution, carriers: Mapping[str, Distribution]) -> frozenset[str]:
    """Return the canonical names of the `carriers` (canonical name → distribution) that `distribution` requires.

    Environment markers are evaluated for the running interpreter. What an extra brings counts only where somebody
    requires that extra. Requirements that don't parse are skipped: pip installed the distribution all the same.
    """
    needed: set[str] = set()
    seen: set[tuple[str, str]] = set()
    waiting = [(distribution, "")]
    while waiting:
        current, extra = waiting.pop()
        if (current.canonical_name, extra) in seen:
            continue
        seen.add((current.canonical_name, extra))
        for name, extras in _required(current, extra, carriers.keys() | {distribution.canonical_name}):
            needed.add(name)
            target = distribution if name == distribution.canonical_name else carriers[name]
            waiting.extend((target, wanted) for wanted in extras)
    return frozenset(needed - {distribution.canonical_name})


def _required(
    distribution: Distribution, extra: str, interesting: Collection[str]
) -> Iterator[tuple[str, Collection[str]]]:
    """Yield what `distribution` with `extra` requires: canonical name, and the extras wanted of it."""
    for text in distribution.requirements:
        name = _NAME.match(text)
        if name is None or canonical_name(name[1]) not in interesting:
            continue

        from packaging.requirements import InvalidRequirement, Requirement

        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield canonical_name(requirement.name), requirement.extras
