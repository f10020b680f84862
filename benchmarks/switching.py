"""What does it cost to switch one plugin of ten receivers, among how many others? And all of them at once?"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

import pluggy
from figures import Contestant, Growth, Limit
from growth import hookcore_manager, instance, pluggy_manager

import hookcore

PLUGINS = (10, 100, 1_000)
HOOKCORE = "hookcore"


def growths(*, quick: bool = False) -> list[Growth]:
    """Return all growths; `quick` ones are too small to mean anything."""
    sizes = (2, 3, 4) if quick else PLUGINS
    linear = (Limit(HOOKCORE, 1.1, eased=False),)
    return [
        Growth("switching", "unregistering plugins of 10 receivers", sizes, _unregistering, "pluggy", {}, linear),
        Growth(
            "switching", "disable() and enable() of plugins of 10 receivers", sizes, _switching, HOOKCORE, {}, linear
        ),
        Growth("switching", "starting and stopping plugins of 10 receivers", sizes, _starting, HOOKCORE, {}, linear),
    ]


def _unregistering(size: int) -> Sequence[Contestant]:
    plugins = [instance(index) for index in range(size)]

    def sample(make: Callable[[], pluggy.PluginManager], _: int) -> float:
        manager = make()
        for plugin in plugins:
            manager.register(plugin)
        start = time.perf_counter()
        for plugin in plugins:
            manager.unregister(plugin)
        return time.perf_counter() - start

    return [
        Contestant("pluggy", partial(sample, pluggy_manager)),
        Contestant(HOOKCORE, partial(sample, hookcore_manager)),
    ]


def _registered(size: int) -> hookcore.PluginManager:
    manager = hookcore_manager()
    for index in range(size):
        manager.register(instance(index), f"plugin-{index}")
    return manager


def _switching(size: int) -> Sequence[Contestant]:
    """Switch as many as there are, one after the other: each among all the others."""
    manager = _registered(size)
    manager.start()

    def sample(_: int) -> float:
        start = time.perf_counter()
        for index in range(size):
            manager.disable(f"plugin-{index}")
            manager.enable(f"plugin-{index}")
        return time.perf_counter() - start

    return [Contestant(HOOKCORE, sample)]


def _starting(size: int) -> Sequence[Contestant]:
    manager = _registered(size)

    def sample(_: int) -> float:
        start = time.perf_counter()
        manager.start()
        manager.stop()
        return time.perf_counter() - start

    return [Contestant(HOOKCORE, sample)]
