"""hookcore: Django's signals, shipped as plugins. This is the face: it only re-exports."""

from hookcore.errors import (
    ConfigError,
    HookcoreError,
    ManagerStateError,
    MissingExtraError,
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
from hookcore.manager import PluginManager, PluginReport
from hookcore.plugins.discovery import discover
from hookcore.signals.declaring import receiver, signal
from hookcore.signals.signal import Signal

__all__ = [
    "ConfigError",
    "HookcoreError",
    "ManagerStateError",
    "MissingExtraError",
    "OrderingCycleError",
    "PluginError",
    "PluginLoadError",
    "PluginManager",
    "PluginReport",
    "PluginStartError",
    "ReceiverError",
    "SettingsError",
    "Signal",
    "SignalArgumentError",
    "SignalDeclarationError",
    "SignalHeldError",
    "SignalRecursionError",
    "UnknownPluginError",
    "UnknownSignalError",
    "discover",
    "receiver",
    "signal",
]
