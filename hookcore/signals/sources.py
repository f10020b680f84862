"""What the compiled code looks like: from the shape of a send to its source text. Nothing is run here.

The names in the source speak for themselves, since people meet them in tracebacks: `receiver_0` is called with the
signal's own parameters, `response` is what it returned. Here each name of ours is written with a `$` in front, so that
they can all step aside where a signal has a parameter of the same name (`Form.aside`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from sys import intern
from typing import NamedTuple, TypeVar

T = TypeVar("T")

INDENT = "    "
RECORDED = "($Exception, $SystemExit)"
"""What a robust send records. KeyboardInterrupt, CancelledError, GeneratorExit and the like are no receiver's fault."""


class Shape:
    """What the source depends on for one receiver.

    `arguments` is its argument list; `held` is "strong", "reference" (weakly) or "method" (bound to a weakly held
    instance); a `wraps` receiver is a generator around the others. `shape_of` makes one object of equal ones, so that
    a hundred of them compare and hash as fast as objects do.
    """

    __slots__ = ("arguments", "held", "is_async", "wraps")

    def __init__(self, arguments: str, held: str, is_async: bool, wraps: bool) -> None:
        self.arguments = arguments
        self.held = held
        self.is_async = is_async
        self.wraps = wraps


shape_of = functools.lru_cache(maxsize=4096)(Shape)


class Form(NamedTuple):
    """What is sent and what comes back.

    `header` is the parameter list of the function, `forward` the argument list that hands everything on to a part of
    it (and the parameter list of that part). `returns` is "pairs" (of receiver and response, Django's answer) or
    "results" (that are not None, pluggy's). Four say what stands in the middle: a call of `inner`, so many `runs`,
    blocking receivers `now` in a thread before the coroutines, coroutines `later` after the blocking ones. `aside` is
    by how many underscores the names of ours step aside for a parameter of the same name. With `collects`, what the
    header does not name is in the mapping `named`. Unless `guarded` is None, a send that lacks one of these names, or
    has others, goes to `by_name` instead, as two mappings. Without `misses`, nobody is called for a sender that no
    receiver waits for. A part that `asks` puts a None behind its pairs if nobody in it gave the first result.
    """

    header: str
    forward: str
    returns: str = "pairs"
    robust: bool = False
    awaits: bool = False
    firstresult: bool = False
    inner: bool = False
    runs: int = 0
    now: bool = False
    later: bool = False
    aside: int = 0
    collects: bool = False
    guarded: tuple[str, ...] | None = None
    misses: bool = True
    asks: bool = False

    def part(self, *, awaits: bool) -> Form:
        """The form of a part that does some of the calls and hands back what they gave."""
        return self._replace(
            header=self.forward, awaits=awaits, inner=False, runs=0, now=False, later=False, guarded=None, asks=False
        )

    def asking_part(self) -> Form:
        """The form of a part that does some of the calls, behind which others are made if none of these answers."""
        return self.part(awaits=False)._replace(asks=self.firstresult and self.returns == "pairs")

    @property
    def empty(self) -> str:
        """What comes back when nobody is called."""
        return "None" if self.firstresult and self.returns == "results" else "[]"


def dispatch_source(form: Form, shapes: Sequence[Shape], name: str = "send") -> str:
    """Return the source of the function that calls receivers of these shapes in order, wrappers around the others."""
    wrappers = [index for index, shape in enumerate(shapes) if shape.wraps]
    plain = [index for index, shape in enumerate(shapes) if not shape.wraps]
    lines = [f"{'async ' if form.awaits else ''}def {name}({form.header}):"]
    lines += _indented(_guard(form, "await " if form.awaits else ""))
    if not shapes and not (form.inner or form.runs or form.now or form.later):
        return _named(form, [*lines, f"{INDENT}return {form.empty}"])
    body = [*_core(form, shapes, plain, bool(wrappers))]
    for index in reversed(wrappers):
        enclose = _enclosed_robustly if form.robust else _enclosed
        body = [*enclose(index, shapes[index], body)]
    if wrappers:
        body.append("return $result")
    lines += _indented(
        ["try:", *_indented(body), "except $RecursionError as $error:", f"{INDENT}raise $recursion($error)"]
    )
    return _named(form, lines)


def table_source(form: Form, name: str = "send") -> str:
    """Return the source of a send that looks up by the sender whom to call. `in_table` is a dictionary's `get`."""
    sender = "sender" if "sender" in form.forward.split(", ") else "named.get('sender')" if form.collects else "None"
    if form.misses:
        call = [f"return $in_table($id({sender}), $default)({form.forward})"]
    else:
        call = [
            f"$found = $in_table($id({sender}))",
            f"return {form.empty} if $found is None else $found({form.forward})",
        ]
    return _named(form, [f"def {name}({form.header}):", *_indented([*_guard(form), *call])])


def watched_source(form: Form, name: str = "send") -> str:
    """Return the source of a send that is handed to a monitor, with its arguments as a mapping."""
    call = f"return $watch(lambda: $inner({form.forward}), {_given(form)})"
    return _named(form, [f"def {name}({form.header}):", *_indented([*_guard(form), call])])


def _guard(form: Form, awaited: str = "") -> list[str]:
    if form.guarded is None:
        return []
    wrong = " or ".join(["$extra", *(f"{name} is $MISSING" for name in form.guarded)])
    return [f"if {wrong}:", f"{INDENT}return {awaited}$by_name({_given(form)}, $extra)"]


def _given(form: Form) -> str:
    """The arguments of a send as the text of a dictionary."""
    names = [item for item in form.forward.split(", ") if item]
    items = (f"**{item}" if form.collects and item == "named" else f"{item!r}: {item}" for item in names)
    return f"{{{', '.join(items)}}}"


def stepping_aside(parameters: Iterable[str]) -> int:
    """Return by how many underscores our names must step aside, so that none is a parameter's name."""
    clashing = [name for name in parameters if _is_ours(name.lstrip("_"))]
    return max((len(name) - len(name.lstrip("_")) + 1 for name in clashing), default=0)


def set_aside(names: Mapping[str, T], form: Form) -> Mapping[str, T]:
    """Return bindings under the names that the source of `form` uses. `signal` stays: no argument has that name."""
    if not form.aside:
        return names
    return {name if name == "signal" else "_" * form.aside + name: value for name, value in names.items()}


def target_names(form: Form, shapes: Sequence[Shape]) -> tuple[tuple[str, ...], tuple[tuple[str, int], ...]]:
    """Return the names that the source has for the targets of `shapes`; and for the functions of those that are bound
    to weakly held instances, each with its index."""
    prefix = "_" * form.aside
    kinds = ["receiver" if shape.held == "strong" else "reference" for shape in shapes]
    targets = [intern(f"{prefix}{kind}_{index}") for index, kind in enumerate(kinds)]  # the code has the same strings
    functions = [(f"{prefix}function_{index}", index) for index, shape in enumerate(shapes) if shape.held == "method"]
    return tuple(targets), tuple(functions)


_NUMBERED = frozenset(("receiver", "wrapper", "reference", "function", "instance", "response", "run"))
_OURS = frozenset(
    [
        "response",
        "responses",
        "result",
        "results",
        "pairs",
        "error",
        "stop",
        "receivers",
        "coroutine",
        "coroutines",
        "now",
        "later",
        "inner",
        "failed",
        "recursion",
        "together",
        "guarded",
        "in_thread",
        "run_coroutine",
        "bind",
        "unanswered",
        "did_not_yield",
        "picked",
        "leading",
        "yielded_twice",
        "throw_into",
        "entered",
        "left",
        "passed_by",
        "in_table",
        "default",
        "watch",
        "extra",
        "by_name",
        "found",
        "MISSING",
        "id",
        "next",
        "zip",
        "Exception",
        "BaseException",
        "SystemExit",
        "RecursionError",
        "StopIteration",
    ]
)


def _is_ours(name: str) -> bool:
    """Tell whether generated code uses a name for something of its own."""
    kind, _, number = name.rpartition("_")
    return name in _OURS or (kind in _NUMBERED and number.isdecimal())


def _named(form: Form, lines: Iterable[str]) -> str:
    return "\n".join([*lines, ""]).replace("$", "_" * form.aside)


# -- what stands in the middle ----------------------------------------------------------------------------------


def _core(form: Form, shapes: Sequence[Shape], plain: Sequence[int], wrapped: bool) -> Iterator[str]:
    """The calls themselves. Their outcome is returned, or left in `result` where wrappers want to see it."""
    give = "$result = " if wrapped else "return "
    if form.inner:
        yield f"{give}{'await ' if form.awaits else ''}$inner({form.forward})"
    elif form.firstresult:
        yield from _first_result(form, shapes, plain, wrapped)
    elif form.returns == "results":
        yield from _all_results(form, shapes, plain, give)
    else:
        yield from _all_pairs(form, shapes, plain, give)


def _all_pairs(form: Form, shapes: Sequence[Shape], plain: Sequence[int], give: str) -> Iterator[str]:
    first = _first_pairs(form)
    strong = all(shapes[index].held == "strong" for index in plain)
    if form.awaits:
        yield from _awaited_pairs(form, shapes, plain, give, first)
        return
    if first is None and strong and not form.later:
        if form.robust:
            for index in plain:
                yield from _guarded_call(index, shapes[index], f"$response_{index}")
            yield from _list_of(give, [f"($receiver_{index}, $response_{index})" for index in plain])
        else:
            yield from _list_of(give, [f"($receiver_{i}, $receiver_{i}({shapes[i].arguments}))" for i in plain])
        return
    yield f"$pairs = {first or '[]'}"
    for index in plain:
        yield from _resolved(index, shapes[index], _pair_appended(form, index, shapes[index]))
    if form.later:
        yield f"$pairs += $run_coroutine($later, {form.forward})"
    yield f"{give}$pairs"


def _first_pairs(form: Form) -> str | None:
    """What the list of pairs starts with, if not with a receiver called right here."""
    if form.runs:
        return f"[{', '.join(f'*$run_{index}({form.forward})' for index in range(form.runs))}]"
    if form.now:
        return f"await $in_thread($now, {form.forward})"
    return None


def _pair_appended(form: Form, index: int, shape: Shape) -> list[str]:
    if not form.robust:
        return [f"$pairs.append(($receiver_{index}, $receiver_{index}({shape.arguments})))"]
    return [*_guarded_call(index, shape, "$response"), f"$pairs.append(($receiver_{index}, $response))"]


def _awaited_pairs(
    form: Form, shapes: Sequence[Shape], plain: Sequence[int], give: str, first: str | None
) -> Iterator[str]:
    strong = all(shapes[index].held == "strong" for index in plain)
    if first is None and strong and len(plain) == 1 and not form.robust:
        (index,) = plain
        yield from _list_of(give, [f"($receiver_{index}, await $receiver_{index}({shapes[index].arguments}))"])
        return
    yield f"$pairs = {first or '[]'}"
    if plain:
        yield "$receivers = []"
        yield "$coroutines = []"
        lines: list[str] = []
        for index in plain:
            start = f"$guarded($failed, $receiver_{index}, {shapes[index].arguments})" if form.robust else None
            coroutine = start or f"$receiver_{index}({shapes[index].arguments})"
            lines += _resolved(
                index, shapes[index], [f"$receivers.append($receiver_{index})", f"$coroutines.append({coroutine})"]
            )
        lines.append("$pairs += $zip($receivers, await $together($coroutines))")
        # Where one cannot even be started (a receiver refuses its arguments, the stack is full), none is left behind.
        # Written out, since a full stack has no room for a call.
        closing = ["for $coroutine in $coroutines:", f"{INDENT}$coroutine.close()", "raise"]
        yield from ["try:", *_indented(lines), "except $BaseException:", *_indented(closing)]
    yield f"{give}$pairs"


def _all_results(form: Form, shapes: Sequence[Shape], plain: Sequence[int], give: str) -> Iterator[str]:
    yield f"$results = {_first_pairs(form) or '[]'}"
    for index in plain:
        shape = shapes[index]
        yield from _resolved(
            index,
            shape,
            [
                f"$response = $receiver_{index}({shape.arguments})",
                "if $response is not None:",
                f"{INDENT}$results.append($response)",
            ],
        )
    yield f"{give}$results"


def _first_result(form: Form, shapes: Sequence[Shape], plain: Sequence[int], wrapped: bool) -> Iterator[str]:
    """Call one after the other until one answers. Inside wrappers a loop that runs once is what `break` leaves."""
    results = form.returns == "results"
    outcome = "$response" if results else "$pairs"
    found = ["break"] if wrapped else [f"return {outcome}"]
    lines: list[str] = []
    if not results:
        lines.append(f"$pairs = {_first_pairs(form) if form.now else '[]'}")
        if form.now:
            lines += ["if not $unanswered($pairs):", *_indented(found)]
    for index in range(form.runs):
        if results:
            lines += [f"$response = $run_{index}({form.forward})", "if $response is not None:", *_indented(found)]
        else:
            lines += [f"$pairs += $run_{index}({form.forward})", "if not $unanswered($pairs):"]
            lines += _indented(found)
    for index in plain:
        lines += _resolved(index, shapes[index], _first_result_call(form, index, shapes[index], found))
    if form.later:
        lines.append(f"$pairs += $run_coroutine($later, {form.forward})")
    if form.asks:
        lines.append("$pairs.append(None)")
    if not wrapped:
        yield from lines
        yield f"return {'None' if results else '$pairs'}"
        return
    if results:
        lines.append("$response = None")
    yield "while True:"
    yield from _indented([*lines, "break"])
    yield f"$result = {outcome}"


def _first_result_call(form: Form, index: int, shape: Shape, found: list[str]) -> list[str]:
    awaited = "await " if form.awaits else ""
    call = [f"$response = {awaited}$receiver_{index}({shape.arguments})"]
    answered = ["if $response is not None:", *_indented(found)]
    if form.returns == "results":
        return [*call, *answered]
    if not form.robust:
        return [*call, f"$pairs.append(($receiver_{index}, $response))", *answered]
    # A failure is recorded, and the next receiver is asked.
    failure = [f"$response = $failed($receiver_{index}, $error)", f"$pairs.append(($receiver_{index}, $response))"]
    success = [f"$pairs.append(($receiver_{index}, $response))", *answered]
    return [
        "try:",
        *_indented(call),
        f"except {RECORDED} as $error:",
        *_indented(failure),
        "else:",
        *_indented(success),
    ]


# -- one receiver -----------------------------------------------------------------------------------------------


def _guarded_call(index: int, shape: Shape, response: str) -> list[str]:
    return [
        "try:",
        f"{INDENT}{response} = $receiver_{index}({shape.arguments})",
        f"except {RECORDED} as $error:",
        f"{INDENT}{response} = $failed($receiver_{index}, $error)",
    ]


def _resolved(index: int, shape: Shape, lines: list[str]) -> list[str]:
    """Put `lines`, which use a receiver, behind the look whether it still exists."""
    if shape.held == "strong":
        return lines
    if shape.held == "reference":
        found, bound = f"$receiver_{index}", []
    else:
        found, bound = f"$instance_{index}", [f"$receiver_{index} = $bind($function_{index}, $instance_{index})"]
    return [f"{found} = $reference_{index}()", f"if {found} is not None:", *_indented([*bound, *lines])]


def _list_of(give: str, items: list[str]) -> Iterator[str]:
    """A list, an item a line, so that a traceback's line names the receiver."""
    yield f"{give}["
    yield from (f"{INDENT}{item}," for item in items)
    yield "]"


# -- wrappers ---------------------------------------------------------------------------------------------------


def _enclosed(index: int, shape: Shape, body: list[str]) -> Iterator[str]:
    """Run `body`, which leaves `result`, inside the wrapper: up to its yield before, the rest after."""
    yield f"$wrapper_{index} = $receiver_{index}({shape.arguments})"
    yield "try:"
    yield f"{INDENT}$next($wrapper_{index})"
    yield "except $StopIteration:"
    yield f"{INDENT}$did_not_yield($wrapper_{index})"
    yield "try:"
    yield from _indented(body)
    yield "except $BaseException as $error:"
    yield f"{INDENT}$result = $throw_into($wrapper_{index}, $error)"
    yield "else:"
    yield f"{INDENT}try:"
    yield f"{INDENT * 2}$wrapper_{index}.send($result)"
    yield f"{INDENT}except $StopIteration as $stop:"
    yield f"{INDENT * 2}$result = $stop.value"
    yield f"{INDENT}else:"
    yield f"{INDENT * 2}$yielded_twice($wrapper_{index})"


def _enclosed_robustly(index: int, shape: Shape, body: list[str]) -> Iterator[str]:
    """The same where a wrapper's fault is recorded as one more response."""
    yield f"$wrapper_{index} = $entered($failed, $receiver_{index}, {shape.arguments})"
    yield "try:"
    yield from _indented(body)
    yield "except $BaseException as $error:"
    yield f"{INDENT}$result = $passed_by($wrapper_{index}, $error)"
    yield "else:"
    yield f"{INDENT}$result = $left($failed, $receiver_{index}, $wrapper_{index}, $result)"


def _indented(lines: Sequence[str]) -> list[str]:
    return [INDENT + line for line in lines]
