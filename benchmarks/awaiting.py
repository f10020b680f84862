"""What does an asynchronous send cost, to coroutine receivers that suspend and to those that don't?"""

from __future__ import annotations

import asyncio
import atexit
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

from callers import awaiting_caller
from contestants import connected, django_signal
from figures import Case, Contestant, Limit
from receivers import KEYWORDS, SENT, VALUES, Receiver, make_receivers, run_source

HAS_EAGER_TASKS = sys.version_info >= (3, 12)
TASK_GROUP = "asyncio.TaskGroup by hand"
GATHER = "asyncio.gather by hand"
DJANGO = "Django, caching"
BODIES = {"that suspend": "await sleep(0)", "that don't suspend": "return None"}
TASK_GROUP_LIMITS = {"that suspend": 0.75, "that don't suspend": 0.35}


def cases() -> list[Case]:
    """Return the cases; one event loop runs them all."""
    loop = asyncio.new_event_loop()
    atexit.register(loop.close)
    return [
        Case(
            "asend",
            f"{count} coroutine receivers {told}",
            partial(_asends, loop, count, body),
            TASK_GROUP,
            (_limit(told),),
        )
        for told, body in BODIES.items()
        for count in (1, 10, 100)
    ]


def _limit(told: str) -> Limit:
    if HAS_EAGER_TASKS:
        return Limit("hookcore", TASK_GROUP_LIMITS[told], TASK_GROUP)
    return Limit("hookcore", 1.0, DJANGO, eased=False)


def _asends(loop: asyncio.AbstractEventLoop, count: int, body: str) -> Sequence[Contestant]:
    def make(parameters: str = SENT) -> list[Receiver]:
        return make_receivers([parameters] * count, body, awaits=True, sleep=asyncio.sleep)

    def awaiting(name: str, statement: str, target: Any) -> Contestant:
        return awaiting_caller(name, loop, statement, target=target, **VALUES)

    ours, robust = connected(make()), connected(make())
    theirs = django_signal(make(f"{SENT}, **kwargs"))
    return [
        awaiting(TASK_GROUP, f"await target({KEYWORDS})", _grouping(make())),
        awaiting(GATHER, f"await target({KEYWORDS})", _gathering(make())),
        awaiting("hookcore", f"await target.asend({KEYWORDS})", ours),
        awaiting("hookcore, asend_robust", f"await target.asend_robust({KEYWORDS})", robust),
        awaiting(DJANGO, f"await target.asend({KEYWORDS})", theirs),
    ]


def _grouping(receivers: Sequence[Receiver]) -> Any:
    """`asend`, written by hand with a task group."""
    numbers = range(len(receivers))
    starts = "\n".join(f"        task_{i} = group.create_task(receiver_{i}({SENT}))" for i in numbers)
    pairs = ", ".join(f"(receiver_{i}, task_{i}.result())" for i in numbers)
    source = f"async def asend({SENT}):\n    async with TaskGroup() as group:\n{starts}\n    return [{pairs}]"
    return _written(source, receivers)


def _gathering(receivers: Sequence[Receiver]) -> Any:
    """`asend`, written by hand with `asyncio.gather`."""
    numbers = range(len(receivers))
    coroutines = ", ".join(f"receiver_{i}({SENT})" for i in numbers)
    responses = ", ".join(f"response_{i}" for i in numbers)
    pairs = ", ".join(f"(receiver_{i}, response_{i})" for i in numbers)
    source = f"async def asend({SENT}):\n    {responses}, = await gather({coroutines})\n    return [{pairs}]"
    return _written(source, receivers)


def _written(source: str, receivers: Sequence[Receiver]) -> Any:
    names: dict[str, Any] = {f"receiver_{index}": receiver for index, receiver in enumerate(receivers)}
    return run_source(source, "<by hand>", gather=asyncio.gather, TaskGroup=asyncio.TaskGroup, **names)["asend"]
