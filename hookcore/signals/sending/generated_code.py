"""What compiled code looks like: from the shape of a send to its source text. Nothing is run here.

The names in the source speak for themselves, since people meet them in tracebacks: `receiver_0` is called with the
signal's own parameters, `response` is what it returned. Here each name of ours is written with a `$` in front, so that
all can step aside, by underscores, where a signal has a parameter of the same name.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

INDENT = "    "
_OURS = re.compile(r"\$(\w+)")


class Shape(NamedTuple):
    """What the source depends on for one receiver.

    `arguments` is its argument list; `held` is "strong", "reference" (weakly) or "method" (bound to a weakly held
    instance); a `wraps` receiver is a generator around the others; one that is `watched` is called by way of its watch.
    `shape_of` makes one object of equal ones, so that a hundred of them are soon compared.
    """

    arguments: str
    held: str
    wraps: bool
    watched: bool


shape_of: Final = functools.lru_cache(maxsize=4096)(Shape)


class Interface(NamedTuple):
    """What is sent and what comes back.

    `header` is the parameter list of the function and `names` its parameters. What comes back is as `methods.Way` says.
    With `guarded`, a send that lacks one of these names, or has others, goes to `by_name` instead, as two mappings.
    The receivers may be cut into `runs`, each a function of its own. One that `looks_up` by the sender whom to call
    finds somebody for "all" senders, or for "most", and gives back for the others what calls nobody.
    """

    header: str
    names: tuple[str, ...]
    pairs: bool
    robust: bool
    firstresult: bool
    filters: str | None
    guarded: tuple[str, ...] | None = None
    runs: int = 0
    looks_up: str | None = None

    def part(self) -> Interface:
        """The interface of a part that does some of the calls and hands back what they gave."""
        return self._replace(header=", ".join(self.names), guarded=None, runs=0)


class Source(NamedTuple):
    """A source text, and the names of ours in it: as we write them, and as they are there."""

    text: str
    names: dict[str, str]


def source_of(sent: Interface, shapes: Sequence[Shape]) -> Source:
    """Return the source of the function that calls receivers of these shapes in order, wrappers around the others."""
    if sent.looks_up:
        body = _looked_up(sent)
    elif not shapes and not sent.runs:
        body = [f"return {_nothing(sent)}"]
    else:
        calls = _wrapped(sent, shapes) if any(shape.wraps for shape in shapes) else _plain(sent, shapes)
        handler = ["except $RecursionError as $error:", f"{INDENT}raise $recursion($error)"]
        body = ["try:", *_indented([*calls]), *handler]
    text = "\n".join([f"def send({sent.header}):", *_indented([*_guard(sent), *body]), ""])
    ours = dict.fromkeys(_OURS.findall(text))
    aside = ""
    while any(aside + name in sent.names for name in ours):
        aside += "_"
    return Source(text.replace("$", aside), {name: aside + name for name in ours})


def _looked_up(sent: Interface) -> list[str]:
    """Look up by the sender, or by the tenant's plugins, whom to call. `in_table` is a dictionary's `get`."""
    if sent.looks_up == "tenant":
        active = "$current() if tenant is None else $active_for(tenant)" if "tenant" in sent.names else "$current()"
        return [f"return $in_table({active}, $default)({', '.join(sent.names)})"]
    sender = "sender" if "sender" in sent.names else "None"
    names = ", ".join(sent.names)
    if sent.looks_up == "all":
        return [f"return $in_table($id({sender}), $default)({names})"]
    return [f"$found = $in_table($id({sender}))", f"return {_nothing(sent)} if $found is None else $found({names})"]


def _guard(sent: Interface) -> list[str]:
    if sent.guarded is None:
        return []
    wrong = " or ".join(["$extra", *(f"{name} is $MISSING" for name in sent.guarded)])
    given = ", ".join(f"{name!r}: {name}" for name in sent.names)
    return [f"if {wrong}:", f"{INDENT}return $by_name({{{given}}}, $extra)"]


# -- calls without wrappers -------------------------------------------------------------------------------------


def _plain(sent: Interface, shapes: Sequence[Shape]) -> Iterator[str]:
    if sent.runs:
        yield from _runs(sent)
    elif sent.pairs and not _is_one(sent) and all(shape.held == "strong" for shape in shapes):
        calls = [_call(index, shape) for index, shape in enumerate(shapes)]
        if sent.robust:
            for index, call in enumerate(calls):
                yield from _guarded(index, f"$response_{index}", call)
            calls = [f"$response_{index}" for index in range(len(shapes))]
        yield from ["return [", *(f"{INDENT}($receiver_{index}, {call})," for index, call in enumerate(calls)), "]"]
    else:
        yield from _answered(sent, shapes, collects=not sent.pairs)
        yield f"return {'$pairs' if sent.pairs else '$answer'}"


def _runs(sent: Interface) -> Iterator[str]:
    calls = [f"$run_{index}({', '.join(sent.names)})" for index in range(sent.runs)]
    if sent.filters is not None:
        yield from (f"{sent.filters} = {call}" for call in calls)
        yield f"return {sent.filters}"
    elif sent.firstresult:
        for call in calls:
            yield from [f"$response = {call}", "if $response is not None:", f"{INDENT}return $response"]
        yield "return None"
    else:
        yield f"return [{', '.join(f'*{call}' for call in calls)}]"


def _is_one(sent: Interface) -> bool:
    """Tell whether the answer of a send is one value, and no list."""
    return sent.firstresult or sent.filters is not None


def _nothing(sent: Interface) -> str:
    """What a send gives back that calls nobody."""
    return "[]" if sent.pairs or not _is_one(sent) else sent.filters or "None"


# -- receivers one after the other ------------------------------------------------------------------------------


def _answered(sent: Interface, shapes: Sequence[Shape], collects: bool) -> Iterator[str]:
    """Call the receivers that are no wrappers, and leave `pairs` and the `answer`: a list only if somebody asks."""
    if sent.pairs:
        yield "$pairs = []"
    if collects and not _is_one(sent):
        yield "$answer = []"
    calls: list[str] = []
    for index, shape in enumerate(shapes):
        if not shape.wraps:
            calls += _resolved(index, shape, _noted(sent, index, shape, collects))
    if sent.firstresult:  # a loop that runs once is what `break` leaves
        calls = ["while True:", *_indented([*calls, "$response = None", "break"]), "$answer = $response"]
    yield from calls
    if sent.filters is not None:
        yield f"$answer = {sent.filters}"


def _noted(sent: Interface, index: int, shape: Shape, collects: bool) -> list[str]:
    """Call a receiver, and note its response. An exception that a robust send meets is noted in pairs alone."""
    pair = [f"$pairs.append(($receiver_{index}, $response))"] if sent.pairs else []
    answer = ["if $response is not None:"]
    if sent.firstresult:
        answer.append(f"{INDENT}break")
    elif sent.filters is not None:
        answer.append(f"{INDENT}{sent.filters} = $response")
    elif collects:
        answer.append(f"{INDENT}$answer.append($response)")
    else:
        answer = []
    if sent.robust:
        return _guarded(index, "$response", _call(index, shape), pair, answer)
    return [f"$response = {_call(index, shape)}", *pair, *answer]


def _call(index: int, shape: Shape) -> str:
    """Every call of a receiver is written here."""
    if shape.watched:
        return f"$watched_{index}({', '.join([f'$receiver_{index}', *([shape.arguments] if shape.arguments else [])])})"
    return f"$receiver_{index}({shape.arguments})"


def _guarded(index: int, response: str, call: str, pair: Sequence[str] = (), answer: Sequence[str] = ()) -> list[str]:
    """Make a call whose exception becomes the response."""
    failed = [f"{response} = $failed($receiver_{index}, $error)", *pair]
    after = ["else:", *_indented([*pair, *answer])] if pair or answer else []
    return ["try:", f"{INDENT}{response} = {call}", "except $BaseException as $error:", *_indented(failed), *after]


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


def _wrapped(sent: Interface, shapes: Sequence[Shape]) -> Iterator[str]:
    """Call the others inside the wrappers, which stand around them."""
    body = [*_answered(sent, shapes, collects=True)]
    for index, shape in reversed([*enumerate(shapes)]):
        if shape.wraps:
            body = [*_enclosed(sent, index, shape, body)]
    yield from [*body, f"return {'$pairs' if sent.pairs else '$answer'}"]


def _enclosed(sent: Interface, index: int, shape: Shape, body: list[str]) -> Iterator[str]:
    """Run `body` inside a wrapper: up to its yield before, the rest after."""
    wrapper = f"$wrapper_{index}"
    replaced = f"$pairs = $answered_by($receiver_{index}, $returned, {_is_one(sent)})"
    unchanged = ["if not $is_unchanged($before, $returned):", f"{INDENT}{replaced}"] if sent.pairs else []
    left = [] if sent.filters is None else ["if $returned is None:", f"{INDENT}$returned = {sent.filters}"]
    yield from [f"{wrapper} = {_call(index, shape)}", "try:", f"{INDENT}$next({wrapper})"]
    yield from ["except $StopIteration:", f"{INDENT}$did_not_yield({wrapper})"]
    yield from ["try:", *_indented(body), "except $BaseException as $error:"]
    yield from _indented([f"$returned = $throw_into({wrapper}, $error)", *left])
    yield from _indented([*([replaced] if sent.pairs else []), "$answer = $returned"])
    yield "else:"
    if sent.pairs:
        yield f"{INDENT}$before = $copied($answer)"
    yield from _indented(["try:", f"{INDENT}{wrapper}.send($answer)", "except $StopIteration as $stop:"])
    yield from _indented(_indented(["$returned = $stop.value", *left, *unchanged, "$answer = $returned"]))
    yield from _indented(["else:", f"{INDENT}$yielded_twice({wrapper})"])


def _indented(lines: Sequence[str]) -> list[str]:
    return [INDENT + line for line in lines]
