"""Which distributions does this one need, and in which order do plugins load? Is it for the host that there is?

All that carry no plugins, and are not the host's, are pip's business. `packaging` parses the requirements (PEP 508),
and is imported only if some plugin really names another one's distribution, or wants certain versions of the host,
because it is slow to import and most plugins never do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from hookcore.names import canonical_name
from hookcore.plugins.installed import Distribution, InstalledPlugin

if TYPE_CHECKING:
    from packaging.requirements import Requirement
    from packaging.version import Version


def needs_of(plugins: Iterable[InstalledPlugin], host: str = "") -> tuple[dict[str, frozenset[str]], dict[str, str]]:
    """Return which distributions of these plugins need which others of them, by canonical name.

    And a sentence for each one that has a requirement which nobody can evaluate, or is for other versions of the
    distribution that is called as the `host`. Those that need none are left out.
    """
    carriers = {plugin.distribution.canonical_name: plugin.distribution for plugin in plugins}
    needs: dict[str, frozenset[str]] = {}
    problems: dict[str, str] = {}
    for name, distribution in carriers.items():
        try:
            needed = needed_distributions(distribution, carriers)
            refuse_other_host(distribution, canonical_name(host))
        except UnusableRequirementError as error:
            problems[name] = str(error)
        else:
            if needed:
                needs[name] = needed
    return needs, problems


class UnusableRequirementError(ValueError):
    """A requirement whose marker cannot be evaluated here, or that the host does not meet."""


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
        requirement = _holding(distribution, text, extra)
        if requirement is not None:
            yield name, requirement.extras


def _holding(distribution: Distribution, text: str, extra: str = "") -> Requirement | None:
    """Return a requirement that holds here; None for one that doesn't, or is none.

    Raises UnusableRequirementError if nobody can tell.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(text)
        holds = requirement.marker is None or requirement.marker.evaluate({"extra": extra})
    except Exception as error:  # versions that are none, names that are unknown: of many types
        if isinstance(error, InvalidRequirement) and ";" not in text:
            return None
        reason = f"{type(error).__name__}: {error}".partition("\n")[0]
        raise UnusableRequirementError(
            f"the requirement {text!r} of {distribution} can't be evaluated here ({reason})"
        ) from error
    return requirement if holds else None


def refuse_other_host(distribution: Distribution, host: str) -> None:
    """Raise UnusableRequirementError if a distribution requires other versions of the host's than is installed.

    `host` is the canonical name of the host's distribution. One that is not installed has no version to compare.
    """
    for text in distribution.requirements:
        if canonical_name(_name_in(text)) == host and any(sign in text for sign in "<>=~!"):
            requirement, version = _holding(distribution, text), _version_of(host)
            if requirement and version and not requirement.specifier.contains(version, prereleases=True):
                raise UnusableRequirementError(f"requires {text}, and {host} {version} is installed")


def unpinned(distribution: Distribution, known: Collection[str]) -> list[str]:
    """Return the requirements of a distribution that hold here and let several versions in.

    Left out are those of distributions that are `known`, by canonical name.
    """
    found: list[str] = []
    for text in distribution.requirements:
        if canonical_name(_name_in(text)) not in known:
            requirement = _holding(distribution, text)
            if requirement is not None and not requirement.url and not _is_pinned(requirement):
                found.append(text)
    return found


def _is_pinned(requirement: Requirement) -> bool:
    return any(one.operator in ("==", "===") and not one.version.endswith(".*") for one in requirement.specifier)


def _version_of(name: str) -> Version | None:
    import importlib.metadata  # where no version is asked for, nobody reads one

    from packaging.version import Version

    try:
        return Version(importlib.metadata.version(name))
    except Exception:  # not installed, or with metadata that says no version; of many types
        return None


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
