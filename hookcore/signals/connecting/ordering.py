"""In which order: connection order (Django's), or the last registered first (pluggy's), and within each
`tryfirst`, `trylast`, `before=` and `after=`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from hookcore.errors import OrderingCycleError
from hookcore.signals.arguments.wanted import describe
from hookcore.signals.connecting.place import ANYWHERE
from hookcore.signals.connecting.receiver import Receiver


def in_calling_order(receivers: Sequence[Receiver], pluggys: bool) -> Sequence[Receiver]:
    """Order receivers that are in connection order: wrappers outermost first, then `tryfirst`, the others, `trylast`.

    Ties keep connection order; in pluggy's order the last registered is called first, but among `trylast` receivers
    the first: each later one is put behind it.
    """
    if pluggys:
        receivers = receivers[::-1]
    return receivers if _anywhere(receivers) else _constrained(_ranked(receivers, trylast_reversed=pluggys))


def _anywhere(receivers: Sequence[Receiver]) -> bool:
    """Tell whether no receiver says where it wants to stand: nearly always so."""
    for receiver in receivers:  # noqa: SIM110 - a loop is faster than a generator
        if receiver.place is not ANYWHERE:
            return False
    return True


def _ranked(receivers: Iterable[Receiver], *, trylast_reversed: bool = False) -> list[Receiver]:
    ranks: list[list[Receiver]] = [[], [], [], [], [], []]
    for receiver in receivers:
        place = receiver.place
        rank = 2 if place.trylast else 0 if place.tryfirst else 1
        ranks[rank if place.wraps else rank + 3].append(receiver)
    if trylast_reversed:
        ranks[2].reverse()
        ranks[5].reverse()
    return [receiver for rank in ranks for receiver in rank]


def _constrained(receivers: list[Receiver]) -> list[Receiver]:
    """Move receivers only as far as `before=` and `after=` demand. Wrappers stay around all others."""
    if not any(receiver.place.before or receiver.place.after for receiver in receivers):
        return receivers
    wrappers = [receiver for receiver in receivers if receiver.place.wraps]
    others = [receiver for receiver in receivers if not receiver.place.wraps]
    return [*_sorted_by_constraints(wrappers), *_sorted_by_constraints(others)]


def _sorted_by_constraints(receivers: list[Receiver]) -> list[Receiver]:
    """Sort topologically; among those that are free to go, the one that stood first goes first."""
    import heapq

    followers, waiting_for = _edges(receivers)
    ready = [index for index, count in enumerate(waiting_for) if count == 0]
    ordered = []
    while ready:
        index = heapq.heappop(ready)
        ordered.append(receivers[index])
        for follower in followers[index]:
            waiting_for[follower] -= 1
            if waiting_for[follower] == 0:
                heapq.heappush(ready, follower)
    # What is left stands in a cycle that existed before its last member came; `refuse_cycle` refuses new ones.
    return ordered + [receivers[index] for index, count in enumerate(waiting_for) if count > 0]


def _edges(receivers: Sequence[Receiver]) -> tuple[list[set[int]], list[int]]:
    """Return, for each receiver by index, who must follow it, and how many it must wait for."""
    by_name: dict[str, list[int]] = {}
    for index, receiver in enumerate(receivers):
        for name in receiver.owner.names if receiver.owner is not None else ():
            by_name.setdefault(name, []).append(index)
    followers: list[set[int]] = [set() for _ in receivers]
    for index, receiver in enumerate(receivers):
        for name in receiver.place.before:
            followers[index].update(other for other in by_name.get(name, ()) if other != index)
        for name in receiver.place.after:
            for other in by_name.get(name, ()):
                if other != index:
                    followers[other].add(index)
    waiting_for = [0] * len(receivers)
    for follows in followers:
        for follower in follows:
            waiting_for[follower] += 1
    return followers, waiting_for


def refuse_cycle(receivers: Sequence[Receiver], newcomer: Receiver, signal: str) -> None:
    """Raise OrderingCycleError if `newcomer` closes a circle of `before=` and `after=` among `receivers`."""
    everybody = [receiver for receiver in (*receivers, newcomer) if receiver.place.wraps == newcomer.place.wraps]
    followers, _ = _edges(everybody)
    cycle = _path(followers, len(everybody) - 1)
    if cycle is None:
        return
    names = [_named(everybody[index]) for index in cycle]
    raise OrderingCycleError(
        f"signal {signal!r}: before= and after= form a cycle: {' -> '.join([*names, names[0]])} "
        "(each must run before the next); take one of them out",
        signal=signal,
        cycle=names,
    )


def _path(followers: Sequence[Iterable[int]], start: int) -> list[int] | None:
    """Return the way from `start` back to `start`, if there is one."""
    path = [start]
    trail: list[Iterator[int]] = [iter(followers[start])]
    seen: set[int] = set()
    while trail:
        following = next(trail[-1], None)
        if following is None:
            trail.pop()
            path.pop()
        elif following == start:
            return path
        elif following not in seen:
            seen.add(following)
            path.append(following)
            trail.append(iter(followers[following]))
    return None


def _named(receiver: Receiver) -> str:
    owner = receiver.owner.name if receiver.owner is not None else "nobody's"
    return f"{owner}: {describe(receiver.function)}"
