"""pluggy's view of receivers, and receivers made of pluggy's implementations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import FunctionType, MethodType
from typing import Any, NamedTuple

import pluggy

from hookcore.pluggy_internals import old_wrapper
from hookcore.signals.arguments import Wanted, as_pluggy_wants, wanted_by
from hookcore.signals.dispatch import compile_dispatch
from hookcore.signals.methods import CALL, NAMED_ONLY, form_for, outside_for, steps_for
from hookcore.signals.place import ANYWHERE, Place
from hookcore.signals.receiver import ANY_SENDER, Owner, Receiver


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


class Marked(NamedTuple):
    """A function with pluggy's marker on it, before pluggy makes a `HookImpl` of it: only its tools ever need that.

    `function` is bound as its plugin hands it out, `options` are the marker's.
    """

    plugin: object
    plugin_name: str
    function: Callable[..., Any]
    options: pluggy.HookimplOpts

    def implementation(self) -> pluggy.HookImpl:
        """Make pluggy's own object."""
        return pluggy.HookImpl(self.plugin, self.plugin_name, self.function, self.options)

    @property
    def wraps(self) -> bool:
        """Whether it is a wrapper, of either style."""
        return self.options["wrapper"] or self.options["hookwrapper"]

    @property
    def is_plain(self) -> bool:
        """Whether its signature reads the same to pluggy and to hookcore.

        pluggy looks through wrappers, and takes `self` off functions that it finds unbound in classes.
        """
        function = self.function
        if isinstance(function, MethodType):
            return type(function.__func__) is FunctionType and not hasattr(function.__func__, "__wrapped__")
        return (
            type(function) is FunctionType
            and not hasattr(function, "__wrapped__")
            and function.__code__.co_varnames[:1] not in (("self",), ("cls",))
        )

    def wanted(self) -> Wanted:
        """Read which arguments it wants, by pluggy's rules."""
        if self.is_plain:
            return as_pluggy_wants(wanted_by(self.function))
        return _wanted_by_implementation(self.implementation())


def implementation_of(receiver: Receiver) -> pluggy.HookImpl | None:
    """Return pluggy's view of a receiver, made once; None if the receiver is gone."""
    view = receiver.impl
    if isinstance(view, Marked):
        view = receiver.impl = view.implementation()
    elif view is None:
        function = receiver.function
        if function is None:
            return None
        view = ReceiverImplementation(receiver, function)
        if not receiver.weak:  # kept, it would keep the receiver alive
            receiver.impl = view
    return view  # type: ignore[no-any-return]


def receiver_of(implementation: pluggy.HookImpl, signal: str, owner: Owner | None = None) -> Receiver:
    """Return the receiver that an implementation stands for. One that pluggy made becomes a receiver here."""
    if isinstance(implementation, ReceiverImplementation):
        return implementation.receiver
    options: pluggy.HookimplOpts = {
        "wrapper": implementation.wrapper,
        "hookwrapper": implementation.hookwrapper,
        "optionalhook": implementation.optionalhook,
        "tryfirst": implementation.tryfirst,
        "trylast": implementation.trylast,
        "specname": None,
    }
    function = old_wrapper(implementation, signal) if implementation.hookwrapper else implementation.function
    wanted = _wanted_by_implementation(implementation)
    return _receiver(implementation, id(implementation), function, owner, options, wanted)


def receiver_of_marked(marked: Marked, signal: str, owner: Owner, wanted: Wanted) -> Receiver:
    """Return the receiver that a marked function becomes."""
    if marked.options["hookwrapper"]:
        return receiver_of(marked.implementation(), signal, owner)
    return _receiver(marked, id(marked), marked.function, owner, marked.options, wanted)


def _receiver(
    view: object,
    identity: int,
    function: Callable[..., Any],
    owner: Owner | None,
    options: pluggy.HookimplOpts,
    wanted: Wanted,
) -> Receiver:
    receiver = Receiver((identity, ANY_SENDER), function, None, owner, _place(options), False, wanted)
    receiver.impl = view  # its identity is the key: held here, it cannot be reused
    receiver.from_pluggy = True
    return receiver


def _place(options: pluggy.HookimplOpts) -> Place:
    if not (options["tryfirst"] or options["trylast"] or options["wrapper"] or options["hookwrapper"]):
        return ANYWHERE  # nearly always
    return Place(
        # Where both are given pluggy puts it last.
        tryfirst=options["tryfirst"] and not options["trylast"],
        trylast=options["trylast"],
        wrapper=options["wrapper"],
        old_wrapper=options["hookwrapper"],
    )


def _wanted_by_implementation(implementation: pluggy.HookImpl) -> Wanted:
    optional = tuple(implementation.kwargnames)
    return Wanted((*implementation.argnames, *optional), optional=frozenset(optional))


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
