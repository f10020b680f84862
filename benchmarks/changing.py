"""What do sends between changes cost? Before each, somebody connects and disconnects: mean and p99 beside the peers."""

from __future__ import annotations

import gc
import itertools
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from contestants import declared_signal, django_signal, pluggy_manager, plugins_of
from figures import Case, Contestant, Growth, Limit
from receivers import SENT, Receiver, Sender, make_receivers

KINDS = (
    *("sender, article, author", "article", "author", "sender", ""),
    *("author, article", "sender, author", "article, sender"),
)
COUNTS = (1, 10, 100, 1_000, 10_000)
SENDERS = (1, 100, 10_000)
MOST_TIMES_PLUGGYS = 3.0
HOOKCORE, PLUGGY, DJANGO = "hookcore", "pluggy", "Django"

Figure = Callable[[list[float]], float]
Doing = Callable[[], object]


def cases(*, quick: bool = False) -> list[Case | Growth]:
    """Return the cases; `quick` ones are too small to mean anything."""
    counts, senders = ((1, 3), (1, 3)) if quick else (COUNTS, SENDERS)
    limits = (Limit(HOOKCORE, MOST_TIMES_PLUGGYS, PLUGGY),)
    told: tuple[tuple[str, Figure], ...] = (("mean", _mean), ("p99", _p99))
    return [
        *(
            _case(
                f"{count:,} receivers, {kinds} kinds, {name}", partial(_receivers, count, kinds, figure), PLUGGY, limits
            )
            for count, kinds, (name, figure) in itertools.product(counts, (1, 8), told)
        ),
        *(
            _case(f"a receiver for each of {count:,} senders, {name}", partial(_senders, count, figure), DJANGO, ())
            for count, (name, figure) in itertools.product(senders, told)
        ),
        *(
            Growth(
                "sends between changes",
                f"{name}, a receiver for each sender",
                (2, 3) if quick else SENDERS[1:],
                partial(_growing, changes),
                DJANGO,
                slopes=(Limit(HOOKCORE, 1.1, eased=False),),
                most_rounds=5,
            )
            for name, changes in (("sends", False), ("changes", True))
        ),
    ]


def _case(name: str, build: Callable[[], Sequence[Contestant]], reference: str, limits: tuple[Limit, ...]) -> Case:
    return Case("sends between changes", name, build, reference, limits, each_once=True, most_rounds=5)


def _mean(times: list[float]) -> float:
    return sum(times) / len(times)


def _p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


def _sampled(change: Doing, send: Doing, sends: int, figure: Figure, repeated: int) -> float:
    taken = 0.0
    gc.collect()
    for _ in range(repeated):
        times = []
        for _ in range(sends):
            change()
            start = time.perf_counter()
            send()
            times.append(time.perf_counter() - start)
        taken += figure(times)
    return taken


def _receivers(count: int, kinds: int, figure: Figure) -> Sequence[Contestant]:
    taken = list(itertools.islice(itertools.cycle(KINDS[:kinds]), count))
    values = {"sender": Sender, "article": "a", "author": "b"}
    sends = max(20, 2_000 // count)

    def changing(signal: Any, receiver: Receiver) -> Callable[[], object]:
        return lambda: (signal.connect(receiver, weak=False), signal.disconnect(receiver))

    (extra,) = make_receivers([SENT])
    (extra_django,) = make_receivers(["sender, **named"])
    ours = declared_signal()
    for receiver in make_receivers(taken):
        ours.connect(receiver)
    theirs = pluggy_manager(plugins_of(make_receivers(taken)))
    plugin = plugins_of([extra], prefix="extra")[0]
    django = django_signal(make_receivers([f"{each}, **named".lstrip(", ") for each in taken]), caching=True)

    def change_pluggy() -> None:
        theirs.register(plugin)
        theirs.unregister(plugin)

    hook = theirs.hook
    contestants: list[tuple[str, Doing, Doing]] = [
        (HOOKCORE, changing(ours, extra), lambda: ours.send(**values)),
        (PLUGGY, change_pluggy, lambda: hook.article_published(**values)),
        (DJANGO, changing(django, extra_django), lambda: django.send(**values)),
    ]
    return [Contestant(name, partial(_sampled, change, send, sends, figure)) for name, change, send in contestants]


def _senders(count: int, figure: Figure) -> Sequence[Contestant]:
    sends = max(20, 2_000 // count)
    return [Contestant(name, partial(_sampled, change, send, sends, figure)) for name, change, send in _peers(count)]


def _growing(changes: bool, count: int) -> Sequence[Contestant]:
    """Time what comes after the other: `changes` after sends, or sends after changes; as many as there are senders."""

    def sample(other: Doing, timed: Doing, _: int) -> float:
        times = max(20, 2_000 // count)
        return _sampled(other, timed, times, _mean, 1) * count

    return [
        Contestant(name, partial(sample, *((send, change) if changes else (change, send))))
        for name, change, send in _peers(count)
    ]


def _peers(count: int) -> list[tuple[str, Doing, Doing]]:
    """Return what makes a change for one of so many senders, and what sends for one, of us and of Django."""
    senders = [type(f"Sender{index}", (), {}) for index in range(count)]
    (extra,) = make_receivers(["sender, **named"])

    def contestant(name: str, signal: Any, parameters: str) -> tuple[str, Doing, Doing]:
        for sender, receiver in zip(senders, make_receivers([parameters] * count), strict=True):
            signal.connect(receiver, sender=sender, weak=False)
        following = itertools.cycle(senders)

        def change() -> None:
            sender = next(following)
            signal.connect(extra, sender=sender, weak=False)
            signal.disconnect(extra, sender=sender)

        def send() -> object:
            return signal.send(sender=next(following), article="a", author="b")

        return name, change, send

    return [
        contestant(HOOKCORE, declared_signal(), SENT),
        contestant(DJANGO, django_signal([], caching=False), "sender, **named"),
    ]
