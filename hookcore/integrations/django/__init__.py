"""hookcore in a Django project: `INSTALLED_APPS += ["hookcore.integrations.django"]` and `HOOKCORE = {"PROJECT": …}`.

The names are imported when they are first asked for: settings may import this before Django is set up.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hookcore.integrations.change import Change
    from hookcore.integrations.django.bulk import BulkSignals, BulkSignalsManager, BulkSignalsQuerySet
    from hookcore.integrations.django.dispatch import Signal, receiver
    from hookcore.integrations.django.host import plugins
    from hookcore.integrations.django.plugin_apps import plugin_apps, plugin_middleware
    from hookcore.integrations.django.plugin_urls import plugin_urls

__all__ = [
    "BulkSignals",
    "BulkSignalsManager",
    "BulkSignalsQuerySet",
    "Change",
    "Signal",
    "plugin_apps",
    "plugin_middleware",
    "plugin_urls",
    "plugins",
    "receiver",
]

_WHEN_ASKED_FOR = {
    "BulkSignals": "bulk",
    "BulkSignalsManager": "bulk",
    "BulkSignalsQuerySet": "bulk",
    "Change": "changes",
    "Signal": "dispatch",
    "plugin_apps": "plugin_apps",
    "plugin_middleware": "plugin_apps",
    "plugin_urls": "plugin_urls",
    "plugins": "host",
    "receiver": "dispatch",
}


def __getattr__(name: str) -> object:
    """Import what is asked for the first time."""
    module = _WHEN_ASKED_FOR.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = value  # also in the place of a module of that name
    return value


def __dir__() -> list[str]:
    return __all__
