"""Where does the config come from? All sources are read, checked and merged here; one mistake and none is used."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from hookcore.errors import ConfigError
from hookcore.plugins.config.keys import Config, Document, GivenConfig
from hookcore.plugins.config.sources import DEFAULT, KeyPath, Source, SourceKind, Stated, brief, dotted
from hookcore.suggestions import did_you_mean

LOCK_FILE = "plugins.lock"


def read_config(
    project: str,
    given: GivenConfig | Callable[[], GivenConfig],
    *,
    arguments: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
    edited: Mapping[str, bytes] = MappingProxyType({}),
) -> Config:
    """Return what every source says together, each value with its source.

    Strongest first: `arguments` (those of `start()`; None means not said), the environment (None: `os.environ`), and
    the file or mapping: `arguments["config"]`, else the file that `<PROJECT>_PLUGINS_CONFIG` names, else `given`.
    `edited` is what files are taken to hold, by path, whatever they hold now.

    Raises ConfigError with every problem of every source: unknown keys, wrong types, malformed or missing files.
    """
    environment = os.environ if environment is None else environment
    said = {name: value for name, value in (arguments or {}).items() if value is not None}
    config_argument = said.pop("config", None)
    documents = [Document(said, _places("argument"))]
    variables, slips = _variables_in(environment, project)
    if variables:
        documents.append(Document(variables, lambda path: Source("environment", variable(project, str(path[0])))))
    unreadable: tuple[str, ...] = ()
    try:
        offers = _first_offers(project, config_argument, environment, given)
        documents += [_opened(one, named_by, edited) for one, named_by in offers]
    except ConfigError as error:
        unreadable = error.problems
    tables = [Config.read(document.values, (), document) for document in documents]
    if documents[-1].directory is not None:
        tables.append(Config({"lock": Stated(os.path.join(documents[-1].directory, LOCK_FILE), DEFAULT)}))
    config = Config.merged(tables)
    config.slips, config.tables = slips, tuple(tables)
    problems = [*(problem for document in documents for problem in document.problems), *unreadable]
    if config.locked.value and config.lock is None and not problems:
        problems.append(
            f'{config.locked.source}: locked = true needs to know the lock file. Write lock = "path/plugins.lock"'
        )
    if problems:
        raise ConfigError(problems)
    return config


def variable(project: str, key: str) -> str:
    """Return the name of the environment variable that says a key: `EXAMPLE_APP_PLUGINS_DISABLE`."""
    name = "".join([each if each.isascii() and each.isalnum() else "_" for each in project])
    while "__" in name:
        name = name.replace("__", "_")
    return f"{name}_PLUGINS_{key}".upper()


def _variables_in(environment: Mapping[str, str], project: str) -> tuple[Mapping[str, object], tuple[str, ...]]:
    """Return what the variables of a project say, by key, and a sentence for each that is none."""
    prefix = variable(project, "")
    known = {f"{prefix}{name.upper()}": key for name, key in Config.keys.items() if name != "plugin"}
    said: dict[str, object] = {}
    slips: list[str] = []
    for name in environment:
        if not name.startswith(prefix) or name == f"{prefix}CONFIG":
            continue
        if name in known:
            value = known[name].from_text(environment[name])
            if value is not None:
                said[known[name].name] = value
        else:
            names = (*known, f"{prefix}CONFIG")
            hint = did_you_mean(name.upper(), names) or f" There are: {', '.join(names)}."
            slips.append(f"{name}: no such variable is known, so it does nothing.{hint}")
    return said, tuple(slips)


def file_of(project: str, arguments: Mapping[str, object], given: object) -> str | None:
    """Return the path of the file that counts now; None if no file does."""
    offers = _first_offers(project, arguments.get("config"), os.environ, given)
    return next((os.fsdecode(one) for one, _ in offers if isinstance(one, (str, os.PathLike))), None)


def passed_over(
    project: str, arguments: Mapping[str, object], given: object
) -> Iterator[tuple[object, str, object, str]]:
    """Yield each file or mapping that is not read, who gave it, what is read in its place, and who gave that."""
    (first, first_named_by), *others = _offers(project, arguments.get("config"), os.environ, given) or [(None, "")]
    for offer, named_by in others:
        for one in offer if isinstance(offer, list | tuple) else [offer]:
            if not (isinstance(one, Mapping) and isinstance(offer, list | tuple)):
                yield one, named_by, first, first_named_by


def _first_offers(
    project: str, argument: object, environment: Mapping[str, str], given: object
) -> list[tuple[object, str]]:
    """Return the files and mappings of whoever gave any first, and who that is; none if nobody did.

    A file that is named elsewhere takes the place of the host's own, or of its one mapping. Beside a file, the host's
    mappings are sources of their own, and stay.
    """
    offers = _offers(project, argument, environment, given)
    if not offers:
        return []
    (offer, named_by), (given, _) = offers[0], offers[-1]
    several: Sequence[object] = given if isinstance(given, list | tuple) else ()
    if offer is not given:
        several = [*(one for one in several if isinstance(one, Mapping)), offer]
    return [(one, named_by) for one in several or [offer]]


def _offers(project: str, argument: object, environment: Mapping[str, str], given: object) -> list[tuple[object, str]]:
    """Return what is given, and who gives it: the strongest first, the host last."""
    named = variable(project, "config")
    offers = [
        (argument, "the argument config"),
        (environment.get(named, "").strip() or None, named),
        (given() if callable(given) else given, "the host"),
    ]
    return [(offer, named_by) for offer, named_by in offers if offer is not None]


def _opened(given: object, named_by: str, edited: Mapping[str, bytes]) -> Document:
    if isinstance(given, Mapping):
        return Document(given, _places("mapping"))
    if not isinstance(given, str | os.PathLike):
        raise ConfigError([f"{named_by} must be a path, a mapping or None, not {brief(given)}"])

    from hookcore.plugins.config.toml_file import read_toml  # a host without a config file never parses one

    path = os.fsdecode(given)
    return read_toml(path, named_by=named_by, content=edited.get(path))


def _places(kind: SourceKind) -> Callable[[KeyPath], Source]:
    return lambda path: Source(kind, dotted(tuple(part for part in path if isinstance(part, str))))
