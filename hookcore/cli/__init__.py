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

    Raises ModuleNotFoundError, which says what to install, if the extra `cli` is not there.
    """
    try:
        from hookcore.cli.group import Commands
    except ModuleNotFoundError as error:
        raise _lacking(error) from error
    return Commands(
        plugins,
        name="plugins",
        help="See, ask about and switch the plugins.",
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def main() -> None:
    """Run the command `hookcore`."""
    gc.disable()  # what is imported stays: looking through it for garbage takes a sixth of the time of `list`
    try:
        from hookcore.cli.group import hookcore
    except ModuleNotFoundError as error:
        sys.exit(f"hookcore: {_lacking(error)}")
    gc.freeze()
    gc.enable()
    hookcore(prog_name="hookcore")


def _lacking(error: ModuleNotFoundError) -> ModuleNotFoundError:
    return ModuleNotFoundError(f"the commands need {error.name}: pip install 'hookcore[cli]'", name=error.name)
