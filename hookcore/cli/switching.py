"""`enable`, `disable` and `mute`: how does an operator switch what runs? By the config file, which they edit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import click

from hookcore import ConfigEdit, PluginManager, PluginReport, UnknownPluginError
from hookcore.cli.group import completing, host_of
from hookcore.cli.host import reports_of, started
from hookcore.cli.listing import reason_of
from hookcore.cli.screen import json_option, paragraph, print_json, shown
from hookcore.cli.signals import complete as complete_signal
from hookcore.cli.why import complete as complete_plugin

Command = TypeVar("Command", bound=Callable[..., Any])


def _names_of(plugins: PluginManager) -> Iterator[str]:
    """Yield the names of plugins, and of receivers as far as they are known without a start."""
    for one in reports_of(plugins):
        yield from (one.name, *one.receivers)


complete = completing(_names_of)


def _options(command: Command) -> Command:
    dry_run = click.option("--dry-run", is_flag=True, help="Write nothing: show what would change.")
    return json_option(dry_run(command))


def _of_plugins(command: Command) -> Command:
    names = click.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=complete)
    of = click.option(
        "--of",
        metavar="PLUGIN",
        shell_complete=complete_plugin,
        help="Whose receivers are meant, where several plugins have the NAME.",
    )
    no_import = click.option(
        "--no-import", is_flag=True, help="Start nothing: take only those receivers that config and metadata name."
    )
    return names(of(no_import(_options(command))))


@click.command()
@_of_plugins
@click.pass_context
def enable(context: click.Context, /, **said: Any) -> None:
    """Let plugins or single receivers run, by the config file.

    Takes each NAME out of `disable`, and puts it under `enable` where the mode wants that. A NAME is a plugin's, a
    distribution's, or a receiver's (SIGNAL.RECEIVER). The exit status is 1, and nothing is written, if something
    else keeps one from running: a glob, the environment, a muted signal.
    """
    _switch(context, "enable", **said)


@click.command()
@_of_plugins
@click.pass_context
def disable(context: click.Context, /, **said: Any) -> None:
    """Let plugins or single receivers run no more, by the config file.

    Puts each NAME under `disable`, a receiver's under that of its plugin. A NAME is a plugin's, a distribution's,
    or a receiver's (SIGNAL.RECEIVER). The host is started, and stopped again, only to find a receiver that config
    and metadata don't name. The exit status is 1, and nothing is written, if the host requires one.
    """
    _switch(context, "disable", **said)


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="SIGNAL...", shell_complete=complete_signal)
@click.option("--undo", is_flag=True, help="Let the signals reach their receivers again.")
@_options
@click.pass_context
def mute(context: click.Context, names: tuple[str, ...], undo: bool, dry_run: bool, as_json: bool) -> None:
    """Let signals reach nobody, by the config file.

    Puts each SIGNAL under `mute`. The exit status is 1, and nothing is written, if the host sends none of that name.
    """
    said: dict[str, Any] = {"unmute" if undo else "mute": names}
    with host_of(context) as plugins:
        edit = plugins.edit_config(**said, dry_run=dry_run)
    _tell(edit, dry_run=dry_run, as_json=as_json)


def _switch(
    context: click.Context,
    verb: str,
    names: tuple[str, ...],
    of: str | None,
    no_import: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    with host_of(context) as plugins:
        said: dict[str, Any] = {verb: names, "of": of, "dry_run": dry_run}
        try:
            edit = plugins.edit_config(**said)
        except UnknownPluginError as error:
            if no_import or ("." not in error.plugin and error.plugin != of):
                raise
            with started(plugins):  # which tells what plugins connect, and the host registers
                edit = plugins.edit_config(**said)
    _tell(edit, dry_run=dry_run, as_json=as_json)


def _tell(edit: ConfigEdit, *, dry_run: bool, as_json: bool) -> None:
    changes = _changes(edit)
    if as_json:
        print_json(
            file=edit.file,
            written=edit.is_written,
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
            receivers=[{"plugin": plugin, "receiver": receiver} for plugin, receiver in edit.receivers],
        )
        return
    if not edit.lines:
        click.echo(shown(f"{edit.file} says so already."))
        return
    click.echo(shown(f"{edit.file}{' would change' if dry_run else ''}:"))
    for line in edit.lines:
        click.echo(f"  {shown(line)}")
    for old, new in changes:
        state = f"{new.name} is {new.state if old is None else f'{old.state} → {new.state}'}"
        click.echo("\n".join(paragraph(shown(f"{state}: {reason_of(new)}"))))
    if edit.is_written:
        told = "A host that runs hears of it when it calls reload_config(), or starts again."
        click.echo("\n".join(paragraph(told)))


def _changes(edit: ConfigEdit) -> list[tuple[PluginReport | None, PluginReport]]:
    """Return the plugins whose state is another one then: as each was, and as it is."""
    before = {(one.name, one.distribution): one for one in edit.before}
    both = [(before.get((one.name, one.distribution)), one) for one in edit.after]
    return [(old, new) for old, new in both if old is None or old.state != new.state]
