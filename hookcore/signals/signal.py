"""`Signal`: what the host sends. It hands out the functions that call its receivers.

`send`, `send_robust`, `asend`, `asend_robust` and the pluggy call are functions that sit in slots of the signal. At
first each is a stub; the first call compiles the real one (see `dispatch.py`) for the receivers that are connected and
active, and puts it in its place. Connecting, disconnecting or switching an owner only puts the stubs back. So a send
costs what its calls cost, and senders in other threads see the old receivers or the new ones, never half.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from importlib import import_module
from types import GenericAlias
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, ParamSpec, TypeVar

import pluggy

from hookcore.signals.arguments.fitting import refuse_wrong_arguments
from hookcore.signals.arguments.parameters import ANYTHING, Parameters, named_parameters, pluggy_parameters
from hookcore.signals.as_pluggy.implementations import (
    PlannedCall,
    options_of,
    receiver_of,
    run_implementations,
    unconnected,
    views_of,
)
from hookcore.signals.connecting.connections import Connections
from hookcore.signals.connecting.history import PastCall
from hookcore.signals.connecting.ordering import ANYWHERE, in_calling_order
from hookcore.signals.connecting.receiver import (
    ANY_SENDER,
    Owner,
    Receiver,
    id_of_sender,
    identities_of,
    identity_of,
    plugin_of,
    reachable_among,
)
from hookcore.signals.sending.dispatch import Dispatch
from hookcore.signals.sending.loop import Plan
from hookcore.signals.sending.methods import CALL, METHODS, SEND, Method, Way

__tracebackhide__ = True  # pytest leaves such frames out

P = ParamSpec("P")
R = TypeVar("R")
if TYPE_CHECKING:
    from typing import Self

    from typing_extensions import TypeVar as TypeVarWithDefault

    from hookcore.signals.sending.observing import Watch

    A = TypeVarWithDefault("A", default=Any)

    class _Typed(Connections, Generic[P, R, A]):
        """A signal's arguments, what a receiver returns, and what a call gives."""

        def __call__(self, *arguments: P.args, **named: P.kwargs) -> A: ...  # type: ignore[override]

else:
    A = TypeVar("A")

    class _Typed(Connections):
        __slots__ = ()

        __class_getitem__ = classmethod(GenericAlias)


UNNAMED: Final = "<unnamed signal>"
_NOTHING: Final[Mapping[str, Any]] = {}


class Signal(_Typed[P, R, A]):
    """A signal: what a host sends and plugins receive.

    Declare one with `@signal` (its parameters are the spec), or make an untyped one as in Django: `Signal()` sends
    whatever it is given, `Signal(providing_args=["user"])` names its arguments and holds senders and receivers to them.

    A signal is a `pluggy.HookCaller`: `plugins.hook.NAME` is this very object, and calling it is pluggy's call. `send`
    and its relatives are Django's. `signal.send` is a function in a slot; once it was sent often, a compiled one.
    Whichever was kept reaches whom a fresh one reaches.
    """

    __slots__ = {  # noqa: RUF023 - in the order in which a reader wants to know them
        "__call__": "Call the receivers and return their answers: those that are not None, or the first.",
        "send": "Call the receivers and return `[(receiver, response), ...]`. An exception ends the send.",
        "send_robust": "Like `send`, but an exception is logged and becomes the receiver's response.",
        "asend": "Like `send`, awaited: coroutine receivers run concurrently, others in a thread.",
        "asend_robust": "Like `send_robust`, awaited.",
        "_firstresult": "Whether a send stops at the first response that is not None.",
        "documentation": "What the declaration says about the signal.",
        "use_caching": "Accepted as in Django; every send here is as fast as Django's cached one, and more.",
        "_holder": "The manager that holds the signal, or None.",
        "_filters": "The argument that each receiver may change for the next, or None.",
        "_robust": "Whether every way to send logs a receiver's exception, which then counts as no answer.",
        "_pluggy_order": "Whether the last registered receiver is called first.",
        "_thread_sensitive": "Whether blocking receivers of awaited sends run where Django would run them.",
        "_is_watched": "Whether calls go through the manager's monitors.",
        "_watches_of": "What watches each receiver's calls, or None.",
        "__dict__": "Of a declared signal: what every function has, its name, module, documentation and parameters.",
        "__weakref__": "",
    }

    _chooses_receivers: ClassVar[bool] = False
    """Whether the class has a `_live_receivers` of its own."""

    send: Callable[P, list[tuple[Callable[..., Any], R]]]
    send_robust: Callable[P, list[tuple[Callable[..., Any], R | BaseException]]]
    asend: Callable[P, Coroutine[Any, Any, list[tuple[Callable[..., Any], R]]]]
    asend_robust: Callable[P, Coroutine[Any, Any, list[tuple[Callable[..., Any], R | BaseException]]]]

    def __init__(
        self: Signal[..., Any], providing_args: Collection[str] | None = None, use_caching: bool = False
    ) -> None:
        self._set_up(UNNAMED, ANYTHING if providing_args is None else named_parameters(providing_args))
        self.use_caching = use_caching

    def _set_up(self, name: str, parameters: Parameters) -> None:
        """Make a signal that has no options; `@signal` calls it with what it read from the declaration."""
        Connections.__init__(self, name, self._carry_out, parameters)
        self._firstresult = False
        self._filters: str | None = None
        self._robust = False
        self._pluggy_order = False
        self._thread_sensitive = False
        self.documentation = ""
        self.use_caching = False
        self._holder: object = None
        self._is_watched = False
        self._watches_of: Callable[[Receiver], Sequence[Watch]] | None = None
        self._dispatch = Dispatch(self, _SLOTS)

    @property
    def _label(self) -> str | None:
        """The signal's name in logs; None if it has none yet."""
        return None if self.name == UNNAMED else self.name

    def __set_name__(self, owner: type, name: str) -> None:
        self._take_name(name)

    def _take_name(self, name: str) -> None:
        """Give a signal that has no name yet the one under which the host keeps it."""
        if self.name == UNNAMED:
            with self._lock:
                self.name = name  # type: ignore[misc]
                self._dispatch.described_anew()

    def __delattr__(self, name: str) -> None:
        """Take away what somebody has put in the place of a way to send: the signal's own is there again."""
        method = next((method for method in METHODS if method.attribute == name), None)
        if method is None:
            super().__delattr__(name)
        else:
            self._dispatch.restore(method.index)

    def __copy__(self) -> Self:
        """Return the signal: who copies what refers to it means this one."""
        return self

    def __deepcopy__(self, memo: object) -> Self:
        """Return the signal."""
        return self

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, str]]:
        """Let a declared signal be found again where it was declared. Raises TypeError for any other."""
        module, name = vars(self).get("__module__"), vars(self).get("__qualname__", self.name)
        if not isinstance(module, str) or declared_signal(module, name) is not self:
            raise TypeError(
                f"cannot pickle signal {self.name!r}: only one that is declared in a module can be found again there"
            )
        return declared_signal, (module, name)

    def __repr__(self) -> str:
        return f"<Signal {self.name}{self._parameters}>"

    # -- pluggy's side ----------------------------------------------------------------------------------------

    def _implementations(self, without: Collection[int] = ()) -> list[pluggy.HookImpl]:
        """Return the active receivers, but for those of some plugins (their identities), as pluggy's implementations.

        pluggy calls them from the end of the list.
        """
        return views_of(in_calling_order(reachable_among(self._connections(), without), self._pluggy_order))

    def _add_implementation(self, implementation: pluggy.HookImpl, owner: Owner | None = None) -> None:
        """Connect an implementation that was registered with pluggy's marker."""
        self._add_receiver(receiver_of(implementation, self.name, owner))

    def _remove_implementations(self, plugin: object) -> bool:
        """Disconnect every receiver of a plugin. Return whether it had any."""
        with self._lock:
            theirs = [receiver for receiver in self._receivers.all() if plugin_of(receiver) is plugin]
            return bool(self._drop(theirs, remember=False))

    def set_specification(self, specmodule_or_class: Any, spec_opts: pluggy.HookspecOpts) -> None:
        """Take a specification that was declared with pluggy's marker. pluggy's own rules then hold for its calls."""
        super().set_specification(specmodule_or_class, spec_opts)
        spec = self.spec
        assert spec is not None
        with self._lock:
            self._parameters = pluggy_parameters(spec.argnames, spec.kwargnames, spec.function)
            self._firstresult = bool(spec_opts.get("firstresult"))
            self._pluggy_order = True
            self._dispatch.described_anew()

    def call_historic(
        self,
        result_callback: Callable[[Any], None] | None = None,
        kwargs: Mapping[str, object] | None = None,
    ) -> None:
        """Call all receivers and, once each, those that connect later; as pluggy documents it."""
        self._call_historic_without((), result_callback, kwargs)

    def _call_historic_without(
        self,
        plugins: Collection[int],
        result_callback: Callable[[Any], None] | None = None,
        kwargs: Mapping[str, object] | None = None,
    ) -> None:
        """Do so, but for the receivers that some plugins have now: as pluggy, these never get this call."""
        assert self._history is not None, f"signal {self.name!r} is not historic: declare it with historic=True"
        arguments = {**self._parameters.defaults, **(kwargs or {})}
        self._warn_of_missing(arguments)
        self._load_lazily_connected(plugins)
        with self._lock:
            plan = self._dispatch.plan_of(self._record(arguments, result_callback, plugins))
        results = self._dispatch.run(CALL, plan, arguments)
        if result_callback is not None:
            for result in results:
                result_callback(result)

    def call_extra(self, methods: Sequence[Callable[..., object]], kwargs: Mapping[str, object]) -> Any:
        """Call with some more functions that take part this once; as pluggy documents it."""
        return self._call_without((), kwargs, methods)

    def _call_without(
        self,
        plugins: Collection[object],
        kwargs: Mapping[str, object],
        methods: Sequence[Callable[..., object]] = (),
    ) -> Any:
        """Make a pluggy call that does not reach the receivers of some plugins, and some more functions beside."""
        assert self._history is None, "Cannot directly call a historic hook - use call_historic instead."
        left_out = self._dispatch.concerned_by(plugins)
        if not (methods or left_out):
            return self.__call__(**kwargs)  # type: ignore[arg-type, call-arg]
        arguments = {**self._parameters.defaults, **kwargs}
        self._warn_of_missing(arguments)
        if self._lazy:
            self._load_lazily_connected(identities_of(plugins))
            left_out = self._dispatch.concerned_by(plugins)  # what is imported may connect something for each
        if not (methods or self._receivers.senders or self._dispatch.by_tenant is not None):
            return self._dispatch.run(CALL, self._dispatch.plan_without(left_out), arguments)
        options = options_of(ANYWHERE)
        extra = [receiver_of(pluggy.HookImpl(None, "<temp>", method, options), self.name) for method in methods]
        of_others = self._reached(id_of_sender(arguments.get("sender")), identities_of(plugins))
        reached = self._of_tenant(of_others, arguments)
        return self._dispatch.run(CALL, self._plan([*reached, *([] if self._mutes else extra)]), arguments)

    def _carry_out(
        self, name: str, implementations: Sequence[pluggy.HookImpl], arguments: Mapping[str, object], firstresult: bool
    ) -> Any:
        """Call implementations in pluggy's way; none while the signal is muted, whoever has collected them and when."""
        return run_implementations(name, [] if self._mutes else implementations, arguments, firstresult, self)

    # -- change -----------------------------------------------------------------------------------------------

    def _owner_changed(self, owner: Owner) -> None:
        """Note that an owner was switched. A historic signal replays to its receivers what they have missed."""
        with self._lock:
            self._dispatch.outdate()
            history = self._history
            if history is None:
                return
            theirs = [receiver for receiver, signal in list(owner.connections.items()) if signal is self]
            missed = [(receiver, history.owed_to(receiver)) for receiver in theirs]
            last = history.last_number
        try:
            for receiver, calls in missed:
                self._replay(receiver, calls)
        except BaseException:  # its owner goes down: what is left is owed when it comes up again, this call too
            for receiver, left in missed:
                if left and receiver.heard <= last:
                    receiver.heard = last - len(left)
            raise

    def _watch(self, watched: bool) -> None:
        """Switch on or off that every call goes through the manager's monitors."""
        with self._lock:
            self._is_watched = watched
            if self._dispatch.live:  # what is compiled asks no more
                self._dispatch.outdate()

    def _send_for(self, tenants: Any) -> None:
        """Let each send reach the plugins of its tenant, as Tenants say; None: let all sends reach all plugins."""
        with self._lock:
            self._dispatch.by_tenant = None if tenants is None else tenants.sends_of(self._dispatch)
            self._dispatch.outdate()

    def _observe(self, watches_of: Callable[[Receiver], Sequence[Watch]] | None) -> None:
        """Let the calls of each receiver be watched by what a function returns for it; None: by nobody any more."""
        with self._lock:
            self._watches_of = watches_of
            self._dispatch.outdate()

    # -- history ----------------------------------------------------------------------------------------------

    def _record(
        self,
        arguments: Mapping[str, object],
        on_result: Callable[[Any], None] | None = None,
        without: Collection[int] = (),
    ) -> list[Receiver]:
        """Keep a call of a historic signal. Return who hears it now, but for the receivers of some plugins, which never
        do; whose owner is switched off is owed it.

        Owners are switched without this signal's lock, so each is looked at once: none may neither hear nor be owed it.
        Whose owner was switched on just now gets past calls, this one with them, from `_owner_changed`.
        """
        assert self._history is not None
        number = self._history.record(arguments, on_result)
        senders = (ANY_SENDER, id_of_sender(arguments.get("sender")))
        hearing = []
        for receiver in self._connections():
            if receiver.heard == number - 1 and receiver.active:
                receiver.heard = number
                if receiver.sender_id in senders and receiver.lazy is None and id(plugin_of(receiver)) not in without:
                    hearing.append(receiver)
        return [] if self._mutes else hearing

    def _replay(self, receiver: Receiver, missed: list[PastCall]) -> None:
        """Give a receiver the calls that it has missed and would have had, from the end of a list, and empty that."""
        if missed and receiver.lazy is not None:
            self._load(receiver)
        plan = self._plan([receiver]) if missed and receiver.lazy is None else None
        while missed:
            arguments, on_result = missed[-1]
            if plan is not None and receiver.sender_id in (ANY_SENDER, id_of_sender(arguments.get("sender"))):
                is_awaited = receiver.is_async and not (receiver.from_pluggy and on_result is not None)
                result = self._dispatch.run(SEND if is_awaited else CALL, plan, dict(arguments))
                if result and on_result is not None and not is_awaited:
                    on_result(result[0])
            missed.pop()

    # -- sending ----------------------------------------------------------------------------------------------

    def _recorded(self, method: Method, given: Mapping[str, Any]) -> Plan:
        """Keep a send of a historic signal. Return whom it reaches now."""
        if method is CALL:
            raise AssertionError("Cannot directly call a historic hook - use call_historic instead.")
        self._load_lazily_connected()
        with self._lock:
            return self._plan(self._record(dict(given)))

    def _arguments_of(self, method: Method, arguments: Sequence[object], named: dict[str, Any]) -> dict[str, Any]:
        """Return by name what a send was given, its defaults included. Raises SignalArgumentError for a misfit."""
        parameters = self._parameters
        if method is CALL and not (parameters.complete and not parameters.lenient):
            if arguments:
                raise TypeError(f"{self.name}() takes keyword arguments only")
            if parameters.complete:
                named = {**parameters.defaults, **named}
                self._warn_of_missing(named)
            return named
        if not arguments:
            given = {**parameters.defaults, **named} if parameters.defaults else named
            names = parameters.name_set
            if given.keys() == names or (not parameters.complete and given.keys() >= names):
                return given
        refuse_wrong_arguments(self.name, method.label, parameters, arguments, named)
        return {**parameters.defaults, **dict(zip(parameters.names, arguments, strict=False)), **named}

    def _reached(self, sender: int, without: Collection[int] = ()) -> list[Receiver]:
        """Return whom a send by the sender of this id reaches now, but for the receivers of some plugins."""
        if self._dead:
            self._forget_dead()
        return [] if self._mutes else reachable_among(self._receivers.meant_for(sender), without)

    def _of_tenant(self, receivers: Sequence[Receiver], given: Mapping[str, Any] = _NOTHING) -> Sequence[Receiver]:
        """Return which of these receivers a send reaches that is made for a tenant, the one of the block or its own."""
        by_tenant = self._dispatch.by_tenant
        return receivers if by_tenant is None else by_tenant.among(receivers, given)

    def _plan(self, receivers: Sequence[Receiver]) -> Plan:
        """Return the plan of a send that reaches these receivers."""
        ordered = in_calling_order(receivers, self._pluggy_order)
        return Plan(ordered, self._parameters, self._filters is not None, watches_of=self._watches_of)

    def _live_receivers(self, sender: object) -> tuple[list[Callable[..., Any]], list[Callable[..., Any]]]:
        """Return whom a send by `sender` calls, as Django: the blocking receivers, and the coroutine functions.

        A subclass may choose among them, or return others in their place (as a pair or in one row): it is asked at
        every send, in every way to send, and by `has_listeners`.
        """
        reached = in_calling_order(self._of_tenant(self._reached(id_of_sender(sender))), self._pluggy_order)
        living = [(each.is_async, function) for each in reached if (function := each.function) is not None]
        return [each for is_async, each in living if not is_async], [each for is_async, each in living if is_async]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls._chooses_receivers = cls._live_receivers is not Signal._live_receivers

    def _chosen(self, given: Mapping[str, Any]) -> Plan:
        """Return whom a subclass has chosen for a send."""
        self._load_lazily_connected()
        sender = given.get("sender")
        connected = {identity_of(receiver.function): receiver for receiver in self._reached(id_of_sender(sender))}
        receivers = [
            connected.get(identity_of(each)) or unconnected(each) for each in _in_one_row(self._live_receivers(sender))
        ]
        return Plan(receivers, self._parameters, self._filters is not None, watches_of=self._watches_of)

    def has_listeners(self, sender: object = None) -> bool:
        """Tell whether a send by `sender` would reach anybody."""
        if self._chooses_receivers:
            return bool(_in_one_row(self._live_receivers(sender)))
        with self._lock:
            waiting = [] if self._mutes else self._receivers.meant_for(id_of_sender(sender))
            return any(receiver.obstacle() is None for receiver in self._of_tenant(waiting))

    def _watch_send(self, way: Way, plan: Plan, given: Mapping[str, object]) -> Any:
        """Carry out a plan by way of the manager's monitors."""
        return self._execute(self.name, PlannedCall(way, plan), given, self._firstresult)

    def _warn_of_missing(self, arguments: Mapping[str, object]) -> None:
        if self.spec is None or arguments.keys() >= self._parameters.name_set:
            return
        missing = self._parameters.missing_from(arguments)
        if missing:
            from hookcore.tracebacks import level_of_caller  # only who warns needs it

            warnings.warn(
                f"Argument(s) {', '.join(map(repr, missing))} which are declared in the hookspec "
                "cannot be found in this hook call",
                stacklevel=level_of_caller(),
            )


def _in_one_row(chosen: Iterable[Any]) -> list[Callable[..., Any]]:
    """Return what a subclass's `_live_receivers` returned, a pair as Django's from 5.0 on or one row as before that."""
    found = list(chosen)
    if len(found) == 2 and not any(map(callable, found)):
        return [*found[0], *found[1]]
    return found


def declared_signal(module: str, name: str) -> Any:
    """Return what a module has under a name: a signal that was pickled."""
    found: Any = sys.modules.get(module) or import_module(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


_SLOTS: Final = tuple(vars(Signal)[method.attribute] for method in METHODS)
"""The slots of the ways to send, past the methods by which a subclass may have overridden them."""
