"""What happens to models: a plugin connects by `@receiver(post_save, sender=Order)`, to a mapped class or to a base.

Nothing is listened to for classes that no active receiver waits for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hookcore.integrations.sqlalchemy.model_signal import model_signal

if TYPE_CHECKING:
    from sqlalchemy import Delete, Insert, Update
    from sqlalchemy.orm import Session

    from hookcore.integrations.change import Change

__all__ = [
    "post_bulk_delete",
    "post_bulk_insert",
    "post_bulk_update",
    "post_delete",
    "post_load",
    "post_save",
    "pre_bulk_delete",
    "pre_bulk_insert",
    "pre_bulk_update",
    "pre_delete",
    "pre_save",
]


@model_signal
def pre_save(
    sender: type, instance: object, session: Session, created: bool, changed: Mapping[str, Change] | None
) -> None:
    """A flush is about to write a row. What a receiver changes, or adds to the session, is written with it.

    `changed` is given to who names it: old and new values of the columns that differ, by the attributes' names. What
    the database or a column's default fills in is no change.
    """


@model_signal
def post_save(
    sender: type, instance: object, session: Session, created: bool, changed: Mapping[str, Change] | None
) -> None:
    """A flush has written a row, in the session's transaction. What a receiver changes is written by the next flush.

    At the latest that is the commit's. `changed` is as in `pre_save`.
    """


@model_signal
def pre_delete(sender: type, instance: object, session: Session) -> None:
    """A flush is about to delete a row. Of an orphan that is told from inside the flush: change nothing then."""


@model_signal
def post_delete(sender: type, instance: object, session: Session) -> None:
    """A flush has deleted a row: `instance` is what it was."""


@model_signal
def post_load(sender: type, instance: object, session: Session | None) -> None:
    """A row was read, and its instance made. Sent at each, in the middle of the query: load nothing more then."""


@model_signal
def pre_bulk_insert(sender: type, session: Session, statement: Insert, parameters: Any) -> None:
    """`session.execute(insert(Order), [...])` is about to write, past `pre_save` and `post_save`."""


@model_signal
def post_bulk_insert(sender: type, session: Session, statement: Insert, parameters: Any, count: int) -> None:
    """It has written `count` rows."""


@model_signal
def pre_bulk_update(sender: type, session: Session, statement: Update, parameters: Any) -> None:
    """`session.execute(update(Order).where(...))` is about to write, past `pre_save` and `post_save`."""


@model_signal
def post_bulk_update(sender: type, session: Session, statement: Update, parameters: Any, count: int) -> None:
    """It has written `count` rows."""


@model_signal
def pre_bulk_delete(sender: type, session: Session, statement: Delete, parameters: Any) -> None:
    """`session.execute(delete(Order).where(...))` is about to delete, past `pre_delete` and `post_delete`."""


@model_signal
def post_bulk_delete(sender: type, session: Session, statement: Delete, parameters: Any, count: int) -> None:
    """It has deleted `count` rows."""
