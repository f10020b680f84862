"""In which session's transaction is a send, and what is called after its commit?

It is the session that the send names (`session`), else that of the first instance that it sends, else the one that has
begun last, of those that are open in this thread or task. What waits is kept by the transaction: a savepoint hands it
on when it is released, and it is forgotten with whatever is rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Final
from weakref import WeakKeyDictionary, ref

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction, object_session
from sqlalchemy.orm.exc import UnmappedInstanceError

from hookcore.delivery import AfterCommit

Waiting = list[Callable[[], object]]

_open: Final[ContextVar[tuple[ref[Session], ...]]] = ContextVar("hookcore_open_sessions", default=())
_waiting: Final[WeakKeyDictionary[SessionTransaction, Waiting]] = WeakKeyDictionary()
_due: Final[WeakKeyDictionary[SessionTransaction, Waiting]] = WeakKeyDictionary()


def follow(sessions: type[Session] | Session, listen: Callable[..., None] = event.listen) -> None:
    """Follow the transactions of a class's sessions; or no more, by `event.remove`."""
    listen(sessions, "after_transaction_create", _begun)
    listen(sessions, "after_commit", _committed)
    listen(sessions, "after_transaction_end", _ended)


def transaction_of(given: Mapping[str, Any]) -> AfterCommit | None:
    """Return what waits for the commit of the transaction that a send is in; None if there is none."""
    session = _session_of(given)
    transaction = None if session is None else session.get_nested_transaction() or session.get_transaction()
    if session is None or transaction is None:
        return None
    if _ended not in session.dispatch.after_transaction_end:
        follow(session)  # not of those that the host has named, but the one that is meant
    return _waiting.setdefault(transaction, []).append


def _session_of(given: Mapping[str, Any]) -> Session | None:
    named = given.get("session")
    named = getattr(named, "sync_session", named)  # an asynchronous one's: what makes those is not imported for this
    if isinstance(named, Session):
        return named
    for value in given.values():
        with suppress(UnmappedInstanceError):
            session = object_session(value)
            if session is not None:
                return session
    sessions = (reference() for reference in reversed(_open.get()))
    return next((session for session in sessions if session is not None and session.in_transaction()), None)


def _begun(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        _open.set((*(one for one in _open.get() if one() not in (None, session)), ref(session)))


def _committed(session: Session) -> None:
    """Of a savepoint, too: it hands on what waits to the transaction around it."""
    transaction = session.get_nested_transaction() or session.get_transaction()
    if transaction is None:
        return
    waiting = _waiting.pop(transaction, [])
    if not waiting:
        return
    around = transaction.parent if transaction.nested else None
    while around is not None and not around.nested and around.parent is not None:
        around = around.parent  # a flush's
    if around is None:
        _due[transaction] = waiting  # nothing can be sent to the database yet
    else:
        _waiting.setdefault(around, []).extend(waiting)


def _ended(session: Session, transaction: SessionTransaction) -> None:
    _waiting.pop(transaction, None)  # it was rolled back
    if transaction.parent is None:
        _open.set(tuple(one for one in _open.get() if one() not in (None, session)))
    for function in _due.pop(transaction, ()):
        function()
