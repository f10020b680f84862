"""What is an installed plugin? Plain records, and how they come from the texts that importlib.metadata would read.

Nothing here reads a file or imports what a plugin wrote. The records are named tuples, not dataclasses: a start makes
dozens of them, and each dataclass costs every import half a millisecond.

METADATA is an e-mail header. Almost all of them are simple enough to read here; the rest, which fold a line that we
need or break the format, are left to the `email` package, because importing it costs more than reading a thousand.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

from hookcore.names import canonical_name, canonical_names, printable

if TYPE_CHECKING:
    import email.message

_REFUSES_VALUES = sys.version_info >= (3, 15)  # since then importlib.metadata looks at them when it reads them
_UNWANTED = ""
_FIELDS = {field: field for field in ("Name", "Version", "Summary", "Requires-Dist")}
_FIELDS |= dict.fromkeys(("Metadata-Version", "Classifier", "License-File"), _UNWANTED)  # what most lines say


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

    @property
    def root(self) -> str:
        """The folder, with a separator, in which it was installed; empty if `origin` doesn't say it."""
        folder, separator, name = self.origin.rstrip("/").rpartition(os.sep)
        return folder + separator if name.lower().endswith("-info") else ""

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def __hash__(self) -> int:
        return hash((self.name, self.origin))  # all plugins of a suite would hash all its entry points


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


# -- from distributions to plugins ------------------------------------------------------------------------------


def groups_of(project: str) -> tuple[str, str]:
    """Return the groups of entry points in which a host's plugins and their single receivers stand."""
    return f"{project}.plugins", f"{project}.receivers"


def plugins_of(project: str, distributions: Iterable[Distribution]) -> tuple[InstalledPlugin, ...]:
    """Return the plugins that these distributions bring for the host `project`. Pure."""
    plugins_group, receivers_group = groups_of(project)
    found: list[InstalledPlugin] = []
    new = tuple.__new__  # what a named tuple's own constructor calls, at three times the cost
    for distribution in distributions:
        plugins: list[EntryPoint] = []
        receivers: list[EntryPoint] = []
        for entry_point in distribution.entry_points:
            group = entry_point.group
            if group == plugins_group:
                plugins.append(entry_point)
            elif group == receivers_group:
                receivers.append(entry_point)
        if len(plugins) == 1 and len(receivers) < 2:  # nothing to share out, and nothing can be there twice
            found.append(new(InstalledPlugin, (plugins[0].name, distribution, plugins[0], tuple(receivers))))
        else:
            found += _shared_out(distribution, dict.fromkeys(plugins), dict.fromkeys(receivers))
    return in_order(found)


def _shared_out(
    distribution: Distribution, plugins: Collection[EntryPoint], receivers: Iterable[EntryPoint]
) -> list[InstalledPlugin]:
    """Return the distribution's plugins, each with its receivers.

    What is given is without repetitions: the same line twice is a slip of the build tool, not two plugins.
    """
    if not plugins:
        return [InstalledPlugin(distribution.name, distribution, None, tuple(receivers))] if receivers else []
    owned: dict[EntryPoint, list[EntryPoint]] = {plugin: [] for plugin in plugins}
    by_module: dict[str, list[EntryPoint]] = {}
    for plugin, mine in owned.items():
        by_module.setdefault(plugin.module, mine)
    for receiver in receivers:
        module = receiver.module  # the plugin whose module contains it most closely has it, else the first
        while module and module not in by_module:
            module = module.rpartition(".")[0]
        by_module.get(module, next(iter(owned.values()))).append(receiver)
    return [InstalledPlugin(plugin.name, distribution, plugin, tuple(mine)) for plugin, mine in owned.items()]


# -- from text to distributions --------------------------------------------------------------------------------


def distribution_of(
    read_text: Callable[[str], str | None], key: str, origin: str, entry_points: Iterable[EntryPoint]
) -> Distribution:
    """Return the record of a distribution whose metadata files `read_text` reads, by name. Raises what that raises.

    `key` is the name that its path says, if any, and `origin` is where it was found. All text is made printable: here
    such text enters. `origin` stays as it is, since files are read there; who shows it escapes it.

    Raises ValueError if nothing says its name.
    """
    name, version, summary, requirements = headers_of(read_text)
    name = name or canonical_name(key)
    if not name or name.startswith("/"):
        raise ValueError("neither its metadata nor its path says a name")
    return Distribution(
        printable(name),
        printable(version or "unknown"),
        printable(summary),
        tuple(map(printable, requirements or legacy_requirements(read_text("requires.txt") or ""))),
        origin,
        tuple([one if one.name.isprintable() and one.value.isprintable() else _printed(one) for one in entry_points]),
    )


def _printed(entry_point: EntryPoint) -> EntryPoint:
    return EntryPoint(entry_point.group, printable(entry_point.name), printable(entry_point.value))


Headers: TypeAlias = "tuple[str, str, str, tuple[str, ...]]"
"""Name, version, summary and requirements, as METADATA or PKG-INFO says them; an empty string where it says nothing."""


def read_entry_points(text: str) -> tuple[EntryPoint, ...]:
    """Return the lines of an `entry_points.txt`.

    Raises ValueError for a line that is neither group nor entry point, or a value that this Python refuses.
    """
    group: str | None = None
    found: list[EntryPoint] = []
    for raw_line in text.splitlines():
        line = raw_line.strip()
        if not line or line[0] == "#":
            continue
        if line[0] == "[" and line[-1] == "]":
            group = line.strip("[]")
        elif group is not None:  # importlib.metadata, too, overlooks what stands before the first group
            name, equals, value = line.partition("=")
            if not equals:
                raise ValueError(f"{line!r} in entry_points.txt has no '='")
            found.append(EntryPoint(group, name.strip(), value.strip()))
    if _REFUSES_VALUES:
        _refuse_values(found)
    return tuple(found)


def _refuse_values(entry_points: list[EntryPoint]) -> None:
    import re

    for entry_point in entry_points:
        if not re.match(r"[\w.]+\s*(:\s*[\w.]+\s*)?(\[.*\]\s*)?$", entry_point.value):
            raise ValueError(f"{entry_point.value!r} in entry_points.txt is no reference to an object")


def headers_of(read_text: Callable[[str], str | None]) -> Headers:
    """Return what the header of METADATA says, or of what older tools left in its place: another file, or no folder."""
    return read_headers(read_text("METADATA") or read_text("PKG-INFO") or read_text("") or "")


def read_headers(text: str) -> Headers:
    """Return what the header of METADATA or PKG-INFO says."""
    simple = _simple_headers(text)
    return _any_headers(text) if simple is None else simple


def legacy_requirements(text: str) -> tuple[str, ...]:
    """Return the requirements in a `requires.txt` (setuptools' own format) as `Requires-Dist` would say them."""
    section = ""
    found: list[str] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("[") and line.endswith("]"):
            section = line.strip("[]")
        else:
            space = " " * ("@" in line)  # a URL must end before the marker begins (PEP 508)
            found.append(line + space + _marker(section))
    return tuple(found)


def _marker(section: str) -> str:
    """Return the marker that a section `extra:condition` stands for; both parts may be missing."""
    extra, _, condition = section.partition(":")
    conditions = [f"({condition})" if extra and condition else condition, f'extra == "{extra}"' if extra else ""]
    said = " and ".join(filter(None, conditions))
    return f"; {said}" if said else ""


def _simple_headers(text: str) -> Headers | None:
    """Return what the header says, or None if reading it takes more than one line at a time."""
    first: dict[str, str] = {}
    requirements: list[str] = []
    field = None
    for line in text.partition("\n\n")[0].split("\n"):
        head, colon, value = line.partition(":")
        if colon and head in _FIELDS:
            field = _FIELDS[head]
        elif not line:
            break
        elif line[0] in " \t":  # the field before goes on
            if field != _UNWANTED:
                return None
            continue
        elif colon and head and head.isascii() and head.isprintable() and " " not in head:
            field = _FIELDS.get(head.title(), _UNWANTED)
        else:
            return None
        if field == "Requires-Dist":
            requirements.append(value.lstrip(" \t"))
        elif field:
            first.setdefault(field, value.lstrip(" \t"))
    return first.get("Name", ""), first.get("Version", ""), first.get("Summary", ""), tuple(requirements)


def _any_headers(text: str) -> Headers:
    import importlib.metadata

    class Text(importlib.metadata.Distribution):
        def read_text(self, filename: str) -> str:
            return text

        def locate_file(self, path: str | os.PathLike[str]) -> Any:
            raise NotImplementedError

    message = cast("email.message.Message", Text().metadata)
    name, version, summary = (message.get(field) or "" for field in ("Name", "Version", "Summary"))
    return name, version, summary, tuple(message.get_all("Requires-Dist") or ())
