"""Put hookcore in a peer's place in this process, and in those that it starts, before anything else is imported.

Python imports a module of this name by itself. `run.py` puts its folder on PYTHONPATH, and says in
HOOKCORE_STANDS_IN_FOR whose place is taken: nobody's, where it is missing.
"""

from __future__ import annotations

import os

stands_in_for = os.environ.get("HOOKCORE_STANDS_IN_FOR", "")

if stands_in_for:
    try:
        import hookcore
    except ImportError as error:  # which Python would mention, and go on without the exchange
        raise SystemExit(f"hookcore cannot stand in for {stands_in_for}: {error}") from error

if stands_in_for == "pluggy":
    import pluggy

    pluggy.PluginManager = pluggy._manager.PluginManager = hookcore.PluginManager
elif stands_in_for == "Django":
    from django import dispatch

    dispatch.Signal = dispatch.dispatcher.Signal = hookcore.Signal
    dispatch.receiver = dispatch.dispatcher.receiver = hookcore.receiver
elif stands_in_for == "Django, to the letter":
    from django import dispatch

    from hookcore.integrations.django import Signal, receiver

    dispatch.Signal = dispatch.dispatcher.Signal = Signal
    dispatch.receiver = dispatch.dispatcher.receiver = receiver
elif stands_in_for:
    raise SystemExit(f"nobody knows how to stand in for {stands_in_for}")
