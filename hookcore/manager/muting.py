"""Which signals does a config mute?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from hookcore.names import meant
from hookcore.plugins.config.keys import Config
from hookcore.signals.signal import Signal
from hookcore.suggestions import did_you_mean


def muted_by(config: Config, signals: Mapping[str, Signal[..., Any]]) -> dict[str, Signal[..., Any]]:
    """Return those of the host's signals, by name, that a config mutes."""
    return {name: signals[name] for stated in config.mute for name in meant(stated.value, signals)}


def unknown_muted(config: Config, signals: Collection[str], project_name: str) -> list[str]:
    """Return a sentence for each name or glob that a config mutes and that fits no signal of the host's."""
    known = f" There are: {', '.join(sorted(signals)) or 'none'}."
    return [
        f"{source}: mute names {name!r}, which {project_name!r} does not send.{did_you_mean(name, signals) or known}"
        for name, source in config.mute
        if not meant(name, signals)
    ]
