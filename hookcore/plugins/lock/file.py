"""How does a lock file look, and is this one? The only place that reads and writes its TOML."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any, cast

from hookcore.errors import ConfigError
from hookcore.names import canonical_name
from hookcore.plugins.config.sources import Source, Stated
from hookcore.plugins.config.toml_file import TomlFile, read_toml
from hookcore.plugins.lock.lock import Approval, Lock
from hookcore.plugins.trusted_files import anyone_may_write, write_whole
from hookcore.suggestions import did_you_mean

_FORMAT = 1
_HEADING = """\
# Which plugins may start, and exactly as which. Written by hookcore; read it, and keep it with your code.
# It holds for this environment: the digest is that of the RECORD that the installer wrote.
"""
_TOP_KEYS = ("format", "plugin")
_KEYS = tuple(one.name for one in fields(Approval) if one.name != "plugin")
_DIGEST = re.compile(r"(sha256:[0-9a-f]{64})?")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_ESCAPED = re.compile(r'["\\\x00-\x1f\x7f]')


def read_lock(path: Stated[str]) -> Lock:
    """Read the lock file. Raises ConfigError with every problem: missing, open to everybody, or not what one holds."""
    if not os.path.exists(path.value):
        raise ConfigError([f"{path.value}: there is no lock file (lock, by {path.source}). Write it with lock()."])
    if anyone_may_write(path.value):
        raise ConfigError(
            [f"{path.value}: everybody may write this lock file, or replace it in its directory. Take that right away."]
        )
    file = read_toml(path.value, named_by=str(path.source), kind="lock file")
    problems: list[str] = []
    approvals = dict(_approvals(file, problems))
    if problems:
        raise ConfigError(problems)
    sources = {name: Source("file", file.place(("plugin", approval.plugin))) for name, approval in approvals.items()}
    return Lock(path.value, MappingProxyType(approvals), MappingProxyType(sources))


def write_lock(path: str, approvals: Iterable[Approval]) -> None:
    """Replace the lock file at `path` in one step, keeping its permissions. Raises ConfigError if it can't."""
    try:
        write_whole(path, lock_text(approvals).encode("utf-8"), mode=_mode(path))
    except (OSError, ValueError) as error:  # ValueError: a name that is no text, or a null character in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError([f"{path}: the lock file can't be written ({reason})"]) from error


def lock_text(approvals: Iterable[Approval]) -> str:
    """Return the content of a lock file, in the order of the plugins' names."""
    ordered = sorted(approvals, key=lambda approval: canonical_name(approval.plugin))
    return "\n".join((f"{_HEADING}format = {_FORMAT}\n", *map(_table_text, ordered)))


def _mode(path: str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode) if os.path.exists(path) else 0o644  # less what the umask takes


def _table_text(approval: Approval) -> str:
    name = approval.plugin if _BARE_KEY.fullmatch(approval.plugin) else _quoted(approval.plugin)
    receivers = "".join(f"    {_quoted(line)},\n" for line in approval.receivers)
    return (
        f"[plugin.{name}]\n"
        f"distribution = {_quoted(approval.distribution)}\n"
        f"version = {_quoted(approval.version)}\n"
        f"entry_point = {_quoted(approval.entry_point)}\n"
        f"receivers = [{chr(10) if receivers else ''}{receivers}]\n"
        f"digest = {_quoted(approval.digest)}\n"
        f"editable = {str(approval.editable).lower()}\n"
    )


def _quoted(text: str) -> str:
    return '"' + _ESCAPED.sub(lambda match: f"\\u{ord(match.group()):04x}", text) + '"'


def _approvals(file: TomlFile, problems: list[str]) -> Iterator[tuple[str, Approval]]:
    _refuse_unknown(file, (), file.values, _TOP_KEYS, problems)
    if file.values.get("format") != _FORMAT:
        problems.append(f"{file.place(('format',))}: format must be {_FORMAT}: another hookcore wrote this lock file")
    tables = file.values.get("plugin", {})
    if not isinstance(tables, Mapping):
        problems.append(f"{file.place(('plugin',))}: plugin must be a table, not {tables!r}.")
        return
    spellings: dict[str, str] = {}
    for name, table in cast("Mapping[str, object]", tables).items():
        first = spellings.setdefault(canonical_name(name), name)
        if first != name:
            problems.append(f"{file.place(('plugin', name))}: {first!r} and {name!r} are one name; keep one of them")
        approval = _approval(file, name, table, problems)
        if approval is not None:
            yield canonical_name(name), approval


def _approval(file: TomlFile, name: str, table: object, problems: list[str]) -> Approval | None:
    path = ("plugin", name)
    if not isinstance(table, Mapping):
        problems.append(f"{file.place(path)}: plugin.{name} must be a table, not {table!r}.")
        return None
    values = cast("Mapping[str, object]", table)
    _refuse_unknown(file, path, values, _KEYS, problems)
    known_problems = len(problems)
    wanted = {"receivers": ("a list of texts", _is_texts), "editable": ("true or false", _is_boolean)}
    for key in _KEYS:
        description, fits = wanted.get(key, ("a text in quotes", _is_text))
        if key not in values:
            problems.append(f"{file.place(path)}: plugin.{name} lacks {key}. Write the lock anew with lock().")
        elif not fits(values[key]):
            problems.append(
                f"{file.place((*path, key))}: plugin.{name}.{key} must be {description}, not {values[key]!r}."
            )
    if len(problems) > known_problems:
        return None
    known: dict[str, Any] = {key: values[key] for key in _KEYS}
    if not _DIGEST.fullmatch(known["digest"]):
        problems.append(f"{file.place((*path, 'digest'))}: plugin.{name}.digest must be 'sha256:' and 64 digits.")
        return None
    return Approval(plugin=name, **{**known, "receivers": tuple(sorted(known["receivers"]))})


def _refuse_unknown(
    file: TomlFile, path: tuple[str, ...], table: Mapping[str, object], known: Iterable[str], problems: list[str]
) -> None:
    for key in table:
        if key not in known:
            place = file.place((*path, key))
            problems.append(f"{place}: unknown key {'.'.join((*path, key))!r}.{did_you_mean(key, known)}")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, cast("list[object]", value)))


def _is_boolean(value: object) -> bool:
    return isinstance(value, bool)
