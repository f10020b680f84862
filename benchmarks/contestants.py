"""Who takes part? hookcore and its peers, each set up with receivers of its own, as its documentation says.

Each is called through what a program would keep: `signal.send(...)`, `hook.article_published(...)`. Peers hold
receivers strongly wherever they can be told to, and get the form that they document: Django's take `**kwargs`.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import blinker
import django.dispatch
import pluggy
import psygnal
from callers import caller
from figures import Contestant
from receivers import KEYWORDS, SENT, VALUES, Receiver, make_module

import hookcore

PROJECT = "benchmark"

Manager = TypeVar("Manager", bound=pluggy.PluginManager)

implementation = pluggy.HookimplMarker(PROJECT)
specification = pluggy.HookspecMarker(PROJECT)


def sending(name: str, target: Any, **values: Any) -> Contestant:
    """Send by keyword through an attribute, as Django's users do. `values` may also hold what must live meanwhile."""
    return caller(name, f"target.send({KEYWORDS})", target=target, **{**VALUES, **values})


def sending_robustly(name: str, target: Any) -> Contestant:
    """Send robustly by keyword."""
    return caller(name, f"target.send_robust({KEYWORDS})", target=target, **VALUES)


def calling(name: str, manager: Any) -> Contestant:
    """Call by keyword through an attribute of the manager's `hook`, as pluggy's users do."""
    return caller(name, f"hook.article_published({KEYWORDS})", hook=manager.hook, keep=manager, **VALUES)


def calling_its_function(name: str, manager: Any) -> Contestant:
    """The same past the object: the function that is compiled for the call, as a host may do where it sends most."""
    return caller(name, f"hook.article_published.__call__({KEYWORDS})", hook=manager.hook, keep=manager, **VALUES)


def calling_by_hand(name: str, function: Any) -> Contestant:
    """The same with a function that is written by hand: an attribute of a namespace, as a hook is."""
    hook = types.SimpleNamespace(article_published=function)
    return caller(name, f"hook.article_published({KEYWORDS})", hook=hook, **VALUES)


# -- hookcore ---------------------------------------------------------------------------------------------------


def declared_signal(**options: Any) -> hookcore.Signal[..., Any]:
    """Return a newly declared signal."""

    @hookcore.signal(**options)
    def article_published(sender: type, article: str, author: str) -> Any:
        """An article can be read by everybody from now on."""

    return article_published


def connected(receivers: Iterable[Receiver], signal: hookcore.Signal[..., Any] | None = None) -> Any:
    """Return a declared signal, or `signal`, with these receivers connected."""
    signal = declared_signal() if signal is None else signal
    for receiver in receivers:
        signal.connect(receiver)
    return signal


def hookcore_manager(plugins: Iterable[object], *, firstresult: bool = False) -> hookcore.PluginManager:
    """Return a manager of one declared signal with these plugins registered."""
    namespace = make_module("signals", article_published=declared_signal(firstresult=firstresult))
    return _registered(hookcore.PluginManager(PROJECT, namespace), plugins)


def hookcore_manager_of_specification(plugins: Iterable[object]) -> hookcore.PluginManager:
    """The same where the host declares with pluggy's marker, as it did before it came to hookcore."""
    return _registered(hookcore.PluginManager(PROJECT, _specifications(firstresult=False)), plugins)


# -- peers ------------------------------------------------------------------------------------------------------


def pluggy_manager(plugins: Iterable[object], *, firstresult: bool = False) -> pluggy.PluginManager:
    """Return pluggy's manager with one specification and these plugins registered."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(_specifications(firstresult=firstresult))
    return _registered(manager, plugins)


def django_signal(receivers: Iterable[Receiver], *, caching: bool = True) -> django.dispatch.Signal:
    """Return Django's signal with these receivers connected."""
    signal = django.dispatch.Signal(use_caching=caching)
    for receiver in receivers:
        signal.connect(receiver, weak=False)
    return signal


def blinker_signal(receivers: Iterable[Receiver]) -> blinker.Signal:
    """Return blinker's signal with these receivers connected."""
    signal = blinker.Signal()
    for receiver in receivers:
        signal.connect(receiver, weak=False)
    return signal


def sending_blinker(name: str, signal: blinker.Signal, **values: Any) -> Contestant:
    """Send with blinker, whose sender goes by position."""
    statement = "target.send(sender, article=article, author=author)"
    return caller(name, statement, target=signal, **{**VALUES, **values})


class _Emitter:
    article_published = psygnal.Signal(type, str, str)


def emitting_psygnal(name: str, receivers: Iterable[Receiver]) -> Contestant:
    """Emit with psygnal: by position, and nothing comes back."""
    signal = _Emitter().article_published
    for receiver in receivers:
        signal.connect(receiver)
    emitting = caller(name, f"target.emit({SENT})", target=signal, **VALUES)
    return replace(emitting, answer=None)


# -- plugins ----------------------------------------------------------------------------------------------------


def plugins_of(receivers: Sequence[Receiver], *, prefix: str = "plugin", **options: Any) -> list[types.ModuleType]:
    """Return a plugin module for each receiver, marked with pluggy's marker."""
    return [
        make_module(f"{prefix}_{index}", article_published=implementation(receiver, **options))
        for index, receiver in enumerate(receivers)
    ]


def _specifications(*, firstresult: bool) -> types.ModuleType:
    def article_published(sender: type, article: str, author: str) -> Any:
        """An article can be read by everybody from now on."""

    return make_module("specifications", article_published=specification(article_published, firstresult=firstresult))


def _registered(manager: Manager, plugins: Iterable[object]) -> Manager:
    for plugin in plugins:
        manager.register(plugin)
    return manager
