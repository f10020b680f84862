"""Which signals reach nobody? Those that the config mutes, until it says otherwise or the manager stops."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from hookcore.plugins.config.records import Config
from hookcore.signals.signal import Signal
from hookcore.suggestions import did_you_mean


class Muting:
    """Keeps muted what one manager's config mutes. What others mute by hand is theirs to unmute."""

    def __init__(self) -> None:
        self._muted: Sequence[Signal[..., Any]] = ()

    def follow(self, config: Config, signals: Mapping[str, Signal[..., Any]]) -> None:
        """Mute what a config mutes of the host's signals, and nothing else."""
        self._change([signals[said.value] for said in config.mute])

    def end(self) -> None:
        """Mute nothing any more."""
        self._change(())

    def _change(self, signals: Sequence[Signal[..., Any]]) -> None:
        for signal in signals:
            signal.mute()
        for signal in self._muted:
            signal.unmute()
        self._muted = signals


def unknown_muted(config: Config, signals: Collection[str], project_name: str) -> list[str]:
    """Return a sentence for each signal that a config mutes and the host does not send."""
    return [
        f"{said.source}: mute names {said.value!r}, which {project_name!r} does not send."
        f"{did_you_mean(said.value, signals)}"
        for said in config.mute
        if said.value not in signals
    ]
