"""What is an installed plugin? Plain records of what metadata says; nothing here imports what a plugin wrote.

They are named tuples, not dataclasses: a start makes dozens of them, and each dataclass costs every import half a
millisecond.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from hookcore.names import canonical_name, canonical_names


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

    def read_text(self, file: str) -> str | None:
        """Return what one of its metadata files holds, or None if there is none. Raises OSError, UnicodeDecodeError."""
        if self.origin.lower().endswith("-info"):  # .dist-info, .egg-info, EGG-INFO
            from hookcore.plugins import scan

            text = scan.read_text(self.origin, file)
            if text is not None or os.path.exists(self.origin):
                return text
        from hookcore.plugins import reference  # it is in an archive, or wherever its finder has it

        return reference.read_text(self.name, self.origin, file)

    def modules(self) -> frozenset[str]:
        """Return the dotted prefixes of the modules that it provides. Reads its list of files at each call."""
        from hookcore.plugins.provided_modules import provided_modules

        return provided_modules(self.read_text, [entry_point.module for entry_point in self.entry_points])


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

    def __str__(self) -> str:
        return f"plugin {self.name!r} of {self.distribution}"


def in_order(plugins: Sequence[InstalledPlugin]) -> tuple[InstalledPlugin, ...]:
    """Return the plugins sorted by their two canonical names; those of the same names stay in their order."""
    names = canonical_names([plugin.name for plugin in plugins])
    if len(set(names)) < len(names):
        return tuple(sorted(plugins, key=lambda plugin: plugin.names))
    return tuple([plugin for _, plugin in sorted(zip(names, plugins, strict=True))])
