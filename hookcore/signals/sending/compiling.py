"""From a plan to a function: what `loop.py` does in a loop, as straight-line code for just these receivers.

The source depends on the *shape* alone, so it is compiled once for a shape and re-bound for every signal that has it:
receivers are the globals of the function. `docs/dispatch.md` explains it with one printed source.

Why not a loop: a loop pays for unpacking arguments at every receiver; straight-line calls cost what calls cost. Why not
at once: compiling costs what a hundred sends in a loop do.
"""

from __future__ import annotations

import builtins
import contextlib
import inspect
import linecache
import weakref
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from types import CodeType, FunctionType, MethodType
from typing import Any, Final

from hookcore.signals.arguments.parameters import Parameters
from hookcore.signals.sending.generated_code import Interface, Shape, shape_of, source_of
from hookcore.signals.sending.loop import Plan
from hookcore.signals.sending.methods import MISSING, STUB, Function, Way
from hookcore.signals.sending.receiver_call import Step, argument_list, is_certain
from hookcore.signals.sending.recursion import GENERATED, explained
from hookcore.signals.sending.wrapping import (
    answered_by,
    copied,
    did_not_yield,
    is_unchanged,
    throw_into,
    yielded_twice,
)

LONGEST_STRAIGHT_RUN: Final = 64
"""Above so many receivers the code is cut into runs, so that compiling stays cheap and shapes are met again."""

RUN_LENGTH: Final = 50
MOST_RUNS: Final = 200
MOST_NESTED_WRAPPERS: Final = 12
"""CPython nests no more than 20 blocks."""

MOST_KEPT_SHAPES: Final = 1024
_LARGEST_PRIME_BELOW_2_TO_32: Final = 4_294_967_291

_VALUES: Final[Mapping[str, object]] = {
    **vars(builtins),
    "bind": MethodType,
    "answered_by": answered_by,
    "copied": copied,
    "did_not_yield": did_not_yield,
    "is_unchanged": is_unchanged,
    "throw_into": throw_into,
    "yielded_twice": yielded_twice,
    "recursion": explained,
    "MISSING": MISSING,
}


class Header:
    """What the function of a way to send looks like from outside: its parameters and their defaults.

    `by_name` carries out a send that is not what the function is `guarded` for: all arguments that it expects. `stub`
    is the way that is never out of date.
    """

    __slots__ = ("by_name", "defaults", "interface", "keyword_defaults", "stub", "way")

    def __init__(
        self,
        way: Way,
        parameters: Parameters,
        guarded: tuple[str, ...] | None,
        by_name: Function,
        stub: Function,
    ) -> None:
        names, defaults = parameters.names, parameters.defaults
        positional = names[: len(names) - parameters.keyword_only]
        parts = [f"{name}=None" if name in defaults else name for name in names]
        if parameters.keyword_only:
            parts.insert(len(positional), "*")
        if guarded is not None:
            parts.append("**$extra")
        self.way = way
        self.by_name = by_name
        self.stub = stub
        self.interface = Interface(
            ", ".join(parts), names, way.pairs, way.robust, way.firstresult, way.filters, guarded
        )
        self.defaults = tuple(defaults[name] for name in positional if name in defaults) or None
        self.keyword_defaults = {name: defaults[name] for name in names[len(positional) :] if name in defaults} or None


class _Compiled:
    """What a shape is compiled to, before it is bound to the receivers of a signal."""

    __slots__ = ("code", "lines", "mark", "names", "size")

    def __init__(self, interface: Interface, shapes: tuple[Shape, ...]) -> None:
        text, names = source_of(interface, shapes)
        module = compile(text, "<hookcore>", "exec", dont_inherit=True)
        code = next(constant for constant in module.co_consts if isinstance(constant, CodeType))
        # Without a collector that counts, code dies with its function only if it says that it is nested.
        self.code = code.replace(co_flags=code.co_flags | inspect.CO_NESTED)
        self.names = {ours: there for ours, there in names.items() if there in code.co_names}
        self.lines = text.splitlines(keepends=True)
        self.size = len(text)
        # Tells the sources of one signal apart, in file names. An import might come when Python is shutting down.
        self.mark = f"{int.from_bytes(text.encode(), 'big') % _LARGEST_PRIME_BELOW_2_TO_32:08x}"


_compiled_shapes: dict[tuple[Interface, tuple[Shape, ...]], _Compiled] = {}
_sources_in_use: Final[OrderedDict[str, weakref.ref[CodeType]]] = OrderedDict()
"""The code of each source that tracebacks can show, by the name of its file: that which had the name last."""


def runs_of(interface: Interface, plan: Plan) -> Sequence[Sequence[Step]]:
    """Cut a plan's receivers into runs that are compiled one by one. There are none for what only a loop can carry out.

    That is what awaits, what might lack an argument that it requires, wrappers that do not simply
    stand around the others, and what is too long and not just a list.
    """
    steps, wrappers = plan.steps, plan.wrappers
    if plan.coroutines or not all(is_certain(step, interface.names) for step in steps):
        return []
    if wrappers and (
        interface.robust or len(wrappers) > MOST_NESTED_WRAPPERS or any(each.reference for each in wrappers)
    ):
        return []
    if len(steps) <= LONGEST_STRAIGHT_RUN:
        return [steps]
    if wrappers or (interface.pairs and (interface.firstresult or interface.filters is not None)):
        return []
    runs = [steps[start : start + RUN_LENGTH] for start in range(0, len(steps), RUN_LENGTH)]
    return runs if len(runs) <= MOST_RUNS else []


def shapes_of(interface: Interface, steps: Sequence[Step]) -> tuple[Shape, ...]:
    """Return what the source depends on."""
    names = interface.names
    return tuple(
        [
            shape_of(
                argument_list(step.wanted, names, step.as_pluggy),
                "strong" if step.reference is None else "reference" if step.function is None else "method",
                step.wraps,
                step.watched is not None,
            )
            for step in steps
        ]
    )


def compile_send(header: Header, runs: Sequence[Sequence[Step]], *, is_public: bool) -> Function | None:
    """Return the function that carries out a plan; None if there is more to compile: ask again at the next send.

    What is not `is_public` is called by a function of ours.
    """
    part = header.interface.part()
    interface = header.interface if is_public else part
    if len(runs) == 1:
        return _sending(header, interface, runs[0])
    for run in runs:
        shapes = shapes_of(part, run)
        if (part, shapes) not in _compiled_shapes:
            _compiled(part, shapes)
            return None
    functions = {f"run_{index}": _sending(header, part, run) for index, run in enumerate(runs)}
    return _function(header, interface._replace(runs=len(runs)), (), functions)


def _sending(header: Header, interface: Interface, steps: Sequence[Step]) -> Function:
    targets: dict[str, object] = {}
    for index, step in enumerate(steps):
        if step.reference is None:
            targets[f"receiver_{index}"] = step.target
        else:
            targets[f"reference_{index}"] = step.reference
            targets[f"function_{index}"] = step.function
        targets[f"watched_{index}"] = step.watched
    return _function(header, interface, shapes_of(interface, steps), targets)


def compile_table(header: Header, table: Mapping[int, Function], default: Function | None) -> Function:
    """Return a function that finds in `table`, by the sender's id, what to call.

    `default` is for all other senders; None calls nobody for them.
    """
    interface = header.interface._replace(looks_up="most" if default is None else "all")
    return _function(header, interface, (), {"in_table": table.get, "default": default})


def compile_tenants(header: Header, table: Mapping[Any, Function], default: Function, tenants: Any) -> Function:
    """Return a function that finds in `table`, by the names of the plugins of a send's tenant, what to call.

    `tenants` is a Tenants, which knows this room.
    """
    interface = header.interface._replace(looks_up="tenant")
    asked = {"current": tenants.current.get, "active_for": tenants.active_for}
    return _function(header, interface, (), {"in_table": table.get, "default": default, **asked})


def printed_source(function: Function) -> str:
    """Return the source of a compiled function, as tracebacks show it."""
    return "".join(linecache.getlines(function.__code__.co_filename))


def _compiled(interface: Interface, shapes: tuple[Shape, ...]) -> _Compiled:
    known = _compiled_shapes.get((interface, shapes))
    if known is None:
        if len(_compiled_shapes) >= MOST_KEPT_SHAPES:
            _compiled_shapes.clear()
        known = _compiled_shapes[interface, shapes] = _Compiled(interface, shapes)
    return known


def _function(
    header: Header, interface: Interface, shapes: tuple[Shape, ...], targets: Mapping[str, object]
) -> Function:
    """Return the function of an interface, bound to the `targets` of its calls: by our names of them, what they are."""
    compiled, way = _compiled(interface, shapes), header.way
    # A copy of the code for each function: shared code has inline caches that fit none of its users well. The copy also
    # gets a name of its own for tracebacks, under which `linecache` finds the source, as attrs does it.
    name, label = way.method.label, way.label
    code = compiled.code.replace(co_filename=f"{GENERATED}{label} {compiled.mark}>", co_name=name)
    _keep_source(code, compiled)
    values = {**_VALUES, "failed": way.failed, "by_name": header.by_name, **targets}
    bound = {there: values[ours] for ours, there in compiled.names.items()}
    function = FunctionType(code, {**bound, **_AROUND, "signal": way.signal, STUB: header.stub}, name)
    if interface.header == header.interface.header:
        function.__defaults__ = header.defaults
        function.__kwdefaults__ = header.keyword_defaults
    function.__qualname__ = label
    function.__doc__ = way.signal.documentation or None
    return function


def _keep_source(code: CodeType, compiled: _Compiled) -> None:
    """Let tracebacks and debuggers find the source of `code` under its file name, for as long as the code exists.

    `linecache` keeps what it is given for ever, and hosts whose receivers come and go have ever new sources: with each
    one that comes two others are looked at, and taken out where nobody runs them any more.
    """
    name = code.co_filename
    linecache.cache[name] = (compiled.size, None, compiled.lines, name)
    _sources_in_use[name] = weakref.ref(code)
    with contextlib.suppress(KeyError):  # another thread looks at the same ones
        for _ in range(2):
            oldest, reference = _sources_in_use.popitem(last=False)
            if reference() is None:
                linecache.cache.pop(oldest, None)
            else:
                _sources_in_use.setdefault(oldest, reference)


_AROUND: Final = {"__name__": "hookcore.compiled", "__builtins__": vars(builtins), "__tracebackhide__": True}
