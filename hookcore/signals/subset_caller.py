"""A signal's calls without some plugins: what pluggy's `subset_hook_caller` hands out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

from hookcore.pluggy_internals import SubsetCaller
from hookcore.signals.connecting.receiver import identities_of

if TYPE_CHECKING:
    from hookcore.signals.signal import Signal

__tracebackhide__ = True  # pytest leaves such frames out


class Subset(SubsetCaller):
    """Calls a signal as pluggy does, but for the receivers of some plugins: whatever they connect, and when.

    Such a plugin's receivers that nobody has imported yet are not imported for it either.
    """

    __slots__ = ("_plugins", "_signal")

    def __init__(self, signal: Signal[..., Any], plugins: Iterable[object]) -> None:
        super().__init__(signal, frozenset())
        self._signal = signal
        # While they are held, nothing else has their identities. To copy a set asks none of them for its hash.
        self._plugins = frozenset(plugins) if type(plugins) in (set, frozenset) else tuple(plugins)

    @property
    def _left_out(self) -> Collection[int]:
        return identities_of(self._plugins)

    def implementations(self) -> list[pluggy.HookImpl]:
        """Return the implementations that a call reaches now, in pluggy's order; imports nothing."""
        return self._signal._implementations(self._left_out)

    def __call__(self, **kwargs: object) -> Any:
        """Call the receivers of all other plugins, and nobody's."""
        return self._signal._call_without(self._plugins, kwargs)

    def call_extra(self, methods: Sequence[Callable[..., object]], kwargs: Mapping[str, object]) -> Any:
        """Do so with some more functions that take part this once; as pluggy documents it."""
        return self._signal._call_without(self._plugins, kwargs, methods)

    def call_historic(
        self, result_callback: Callable[[Any], None] | None = None, kwargs: Mapping[str, object] | None = None
    ) -> None:
        """Call them and, once each, those that connect later, whoever brings these; as pluggy documents it."""
        self._signal._call_historic_without(self._left_out, result_callback, kwargs)
