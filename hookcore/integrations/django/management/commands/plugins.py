"""`manage.py plugins`: the commands of `hookcore` for the project's plugins, with Django's own options."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hookcore import PluginStartError
from hookcore.cli import commands
from hookcore.integrations.django.host import host


class _Parser(CommandParser):
    """Takes Django's options wherever they stand, and leaves all else to the commands; so what follows `--`."""

    def parse_args(self, args: Iterable[str] | None = None, namespace: Any = None) -> Any:  # type: ignore[override, unused-ignore]
        """Return Django's options, and the rest as `arguments`."""
        given = list(sys.argv[2:] if args is None else args)
        end = given.index("--") if "--" in given else len(given)
        options, rest = self.parse_known_args(given[:end], namespace or Namespace())
        options.arguments = [*rest, *given[end:]]
        return options


class Command(BaseCommand):
    """Runs `list`, or the command that is named."""

    requires_system_checks = ()  # a project that does not start is what one asks about
    help = "See, ask about and switch the plugins."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Return the parser of Django's own options."""
        own = super().create_parser(prog_name, subcommand, add_help=False, **kwargs)
        self.called_as = own.prog
        called = bool(getattr(self, "_called_from_command_line", False))
        return _Parser(
            prog=own.prog, parents=[own], add_help=False, allow_abbrev=False, called_from_command_line=called
        )

    def print_help(self, prog_name: str, subcommand: str) -> None:
        """Print what `manage.py help plugins` asks for."""
        self.create_parser(prog_name, subcommand)
        self.handle(arguments=["--help"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command. Raises SystemExit with its exit status if that is not 0."""
        if host.manager is None:
            raise CommandError(f"there is no manager of plugins: {host.error}")
        try:
            group = commands(host.manager)
        except ModuleNotFoundError as error:
            raise CommandError(str(error)) from error
        group.epilog = "Django's own options (--settings, --verbosity, …) may stand anywhere before `--`."
        colours = False if options.get("no_color") else True if options.get("force_color") else None
        with (
            redirect_stdout(options.get("stdout") or sys.stdout),
            redirect_stderr(options.get("stderr") or sys.stderr),
        ):
            try:
                status = group.main(
                    options["arguments"] or ["list"],
                    prog_name=self.called_as,
                    standalone_mode=not options.get("traceback"),
                    color=colours,
                )
            except SystemExit as exit:
                status = exit.code
        if isinstance(host.error, PluginStartError):
            self.stderr.write(str(host.error))
            status = status or 1
        if status:
            sys.exit(status)
