"""Receivers that a plugin has connected to Django's own signals by Django's own `@receiver` obey policy, too.

While a plugin does not run whose code is imported, `django.dispatch.Signal` is asked through us whom a send reaches. As
long as all run, nothing of Django's is touched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from weakref import WeakKeyDictionary

from django.dispatch import dispatcher

import hookcore

_TheirSignal: Final[Any] = dispatcher.Signal


class _Gate:
    """Which plugins are held back now, and whose each receiver is, asked once."""

    def __init__(self) -> None:
        self.manager: hookcore.PluginManager | None = None
        self.replaced: Any = None  # what our function stands in the place of: Django's, or somebody's who looks on
        self.in_place: Any = None
        self.held_back: frozenset[str] = frozenset()
        self.owners: WeakKeyDictionary[Any, str | None] = WeakKeyDictionary()

    def lets_through(self, receiver: Any) -> bool:
        """Tell whether a receiver is nobody's, or that of a plugin which runs."""
        written = getattr(receiver, "__func__", receiver)
        try:
            if written not in self.owners:
                self.owners[written] = None if self.manager is None else self.manager.plugin_of(receiver)
            owner = self.owners[written]
        except TypeError:  # it can't be looked up, or be held weakly
            owner = None if self.manager is None else self.manager.plugin_of(receiver)
        return owner not in self.held_back


_gate: Final = _Gate()


def follow(manager: hookcore.PluginManager) -> None:
    """Hold back the receivers of those plugins that do not run now."""
    _gate.manager = manager
    _gate.owners.clear()
    _gate.held_back = frozenset(report.name for report in manager.report() if report.state != "active")
    found = _TheirSignal._live_receivers
    is_in_place = found is _gate.in_place
    if _gate.held_back and not is_in_place:
        _gate.replaced, _gate.in_place = found, _gated(found)
        _TheirSignal._live_receivers = _gate.in_place
    elif not _gate.held_back and is_in_place:
        _TheirSignal._live_receivers = _gate.replaced


def _gated(ask_them: Callable[..., Any]) -> Callable[..., Any]:
    """Return what asks them, made anew each time: they may be somebody who asks an earlier one of ours."""

    def _live_receivers(signal: Any, sender: object) -> tuple[list[Any], list[Any]]:
        blocking, coroutines = ask_them(signal, sender)
        return (
            [each for each in blocking if _gate.lets_through(each)],
            [each for each in coroutines if _gate.lets_through(each)],
        )

    return _live_receivers
