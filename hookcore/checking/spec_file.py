"""What does a host publish of its signals? The document, how it is read, and what a change of it breaks."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from hookcore import PluginManager, SignalSpec

_SCHEMAS: Final[Mapping[str, Mapping[str, object]]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "None": {"type": "null"},
    "dict": {"type": "object"},
    "list": {"type": "array"},
}


class SentSignal(NamedTuple):
    """What a plugin has to know of one signal. `arguments` are the types, as they are written, by name."""

    name: str
    module: str
    arguments: Mapping[str, str]
    is_open: bool
    answer: str
    deprecated: str | None
    deprecated_arguments: Mapping[str, str]


class HostSpec(NamedTuple):
    """What a host publishes: the name in entry-point groups, its version, and its signals by name."""

    project: str
    version: str
    signals: Mapping[str, SentSignal]

    def __str__(self) -> str:
        return f"{self.project} {self.version}".rstrip()


def document_of(plugins: PluginManager) -> dict[str, object]:
    """Return the document that a host publishes, for `json.dump`. Nothing is started or imported.

    Each argument has its type as it is written, and a JSON Schema where that type has one.
    """
    try:
        version = importlib.metadata.version(plugins.project_name)
    except importlib.metadata.PackageNotFoundError:
        version = ""
    signals = [_signal_document(one) for one in plugins.spec()]
    return {"host": plugins.project_name, "version": version, "signals": signals}


def _signal_document(spec: SignalSpec) -> dict[str, object]:
    known = spec._asdict()
    del known["place"]  # of this machine
    return {
        **known,
        "module": spec.module or "",
        "arguments": [{**one._asdict(), **_schema_of(one.type)} for one in spec.arguments],
    }


def _schema_of(written: str) -> dict[str, object]:
    parts = [_SCHEMAS.get(part.strip().partition("[")[0]) for part in written.split("|")]
    if None in parts or written.count("[") > 1 or ("[" in written and "|" in written):
        return {}
    return {"schema": parts[0] if len(parts) == 1 else {"anyOf": parts}}


def read_spec(path: Path) -> HostSpec:
    """Read a published document. Raises OSError if it can't be read, and ValueError if it is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return spec_from(document)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is no published spec of a host: {error!r}") from error


def spec_from(document: Mapping[str, Any]) -> HostSpec:
    """Return what a document says. Raises KeyError, TypeError or AttributeError for what is none."""
    return HostSpec(
        document["host"],
        document["version"],
        {
            one["name"]: SentSignal(
                one["name"],
                one["module"],
                {argument["name"]: argument["type"] for argument in one["arguments"]},
                one["is_open"],
                one["type"],
                one["deprecated"],
                {each["name"]: each["deprecated"] for each in one["arguments"] if each["deprecated"]},
            )
            for one in document["signals"]
        },
    )


def changes_between(old: HostSpec, new: HostSpec) -> Iterator[str]:
    """Yield a sentence for each change by which a plugin that fits the old spec may not fit the new one."""
    for name, before in old.signals.items():
        after = new.signals.get(name)
        if after is None:
            yield f"{name} is not sent any more"
            continue
        if before.module != after.module:
            yield f"{name} is declared in {after.module}, no more in {before.module}"
        for argument, kind in before.arguments.items():
            if argument not in after.arguments:
                if not after.is_open:
                    yield f"{name} does not send {argument!r} any more"
            elif after.arguments[argument] != kind:
                yield f"{name} sends {argument!r} as {after.arguments[argument]}, no more as {kind}"
        if before.is_open and not after.is_open:
            yield f"{name} sends only what it names"
        if before.answer != after.answer:
            yield f"{name} expects {after.answer or 'any answer'}, no more {before.answer or 'any answer'}"
        if after.deprecated and not before.deprecated:
            yield f"{name} is deprecated: {after.deprecated}"
        for argument, reason in after.deprecated_arguments.items():
            if argument not in before.deprecated_arguments:
                yield f"{name}'s {argument!r} is deprecated: {reason}"
