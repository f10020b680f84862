"""The five ways to send, and how a signal's receivers become the plain values that dispatch compiles.

`send` and its three relatives are Django's; the call is pluggy's. They differ in what comes back, in whether a failure
is recorded or raised, and in whether they are awaited: that is all a `Method` says.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any, Final

from hookcore.signals.arguments import Wanted, passing
from hookcore.signals.dispatch import MISSING, Outside, Step
from hookcore.signals.parameters import Parameters
from hookcore.signals.place import ANYWHERE
from hookcore.signals.receiver import Receiver, is_reference
from hookcore.signals.sources import Form, Shape, shape_of, stepping_aside


class Method:
    """One way to send: the attribute that holds it, what it returns and how."""

    __slots__ = ("attribute", "awaits", "label", "returns", "robust")

    def __init__(
        self, attribute: str, label: str, returns: str = "pairs", robust: bool = False, awaits: bool = False
    ) -> None:
        self.attribute = attribute
        self.label = label
        self.returns = returns
        self.robust = robust
        self.awaits = awaits


CALL: Final = Method("__call__", "call", returns="results")
METHODS: Final[Mapping[str, Method]] = {
    method.attribute: method
    for method in (
        Method("send", "send"),
        Method("send_robust", "send_robust", robust=True),
        Method("asend", "asend", awaits=True),
        Method("asend_robust", "asend_robust", robust=True, awaits=True),
        CALL,
    )
}

NAMED_ONLY: Final = Parameters((), {}, complete=False)
"""What a pluggy call knows of a signal's arguments where it must take any: they are all in `named`."""


def parameters_for(method: Method, parameters: Parameters) -> Parameters:
    """Return what the variables of a send are: a pluggy call of an untyped signal has none but `named`."""
    return NAMED_ONLY if method.returns == "results" and not parameters.complete else parameters


def form_for(method: Method, parameters: Parameters, firstresult: bool) -> Form:
    """Return the form of a send by `method`."""
    parameters = parameters_for(method, parameters)
    optional = frozenset(parameters.defaults)
    return _form(method, parameters.names, optional, parameters.keyword_only, not parameters.complete, firstresult)


@functools.lru_cache(maxsize=1024)  # many signals send the same
def _form(
    method: Method,
    names: tuple[str, ...],
    optional: frozenset[str],
    keyword_only: int,
    collects: bool,
    firstresult: bool,
) -> Form:
    return Form(
        header=_header(method, names, optional, keyword_only, collects),
        forward=", ".join([*names, *(["named"] if collects else [])]),
        returns=method.returns,
        robust=method.robust,
        awaits=method.awaits,
        firstresult=firstresult,
        aside=stepping_aside(names),
        collects=collects,
    )


def guarded_form(form: Form, given: tuple[str, ...], expected: tuple[str, ...]) -> Form:
    """Return the form of a send that expects arguments but may get others: those in `given` come in any case."""
    keywords = ["*", *(f"{name}=None" for name in expected)] if expected else []
    return form._replace(
        header=", ".join([*given, *keywords, "**$extra"]),
        forward=", ".join([*given, *expected]),
        guarded=expected,
        collects=False,
        aside=stepping_aside([*given, *expected]),
    )


def _header(method: Method, names: tuple[str, ...], optional: frozenset[str], keyword_only: int, collects: bool) -> str:
    parts = [f"{name}=None" if name in optional else name for name in names]
    # pluggy's calls take keywords only.
    by_keyword = len(parts) if method.returns == "results" else keyword_only
    if by_keyword:
        parts.insert(len(parts) - by_keyword, "*")
    return ", ".join([*parts, *(["**named"] if collects else [])])


def outside_for(method: Method, parameters: Parameters, signal: str, doc: str | None) -> Outside:
    """Return the name, the defaults and the documentation of the function that a signal hands out.

    The name carries the parameters, so that Python's own error for a wrong argument says which are right.
    """
    parameters = parameters_for(method, parameters)
    outside = Outside(f"{signal}{parameters}", method.label, None, None, doc)
    defaults = parameters.defaults
    if not defaults:
        return outside
    split = 0 if method.returns == "results" else len(parameters.names) - parameters.keyword_only
    return outside._replace(
        defaults=tuple(defaults[name] for name in parameters.names[:split] if name in defaults) or None,
        keyword_defaults={name: defaults[name] for name in parameters.names[split:] if name in defaults} or None,
    )


def guarded_outside(outside: Outside, expected: tuple[str, ...], defaults: Mapping[str, object]) -> Outside:
    """The same for a guarded form: what is not given, and has no default, is `MISSING`."""
    return outside._replace(
        defaults=None, keyword_defaults={name: defaults.get(name, MISSING) for name in expected} or None
    )


def steps_for(method: Method, parameters: Parameters, receivers: Iterable[Receiver]) -> list[Step]:
    """Return the receivers as dispatch wants them: a shape each, and what to bind to it."""
    steps: list[Step] = []
    shapes: dict[Wanted, Shape] = {}  # of nearly all: held strongly, blocking, standing anywhere
    shapes_from_pluggy: dict[Wanted, Shape] = {}
    for receiver in receivers:
        target: Any = receiver.target
        wanted = receiver.wanted or receiver.wants()
        if receiver.place is not ANYWHERE or receiver.is_async or is_reference(target):
            steps.append((_shape_of(receiver, wanted, method, parameters), target))
            continue
        known = shapes_from_pluggy if receiver.from_pluggy else shapes
        shape = known.get(wanted)
        if shape is None:
            shape = known[wanted] = _shape_of(receiver, wanted, method, parameters)
        steps.append((shape, target))
    return steps


def _shape_of(receiver: Receiver, wanted: Wanted, method: Method, parameters: Parameters) -> Shape:
    held = "strong"
    target: Any = receiver.target
    if is_reference(target):
        held = "reference" if target.function is None else "method"
    arguments = passing(wanted, parameters.names, parameters.complete, None if receiver.from_pluggy else "signal")
    is_async = receiver.is_async and method.returns != "results"
    return shape_of(arguments, held, is_async, receiver.place.wraps)
