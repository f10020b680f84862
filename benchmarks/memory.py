"""How much memory does a connected receiver take, beyond the function itself? tracemalloc tells."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from contestants import (
    blinker_signal,
    connected,
    django_signal,
    hookcore_manager,
    pluggy_manager,
    plugins_of,
)
from figures import Case, Contestant, Limit
from receivers import SENT, VALUES, make_receivers

RECEIVERS = 10_000
MOST_PLUGINS = 1_000


def cases() -> list[Case]:
    """Return the cases: memory for each receiver when it is connected, and after the signal was sent."""
    limit = (Limit("hookcore", 400, eased=False),)
    return [
        Case(
            "memory per receiver",
            f"{count:,} connected, {told}",
            partial(_connected, count, sent),
            "hookcore",
            limit,
            unit="bytes",
            each_once=True,
            share=count,
            most_rounds=1,
        )
        for count in (1_000, RECEIVERS)
        for sent, told in ((False, "not sent yet"), (True, "and sent"))
    ]


def _connected(count: int, sent: bool) -> Sequence[Contestant]:
    def sending(signal: Any) -> Any:
        if sent:
            signal.send(**VALUES)
        return signal

    def sending_blinker(signal: Any) -> Any:
        if sent:
            signal.send(VALUES["sender"], article="", author="")
        return signal

    def calling(manager: Any) -> Any:
        if sent:
            manager.hook.article_published(**VALUES)
        return manager

    make = partial(make_receivers, [SENT] * count)

    def make_for_django() -> list[Any]:
        return make_receivers([f"{SENT}, **kwargs"] * count)

    def make_plugins() -> list[Any]:
        return plugins_of(make())

    contestants = [
        _allocating("hookcore", make, lambda receivers: sending(connected(receivers))),
        _allocating("Django, caching", make_for_django, lambda receivers: sending(django_signal(receivers))),
        _allocating("blinker", make, lambda receivers: sending_blinker(blinker_signal(receivers))),
    ]
    if count <= MOST_PLUGINS:
        contestants += [
            _allocating(
                "hookcore, plugins of one receiver", make_plugins, lambda them: calling(hookcore_manager(them))
            ),
            _allocating("pluggy, plugins of one receiver", make_plugins, lambda them: calling(pluggy_manager(them))),
        ]
    return contestants


def _allocating(name: str, make: Callable[[], list[Any]], connect: Callable[[list[Any]], Any]) -> Contestant:
    """Return a contestant whose sample is bytes: what `connect` leaves allocated once it has returned."""

    def sample(_: int) -> float:
        connect(make()[:40])  # what is imported and cached once is no receiver's
        receivers = make()
        gc.collect()
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            kept = connect(receivers)
            gc.collect()
            after = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()
        del kept
        return float(after - before)

    return Contestant(name, sample)
