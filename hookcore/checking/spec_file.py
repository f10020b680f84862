"""What does a host publish of its signals? The document, and how it is read."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from hookcore import PluginManager, SignalSpec

_FORMAT: Final = 1
"""The version of the document. Keys may be added to it; one that goes, or means something else, makes it 2."""

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
    """What a plugin has to know of one signal. `arguments` are the types, as they are written, by name; `answers` says
    which of the answers count, as `SignalSpec` does.
    """

    name: str
    module: str
    arguments: Mapping[str, str]
    is_open: bool
    answer: str
    answers: str
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
    return {"format": _FORMAT, "host": plugins.project_name, "version": version, "signals": signals}


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
        return spec_from(json.loads(path.read_text(encoding="utf-8")))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is no published spec of a host: {error!r}") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def spec_from(document: Mapping[str, Any]) -> HostSpec:
    """Return what a document says.

    Raises KeyError, TypeError or AttributeError for what is none, and ValueError for one of another format.
    """
    if document["format"] != _FORMAT:
        raise ValueError(f"its format is {document['format']!r}, and this hookcore reads {_FORMAT}: use a newer one")
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
                one["answers"],
                one["deprecated"],
                {each["name"]: each["deprecated"] for each in one["arguments"] if each["deprecated"]},
            )
            for one in document["signals"]
        },
    )
