"""What is an installed plugin? Plain records of what metadata says; nothing here imports what a plugin wrote.

They are named tuples, not dataclasses: a start makes dozens of them, and each dataclass costs every import half a
millisecond.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from hookcore.names import canonical_name, canonical_names, printable


class EntryPoint(NamedTuple):
    """One line of a distribution's `entry_points.txt`, as its author wrote it."""

    group: str
    name: str
    value: str

    @property
    def module(self) -> str:
        """The dotted module name: what stands before the colon."""
        return self._reference.partition(":")[0].strip()

    @property
    def attribute(self) -> str:
        """The dotted attribute in that module, or an empty string if the module itself is meant."""
        return self._reference.partition(":")[2].strip()

    @property
    def _reference(self) -> str:
        return self.value.partition("[")[0]  # old metadata may end in "[extra]", which nobody honours any more


class Distribution(NamedTuple):
    """What pip installed: its metadata, read without importing anything.

    `requirements` are the raw `Requires-Dist` strings, `origin` is the path of its `.dist-info` or `.egg-info` (or
    where its finder found it), `entry_points` are those of every group.
    """

    name: str
    version: str
    summary: str
    requirements: tuple[str, ...]
    origin: str
    entry_points: tuple[EntryPoint, ...] = ()

    @property
    def canonical_name(self) -> str:
        """The name in the form in which names compare (PEP 503)."""
        return canonical_name(self.name)

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def __hash__(self) -> int:
        return hash((self.name, self.origin))  # all plugins of a suite would hash all its entry points


def distribution_of(
    name: str,
    version: str,
    summary: str,
    requirements: Iterable[str],
    origin: str,
    entry_points: Iterable[EntryPoint],
) -> Distribution:
    """Return the record of a distribution, with all text in it made printable: here such text enters.

    `origin` stays as it is, since files are read there; who shows it escapes it.
    """
    return Distribution(
        printable(name),
        printable(version),
        printable(summary),
        tuple(map(printable, requirements)),
        origin,
        tuple([one if one.name.isprintable() and one.value.isprintable() else _printed(one) for one in entry_points]),
    )


def _printed(entry_point: EntryPoint) -> EntryPoint:
    return EntryPoint(entry_point.group, printable(entry_point.name), printable(entry_point.value))


class InstalledPlugin(NamedTuple):
    """A plugin that is installed, whether or not it may run.

    `name` is as its author wrote it. A distribution that has only receiver entry points is one plugin, named after
    the distribution; its `entry_point` is None.
    """

    name: str
    distribution: Distribution
    entry_point: EntryPoint | None
    receivers: tuple[EntryPoint, ...] = ()

    @property
    def canonical_name(self) -> str:
        """The name in the form in which names compare (PEP 503)."""
        return canonical_name(self.name)

    @property
    def names(self) -> tuple[str, str]:
        """The two names, in canonical form, by which a config may mean it: the plugin's and the distribution's."""
        return canonical_name(self.name), canonical_name(self.distribution.name)

    @property
    def is_registered_by_hand(self) -> bool:
        """Whether no distribution brings it: the host has registered it itself."""
        return self.entry_point is None and not self.receivers

    def __str__(self) -> str:
        return f"plugin {self.name!r} of {self.distribution}"

    def __hash__(self) -> int:
        return hash(self.name)  # all that it has would take long, and few share a name


def registered_by_hand(name: str) -> InstalledPlugin:
    """Return the record of a plugin that no distribution brings: the host has registered it itself."""
    return InstalledPlugin(name, Distribution(name, "", "registered by the host", (), ""), None)


def in_order(plugins: Sequence[InstalledPlugin]) -> tuple[InstalledPlugin, ...]:
    """Return the plugins sorted by their two canonical names; those of the same names stay in their order."""
    names = canonical_names([plugin.name for plugin in plugins])
    if len(set(names)) < len(names):
        return tuple(sorted(plugins, key=lambda plugin: plugin.names))
    return tuple([plugin for _, plugin in sorted(zip(names, plugins, strict=True))])
