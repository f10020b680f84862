"""`new`: how does somebody begin a plugin, or a host?"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import click
from packaging.utils import canonicalize_name

from hookcore import PluginManager, SignalSpec, discover_group
from hookcore.cli.group import completing, host_of
from hookcore.cli.host import GROUP
from hookcore.cli.screen import nearest, shown, table
from hookcore.templates import UnfitError, names_for_host, names_for_plugin, receiver_for, write_project


@click.command("new")
@click.argument("name", required=False)
@click.option(
    "--signal",
    "signal_name",
    metavar="NAME",
    shell_complete=completing(lambda plugins: [one.name for one in plugins.spec()]),
    help="Which of the host's signals the plugin receives. A terminal is asked if it is not said.",
)
@click.option("--host-app", metavar="NAME", help="Begin a host instead, called NAME.")
@click.pass_context
def new(context: click.Context, name: str | None, signal_name: str | None, host_app: str | None) -> None:
    """Begin a plugin for the host, or a host.

    A plugin is a distribution called NAME, in a folder of that name. It has a typed receiver for a signal, a setting, a
    test, and what else a distribution needs; with --host-app a host that has signals. Nothing is started, and no plugin
    imported. Needs the extra `new`.
    """
    if find_spec("copier") is None:
        raise click.ClickException("new needs copier: pip install 'hookcore[new]'")
    if (name is None) is (host_app is None):
        raise click.UsageError("say the NAME of a plugin, or --host-app NAME for a host")
    if host_app is not None and signal_name is not None:
        raise click.UsageError("--signal is for plugins: a host declares its own")
    try:
        if host_app is not None:
            names = names_for_host(host_app)
            _write("host", {**names, "variables": names["package"].upper()}, f"hookcore list --host {host_app}")
        elif name is not None:
            with host_of(context) as plugins:
                answers = _answers_for(context, plugins, name, signal_name)
            _write("plugin", answers, "hookcore check")
    except UnfitError as error:
        raise click.UsageError(shown(str(error))) from error


def _answers_for(context: click.Context, plugins: PluginManager, name: str, signal_name: str | None) -> dict[str, Any]:
    """Return what the template has to know. `notes` are what it can't know, for the author."""
    project = plugins.project_name
    names = names_for_plugin(name, project)
    answers = receiver_for(plugins, _chosen(plugins, signal_name))
    host = _distribution_of(project, answers["module"])
    notes = [f"{one}: its type can't be imported, so the receiver takes any object" for one in answers["untyped"]]
    if host is None:
        notes += [f"dependencies: {project} is no installed distribution; add what it comes from"]
    return {
        **names,
        **answers,
        "project": project,
        "host": host or project,
        "dependencies": ", ".join(f'"{one}"' for one in sorted({host or "hookcore", "hookcore"})),
        "reference_of_host": _reference_to(context, project),
        "notes": notes,
    }


def _chosen(plugins: PluginManager, name: str | None) -> SignalSpec:
    """Return the signal of a name; without one, the only one, or the one that a person at the terminal chooses."""
    specs = {one.name: one for one in plugins.spec()}
    offered = {name: one for name, one in specs.items() if one.deprecated is None}
    if name is None and len(offered) == 1:
        [name] = offered
    elif name is None and offered and sys.stdin.isatty():
        rows = [(one.name, "".join(one.documentation.splitlines()[:1])) for one in offered.values()]
        click.echo("\n".join(table(rows, lambda _, text: text)))
        name = click.prompt("Which signal does it receive", type=click.Choice(list(offered)), show_choices=False)
    if name is None:
        choice = f"say --signal, with one of {', '.join(offered)}" if offered else "it has none to receive"
        raise click.UsageError(shown(f"which signal of {plugins.project_name}? {choice}"))
    if name not in specs:
        hint = nearest(name, offered) or f" It sends {', '.join(offered)}."
        raise click.UsageError(shown(f"{plugins.project_name!r} sends no signal {name!r}.{hint}"))
    if name not in offered:
        raise click.UsageError(shown(f"signal {name!r} is deprecated: {specs[name].deprecated}"))
    return specs[name]


def _distribution_of(project: str, module: str) -> str | None:
    """Return the distribution that a plugin of the host depends on, if the host is installed."""
    try:
        return canonicalize_name(distribution(project).metadata["Name"])
    except PackageNotFoundError:
        found = packages_distributions().get(module.partition(".")[0])
        return canonicalize_name(found[0]) if found else None


def _reference_to(context: click.Context, project: str) -> str:
    """Return what stands for the host in the plugin's pyproject.toml: the name that it offers, or what was said."""
    for plugin in discover_group(GROUP):
        point = plugin.entry_point
        if point is not None:
            package = point.value.partition(":")[0].partition(".")[0]
            if canonicalize_name(project) in (canonicalize_name(point.name), canonicalize_name(package)):
                return point.name
    said: str | None = context.parent.params.get("host") if context.parent is not None else None
    return said or os.environ.get("HOOKCORE_HOST", "")


def _write(kind: Literal["plugin", "host"], answers: Mapping[str, Any], last_step: str) -> None:
    folder = Path.cwd() / answers["name"]
    try:
        write_project(kind, folder, answers)
    except OSError as error:
        raise click.UsageError(shown(str(error))) from error
    click.echo(f"{folder.name} is written. To try it:")
    for step in (f"cd {folder.name}", "pip install --editable '.[test]'", "pytest", last_step):
        click.echo(f"  {step}")
    for note in answers.get("notes", ()):
        click.echo(shown(f"Left to you: {note}."))
