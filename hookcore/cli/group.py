"""Which commands are there, and for which host do they run? Each is imported when it is called."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from copy import copy
from errno import EPIPE
from importlib import import_module
from io import TextIOWrapper
from types import MappingProxyType
from typing import Any, Final

import click

from hookcore import HookcoreError, PluginManager
from hookcore.cli.host import GivenHost, find_host, opened_host
from hookcore.cli.screen import nearest, shown

COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "list": "listing:list_plugins",
        "signals": "signals:signals",
        "why": "why:why",
        "graph": "graph:graph",
        "time": "timing:time",
        "bisect": "bisect:bisect",
        "enable": "switching:enable",
        "disable": "switching:disable",
        "mute": "switching:mute",
        "lock": "approving:lock",
        "verify": "approving:verify",
        "doctor": "approving:doctor",
        "spec": "checking:spec",
        "check": "checking:check_plugin",
        "new": "new:new",
    }
)
"""Where each command is, in the order of the help."""


def host_option(**options: Any) -> click.Option:
    """Make the option `--host`: of `hookcore`, and of each of its commands."""
    return click.Option(
        ["--host"],
        metavar="MODULE:ATTRIBUTE",
        help="Where the host's PluginManager is, or a function or context manager that makes one; or the name "
        "under which an installed host offers it. Else HOOKCORE_HOST says it, or `host` under [tool.hookcore] in "
        "the nearest pyproject.toml, or the one host that is installed.",
        **options,
    )


def _said_behind(context: click.Context, _: click.Parameter, host: str | None) -> None:
    """Take what `--host` says behind a command as if it stood in front of it."""
    if host is not None and context.parent is not None:
        context.parent.params["host"] = host


class Commands(click.Group):
    """The commands for the host that is given, or for the one that is looked for: see `find_host`."""

    def __init__(self, given: GivenHost | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.given = given

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return list(COMMANDS)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Return the command that is meant, as click does. Raises click.UsageError with the nearest for an unknown."""
        name = args[0]
        if name not in COMMANDS and name[:1].isalnum() and not ctx.resilient_parsing:  # else it is click's to say
            ctx.fail(shown(f"No such command {name!r}.{nearest(name, COMMANDS)}"))
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"hookcore.cli.{module}"), attribute)
        if self.given is not None:
            return command
        command = copy(command)  # a host's own group may have the same one
        command.params = [*command.params, host_option(expose_value=False, callback=_said_behind)]
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command. What is wrong with plugins, config or machine is told in a sentence, with exit status 1."""
        if sys.stdout is None:  # closed, by whoever wants to see nothing
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - it is open as long as the process
        if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            ctx.color = False
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # what its encoding lacks is no reason to fail
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("\nInterrupted.", err=True)
            ctx.exit(130)  # as a shell has it
        except HookcoreError as error:
            raise click.ClickException(shown(str(error), keep_lines=True)) from error
        except OSError as error:
            if error.errno == EPIPE:
                raise  # which click knows
            _give_up_a_full_disk()
            where = f"{error.filename}: " if error.filename is not None else ""
            raise click.ClickException(shown(f"{where}{error.strerror or error}")) from error


def _give_up_a_full_disk() -> None:
    """Keep Python from trying again in the end to write what it could not, with words that are none for operators."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def host_of(context: click.Context | None) -> Iterator[PluginManager]:
    """Open the host for which a command runs, and close it in the end. Nothing is started."""
    while context is not None and not isinstance(context.command, Commands):
        context = context.parent
    assert context is not None
    assert isinstance(context.command, Commands)
    given = context.command.given
    with opened_host(find_host(context.params.get("host")) if given is None else given) as plugins:
        yield plugins


def completing(
    names_of: Callable[[PluginManager], Iterable[str]],
) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Return what offers names of the host's to the shell; none where the host can't be asked.

    What the host itself prints meanwhile is no name.
    """

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
        given = context.params.get(str(parameter.name)) or ()
        with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
            try:
                with host_of(context) as plugins:
                    return [one for one in names_of(plugins) if one.startswith(incomplete) and one not in given]
            except BaseException:  # a shell has no place for the reason
                return []

    return complete


hookcore: Final = Commands(
    name="hookcore",
    help="See, ask about and switch a host's plugins.",
    context_settings={"help_option_names": ["-h", "--help"]},
    params=[host_option()],
)
"""The command `hookcore`."""
