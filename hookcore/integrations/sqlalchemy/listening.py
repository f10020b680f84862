"""How does what happens in sessions become signals, and only for classes that an active receiver waits for?

A flush is told before it begins, and when it is over and done: there a receiver may change the session again, and what
it changes is written by the next flush. In between it is only noted which rows were written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, object_session

from hookcore.delivery import ask_first
from hookcore.integrations.change import Change
from hookcore.integrations.sqlalchemy import signals, transactions
from hookcore.integrations.sqlalchemy.changes import changes_of
from hookcore.integrations.sqlalchemy.model_signal import ModelSignal, is_mapped

_TOLD: Final = "hookcore.told"
_WRITTEN: Final = "hookcore.written"


def model_signals(target: Any) -> Any:
    """Send signals of models for the sessions of a class or a sessionmaker, asynchronous ones too.

    Returns the module of the signals, for the host's `PluginManager`. From then on `delivery="on_commit"` knows these
    sessions. Raises TypeError for what makes no sessions.
    """
    sessions = _sessions_of(target)
    if not any(issubclass(sessions, each) for each in _followed):
        for each in [each for each in _followed if issubclass(each, sessions)]:
            _followed.remove(each)  # what happens in its sessions is heard once
            transactions.follow(each, event.remove)
        _followed.append(sessions)
        transactions.follow(sessions)
        ask_first(transactions.transaction_of)
        for listener in _LISTENERS:
            listener.follow()
    return signals


_followed: Final[list[Any]] = []
"""What makes the sessions that signals are sent for."""


def _sessions_of(target: Any) -> Any:
    """Return the class of the sessions that do the work. What makes asynchronous ones is not imported for this."""
    target = getattr(target, "session_factory", target)  # a scoped session's
    made = getattr(target, "class_", target)
    if isinstance(made, type) and issubclass(made, Session):
        return made
    sessions = getattr(made, "sync_session_class", None)
    if sessions is None:
        raise TypeError(f"{target!r} makes no sessions: give a Session class, a sessionmaker, or an asynchronous one")
    if made is target:
        return sessions
    sessions = target.kw.get("sync_session_class", sessions)
    if sessions not in _followed:
        sessions = type(sessions.__name__, (sessions,), {})  # and not of all asynchronous sessions
        target.configure(sync_session_class=sessions)
    return sessions


class _Listener:
    """Listens to SQLAlchemy by one function while, and for what, a signal is wanted."""

    def __init__(self, wanted_by: tuple[ModelSignal, ...], function: Callable[..., Any], name: str) -> None:
        self._signals = wanted_by
        self._function = function
        self._name = name
        self._listened: set[Any] = set()
        for signal in wanted_by:
            signal.follow_with(self.follow)

    def follow(self) -> None:
        """Listen for whom it is wanted now, and for nobody else."""
        wanted = self._targets() if _followed else set()
        for target in self._listened - wanted:
            if event.contains(target, self._name, self._function):  # another thread may have been here
                event.remove(target, self._name, self._function)
        for target in wanted - self._listened:
            event.listen(target, self._name, self._function)
        self._listened = wanted

    def _targets(self) -> set[Any]:
        """Return the classes whose receivers are active; `Mapper` stands for all."""
        wanted = {sender for signal in self._signals for sender in signal.senders_wanted()}
        return {Mapper} if None in wanted else {each for each in wanted if is_mapped(each)}


class _SessionListener(_Listener):
    """Listens to sessions."""

    def _targets(self) -> set[Any]:
        return set(_followed) if super()._targets() else set()


def _before_flush(session: Session, *_: object) -> None:
    """Tell what is about to be written, and what receivers add to it."""
    told: dict[int, object] = {}
    session.info[_TOLD] = told
    saved, deleted = signals.pre_save.senders_wanted(), signals.pre_delete.senders_wanted()
    while fresh := [each for each in _unflushed(session, saved, deleted) if id(each[0]) not in told]:
        for instance, created in fresh:
            told[id(instance)] = instance  # held, its id is nobody else's
            sender = type(instance)
            if created is None:
                signals.pre_delete.send(sender=sender, instance=instance, session=session)
            else:
                changed = _changed(signals.pre_save, instance)
                signals.pre_save.send(
                    sender=sender, instance=instance, session=session, created=created, changed=changed
                )


def _unflushed(
    session: Session, saved: frozenset[Any], deleted: frozenset[Any]
) -> Iterator[tuple[object, bool | None]]:
    """Yield the wanted instances that a flush would write, and whether each is new; None: it is deleted."""
    for instance in session.new if saved else ():
        if type(instance) in saved or None in saved:
            yield instance, True
    for instance in session.dirty if saved else ():
        if (type(instance) in saved or None in saved) and session.is_modified(instance, include_collections=False):
            yield instance, False
    for instance in session.deleted if deleted else ():
        if type(instance) in deleted or None in deleted:
            yield instance, None


def _changed(signal: ModelSignal, instance: object) -> Mapping[str, Change] | None:
    """Return what a save changes, if a receiver asks for it."""
    return changes_of(instance) if signal.is_asked_for("changed", type(instance)) else None


def _after_flush(session: Session, *_: object) -> None:
    """Note which rows are new; the session is not ready for receivers."""
    wanted = signals.post_save.senders_wanted()
    written = _written_in(session)
    for instance in session.new:
        if type(instance) in wanted or None in wanted:
            written.append((signals.post_save, instance, True, _changed(signals.post_save, instance)))


def _updated(mapper: object, connection: object, instance: object) -> None:
    session = _followed_session(instance)
    if session is not None and session.is_modified(instance, include_collections=False):
        changed = _changed(signals.post_save, instance)
        _written_in(session).append((signals.post_save, instance, False, changed))


def _deleting(mapper: object, connection: object, instance: object) -> None:
    """Tell of an orphan, which nobody knew of before the flush."""
    session = _followed_session(instance)
    if session is not None and id(instance) not in session.info.get(_TOLD, ()):
        signals.pre_delete.send(sender=type(instance), instance=instance, session=session)


def _deleted(mapper: object, connection: object, instance: object) -> None:
    session = _followed_session(instance)
    if session is not None:
        _written_in(session).append((signals.post_delete, instance, False, None))


def _written_in(session: Session) -> list[Any]:
    written: list[Any] = session.info.setdefault(_WRITTEN, [])
    return written


def _followed_session(instance: object) -> Session | None:
    session = object_session(instance)
    return session if isinstance(session, tuple(_followed)) else None


def _flushed(session: Session, *_: object) -> None:
    """Tell what was written. What receivers change now is written by the next flush."""
    session.info.pop(_TOLD, None)
    for signal, instance, created, changed in session.info.pop(_WRITTEN, ()):
        if signal is signals.post_delete:
            signal.send(sender=type(instance), instance=instance, session=session)
        else:
            signal.send(sender=type(instance), instance=instance, session=session, created=created, changed=changed)


def _forget(session: Session, *_: object) -> None:
    """Forget what a flush has noted that was rolled back."""
    session.info.pop(_TOLD, None)
    session.info.pop(_WRITTEN, None)


def _loaded(instance: object, _: object) -> None:
    session = _followed_session(instance)
    if session is not None:
        signals.post_load.send(sender=type(instance), instance=instance, session=session)


def _executed(state: ORMExecuteState) -> Any:
    """Tell a statement that writes past the instances."""
    kind = "insert" if state.is_insert else "update" if state.is_update else "delete" if state.is_delete else None
    mapper = state.bind_mapper
    if kind is None or mapper is None:
        return None
    pre, post = getattr(signals, f"pre_bulk_{kind}"), getattr(signals, f"post_bulk_{kind}")
    sender = mapper.class_
    if not (pre.has_listeners(sender) or post.has_listeners(sender)):
        return None
    told = {
        "sender": sender,
        "session": state.session,
        "statement": state.statement,
        "parameters": state.parameters,
    }
    pre.send(**told)
    result = state.invoke_statement()
    count = getattr(result, "rowcount", -1)
    if count < 0:
        count = len(state.parameters) if isinstance(state.parameters, list) else 1
    post.send(**told, count=count)
    return result


_BEFORE = (signals.pre_save, signals.pre_delete)
_AFTER = (signals.post_save, signals.post_delete)
_BULK = tuple(
    getattr(signals, f"{when}_bulk_{kind}") for when in ("pre", "post") for kind in ("insert", "update", "delete")
)
_LISTENERS: Final = (
    _SessionListener(_BEFORE, _before_flush, "before_flush"),
    _SessionListener((signals.post_save,), _after_flush, "after_flush"),
    _SessionListener((*_BEFORE, *_AFTER), _flushed, "after_flush_postexec"),
    _SessionListener((*_BEFORE, *_AFTER), _forget, "after_soft_rollback"),
    _SessionListener(_BULK, _executed, "do_orm_execute"),
    _Listener((signals.post_save,), _updated, "after_update"),
    _Listener((signals.pre_delete,), _deleting, "before_delete"),
    _Listener((signals.post_delete,), _deleted, "after_delete"),
    _Listener((signals.post_load,), _loaded, "load"),
)
