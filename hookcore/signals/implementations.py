"""pluggy's view of receivers, and receivers made of pluggy's implementations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pluggy

from hookcore.pluggy_internals import old_wrapper
from hookcore.signals.arguments import Wanted
from hookcore.signals.dispatch import compile_dispatch
from hookcore.signals.methods import CALL, NAMED_ONLY, form_for, outside_for, steps_for
from hookcore.signals.receiver import ANY_SENDER, ANYWHERE, Owner, Place, Receiver


class ReceiverImplementation(pluggy.HookImpl):  # type: ignore[misc]
    """A connected receiver as pluggy's tools see it: with the plugin, its name and the function."""

    __slots__ = ("receiver",)

    def __init__(self, receiver: Receiver, function: Callable[..., Any]) -> None:
        owner, place = receiver.owner, receiver.place
        options: pluggy.HookimplOpts = {
            "wrapper": place.wrapper,
            "hookwrapper": place.old_wrapper,
            "optionalhook": False,
            "tryfirst": place.tryfirst,
            "trylast": place.trylast,
            "specname": None,
        }
        plugin, name = (None, "<connected>") if owner is None else (owner.plugin, owner.name)
        super().__init__(plugin, name, function, options)
        self.receiver = receiver


def implementation_of(receiver: Receiver) -> pluggy.HookImpl | None:
    """Return pluggy's view of a receiver, made once; None if the receiver is gone."""
    if receiver.impl is None:
        function = receiver.function
        if function is None:
            return None
        view = ReceiverImplementation(receiver, function)
        if receiver.weak:
            return view  # kept, it would keep the receiver alive
        receiver.impl = view
    return receiver.impl  # type: ignore[no-any-return]


def receiver_of(implementation: pluggy.HookImpl, signal: str, owner: Owner | None = None) -> Receiver:
    """Return the receiver that an implementation stands for. One that pluggy made becomes a receiver here."""
    if isinstance(implementation, ReceiverImplementation):
        return implementation.receiver
    optional = tuple(implementation.kwargnames)
    place = ANYWHERE
    if implementation.tryfirst or implementation.trylast or implementation.wrapper or implementation.hookwrapper:
        place = Place(
            # Where both are given pluggy puts it last.
            tryfirst=implementation.tryfirst and not implementation.trylast,
            trylast=implementation.trylast,
            wrapper=implementation.wrapper,
            old_wrapper=implementation.hookwrapper,
        )
    function = old_wrapper(implementation, signal) if implementation.hookwrapper else implementation.function
    receiver = Receiver(
        (("implementation", id(implementation)), ANY_SENDER),
        function,
        None,
        owner,
        place,
        False,
        Wanted((*implementation.argnames, *optional), optional=frozenset(optional)),
    )
    receiver.impl = implementation
    receiver.from_pluggy = True
    return receiver


class PlannedCall(list[pluggy.HookImpl]):
    """The implementations that a monitored call is about to run, with the call itself: monitors see a list."""

    __slots__ = ("run",)

    def __init__(self, implementations: Sequence[pluggy.HookImpl], run: Callable[[], Any]) -> None:
        super().__init__(implementations)
        self.run = run


def run_implementations(
    signal: str,
    implementations: Sequence[pluggy.HookImpl],
    arguments: Mapping[str, object],
    firstresult: bool,
    values: Mapping[str, object],
) -> Any:
    """Call implementations in pluggy's way: the last one first, results that are not None (or the first such one)."""
    if isinstance(implementations, PlannedCall):
        return implementations.run()
    receivers = [receiver_of(implementation, signal) for implementation in reversed(implementations)]
    sender = id(arguments.get("sender"))
    matching = [receiver for receiver in receivers if receiver.key[1] in (ANY_SENDER, sender)]
    form = form_for(CALL, NAMED_ONLY, firstresult)
    outside = outside_for(CALL, NAMED_ONLY, signal, None).part()
    run = compile_dispatch(form.part(awaits=False), steps_for(CALL, NAMED_ONLY, matching), values, outside)
    return run(dict(arguments))
