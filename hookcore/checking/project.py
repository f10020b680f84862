"""Is a plugin's distribution as hosts and operators expect it? It is read, not run."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from hookcore import EntryPoint
from hookcore.checking.connections import Connection, connections_in
from hookcore.checking.distribution import Described, Place, described
from hookcore.checking.problem import Problem
from hookcore.checking.receivers import misfits
from hookcore.checking.settings import wrong_settings
from hookcore.checking.source import Scope, Source
from hookcore.checking.spec_file import HostSpec
from hookcore.plugins.installed import groups_of
from hookcore.plugins.overlooked import right_spelling
from hookcore.suggestions import did_you_mean

_MAY_ASK_FOR: Final = ("settings", "plugins")


def check(path: Path, specs: Iterable[HostSpec]) -> list[Problem]:
    """Return all that is wrong with a distribution, by file and line, as the files are found from `path`.

    Args:
        path: the folder of a project, whichever tool builds it, or a wheel.
        specs: what the hosts publish that it is for; several versions of one are checked one by one, and a problem
            says of which it is one.

    Raises OSError if it can't be read, and ValueError if it is neither.
    """
    distribution = described(path)
    specs = list(specs)
    hosts: dict[Problem, list[str]] = {one: [] for one in _problems(distribution, specs)}
    for host in specs:
        for problem in dict.fromkeys(_misfits(distribution, host, specs)):
            hosts.setdefault(problem, []).append(str(host))
    several = len(specs) > 1
    return sorted(one._replace(host=", ".join(said) if several else "") for one, said in hosts.items())


def receivers_of(
    entry_points: Iterable[EntryPoint], source: Source, host: HostSpec, place: Place
) -> Iterator[Connection]:
    """Yield each receiver of a host's signals that a distribution connects: in its source, and by entry points."""
    yield from connections_in(source, host)
    for one in entry_points:
        signal, dot, receiver = one.name.partition(".")
        if one.group == groups_of(host.project)[1] and dot and receiver:
            stands = place.problem("", one.group, one.name)
            found = source.find(f"{one.module}.{one.attribute}")
            yield Connection(signal, receiver, stands.file, stands.line, found, by_import=False)


def _problems(distribution: Described, specs: list[HostSpec]) -> Iterator[Problem]:
    """Yield what is wrong for every host."""
    yield from distribution.problems
    name, about = distribution.name, distribution.about
    if name and name != canonicalize_name(name):
        yield about.problem(f"write the name as it compares: {canonicalize_name(name)!r}", "name")
    for is_said, what in ((distribution.summary, "description"), (distribution.documentation, "readme")):
        if is_said is not None and not is_said:
            yield about.problem(f"say {what}: operators and users read it before they install", "[project]")
    for host in {host.project: host for host in specs}.values():
        for one in distribution.entry_points:
            if one.group == groups_of(host.project)[0]:
                yield from _wrong_plugin(distribution, one)


def _wrong_plugin(distribution: Described, entry_point: EntryPoint) -> Iterator[Problem]:
    """Yield what is wrong with a plugin's name, with what it asks for, and with its settings."""
    name, source = entry_point.name, distribution.source
    place = distribution.entry_points_in
    if name != canonicalize_name(name):
        text = f"write the plugin's name as it compares: {canonicalize_name(name)!r}"
        yield place.problem(text, entry_point.group, name)
    path = f"{entry_point.module}.{entry_point.attribute}".rstrip(".")
    meant = source.plugin(path)
    if meant is None:
        found = source.find(path) if entry_point.module in source.modules else None
        if found is not None and not isinstance(found.node, ast.ClassDef):
            text = f"{entry_point.value} is a function, which is no plugin. Name its module; `ready` is called there"
            yield place.problem(text, entry_point.group, name)
        return
    plugin, is_instance = meant
    is_class = isinstance(plugin.node, ast.ClassDef)
    for hook in ("ready", "shutdown", "__init__") if is_class and not is_instance else ("ready", "shutdown"):
        found = source.find(f"{plugin.path}{'()' if is_class else ''}.{hook}")
        if found is None or isinstance(found.node, ast.ClassDef):
            continue
        for one in _required(found.node.args, skip=found.is_bound):
            if one not in _MAY_ASK_FOR:
                hint = did_you_mean(one, _MAY_ASK_FOR) or f" There are: {', '.join(_MAY_ASK_FOR)}."
                yield Problem(found.file, found.node.lineno, f"{hook} may not ask for {one!r}.{hint}")
            elif one == "settings" and not _may_have_settings(source, entry_point, plugin):
                text = f"{hook} asks for settings, and the plugin has no class of the name Settings"
                yield Problem(found.file, found.node.lineno, text)
    places = (plugin.path, entry_point.module, plugin.module.path)
    settings = next(filter(None, (source.find(f"{place}.Settings") for place in places)), None)
    if settings is not None:
        yield from wrong_settings(settings)


def _may_have_settings(source: Source, entry_point: EntryPoint, plugin: Scope) -> bool:
    """Tell whether a plugin may have a `Settings`, as far as its source shows."""
    own = [f"{entry_point.attribute}.Settings"] if entry_point.attribute else []
    return source.has(plugin.module.path, "Settings") or any(
        source.has(entry_point.module, one) for one in ("Settings", *own)
    )


def _required(arguments: ast.arguments, *, skip: int) -> Iterator[str]:
    positional = [*arguments.posonlyargs, *arguments.args]
    yield from (one.arg for one in positional[skip : len(positional) - len(arguments.defaults)])
    named = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    yield from (one.arg for one, default in named if default is None)


def _misfits(distribution: Described, host: HostSpec, specs: list[HostSpec]) -> Iterator[Problem]:
    """Yield what is wrong for one host."""
    place, source = distribution.entry_points_in, distribution.source
    ours = (*groups_of(host.project), host.project)  # the last is usual where a host loads plugins as pluggy does
    all_of_hosts = {group for one in specs for group in (*groups_of(one.project), one.project)}
    used = dict.fromkeys(one.group for one in distribution.entry_points)
    for group in used:
        meant = None if group in all_of_hosts else right_spelling(group, ours[:2])
        if meant is not None:
            yield place.problem(f"group {group!r} is not read. Did you mean {meant!r}?", group)
    mine = [one for one in distribution.entry_points if one.group in ours]
    if not mine and not distribution.problems and not any(right_spelling(group, ours[:2]) for group in used):
        text = f"no entry point stands in {ours[0]} or {ours[1]}: {host.project!r} finds no plugin here"
        written = next((group for group in used if group not in all_of_hosts and group != "console_scripts"), None)
        yield place.problem(f"{text}. Is {written!r} meant?", written) if written else place.problem(text)
    for one in mine:
        if one.group == ours[1] and not all(one.name.partition(".")):
            yield place.problem(f"entry point {one.name!r} is not called SIGNAL.RECEIVER", one.group, one.name)
        yield from _unresolved(distribution, one)
    yield from _wrong_versions(distribution, host)
    for connection in receivers_of(mine, source, host, place):
        yield from misfits(connection, host)


def _unresolved(distribution: Described, entry_point: EntryPoint) -> Iterator[Problem]:
    module, attribute, source = entry_point.module, entry_point.attribute, distribution.source
    text = None
    if module not in source.modules:
        is_known = module in source.unread
        holder, _, name = module.rpartition(".")
        hint = did_you_mean(module, source.modules)
        if holder in source.modules and source.has(holder, name):
            hint = f" Did you mean '{holder}:{name}'?"
        text = None if is_known else f"there is no module {module!r} here.{hint}"
    elif attribute and not source.has(module, attribute):
        text = f"{module} has no {attribute!r}.{did_you_mean(attribute, source.modules[module].top.names)}"
    if text is not None:
        place = distribution.entry_points_in
        yield place.problem(f"entry point {entry_point.name!r}: {text}", entry_point.group, entry_point.name)


def _wrong_versions(distribution: Described, host: HostSpec) -> Iterator[Problem]:
    """Yield that a host of this version would block the plugin."""
    for written in distribution.requirements:
        try:
            required = Requirement(written)
            is_host = canonicalize_name(required.name) == canonicalize_name(host.project)
            holds = required.marker is None or required.marker.evaluate({"extra": ""})
            applies = is_host and holds and bool(host.version)
            fits = not applies or required.specifier.contains(host.version, prereleases=True)
        except (InvalidRequirement, InvalidVersion):
            continue
        if not fits:
            text = f"it requires {written}, so that {host} would block it"
            yield distribution.about.problem(text, written)
