"""`Signal`: what the host sends. It keeps its receivers and hands out the functions that call them.

`send`, `send_robust`, `asend`, `asend_robust` and the pluggy call are functions that sit in slots of the signal. At
first each is a stub; the first call compiles the real one (see `dispatch.py`) for the receivers that are connected and
active, and puts it in its place. Connecting, disconnecting or switching an owner only puts the stubs back. So a send
costs what its calls cost, and senders in other threads see the old receivers or the new ones, never half.
"""

from __future__ import annotations

import warnings
from _thread import RLock  # that of threading, whose import would be a tenth of ours
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Generic, ParamSpec, TypeVar

import pluggy

from hookcore.pluggy_internals import Caller
from hookcore.signals.arguments import Wanted, fits, wanted_by, wanted_plainly_by
from hookcore.signals.compiling import Compiler
from hookcore.signals.dispatch import MISSING, Function
from hookcore.signals.fitting import refuse_misfit, refuse_uncallable, refuse_wrong_arguments, warn_of_deprecation
from hookcore.signals.history import History, PastCall
from hookcore.signals.implementations import PlannedCall, implementation_of, receiver_of, run_implementations
from hookcore.signals.lazy import LazyFunction
from hookcore.signals.methods import CALL, METHODS, Method
from hookcore.signals.ordering import in_call_order, in_send_order, refuse_cycle
from hookcore.signals.parameters import ANYTHING, Parameters, named_parameters, pluggy_parameters
from hookcore.signals.place import ANYWHERE, OrderOptions, Place, place_among
from hookcore.signals.receiver import (
    ANY_SENDER,
    LIVE,
    Owner,
    Receiver,
    ReceiverKey,
    WeakReference,
    hold,
    hold_sender,
    is_coroutine_function,
    is_held_weakly,
    key_of,
    reachable_among,
)

if TYPE_CHECKING:
    from typing_extensions import Unpack

P = ParamSpec("P")
R = TypeVar("R")

UNNAMED: Final = "<unnamed signal>"


class Signal(Caller, Generic[P, R]):
    """A signal: what a host sends and plugins receive.

    Declare one with `@signal` (its parameters are the spec), or make an untyped one as in Django: `Signal()` sends
    whatever it is given, `Signal(providing_args=["user"])` names its arguments and holds senders and receivers to them.

    A signal is a `pluggy.HookCaller`: `plugins.hook.NAME` is this very object, and calling it is pluggy's call. `send`
    and its relatives are Django's. `signal.send` is the compiled function itself, and connecting or disconnecting puts
    another one in its place: call it through the signal each time, since a kept `send = signal.send` goes stale.
    """

    __slots__ = {  # noqa: RUF023 - in the order in which a reader wants to know them
        "__call__": "Call the receivers as pluggy does: keywords only, the last registered first, non-None results.",
        "send": "Call the receivers and return `[(receiver, response), ...]`. An exception ends the send.",
        "send_robust": "Like `send`, but an exception is logged and becomes the receiver's response.",
        "asend": "Like `send`, awaited: coroutine receivers run concurrently, others in a thread.",
        "asend_robust": "Like `send_robust`, awaited.",
        "parameters": "What the signal sends: `hookcore.signals.parameters.Parameters`.",
        "firstresult": "Whether a send stops at the first response that is not None.",
        "documentation": "What the declaration says about the signal.",
        "deprecated": "Why nobody should connect to the signal any more, or None.",
        "deprecated_arguments": "Why nobody should want these arguments any more, by name.",
        "use_caching": "Accepted as in Django; every send here is as fast as Django's cached one, and more.",
        "holder": "The manager that holds the signal, or None.",
        "owner_of": "Finds the owner of a receiver that connects, or None.",
        "_receivers": "The connections by key, in connection order.",
        "_lock": "Held while connections change and while a send is compiled; never while receivers run.",
        "_stubs": "What compiles each method when it is first called, in the order of `METHODS`.",
        "_has_constraints": "Whether a receiver was ever connected with before= or after=.",
        "_state": "Replaced at each change: a compiled function is good if it was still the same afterwards.",
        "_is_compiled": "Whether anything else than the stubs is in place, or about to be.",
        "_compiler": "Turns receivers into functions.",
        "_dead": "Keys of connections whose receiver or sender is gone.",
        "_bury": "The death of a receiver, as one bound method.",
        "_bury_sender": "The death of a sender, likewise.",
        "_mutes": "How many ask that nobody is reached.",
        "_watched": "Whether calls go through the manager's monitors.",
        "_lazy": "The connections whose receiver nobody has imported yet, by key.",
        "_history": "The past calls of a historic signal, or None.",
        "__weakref__": "",
    }

    send: Callable[P, list[tuple[Callable[..., Any], R]]]
    send_robust: Callable[P, list[tuple[Callable[..., Any], R | BaseException]]]
    asend: Callable[P, Coroutine[Any, Any, list[tuple[Callable[..., Any], R]]]]
    asend_robust: Callable[P, Coroutine[Any, Any, list[tuple[Callable[..., Any], R | BaseException]]]]

    def __init__(
        self: Signal[..., Any], providing_args: Collection[str] | None = None, use_caching: bool = False
    ) -> None:
        self.set_up(UNNAMED, ANYTHING if providing_args is None else named_parameters(providing_args))
        self.use_caching = use_caching

    def set_up(
        self,
        name: str,
        parameters: Parameters,
        *,
        firstresult: bool = False,
        documentation: str = "",
        history: History | None = None,
        deprecated: str | None = None,
        deprecated_arguments: Mapping[str, str] | None = None,
    ) -> None:
        """Make a signal of these properties; `@signal` calls it with what it read from the declaration."""
        Caller.__init__(self, name, self.carry_out)
        self.parameters = parameters
        self.firstresult = firstresult
        self.documentation = documentation
        self.deprecated = deprecated
        self.deprecated_arguments = dict(deprecated_arguments or {})
        self.use_caching = False
        self.holder: object = None
        self.owner_of: Callable[[object], Owner | None] | None = None
        self._receivers: dict[ReceiverKey, Receiver] = {}
        self._lazy: dict[ReceiverKey, Receiver] = {}
        self._lock = RLock()
        self._dead: deque[ReceiverKey] = deque()
        self._bury = self._on_death
        self._bury_sender = self._on_senders_death
        self._mutes = 0
        self._watched = False
        self._history = history
        if history is not None:
            self.mark_historic()
        self._stubs = tuple([_stub(self, method) for method in METHODS.values()])
        self._has_constraints = False
        self._state = object()
        self._is_compiled = True  # so that the stubs are put in place
        self._described()

    def _described(self) -> None:
        """Note that the name or the parameters have changed."""
        label = None if self.name == UNNAMED else self.name
        self._compiler = Compiler(self.name, label, self.parameters, self.firstresult, self.documentation, self)
        self.changed()

    def __set_name__(self, owner: type, name: str) -> None:
        self.take_name(name)

    def take_name(self, name: str) -> None:
        """Give a signal that has no name yet the one under which the host keeps it."""
        if self.name == UNNAMED:
            with self._lock:
                self.name = name  # type: ignore[misc]
                self._described()

    def __repr__(self) -> str:
        return f"<Signal {self.name}{self.parameters}>"

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
    ) -> None:
        """Connect a receiver. Connecting the same one twice (for the same sender, or with the same `dispatch_uid`) is
        connecting it once, as in Django.

        Args:
            receiver: any callable, blocking or a coroutine function. It names the arguments that it wants;
                `**kwargs` is welcome, never required.
            sender: only sends by this very object reach the receiver; None means all.
            weak: whether the receiver is held weakly. None holds plain functions strongly, and bound methods and
                callable instances weakly. A plugin's receivers are always held strongly, for as long as the plugin is.
            dispatch_uid: what makes the connection unique, instead of the receiver's identity.
            tryfirst: run before receivers that do not say so.
            trylast: run after receivers that do not say so.
            before: run before the receivers of these plugins (names of plugins or distributions).
            after: run after the receivers of these plugins.

        Raises:
            ReceiverError: not callable, or it wants an argument that the signal does not send.
            OrderingCycleError: `before` and `after` form a cycle.
        """
        place = place_among(tryfirst, trylast, before, after) if tryfirst or trylast or before or after else ANYWHERE
        self._connect(receiver, sender, weak, dispatch_uid, place)

    def _connect(
        self,
        receiver: Callable[..., Any],
        sender: object,
        weak: bool | None,
        dispatch_uid: Hashable | None,
        place: Place,
    ) -> Receiver | None:
        wanted = self.check_receiver(receiver, sender)
        key = key_of(receiver, sender, dispatch_uid)
        owner = self.owner_of(receiver) if self.owner_of is not None else None
        weakly = owner is None and is_held_weakly(receiver, weak)
        with self._lock:
            if self._dead:
                self._forget_dead()
            if key in self._receivers:
                return None
            connected = Receiver(
                key,
                hold(receiver, key, self._bury) if weakly else receiver,
                None if sender is None else hold_sender(sender, key, self._bury_sender),
                ANY_SENDER if sender is None else id(sender),
                owner,
                place,
                is_coroutine_function(receiver),
                wanted,
            )
            missed = self._add(connected)
        for call in missed:
            self._replay(connected, call)
        return connected

    def connect_lazily(self, name: str, load: Callable[[], Callable[..., Any] | None], owner: Owner) -> ReceiverKey:
        """Connect a receiver that is imported when a send first reaches it, in the thread that sends.

        `load` imports it and returns it, or deals with the failure and returns None: then it is connected no more.
        Connecting the same name of the same owner twice is connecting it once. Returns the key of the connection, which
        the receiver's own replaces when it is imported.
        """
        key = ((owner.name, name), ANY_SENDER)
        with self._lock:
            if key in self._receivers:
                return key
            receiver = Receiver(key, LazyFunction(name, load), None, ANY_SENDER, owner, ANYWHERE, False, None)
            self._lazy[key] = receiver
            missed = self._add(receiver)
        for call in missed:
            self._replay(receiver, call)
        return key

    def load_lazily_connected(self, without: Collection[object] = ()) -> None:
        """Import the receivers that a send would reach now, but for those of the plugins that it is made without.

        Takes the lock only between imports.
        """
        while self._lazy and not self._mutes:
            with self._lock:
                waiting = (receiver for receiver in self._lazy.values() if receiver.active)
                reached = next((receiver for receiver in waiting if not _is_of_any(receiver, without)), None)
            if reached is None:
                return
            self._load(reached)

    def _load(self, receiver: Receiver) -> None:
        lazy = receiver.lazy
        function = lazy.load() if lazy is not None else None
        with self._lock:
            if self._lazy.get(receiver.key) is not receiver:
                return  # another thread was faster, or it was disconnected meanwhile, and perhaps connected anew
            del self._lazy[receiver.key]
            if function is None:
                self._receivers.pop(receiver.key, None)
            else:
                self._put_in_place(receiver, function)
            self.changed()

    def _put_in_place(self, receiver: Receiver, function: Callable[..., Any]) -> None:
        """Let an imported receiver take the place that was kept for it, also if its module has connected it itself."""
        place, key = receiver.key, key_of(function, None, None)
        owner = self.owner_of(function) if self.owner_of is not None else None
        if owner is not None and receiver.owner is not None and owner.name != receiver.owner.name:
            receiver.owner = owner  # another plugin's function, lent by name
        self._receivers.pop(key, None)
        receiver.key = key
        receiver.target = function
        receiver.is_async = is_coroutine_function(function)
        self._receivers = {key if old == place else old: kept for old, kept in self._receivers.items()}

    def _add(self, receiver: Receiver) -> list[PastCall]:
        """Keep a receiver; return the past calls of a historic signal that it is owed."""
        place = receiver.place
        if place is not ANYWHERE and (place.before or place.after):
            self._has_constraints = True
        if self._has_constraints:
            refuse_cycle(self._all(), receiver, self.name)
        self._receivers[receiver.key] = receiver
        if self._is_compiled:
            self.changed()
        if self._history is None:
            return []
        self._history.take_back(receiver)
        return self._owed(receiver)

    def check_receiver(self, receiver: object, sender: object = None) -> Wanted | None:
        """Refuse what can never be called. Return what the receiver wants where that had to be read.

        Raises ReceiverError.
        """
        if not callable(receiver):
            refuse_uncallable(receiver, self.name)
        parameters = self.parameters
        if not parameters.complete:
            return None
        wanted = wanted_plainly_by(receiver) or wanted_by(receiver)
        if not fits(wanted, parameters.names) or (sender is not None and "sender" not in parameters.names):
            refuse_misfit(receiver, wanted, sender is not None, self.name, parameters)
        if self.deprecated is not None or self.deprecated_arguments:
            warn_of_deprecation(receiver, wanted, self.name, self.deprecated, self.deprecated_arguments)
        return wanted

    def disconnect(
        self,
        receiver: Callable[..., Any] | None = None,
        sender: object = None,
        dispatch_uid: Hashable | None = None,
    ) -> bool:
        """Disconnect a receiver, named as it was connected. Return whether it was connected."""
        key = key_of(receiver, sender, dispatch_uid)
        with self._lock:
            if self._dead:
                self._forget_dead()
            if self._receivers.pop(key, None) is None:
                return False
            if self._is_compiled:
                self.changed()
            return True

    @contextmanager
    def connected_to(
        self, receiver: Callable[..., Any], sender: object = None, **order: Unpack[OrderOptions]
    ) -> Iterator[None]:
        """Connect a receiver for the length of a `with` block. One that was connected before stays connected."""
        connected = self._connect(receiver, sender, False, None, place_among(**order))
        try:
            yield
        finally:
            if connected is not None:
                self.disconnect(receiver, sender)

    @contextmanager
    def muted(self) -> Iterator[None]:
        """Reach nobody for the length of a `with` block, in all threads. Arguments are still checked."""
        self.mute()
        try:
            yield
        finally:
            self.unmute()

    def mute(self) -> None:
        """Reach nobody until `unmute` was called as often."""
        with self._lock:
            self._mutes += 1
            self.changed()

    def unmute(self) -> None:
        """Take one `mute` back."""
        with self._lock:
            self._mutes -= 1
            self.changed()

    # -- asking -----------------------------------------------------------------------------------------------

    @property
    def receivers(self) -> list[Receiver]:
        """The connections that a send may reach, in connection order: those of active plugins, and nobody's.

        Set it to a list taken earlier to restore that, as test helpers for Django's signals do.
        """
        return [receiver for receiver in self.connections() if receiver.active]

    @receivers.setter
    def receivers(self, receivers: Sequence[Receiver]) -> None:
        with self._lock:
            inactive = [receiver for receiver in self._all() if not receiver.active]
            alive = [receiver for receiver in receivers if receiver.alive]  # a dead one's id may be another's by now
            self._receivers = {receiver.key: receiver for receiver in (*inactive, *alive)}
            self._lazy = {receiver.key: receiver for receiver in self._all() if receiver.lazy is not None}
            self.changed()

    def _all(self) -> list[Receiver]:
        """Return a copy, to loop over: meanwhile a `__del__` may disconnect something, on this very thread."""
        return list(self._receivers.values())

    @property
    def lock(self) -> RLock:  # type: ignore[valid-type, unused-ignore]
        """What is held while connections change. Test helpers for Django's signals take it."""
        return self._lock

    @property
    def sender_receivers_cache(self) -> dict[object, object]:
        """Empty, for test helpers for Django's signals, which clear it: here nothing is cached that could go stale."""
        return {}

    def connections(self) -> list[Receiver]:
        """All connections, whether or not their owners are active."""
        with self._lock:
            self._forget_dead()
            return self._all()

    def drop(self, keys: Collection[ReceiverKey]) -> list[Receiver]:
        """Disconnect by key. Return what was connected. A historic signal remembers what each has heard."""
        with self._lock:
            dropped = [self._receivers.pop(key) for key in keys if key in self._receivers]
            for key in keys:
                self._lazy.pop(key, None)
            if self._history is not None:
                for receiver in dropped:
                    self._history.part_with(receiver)
            self.changed()
            return dropped

    def has_listeners(self, sender: object = None) -> bool:
        """Tell whether a send by `sender` would reach anybody."""
        with self._lock:
            self._forget_dead()
            keys = (ANY_SENDER, id(sender))
            return not self._mutes and any(receiver.active and receiver.sender_id in keys for receiver in self._all())

    # -- pluggy's side ----------------------------------------------------------------------------------------

    def implementations(self, without: Collection[object] = ()) -> list[pluggy.HookImpl]:
        """Return the active receivers, but for those of some plugins, as pluggy's implementations.

        pluggy calls them from the end of the list.
        """
        return _views([receiver for receiver in self.receivers if not _is_of_any(receiver, without)])

    def add_implementation(self, implementation: pluggy.HookImpl, owner: Owner | None = None) -> None:
        """Connect an implementation that was registered with pluggy's marker."""
        self.add_receiver(receiver_of(implementation, self.name, owner))

    def add_receiver(self, receiver: Receiver) -> None:
        """Connect a receiver that is made already."""
        with self._lock:
            if self._dead:  # whose key, an id, may be the newcomer's now
                self._forget_dead()
            missed = self._add(receiver)
        for call in missed:
            self._replay(receiver, call)

    def remove_implementations(self, plugin: object) -> bool:
        """Disconnect every receiver of a plugin. Return whether it had any."""
        with self._lock:
            theirs = [key for key, receiver in list(self._receivers.items()) if _is_of(receiver, plugin)]
            self.drop(theirs)
            return bool(theirs)

    def set_specification(self, specmodule_or_class: Any, spec_opts: pluggy.HookspecOpts) -> None:
        """Take a specification that was declared with pluggy's marker. pluggy's own rules then hold for its calls."""
        super().set_specification(specmodule_or_class, spec_opts)
        spec = self.spec
        assert spec is not None
        with self._lock:
            self.parameters = pluggy_parameters(spec.argnames, spec.kwargnames, spec.function)
            self.firstresult = bool(spec_opts.get("firstresult"))
            if spec_opts.get("historic"):
                self._history = History(None)
            for receiver in self._all():
                self._owed(receiver)
            self._described()

    def call_historic(
        self,
        result_callback: Callable[[Any], None] | None = None,
        kwargs: Mapping[str, object] | None = None,
    ) -> None:
        """Call all receivers and, once each, those that connect later; as pluggy documents it."""
        self.call_historic_without((), result_callback, kwargs)

    def call_historic_without(
        self,
        plugins: Collection[object],
        result_callback: Callable[[Any], None] | None = None,
        kwargs: Mapping[str, object] | None = None,
    ) -> None:
        """Do so, but for the receivers that some plugins have now: as pluggy, these never get this call."""
        assert self._history is not None, f"signal {self.name!r} is not historic: declare it with historic=True"
        arguments = {**self.parameters.defaults, **(kwargs or {})}
        self._warn_of_missing(arguments)
        self.load_lazily_connected(plugins)
        with self._lock:
            self._record(arguments, result_callback)
            call = self._some_hear(plugins) if plugins else self._make(CALL, historic=False)
        results = call(**arguments)
        if result_callback is not None:
            for result in results:
                result_callback(result)

    def _some_hear(self, without: Collection[object]) -> Function:
        """Return what calls those that get a historic call as it is sent, but for the receivers of some plugins."""
        self._forget_dead()
        live = [receiver for receiver in reachable_among(self._all()) if receiver.seen == LIVE]
        views = _views([receiver for receiver in live if not _is_of_any(receiver, without)])
        return lambda **arguments: self.execute(self.name, views, arguments, False)

    def call_extra(self, methods: Sequence[Callable[..., object]], kwargs: Mapping[str, object]) -> Any:
        """Call with some more functions that take part this once; as pluggy documents it."""
        return self.call_without((), kwargs, methods)

    def call_without(
        self,
        plugins: Collection[object],
        kwargs: Mapping[str, object],
        methods: Sequence[Callable[..., object]] = (),
    ) -> Any:
        """Make a pluggy call that does not reach the receivers of some plugins, and some more functions beside."""
        assert self._history is None, "Cannot directly call a historic hook - use call_historic instead."
        arguments = {**self.parameters.defaults, **kwargs}
        self._warn_of_missing(arguments)
        options: pluggy.HookimplOpts = {
            "wrapper": False,
            "hookwrapper": False,
            "optionalhook": False,
            "trylast": False,
            "tryfirst": False,
            "specname": None,
        }
        self.load_lazily_connected(plugins)
        extra = [receiver_of(pluggy.HookImpl(None, "<temp>", method, options), self.name) for method in methods]
        receivers = [receiver for receiver in self.receivers if not _is_of_any(receiver, plugins)]
        return self.execute(self.name, _views([*receivers, *extra]), arguments, self.firstresult)

    def carry_out(
        self, name: str, implementations: Sequence[pluggy.HookImpl], arguments: Mapping[str, object], firstresult: bool
    ) -> Any:
        """Call implementations in pluggy's way; none while the signal is muted, whoever has collected them and when.

        A planned call knows that itself: it was compiled for whom it may reach.
        """
        if self._mutes and not isinstance(implementations, PlannedCall):
            implementations = []
        return run_implementations(name, implementations, arguments, firstresult, self._compiler.values(CALL))

    # -- change -----------------------------------------------------------------------------------------------

    def changed(self) -> None:
        """Note that who is called has changed: the next send compiles anew."""
        with self._lock:
            if self._is_compiled:  # a thousand connections put the stubs back once
                self._is_compiled = False
                self._state = object()
                self._put_stubs()

    def _put_stubs(self) -> None:
        for put, stub in zip(_PUT, self._stubs, strict=True):
            put(self, stub)

    def owner_changed(self, owner: Owner) -> None:
        """Note that an owner was switched. A historic signal replays to its receivers what they have missed."""
        with self._lock:
            self.changed()
            history = self._history
            if history is None:
                return
            theirs = [receiver for receiver in self._all() if receiver.owner is owner]
            missed = [(receiver, call) for receiver in theirs for call in self._owed(receiver)]
            if not owner.active:
                for receiver in theirs:
                    receiver.seen = history.last_number if receiver.seen == LIVE else receiver.seen
        for receiver, call in missed:
            self._replay(receiver, call)

    def assign_owners(self, find: Callable[[object, Owner | None], Owner | None]) -> None:
        """Ask anew whose each receiver is: `find` is given the receiver and its owner until now."""
        with self._lock:
            for receiver in self._all():
                function = receiver.function
                if function is not None:
                    receiver.owner = find(function, receiver.owner)
                    if receiver.owner is not None and receiver.weak:
                        receiver.target = function  # a plugin's receivers are held strongly
            self.changed()

    def watch(self, watched: bool) -> None:
        """Switch on or off that every call goes through the manager's monitors."""
        with self._lock:
            self._watched = watched
            self.changed()

    def _on_death(self, reference: WeakReference) -> None:
        # Takes no lock, since a garbage collection may come here while this very thread holds it; and so leaves alone
        # what only who holds it may change. A function that is being compiled is seen to be out of date by its state.
        self._dead.append(reference.key)
        self._state = object()
        self._put_stubs()

    def _on_senders_death(self, reference: WeakReference) -> None:
        assert isinstance(reference.key, tuple)
        self._compiler.forget_sender(reference.key[1])
        self._on_death(reference)

    def _forget_dead(self) -> None:
        while self._dead:
            key = self._dead.popleft()
            receiver = self._receivers.get(key)
            if receiver is not None and not receiver.alive:
                del self._receivers[key]

    # -- history ----------------------------------------------------------------------------------------------

    def _record(self, arguments: Mapping[str, object], on_result: Callable[[Any], None] | None = None) -> None:
        """Keep a call of a historic signal. Whose owner was switched off just now is owed it from here on."""
        assert self._history is not None
        call = self._history.record(arguments, on_result)
        for receiver in self._all():
            if receiver.seen == LIVE and not receiver.active:
                receiver.seen = call.number - 1

    def _owed(self, receiver: Receiver) -> list[PastCall]:
        """Return the past calls that a receiver has not had, and count them as had."""
        if self._history is None or not receiver.active or receiver.seen == LIVE:
            return []
        calls = self._history.after(receiver.seen)
        receiver.seen = LIVE
        return calls

    def _replay(self, receiver: Receiver, call: PastCall) -> None:
        if receiver.lazy is not None:
            self._load(receiver)
        if receiver.lazy is None and receiver.sender_id in (ANY_SENDER, id(call.arguments.get("sender"))):
            if receiver.is_async:
                self._compiler.direct(METHODS["send"], [receiver])(**call.arguments)
                return
            result = self._compiler.direct(CALL, [receiver])(**call.arguments)
            if result and call.on_result is not None:
                call.on_result(result[0])

    def _recording(self, method: Method) -> Callable[[Mapping[str, object]], Any]:
        """Return what a send of a historic signal does: record the call, then call whom there is at that moment."""

        def record(arguments: Mapping[str, object]) -> Any:
            self.load_lazily_connected()
            with self._lock:
                self._record(arguments)
                send = self._make(method, historic=False)
            return send(**arguments)

        return record

    # -- compiling --------------------------------------------------------------------------------------------

    def compile(self, method: Method, names: tuple[str, ...] = ()) -> Function:
        """Compile one way to send for the receivers of this moment, and put it in its place.

        `names` are the keywords of the send that asks for it.
        """
        with self._lock:
            while True:
                self._is_compiled = True  # from here on a change is noted
                state = self._state
                function = self._make(method, names)
                _put(method.attribute)(self, function)
                # A weak reference may have died meanwhile, on this thread or another.
                if self._state is state:
                    return function

    def _make(self, method: Method, names: tuple[str, ...] = (), *, historic: bool = True) -> Function:
        if historic and self._history is not None:
            return (
                _refuse_historic_call if method is CALL else self._compiler.handed_over(method, self._recording(method))
            )
        self._forget_dead()
        reached = [] if self._mutes else reachable_among(self._all())
        if self._history is not None:
            # Whose owner was switched on just now gets past calls, this one with them, from `owner_changed`.
            reached = [receiver for receiver in reached if receiver.seen == LIVE]
        receivers = (in_call_order if method is CALL else in_send_order)(reached)
        leniently = method is CALL and self.parameters.lenient
        if self._watched:
            return self._compiler.watched(method, receivers, self._watch, self._by_name if leniently else None)
        if leniently:
            return self._compiler.by_pluggys_rules(receivers, self._by_name)
        if method is not CALL and not self.parameters.complete and receivers:
            return self._compiler.expecting(method, receivers, tuple(name for name in names if name != "sender"))
        return self._compiler.by_sender(method, receivers)

    def check_arguments(self, method: Method, arguments: Sequence[object], named: Mapping[str, object]) -> None:
        """Raise SignalArgumentError if these arguments do not fit the signal."""
        if method is not CALL or (self.parameters.complete and not self.parameters.lenient):
            refuse_wrong_arguments(self.name, method.label, self.parameters, arguments, named)

    def _watch(self, run: Callable[[], Any], arguments: Mapping[str, object]) -> Any:
        return self.execute(self.name, PlannedCall(self.implementations(), run), arguments, self.firstresult)

    def _by_name(self, given: Mapping[str, object], extra: Mapping[str, object]) -> Any:
        """Carry out a pluggy call whose arguments do not fit: missing ones are a warning, as in pluggy."""
        arguments = {name: value for name, value in given.items() if value is not MISSING} | dict(extra)
        self._warn_of_missing(arguments)
        return self.execute(self.name, self.implementations(), arguments, self.firstresult)

    def _warn_of_missing(self, arguments: Mapping[str, object]) -> None:
        missing = self.parameters.missing_from(arguments) if self.spec is not None else ()
        if missing:
            from hookcore.signals.blame import level_of_caller  # only who warns needs it

            warnings.warn(
                f"Argument(s) {', '.join(map(repr, missing))} which are declared in the hookspec "
                "cannot be found in this hook call",
                stacklevel=level_of_caller(),
            )


def _put(attribute: str) -> Callable[[Signal[Any, Any], Function], None]:
    """Return what fills a slot, past the method by which a subclass may have overridden it."""
    fill: Callable[[Signal[Any, Any], Function], None] = vars(Signal)[attribute].__set__
    return fill


_PUT: Final = tuple([_put(attribute) for attribute in METHODS])


def _stub(signal: Signal[Any, Any], method: Method) -> Function:
    def first_call(*arguments: Any, **named: Any) -> Any:
        """Compile, then call. Only here are the arguments checked by hookcore itself; later Python checks them."""
        signal.check_arguments(method, arguments, named)
        signal.load_lazily_connected()
        return signal.compile(method, tuple(named))(*arguments, **named)

    return first_call


def _refuse_historic_call(**_: object) -> None:
    raise AssertionError("Cannot directly call a historic hook - use call_historic instead.")


def _views(receivers: Sequence[Receiver]) -> list[pluggy.HookImpl]:
    """Return receivers as pluggy's implementations, in pluggy's order."""
    ordered = reversed(in_call_order(receivers))
    return [view for receiver in ordered if (view := implementation_of(receiver)) is not None]


def _is_of_any(receiver: Receiver, plugins: Collection[object]) -> bool:
    return any(_is_of(receiver, plugin) for plugin in plugins)


def _is_of(receiver: Receiver, plugin: object) -> bool:
    if receiver.owner is not None and receiver.owner.plugin is not None:
        return bool(receiver.owner.plugin == plugin)
    return isinstance(receiver.impl, pluggy.HookImpl) and bool(receiver.impl.plugin == plugin)
