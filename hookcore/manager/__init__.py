"""Where the two wings meet, and the only place: who is installed and allowed, and who is called."""

from hookcore.manager.manager import PluginManager

__all__ = ["PluginManager"]
