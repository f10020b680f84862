"""For which host is a command run, and how does it get that host's manager?"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, redirect_stdout
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from hookcore import HookcoreError, ManagerStateError, PluginManager, PluginReport, discover_group
from hookcore.cli.screen import here, nearest, shown

if TYPE_CHECKING:
    import subprocess
    from types import TracebackType

_LEADING_THERE = ("hookcore", "contextlib", "importlib", "_frozen_importlib", "_frozen_importlib_external")
GROUP = "hookcore.hosts"
"""The group of entry points in which an installed host offers its manager."""

GivenHost: TypeAlias = (
    PluginManager | AbstractContextManager[PluginManager] | Callable[[], PluginManager | AbstractContextManager[Any]]
)


def find_host(option: str | None) -> GivenHost:
    """Return the host that `--host` names, else HOOKCORE_HOST, pyproject.toml, or the only one that is installed.

    Raises click.UsageError if there is none, more than one, or it isn't where it is said to be; and
    click.ClickException if its module raises.
    """
    environment = os.environ.get("HOOKCORE_HOST")
    if option:
        return _named(option, "--host", here())
    if environment:
        return _named(environment, "HOOKCORE_HOST", here())
    project = _nearest_project()
    if project is not None:
        path, name = project
        return _named(name, shown(path), os.path.dirname(path))
    offered = _offered()
    if len(offered) == 1:
        [(name, reference)] = offered.items()
        return _imported(reference, f"the installed host {name!r}")
    if offered:
        raise click.UsageError(f"several hosts are installed: say --host {' or --host '.join(offered)}")
    raise click.UsageError(
        "no host is known. Say --host MODULE:ATTRIBUTE (its PluginManager, or a function that makes one), or write "
        "it to HOOKCORE_HOST, or as `host` under [tool.hookcore] in pyproject.toml"
    )


def _nearest_project() -> tuple[str, str] | None:
    """Return the nearest pyproject.toml from here upwards that names a host, and what it says."""
    folder, below = here(), ""
    while folder != below:
        path = os.path.join(folder, "pyproject.toml")
        try:
            host = _host_named_in(path)
        except FileNotFoundError:
            host = None
        except (OSError, ValueError, AttributeError) as error:
            raise click.UsageError(f"{shown(path)} can't be read: {error}") from error
        if host is not None:
            return path, host
        folder, below = os.path.dirname(folder), folder
    return None


def _host_named_in(path: str) -> str | None:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    import tomllib  # only now: it takes as long as half of our own modules

    host = tomllib.loads(text).get("tool", {}).get("hookcore", {}).get("host")
    if host is None or isinstance(host, str):
        return host
    raise click.UsageError(f"{shown(path)}: host must be MODULE:ATTRIBUTE in quotes, not {host!r}")


def _offered() -> dict[str, str]:
    points = [plugin.entry_point for plugin in discover_group(GROUP)]
    return {point.name: point.value for point in points if point is not None}


def _named(reference: str, named_by: str, folder: str) -> GivenHost:
    """Return what a reference, or the name of an installed host, stands for."""
    if ":" in reference:
        sys.path.insert(0, folder)  # as `python -m` has it
        return _imported(reference, named_by)
    offered = _offered()
    meant = offered.get(reference) or _spelled_otherwise(reference, offered)
    if meant is None:
        known = f"Installed are {', '.join(offered)}; any other" if offered else "One that is not installed"
        hint = nearest(reference, offered) or f" {known} is written MODULE:ATTRIBUTE."
        raise click.UsageError(f"{named_by}: no installed host is called {reference!r}.{hint}")
    return _imported(meant, named_by)


def _spelled_otherwise(name: str, offered: Mapping[str, str]) -> str | None:
    """Return what is offered under another spelling of a name (PEP 503)."""
    from packaging.utils import canonicalize_name  # it takes as long as click

    meant = canonicalize_name(name)
    return next((value for one, value in offered.items() if canonicalize_name(one) == meant), None)


def _imported(reference: str, named_by: str) -> GivenHost:
    module, _, attribute = (part.strip() for part in reference.partition(":"))
    if not all(part.isidentifier() for part in module.split(".")):
        raise click.UsageError(f"{named_by}: {module!r} can't be a module")
    with _told(f"{named_by}: importing {module}"):
        try:
            found: Any = import_module(module)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{module}.".startswith(f"{error.name}."):
                raise  # the host's own import
            raise click.UsageError(f"{named_by}: there is no module {error.name!r}") from error
    for part in attribute.split("."):
        if not hasattr(found, part):
            hint = nearest(part, dir(found))
            raise click.UsageError(f"{named_by}: {module} has no {part!r}.{hint}")
        found = getattr(found, part)
    host: GivenHost = found
    return host


@contextmanager
def opened_host(given: GivenHost) -> Iterator[PluginManager]:
    """Give the manager that something is or makes, and close in the end what was opened for it.

    Raises click.ClickException if the host's own code raises, and click.UsageError if no manager comes of it.
    """
    with ExitStack() as stack:
        made: Any = given
        with _told("making the host"):
            if not isinstance(made, PluginManager) and callable(made):
                made = made()
            if not isinstance(made, PluginManager) and hasattr(made, "__enter__"):
                made = stack.enter_context(made)
        if not isinstance(made, PluginManager):
            kind = f"{type(made).__module__}.{type(made).__qualname__}"
            is_pluggys = kind == "pluggy._manager.PluginManager"
            remedy = ". One import changes that: docs/from-pluggy.md of hookcore says how" if is_pluggys else ""
            raise click.UsageError(f"the host gives no hookcore.PluginManager, but a {kind}{remedy}")
        try:
            yield made
        finally:
            with _printed_aside():
                stack.close()


def _printed_aside() -> AbstractContextManager[object]:
    """Let what others print go to standard error: standard output has our own words alone, which programs read."""
    return redirect_stdout(sys.stderr)


def run(command: Sequence[str], environment: Mapping[str, str], **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run somebody's command. Raises click.UsageError if that can't be run, and subprocess.TimeoutExpired."""
    import subprocess

    try:
        return subprocess.run(command, env=environment, check=False, **options)
    except OSError as error:
        raise click.UsageError(shown(f"{command[0]!r} can't be run: {error.strerror}")) from error


@contextmanager
def started(plugins: PluginManager, *, eager: bool = False) -> Iterator[None]:
    """Start a manager, and stop it in the end; if it runs already, leave it as it is.

    `eager`: import receivers that have entry points of their own, too. What a start logs is not shown: the command
    shows it.
    """
    import logging

    logging.getLogger("hookcore").addHandler(logging.NullHandler())
    try:
        with _printed_aside():
            plugins.start(eager=eager)
    except ManagerStateError:
        yield
        return
    try:
        yield
    finally:
        with _printed_aside():
            plugins.stop()


def reports_of(plugins: PluginManager) -> tuple[PluginReport, ...]:
    """Return the plugins as they are in a host that runs, or else the plan of what a start would make of them."""
    reports = plugins.report()
    return reports if reports and all(one.state != "stopped" for one in reports) else plugins.plan()


@contextmanager
def _told(doing: str) -> Iterator[None]:
    """Turn what the host's own code raises into a message with its traceback."""
    try:
        with _printed_aside():
            yield
    except (click.ClickException, HookcoreError, KeyboardInterrupt):
        raise
    except BaseException as error:
        import traceback

        lines = "".join(traceback.format_exception(type(error), error, _behind_us(error.__traceback__))).rstrip()
        raise click.ClickException(f"{doing} failed:\n{shown(lines, keep_lines=True)}") from error


def _behind_us(at: TracebackType | None) -> TracebackType | None:
    """Return a traceback from the first frame on that is neither ours nor the import system's."""
    while at is not None and at.tb_next is not None:
        if str(at.tb_frame.f_globals.get("__name__")).partition(".")[0] not in _LEADING_THERE:
            break
        at = at.tb_next
    return at
