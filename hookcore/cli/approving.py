"""`lock`, `verify` and `doctor`: is what is installed what was approved, and what should an operator know?"""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import click

from hookcore import ConfigError, PluginManager
from hookcore.cli.group import host_of
from hookcore.cli.host import started
from hookcore.cli.screen import json_option, paragraph, print_json, shown
from hookcore.cli.why import complete

_OF_TESTS: Final = re.compile(r"(^|[/\\])(tests?|test_\w+|conftest)[/\\.]")


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete)
@click.option("--editable", is_flag=True, help="Approve editable installs, too, whose files nothing vouches for.")
@click.option("--dry-run", is_flag=True, help="Write nothing: show what the lock file does not approve.")
@json_option
@click.pass_context
def lock(context: click.Context, names: tuple[str, ...], editable: bool, dry_run: bool, as_json: bool) -> None:
    """Approve plugins as they are installed now, by the lock file.

    All that the config lets run, or only those called NAME. Shows in what they differ from the lock file, then
    writes that. No plugin is imported.
    """
    with host_of(context) as plugins, _heard() as warnings:
        plugins.plan(locked=False)  # raises what is wrong with the config
        try:
            found = plugins.verify(*names, before_lock=True)
            differences = [f"plugin {one.plugin!r}: {one.problem}" for one in found]
        except ConfigError as error:
            if dry_run or names:
                raise
            differences = list(error.problems)  # of the lock file that is written anew
        if not as_json:
            _say(differences)
        path = None if dry_run else plugins.lock(*names, editable=editable)
    if as_json:
        print_json(file=path, differences=differences, warnings=warnings)
        return
    if path is not None:
        _say([f"{path} approves what is installed now{', except for this:' if warnings else '.'}"])
    _say(warnings)


@click.command()
@json_option
@click.pass_context
def verify(context: click.Context, as_json: bool) -> None:
    """Say in what plugins differ from what the lock file approves.

    Looked at are those that the config lets run. The exit status is 1 if they differ.
    """
    with host_of(context) as plugins:
        found = plugins.verify()
    if as_json:
        print_json(differences=[{"plugin": one.plugin, "problem": one.problem, "remedy": one.remedy} for one in found])
    else:
        _say(map(str, found) if found else ["All plugins that may run are what the lock file approves."])
    if found:
        context.exit(1)


@click.command()
@click.option("--no-import", is_flag=True, help="Start nothing and import no plugin: look at config and metadata only.")
@json_option
@click.pass_context
def doctor(context: click.Context, no_import: bool, as_json: bool) -> None:
    """Say what is likely a mistake, and what weakens config and lock.

    The host is started, and stopped again, to find what only then shows: plugins that connect nothing, names that mean
    nobody. The exit status is 1 if there is anything to say.
    """
    with host_of(context) as plugins, _heard() as warnings:
        plan = plugins.plan()
        said = [*plan.refusals, *plan.slips]
        if not no_import and not plan.refusals:
            with started(plugins, eager=True):
                said += _unconnected(plugins)
        said += [str(hint) for hint in plugins.doctor()]
    problems = list(dict.fromkeys([*warnings, *said]))
    if as_json:
        print_json(problems=problems)
    else:
        _say(problems or ["Nothing to say."])
    if problems:
        context.exit(1)


def _unconnected(plugins: PluginManager) -> Iterator[str]:
    """Yield a sentence for each receiver that the source of a running plugin marks where nobody has imported it."""
    from hookcore.checking import InstalledReceivers, document_of, spec_from

    imported = {
        os.path.realpath(file) for one in list(sys.modules.values()) if (file := getattr(one, "__file__", None))
    }
    complete = {one.name for one in plugins.report() if one.state == "active"}
    complete -= {one.plugin for one in plugins.receivers() if one.plugin and one.place is None}  # these come later
    for signal, one in InstalledReceivers(spec_from(document_of(plugins))).named:
        is_code = one.file.endswith(".py") and not _OF_TESTS.search(_below_its_entry(one.file))
        if is_code and complete.issuperset(one.plugin.split(", ")) and os.path.realpath(one.file) not in imported:
            yield (
                f"{one.file}:{one.line}: no start connects the receiver {one.receiver!r} of {signal!r}, since nobody "
                f"imports that module. The plugin {one.plugin!r} has to"
            )


def _below_its_entry(file: str) -> str:
    """Return a module's path below the entry of sys.path by which it is found."""
    entries = [entry for entry in sys.path if file.startswith(os.path.join(entry, ""))]
    return os.path.relpath(file, max(entries, key=len)) if entries else file


@contextmanager
def _heard() -> Iterator[list[str]]:
    """Give the list of what is told at WARNING and above meanwhile, in the place of the host's own handlers."""
    heard: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    logger, listener = logging.getLogger("hookcore"), Listener(logging.WARNING)
    propagates, logger.propagate = logger.propagate, False
    logger.addHandler(listener)
    try:
        yield heard
    finally:
        logger.removeHandler(listener)
        logger.propagate = propagates


def _say(sentences: Iterable[str]) -> None:
    for sentence in filter(None, sentences):
        click.echo("\n".join(paragraph(shown(sentence))))
