"""hookcore: Django's signals, shipped as plugins. This is the face: it only re-exports.

What a plugin needs (`receiver`, `Signal`, the errors) is there at once. What only a host needs is imported when it is
first asked for, so that a plugin's module does not pay for it (PEP 562).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hookcore.errors import (
    AsyncReceiverError,
    ConfigError,
    HookcoreError,
    ManagerCopyError,
    ManagerStateError,
    OrderingCycleError,
    PluginError,
    PluginLoadError,
    PluginStartError,
    ReceiverError,
    SettingsError,
    SignalArgumentError,
    SignalDeclarationError,
    SignalHeldError,
    SignalRecursionError,
    UnknownPluginError,
    UnknownSignalError,
)
from hookcore.signals.declaring import receiver, signal
from hookcore.signals.signal import Signal

if TYPE_CHECKING:
    from hookcore.manager import PluginManager
    from hookcore.manager.explaining import Explanation
    from hookcore.manager.reports import PluginReport
    from hookcore.manager.signal_reports import ReceiverReport, SignalSpec
    from hookcore.plugins.discovery import discover, discover_group
    from hookcore.plugins.installed import Distribution, EntryPoint, InstalledPlugin

__all__ = [
    "AsyncReceiverError",
    "ConfigError",
    "Distribution",
    "EntryPoint",
    "Explanation",
    "HookcoreError",
    "InstalledPlugin",
    "ManagerCopyError",
    "ManagerStateError",
    "OrderingCycleError",
    "PluginError",
    "PluginLoadError",
    "PluginManager",
    "PluginReport",
    "PluginStartError",
    "ReceiverError",
    "ReceiverReport",
    "SettingsError",
    "Signal",
    "SignalArgumentError",
    "SignalDeclarationError",
    "SignalHeldError",
    "SignalRecursionError",
    "SignalSpec",
    "UnknownPluginError",
    "UnknownSignalError",
    "discover",
    "discover_group",
    "receiver",
    "signal",
]

_WHEN_ASKED_FOR = {
    "PluginManager": "hookcore.manager",
    "PluginReport": "hookcore.manager.reports",
    "Explanation": "hookcore.manager.explaining",
    "ReceiverReport": "hookcore.manager.signal_reports",
    "SignalSpec": "hookcore.manager.signal_reports",
    "discover": "hookcore.plugins.discovery",
    "discover_group": "hookcore.plugins.discovery",
    "Distribution": "hookcore.plugins.installed",
    "EntryPoint": "hookcore.plugins.installed",
    "InstalledPlugin": "hookcore.plugins.installed",
}


def __getattr__(name: str) -> object:
    """Import what only a host needs."""
    import importlib

    module = _WHEN_ASKED_FOR.get(name)
    if module is None:
        from hookcore.suggestions import did_you_mean

        raise AttributeError(f"module {__name__!r} has no attribute {name!r}.{did_you_mean(name, __all__)}")
    value: object = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
