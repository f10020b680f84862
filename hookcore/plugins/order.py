"""In which order do plugins load? Those first whose distributions others require; ties by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import TopologicalSorter
from heapq import heappop, heappush

from hookcore.plugins.installed import InstalledPlugin


def load_order(plugins: Iterable[InstalledPlugin], all_needs: Mapping[str, frozenset[str]]) -> list[InstalledPlugin]:
    """Return `plugins` so that each comes after those of the distributions that its own one requires.

    `all_needs` says which distributions need which others, by canonical name. Of the plugins that wait for nothing,
    the first by canonical plugin name, then distribution name, goes next. Distributions may require each other in a
    circle (pip allows it): inside it the name alone decides.
    """
    ranked = sorted(plugins, key=lambda plugin: plugin.names)
    ranks: dict[str, list[int]] = {}
    for rank, plugin in enumerate(ranked):
        ranks.setdefault(plugin.distribution.canonical_name, []).append(rank)
    needs = {name: all_needs.get(name, frozenset()) & ranks.keys() for name in ranks}
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for name, earlier_names in _without_circles(needs).items():
        for rank in ranks[name]:
            sorter.add(rank, *(earlier for earlier_name in earlier_names for earlier in ranks[earlier_name]))
    sorter.prepare()

    ordered: list[InstalledPlugin] = []
    ready: list[int] = []
    while sorter.is_active():
        for rank in sorter.get_ready():
            heappush(ready, rank)
        rank = heappop(ready)
        ordered.append(ranked[rank])
        sorter.done(rank)
    return ordered


def _without_circles(needs: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Return, for each name, all that it needs directly or not, but nothing that needs it in turn."""
    reachable = {name: _reachable(name, needs) for name in needs}
    return {
        name: frozenset(other for other in others if name not in reachable[other]) for name, others in reachable.items()
    }


def _reachable(name: str, needs: Mapping[str, frozenset[str]]) -> frozenset[str]:
    reached: set[str] = set()
    waiting = list(needs[name])
    while waiting:
        current = waiting.pop()
        if current not in reached:
            reached.add(current)
            waiting.extend(needs[current])
    return frozenset(reached)
