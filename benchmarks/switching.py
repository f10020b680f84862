"""What does it cost to switch one plugin of ten receivers, among how many others? And all of them at once?"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pluggy
from figures import Contestant, Growth, Limit
from growth import HOOKS, hookcore_manager, instance, pluggy_manager

import hookcore

PLUGINS = (10, 100, 1_000)
HOOKCORE, PLUGGY = "hookcore", "pluggy"
EACH = 25e3
"""What may be taken for one plugin of ten receivers, in nanoseconds."""

Step = Callable[[int], object]
"""Does something to the plugin of that number."""


def growths(*, quick: bool = False) -> list[Growth]:
    """Return all growths; `quick` ones are too small to mean anything."""
    sizes = (2, 3, 4) if quick else PLUGINS
    linear = (Limit(HOOKCORE, 1.1, eased=False),)
    limits = dict.fromkeys(sizes, (Limit(HOOKCORE, EACH),))
    return [
        *(
            Growth("switching", f"{told} plugins of 10 receivers", sizes, build, reference, limits, linear)
            for told, build, reference in (
                ("unregistering", _unregistering, PLUGGY),
                ("set_blocked() for", _blocking, PLUGGY),
                ("disable() for", partial(_switching, False), HOOKCORE),
                ("enable() for", partial(_switching, True), HOOKCORE),
                ("report() of", _reporting, HOOKCORE),
                ("plugin_of() among", _asking, HOOKCORE),
                ("the death of weak receivers among", _dying, HOOKCORE),
            )
        ),
        Growth("switching", "starting and stopping plugins of 10 receivers", sizes, _starting, HOOKCORE, {}, linear),
    ]


def _each(step: Step, undo: Step, size: int, _: int = 1) -> float:
    """Take a step with each plugin, and take it back: each among all the others. Return what the steps took."""
    taken = 0.0
    for index in range(size):
        start = time.perf_counter()
        step(index)
        taken += time.perf_counter() - start
        undo(index)
    return taken


def _leave(_: int) -> None:
    """Take nothing back."""


def _filled(manager: Any, size: int) -> tuple[Any, list[object]]:
    plugins = [instance(index) for index in range(size)]
    for index, plugin in enumerate(plugins):
        manager.register(plugin, f"plugin-{index}")
    return manager, plugins


def _unregistering(size: int) -> Sequence[Contestant]:
    plugins = [instance(index) for index in range(size)]

    def sample(make: Callable[[], pluggy.PluginManager], _: int) -> float:
        manager = make()
        for plugin in plugins:
            manager.register(plugin)
        return _each(lambda index: manager.unregister(plugins[index]), _leave, size)

    return [
        Contestant(PLUGGY, partial(sample, pluggy_manager)),
        Contestant(HOOKCORE, partial(sample, hookcore_manager)),
    ]


def _blocking(size: int) -> Sequence[Contestant]:
    def contestant(name: str, manager: Any) -> Contestant:
        _, plugins = _filled(manager, size)

        def undo(index: int) -> None:
            manager.unblock(f"plugin-{index}")
            manager.register(plugins[index], f"plugin-{index}")

        return Contestant(name, partial(_each, lambda index: manager.set_blocked(f"plugin-{index}"), undo, size))

    return [contestant(PLUGGY, pluggy_manager()), contestant(HOOKCORE, hookcore_manager())]


def _registered(size: int) -> hookcore.PluginManager:
    manager: hookcore.PluginManager = _filled(hookcore_manager(), size)[0]
    return manager


def _switching(enabled: bool, size: int) -> Sequence[Contestant]:
    manager = _registered(size)
    manager.start()
    switches: tuple[Step, Step] = (
        lambda index: manager.disable(f"plugin-{index}"),
        lambda index: manager.enable(f"plugin-{index}"),
    )

    def sample(_: int) -> float:
        off, on = switches
        if not enabled:
            return _each(off, on, size)
        for index in range(size):
            off(index)
        return _each(on, _leave, size)

    return [Contestant(HOOKCORE, sample)]


def _reporting(size: int) -> Sequence[Contestant]:
    manager = _registered(size)
    manager.start()

    def sample(_: int) -> float:
        start = time.perf_counter()
        manager.report()
        return time.perf_counter() - start

    return [Contestant(HOOKCORE, sample)]


def _asking(size: int) -> Sequence[Contestant]:
    manager, plugins = _filled(hookcore_manager(), size)
    manager.start()
    methods = [getattr(plugin, HOOKS[0]) for plugin in plugins]
    return [Contestant(HOOKCORE, partial(_each, lambda index: manager.plugin_of(methods[index]), _leave, size))]


def _mortal() -> Callable[..., object]:
    def receiver(sender: object, article: object, author: object) -> None: ...

    return receiver


def _dying(size: int) -> Sequence[Contestant]:
    """Let ten receivers die for each plugin, one of each signal."""
    manager = _registered(size)
    manager.start()
    signals = [getattr(manager.hook, name) for name in HOOKS]

    def sample(_: int) -> float:
        taken = 0.0
        for _ in range(size):
            mortal = [_mortal() for _ in signals]
            for number, signal in enumerate(signals):
                signal.connect(mortal[number], weak=True)
            start = time.perf_counter()
            mortal.clear()
            taken += time.perf_counter() - start
        return taken

    return [Contestant(HOOKCORE, sample)]


def _starting(size: int) -> Sequence[Contestant]:
    manager = _registered(size)

    def sample(_: int) -> float:
        start = time.perf_counter()
        manager.start()
        manager.stop()
        return time.perf_counter() - start

    return [Contestant(HOOKCORE, sample)]
