"""pluggy's view of receivers, and receivers made of pluggy's implementations."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import MethodType
from typing import Any, overload

import pluggy

from hookcore.signals.arguments.callables import is_coroutine_function
from hookcore.signals.arguments.parameters import Parameters
from hookcore.signals.arguments.wanted import Wanted, wanted_plainly_by, wanting
from hookcore.signals.connecting.ordering import ANYWHERE, Position
from hookcore.signals.connecting.receiver import ANY_SENDER, Owner, Receiver, id_of_sender
from hookcore.signals.sending.loop import Plan, carry_out, carry_out_awaited
from hookcore.signals.sending.methods import CALL, Way

__tracebackhide__ = True  # pytest leaves such frames out


class ReceiverImplementation(pluggy.HookImpl):  # type: ignore[misc]
    """A connected receiver as pluggy's tools see it: with the plugin, its name and the function."""

    __slots__ = ("receiver",)

    def __init__(self, receiver: Receiver, function: Callable[..., Any]) -> None:
        owner = receiver.owner
        plugin, name = (None, "<connected>") if owner is None else (owner.plugin, owner.registered_as)
        super().__init__(plugin, name, function, options_of(receiver.position))
        self.receiver = receiver


def options_of(position: Position) -> pluggy.HookimplOpts:
    """Return the options of pluggy's marker that mean a position."""
    return {
        "wrapper": position.wrapper,
        "hookwrapper": position.old_wrapper,
        "optionalhook": False,
        "tryfirst": position.tryfirst,
        "trylast": position.trylast,
        "specname": None,
    }


@functools.lru_cache(maxsize=32)
def _position(tryfirst: bool, trylast: bool, wrapper: bool, old_wrapper: bool) -> Position:
    """Return the position that options of pluggy's marker mean. Where both are given pluggy puts it last."""
    position = Position(tryfirst and not trylast, trylast, wrapper=wrapper, old_wrapper=old_wrapper)
    return ANYWHERE if position == ANYWHERE else position


def implementation_of(receiver: Receiver) -> pluggy.HookImpl | None:
    """Return pluggy's view of a receiver, made once for a plugin object; None if the receiver is gone."""
    view, owner = receiver.impl, receiver.owner
    if isinstance(view, pluggy.HookImpl) and not _shows_another_plugin(view, owner):
        return view
    function = receiver.function
    if function is None:
        return None
    if view is None or owner is None or isinstance(view, pluggy.HookImpl):
        made: pluggy.HookImpl = ReceiverImplementation(receiver, function)
    else:
        made = pluggy.HookImpl(owner.plugin, owner.registered_as, function, view)
    if not receiver.weak:  # kept, it would keep the receiver alive
        receiver.impl = made
    return made


def _shows_another_plugin(view: pluggy.HookImpl, owner: Owner | None) -> bool:
    """Tell whether a connected receiver was last seen as that of an object which its plugin is no longer."""
    return isinstance(view, ReceiverImplementation) and owner is not None and view.plugin is not owner.plugin


def receiver_of(implementation: pluggy.HookImpl, signal: str, owner: Owner | None = None) -> Receiver:
    """Return the receiver that an implementation stands for. One that pluggy made becomes a receiver here."""
    if isinstance(implementation, ReceiverImplementation):
        return implementation.receiver
    position = _position(
        implementation.tryfirst, implementation.trylast, implementation.wrapper, implementation.hookwrapper
    )
    function = implementation.function
    if implementation.hookwrapper:
        from hookcore.signals.as_pluggy.old_wrappers import in_new_style  # few have one

        function = in_new_style(implementation, signal)
    return _receiver(function, owner, implementation, position, _wanted_by_implementation(implementation))


def receiver_of_marked(
    function: Callable[..., Any], options: pluggy.HookimplOpts, signal: str, owner: Owner, wanted: Wanted
) -> Receiver:
    """Return the receiver that a function becomes which is marked with pluggy's marker on the owner's plugin.

    Only pluggy's tools ever need a `HookImpl` of it: they get one when they ask.
    """
    if options["hookwrapper"]:
        return receiver_of(pluggy.HookImpl(owner.plugin, owner.registered_as, function, options), signal, owner)
    position = _position(options["tryfirst"], options["trylast"], options["wrapper"], False)
    return _receiver(function, owner, options, position, wanted)


def _receiver(
    function: Callable[..., Any], owner: Owner | None, view: object, position: Position, wanted: Wanted
) -> Receiver:
    # No key: pluggy registers one function as often as it is asked to.
    receiver = Receiver(None, function, None, ANY_SENDER, owner, position, is_coroutine_function(function), wanted)
    receiver.impl = view
    receiver.from_pluggy = True
    return receiver


def unconnected(function: Callable[..., Any]) -> Receiver:
    """Return the receiver that a function becomes for a single send, with all that it wants."""
    return Receiver(None, function, None, ANY_SENDER, None, ANYWHERE, is_coroutine_function(function), None)


def wanted_by_marked(function: Callable[..., Any], options: pluggy.HookimplOpts) -> Wanted:
    """Read which arguments a marked function wants, by pluggy's rules."""
    wanted = wanted_plainly_by(function)
    if wanted is not None:
        wanted = _as_pluggy_wants(wanted, type(function) is MethodType)
    return wanted or _wanted_by_implementation(pluggy.HookImpl(None, "", function, options))


@functools.lru_cache(maxsize=1024)
def _as_pluggy_wants(wanted: Wanted, bound: bool) -> Wanted | None:
    """Return what pluggy would pass: arguments by position, and neither keyword-only ones nor `**kwargs`.

    None where pluggy judges for itself: it takes `self` off functions that it finds unbound in classes.
    """
    if not bound and wanted.positional[:1] in (("self",), ("cls",)):
        return None
    return wanting(wanted.positional, optional=wanted.optional.intersection(wanted.positional))


def _wanted_by_implementation(implementation: pluggy.HookImpl) -> Wanted:
    optional = tuple(implementation.kwargnames)
    return wanting((*implementation.argnames, *optional), optional=frozenset(optional))


def views_of(receivers: Sequence[Receiver]) -> list[pluggy.HookImpl]:
    """Return receivers in calling order as pluggy's implementations, in the order of its lists: the last goes first."""
    return [view for receiver in reversed(receivers) if (view := implementation_of(receiver)) is not None]


class PlannedCall(Sequence[pluggy.HookImpl]):
    """The implementations that a monitored call is about to run, with the call itself.

    Few monitors look at the implementations: they are made when one does.
    """

    __slots__ = ("_plan", "_way")

    def __init__(self, way: Way, plan: Plan) -> None:
        self._way = way
        self._plan = plan

    @overload
    def __getitem__(self, index: int) -> pluggy.HookImpl: ...

    @overload
    def __getitem__(self, index: slice) -> list[pluggy.HookImpl]: ...

    def __getitem__(self, index: int | slice) -> pluggy.HookImpl | list[pluggy.HookImpl]:
        return views_of(self._plan.receivers)[index]

    def __len__(self) -> int:
        return len(views_of(self._plan.receivers))

    @property
    def is_awaited(self) -> bool:
        """Whether `run` returns a coroutine, and what it comes to is known when that is done."""
        return self._way.awaits

    def run(self, arguments: Mapping[str, object]) -> Any:
        """Carry out the call. What receivers make of the arguments is not seen by monitors."""
        carrying_out = carry_out_awaited if self._way.awaits else carry_out
        return carrying_out(self._way, self._plan, dict(arguments))


def told_when_done(after: Callable[..., object]) -> Callable[..., None]:
    """Return what a monitor calls in place of `after`: that is told of an awaited send when it is done, not begun."""

    def told(outcome: pluggy.Result[Any], name: str, implementations: object, arguments: object) -> None:
        __tracebackhide__ = True
        call = (name, implementations, arguments)
        if type(implementations) is PlannedCall and implementations.is_awaited and outcome.exception is None:
            outcome.force_result(_then(after, outcome.get_result(), call))
        else:
            after(outcome, *call)

    return told


async def _then(after: Callable[..., object], send: Awaitable[Any], call: Sequence[object]) -> Any:
    __tracebackhide__ = True
    try:
        outcome: pluggy.Result[Any] = pluggy.Result(await send, None)
    except BaseException as error:
        outcome = pluggy.Result(None, error)
    after(outcome, *call)
    return outcome.get_result()


def run_implementations(
    name: str,
    implementations: Sequence[pluggy.HookImpl],
    arguments: Mapping[str, object],
    firstresult: bool,
    signal: Any,
) -> Any:
    """Call implementations in pluggy's way: the last one first, results that are not None (or the first such one)."""
    receivers = [receiver_of(implementation, name) for implementation in reversed(implementations)]
    sender = id_of_sender(arguments.get("sender"))
    plan = Plan([receiver for receiver in receivers if receiver.sender_id in (ANY_SENDER, sender)], _ANYTHING)
    way = Way(CALL, signal)
    way.firstresult = firstresult
    return carry_out(way, plan.handing_out, dict(arguments))


_ANYTHING = Parameters((), {}, complete=False)
