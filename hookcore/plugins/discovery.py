"""Who is installed? The answer comes from metadata alone: nothing is imported here that a plugin wrote.

`installed_distributions()` is the only function that touches the machine; what is above it takes plain records.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hookcore.plugins.names import canonical_name

if TYPE_CHECKING:
    import importlib.metadata


@dataclass(frozen=True, slots=True)
class EntryPoint:
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


@dataclass(frozen=True, slots=True)
class Distribution:
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
    read_text: Callable[[str], str | None] = field(default=lambda _: None, repr=False, compare=False)

    @property
    def canonical_name(self) -> str:
        """The name in the form in which names compare (PEP 503)."""
        return canonical_name(self.name)

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def modules(self) -> frozenset[str]:
        """Return the dotted prefixes of the modules that it provides. Reads its list of files at each call."""
        from hookcore.plugins.provided_modules import provided_modules  # most starts never ask

        return provided_modules(self.read_text, [entry_point.module for entry_point in self.entry_points])


@dataclass(frozen=True, slots=True)
class InstalledPlugin:
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
        return self.canonical_name, self.distribution.canonical_name

    def __str__(self) -> str:
        return f"plugin {self.name!r} of {self.distribution}"


def discover(project: str) -> tuple[InstalledPlugin, ...]:
    """Return every installed plugin of the host `project`, sorted by canonical plugin and distribution name.

    Reads metadata only: no plugin's module is imported. A distribution that is found twice on `sys.path` counts
    once, and the first found wins, as `importlib.metadata` has it.
    """
    return plugins_of(project, installed_distributions((_plugins_group(project), _receivers_group(project))))


def plugins_of(project: str, distributions: Iterable[Distribution]) -> tuple[InstalledPlugin, ...]:
    """Return the plugins that these distributions bring for the host `project`. Pure."""
    plugins = [plugin for distribution in distributions for plugin in _plugins_in(project, distribution)]
    return tuple(sorted(plugins, key=lambda plugin: plugin.names))


def installed_distributions(groups: Collection[str]) -> Iterator[Distribution]:
    """Yield the installed distributions that have an entry point in one of `groups`, in the order of `sys.path`.

    A distribution whose metadata can't be read is logged and left out: its fault must not take the others along.
    """
    import importlib.metadata

    seen: set[str] = set()
    for found in importlib.metadata.distributions():
        try:
            name = _name_in_path(found)
            if name in seen:
                continue
            seen.add(name)
            entry_points = tuple(EntryPoint(one.group, one.name, one.value) for one in found.entry_points)
            if any(entry_point.group in groups for entry_point in entry_points):
                yield _read(found, name, entry_points)
        except Exception as error:
            _log_unreadable(_origin(found), error)


def _plugins_group(project: str) -> str:
    return f"{project}.plugins"


def _receivers_group(project: str) -> str:
    return f"{project}.receivers"


def _plugins_in(project: str, distribution: Distribution) -> Iterator[InstalledPlugin]:
    # dict.fromkeys: the same line twice is a slip of the build tool, not two plugins
    entry_points = tuple(dict.fromkeys(distribution.entry_points))
    plugins = [entry_point for entry_point in entry_points if entry_point.group == _plugins_group(project)]
    receivers = [entry_point for entry_point in entry_points if entry_point.group == _receivers_group(project)]
    if not plugins:
        if receivers:
            yield InstalledPlugin(distribution.name, distribution, None, tuple(receivers))
        return
    owners = {receiver: _owner_of(receiver, plugins) for receiver in receivers}
    for plugin in plugins:
        owned = tuple(receiver for receiver, owner in owners.items() if owner is plugin)
        yield InstalledPlugin(plugin.name, distribution, plugin, owned)


def _owner_of(receiver: EntryPoint, plugins: Sequence[EntryPoint]) -> EntryPoint:
    """Return the plugin whose module contains the receiver's most closely, else the first of the distribution."""

    def closeness(plugin: EntryPoint) -> int:
        return len(plugin.module) if f"{receiver.module}.".startswith(f"{plugin.module}.") else 0

    return max(plugins, key=closeness)  # max keeps the first of equals


def _read(
    found: importlib.metadata.Distribution, name_in_path: str, entry_points: tuple[EntryPoint, ...]
) -> Distribution:
    metadata: Any = found.metadata  # an email.message.Message; its subscription warns where a header is missing
    return Distribution(
        name=metadata.get("Name") or name_in_path,
        version=metadata.get("Version") or "unknown",
        summary=metadata.get("Summary") or "",
        requirements=tuple(found.requires or ()),
        origin=_origin(found),
        entry_points=entry_points,
        read_text=found.read_text,
    )


def _name_in_path(found: importlib.metadata.Distribution) -> str:
    """Return the canonical name without reading the metadata file, which would cost most of a start.

    importlib.metadata itself tells duplicates apart by `_normalized_name`; a finder of somebody else's may lack it.
    """
    name: str = getattr(found, "_normalized_name", None) or found.metadata["Name"]
    return canonical_name(name)


def _origin(found: importlib.metadata.Distribution) -> str:
    return str(getattr(found, "_path", None) or found.locate_file(""))


def _log_unreadable(origin: str, error: Exception) -> None:
    import logging

    logging.getLogger("hookcore").warning(
        "The metadata in %s can't be read, so its plugins are not found: %s: %s", origin, type(error).__name__, error
    )
