"""What does importlib.metadata of the running Python say of the machine? The measure of our own discovery."""

from __future__ import annotations

import email
import importlib.metadata
from collections.abc import Collection, Iterator, Sequence
from email.message import Message
from typing import cast

from hookcore.names import canonical_name, printable
from hookcore.plugins import reference
from hookcore.plugins.installed import Distribution, EntryPoint


def installed(groups: Collection[str]) -> Iterator[Distribution]:
    """Yield what importlib.metadata finds that has an entry point in one of `groups`; the first of a name counts.

    What a killed upgrade left is no installed distribution. Raises what importlib.metadata raises when metadata can't
    be read.
    """
    importlib.metadata.FastPath.__new__.cache_clear()  # type: ignore[attr-defined]  # it remembers directories
    seen: set[str] = set()
    for found in importlib.metadata.distributions():
        key = reference.key_of(found)
        if key in seen or key.startswith("~"):
            continue
        seen.add(key)
        if any(entry_point.group in groups for entry_point in found.entry_points):
            yield record_of(found)


def record_of(found: importlib.metadata.Distribution) -> Distribution:
    """Return what importlib.metadata itself says of a distribution, as our record, with all text printable."""
    metadata, requirements = _headers(found)
    return Distribution(
        name=printable(metadata.get("Name") or canonical_name(reference.key_of(found))),
        version=printable(metadata.get("Version") or "unknown"),
        summary=printable(metadata.get("Summary") or ""),
        requirements=tuple(map(printable, requirements or ())),
        origin=reference.origin_of(found),
        entry_points=tuple(
            EntryPoint(one.group, printable(one.name), printable(one.value)) for one in found.entry_points
        ),
    )


def _headers(found: importlib.metadata.Distribution) -> tuple[Message, Sequence[str] | None]:
    try:
        return cast("Message", found.metadata), found.requires
    except FileNotFoundError:  # since Python 3.15; before, nothing was read where there is nothing
        return email.message_from_string(""), ()
    except UnicodeDecodeError:  # nobody who only wants entry points notices that it is written in Latin-1
        message = email.message_from_string((found._path / "METADATA").read_text("latin-1"))  # type: ignore[attr-defined]
        return message, message.get_all("Requires-Dist")
