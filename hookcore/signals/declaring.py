"""`@signal` and `@receiver`: how a host declares what it sends, and how anybody connects to it."""

from __future__ import annotations

import contextlib
import functools
import inspect
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar, overload

import pluggy

from hookcore.errors import ReceiverError, SignalDeclarationError
from hookcore.pluggy_internals import spec_of
from hookcore.signals.arguments.parameters import Parameters
from hookcore.signals.connecting.history import History
from hookcore.signals.signal import Signal
from hookcore.signatures import signature_of
from hookcore.suggestions import did_you_mean

P = ParamSpec("P")
Q = ParamSpec("Q")
R_co = TypeVar("R_co", covariant=True)
R = TypeVar("R")
S_co = TypeVar("S_co", covariant=True)
F = TypeVar("F", bound=Callable[..., Any])

if TYPE_CHECKING:
    from typing import Protocol, TypedDict, Unpack

    from hookcore.signals.connecting.ordering import ConnectOptions

    class Options(TypedDict, total=False):
        """The options of `@signal` that do not change what a call gives."""

        robust: bool
        thread_sensitive: bool
        historic: bool | int
        deprecated: str | None
        deprecated_arguments: Mapping[str, str] | None

    class Connecting(Protocol[R_co]):
        """What `@receiver(signal)` is applied to: a function that answers as the signal declares, at once or awaited.

        Which of a signal's arguments a receiver names is beyond the type system; connecting checks that.
        """

        @overload
        def __call__(self: Connecting[None], function: F, /) -> F: ...
        @overload
        def __call__(
            self, function: Callable[Q, Coroutine[Any, Any, R_co]], /
        ) -> Callable[Q, Coroutine[Any, Any, R_co]]: ...
        @overload
        def __call__(self, function: Callable[Q, R_co], /) -> Callable[Q, R_co]: ...

    class Fitting(Protocol[S_co]):
        """The same under the mypy plugin, which knows the signals, and checks all of it."""

        def __call__(self, function: F, /) -> F: ...  # noqa: D102 - as above


@overload
def signal(function: Callable[P, R], /) -> Signal[P, R, list[R]]: ...
@overload
def signal(
    *, firstresult: Literal[True], **options: Unpack[Options]
) -> Callable[[Callable[P, R]], Signal[P, R, R | None]]: ...
@overload
def signal(*, filters: str, **options: Unpack[Options]) -> Callable[[Callable[P, R]], Signal[P, R, R]]: ...
@overload
def signal(
    *, firstresult: Literal[False] = ..., **options: Unpack[Options]
) -> Callable[[Callable[P, R]], Signal[P, R, list[R]]]: ...


def signal(
    function: Callable[..., Any] | None = None,
    /,
    *,
    firstresult: bool = False,
    filters: str | None = None,
    robust: bool = False,
    thread_sensitive: bool = False,
    historic: bool | int = False,
    deprecated: str | None = None,
    deprecated_arguments: Mapping[str, str] | None = None,
) -> Any:
    """Declare a signal: the function's parameters are what is sent, its docstring says when and why.

    Args:
        firstresult: a send stops at the first response that is not None (pluggy's `firstresult`).
        filters: the name of a parameter that each receiver may change: it is given what the one before returned, None
            leaves it, and calling the signal returns the last.
        robust: whichever way it is sent, a receiver's exception is logged with its plugin, and counts as no answer.
        thread_sensitive: blocking receivers of awaited sends run in the thread where Django would run them (asgiref's).
        historic: a receiver that connects later is given the calls that it missed (pluggy's `historic`). A number
            keeps that many of the latest calls, True keeps all.
        deprecated: why nobody should connect any more; connecting then warns (DeprecationWarning).
        deprecated_arguments: the same for single arguments, by name.

    Raises:
        SignalDeclarationError: no docstring, `*args` or `**kwargs`, a parameter named `signal`, a deprecated argument
            or a filtered one that is no parameter, or options that exclude each other: `firstresult` and `historic`
            (pluggy forbids it too), `filters` and either.
    """
    deprecated_arguments = dict(deprecated_arguments or {})

    def declare(function: Callable[P, R]) -> Signal[P, R]:
        parameters = _parameters_of(function)
        for problem in _problems(function, parameters, firstresult, filters, historic, deprecated_arguments):
            raise _refused(function, problem)
        declared: Signal[P, R] = Signal.__new__(Signal)
        name = function.__name__
        declared._set_up(name, parameters)
        declared._firstresult = firstresult
        declared._filters = filters
        declared._robust = robust
        declared._thread_sensitive = thread_sensitive
        declared._history = History(None if historic is True else int(historic)) if historic else None
        declared.documentation = function.__doc__ or ""
        declared.deprecated = deprecated
        declared._deprecated_arguments = deprecated_arguments
        options: pluggy.HookspecOpts = {
            "firstresult": firstresult,
            "historic": bool(historic),
            "warn_on_impl": _deprecation(f"signal {name!r}", deprecated) if deprecated is not None else None,
            "warn_on_impl_args": {
                argument: _deprecation(f"argument {argument!r} of signal {name!r}", reason)
                for argument, reason in deprecated_arguments.items()
            },
        }
        # `help()`, Sphinx, doctest and whoever looks see what the host has written.
        functools.update_wrapper(declared, function, updated=())
        with contextlib.suppress(NameError):  # from Python 3.14 on it copies what would evaluate them
            vars(declared)["__annotations__"] = function.__annotations__
        declared._dispatch.describe(function)
        declared.spec = spec_of(function, name, sys.modules.get(function.__module__), options)
        return declared

    return declare if function is None else declare(function)


def _deprecation(what: str, reason: str) -> DeprecationWarning:
    """Make the warning with which pluggy greets what is registered with its marker; `connect` has its own."""
    return DeprecationWarning(f"{what} is deprecated: {reason}")


def _parameters_of(function: Callable[..., Any]) -> Parameters:
    if not inspect.isfunction(function):
        raise SignalDeclarationError(
            f"@signal declares a function, and {function!r} is none: write `@signal def name(sender, ...): ...`",
            signal=repr(function),
        )
    parameters = list(signature_of(function).parameters.values())
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise _refused(
                function,
                f"name every argument: {str(parameter)!r} cannot be sent by name (for a free form use Signal())",
            )
        if parameter.name == "signal":
            raise _refused(function, "rename its parameter 'signal': receivers get the signal itself by that name")
    return Parameters(
        tuple(parameter.name for parameter in parameters),
        {parameter.name: parameter.default for parameter in parameters if parameter.default is not parameter.empty},
        sum(parameter.kind is parameter.KEYWORD_ONLY for parameter in parameters),
    )


def _problems(
    function: Callable[..., Any],
    parameters: Parameters,
    firstresult: bool,
    filters: object,
    historic: bool | int,
    deprecated_arguments: Mapping[str, str],
) -> Iterator[str]:
    """Yield what is wrong with a declaration, with its remedy."""
    names = parameters.names
    if _docstrings_are_kept() and not (function.__doc__ or "").strip():
        yield "give it a docstring that says when it is sent: always document what your signals do"
    if firstresult and historic:
        yield "firstresult and historic exclude each other: late receivers could not answer"
    if historic is not True and historic < 0:
        yield f"historic={historic!r}: give True or how many calls to keep"
    for name in deprecated_arguments:
        if name not in names:
            yield f"deprecated argument {name!r} is none of its parameters.{did_you_mean(name, names)}"
    if filters is None:
        return
    if filters not in names:
        hint = did_you_mean(filters, names) if isinstance(filters, str) else ""
        yield f"filters={filters!r} is none of its parameters: name the one to filter.{hint}"
    if filters == "sender":
        yield "filters='sender': the sender decides who is called, so it stays what it is"
    if firstresult:
        yield "filters and firstresult exclude each other: the first answer would be the last"
    if historic:
        yield "filters and historic exclude each other: late receivers could change nothing"


def _docstrings_are_kept() -> bool:
    """Tell whether functions have docstrings here: `python -OO`, or whoever froze the application, may strip them."""
    return sys.flags.optimize < 2 and _docstrings_are_kept.__doc__ is not None


def _refused(function: Callable[..., Any], remedy: str) -> SignalDeclarationError:
    code = function.__code__
    where = f"{code.co_filename}:{code.co_firstlineno}"
    return SignalDeclarationError(f"signal {function.__name__!r} ({where}): {remedy}", signal=function.__name__)


@overload
def receiver(
    signal: Signal[..., Any, Any] | Sequence[Signal[..., Any, Any]],
    *,
    wrapper: Literal[True],
    **options: Unpack[ConnectOptions],
) -> Callable[[F], F]: ...
@overload
def receiver(signal: Signal[..., R, Any], **options: Unpack[ConnectOptions]) -> Connecting[R]: ...
@overload
def receiver(signal: Sequence[Signal[..., Any, Any]], **options: Unpack[ConnectOptions]) -> Callable[[F], F]: ...


def receiver(signal: Any, **options: Any) -> Any:
    """Connect the decorated function to a signal, or to each of a list, at once.

    The options are those of `Signal.connect`. Anything that can `connect` is a signal here, those of Django and blinker
    too. Raises ReceiverError for a function that does not fit, or if what is given is no signal.
    """
    signals: Sequence[Any] = signal if isinstance(signal, (list, tuple)) else [signal]
    for each in signals:
        if not callable(getattr(each, "connect", None)):
            raise ReceiverError(
                f"@receiver connects to a signal, and {each!r} is none: write @receiver(signals.NAME)",
                signal=repr(each),
                receiver="?",
            )

    def connect(function: F) -> F:
        for each in signals:
            each.connect(function, **options)
        return function

    return connect
