"""The command `hookcore`, and the same commands for any host's own command line. Extra `cli`."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

    from hookcore.cli.host import GivenHost

__all__ = ["commands", "main"]


def commands(plugins: GivenHost) -> click.Group:
    """Return the group `plugins` of commands for a host's own click group: `cli.add_command(commands(plugins))`.

    Args:
        plugins: a `PluginManager`, or a function or context manager that makes one; it is called when a command runs.
    """
    from hookcore.cli.group import Commands

    return Commands(plugins, name="plugins", help="See, ask about and switch the plugins.")


def main() -> None:
    """Run the command `hookcore`."""
    gc.disable()  # what is imported stays: looking through it for garbage takes a sixth of the time of `list`
    try:
        from hookcore.cli.group import hookcore
    except ModuleNotFoundError as error:
        sys.exit(f"hookcore: the commands need {error.name}: pip install 'hookcore[cli]'")
    gc.freeze()
    gc.enable()
    hookcore(prog_name="hookcore")
