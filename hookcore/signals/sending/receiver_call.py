"""One receiver as a send sees it: what is called, and with which of the arguments that were sent.

The same rules are here in two forms: `Step.spread` picks the arguments out of what a send was given, and
`argument_list` writes them as source text for a send whose arguments are all known by name.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from types import MethodType
from typing import Any, Final

from pluggy import HookCallError

from hookcore.signals.arguments.parameters import Parameters
from hookcore.signals.arguments.wanted import Wanted, misfits, wanted_plainly_by
from hookcore.signals.connecting.receiver import Receiver, WeakReference, is_reference

__tracebackhide__ = True  # pytest leaves such frames out

OFFERED: Final = "signal"
"""What every send offers beside its arguments, to receivers that are connected: the signal itself."""


class Step:
    """One receiver to call.

    `names` are its arguments if all go by position and every send gives them, which is nearly always so; None sends
    the call through `spread`, unless it `takes_all` by keyword. `reference` is asked for the target where that is held
    weakly. `as_pluggy` holds for what is registered with pluggy's marker: it is not offered the signal, and must be
    given what it requires. `watched` is what calls it where somebody watches that.
    """

    __slots__ = (
        "as_pluggy",
        "function",
        "is_async",
        "is_plain",
        "names",
        "parameters",
        "reference",
        "takes_all",
        "target",
        "wanted",
        "watched",
        "wraps",
    )

    def __init__(self, receiver: Receiver, parameters: Parameters) -> None:
        target: Any = receiver.target
        self.parameters = parameters
        self.target: Callable[..., Any] = target
        self.reference: WeakReference | None = target if is_reference(target) else None
        self.function = None if self.reference is None else self.reference.function
        self.is_async = receiver.is_async
        self.watched: Callable[..., Any] | None = None
        self.wraps = receiver.position.wraps
        self.is_plain = not (self.wraps or self.is_async)
        self.wanted = receiver.wanted or receiver.wants()
        self.as_pluggy = receiver.from_pluggy
        self.names = _plain_names(self.wanted, parameters.names, parameters.complete, self.as_pluggy)
        # Where no decorator looks at what goes by position, Python makes the same of all by keyword.
        self.takes_all = (
            self.wanted.everything
            and not (self.wanted.by_position_only or self.as_pluggy)
            and wanted_plainly_by(self.function or target) is not None
        )

    def resolved(self) -> Callable[..., Any] | None:
        """Return what is to be called; None if it was held weakly and is gone."""
        if self.reference is None:
            return self.target
        found: Callable[..., Any] | None = self.reference()
        return found if found is None or self.function is None else MethodType(self.function, found)

    def call(self, receiver: Callable[..., Any], given: Mapping[str, object], signal: object) -> Any:
        """Call the receiver, which `resolved` has found, with what it wants of what was `given`."""
        names = self.names
        if names is not None:
            try:
                arguments = [given[name] for name in names]
            except KeyError:
                pass
            else:
                return receiver(*arguments)
        elif self.takes_all:
            return receiver(**_offered(given, signal))
        arguments, keywords = self.spread(given, signal)
        return receiver(*arguments, **keywords)

    def spread(self, given: Mapping[str, object], signal: object) -> tuple[list[object], dict[str, object]]:
        """Return the arguments, by position and by keyword, that the receiver gets of what was `given`."""
        wanted = self.wanted
        if self.as_pluggy:
            required = [name for name in wanted.positional if name not in wanted.optional]
            missing = next((name for name in required if name not in given), None)
            if missing is not None:
                raise HookCallError(f"hook call must provide argument {missing!r}")
            chosen = {name: given[name] for name in wanted.positional if name in wanted.optional and name in given}
            return [given[name] for name in required], chosen
        available = _offered(given, signal)
        by_position, by_keyword = _passed(wanted, tuple(available))
        return [available[name] for name in by_position], {name: available[name] for name in by_keyword}


def _offered(given: Mapping[str, object], signal: object) -> dict[str, object]:
    """Return the signal first, then the sender, then the rest: the order of Django's own call."""
    available = {OFFERED: signal, **given}
    available[OFFERED] = signal  # a send that is somebody's receiver is given another's
    return available


def step_of(receiver: Receiver, parameters: Parameters) -> Step:
    """Return a receiver as a send of these parameters sees it, made once."""
    step: Step | None = receiver.step
    if step is None or step.parameters is not parameters or step.target is not receiver.target:
        step = receiver.step = Step(receiver, parameters)
    return step


@functools.lru_cache(maxsize=4096)
def _plain_names(wanted: Wanted, sent: tuple[str, ...], complete: bool, as_pluggy: bool) -> tuple[str, ...] | None:
    if as_pluggy:
        return None if wanted.optional else wanted.positional
    named = (*wanted.positional, *wanted.keyword_only)
    if wanted.everything or OFFERED in named:
        return None
    by_position, by_keyword = _passed(wanted, sent if complete else named)
    return None if by_keyword else by_position


def is_certain(step: Step, names: Sequence[str]) -> bool:
    """Tell whether a send of just these arguments gives a receiver all that it requires, or leaves it to Python."""
    return not (step.as_pluggy and misfits(step.wanted, names))


@functools.lru_cache(maxsize=4096)
def argument_list(wanted: Wanted, names: tuple[str, ...], as_pluggy: bool) -> str:
    """Return the argument list, as source text, with which a send of these arguments calls a receiver.

    Arguments go by position as far as they can (that is the fastest call), the rest by keyword.
    """
    available = names if as_pluggy or OFFERED in names else (*names, OFFERED)
    by_position, by_keyword = _passed(wanted, available)
    return ", ".join([*by_position, *(f"{name}={name}" for name in by_keyword)])


@functools.lru_cache(maxsize=4096)
def _passed(wanted: Wanted, available: tuple[str, ...]) -> tuple[tuple[str, ...], Sequence[str]]:
    """Return which of the available arguments a receiver is given by position, and which by keyword."""
    by_position = tuple(itertools.takewhile(available.__contains__, wanted.positional))
    rest = (*wanted.positional[wanted.by_position_only :], *wanted.keyword_only)
    by_keyword = [name for name in rest if name in available and name not in by_position]
    if wanted.everything:
        by_keyword += [name for name in available if name not in by_position and name not in by_keyword]
    return by_position, by_keyword
