"""hookcore beside SQLAlchemy's ORM: `model_signals(Session)`, and models' events are signals that plugins receive.

plugins = PluginManager("shop", signals, model_signals(Session))
"""

from __future__ import annotations

from hookcore.integrations.change import Change
from hookcore.integrations.sqlalchemy.listening import model_signals

__all__ = ["Change", "model_signals"]
