"""Which arguments does a receiver want, under all that people put around functions; and which of them nobody sends?

Plain values: nothing here knows a signal or a manager.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import weakref
from collections.abc import Callable, Collection, Iterator
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType
from typing import Any, Final, cast

from pluggy import HookCaller

from hookcore.signals.arguments.callables import attribute_of, given_by_partials, is_a, is_bare, unbound, unwrap
from hookcore.signatures import signature_of

_POSITIONAL: Final = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_REALLY_FUNCTIONS: Final = (FunctionType, MethodType)
_NONE: Final[frozenset[str]] = frozenset()


class Wanted:
    """What a receiver wants: `positional` names in order, `keyword_only` names, those that are `optional`, and whether
    it takes `everything` else (`**kwargs`). The first `by_position_only` of `positional` cannot be given by keyword.

    `wanting` makes one object of equal ones, so that they compare and hash as fast as objects do.
    """

    __slots__ = ("by_position_only", "everything", "keyword_only", "optional", "positional")

    def __init__(
        self,
        positional: tuple[str, ...] = (),
        keyword_only: tuple[str, ...] = (),
        optional: frozenset[str] = _NONE,
        everything: bool = False,
        by_position_only: int = 0,
    ) -> None:
        self.positional = positional
        self.keyword_only = keyword_only
        self.optional = optional
        self.everything = everything
        self.by_position_only = by_position_only

    @property
    def required(self) -> tuple[str, ...]:
        """The names that the receiver cannot be called without."""
        return tuple(name for name in (*self.positional, *self.keyword_only) if name not in self.optional)


wanting: Final = functools.lru_cache(maxsize=4096)(Wanted)

_EVERYTHING: Final = wanting(everything=True)


def wanted_by(receiver: Callable[..., object]) -> Wanted:
    """Read from a receiver's signature which arguments it wants.

    A callable that has no readable signature (some builtins, a proxy whose object is not there) is taken to want
    everything, as Django calls it.
    """
    plainly = wanted_plainly_by(receiver)
    if plainly is not None:
        return plainly
    try:
        if type(receiver) is weakref.CallableProxyType and not is_a(receiver, _REALLY_FUNCTIONS):
            return wanted_by(receiver.__call__)
        signature_of(receiver)  # refuses what wraps itself
        return _wanted_through_wrappers(receiver)
    except KeyboardInterrupt:
        raise
    except BaseException:  # to look at a receiver may run code of its own
        # Up to 3.12 `inspect.signature` compares an instance with types of its own, which a strange `__eq__` misleads.
        call = attribute_of(type(receiver), "__call__")
        return wanted_by(MethodType(call, receiver)) if type(call) is FunctionType else _EVERYTHING


def wanted_plainly_by(receiver: object) -> Wanted | None:
    """Read a function or method that wraps no other, without `inspect.signature`, which takes ten times as long.

    Returns None for whatever is not as plain as that.
    """
    function, bound = receiver, 0
    if type(function) is MethodType:  # `isinstance` believes what a wrapper or a proxy says of its class
        function, bound = function.__func__, 1
    # Asked for one by one: a look at a function's `__dict__` makes one, which is as large as all that we keep of it.
    if type(function) is not FunctionType or hasattr(function, "__wrapped__") or hasattr(function, "__signature__"):
        return None
    code, defaults, keyword_defaults = function.__code__, function.__defaults__, function.__kwdefaults__
    names, flags, count = code.co_varnames, code.co_flags, code.co_argcount
    if flags & inspect.CO_VARARGS or count < bound:
        return None
    optional = _NONE
    if defaults:
        optional = frozenset(names[max(bound, count - len(defaults)) : count])
    if keyword_defaults:
        optional = optional.union(keyword_defaults)
    return wanting(
        names[bound:count],
        names[count : count + code.co_kwonlyargcount],
        optional,
        flags & inspect.CO_VARKEYWORDS != 0,
        max(0, code.co_posonlyargcount - bound),
    )


def _wanted_through_wrappers(receiver: Callable[..., object]) -> Wanted:
    """Read a decorated receiver: its wrapper's own parameters, and what the wrapper hands on to the wrapped function.

    What goes on through `**kwargs` is given by keyword, since a wrapper may look for it there.
    """
    wrapped = _wrapped_by(receiver)
    is_signal = issubclass(type(receiver), HookCaller)  # a call of one takes keywords only
    if wrapped is None:
        return _EVERYTHING if is_signal else _wanted_by_signature(signature_of(receiver))
    if is_signal or (type(receiver) not in _REALLY_FUNCTIONS and is_a(receiver, _REALLY_FUNCTIONS)):
        # What it says of itself is the wrapped function's.
        return _handed_on_by_keyword(wanting(), wanted_by(wrapped), True, _dispatches(wrapped))
    try:
        own = signature_of(receiver, follow_wrapped=False)
    except ValueError:
        return wanted_by(wrapped)  # a wrapper written in C, such as functools.lru_cache
    by_position = any(parameter.kind is parameter.VAR_POSITIONAL for parameter in own.parameters.values())
    wanted = _wanted_by_signature(own)
    if wanted.everything:
        return _handed_on_by_keyword(wanted, wanted_by(wrapped), by_position, _dispatches(receiver))
    if by_position:
        further = wanted_by(wrapped)
        positional = (*wanted.positional, *further.positional[len(wanted.positional) :])
        return wanting(positional, wanted.keyword_only, wanted.optional | further.optional, False, len(positional))
    return wanted


def _wrapped_by(receiver: object) -> Callable[..., object] | None:
    """Return what a decorator's wrapper stands for, bound as the wrapper is, or None for what wraps nothing.

    None also for what says itself what its signature is: that is believed.
    """
    if type(receiver) is MethodType:
        function = _wrapped_by(receiver.__func__)
        return None if function is None else MethodType(function, receiver.__self__)
    if issubclass(type(receiver), functools.partial):
        partial = cast("functools.partial[Any]", receiver)
        function = _wrapped_by(partial.func)
        return None if function is None else functools.partial(function, *partial.args, **partial.keywords)
    wrapped = attribute_of(receiver, "__wrapped__")
    if not callable(wrapped) or is_a(attribute_of(receiver, "__signature__"), (inspect.Signature,)):
        return None
    instance = _instance_behind(receiver) if type(wrapped) is FunctionType else None
    return wrapped if instance is None else MethodType(wrapped, instance)


def _instance_behind(wrapper: Any) -> object | None:
    """Return the instance to which a descriptor (`singledispatchmethod`, `cachedmethod`) has bound a wrapper, or None.

    Such a wrapper says nothing of it, but keeps it: it is what has the wrapper's name in its class.
    """
    cells = wrapper.__closure__ or () if type(wrapper) is FunctionType else ()
    kept = [*(attribute_of(cell, "cell_contents") for cell in cells), *getattr(wrapper, "__dict__", {}).values()]
    name = wrapper.__name__
    return next((each for each in kept if inspect.getattr_static(type(each), name, None) is not None), None)


def _dispatches(receiver: object) -> bool:
    """Tell whether a receiver looks at its first argument by position, as `functools.singledispatch` does."""
    if isinstance(receiver, functools.partial):
        return not receiver.args and _dispatches(receiver.func)
    return callable(getattr(receiver, "register", None))


def _handed_on_by_keyword(own: Wanted, further: Wanted, by_position: bool, dispatches: bool) -> Wanted:
    """Join what a wrapper names and what the function behind its `**kwargs` wants."""
    named = (*own.positional, *own.keyword_only)
    new = [name for name in (*further.positional, *further.keyword_only) if name not in named]
    only = further.positional[: max(further.by_position_only, dispatches)]
    start = () if own.positional or not by_position else only
    return wanting(
        (*own.positional, *start),
        (*own.keyword_only, *(name for name in new if name not in start)),
        own.optional | further.optional.intersection(new),
        further.everything,
        own.by_position_only + len(start),
    )


def _wanted_by_signature(signature: inspect.Signature) -> Wanted:
    parameters = signature.parameters.values()
    return wanting(
        tuple(p.name for p in parameters if p.kind in _POSITIONAL),
        tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY),
        frozenset(p.name for p in parameters if p.default is not p.empty),
        any(p.kind is p.VAR_KEYWORD for p in parameters),
        sum(p.kind is p.POSITIONAL_ONLY for p in parameters),
    )


@functools.lru_cache(maxsize=1024)
def misfits(wanted: Wanted, offered: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names that a receiver cannot be called without and that nobody offers.

    An optional name that nobody sends is no misfit: that is how a receiver serves newer and older hosts.
    """
    return tuple(name for name in wanted.required if name not in offered)


def unsent_arguments(receiver: object, wanted: Wanted, offered: Collection[str]) -> list[str]:
    """Return the names that a receiver can be called without, that nobody sends, and that no partial has given."""
    given = given_by_partials(receiver)
    if type(unwrap(receiver)) is BuiltinFunctionType:  # whose options are not meant for signals
        return []
    named = (*wanted.positional, *wanted.keyword_only)
    return [name for name in named if name in wanted.optional and name not in offered and name not in given]


def looked_for_by_decorators(
    receiver: object, wanted: Wanted, offered: Collection[str]
) -> Iterator[tuple[CodeType, tuple[str, ...]]]:
    """Yield the code of each decorator that looks into its `**kwargs` for what is offered and not given; and for what.

    Which they are is guessed from the texts in its code, and in what its code refers to.
    """
    if is_bare(receiver):
        return
    missing = set() if wanted.everything else set(offered).difference(wanted.positional, wanted.keyword_only)
    seen: set[int] = set()  # one may wrap itself
    while missing and id(wrapper := unbound(receiver)) not in seen:
        seen.add(id(wrapper))
        if inspect.getattr_static(wrapper, "__wrapped__", None) is None:
            return
        decorator = _decorator_of(wrapper)
        if decorator is not None and (names := missing & _texts_in(decorator)):
            yield decorator.__code__, tuple(sorted(names))
        receiver = _wrapped_by(receiver)


def _decorator_of(wrapper: object) -> FunctionType | None:
    """Return the function that is run in place of what a wrapper wraps, if it takes `**kwargs` and is Python's."""
    of_wrapt = attribute_of(wrapper, "_self_wrapper")
    if type(of_wrapt) is FunctionType:
        return of_wrapt
    function = wrapper if type(wrapper) is FunctionType else attribute_of(type(wrapper), "__call__")
    is_one = type(function) is FunctionType and function.__code__.co_flags & inspect.CO_VARKEYWORDS
    return function if is_one else None


def _texts_in(function: FunctionType) -> set[str]:
    """Return the texts that a function's code, its closure and the globals that it names hold, alone or in a row."""
    held: list[Any] = [attribute_of(cell, "cell_contents") for cell in function.__closure__ or ()]
    codes = [function.__code__]
    while codes:
        code = codes.pop()
        codes += [constant for constant in code.co_consts if type(constant) is CodeType]
        held += [*code.co_consts, *(function.__globals__.get(name) for name in code.co_names)]
    rows = (each for each in held if type(each) in (tuple, list, set, frozenset))
    return {each for each in itertools.chain(held, *rows) if type(each) is str}
