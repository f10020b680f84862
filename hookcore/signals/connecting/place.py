"""Where a receiver stands among the others: the options that say so, and the plain value that they make."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from typing import Final, TypedDict


class Place:
    """Where a receiver stands among the others, and whether it wraps them.

    `tryfirst` and `trylast` are pluggy's; `before` and `after` hold canonical plugin names; `wrapper` and
    `old_wrapper` are pluggy's new and old style of wrapping.
    """

    __slots__ = ("after", "before", "old_wrapper", "tryfirst", "trylast", "wrapper")

    def __init__(
        self,
        *,
        tryfirst: bool = False,
        trylast: bool = False,
        before: frozenset[str] = frozenset(),
        after: frozenset[str] = frozenset(),
        wrapper: bool = False,
        old_wrapper: bool = False,
    ) -> None:
        self.tryfirst = tryfirst
        self.trylast = trylast
        self.before = before
        self.after = after
        self.wrapper = wrapper
        self.old_wrapper = old_wrapper

    @property
    def wraps(self) -> bool:
        """Whether it runs around the others instead of among them."""
        return self.wrapper or self.old_wrapper


ANYWHERE: Final = Place()


class OrderOptions(TypedDict, total=False):
    """Where a receiver stands among the others: the options of `Signal.connect` that say so."""

    tryfirst: bool
    trylast: bool
    before: str | Collection[str]
    after: str | Collection[str]


class ConnectOptions(OrderOptions, total=False):
    """All options of `Signal.connect`."""

    sender: object
    weak: bool | None
    dispatch_uid: Hashable | None


def place_among(
    tryfirst: bool = False,
    trylast: bool = False,
    before: str | Collection[str] = (),
    after: str | Collection[str] = (),
    wrapper: bool = False,
) -> Place:
    """Return the place that these options of `Signal.connect` mean."""
    if not (tryfirst or trylast or before or after or wrapper):
        return ANYWHERE
    return Place(
        tryfirst=tryfirst, trylast=trylast, before=_canonical(before), after=_canonical(after), wrapper=wrapper
    )


def _canonical(names: str | Collection[str]) -> frozenset[str]:
    if not names:
        return frozenset()
    from hookcore.names import canonical_name  # only an order by names needs it

    return frozenset(canonical_name(name) for name in ((names,) if isinstance(names, str) else names))
