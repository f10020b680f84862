"""What does the first send after a connect cost? There is code to be bound, and for a new shape code to be compiled."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import django.dispatch
from figures import Case, Contestant, Limit
from receivers import Receiver, Sender, make_receivers, run_source

import hookcore

MICROSECOND, MILLISECOND = 1_000, 1_000_000
SUBSETS = (
    ("article", "author"),
    ("author",),
    ("sender", "author"),
    (),
    ("article",),
    ("sender",),
    ("author", "article"),
)

Parameters = tuple[str, ...]


def cases() -> list[Case]:
    """Return the cases: shapes seen before and never seen, of one receiver to 100."""
    seen = (Limit("hookcore", 40 * MICROSECOND),)
    unseen = (Limit("hookcore", 1.5 * MILLISECOND),)
    numbers = itertools.count()

    def new_shape() -> Parameters:
        number = next(numbers)
        return ("sender", f"article_{number}", f"author_{number}")

    def old_shape() -> Parameters:
        return ("sender", "article", "author")

    return [
        Case(
            "first send after a connect",
            f"{count} receivers{mixed}, a shape {told}",
            partial(_first_send, shape, count, bool(mixed)),
            "hookcore",
            limit,
            each_once=True,
            most_rounds=40,
        )
        for told, shape, limit in (("seen before", old_shape, seen), ("never seen", new_shape, unseen))
        for count, mixed in ((1, ""), (10, ""), (32, ""), (100, ""), (100, " that take different arguments"))
    ]


def _first_send(shape: Callable[[], Parameters], count: int, mixed: bool) -> Sequence[Contestant]:
    def sample(make: Callable[[Parameters], Any], weak: dict[str, Any], rest: str, repeated: int) -> float:
        """Each send is the first one of a signal of its own."""
        taken = 0.0
        for _ in range(repeated):
            parameters = shape()
            signal = make(parameters)
            for receiver in _receivers(parameters, count, mixed, rest):
                signal.connect(receiver, **weak)
            values = dict.fromkeys(parameters, Sender)
            start = time.perf_counter()
            signal.send(**values)
            taken += time.perf_counter() - start
        return taken

    ours = partial(sample, _declared, {}, "")
    ours(2)  # now a shape that is always the same has been seen
    return [
        Contestant("hookcore", ours),
        Contestant("Django, caching", partial(sample, _django, {"weak": False}, "**kwargs")),
    ]


def _receivers(parameters: Parameters, count: int, mixed: bool, rest: str) -> list[Receiver]:
    given = dict(zip(("sender", "article", "author"), parameters, strict=True))
    taken = [tuple(given[name] for name in subset) for subset in SUBSETS] if mixed else [parameters]
    lists = itertools.islice(itertools.cycle(taken), count)
    return make_receivers([", ".join([*names, *([rest] if rest else [])]) for names in lists])


def _declared(parameters: Parameters) -> hookcore.Signal[..., Any]:
    source = f'def article_published({", ".join(parameters)}):\n    """An article can be read from now on."""'
    return hookcore.signal(run_source(source, "<signals>")["article_published"])


def _django(_: Parameters) -> django.dispatch.Signal:
    return django.dispatch.Signal(use_caching=True)
