"""Which signals reach which receivers of which plugins? What `graph` draws, as far as it is known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from hookcore import PluginManager
from hookcore.cli.host import reports_of


class Edge(NamedTuple):
    """One receiver: which signal leads to it, whose it is (None: nobody's), and in which state that plugin is."""

    signal: str
    receiver: str
    plugin: str | None
    state: str
    is_reached: bool


class Graph(NamedTuple):
    """A host's signals, the receivers that are known, and the plugins of which none is."""

    project: str
    signals: tuple[str, ...]
    edges: tuple[Edge, ...]
    others: tuple[tuple[str, str], ...]

    def of(self, signal: str) -> list[Edge]:
        """Return the receivers of a signal."""
        return [edge for edge in self.edges if edge.signal == signal]


def declared(plugins: PluginManager) -> Graph:
    """Return what metadata and config say."""
    reports = reports_of(plugins)
    edges = [
        Edge(
            *(name.partition(".")[0], name.partition(".")[2], one.name, one.state),
            one.state in ("found", "active") and name not in (*one.disabled_receivers, *one.muted_receivers),
        )
        for one in reports
        for name in one.receivers
    ]
    return _graph(plugins, edges, ((one.name, one.state) for one in reports if not one.receivers))


def connected(plugins: PluginManager) -> Graph:
    """Return what is connected in a host that runs; and who is not."""
    states = {one.name: one.state for one in plugins.report()}
    edges = [
        Edge(one.signal, one.name, one.plugin, states.get(one.plugin or "", ""), one.obstacle is None)
        for one in plugins.receivers()
    ]
    heard = {edge.plugin for edge in edges}
    return _graph(plugins, edges, (pair for pair in states.items() if pair[0] not in heard))


def _graph(plugins: PluginManager, edges: Iterable[Edge], others: Iterable[tuple[str, str]]) -> Graph:
    names = tuple(one.name for one in plugins.spec())
    return Graph(plugins.project_name, names, tuple(edge for edge in edges if edge.signal in names), tuple(others))


def described(edge: Edge) -> str:
    """Return whose a receiver is, and what keeps it from being reached."""
    whose = edge.plugin or "no plugin"
    if edge.state in ("", "found", "active"):
        return whose if edge.is_reached else f"{whose}, switched off"
    return f"{whose}, {edge.state}"
