"""`spec` and `check`: what does the host publish, and does a plugin's distribution fit that?"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import click

from hookcore.checking import (
    Change,
    Concerned,
    HostSpec,
    InstalledReceivers,
    changes_between,
    check,
    document_of,
    read_spec,
    spec_from,
)
from hookcore.cli.group import host_of
from hookcore.cli.screen import json_option, print_json, shown

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("spec")
@click.option(
    "--diff",
    nargs=2,
    type=_FILE,
    metavar="OLD NEW",
    help="Tell what a change of the signals breaks, and for which of the plugins that are installed here.",
)
@json_option
@click.pass_context
def spec(context: click.Context, diff: tuple[Path, Path] | None, as_json: bool) -> None:
    """Print the host's signals as a file to publish, for `check`. Nothing is started, and no plugin imported.

    With --diff, compare two such files instead, and read the source of the plugins that are installed for that host:
    each receiver is named for which a change may make a difference. The exit status is 1 if the change may break
    plugins, installed or not, and 0 if something is only deprecated.
    """
    if diff is None:
        with host_of(context) as plugins:
            click.echo(json.dumps(document_of(plugins), indent=2))
        return
    old, new = map(_read, diff)
    if old.project != new.project:
        raise click.UsageError(f"{diff[0]} is of {old.project!r}, and {diff[1]} of {new.project!r}")
    changes = list(changes_between(old, new))
    receivers = InstalledReceivers(old)
    found = [(change, receivers.concerned_by(change)) for change in changes]
    if as_json:
        print_json(
            host=old.project,
            old=old.version,
            new=new.version,
            changes=[
                {
                    "signal": change.signal,
                    "text": change.text,
                    "breaks": change.breaks,
                    "receivers": [one._asdict() for one in concerned],
                }
                for change, concerned in found
            ],
            unnamed=[one._asdict() for one in receivers.unnamed],
            read=[one.name for one in receivers.read],
            unread=[one.name for one in receivers.unread],
        )
    elif changes:
        _show(found, receivers, old)
    context.exit(1 if any(change.breaks for change in changes) else 0)


def _show(found: Sequence[tuple[Change, Sequence[Concerned]]], receivers: InstalledReceivers, host: HostSpec) -> None:
    read = ", ".join(sorted(one.name for one in receivers.read)) or "none"
    parts = [(change.text, concerned) for change, concerned in found]
    parts += [("Connected to signals that the source does not name:", receivers.unnamed)] if receivers.unnamed else []
    parts += [(f"Plugins installed for {host.project!r} whose source was read: {read}.", [])]
    unread = ", ".join(one.name for one in receivers.unread)
    parts += [(f"Without source here, so that nobody can say: {unread}.", [])] if unread else []
    for text, concerned in parts:
        click.echo(shown(text))
        for one in concerned:
            click.echo(f"  {shown(str(one))}")


@click.command("check")
@click.argument("path", default=".", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--spec",
    "specs",
    multiple=True,
    type=_FILE,
    help="What a host publishes, in the host's place; once for each version that the plugin is for.",
)
@json_option
@click.option("--github", is_flag=True, help="Print what GitHub shows beside the code of a pull request.")
@click.pass_context
def check_plugin(context: click.Context, path: Path, specs: Sequence[Path], as_json: bool, github: bool) -> None:
    """Check a plugin's distribution against its hosts.

    Against the host, or against what hosts publish. The plugin is not imported.

    PATH is the folder of its project (pyproject.toml, setup.cfg or setup.py), or a wheel; without one, this folder.
    The exit status is 1 if there are problems. Each has its file and line, and, of several specs, for which it is one.
    """
    if as_json and github:
        raise click.UsageError("--json and --github exclude each other")
    if specs:
        hosts = [_read(one) for one in specs]
    else:
        with host_of(context) as plugins:
            hosts = [spec_from(document_of(plugins))]
    try:
        problems = check(path, hosts)
    except (OSError, ValueError) as error:
        raise click.UsageError(shown(f"{path} can't be checked: {error}")) from error
    if as_json:
        print_json(problems=[problem._asdict() for problem in problems])
    elif github:
        workspace = os.environ.get("GITHUB_WORKSPACE", ".")
        for problem in problems:
            click.echo(problem.annotation(workspace))
    else:
        fits = shown(f"{path} fits {' and '.join(map(str, hosts))}.")
        click.echo("\n".join(shown(str(problem)) for problem in problems) or fits)
    context.exit(1 if problems else 0)


def _read(path: Path) -> HostSpec:
    try:
        return read_spec(path)
    except (OSError, ValueError) as error:
        raise click.UsageError(str(error)) from error
