"""Which signals reach nobody? Those that the config mutes, until it says otherwise or the manager stops."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from hookcore.names import is_pattern
from hookcore.plugins.config.keys import Config
from hookcore.signals.signal import Signal
from hookcore.suggestions import did_you_mean


class Muting:
    """Keeps muted what one manager's config mutes. What others mute by hand is theirs to unmute."""

    def __init__(self) -> None:
        self._muted: Sequence[Signal[..., Any]] = ()

    def follow(self, signals: Sequence[Signal[..., Any]]) -> None:
        """Mute these signals, and nothing else any more."""
        for signal in signals:
            signal.mute()
        for signal in self._muted:
            signal.unmute()
        self._muted = signals

    def end(self) -> None:
        """Mute nothing any more."""
        self.follow(())


def muted_by(config: Config, signals: Mapping[str, Signal[..., Any]]) -> dict[str, Signal[..., Any]]:
    """Return those of the host's signals, by name, that a config mutes."""
    return {name: signals[name] for stated in config.mute for name in _fitting(stated.value, signals)}


def unknown_muted(config: Config, signals: Collection[str], project_name: str) -> list[str]:
    """Return a sentence for each name or glob that a config mutes and that fits no signal of the host's."""
    known = f" There are: {', '.join(sorted(signals)) or 'none'}."
    return [
        f"{source}: mute names {name!r}, which {project_name!r} does not send.{did_you_mean(name, signals) or known}"
        for name, source in config.mute
        if not _fitting(name, signals)
    ]


def _fitting(pattern: str, names: Collection[str]) -> list[str]:
    """Return the names that a name or glob means; one that is there literally is no glob."""
    if pattern in names or not is_pattern(pattern):
        return [pattern] if pattern in names else []
    from fnmatch import fnmatchcase  # few configs have a glob in them

    return [name for name in names if fnmatchcase(name, pattern)]
