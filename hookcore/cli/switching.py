"""`enable`, `disable` and `mute`: how does an operator switch what runs? By the config file, which they edit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

import click
import tomlkit
from packaging.utils import canonicalize_name

from hookcore import Explanation, PluginManager, PluginReport
from hookcore.cli.config_file import Edit, add, edited, names_in
from hookcore.cli.group import host_of
from hookcore.cli.listing import said_by
from hookcore.cli.screen import json_option, nearest, paragraph, print_json, shown
from hookcore.cli.signals import complete as complete_signal
from hookcore.cli.why import complete as complete_plugin

Command = TypeVar("Command", bound=Callable[..., Any])


def _options(command: Command) -> Command:
    dry_run = click.option("--dry-run", is_flag=True, help="Write nothing: show what would change.")
    return json_option(dry_run(command))


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=complete_plugin)
@_options
@click.pass_context
def enable(context: click.Context, names: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Let plugins run: take each NAME out of `disable`, and put it under `enable` where the mode wants that.

    The exit status is 1, and nothing is written, if something else keeps one from running: a glob, the environment.
    """
    with host_of(context) as plugins:
        meant = {name: plugins.explain(name) for name in names}

        def change(document: tomlkit.TOMLDocument) -> None:
            for name, explanations in meant.items():
                spellings = _spellings(name, explanations)
                for one in [one for one in document.get("disable", ()) if _folded(one) in spellings]:
                    names_in(document, "disable").remove(one)
                if document.get("mode") == "explicit":
                    _add_once(document, "enable", name)

        edit = edited(plugins, change, dry_run=dry_run, refuse=partial(_refuse_if_disabled, meant))
        _tell(plugins, edit, dry_run=dry_run, as_json=as_json)


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=complete_plugin)
@_options
@click.pass_context
def disable(context: click.Context, names: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Let plugins run no more: put each NAME, of a plugin or a distribution, under `disable`.

    The exit status is 1, and nothing is written, if the host requires one.
    """
    with host_of(context) as plugins:
        for name in names:
            plugins.explain(name)  # raises for a name that means nobody

        def change(document: tomlkit.TOMLDocument) -> None:
            for name in names:
                _add_once(document, "disable", name)

        _tell(plugins, edited(plugins, change, dry_run=dry_run), dry_run=dry_run, as_json=as_json)


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="SIGNAL...", shell_complete=complete_signal)
@click.option("--undo", is_flag=True, help="Let the signals reach their receivers again.")
@_options
@click.pass_context
def mute(context: click.Context, names: tuple[str, ...], undo: bool, dry_run: bool, as_json: bool) -> None:
    """Let signals reach nobody: put each SIGNAL under `mute`."""
    with host_of(context) as plugins:
        known = [one.name for one in plugins.spec()]
        for name in names:
            if name not in known:
                raise click.ClickException(
                    shown(f"{plugins.project_name!r} sends no signal {name!r}.{nearest(name, known)}")
                )

        def change(document: tomlkit.TOMLDocument) -> None:
            for name in names:
                if not undo:
                    _add_once(document, "mute", name)
                elif name in document.get("mute", ()):
                    names_in(document, "mute").remove(name)

        _tell(plugins, edited(plugins, change, dry_run=dry_run), dry_run=dry_run, as_json=as_json)


def _spellings(name: str, explanations: tuple[Explanation, ...]) -> set[str]:
    """Return all under which a config may have disabled the plugins that a name means."""
    return {_folded(one) for each in explanations for one in (name, each.name, each.distribution)}


def _folded(name: object) -> str:
    return canonicalize_name(str(name).strip())


def _add_once(document: tomlkit.TOMLDocument, key: str, name: str) -> None:
    names = names_in(document, key)
    if _folded(name) not in map(_folded, names):
        add(names, name)


def _refuse_if_disabled(meant: dict[str, tuple[Explanation, ...]], after: Iterable[PluginReport]) -> None:
    wanted = {(one.name, one.distribution) for explanations in meant.values() for one in explanations}
    still = [one for one in after if (one.name, one.distribution) in wanted and one.state == "disabled"]
    if still:
        reasons = [f"{one.name} would still not run: {said_by(one.reason, one.decided_by)}" for one in still]
        raise click.ClickException(shown("\n".join([*reasons, "Nothing is written."]), keep_lines=True))


def _tell(plugins: PluginManager, edit: Edit, *, dry_run: bool, as_json: bool) -> None:
    before = {(one.name, one.distribution): one for one in edit.before}
    changes = [
        (before.get((one.name, one.distribution)), one)
        for one in edit.after
        if (old := before.get((one.name, one.distribution))) is None or old.state != one.state
    ]
    if as_json:
        print_json(
            file=plugins.config_file(),
            written=bool(edit.lines) and not dry_run,
            lines=edit.lines,
            plugins=[
                {
                    "name": new.name,
                    "before": None if old is None else old.state,
                    "after": new.state,
                    "reason": new.reason,
                }
                for old, new in changes
            ],
        )
        return
    if not edit.lines:
        click.echo(shown(f"{plugins.config_file()} says so already."))
        return
    click.echo(shown(f"{plugins.config_file()}{' would change' if dry_run else ''}:"))
    for line in edit.lines:
        click.echo(f"  {shown(line)}")
    for old, new in changes:
        state = f"{new.name} is {new.state if old is None else f'{old.state} → {new.state}'}"
        click.echo("\n".join(paragraph(shown(f"{state}: {said_by(new.reason, new.decided_by)}"))))
    if not dry_run:
        click.echo("A host that runs hears of it when it calls reload_config(), or starts again.")
