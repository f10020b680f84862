"""How does a lock file look, and is this one? The only place that reads and writes its TOML."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from hookcore.errors import ConfigError
from hookcore.names import canonical_name
from hookcore.plugins.bounded_files import MEBIBYTE, reason_of
from hookcore.plugins.config.keys import Document, items_of
from hookcore.plugins.config.sources import KeyPath, Stated, dotted
from hookcore.plugins.config.toml_file import read_toml
from hookcore.plugins.lock.approval import Approval, Lock
from hookcore.plugins.trusted_files import who_else_may_write, write_whole
from hookcore.suggestions import did_you_mean

_FORMAT = 1
_LARGEST = 16 * MEBIBYTE
_HEADING = """\
# Which plugins may start, and exactly as which. Written by hookcore; read it, and keep it with your code.
# It holds for this environment: the digest is that of the RECORD that the installer wrote.
"""
_DIGEST = re.compile(r"(sha256:[0-9a-f]{64})?")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_NEW_MODE = 0o644


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, cast("list[object]", value)))


_KEYS: Mapping[str, tuple[str, Callable[[object], bool]]] = {
    "distribution": ("a text in quotes", _is_text),
    "version": ("a text in quotes", _is_text),
    "entry_point": ("a text in quotes", _is_text),
    "receivers": ("a list of texts", _is_texts),
    "digest": ("'sha256:' and 64 digits", lambda value: isinstance(value, str) and bool(_DIGEST.fullmatch(value))),
    "editable": ("true or false", lambda value: isinstance(value, bool)),
}


def read_lock(path: Stated[str], *, missing_ok: bool = False) -> Lock:
    """Read the lock file. Raises ConfigError with every problem: missing, open to others, or not what one holds.

    With `missing_ok` one that is not there approves nothing.
    """
    if not os.path.exists(path.value):
        if missing_ok:
            return Lock(path.value, {}, {})
        raise ConfigError(
            [f"{path.value}: there is no lock file (lock, by {path.source}). Write it with `hookcore lock` or lock()."]
        )
    _refuse_others(path.value, "read")
    document = read_toml(path.value, named_by=str(path.source), kind="lock file", limit=_LARGEST)
    _note_problems(document)
    if document.problems:
        raise ConfigError(document.problems)
    tables = cast("Mapping[str, Mapping[str, Any]]", document.values.get("plugin", {}))
    approvals = {
        canonical_name(name): Approval(name, **{**table, "receivers": tuple(sorted(table["receivers"]))})
        for name, table in tables.items()
    }
    sources = {name: document.source(("plugin", approval.plugin)) for name, approval in approvals.items()}
    return Lock(path.value, approvals, sources)


def write_lock(path: str, approvals: Iterable[Approval]) -> None:
    """Replace the lock file at `path` in one step, keeping its permissions.

    Raises ConfigError if it can't be written, or if a start would refuse it there.
    """
    _refuse_others(path, "written")
    try:
        write_whole(path, lock_text(approvals).encode(), mode=_NEW_MODE)
    except (OSError, ValueError) as error:  # ValueError: a name that is no text, or a null character in the path
        raise ConfigError([f"{path}: the lock file can't be written ({reason_of(error)})"]) from error


def _refuse_others(path: str, verb: str) -> None:
    try:
        problem = who_else_may_write(path)
    except (OSError, ValueError) as error:
        raise ConfigError([f"{path}: the lock file can't be {verb} ({reason_of(error)})"]) from error
    if problem is not None:
        raise ConfigError([f"{path}: the lock file must be yours alone, and {problem}. Change that, or move the file."])


def lock_text(approvals: Iterable[Approval]) -> str:
    """Return the content of a lock file, in the order of the plugins' names."""
    ordered = sorted(approvals, key=lambda approval: canonical_name(approval.plugin))
    return "\n".join((f"{_HEADING}format = {_FORMAT}\n", *map(_table_text, ordered)))


def _table_text(approval: Approval) -> str:
    name = approval.plugin if _BARE_KEY.fullmatch(approval.plugin) else _quoted(approval.plugin)
    lines = [f"[plugin.{name}]"]
    for key in _KEYS:
        value = getattr(approval, key)
        if key == "receivers":
            lines += (
                ["receivers = [", *(f"    {_quoted(line)}," for line in value), "]"] if value else ["receivers = []"]
            )
        else:
            lines.append(f"{key} = {_quoted(value) if isinstance(value, str) else str(value).lower()}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Return a TOML string of `text`, with an escape for all that does not print. Raises ValueError if it has none."""
    text.encode()
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    return character if character.isprintable() and character not in '"\\' else f"\\U{ord(character):08x}"


def _note_problems(document: Document) -> None:
    _refuse_unknown(document, (), document.values, ("format", "plugin"))
    if document.values.get("format") != _FORMAT:
        document.refuse(("format",), f"format must be {_FORMAT}: another hookcore wrote this lock file")
    spellings: dict[str, str] = {}
    for name, table in items_of(document.values.get("plugin", {}), ("plugin",), document):
        path = ("plugin", name)
        first = spellings.setdefault(canonical_name(name), name)
        if first != name:
            document.refuse(path, f"{first!r} and {name!r} are one name; keep one of them")
        values = dict(items_of(table, path, document))
        _refuse_unknown(document, path, values, _KEYS)
        for key, (wanted, fits) in _KEYS.items():
            if key in values and not fits(values[key]):
                document.wrong((*path, key), values[key], wanted)
            elif key not in values and isinstance(table, Mapping):
                document.refuse(
                    path, f"{dotted(path)} lacks {key}. Write the lock anew with `hookcore lock` or lock()."
                )


def _refuse_unknown(document: Document, path: KeyPath, table: Iterable[str], known: Iterable[str]) -> None:
    for key in table:
        if key not in known:
            document.refuse((*path, key), f"unknown key {dotted((*path, key))!r}.{did_you_mean(key, known)}")
