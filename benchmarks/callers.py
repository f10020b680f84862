"""How is a contestant called? By a function compiled for it alone, which repeats one statement and times it.

Each contestant gets code of its own, as each place in a program that sends has: CPython's inline caches then fit it.
The statement stands in the loop several times, so that little of what is timed is the loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from itertools import repeat
from typing import Any

from figures import Contestant

UNROLLED = 5

BLOCKING = """\
def timed(count):
    start = clock()
    for _ in repeat(None, count):
        {statements}
    return clock() - start
"""
AWAITED = "async " + BLOCKING
ONCE = """\
def timed():
    return {statements}
"""
AWAITED_ONCE = "async " + ONCE


def caller(name: str, statement: str, **names: Any) -> Contestant:
    """Return the contestant that runs a statement; `names` are what the statement uses."""
    timed = _compiled(BLOCKING, statement, UNROLLED, names)

    def sample(count: int) -> float:
        turns = -(-count // UNROLLED)
        return float(timed(turns)) * count / (turns * UNROLLED)

    answer = _compiled(ONCE, statement, 1, names)
    return Contestant(name, sample, lambda: responses(answer()))


def awaiting_caller(name: str, loop: asyncio.AbstractEventLoop, statement: str, **names: Any) -> Contestant:
    """Return the contestant that runs a statement with an `await` in it, in an event loop. Starting it is not timed."""
    timed, answer = _compiled(AWAITED, statement, 1, names), _compiled(AWAITED_ONCE, statement, 1, names)
    return Contestant(
        name,
        lambda count: float(loop.run_until_complete(timed(count))),
        lambda: responses(loop.run_until_complete(answer())),
    )


def responses(answer: Any) -> Any:
    """Return what the receivers said, which is the same for all contestants, without the receivers."""
    if isinstance(answer, list):
        return [item[1] if isinstance(item, tuple) else item for item in answer]
    return answer


def _compiled(template: str, statement: str, times: int, names: dict[str, Any]) -> Callable[..., Any]:
    source = template.format(statements="\n        ".join([statement] * times))
    namespace = {"clock": time.perf_counter, "repeat": repeat, **names}
    exec(compile(source, "<timed>", "exec"), namespace)
    timed: Callable[..., Any] = namespace["timed"]
    return timed
