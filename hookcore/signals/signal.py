"""`Signal`: what the host sends. It hands out the functions that call its receivers.

`send`, `send_robust`, `asend`, `asend_robust` and the pluggy call are functions that sit in slots of the signal. At
first each is a stub; the first call compiles the real one (see `dispatch.py`) for the receivers that are connected and
active, and puts it in its place. Connecting, disconnecting or switching an owner only puts the stubs back. So a send
costs what its calls cost, and senders in other threads see the old receivers or the new ones, never half.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from typing import Any, Final, Generic, ParamSpec, TypeVar

import pluggy

from hookcore.signals.compiling import Compiler
from hookcore.signals.connections import Connections
from hookcore.signals.dispatch import MISSING, Function
from hookcore.signals.fitting import refuse_wrong_arguments
from hookcore.signals.history import History, PastCall
from hookcore.signals.implementations import (
    PlannedCall,
    belongs_to,
    belongs_to_any,
    receiver_of,
    run_implementations,
    views_of,
)
from hookcore.signals.methods import CALL, METHODS, Method
from hookcore.signals.ordering import in_call_order, in_send_order
from hookcore.signals.parameters import ANYTHING, Parameters, named_parameters, pluggy_parameters
from hookcore.signals.receiver import ANY_SENDER, LIVE, Owner, Receiver, reachable_among

P = ParamSpec("P")
R = TypeVar("R")

UNNAMED: Final = "<unnamed signal>"


class Signal(Connections, Generic[P, R]):
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
        "firstresult": "Whether a send stops at the first response that is not None.",
        "documentation": "What the declaration says about the signal.",
        "use_caching": "Accepted as in Django; every send here is as fast as Django's cached one, and more.",
        "holder": "The manager that holds the signal, or None.",
        "_stubs": "What compiles each method when it is first called, in the order of `METHODS`.",
        "_state": "Replaced at each change: a compiled function is good if it was still the same afterwards.",
        "_compiler": "Turns receivers into functions.",
        "_watched": "Whether calls go through the manager's monitors.",
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
        Connections.__init__(self, name, self.carry_out, parameters, history, deprecated, deprecated_arguments)
        self.firstresult = firstresult
        self.documentation = documentation
        self.use_caching = False
        self.holder: object = None
        self._watched = False
        self._stubs = tuple([_stub(self, method) for method in METHODS.values()])
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

    # -- pluggy's side ----------------------------------------------------------------------------------------

    def implementations(self, without: Collection[object] = ()) -> list[pluggy.HookImpl]:
        """Return the active receivers, but for those of some plugins, as pluggy's implementations.

        pluggy calls them from the end of the list.
        """
        return views_of([receiver for receiver in self.receivers if not belongs_to_any(receiver, without)])

    def add_implementation(self, implementation: pluggy.HookImpl, owner: Owner | None = None) -> None:
        """Connect an implementation that was registered with pluggy's marker."""
        self.add_receiver(receiver_of(implementation, self.name, owner))

    def remove_implementations(self, plugin: object) -> bool:
        """Disconnect every receiver of a plugin. Return whether it had any."""
        with self._lock:
            theirs = [key for key, receiver in list(self._receivers.items()) if belongs_to(receiver, plugin)]
            return bool(self.drop(theirs, remember=False))

    def set_specification(self, specmodule_or_class: Any, spec_opts: pluggy.HookspecOpts) -> None:
        """Take a specification that was declared with pluggy's marker. pluggy's own rules then hold for its calls."""
        super().set_specification(specmodule_or_class, spec_opts)
        spec = self.spec
        assert spec is not None
        with self._lock:
            self.parameters = pluggy_parameters(spec.argnames, spec.kwargnames, spec.function)
            self.firstresult = bool(spec_opts.get("firstresult"))
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
            hearing = self._record(arguments, result_callback)
            call = self._function_without(plugins, hearing) if plugins else self._function_for(CALL, hearing)
        results = call(**arguments)
        if result_callback is not None:
            for result in results:
                result_callback(result)

    def _function_without(self, plugins: Collection[object], receivers: Sequence[Receiver]) -> Function:
        """Return what calls these receivers, but for those of some plugins."""
        views = views_of([receiver for receiver in receivers if not belongs_to_any(receiver, plugins)])
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
        receivers = [receiver for receiver in self.receivers if not belongs_to_any(receiver, plugins)]
        return self.execute(self.name, views_of([*receivers, *extra]), arguments, self.firstresult)

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
                self.outdated()

    def outdated(self) -> None:
        """Put the stubs back. A function that is being compiled is seen to be out of date by its state."""
        self._state = object()
        for put, stub in zip(_PUT, self._stubs, strict=True):
            put(self, stub)

    def forget_sender(self, sender: int) -> None:
        """Take a sender that has died out of the functions that look senders up."""
        self._compiler.forget_sender(sender)

    def owner_changed(self, owner: Owner) -> None:
        """Note that an owner was switched. A historic signal replays to its receivers what they have missed."""
        with self._lock:
            self.changed()
            history = self._history
            if history is None:
                return
            theirs = [receiver for receiver, signal in list(owner.connections.items()) if signal is self]
            missed = [(receiver, call) for receiver in theirs for call in self._owed(receiver)]
            if not owner.active:
                for receiver in theirs:
                    receiver.heard = history.last_number if receiver.heard == LIVE else receiver.heard
        for receiver, call in missed:
            self.replay(receiver, call)

    def watch(self, watched: bool) -> None:
        """Switch on or off that every call goes through the manager's monitors."""
        with self._lock:
            self._watched = watched
            self.changed()

    # -- history ----------------------------------------------------------------------------------------------

    def _record(
        self, arguments: Mapping[str, object], on_result: Callable[[Any], None] | None = None
    ) -> list[Receiver]:
        """Keep a call of a historic signal. Return who hears it now; whose owner is switched off is owed it.

        Owners are switched without this signal's lock, so each is looked at once: none may neither hear nor be owed it.
        Whose owner was switched on just now gets past calls, this one with them, from `owner_changed`.
        """
        assert self._history is not None
        call = self._history.record(arguments, on_result)
        self._forget_dead()
        hearing = []
        for receiver in self._all():
            if receiver.heard != LIVE:
                continue
            if not receiver.active:
                receiver.heard = call.number - 1
            elif receiver.is_there:
                hearing.append(receiver)
        return [] if self._mutes else hearing

    def replay(self, receiver: Receiver, call: PastCall) -> None:
        """Give a receiver a call that it has missed, if it would have had it."""
        if receiver.lazy is not None:
            self.load(receiver)
        arguments, on_result = call
        if receiver.lazy is None and receiver.sender_id in (ANY_SENDER, id(arguments.get("sender"))):
            method = METHODS["send"] if receiver.is_async else CALL
            replayed = self._compiler.direct(method, [receiver])
            planned = PlannedCall(views_of([receiver]) if self._watched else (), lambda: replayed(**arguments))
            result = self.execute(self.name, planned, arguments, False) if self._watched else planned.run()
            if result and on_result is not None and method is CALL:
                on_result(result[0])

    def _recording(self, method: Method) -> Callable[[Mapping[str, object]], Any]:
        """Return what a send of a historic signal does: record the call, then call whom there is at that moment."""

        def record(arguments: Mapping[str, object]) -> Any:
            self.load_lazily_connected()
            with self._lock:
                send = self._function_for(method, self._record(arguments))
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

    def _make(self, method: Method, names: tuple[str, ...]) -> Function:
        if self._history is not None:
            return (
                _refuse_historic_call if method is CALL else self._compiler.handed_over(method, self._recording(method))
            )
        self._forget_dead()
        return self._function_for(method, [] if self._mutes else reachable_among(self._all()), names)

    def _function_for(self, method: Method, reached: Sequence[Receiver], names: tuple[str, ...] = ()) -> Function:
        """Return what calls these receivers in their order, by the rules that hold for this signal."""
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
