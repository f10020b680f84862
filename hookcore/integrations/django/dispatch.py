"""`Signal` and `receiver` with Django's semantics to the letter: a project changes the import, and nothing else.

Receivers are held weakly unless somebody says otherwise, are called with `signal`, `sender` and all that is sent, and
have to take `**kwargs`. How a send is carried out, and what is logged where, is Django's own code. Beside that the
signal is one of ours: a manager holds it, plugins connect to it, and config decides which of their receivers it
reaches.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Final, TypeVar

from django.dispatch import dispatcher
from django.utils.inspect import func_accepts_kwargs

import hookcore

F = TypeVar("F", bound=Callable[..., Any])

_Theirs: Final[Any] = dispatcher.Signal


class Signal(hookcore.Signal[..., Any, Any]):
    """Django's signal, whose receivers obey policy."""

    def __init__(self, use_caching: bool = False) -> None:
        super().__init__(use_caching=use_caching)

    send = _Theirs.send
    send_robust = _Theirs.send_robust
    asend = _Theirs.asend
    asend_robust = _Theirs.asend_robust
    _log_robust_failure = _Theirs._log_robust_failure

    def connect(
        self,
        receiver: Callable[..., Any],
        sender: object = None,
        weak: bool | None = True,
        dispatch_uid: Hashable | None = None,
        **options: Any,
    ) -> None:
        """Connect a receiver, as Django does. The other options are those of `hookcore.Signal.connect`."""
        from django.conf import settings

        if settings.configured and settings.DEBUG:
            if not callable(receiver):
                raise TypeError("Signal receivers must be callable.")
            if not func_accepts_kwargs(receiver):
                raise ValueError("Signal receivers must accept keyword arguments (**kwargs).")
        super().connect(receiver, sender, weak, dispatch_uid, **options)

    def has_listeners(self, sender: object = None) -> bool:
        """Tell whether a send by `sender` would reach anybody."""
        blocking, coroutines = self._live_receivers(sender)
        return bool(blocking) or bool(coroutines)

    def _live_receivers(self, sender: object) -> Any:
        """Return whom a send reaches: the blocking receivers, and the coroutine functions."""
        self._load_lazily_connected()
        return super()._live_receivers(sender)


def receiver(signal: Any, **options: Any) -> Callable[[F], F]:
    """Connect the decorated function to a signal, or to each of a list or tuple; as Django's `receiver` does."""
    signals: Sequence[Any] = signal if isinstance(signal, (list, tuple)) else [signal]

    def connect(function: F) -> F:
        for each in signals:
            each.connect(function, **options)
        return function

    return connect
