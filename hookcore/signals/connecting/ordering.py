"""Where does a receiver say that it stands, and in which order does that put all of them?

Connection order (Django's), or the last registered first (pluggy's), and within each `tryfirst`, `trylast`, `before=`
and `after=`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from hookcore.errors import OrderingCycleError
from hookcore.signals.arguments.callables import describe

if TYPE_CHECKING:
    from graphlib import TopologicalSorter
    from typing import Protocol, TypedDict, TypeVar

    class _Ordered(Protocol):
        """What is put in order: a receiver."""

        position: Position
        owner: Any

        @property
        def function(self) -> object: ...

    R = TypeVar("R", bound=_Ordered)

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
        delivery: str


class Position(NamedTuple):
    """Where a receiver stands among the others, and whether it wraps them.

    `tryfirst` and `trylast` are pluggy's; `before` and `after` hold canonical plugin names; `wrapper` and
    `old_wrapper` are pluggy's new and old style of wrapping.
    """

    tryfirst: bool = False
    trylast: bool = False
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    wrapper: bool = False
    old_wrapper: bool = False

    @property
    def wraps(self) -> bool:
        """Whether it runs around the others instead of among them."""
        return self.wrapper or self.old_wrapper


ANYWHERE: Final = Position()


def position_among(
    tryfirst: bool = False,
    trylast: bool = False,
    before: str | Collection[str] = (),
    after: str | Collection[str] = (),
    wrapper: bool = False,
) -> Position:
    """Return the position that these options of `Signal.connect` mean."""
    return Position(tryfirst, trylast, _canonical(before), _canonical(after), wrapper)


def _canonical(names: str | Collection[str]) -> frozenset[str]:
    from hookcore.names import canonical_name  # only an order by names needs it

    return frozenset(canonical_name(name) for name in ((names,) if isinstance(names, str) else names))


def in_calling_order(receivers: Sequence[R], pluggys: bool) -> Sequence[R]:
    """Order receivers that are in connection order: wrappers outermost first, then `tryfirst`, the others, `trylast`.

    Ties keep connection order; in pluggy's order the last registered is called first, but among `trylast` receivers
    the first: each later one is put behind it.
    """
    if len(receivers) < 2:
        return receivers
    if pluggys:
        receivers = receivers[::-1]
    return receivers if _anywhere(receivers) else _constrained(_ranked(receivers, trylast_reversed=pluggys))


def _anywhere(receivers: Sequence[R]) -> bool:
    """Tell whether no receiver says where it wants to stand: nearly always so."""
    for receiver in receivers:  # noqa: SIM110 - a loop is faster than a generator
        if receiver.position is not ANYWHERE:
            return False
    return True


def _ranked(receivers: Iterable[R], *, trylast_reversed: bool = False) -> list[R]:
    ranks: list[list[R]] = [[], [], [], [], [], []]
    for receiver in receivers:
        position = receiver.position
        rank = 2 if position.trylast else 0 if position.tryfirst else 1
        ranks[rank if position.wraps else rank + 3].append(receiver)
    if trylast_reversed:
        ranks[2].reverse()
        ranks[5].reverse()
    return [receiver for rank in ranks for receiver in rank]


def _constrained(receivers: list[R]) -> list[R]:
    """Move receivers only as far as `before=` and `after=` demand: sorted topologically, and among those that are free
    to go, the one that stood first goes first. Wrappers stay around all others."""
    if not any(receiver.position.before or receiver.position.after for receiver in receivers):
        return receivers
    import heapq
    from graphlib import CycleError

    sorter = _sorter(receivers)
    with contextlib.suppress(CycleError):  # one that existed before its last member came: its members go last
        sorter.prepare()
    ready: list[int] = []
    ordered: list[int] = []
    while sorter.is_active():
        for index in sorter.get_ready():
            heapq.heappush(ready, index)
        ordered.append(heapq.heappop(ready))
        sorter.done(ordered[-1])
    return [receivers[index] for index in dict.fromkeys([*ordered, *range(len(receivers))])]


def _sorter(receivers: Sequence[_Ordered]) -> TopologicalSorter[int]:
    """Return what knows of each receiver, by index, whom it must follow: wrappers only wrappers, others only others."""
    from graphlib import TopologicalSorter

    named: dict[tuple[str, bool], list[int]] = {}
    for index, receiver in enumerate(receivers):
        for name in receiver.owner.names if receiver.owner is not None else ():
            named.setdefault((name, receiver.position.wraps), []).append(index)

    def others(index: int, names: Iterable[str]) -> list[int]:
        wraps = receivers[index].position.wraps
        return [other for name in names for other in named.get((name, wraps), ()) if other != index]

    sorter = TopologicalSorter(dict.fromkeys(range(len(receivers)), ()))
    for index, receiver in enumerate(receivers):
        sorter.add(index, *others(index, receiver.position.after))
        for other in others(index, receiver.position.before):
            sorter.add(other, index)
    return sorter


def refuse_cycle(receivers: Sequence[_Ordered], newcomer: _Ordered, signal: str) -> None:
    """Raise OrderingCycleError if `newcomer` closes a circle of `before=` and `after=` among `receivers`."""
    from graphlib import CycleError

    everybody = [*receivers, newcomer]
    try:
        _sorter(everybody).prepare()
    except CycleError as error:
        cycle: list[int] = error.args[1][:-1]
        if len(everybody) - 1 not in cycle:
            return  # it was there before
        start = cycle.index(len(everybody) - 1)
        names = [_name(everybody[index]) for index in (*cycle[start:], *cycle[:start])]
        raise OrderingCycleError(
            f"signal {signal!r}: before= and after= form a cycle: {' -> '.join([*names, names[0]])} "
            "(each must run before the next); take one of them out",
            signal=signal,
            cycle=names,
        ) from None


def _name(receiver: _Ordered) -> str:
    owner = receiver.owner.name if receiver.owner is not None else "nobody's"
    return f"{owner}: {describe(receiver.function)}"
