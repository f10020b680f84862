"""Whom does a signal reach? Its connections: kept by key, in connection order, with what waits to be imported.

What a send makes of them is the business of `signal.py`, which is told when it is out of date.
"""

from __future__ import annotations

import os
from _thread import RLock  # that of threading, whose import would be a tenth of ours
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from inspect import CO_GENERATOR
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet

from hookcore.pluggy_internals import Caller, HookExecute
from hookcore.signals.arguments.callables import is_bare, is_coroutine_function, yields
from hookcore.signals.arguments.fitting import (
    refuse_generator,
    refuse_method,
    refuse_misfit,
    refuse_uncallable,
    warn_of_deprecation,
    warn_of_unsent,
)
from hookcore.signals.arguments.parameters import Parameters
from hookcore.signals.arguments.wanted import Wanted, misfits, wanted_by, wanted_plainly_by
from hookcore.signals.connecting.delivering import INLINE, delivered
from hookcore.signals.connecting.history import History, PastCall
from hookcore.signals.connecting.importing import execution_of, importing_frame
from hookcore.signals.connecting.ordering import ANYWHERE, position_among, refuse_cycle
from hookcore.signals.connecting.receiver import (
    ANY_SENDER,
    LazyFunction,
    Owner,
    Receiver,
    ReceiverKey,
    WeakReference,
    id_of_sender,
    identity_of,
    is_held_weakly,
    key_of,
    plugin_of,
    reference_to,
    reference_to_sender,
    without_owner,
)
from hookcore.signals.connecting.receivers_by_sender import ReceiversBySender

if TYPE_CHECKING:
    from typing import Unpack

    from hookcore.signals.connecting.ordering import OrderOptions


_NOBODY: Final[frozenset[object]] = frozenset()

_ALL: Final[WeakSet[Connections]] = WeakSet()
"""Every signal there is, so that a forked child can free their locks: a thread that held one is not there any more."""


def _free_in_child() -> None:
    for signal in list(_ALL):
        lock: Any = signal.lock
        if not lock._is_owned():  # else by the thread that forked, which goes on
            lock._at_fork_reinit()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_free_in_child)


class Connections(Caller):
    """The receivers of one signal, and Django's ways to connect, disconnect and ask for them."""

    __slots__ = {  # noqa: RUF023 - in the order in which a reader wants to know them
        "_parameters": "What the signal sends: `hookcore.signals.arguments.parameters.Parameters`.",
        "deprecated": "Why nobody should connect to the signal any more, or None.",
        "_deprecated_arguments": "Why nobody should want these arguments any more, by name.",
        "_owner_of": "Finds the owner of a receiver that connects, or None.",
        "_receivers": "The connections.",
        "_lazy": "Those whose receiver nobody has imported yet, by key.",
        "_lock": "Held while connections change and while receivers are looked through; never while receivers run.",
        "_has_constraints": "Whether a receiver was ever connected with before= or after=.",
        "_dead": "Keys of connections whose receiver or sender is gone.",
        "_dispatch": "The functions that carry out the ways to send, which are told of changes.",
        "_taken_back": "The lists of receivers that other lists were set in place of, and that may be restored.",
        "_mutes": "Who asks that nobody is reached.",
        "_history": "The past calls of a historic signal, or None.",
    }

    _dispatch: Any
    # Give a receiver of a historic signal the calls that it has missed.
    _replay: Callable[[Receiver, list[PastCall]], None]

    def __init__(self, name: str, execute: HookExecute, parameters: Parameters) -> None:
        super().__init__(name, execute)
        self._parameters = parameters
        self.deprecated: str | None = None
        self._deprecated_arguments: Mapping[str, str] = {}
        self._owner_of: Callable[[object], Owner | None] | None = None
        self._receivers = ReceiversBySender()
        self._lazy: dict[ReceiverKey, Receiver] = {}
        self._lock = RLock()
        _ALL.add(self)
        self._has_constraints = False
        self._dead: list[ReceiverKey] = []
        self._taken_back: Sequence[list[Receiver]] = ()
        self._mutes: frozenset[object] = _NOBODY
        self._history: History | None = None

    # -- connecting -------------------------------------------------------------------------------------------

    def connect(
        self,
        receiver: Callable[..., Any],
        sender: object = None,
        weak: bool | None = None,
        dispatch_uid: Hashable | None = None,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        before: str | Collection[str] = (),
        after: str | Collection[str] = (),
        wrapper: bool = False,
        delivery: str = INLINE,
    ) -> None:
        """Connect a receiver. Connecting the same one twice (for the same sender, or with the same `dispatch_uid`) is
        connecting it once, as in Django.

        Args:
            receiver: any callable, blocking or a coroutine function. It names the arguments that it wants;
                `**kwargs` is welcome, never required.
            sender: only sends by this very object reach the receiver; None means all.
            weak: whether the receiver is held weakly: it is gone when nobody holds it any more, and another
                connection may be who does. None holds plain functions strongly, and bound methods and callable
                instances weakly. A plugin's receivers are always held strongly, for as long as the plugin is.
            dispatch_uid: what makes the connection unique, instead of the receiver's identity.
            tryfirst: run before receivers that do not say so.
            trylast: run after receivers that do not say so.
            before: run before the receivers of these plugins (names of plugins or distributions).
            after: run after the receivers of these plugins.
            wrapper: the receiver is a generator function with one `yield`, which runs around all others: the yield
                gives it their answers (the list; or the first, or the filtered value), and what it returns is the
                answer. The pairs of `send` stay as they are if that is what it was given; else the answers are its own.
            delivery: when and where it runs: `inline`, in the send; `on_commit`, after the commit of the transaction
                that the send is in (see `hookcore.delivery`): then it answers nothing, and is held strongly.

        Raises:
            ReceiverError: not callable, or it wants an argument that the signal does not send; a generator function
                without `wrapper=True`, or something else with it; a delivery that is not known.
            OrderingCycleError: `before` and `after` form a cycle.
        """
        ordered = tryfirst or trylast or before or after or wrapper
        position = position_among(tryfirst, trylast, before, after, wrapper) if ordered else ANYWHERE
        wanted = self._check_receiver(receiver, sender, wrapper=wrapper)
        owner = self._owner_of(receiver) if self._owner_of is not None else None
        key = key_of(receiver, sender, dispatch_uid, owner)
        weakly = owner is None and is_held_weakly(receiver, weak)
        if delivery != INLINE:
            receiver = delivered(receiver, delivery, self.name, wrapper)
            wanted, weakly = wanted_by(receiver), False
        importing = importing_frame()
        execution = None if importing is None else execution_of(importing, self, receiver)
        connected = Receiver(
            key,
            reference_to(receiver, key, self._on_death) if weakly else receiver,
            None if sender is None else reference_to_sender(sender, key, self._on_death),
            id_of_sender(sender),
            owner,
            position,
            is_coroutine_function(receiver),
            wanted,
        )
        if importing is not None:
            connected.imported_by = importing.f_globals["__name__"]
            connected.execution = execution
        if self._add_receiver(connected) and (wanted.optional or not is_bare(receiver)):
            warn_of_unsent(receiver, wanted, self.name, self._parameters)

    def _connect_lazily(self, name: str, load: Callable[[], Callable[..., Any] | None], owner: Owner) -> Receiver:
        """Connect a receiver that is imported when a send first reaches it, in the thread that sends.

        `name` is its entry point's, without the signal. `load` imports it and returns it, or deals with the failure and
        returns None: then it is connected no more.
        """
        key = (("entry point", name), ANY_SENDER, owner)
        receiver = Receiver(
            key, LazyFunction(f"{self.name}.{name}", load), None, ANY_SENDER, owner, ANYWHERE, False, None
        )
        receiver.entry_point = name
        self._add_receiver(receiver)
        return receiver

    def _add_receiver(self, receiver: Receiver) -> bool:
        """Connect a receiver, unless that is done, and give it the past calls of a historic signal; return whether it
        was not. One that raises meanwhile is not connected, and begins anew when it is.
        """
        position = receiver.position
        with self._lock:
            if self._dead:  # whose key, an id, may be the newcomer's now
                self._forget_dead()
            former = self._receivers.get(receiver.key)
            if former is not None and receiver.lazy is None:
                return False
            if former is not None:
                self._let_go(former)
            if receiver.lazy is not None:
                self._lazy[receiver.key] = receiver
            if position is not ANYWHERE and (position.before or position.after):
                self._has_constraints = True
            if self._has_constraints:
                refuse_cycle(self._receivers.all(), receiver, self.name)
            self._dispatch.outdate(receiver.sender_id)
            self._receivers.keep(receiver)
            if receiver.owner is not None:
                self._note_owner(receiver)
            self._dispatch.outdate(receiver.sender_id)
            if self._history is None:
                return True
            self._history.take_back(receiver)
            missed = self._history.owed_to(receiver)
        try:
            self._replay(receiver, missed)
        except BaseException:
            self._drop([receiver], remember=False)
            raise
        return True

    def _load_lazily_connected(self, without: Collection[int] = ()) -> None:
        """Import the receivers that a send would reach now, but for those of the plugins (their identities) without
        which it is made.

        Takes the lock only between imports.
        """
        while self._lazy and not self._mutes:
            with self._lock:
                waiting = (receiver for receiver in self._lazy.values() if receiver.active)
                reached = next((receiver for receiver in waiting if id(plugin_of(receiver)) not in without), None)
            if reached is None:
                return
            self._load(reached)

    def _load(self, receiver: Receiver) -> None:
        """Import a receiver that was connected lazily."""
        lazy = receiver.lazy
        function = lazy.load() if lazy is not None else None
        with self._lock:
            if self._lazy.get(receiver.key) is not receiver:
                return  # another thread was faster, or it was disconnected meanwhile, and perhaps connected anew
            if function is None:
                self._let_go(receiver)
            else:
                del self._lazy[receiver.key]
                self._put_in_place(receiver, function)
            self._dispatch.outdate()

    def _put_in_place(self, receiver: Receiver, function: Callable[..., Any]) -> None:
        """Let an imported receiver take the place that was kept for it, also if its module has connected it itself."""
        place = receiver.key
        owner = self._owner_of(function) if self._owner_of is not None else None
        if owner is not None and receiver.owner is not None and owner is not receiver.owner:
            del receiver.owner.connections[receiver]
            receiver.owner = owner  # another plugin's function, lent by name
        receiver.key = key_of(function, None, None, receiver.owner)
        receiver.target = function
        receiver.is_async = is_coroutine_function(function)
        connected = self._receivers.get(receiver.key)
        if connected is not None:
            self._let_go(connected)
            receiver.imported_by = connected.imported_by
        self._receivers.rename(place, receiver)
        self._note_owner(receiver)

    def _note_owner(self, receiver: Receiver) -> None:
        """Let a receiver's owner know of it, and ask the owner whether it is to be silent."""
        owner = receiver.owner
        if owner is not None:
            owner.connections[receiver] = self
            if owner.silences is not None:
                receiver.follow(self.name)

    def _let_go(self, receiver: Receiver) -> bool:
        """Take a connection out; return whether it was there."""
        self._dispatch.outdate(receiver.sender_id)
        was_there = self._take_out(receiver)
        self._dispatch.outdate(receiver.sender_id)
        return was_there

    def _take_out(self, receiver: Receiver) -> bool:
        if not self._receivers.let_go(receiver):
            return False
        if self._lazy:
            self._lazy.pop(receiver.key, None)
        if receiver.owner is not None:
            receiver.owner.connections.pop(receiver, None)
        return True

    def _check_receiver(self, receiver: object, sender: object = None, *, wrapper: bool = False) -> Wanted:
        """Refuse what can never be called. Return what the receiver wants, which is asked here and never again.

        Raises ReceiverError.
        """
        if not callable(receiver):
            refuse_uncallable(receiver, self.name)
        yielding = yields(receiver)
        if (wrapper or yielding) and not (wrapper and yielding == CO_GENERATOR):
            refuse_generator(receiver, wrapper, self.name)
        parameters = self._parameters
        wanted = wanted_plainly_by(receiver) or wanted_by(receiver)
        if not parameters.complete:
            refuse_method(receiver, wanted, self.name, parameters)
            return wanted
        if misfits(wanted, parameters.names) or (sender is not None and "sender" not in parameters.names):
            refuse_misfit(receiver, wanted, sender is not None, self.name, parameters)
        if self.deprecated is not None or self._deprecated_arguments:
            warn_of_deprecation(receiver, wanted, self.name, self.deprecated, self._deprecated_arguments)
        return wanted

    def disconnect(
        self,
        receiver: Callable[..., Any] | None = None,
        sender: object = None,
        dispatch_uid: Hashable | None = None,
    ) -> bool:
        """Disconnect a receiver, named as it was connected. Return whether it was connected.

        Of several owners' connections it is that of whoever asks, if there is one, else all.
        """
        key = self._key_for(receiver, sender, dispatch_uid)
        with self._lock:
            if self._dead:
                self._forget_dead()
            connected = self._receivers.get(key)
            return bool(self._drop(self._receivers.of_all_owners(key) if connected is None else [connected]))

    def _key_for(self, receiver: object, sender: object, dispatch_uid: Hashable | None = None) -> ReceiverKey:
        """Return the key of a connection for whoever asks now."""
        return key_of(receiver, sender, dispatch_uid, self._owner_of(receiver) if self._owner_of is not None else None)

    @contextmanager
    def connected_to(
        self, receiver: Callable[..., Any], sender: object = None, **order: Unpack[OrderOptions]
    ) -> Iterator[None]:
        """Connect a receiver for the length of a `with` block. One that was connected before stays connected.

        A subclass that has its own `connect` and `disconnect` is asked by way of these.
        """
        was_connected = self._receivers.get(self._key_for(receiver, sender)) is not None
        self.connect(receiver, sender, False, **order)
        try:
            yield
        finally:
            if not was_connected:
                self.disconnect(receiver, sender)

    @contextmanager
    def muted(self) -> Iterator[None]:
        """Reach nobody for the length of a `with` block, in all threads. Arguments are still checked."""
        by = object()
        try:
            self._mute(by)
            yield
        finally:
            self._unmute(by)

    def _mute(self, by: object) -> None:
        """Reach nobody until all who asked for that have taken it back."""
        with self._lock:
            self._dispatch.outdate()  # and behind it, as for all that changes: an interruption may come between
            self._mutes |= {by}
            self._dispatch.outdate()

    def _unmute(self, by: object) -> None:
        """Take back what this one has asked for, if it has."""
        with self._lock:
            self._dispatch.outdate()
            self._mutes -= {by}
            self._dispatch.outdate()

    @property
    def is_muted(self) -> bool:
        """Whether it reaches nobody now, whoever asked for that."""
        return bool(self._mutes)

    @property
    def _past_calls(self) -> list[Any] | None:
        """The calls of a historic signal as pluggy keeps them, else None. Set it to keep these and no others."""
        return self._history.calls if self._history is not None else None

    @_past_calls.setter
    def _past_calls(self, calls: list[Any] | None) -> None:
        with self._lock:
            if self._history is None:
                self._history = History(None)
            before = self._history.last_number
            self._history.replace(calls or ())
            for receiver in self._receivers.all():
                if receiver.heard == before:
                    receiver.heard = self._history.last_number

    # -- asking -----------------------------------------------------------------------------------------------

    @property
    def receivers(self) -> list[Receiver]:
        """The connections that a send may reach, in connection order: those of active plugins, and nobody's.

        Set it to a list taken earlier to restore that, as test helpers for Django's signals do; change the list, and
        the signal changes; delete it to take back the last list that was set (`mock.patch` does).
        """
        from hookcore.signals.connecting.receiver_list import ReceiverList  # few ever ask

        return ReceiverList([receiver for receiver in self._connections() if receiver.obstacle() is None], self)

    @receivers.setter
    def receivers(self, receivers: Sequence[Receiver]) -> None:
        with self._lock:
            before = [receiver for receiver in self._receivers.all() if receiver.obstacle() is None]
            unreached = [receiver for receiver in self._receivers.all() if receiver.obstacle() is not None]
            alive = [receiver for receiver in receivers if receiver.alive]  # a dead one's id may be another's by now
            if self._taken_back and self._taken_back[-1] == alive:
                self._taken_back = self._taken_back[:-1]  # somebody has restored it
            else:
                self._taken_back = (*self._taken_back, before)
            table = ReceiversBySender()
            for receiver in (*unreached, *alive):
                table.keep(receiver)
            self._dispatch.outdate()
            self._receivers = table
            for receiver in before:
                if receiver.owner is not None:
                    receiver.owner.connections.pop(receiver, None)
            for receiver in alive:
                self._note_owner(receiver)
                if self._history is not None:
                    self._history.owed_to(receiver)  # it hears nothing of what was sent while it was not there
            self._lazy = {receiver.key: receiver for receiver in self._receivers.all() if receiver.lazy is not None}
            self._dispatch.outdate()

    @receivers.deleter
    def receivers(self) -> None:
        with self._lock:
            self.receivers = self._taken_back[-1] if self._taken_back else []

    @property
    def lock(self) -> RLock:  # type: ignore[valid-type, unused-ignore]
        """What is held while connections change. Test helpers for Django's signals take it."""
        return self._lock

    def _clear_dead_receivers(self) -> None:
        """Forget whom the garbage collection has taken. Test helpers for Django's signals call it."""
        self._connections()

    @property
    def sender_receivers_cache(self) -> dict[object, object]:
        """Empty, for test helpers for Django's signals, which clear it: here nothing is cached that could go stale."""
        return {}

    def _connections(self) -> list[Receiver]:
        """All connections, whether or not their owners are active."""
        with self._lock:
            if self._dead:
                self._forget_dead()
            return self._receivers.all()

    def _drop(self, receivers: Iterable[Receiver], *, remember: bool = True) -> list[Receiver]:
        """Disconnect these. Return those that were connected. A historic signal can remember what each has heard."""
        with self._lock:
            dropped = [receiver for receiver in receivers if self._let_go(receiver)]
            if self._history is not None and remember:
                for receiver in dropped:
                    self._history.part_with(receiver)
            return dropped

    def forget(self) -> None:
        """Empty the history of a historic signal: who connects from now on hears nothing of what was sent before."""
        with self._lock:
            if self._history is not None:
                self._history.replace(())

    def _connected_for(self, receiver: object) -> Owner | None:
        """Return on whose behalf a receiver is connected, or None."""
        connected = self._connection_of(receiver)
        return connected.owner if connected is not None else None

    def _connection_of(self, receiver: object) -> Receiver | None:
        """Return the connection of what is called, that of a plugin first; None if there is none."""
        identity = identity_of(receiver)
        found = [one for one in self._receivers.all() if identity_of(one.function) == identity]
        return next((one for one in found if one.owner is not None), found[0] if found else None)

    # -- change -----------------------------------------------------------------------------------------------

    def _assign_owners(self, find: Callable[[Receiver, object], Owner | None]) -> None:
        """Ask anew whose each receiver is: `find` is given the connection and what it calls."""
        with self._lock:
            for receiver in self._receivers.all():
                function = receiver.function
                if function is None:
                    continue
                before, receiver.owner = receiver.owner, find(receiver, function)
                if receiver.owner is not None:
                    if receiver.weak:
                        receiver.target = function  # a plugin's receivers are held strongly
                    if receiver.imported_by is None and not receiver.from_pluggy:
                        receiver.imported_by = ""
                if before is not receiver.owner:
                    if before is not None:
                        before.connections.pop(receiver, None)
                    if not receiver.from_pluggy:
                        pair = without_owner(receiver.key)
                        receiver.key = pair if receiver.owner is None else (*pair, receiver.owner)
                self._note_owner(receiver)
            table = ReceiversBySender()
            for receiver in self._receivers.all():
                if table.get(receiver.key) is None:
                    table.keep(receiver)
                elif receiver.owner is not None:
                    del receiver.owner.connections[receiver]  # its owner has connected it twice, before anybody looked
            self._receivers = table
            self._dispatch.outdate()

    def _on_death(self, reference: WeakReference) -> None:
        # Of a receiver, or of the sender that it waits for. Takes no lock, since a garbage collection may come here
        # while this very thread holds it; and so leaves alone what only who holds it may change.
        self._dead.append(reference.key)
        self._dispatch.outdate(by_death=True)

    def _forget_dead(self) -> None:
        while self._dead:
            receiver = self._receivers.get(self._dead.pop())
            if receiver is not None and not receiver.alive:
                self._take_out(receiver)
