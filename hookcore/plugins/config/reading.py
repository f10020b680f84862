"""Where does the config come from? All sources are read, checked and merged here; one mistake and none is used."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import TypedDict

from hookcore.errors import ConfigError
from hookcore.plugins.config.check import Document, check, dotted
from hookcore.plugins.config.records import DEFAULT, Config, KeyPath, Said, Source, Statements, merge

LOCK_FILE = "plugins.lock"
GivenConfig = str | os.PathLike[str] | Mapping[str, object] | None


class ConfigArguments(TypedDict, total=False):
    """What a call may say, stronger than every other source. `config` takes the place of the host's file or mapping."""

    config: GivenConfig
    mode: str
    enable: Sequence[str]
    disable: Sequence[str]
    required: Sequence[str]
    strict: bool
    locked: bool
    lock: str | os.PathLike[str]
    mute: Sequence[str]


def read_config(
    project: str,
    given: GivenConfig,
    *,
    arguments: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Config:
    """Return what every source says together, each value with its source.

    Strongest first: `arguments` (those of `start()`; None means not said), the environment (None: `os.environ`), and
    the file or mapping: `arguments["config"]`, else the file that `<PROJECT>_PLUGINS_CONFIG` names, else `given`.

    Raises `ConfigError` with every problem of every source: unknown keys, wrong types, malformed or missing files.
    """
    environment = os.environ if environment is None else environment
    said_arguments = {name: value for name, value in (arguments or {}).items() if value is not None}
    config_argument = said_arguments.pop("config", None)
    problems: list[str] = []
    statements: list[Statements] = []

    said, found_problems = check(Document(said_arguments, _argument_source))
    statements.append(said)
    problems.extend(found_problems)

    statements.append(_environment_statements(project, environment))

    try:
        document = _document(project, given, config_argument, environment)
    except ConfigError as error:
        problems.extend(error.problems)
    else:
        if document is not None:
            said, found_problems = check(document)
            statements.append(said)
            problems.extend(found_problems)
            statements.append(_beside(document))

    config = merge(statements)
    if config.locked.value and config.lock is None and not problems:
        problems.append(
            f'{config.locked.source}: locked = true needs to know the lock file. Write lock = "path/plugins.lock"'
        )
    if problems:
        raise ConfigError(problems)
    return config


def _beside(document: Document) -> Statements:
    """Return what is so unless somebody says otherwise: the lock file lies beside the config file."""
    if document.directory is None:
        return Statements()
    return Statements(lock=Said(os.path.join(document.directory, LOCK_FILE), DEFAULT))


def environment_variable(project: str, name: str) -> str:
    """Return the name of one of a project's environment variables: `EXAMPLE_APP_DISABLED_PLUGINS`."""
    return f"{re.sub(r'[^A-Za-z0-9]+', '_', project).upper()}_{name}"


def _environment_statements(project: str, environment: Mapping[str, str]) -> Statements:
    disabled_plugins = environment_variable(project, "DISABLED_PLUGINS")
    load_plugins = environment_variable(project, "LOAD_PLUGINS")
    disable_source = Source("environment", disabled_plugins)
    exactly: Said[tuple[str, ...]] | None = None
    if load_plugins in environment:  # even if empty: that means none
        exactly = Said(_split(environment[load_plugins]), Source("environment", load_plugins))
    return Statements(
        disable=tuple(Said(name, disable_source) for name in _split(environment.get(disabled_plugins, ""))),
        load_exactly=exactly,
    )


def _split(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip())


def _document(
    project: str, given: GivenConfig, config_argument: object, environment: Mapping[str, str]
) -> Document | None:
    """Return the one document that counts, or None if nobody gave one."""
    variable = environment_variable(project, "PLUGINS_CONFIG")
    if config_argument is not None:
        return _opened(config_argument, named_by="the argument config")
    if environment.get(variable):
        return _opened(environment[variable], named_by=variable)
    return None if given is None else _opened(given, named_by="the host")


def _opened(given: object, named_by: str) -> Document:
    if isinstance(given, Mapping):
        return Document(given, _mapping_source)
    if not isinstance(given, str | os.PathLike):
        raise ConfigError([f"{named_by} must be a path, a mapping or None, not {given!r}"])

    from hookcore.plugins.config.file import read_toml  # a host without a config file never parses one

    file = read_toml(str(os.fspath(given)), named_by=named_by)
    return Document(file.values, lambda path: Source("file", file.place(path)), os.path.dirname(file.path))


def _argument_source(path: KeyPath) -> Source:
    return Source("argument", dotted(_without_indexes(path)))


def _mapping_source(path: KeyPath) -> Source:
    return Source("mapping", dotted(_without_indexes(path)))


def _without_indexes(path: KeyPath) -> KeyPath:
    return tuple(part for part in path if isinstance(part, str))
