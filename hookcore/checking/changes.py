"""What does a change of a host's signals break, and for whom of those who are installed?"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from hookcore import Distribution, EntryPoint, InstalledPlugin, discover, discover_group
from hookcore.checking.connections import Connection
from hookcore.checking.distribution import Place, installed_source
from hookcore.checking.project import receivers_of
from hookcore.checking.receivers import surely_fits, wanted_arguments, yields
from hookcore.checking.source import Source
from hookcore.checking.spec_file import HostSpec, SentSignal

_ANSWERS = {
    "all": "gives all answers",
    "first": "gives the first answer alone",
    "filtered": "gives what its receivers have made of an argument",
}


class Change(NamedTuple):
    """One difference between two specs by which a plugin that fits the old one may not fit the new one.

    `breaks` is False for what is only deprecated. `concerns` tells whether it may make a difference to a receiver.
    """

    signal: str
    text: str
    breaks: bool
    concerns: Callable[[Connection], bool]


class Concerned(NamedTuple):
    """A receiver of an installed plugin for which a change may make a difference, and where it is.

    Where several plugins bring the same module or class, `plugin` are all of them.
    """

    plugin: str
    distribution: str
    version: str
    receiver: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.plugin} ({self.distribution} {self.version}): {self.receiver}, {self.file}:{self.line}"


class InstalledReceivers:
    """The receivers of the plugins that are installed for a host, by their source. No plugin is imported.

    `read` are those plugins, and `unread` those of which no source was found.
    """

    def __init__(self, host: HostSpec) -> None:
        self.read: list[InstalledPlugin] = []
        self.unread: list[InstalledPlugin] = []
        self._found: list[tuple[Connection, Concerned]] = []
        by_distribution: dict[Distribution, list[InstalledPlugin]] = {}
        for plugin in (*discover(host.project), *discover_group(host.project)):  # the latter as pluggy loads them
            by_distribution.setdefault(plugin.distribution, []).append(plugin)
        for distribution, plugins in by_distribution.items():
            source = installed_source(distribution)
            (self.read if source.modules else self.unread).extend(plugins)
            place = Place(f"{distribution.origin}/entry_points.txt")
            for one in receivers_of(distribution.entry_points, source, host, place):
                self._found.append((one, _concerned(one, plugins, source)))

    def concerned_by(self, change: Change) -> list[Concerned]:
        """Return the receivers for which a change may make a difference, sorted by their plugins."""
        return sorted({it for one, it in self._found if one.signal == change.signal and change.concerns(one)})

    @property
    def named(self) -> list[tuple[str, Concerned]]:
        """The receivers that are connected to a signal which the source names: that name, and the receiver."""
        return sorted({(one.signal, it) for one, it in self._found if one.signal})

    @property
    def unnamed(self) -> list[Concerned]:
        """The receivers that are connected to a signal which the source doesn't name: in a loop over several, say."""
        return sorted({it for one, it in self._found if not one.signal})


def _concerned(connection: Connection, plugins: list[InstalledPlugin], source: Source) -> Concerned:
    file, line, path = connection.file, connection.line, ""
    if connection.found is not None:
        file, line, path = connection.found.file, connection.found.node.lineno, connection.found.path
    provided: dict[str, list[str]] = {}
    for plugin in plugins:
        points = [one for one in (plugin.entry_point, *plugin.receivers) if one is not None]
        for place in {place for one in points for place in (one.module, _provided_by(one, source))}:
            provided.setdefault(place, []).append(plugin.name)
    while path and path not in provided:  # the nearest provider has it, else the distribution's first
        path = path.rpartition(".")[0]
    distribution = plugins[0].distribution
    names = ", ".join(provided.get(path, [plugins[0].name]))
    return Concerned(names, distribution.name, distribution.version, connection.receiver, file, line)


def _provided_by(entry_point: EntryPoint, source: Source) -> str:
    """Return the dotted path of the class or module that is a plugin, or in which a receiver of its own stands."""
    meant = source.plugin(f"{entry_point.module}.{entry_point.attribute}".rstrip("."))
    return entry_point.module if meant is None else meant[0].path


def changes_between(old: HostSpec, new: HostSpec) -> Iterator[Change]:
    """Yield each change by which a plugin that fits the old spec may not fit the new one, or is told that it won't."""
    for name, before in old.signals.items():
        after = new.signals.get(name)
        if after is None:
            yield Change(name, f"{name} is not sent any more", True, lambda one: not one.is_optional)
            continue
        if before.module != after.module:
            text = f"{name} is declared in {after.module}, no more in {before.module}"
            yield Change(name, text, True, lambda one: one.by_import)
        yield from _changed_arguments(before, after)
        yield from _changed_answers(before, after)
        if after.deprecated and not before.deprecated:
            yield Change(name, f"{name} is deprecated: {after.deprecated}", False, lambda one: True)


def _changed_arguments(before: SentSignal, after: SentSignal) -> Iterator[Change]:
    name = before.name
    for argument, kind in before.arguments.items():
        if argument not in after.arguments:
            if not after.is_open:
                yield Change(name, f"{name} does not send {argument!r} any more", True, _wants({argument: None}))
        elif after.arguments[argument] != kind and after.arguments[argument] not in ("", "Any"):
            now = after.arguments[argument]
            text = f"{name} sends {argument!r} as {now}, no more as {kind or 'anything'}"
            yield Change(name, text, True, _wants({argument: now}))
    if before.is_open and not after.is_open:
        yield Change(name, f"{name} sends only what it names", True, _wants_other_than(after.arguments))
    for argument, reason in after.deprecated_arguments.items():
        if argument not in before.deprecated_arguments:
            text = f"{name}'s {argument!r} is deprecated: {reason}"
            yield Change(name, text, False, _wants({argument: None}))


def _changed_answers(before: SentSignal, after: SentSignal) -> Iterator[Change]:
    name = before.name
    if before.answers != after.answers:
        text = f"{name} {_ANSWERS[after.answers]}; before, it {_ANSWERS[before.answers].replace('gives', 'gave', 1)}"
        yield Change(name, text, True, lambda one: not one.is_wrapper)
    if before.answer != after.answer and after.answer not in ("", "Any", "object", "None"):
        text = f"{name} expects {after.answer}, no more {before.answer or 'any answer'}"
        yield Change(name, text, True, _answers_other_than(after.answer))


def _wants(arguments: Mapping[str, str | None]) -> Callable[[Connection], bool]:
    """Return what tells whether a receiver wants one of these arguments, and not just as the type that is sent now."""

    def concerns(connection: Connection) -> bool:
        wanted = wanted_arguments(connection)
        return connection.function is None or any(
            name in wanted and (kind is None or not surely_fits(kind, wanted[name].annotation))
            for name, kind in arguments.items()
        )

    return concerns


def _wants_other_than(names: Iterable[str]) -> Callable[[Connection], bool]:
    sent = frozenset(names)
    return lambda one: one.function is None or not wanted_arguments(one).keys() <= sent


def _answers_other_than(kind: str) -> Callable[[Connection], bool]:
    def concerns(connection: Connection) -> bool:
        function = connection.function
        if connection.is_wrapper or (function is not None and yields(function)):
            return False
        returns = getattr(function, "returns", None)
        return returns is None or not surely_fits(ast.unparse(returns), ast.parse(kind, mode="eval").body)

    return concerns
