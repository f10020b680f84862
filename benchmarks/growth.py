"""How do connecting, disconnecting and registering grow? At several sizes, with the exponent over them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType
from typing import Any

import blinker
import django.dispatch
import pluggy
from contestants import PROJECT, declared_signal, implementation, specification
from figures import Contestant, Growth, Limit
from receivers import SENT, VALUES, Receiver, make_module, make_receivers

import hookcore

SIZES = (1_000, 3_000, 10_000)
PLUGINS = (100, 1_000, 3_000)
HOOKS = tuple(f"article_event_{index}" for index in range(10))
SLOW_FROM = 3_000

Order = Callable[[Sequence[Receiver]], Sequence[Receiver]]


def growths(*, quick: bool = False) -> list[Growth]:
    """Return all growths; `quick` ones are too small to mean anything."""
    sizes = (10, 20, 30) if quick else SIZES
    plugins = (2, 3, 4) if quick else PLUGINS
    linear = (Limit("hookcore", 1.1, eased=False),)
    faster = {sizes[-1]: (Limit("hookcore", 1 / 100, "Django"),)}
    registering = {
        plugins[0]: (Limit("hookcore", 1 / 5, "pluggy"),),
        plugins[-1]: (Limit("hookcore", 1 / 20, "pluggy"),),
    }
    orders: dict[str, Order] = {"in the order of connection": list, "the last first": _reversed, "at random": _shuffled}
    return [
        Growth("growth", "connecting", sizes, partial(_connecting, None), "hookcore", faster, linear),
        *(
            Growth(
                "growth",
                f"connecting, then disconnecting {told}",
                sizes,
                partial(_connecting, order),
                "hookcore",
                faster,
                linear,
            )
            for told, order in orders.items()
        ),
        *(
            Growth("growth", f"registering {told}", plugins, partial(_registering, make), "pluggy", registering, linear)
            for told, make in {
                "class instances of 10 receivers": instance,
                "modules of 10 receivers": _module,
            }.items()
        ),
    ]


def _reversed(receivers: Sequence[Receiver]) -> Sequence[Receiver]:
    return receivers[::-1]


def _shuffled(receivers: Sequence[Receiver]) -> Sequence[Receiver]:
    return random.Random(len(receivers)).sample(receivers, len(receivers))


# -- connecting -------------------------------------------------------------------------------------------------

SIGNALS: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
    "hookcore": (declared_signal, {}),
    "Django": (django.dispatch.Signal, {"weak": False}),
    "blinker": (blinker.Signal, {"weak": False}),
}


def _connecting(order: Order | None, size: int) -> Sequence[Contestant]:
    """Connect so many; with an order, also disconnect them in that order."""

    receivers = make_receivers([f"{SENT}, **kwargs"] * size)
    ordered = order(receivers) if order is not None else ()

    def sample(make: Callable[[], Any], options: dict[str, Any], _: int) -> float:
        signal = make()
        start = time.perf_counter()
        for receiver in receivers:
            signal.connect(receiver, **options)
        for receiver in ordered:
            signal.disconnect(receiver)
        return time.perf_counter() - start

    return [
        Contestant(name, partial(sample, make, options), slow=name != "hookcore" and size >= SLOW_FROM)
        for name, (make, options) in SIGNALS.items()
    ]


# -- registering ------------------------------------------------------------------------------------------------


def _registering(make_plugin: Callable[[int], object], size: int) -> Sequence[Contestant]:
    plugins = [make_plugin(index) for index in range(size)]

    def sample(make: Callable[[], Any], call: bool, _: int) -> float:
        manager = make()
        start = time.perf_counter()
        for plugin in plugins:
            manager.register(plugin)
        if call:
            for name in HOOKS:
                getattr(manager.hook, name)(**VALUES)
        return time.perf_counter() - start

    return [
        Contestant("pluggy", partial(sample, pluggy_manager, False), slow=size >= SLOW_FROM),
        Contestant("hookcore", partial(sample, hookcore_manager, False)),
        Contestant("hookcore, with a first call of each", partial(sample, hookcore_manager, True)),
    ]


def _module(index: int) -> ModuleType:
    return make_module(f"plugin_{index}", **_implementations(SENT))


def instance(index: int) -> object:
    """Make an instance of a class of its own, as in pluggy's documentation."""
    return type(f"Plugin{index}", (), _implementations(f"self, {SENT}"))()


def _implementations(parameters: str) -> dict[str, Receiver]:
    receivers = map(implementation, make_receivers([parameters] * len(HOOKS)))
    return dict(zip(HOOKS, receivers, strict=True))


def _declarations() -> dict[str, Callable[..., Any]]:
    body = '"""An article can be read by everybody from now on."""'
    declared = dict(zip(HOOKS, make_receivers([SENT] * len(HOOKS), body), strict=True))
    for name, function in declared.items():
        function.__name__ = name
    return declared


def hookcore_manager() -> hookcore.PluginManager:
    """Make a manager of ours, with the hooks declared as signals."""
    signals = {name: hookcore.signal(function) for name, function in _declarations().items()}
    return hookcore.PluginManager(PROJECT, make_module("signals", **signals))


def pluggy_manager() -> pluggy.PluginManager:
    """Make pluggy's manager, with the hooks specified."""
    manager = pluggy.PluginManager(PROJECT)
    specifications = {name: specification(function) for name, function in _declarations().items()}
    manager.add_hookspecs(make_module("specifications", **specifications))
    return manager
