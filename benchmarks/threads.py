"""What do blocking receivers cost concurrent awaited sends, and does it depend on what else is installed?

Twenty sends at once, each to ten blocking receivers of ten milliseconds: what they share is the executor of the loop.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from contestants import django_signal
from figures import Case, Contestant, Limit

from hookcore import Signal

AT_ONCE = 20
RECEIVERS = 10
SECONDS = 0.01
BY_HAND = "loop.run_in_executor by hand"
OURS = "hookcore"
WITHOUT = "hookcore, asgiref not installed"
DJANGO = "Django (one thread)"


def cases() -> list[Case]:
    """Return the one case."""
    return [
        Case(
            "asend",
            f"{RECEIVERS} blocking receivers of {SECONDS * 1000:.0f} ms, {AT_ONCE} sends at once",
            _contestants,
            BY_HAND,
            (Limit(OURS, 1.1, BY_HAND), Limit(WITHOUT, 1.1, OURS), Limit(OURS, 1.1, WITHOUT)),
            each_once=True,
            most_rounds=6,
        )
    ]


def _contestants() -> Sequence[Contestant]:
    ours, theirs = Signal(), django_signal(_receivers())
    for receiver in _receivers():
        ours.connect(receiver)
    by_hand = _receivers()

    async def call_by_hand() -> None:
        await asyncio.get_running_loop().run_in_executor(None, lambda: [receiver() for receiver in by_hand])

    return [
        Contestant(BY_HAND, lambda count: _taken(call_by_hand)),
        Contestant(OURS, lambda count: _taken(lambda: ours.asend(sender=Contestant))),
        Contestant(WITHOUT, lambda count: _taken_without_asgiref(lambda: ours.asend(sender=Contestant))),
        Contestant(DJANGO, lambda count: _taken(lambda: theirs.asend(sender=Contestant)), slow=True),
    ]


def _receivers() -> list[Callable[..., None]]:
    def receiver_of(number: int) -> Callable[..., None]:
        def receiver(number: int = number, **named: Any) -> None:
            time.sleep(SECONDS)

        return receiver

    return [receiver_of(number) for number in range(RECEIVERS)]


def _taken(send: Callable[[], Awaitable[object]]) -> float:
    async def all_at_once() -> float:
        start = time.perf_counter()
        await asyncio.gather(*(send() for _ in range(AT_ONCE)))
        return time.perf_counter() - start

    return asyncio.run(all_at_once())


def _taken_without_asgiref(send: Callable[[], Awaitable[object]]) -> float:
    with _asgiref_hidden():
        return _taken(send)


@contextmanager
def _asgiref_hidden() -> Iterator[None]:
    """Let `import asgiref` fail, as where it is not installed."""
    hidden = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "asgiref"}
    for name in hidden:
        del sys.modules[name]
    sys.modules["asgiref"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["asgiref"]
        sys.modules.update(hidden)
