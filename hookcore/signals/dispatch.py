"""How a send is carried out: straight-line code, compiled for the receivers that are to be called.

This room takes plain values and knows no signal and no manager. `compile_dispatch` gets a `Form` (what is sent and
what comes back) and `Step`s (whom to call, in order, with which argument list) and returns a function. The source
depends on the *shape* alone, so it is compiled once for a shape and re-bound for every signal that has it: receivers
are the globals of the function. `docs/dispatch.md` explains it with one printed source.

Why not a loop: a loop pays for unpacking arguments at every receiver; straight-line calls cost what calls cost.
"""

from __future__ import annotations

import builtins
import linecache
from collections.abc import Callable, Mapping, Sequence
from types import CodeType, FunctionType, MethodType
from typing import Any, Final, NamedTuple, TypeAlias

from hookcore.signals import wrapping
from hookcore.signals.arguments import leading, picked
from hookcore.signals.shown import GENERATED, ShownSources
from hookcore.signals.sources import (
    Form,
    Shape,
    dispatch_source,
    set_aside,
    table_source,
    target_names,
    watched_source,
)

LONGEST_STRAIGHT_RUN: Final = 64
"""Above so many receivers the code is cut into runs, so that compiling stays cheap and shapes are met again."""

RUN_LENGTH: Final = 50
MOST_NESTED_WRAPPERS: Final = 6
MOST_KEPT_SHAPES: Final = 1024
_LARGEST_PRIME_BELOW_2_TO_32: Final = 4_294_967_291
MISSING: Final = object()
"""The default of an argument that pluggy's rules let a call leave out."""

Function: TypeAlias = Callable[..., Any]


Step: TypeAlias = tuple[Shape, Any]
"""One receiver to call: what the source depends on, and the callable or the weak reference."""


class Outside(NamedTuple):
    """What the outermost function has that its parts have not: a name for tracebacks, defaults, documentation."""

    signal: str
    method: str
    defaults: tuple[object, ...] | None = None
    keyword_defaults: Mapping[str, object] | None = None
    doc: str | None = None

    def part(self) -> Outside:
        """The same for a part: all its arguments are given."""
        return Outside(self.signal, self.method)


class _Compiled:
    """What a shape is compiled to, before it is bound to the receivers of a signal."""

    __slots__ = ("always", "code", "functions", "given", "has_inner_code", "lines", "mark", "size", "targets")

    def __init__(self, form: Form, shapes: Sequence[Shape], text: str) -> None:
        module = compile(text, "<hookcore>", "exec", dont_inherit=True)
        self.code = next(constant for constant in module.co_consts if isinstance(constant, CodeType))
        self.has_inner_code = bool(_inner_code(self.code))  # such as that of a lambda
        # The names of the receivers; and of what is bound to weakly held instances, each with its place among them.
        self.targets, self.functions = target_names(form, shapes)
        # Only what the code names: most functions use their receivers and nothing else.
        names = _names_in(self.code)
        self.always = {
            **_OF_A_MODULE,
            **{name: ours for name, ours in set_aside(_ALWAYS, form).items() if name in names},
        }
        self.always.update(
            (name, _concurrently(ours)) for name, ours in set_aside(_CONCURRENT, form).items() if name in names
        )
        self.given = [(name, ours) for name, ours in set_aside(_GIVEN, form).items() if name in names]
        self.lines = text.splitlines(keepends=True)
        self.size = len(text)
        # Tells the sources of one signal apart, in file names. An import might come when Python is shutting down.
        self.mark = f"{int.from_bytes(text.encode(), 'big') % _LARGEST_PRIME_BELOW_2_TO_32:08x}"


_compiled_shapes: dict[object, _Compiled] = {}
_shown: Final = ShownSources()


def unanswered(pairs: list[tuple[object, object] | None]) -> bool:
    """Tell whether nobody has answered in the part that was asked last, and take out the None by which it says so."""
    if not pairs or pairs[-1] is not None:
        return False
    pairs.pop()
    return True


_ALWAYS: Final[Mapping[str, object]] = {
    **wrapping.NAMES,
    "unanswered": unanswered,
    "bind": MethodType,
    "leading": leading,
    "picked": picked,
    "id": id,
    "next": next,
    "zip": zip,
    "Exception": Exception,
    "BaseException": BaseException,
    "SystemExit": SystemExit,
    "RecursionError": RecursionError,
    "StopIteration": StopIteration,
    "MISSING": MISSING,
}
_OF_A_MODULE: Final[Mapping[str, object]] = {
    "__builtins__": vars(builtins),  # of this interpreter, whoever compiles: one that runs code restricts its own
    "__name__": "hookcore.compiled",
    "__tracebackhide__": True,  # pytest leaves such frames out
}
_CONCURRENT: Final = {name: name for name in ("together", "guarded", "in_thread", "run_coroutine")}
_GIVEN: Final = {name: name for name in ("failed", "recursion", "by_name", "signal")}


def _concurrently(name: str) -> object:
    from hookcore.signals import concurrency  # only sends with coroutines need it

    return getattr(concurrency, name)


def compile_dispatch(form: Form, steps: Sequence[Step], values: Mapping[str, object], outside: Outside) -> Function:
    """Return the function that calls `steps` in order, wrappers around the others.

    `values` are what the source calls of a signal's own beside receivers: `failed`, `recursion`, `by_name` in a guarded
    form, and `signal` for receivers that want it.
    """
    shapes = tuple([shape for shape, _ in steps])
    known = _compiled_shapes.get((form, shapes))
    if known is not None:  # so it needs no cutting either
        return _bound(known, steps, {}, values, outside)
    different = set(shapes)  # a hundred receivers have a few
    wrappers = [step for step in steps if step[0].wraps] if any(shape.wraps for shape in different) else []
    others = [step for step in steps if not step[0].wraps] if wrappers else steps
    bindings: dict[str, object] = {}
    if len(wrappers) > MOST_NESTED_WRAPPERS:
        inner = [*wrappers[MOST_NESTED_WRAPPERS:], *others]
        bindings["inner"] = compile_dispatch(form.part(awaits=form.awaits), inner, values, outside.part())
        form, wrappers, others = form._replace(inner=True), wrappers[:MOST_NESTED_WRAPPERS], []
    if form.returns == "pairs" and (form.awaits or any(shape.is_async for shape in different)):
        coroutines = [step for step in others if step[0].is_async]
        blocking = [step for step in others if not step[0].is_async]
        if form.awaits and blocking:
            bindings["now"] = compile_dispatch(form.asking_part(), blocking, values, outside.part())
            form, others = form._replace(now=True), coroutines
        elif coroutines and not form.awaits:
            bindings["later"] = compile_dispatch(form.part(awaits=True), coroutines, values, outside.part())
            form, others = form._replace(later=True), blocking
    if len(others) > LONGEST_STRAIGHT_RUN and not form.awaits:
        runs = [others[start : start + RUN_LENGTH] for start in range(0, len(others), RUN_LENGTH)]
        part = form.asking_part()
        for index, run in enumerate(runs):
            bindings[f"run_{index}"] = compile_dispatch(part, run, values, outside.part())
        form, others = form._replace(runs=len(runs)), []
    steps = [*wrappers, *others]
    shapes = tuple([shape for shape, _ in steps])
    compiled = _compile((form, shapes), form, shapes, lambda: dispatch_source(form, shapes))
    return _bound(compiled, steps, set_aside(bindings, form), values, outside)


def compile_table(
    form: Form, table: Mapping[int, Function], default: Function, values: Mapping[str, object], outside: Outside
) -> Function:
    """Return a function that finds in `table`, by the sender's id, what to call; `default` is for all other senders."""
    compiled = _compile(("table", form), form, (), lambda: table_source(form))
    return _function(compiled, set_aside({"in_table": table.get, "default": default}, form), values, outside)


def compile_watched(
    form: Form, inner: Function, watch: Function, values: Mapping[str, object], outside: Outside
) -> Function:
    """Return a function that hands the call of `inner` to `watch`, with the arguments as a mapping."""
    compiled = _compile(("watched", form), form, (), lambda: watched_source(form))
    return _function(compiled, set_aside({"inner": inner, "watch": watch}, form), values, outside)


def printed_source(function: Function) -> str:
    """Return the source of a compiled function, as tracebacks show it."""
    return "".join(linecache.getlines(function.__code__.co_filename))


def _bound(
    compiled: _Compiled,
    steps: Sequence[Step],
    bindings: Mapping[str, object],
    values: Mapping[str, object],
    outside: Outside,
) -> Function:
    """Bind compiled code to these very receivers."""
    bound: dict[str, object] = dict(zip(compiled.targets, [target for _, target in steps], strict=True))
    for name, index in compiled.functions:
        bound[name] = steps[index][1].function
    bound.update(bindings)
    return _function(compiled, bound, values, outside)


def _compile(key: object, form: Form, shapes: Sequence[Shape], source: Callable[[], str]) -> _Compiled:
    known = _compiled_shapes.get(key)
    if known is None:
        if len(_compiled_shapes) >= MOST_KEPT_SHAPES:
            _compiled_shapes.clear()
        known = _compiled_shapes[key] = _Compiled(form, shapes, source())
    return known


def _names_in(code: CodeType) -> set[str]:
    """Return the names that code looks up, lambdas and comprehensions in it included."""
    return {*code.co_names, *(name for part in _inner_code(code) for name in _names_in(part))}


def _inner_code(code: CodeType) -> list[CodeType]:
    return [constant for constant in code.co_consts if isinstance(constant, CodeType)]


def _in_file(code: CodeType, file_name: str) -> CodeType:
    """Return code of which all that stands in it, too, has this file name."""
    constants = [_in_file(each, file_name) if isinstance(each, CodeType) else each for each in code.co_consts]
    return code.replace(co_filename=file_name, co_consts=tuple(constants))


def _function(
    compiled: _Compiled, bindings: Mapping[str, object], values: Mapping[str, object], outside: Outside
) -> Function:
    # A copy of the code for each function: shared code has inline caches that fit none of its users well. The copy also
    # gets a name of its own for tracebacks, under which `linecache` finds the source, as attrs does it.
    signal, method, defaults, keyword_defaults, doc = outside
    file_name = f"{GENERATED}{signal}.{method} {compiled.mark}>"
    code = compiled.code.replace(co_filename=file_name, co_name=method)
    if compiled.has_inner_code:
        code = _in_file(code, file_name)
    _shown.show(code, compiled.lines, compiled.size)
    given = {name: values[ours] for name, ours in compiled.given if ours in values}
    function = FunctionType(code, {**compiled.always, **given, **bindings}, method, defaults)
    if keyword_defaults is not None:
        function.__kwdefaults__ = dict(keyword_defaults)
    function.__qualname__ = f"{signal}.{method}"
    function.__doc__ = doc
    return function
