"""What would one write by hand? Straight-line code that builds the same result, for exactly these receivers.

Every function here is text, as somebody who knows all receivers would type it, with the receivers as globals.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from receivers import SENT, Receiver, run_source


class Attributes:
    """Holds what is called through an attribute: a hand-written `send` is reached as a signal's is."""

    __slots__ = ("call", "send")

    def __init__(self, send: Callable[..., Any]) -> None:
        self.send = send
        self.call = send


def pairs(receivers: Sequence[Receiver], arguments: Sequence[str], *, parameters: str = SENT) -> Attributes:
    """`[(receiver, response), ...]`, Django's answer."""
    items = ", ".join(f"(receiver_{i}, receiver_{i}({taken}))" for i, taken in enumerate(arguments))
    return Attributes(written(f"def send({parameters}):\n    return [{items}]", receivers))


def robust_pairs(receivers: Sequence[Receiver], arguments: Sequence[str]) -> Attributes:
    """The same, where an exception is a response."""
    lines = [f"def send({SENT}):"]
    for i, taken in enumerate(arguments):
        lines += [
            "    try:",
            f"        response_{i} = receiver_{i}({taken})",
            "    except Exception as error:",
            f"        response_{i} = error",
        ]
    items = ", ".join(f"(receiver_{i}, response_{i})" for i in range(len(arguments)))
    return Attributes(written("\n".join([*lines, f"    return [{items}]"]), receivers))


def results(receivers: Sequence[Receiver], arguments: Sequence[str]) -> Callable[..., Any]:
    """The responses that are not None, pluggy's answer."""
    return written("\n".join([f"def send({SENT}):", *_results(arguments)]), receivers)


def results_object(receivers: Sequence[Receiver], arguments: Sequence[str]) -> Any:
    """The same as the `__call__` of an object."""
    return _object(_results(arguments), _numbered(receivers))


def first_result(receivers: Sequence[Receiver], arguments: Sequence[str]) -> Callable[..., Any]:
    """The first response that is not None."""
    return written("\n".join([f"def send({SENT}):", *_first_result(arguments)]), receivers)


def first_result_object(receivers: Sequence[Receiver], arguments: Sequence[str]) -> Any:
    """The same as the `__call__` of an object."""
    return _object(_first_result(arguments), _numbered(receivers))


def first_pairs(receivers: Sequence[Receiver], arguments: Sequence[str]) -> Callable[..., Any]:
    """The pairs up to the first response that is not None."""
    lines = [f"def send({SENT}):", "    pairs = []"]
    for i, taken in enumerate(arguments):
        lines += [
            f"    response = receiver_{i}({taken})",
            f"    pairs.append((receiver_{i}, response))",
            "    if response is not None:",
            "        return pairs",
        ]
    return written("\n".join([*lines, "    return pairs"]), receivers)


def wrapped_results(
    receivers: Sequence[Receiver], arguments: Sequence[str], wrappers: Sequence[Receiver]
) -> Callable[..., Any]:
    """The non-None results, through generators that run around the calls."""
    body = _wrapped([*_results(arguments)[:-1], "    result = results"], len(wrappers))
    names = _around(wrappers)
    return written("\n".join([f"def send({SENT}):", *body]), receivers, **names)


def wrapped_results_object(
    receivers: Sequence[Receiver], arguments: Sequence[str], wrappers: Sequence[Receiver]
) -> Any:
    """The same as the `__call__` of an object."""
    body = _wrapped([*_results(arguments)[:-1], "    result = results"], len(wrappers))
    return _object(body, {**_numbered(receivers), **_around(wrappers)})


def wrapped_pairs(receivers: Sequence[Receiver], arguments: Sequence[str], wrappers: Sequence[Receiver]) -> Attributes:
    """The pairs, through generators that run around the calls, see the answers and may put others in their place."""
    lines = ["    pairs = []", "    result = []"]
    for i, taken in enumerate(arguments):
        lines += [f"    response = receiver_{i}({taken})", f"    pairs.append((receiver_{i}, response))"]
        lines += ["    if response is not None:", "        result.append(response)"]
    *body, _ = _wrapped([*lines, "    given = result[:]"], len(wrappers))
    body.append("    return pairs if result == given else [(around_0, each) for each in result]")
    return Attributes(written("\n".join([f"def send({SENT}):", *body]), receivers, **_around(wrappers)))


def looked_up(table: dict[Any, Receiver]) -> Attributes:
    """The pairs of the one receiver that a dictionary holds for the sender, or none."""
    source = f"""
def send({SENT}):
    receiver = table.get(sender)
    if receiver is None:
        return []
    return [(receiver, receiver({SENT}))]
"""
    return Attributes(written(source, (), table=table))


def looped(receivers: Sequence[Receiver]) -> Attributes:
    """The pairs, by a loop over a list of receivers that take everything."""
    source = f"def send({SENT}):\n    return [(receiver, receiver({SENT})) for receiver in receivers]"
    return Attributes(written(source, (), receivers=list(receivers)))


def looped_results(receivers: Sequence[Receiver]) -> Callable[..., Any]:
    """The non-None results, by a loop."""
    source = f"""
def send({SENT}):
    results = []
    for receiver in receivers:
        response = receiver({SENT})
        if response is not None:
            results.append(response)
    return results
"""
    return written(source, (), receivers=list(receivers))


def written(source: str, receivers: Sequence[Receiver], /, **names: Any) -> Callable[..., Any]:
    """Return the function `send` of this source, with the receivers as its globals."""
    function: Callable[..., Any] = run_source(source, "<by hand>", **_numbered(receivers), **names)["send"]
    return function


def _object(body: Sequence[str], names: dict[str, Any]) -> Any:
    """An object with `__call__`: CPython packs the keywords of its call into a dictionary first, whoever writes it."""
    source = "\n".join(["class Hook:", f"    def __call__(self, {SENT}):", *(f"    {line}" for line in body)])
    return run_source(source, "<by hand>", **names)["Hook"]()


def _results(arguments: Sequence[str]) -> list[str]:
    lines = ["    results = []"]
    for i, taken in enumerate(arguments):
        lines += [
            f"    response = receiver_{i}({taken})",
            "    if response is not None:",
            "        results.append(response)",
        ]
    return [*lines, "    return results"]


def filtered_object(receivers: Sequence[Receiver], arguments: Sequence[str]) -> Any:
    """What the receivers have made of `article`, one after the other, as the `__call__` of an object."""
    lines = []
    for i, taken in enumerate(arguments):
        lines += [f"    response = receiver_{i}({taken})", "    if response is not None:", "        article = response"]
    return _object([*lines, "    return article"], _numbered(receivers))


def _first_result(arguments: Sequence[str]) -> list[str]:
    lines = []
    for i, taken in enumerate(arguments):
        lines += [f"    response = receiver_{i}({taken})", "    if response is not None:", "        return response"]
    return [*lines, "    return None"]


def _wrapped(body: list[str], wrappers: int) -> list[str]:
    for i in reversed(range(wrappers)):
        body = [
            f"    wrapper_{i} = around_{i}({SENT})",
            f"    next(wrapper_{i})",
            "    try:",
            *(f"    {line}" for line in body),
            "    except BaseException as error:",
            f"        result = thrown(wrapper_{i}, error)",
            "    else:",
            "        try:",
            f"            wrapper_{i}.send(result)",
            "        except StopIteration as stop:",
            "            result = stop.value",
        ]
    return [*body, "    return result"]


def _around(wrappers: Sequence[Receiver]) -> dict[str, Any]:
    return {"thrown": _thrown, **{f"around_{index}": wrapper for index, wrapper in enumerate(wrappers)}}


def _numbered(receivers: Sequence[Receiver]) -> dict[str, Receiver]:
    return {f"receiver_{index}": receiver for index, receiver in enumerate(receivers)}


def _thrown(wrapper: Any, error: BaseException) -> Any:
    try:
        wrapper.throw(error)
    except StopIteration as stop:
        return stop.value
    raise RuntimeError("the wrapper yielded twice")
