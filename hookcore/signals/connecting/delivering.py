"""When and where does a receiver run? In the send itself (`inline`), or as a module says that is imported then."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from hookcore.errors import ReceiverError
from hookcore.suggestions import did_you_mean

INLINE: Final = "inline"

_DELIVERIES: Final = {"on_commit": ("hookcore.delivery.on_commit", "DeferredReceiver")}
"""Where each delivery is, by name: what stands there takes a receiver and returns what a send calls in its place."""


def delivered(receiver: Callable[..., Any], delivery: object, signal: str, wraps: bool) -> Callable[..., Any]:
    """Return what a send calls in a receiver's place.

    Raises ReceiverError for a delivery that nobody knows, and for a wrapper, which can only run in the send.
    """
    if wraps:
        raise ReceiverError(
            f"a wrapper runs around the others, in the send itself: connect {receiver!r} to signal {signal!r} "
            f"without delivery={delivery!r}",
            signal=signal,
            receiver=repr(receiver),
        )
    found = _DELIVERIES.get(delivery) if isinstance(delivery, str) else None
    if found is None:
        names = (INLINE, *_DELIVERIES)
        hint = did_you_mean(str(delivery), names) or f" There are: {', '.join(names)}."
        raise ReceiverError(
            f"no delivery is called {delivery!r}: {receiver!r} could not be connected to signal {signal!r}.{hint}",
            signal=signal,
            receiver=repr(receiver),
        )
    module, name = found
    deliver: Callable[[Callable[..., Any]], Callable[..., Any]] = getattr(import_module(module), name)
    return deliver(receiver)
