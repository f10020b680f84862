"""hookcore: Django's signals, shipped as plugins. This is the face: it only re-exports.

Each name is imported when it is first asked for (PEP 562): a plugin's module does not pay for what only a host needs,
nor a test session or a type checker, which load a module of ours, for what neither uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
        ReceiverTimeoutError,
        SettingsError,
        SignalArgumentError,
        SignalDeclarationError,
        SignalHeldError,
        SignalRecursionError,
        UnknownPluginError,
        UnknownSignalError,
    )
    from hookcore.manager import PluginManager
    from hookcore.manager.config_edit import ConfigEdit
    from hookcore.manager.explaining import Explanation
    from hookcore.manager.reports import PluginReport
    from hookcore.manager.signal_reports import ReceiverReport, SignalSpec
    from hookcore.manager.watching import ObservedReceiver
    from hookcore.plugins.discovery import discover, discover_group
    from hookcore.plugins.installed import Distribution, EntryPoint, InstalledPlugin
    from hookcore.signals.declaring import receiver, signal
    from hookcore.signals.sending.observing import Watch
    from hookcore.signals.signal import Signal

__all__ = [
    "AsyncReceiverError",
    "ConfigEdit",
    "ConfigError",
    "Distribution",
    "EntryPoint",
    "Explanation",
    "HookcoreError",
    "InstalledPlugin",
    "ManagerCopyError",
    "ManagerStateError",
    "ObservedReceiver",
    "OrderingCycleError",
    "PluginError",
    "PluginLoadError",
    "PluginManager",
    "PluginReport",
    "PluginStartError",
    "ReceiverError",
    "ReceiverReport",
    "ReceiverTimeoutError",
    "SettingsError",
    "Signal",
    "SignalArgumentError",
    "SignalDeclarationError",
    "SignalHeldError",
    "SignalRecursionError",
    "SignalSpec",
    "UnknownPluginError",
    "UnknownSignalError",
    "Watch",
    "discover",
    "discover_group",
    "receiver",
    "signal",
]

_WHEN_ASKED_FOR = {
    **dict.fromkeys([name for name in __all__ if name.endswith("Error")], "hookcore.errors"),
    "Signal": "hookcore.signals.signal",
    "receiver": "hookcore.signals.declaring",
    "signal": "hookcore.signals.declaring",
    "PluginManager": "hookcore.manager",
    "PluginReport": "hookcore.manager.reports",
    "ConfigEdit": "hookcore.manager.config_edit",
    "Explanation": "hookcore.manager.explaining",
    "ReceiverReport": "hookcore.manager.signal_reports",
    "SignalSpec": "hookcore.manager.signal_reports",
    "ObservedReceiver": "hookcore.manager.watching",
    "Watch": "hookcore.signals.sending.observing",
    "discover": "hookcore.plugins.discovery",
    "discover_group": "hookcore.plugins.discovery",
    "Distribution": "hookcore.plugins.installed",
    "EntryPoint": "hookcore.plugins.installed",
    "InstalledPlugin": "hookcore.plugins.installed",
}


def __getattr__(name: str) -> object:
    """Import what is asked for."""
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
