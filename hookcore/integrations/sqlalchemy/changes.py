"""What does a flush change? Old and new values of an instance's columns, from the history that SQLAlchemy keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import inspect

from hookcore.integrations.change import Change


def changes_of(instance: object) -> Mapping[str, Change]:
    """Return what differs from the row, by the attributes' names; nothing is loaded for it."""
    state: Any = inspect(instance)
    changed: dict[str, Change] = {}
    for attribute in state.mapper.column_attrs:
        history = state.attrs[attribute.key].history
        if history.added or history.deleted:
            old, new = (values[0] if values else None for values in (history.deleted, history.added))
            changed[attribute.key] = Change(old, new)
    return changed
