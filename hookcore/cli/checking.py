"""`spec` and `check`: what does the host publish, and does a plugin's distribution fit that?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import click

from hookcore.checking import HostSpec, changes_between, check, document_of, read_spec
from hookcore.checking.problem import shown as problems_shown
from hookcore.checking.spec_file import spec_from
from hookcore.cli.group import host_of
from hookcore.cli.screen import shown

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("spec")
@click.option("--diff", nargs=2, type=_FILE, metavar="OLD NEW", help="Tell what a change of the signals breaks.")
@click.pass_context
def spec(context: click.Context, diff: tuple[Path, Path] | None) -> None:
    """Print the host's signals as a file to publish, for `check`. Nothing is started, and no plugin imported.

    With --diff, compare two such files instead; the exit status is 1 if the change may break plugins.
    """
    if diff is None:
        with host_of(context) as plugins:
            click.echo(json.dumps(document_of(plugins), indent=2))
        return
    changes = list(changes_between(*map(_read, diff)))
    for change in changes:
        click.echo(shown(change))
    context.exit(1 if changes else 0)


@click.command("check")
@click.argument("path", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--spec", "specs", multiple=True, type=_FILE, help="What a host publishes; may be given several times.")
@click.option(
    "--format",
    "form",
    default="text",
    type=click.Choice(["text", "json", "github"]),
    show_default=True,
    help="How problems are printed: for people, for programs, or as annotations of a pull request.",
)
@click.pass_context
def check_plugin(context: click.Context, path: Path, specs: Sequence[Path], form: Literal["text", "json"]) -> None:
    """Check the plugin's distribution in PATH against the host, or what hosts publish. The plugin is not imported.

    The exit status is 1 if there are problems. Each has its file and line.
    """
    if specs:
        hosts = [_read(one) for one in specs]
    else:
        with host_of(context) as plugins:
            hosts = [spec_from(document_of(plugins))]
    try:
        problems = check(path, hosts)
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{path}: pyproject.toml can't be read: {error}") from error
    if problems or form == "json":
        click.echo(shown(problems_shown(problems, form), keep_lines=True))
    elif form == "text":
        click.echo(f"{path} fits {' and '.join(map(str, hosts))}.")
    context.exit(1 if problems else 0)


def _read(path: Path) -> HostSpec:
    try:
        return read_spec(path)
    except (OSError, ValueError) as error:
        raise click.UsageError(str(error)) from error
