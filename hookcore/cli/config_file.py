"""How is a config file changed? With its comments and layout, in one step, and only if the host would start with it."""

from __future__ import annotations

import difflib
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, cast

import click
import tomlkit
from tomlkit.exceptions import ParseError
from tomlkit.items import Array

from hookcore import ConfigError, PluginManager, PluginReport
from hookcore.cli.screen import shown


class Edit(NamedTuple):
    """What an edit of the config file does: the lines that change, and the plugins before and after it."""

    lines: tuple[str, ...]
    before: tuple[PluginReport, ...]
    after: tuple[PluginReport, ...]


def edited(
    plugins: PluginManager,
    change: Callable[[tomlkit.TOMLDocument], None],
    *,
    dry_run: bool,
    refuse: Callable[[tuple[PluginReport, ...]], None] | None = None,
) -> Edit:
    """Change the config file of a host, or with `dry_run` only say what that would do.

    `refuse` is given the plugins as they would be, before anything is written, and may raise.

    Raises click.ClickException, and leaves the file as it is, if it can't be written, the host would refuse to start
    with it, or somebody else changes it meanwhile.
    """
    named = plugins.config_file()
    if named is None:
        raise click.ClickException(shown(f"{plugins.project_name!r} reads no config file, so there is none to change"))
    path = os.path.realpath(named)  # what a link leads to
    before = plugins.plan()
    text = _read(path)
    try:
        document = tomlkit.parse(text.decode("utf-8-sig"))
    except ParseError as error:  # what Python's own parser has read
        raise click.ClickException(shown(f"{path} can't be edited: {error}")) from error
    change(document)
    content = tomlkit.dumps(document).encode()
    with _beside(path, content) as draft:
        try:
            after = plugins.plan(config=draft)
        except ConfigError as error:
            raise click.ClickException(_refusal(path, [one.replace(draft, path) for one in error.problems])) from error
        new = [one.replace(draft, path) for one in after.refusals]
        if new and len(new) > len(before.refusals):
            raise click.ClickException(_refusal(path, new))
        reports = tuple(one._replace(decided_by=one.decided_by.replace(draft, named)) for one in after)
        reports = tuple(one._replace(reason=one.reason.replace(draft, named)) for one in reports)
        if refuse is not None:
            refuse(reports)
        if not dry_run and content != text:
            if _read(path) != text:
                raise click.ClickException(shown(f"{path} has been changed meanwhile, so nothing is written"))
            os.replace(draft, path)
    return Edit(tuple(_changed_lines(text.decode("utf-8-sig"), content.decode(), named)), before, reports)


def names_in(document: tomlkit.TOMLDocument, key: str) -> Array:
    """Return the list of names under a key at the top of a config, which is there then."""
    if key not in document:
        document[key] = tomlkit.array()
    return cast("Array", document[key])


def add(names: Array, name: str) -> None:
    """Add a name to a list. One that is written line by line stays so."""
    cast("Any", names).append(name)


def _read(path: str) -> bytes:
    """Return what is in a file. Raises click.ClickException if it can't be read, or nobody may write it."""
    try:
        with open(path, "rb") as file:
            if not os.access(path, os.W_OK) or not stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o222:
                raise click.ClickException(shown(f"{path} can't be changed: it is read-only"))
            return file.read()
    except OSError as error:
        raise click.ClickException(shown(f"{path} can't be read: {error.strerror}")) from error


@contextmanager
def _beside(path: str, content: bytes) -> Iterator[str]:
    """Give the path of a file with this content beside another, with its permissions; it is gone in the end."""
    draft = None
    try:
        handle, draft = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".hookcore-", suffix=".toml")
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(draft, stat.S_IMODE(os.stat(path).st_mode))
        yield draft
    except OSError as error:
        raise click.ClickException(shown(f"{path} can't be changed: {error.strerror}")) from error
    finally:
        if draft is not None and os.path.exists(draft):
            os.unlink(draft)


def _refusal(path: str, problems: list[str]) -> str:
    return shown("\n".join([f"{path} is left as it is: the host would refuse it.", *problems]), keep_lines=True)


def _changed_lines(before: str, after: str, name: str) -> Iterator[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), name, name, n=0, lineterm="")
    return (line for line in lines if not line.startswith(("---", "+++", "@@")))
