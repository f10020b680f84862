"""How does what happens in sessions become signals, and only for classes that an active receiver waits for?

A flush is told before it begins, and when it is over and done: there a receiver may change the session again, and what
it changes is written by the next flush. In between it is only noted which rows were written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, object_session, sessionmaker

from hookcore.delivery import ask_first
from hookcore.integrations.sqlalchemy import signals, transactions
from hookcore.integrations.sqlalchemy.changes import changes_of
from hookcore.integrations.sqlalchemy.model_signal import ModelSignal

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
    """Return the class of the sessions that do the work."""
    if isinstance(target, async_sessionmaker):
        made = target.kw.get("sync_session_class") or target.class_.sync_session_class
        if made not in _followed:
            made = type(made.__name__, (made,), {})  # and not of all asynchronous sessions
            target.configure(sync_session_class=made)
        return made
    if isinstance(target, sessionmaker):
        return target.class_
    if isinstance(target, type) and issubclass(target, AsyncSession):
        return target.sync_session_class
    if isinstance(target, type) and issubclass(target, Session):
        return target
    raise TypeError(f"{target!r} makes no sessions: give a Session class, a sessionmaker, or an asynchronous one")


class _Listener:
    """Listens to SQLAlchemy by one function while, and for what, a signal is wanted."""

    def __init__(self, wanted_by: tuple[ModelSignal, ...], function: Callable[..., Any], *names: str) -> None:
        self._signals = wanted_by
        self._function = function
        self._names = names
        self._listened: set[Any] = set()
        for signal in wanted_by:
            followed: Any = signal
            kept: list[_Listener] = vars(signal).setdefault("listeners", [])
            kept.append(self)
            followed._dispatch.on_change = lambda kept=kept: [each.follow() for each in kept]

    def follow(self) -> None:
        """Listen for whom it is wanted now, and for nobody else."""
        wanted = self._targets() if _followed else set()
        for target in self._listened - wanted:
            for name in self._names:
                event.remove(target, name, self._function)
        for target in wanted - self._listened:
            for name in self._names:
                event.listen(target, name, self._function)
        self._listened = wanted

    def _targets(self) -> set[Any]:
        """Return the classes whose receivers are active; `Mapper` stands for all."""
        wanted = {sender for signal in self._signals for sender in signal.senders_wanted()}
        return {Mapper} if None in wanted else wanted


class _SessionListener(_Listener):
    """Listens to sessions."""

    def _targets(self) -> set[Any]:
        return set(_followed) if super()._targets() else set()


def _before_flush(session: Session, *_: object) -> None:
    """Tell what is about to be written, and what receivers add to it."""
    told = session.info[_TOLD] = {}
    session.info[_WRITTEN] = []
    while fresh := [each for each in _unflushed(session) if id(each[1]) not in told]:
        for signal, instance, named in fresh:
            told[id(instance)] = instance  # held, its id is nobody else's
            if signal.has_listeners(type(instance)):
                signal.send(sender=type(instance), instance=instance, session=session, **named())


def _unflushed(session: Session) -> Iterator[tuple[ModelSignal, object, Callable[[], dict[str, Any]]]]:
    for instance in session.new:
        yield signals.pre_save, instance, lambda instance=instance: {"created": True, "changed": changes_of(instance)}
    for instance in session.dirty:
        if session.is_modified(instance, include_collections=False) and instance not in session.deleted:
            yield (
                signals.pre_save,
                instance,
                lambda instance=instance: {"created": False, "changed": changes_of(instance)},
            )
    for instance in session.deleted:
        yield signals.pre_delete, instance, dict


def _note(session: Session | None, signal: ModelSignal, instance: object, **named: Any) -> None:
    if session is not None and isinstance(session, tuple(_followed)) and signal.has_listeners(type(instance)):
        session.info.setdefault(_WRITTEN, []).append((signal, instance, named))


def _inserted(mapper: object, connection: object, instance: object) -> None:
    _note(object_session(instance), signals.post_save, instance, created=True, changed=changes_of(instance))


def _updated(mapper: object, connection: object, instance: object) -> None:
    session = object_session(instance)
    if session is not None and session.is_modified(instance, include_collections=False):
        _note(session, signals.post_save, instance, created=False, changed=changes_of(instance))


def _deleting(mapper: object, connection: object, instance: object) -> None:
    """Tell of an orphan, which nobody knew of before the flush."""
    session = object_session(instance)
    if isinstance(session, tuple(_followed)) and id(instance) not in session.info.get(_TOLD, ()):
        signals.pre_delete.send(sender=type(instance), instance=instance, session=session)


def _deleted(mapper: object, connection: object, instance: object) -> None:
    _note(object_session(instance), signals.post_delete, instance)


def _flushed(session: Session, *_: object) -> None:
    """Tell what was written. The session is ready for more."""
    session.info.pop(_TOLD, None)
    for signal, instance, named in session.info.pop(_WRITTEN, ()):
        signal.send(sender=type(instance), instance=instance, session=session, **named)


def _loaded(instance: object, _: object) -> None:
    session = object_session(instance)
    if isinstance(session, tuple(_followed)):
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


_SAVES = (signals.pre_save, signals.post_save, signals.pre_delete, signals.post_delete)
_BULK = tuple(
    getattr(signals, f"{when}_bulk_{kind}") for when in ("pre", "post") for kind in ("insert", "update", "delete")
)
_LISTENERS: Final = (
    _SessionListener(_SAVES, _before_flush, "before_flush"),
    _SessionListener(_SAVES, _flushed, "after_flush_postexec"),
    _SessionListener(_BULK, _executed, "do_orm_execute"),
    _Listener((signals.post_save,), _inserted, "after_insert"),
    _Listener((signals.post_save,), _updated, "after_update"),
    _Listener((signals.pre_delete,), _deleting, "before_delete"),
    _Listener((signals.post_delete,), _deleted, "after_delete"),
    _Listener((signals.post_load,), _loaded, "load"),
)
