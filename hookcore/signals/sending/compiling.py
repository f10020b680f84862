"""From a plan to a function: what `calling.py` does in a loop, as straight-line code for just these receivers.

The source depends on the *shape* alone, so it is compiled once for a shape and re-bound for every signal that has it:
receivers are the globals of the function. `docs/dispatch.md` explains it with one printed source.

Why not a loop: a loop pays for unpacking arguments at every receiver; straight-line calls cost what calls cost. Why not
at once: compiling costs what a hundred sends in a loop do.
"""

from __future__ import annotations

import builtins
import inspect
import linecache
from collections.abc import Callable, Mapping, Sequence
from types import CodeType, FunctionType, MethodType
from typing import Any, Final, TypeAlias

from hookcore.signals.arguments.parameters import Parameters
from hookcore.signals.sending.calling import Plan
from hookcore.signals.sending.methods import Way
from hookcore.signals.sending.recursion import explained
from hookcore.signals.sending.shown import GENERATED, ShownSources
from hookcore.signals.sending.sources import Form, Shape, Source, dispatch_source, shape_of, table_source
from hookcore.signals.sending.steps import Step, argument_list, is_certain
from hookcore.signals.sending.wrapping import (
    answered_by,
    copied,
    did_not_yield,
    is_unchanged,
    leave,
    throw_into,
    yielded_twice,
)

LONGEST_STRAIGHT_RUN: Final = 64
"""Above so many receivers the code is cut into runs, so that compiling stays cheap and shapes are met again."""

RUN_LENGTH: Final = 50
MOST_RUNS: Final = 200
MOST_KEPT_SHAPES: Final = 1024
_LARGEST_PRIME_BELOW_2_TO_32: Final = 4_294_967_291
MISSING: Final = object()
"""The default of an argument that a call may leave out, and is then carried out by name."""

Function: TypeAlias = Callable[..., Any]

_VALUES: Final[Mapping[str, object]] = {
    **vars(builtins),
    "bind": MethodType,
    "answered_by": answered_by,
    "copied": copied,
    "did_not_yield": did_not_yield,
    "is_unchanged": is_unchanged,
    "throw_into": throw_into,
    "yielded_twice": yielded_twice,
    "leave": leave,
    "recursion": explained,
    "MISSING": MISSING,
}


class Header:
    """What the function of a way to send looks like from outside: its parameters, its defaults, its names."""

    __slots__ = ("defaults", "documentation", "form", "keyword_defaults", "label", "name")

    def __init__(
        self,
        way: Way,
        name: str,
        parameters: Parameters,
        by_keyword: int,
        guarded: tuple[str, ...] | None,
        documentation: str | None,
    ) -> None:
        names, defaults = parameters.names, parameters.defaults
        positional = names[: len(names) - by_keyword]
        parts = [f"{name}=None" if name in defaults else name for name in names]
        if by_keyword:
            parts.insert(len(positional), "*")
        if guarded is not None:
            parts.append("**$extra")
        self.name = name
        self.label = way.label
        self.documentation = documentation
        self.form = Form(", ".join(parts), names, way.pairs, way.robust, way.firstresult, way.filters, guarded)
        self.defaults = tuple(defaults[name] for name in positional if name in defaults) or None
        self.keyword_defaults = {name: defaults[name] for name in names[len(positional) :] if name in defaults} or None


class _Compiled:
    """What a shape is compiled to, before it is bound to the receivers of a signal."""

    __slots__ = ("code", "lines", "mark", "names", "size")

    def __init__(self, source: Source) -> None:
        text = source.text
        module = compile(text, "<hookcore>", "exec", dont_inherit=True)
        code = next(constant for constant in module.co_consts if isinstance(constant, CodeType))
        # Without a collector that counts, code dies with its function only if it says that it is nested.
        self.code = code.replace(co_flags=code.co_flags | inspect.CO_NESTED)
        self.names = {ours: there for ours, there in source.names.items() if there in code.co_names}
        self.lines = text.splitlines(keepends=True)
        self.size = len(text)
        # Tells the sources of one signal apart, in file names. An import might come when Python is shutting down.
        self.mark = f"{int.from_bytes(text.encode(), 'big') % _LARGEST_PRIME_BELOW_2_TO_32:08x}"


_compiled_shapes: dict[object, _Compiled] = {}
_shown: Final = ShownSources()


class Cut:
    """A plan's receivers, cut into runs that are compiled one by one; `is_possible` is false for what only a loop can.

    That is what awaits, what might lack an argument that it requires, and what is too long and not just a list.
    """

    __slots__ = ("form", "runs", "wrapped")

    def __init__(self, form: Form, plan: Plan) -> None:
        steps = plan.steps
        self.form = form
        self.wrapped = bool(plan.wrappers)
        long = len(steps) > LONGEST_STRAIGHT_RUN
        self.runs: list[Sequence[Step]] = []
        if plan.coroutines or not all(is_certain(step, form.names) for step in steps):
            return
        if not long:
            self.runs = [steps]
        elif not (self.wrapped or (form.pairs and (form.firstresult or form.filters is not None))):
            self.runs = [steps[start : start + RUN_LENGTH] for start in range(0, len(steps), RUN_LENGTH)]

    @property
    def is_possible(self) -> bool:
        """Whether straight-line code can be written for it."""
        return 0 < len(self.runs) <= MOST_RUNS


def shapes_of(form: Form, steps: Sequence[Step]) -> tuple[Shape, ...]:
    """Return what the source depends on."""
    names = form.names
    return tuple(
        [
            shape_of(
                argument_list(step.wanted, names, step.as_pluggy),
                "strong" if step.reference is None else "reference" if step.function is None else "method",
                step.wraps,
            )
            for step in steps
        ]
    )


def compile_send(header: Header, cut: Cut, values: Mapping[str, object], *, outside: bool) -> Function | None:
    """Return the function that carries out a plan; None if there is more to compile: ask again at the next send.

    `values` are what the source calls of a signal's own beside receivers: `way`, `failed`, `by_name` in a guarded
    form, and `signal` for receivers that want it. `outside` is false for what is called by a function of ours.
    """
    form = header.form if outside else header.form.part()
    if len(cut.runs) == 1:
        return _sending(header, form, cut.runs[0], values, outside)
    part = header.form.part()
    shapes = [shapes_of(part, run) for run in cut.runs]
    new = next((each for each in shapes if (part, each) not in _compiled_shapes), None)
    if new is not None:
        _compiled((part, new), lambda: dispatch_source(part, new))
        return None
    runs = {f"run_{index}": _sending(header, part, run, values, False) for index, run in enumerate(cut.runs)}
    form = form._replace(runs=len(runs))
    return _function(_compiled((form, ()), lambda: dispatch_source(form, ())), {**values, **runs}, header, outside)


def _sending(
    header: Header, form: Form, steps: Sequence[Step], values: Mapping[str, object], outside: bool
) -> Function:
    shapes = shapes_of(form, steps)
    compiled = _compiled((form, shapes), lambda: dispatch_source(form, shapes))
    bound = dict(values)
    for index, step in enumerate(steps):
        if step.reference is None:
            bound[f"receiver_{index}"] = step.target
        else:
            bound[f"reference_{index}"] = step.reference
            bound[f"function_{index}"] = step.function
    return _function(compiled, bound, header, outside)


def compile_table(
    header: Header, table: Mapping[int, Function], default: Function | None, values: Mapping[str, object]
) -> Function:
    """Return a function that finds in `table`, by the sender's id, what to call.

    `default` is for all other senders; None calls nobody for them.
    """
    form, reaches_all = header.form, default is not None
    compiled = _compiled(("table", form, reaches_all), lambda: table_source(form, reaches_all))
    return _function(compiled, {**values, "in_table": table.get, "default": default}, header, True)


def printed_source(function: Function) -> str:
    """Return the source of a compiled function, as tracebacks show it."""
    return "".join(linecache.getlines(function.__code__.co_filename))


def _compiled(key: object, source: Callable[[], Source]) -> _Compiled:
    known = _compiled_shapes.get(key)
    if known is None:
        if len(_compiled_shapes) >= MOST_KEPT_SHAPES:
            _compiled_shapes.clear()
        known = _compiled_shapes[key] = _Compiled(source())
    return known


def _function(compiled: _Compiled, values: Mapping[str, object], header: Header, outside: bool) -> Function:
    # A copy of the code for each function: shared code has inline caches that fit none of its users well. The copy also
    # gets a name of its own for tracebacks, under which `linecache` finds the source, as attrs does it.
    code = compiled.code.replace(co_filename=f"{GENERATED}{header.label} {compiled.mark}>", co_name=header.name)
    _shown.show(code, compiled.lines, compiled.size)
    bound = {there: values[ours] if ours in values else _VALUES[ours] for ours, there in compiled.names.items()}
    bound.update(_AROUND)
    bound["signal"] = values["signal"]
    bound[STUB] = values[STUB]
    function = FunctionType(code, bound, header.name, header.defaults if outside else None)
    if outside:
        function.__kwdefaults__ = header.keyword_defaults
    function.__qualname__ = header.label
    function.__doc__ = header.documentation
    return function


STUB: Final = "__stub__"
"""Where the globals of a function that a signal hands out keep the way that is never out of date."""

_AROUND: Final = {"__name__": "hookcore.compiled", "__builtins__": vars(builtins), "__tracebackhide__": True}


def _forwarding(*arguments: Any, **named: Any) -> Any:
    return __stub__(*arguments, **named)  # type: ignore[name-defined]  # noqa: F821


def retire(function: Any) -> None:
    """Let a function that is out of date, and may have been kept, reach whom a fresh one reaches."""
    function.__code__ = _forwarding.__code__
    function.__defaults__ = None
    function.__kwdefaults__ = None
