"""Which distributions does this one need, and in which order do plugins load? All that carry none are pip's business.

`packaging` parses the requirements (PEP 508), and is imported only if some plugin really names another one's
distribution, because it is slow to import and most plugins never do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from hookcore.names import canonical_name
from hookcore.plugins.installed import Distribution, InstalledPlugin


def needs_of(plugins: Iterable[InstalledPlugin]) -> tuple[dict[str, frozenset[str]], dict[str, str]]:
    """Return which distributions of these plugins need which others of them, by canonical name.

    And a sentence for each one that has a requirement which nobody can evaluate. Those that need none are left out.
    """
    carriers = {plugin.distribution.canonical_name: plugin.distribution for plugin in plugins}
    needs: dict[str, frozenset[str]] = {}
    problems: dict[str, str] = {}
    for name, distribution in carriers.items():
        try:
            needed = needed_distributions(distribution, carriers)
        except UnusableRequirementError as error:
            problems[name] = str(error)
        else:
            if needed:
                needs[name] = needed
    return needs, problems


class UnusableRequirementError(ValueError):
    """A requirement whose marker cannot be evaluated here."""


def needed_distributions(distribution: Distribution, carriers: Mapping[str, Distribution]) -> frozenset[str]:
    """Return the canonical names of the `carriers` (canonical name → distribution) that `distribution` requires.

    Environment markers are evaluated for the running interpreter. What an extra brings counts only where somebody
    requires that extra. Requirements that don't parse are skipped: pip installed the distribution all the same.

    Raises UnusableRequirementError for a requirement of a carrier whose marker cannot be read or evaluated.
    """
    if not distribution.requirements:
        return frozenset()
    own_name = distribution.canonical_name
    needed: set[str] = set()
    seen: set[tuple[str, str]] = set()
    waiting = [(distribution, "")]
    while waiting:
        current, extra = waiting.pop()
        if (current.canonical_name, extra) in seen:
            continue
        seen.add((current.canonical_name, extra))
        for name, extras in _required(current, extra, carriers, own_name):
            needed.add(name)
            target = distribution if name == own_name else carriers[name]
            waiting.extend((target, wanted) for wanted in extras)
    return frozenset(needed - {own_name})


def _required(
    distribution: Distribution, extra: str, carriers: Collection[str], own_name: str
) -> Iterator[tuple[str, Collection[str]]]:
    """Yield what `distribution` with `extra` requires: canonical name, and the extras wanted of it."""
    for text in distribution.requirements:
        name = canonical_name(_name_in(text))
        if name not in carriers and name != own_name:
            continue

        from packaging.requirements import InvalidRequirement, Requirement

        try:
            requirement = Requirement(text)
            holds = requirement.marker is None or requirement.marker.evaluate({"extra": extra})
        except Exception as error:  # versions that are none, names that are unknown: of many types
            if isinstance(error, InvalidRequirement) and ";" not in text:
                continue
            reason = f"{type(error).__name__}: {error}".partition("\n")[0]
            raise UnusableRequirementError(
                f"the requirement {text!r} of {distribution} can't be evaluated here ({reason})"
            ) from error
        if holds:
            yield name, requirement.extras


def _name_in(requirement: str) -> str:
    text = requirement.lstrip()
    for index, character in enumerate(text):
        if not (character.isascii() and character.isalnum()) and character not in "._-":
            return text[:index]
    return text


def load_order(plugins: Iterable[InstalledPlugin], all_needs: Mapping[str, frozenset[str]]) -> list[InstalledPlugin]:
    """Return `plugins` so that each comes after those of the distributions that its own one requires.

    `all_needs` says which distributions need which others, by canonical name. Of the plugins that wait for nothing,
    the first by canonical plugin name, then distribution name, goes next. Distributions may require each other in a
    circle (pip allows it): inside it the name alone decides.
    """
    waiting = [(plugin, plugin.distribution.canonical_name) for plugin in sorted(plugins, key=lambda one: one.names)]
    unfinished = Counter(name for _, name in waiting)
    earlier = _without_circles({name: all_needs.get(name, frozenset()) & unfinished.keys() for name in unfinished})
    ordered: list[InstalledPlugin] = []
    while waiting:
        plugin, name = waiting.pop(next(index for index, (_, name) in enumerate(waiting) if not earlier[name]))
        ordered.append(plugin)
        unfinished[name] -= 1
        if not unfinished[name]:
            for names in earlier.values():
                names.discard(name)
    return ordered


def _without_circles(needs: Mapping[str, frozenset[str]]) -> dict[str, set[str]]:
    """Return, for each name, all that it needs directly or not, but nothing that needs it in turn."""
    reached = {name: reachable(needs[name], needs) for name in needs}
    return {name: {other for other in others if name not in reached[other]} for name, others in reached.items()}


def reachable(names: Iterable[str], edges: Mapping[str, Iterable[str]]) -> dict[str, None]:
    """Return these names and all to which edges lead from them, in the order in which they were reached."""
    reached: dict[str, None] = {}
    waiting = list(names)
    while waiting:
        current = waiting.pop()
        if current not in reached:
            reached[current] = None
            waiting.extend(edges.get(current, ()))
    return reached
