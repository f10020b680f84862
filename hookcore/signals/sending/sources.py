"""What compiled code looks like: from the shape of a send to its source text. Nothing is run here.

The names in the source speak for themselves, since people meet them in tracebacks: `receiver_0` is called with the
signal's own parameters, `response` is what it returned. Here each name of ours is written with a `$` in front, so that
all can step aside, by underscores, where a signal has a parameter of the same name.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

INDENT = "    "
MOST_NESTED_WRAPPERS = 6
_OURS = re.compile(r"\$(\w+)")


class Shape:
    """What the source depends on for one receiver.

    `arguments` is its argument list; `held` is "strong", "reference" (weakly) or "method" (bound to a weakly held
    instance); a `wraps` receiver is a generator around the others. `shape_of` makes one object of equal ones, so that
    a hundred of them compare and hash as fast as objects do.
    """

    __slots__ = ("arguments", "held", "wraps")

    def __init__(self, arguments: str, held: str, wraps: bool) -> None:
        self.arguments = arguments
        self.held = held
        self.wraps = wraps


shape_of = functools.lru_cache(maxsize=4096)(Shape)


class Form(NamedTuple):
    """What is sent and what comes back.

    `header` is the parameter list of the function and `names` its parameters. What comes back is as `calling.Way` says.
    With `guarded`, a send that lacks one of these names, or has others, goes to `by_name` instead, as two mappings.
    The receivers may be cut into `runs`, each a function of its own.
    """

    header: str
    names: tuple[str, ...]
    pairs: bool
    robust: bool
    firstresult: bool
    filters: str | None
    guarded: tuple[str, ...] | None = None
    runs: int = 0

    def part(self) -> Form:
        """The form of a part that does some of the calls and hands back what they gave."""
        return self._replace(header=", ".join(self.names), guarded=None, runs=0)


class Source(NamedTuple):
    """A source text, and the names of ours in it: as we write them, and as they are there."""

    text: str
    names: dict[str, str]


def dispatch_source(form: Form, shapes: Sequence[Shape]) -> Source:
    """Return the source of the function that calls receivers of these shapes in order, wrappers around the others."""
    lines = [f"def send({form.header}):", *_indented(_guard(form))]
    if not shapes and not form.runs:
        return _finished(form, [*lines, f"{INDENT}return {_nothing(form)}"])
    body = [*_wrapped(form, shapes)] if any(shape.wraps for shape in shapes) else [*_plain(form, shapes)]
    handler = ["except $RecursionError as $error:", f"{INDENT}raise $recursion($error)"]
    return _finished(form, [*lines, *_indented(["try:", *_indented(body), *handler])])


def table_source(form: Form, reaches_all: bool) -> Source:
    """Return the source of a send that looks up by the sender whom to call. `in_table` is a dictionary's `get`.

    Unless it `reaches_all`, nobody is called for a sender that no receiver waits for.
    """
    sender = "sender" if "sender" in form.names else "None"
    names = ", ".join(form.names)
    calls = [f"return $in_table($id({sender}), $default)({names})"]
    if not reaches_all:
        calls = [
            f"$found = $in_table($id({sender}))",
            f"return {_nothing(form)} if $found is None else $found({names})",
        ]
    return _finished(form, [f"def send({form.header}):", *_indented([*_guard(form), *calls])])


def _finished(form: Form, lines: Iterable[str]) -> Source:
    text = "\n".join([*lines, ""])
    ours = dict.fromkeys(_OURS.findall(text))
    aside = ""
    while any(aside + name in form.names for name in ours):
        aside += "_"
    return Source(text.replace("$", aside), {name: aside + name for name in ours})


def _guard(form: Form) -> list[str]:
    if form.guarded is None:
        return []
    wrong = " or ".join(["$extra", *(f"{name} is $MISSING" for name in form.guarded)])
    given = ", ".join(f"{name!r}: {name}" for name in form.names)
    return [f"if {wrong}:", f"{INDENT}return $by_name({{{given}}}, $extra)"]


# -- calls without wrappers -------------------------------------------------------------------------------------


def _plain(form: Form, shapes: Sequence[Shape]) -> Iterator[str]:
    if form.runs:
        yield from _runs(form)
    elif form.pairs and not _is_one(form) and all(shape.held == "strong" for shape in shapes):
        calls = [_call(index, shape) for index, shape in enumerate(shapes)]
        if form.robust:
            for index, call in enumerate(calls):
                yield from _recorded(index, [f"$response_{index} = {call}"], f"$response_{index} = ")
            calls = [f"$response_{index}" for index in range(len(shapes))]
        yield from ["return [", *(f"{INDENT}($receiver_{index}, {call})," for index, call in enumerate(calls)), "]"]
    else:
        if form.pairs or not _is_one(form):
            yield "$pairs = []" if form.pairs else "$answer = []"
        for index, shape in enumerate(shapes):
            found = f"return {'$pairs' if form.pairs else '$response'}"
            yield from _resolved(index, shape, _noted(form, index, shape, form.pairs, not form.pairs, found))
        yield f"return {'$pairs' if form.pairs else _nobodys_answer(form) if _is_one(form) else '$answer'}"


def _runs(form: Form) -> Iterator[str]:
    calls = [f"$run_{index}({', '.join(form.names)})" for index in range(form.runs)]
    if form.filters is not None:
        yield from (f"{form.filters} = {call}" for call in calls)
        yield f"return {form.filters}"
    elif form.firstresult:
        for call in calls:
            yield from [f"$response = {call}", "if $response is not None:", f"{INDENT}return $response"]
        yield "return None"
    else:
        yield f"return [{', '.join(f'*{call}' for call in calls)}]"


def _is_one(form: Form) -> bool:
    """Tell whether the answer of a send is one value, and no list."""
    return form.firstresult or form.filters is not None


def _nothing(form: Form) -> str:
    """What a send gives back that calls nobody."""
    return "[]" if form.pairs or not _is_one(form) else _nobodys_answer(form)


def _nobodys_answer(form: Form) -> str:
    """That value when no receiver, or none of those left, has given it."""
    return form.filters or "None"


# -- one receiver -----------------------------------------------------------------------------------------------


def _call(index: int, shape: Shape) -> str:
    """Every call of a receiver is written here."""
    return f"$receiver_{index}({shape.arguments})"


def _noted(form: Form, index: int, shape: Shape, pairs: bool, answers: bool, found: str) -> list[str]:
    """Call a receiver, and note its response in `pairs`, in `answers`, or in both; `found` ends a first result."""
    noted = [f"$pairs.append(($receiver_{index}, $response))"] if pairs else []
    if form.firstresult:
        noted += ["if $response is not None:", f"{INDENT}{found}"]
    elif form.filters is not None:
        noted += ["if $response is not None:", f"{INDENT}{form.filters} = $response"]
    elif answers:
        noted += ["if $response is not None:", f"{INDENT}$answer.append($response)"]
    call = f"$response = {_call(index, shape)}"
    if not form.robust:
        return [call, *noted]
    return _recorded(index, [call], "", f"$pairs.append(($receiver_{index}, {{}}))" if pairs else "{}", noted)


def _recorded(
    index: int, calls: list[str], take: str, pattern: str = "{}", noted: list[str] | None = None
) -> list[str]:
    failure = take + pattern.format(f"$failed($receiver_{index}, $error)")
    after = ["else:", *_indented(noted)] if noted else []
    return ["try:", *_indented(calls), "except $BaseException as $error:", f"{INDENT}{failure}", *after]


def _resolved(index: int, shape: Shape, lines: list[str]) -> list[str]:
    """Put `lines`, which use a receiver, behind the look whether it still exists."""
    if shape.held == "strong":
        return lines
    if shape.held == "reference":
        found, bound = f"$receiver_{index}", []
    else:
        found, bound = f"$instance_{index}", [f"$receiver_{index} = $bind($function_{index}, $instance_{index})"]
    return [f"{found} = $reference_{index}()", f"if {found} is not None:", *_indented([*bound, *lines])]


# -- wrappers ---------------------------------------------------------------------------------------------------


def _wrapped(form: Form, shapes: Sequence[Shape]) -> Iterator[str]:
    """Call the others inside the wrappers, which stand around them or, where that goes too deep, are kept in a list."""
    wrappers = [index for index, shape in enumerate(shapes) if shape.wraps]
    if form.robust or len(wrappers) > MOST_NESTED_WRAPPERS or any(shapes[index].held != "strong" for index in wrappers):
        yield from _listed(form, shapes, wrappers)
        return
    body = [*_answered(form, shapes)]
    for index in reversed(wrappers):
        body = [*_enclosed(form, index, shapes[index], body)]
    yield from [*body, f"return {'$pairs' if form.pairs else '$answer'}"]


def _answered(form: Form, shapes: Sequence[Shape]) -> Iterator[str]:
    """Call the receivers that are no wrappers, and leave the `answer` that a wrapper sees, and the `pairs`."""
    if form.pairs:
        yield "$pairs = []"
    if not _is_one(form):
        yield "$answer = []"
    calls: list[str] = []
    for index, shape in enumerate(shapes):
        if not shape.wraps:
            calls += _resolved(index, shape, _noted(form, index, shape, form.pairs, True, "break"))
    if form.firstresult:  # a loop that runs once is what `break` leaves
        calls = ["while True:", *_indented([*calls, "$response = None", "break"]), "$answer = $response"]
    yield from calls
    if form.filters is not None:
        yield f"$answer = {form.filters}"


def _enclosed(form: Form, index: int, shape: Shape, body: list[str]) -> Iterator[str]:
    """Run `body` inside a wrapper: up to its yield before, the rest after."""
    replaced = f"$pairs = $answered_by($receiver_{index}, $returned, {_is_one(form)})"
    unchanged = ["if not $is_unchanged($before, $returned):", f"{INDENT}{replaced}"] if form.pairs else []
    left = [] if form.filters is None else ["if $returned is None:", f"{INDENT}$returned = {form.filters}"]
    yield from _entered(index, shape, f"$wrapper_{index}")
    yield from ["try:", *_indented(body), "except $BaseException as $error:"]
    yield from _indented([f"$returned = $throw_into($wrapper_{index}, $error)", *left])
    yield from _indented([*([replaced] if form.pairs else []), "$answer = $returned"])
    yield "else:"
    if form.pairs:
        yield f"{INDENT}$before = $copied($answer)"
    yield from _indented(["try:", f"{INDENT}$wrapper_{index}.send($answer)", "except $StopIteration as $stop:"])
    yield from _indented(_indented(["$returned = $stop.value", *left, *unchanged, "$answer = $returned"]))
    yield from _indented(["else:", f"{INDENT}$yielded_twice($wrapper_{index})"])


def _entered(index: int, shape: Shape, wrapper: str) -> list[str]:
    start = [f"{wrapper} = {_call(index, shape)}", "try:", f"{INDENT}$next({wrapper})"]
    return [*start, "except $StopIteration:", f"{INDENT}$did_not_yield({wrapper})"]


def _listed(form: Form, shapes: Sequence[Shape], wrappers: Sequence[int]) -> Iterator[str]:
    """Enter the wrappers, call the others, and let `leave` do the rest."""
    body: list[str] = []
    for index in wrappers:
        shape = shapes[index]
        lines = _entered(index, shape, "$wrapper")
        lines = _recorded(index, lines, "$wrapper = ") if form.robust else lines
        body += _resolved(index, shape, [*lines, f"$entered.append(($receiver_{index}, $wrapper))"])
    answer = form.filters or ("None" if form.firstresult else "[]")
    yield from ["$entered = []", "$pairs = []", f"$answer = {answer}", "$failure = None"]
    yield from ["try:", *_indented([*body, *_answered(form, shapes)])]
    yield from ["except $BaseException as $error:", f"{INDENT}$failure = $error"]
    if form.filters is not None:
        yield f"$answer = {form.filters}"
    yield "return $leave($way, $entered, $pairs, $answer, $failure)"


def _indented(lines: Sequence[str]) -> list[str]:
    return [INDENT + line for line in lines]
