"""What is asked and what is found? Contestants, cases and limits go in; rows and verdicts come out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Unit = Literal["ns", "bytes", "exponent"]


@dataclass(frozen=True, slots=True)
class Contestant:
    """One way to do what a case asks for. `sample(count)` does it so often and returns how long that took, in seconds.

    `answer` does it once and returns what came back: all contestants of a case must agree, or what they took is no
    comparison. None where nothing can come back. One that is `slow` is sampled in every fifth
    round, and that figure counts for the rounds up to the next.
    """

    name: str
    sample: Callable[[int], float]
    answer: Callable[[], object] | None = None
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """What the figures must show: `contestant` takes at most `most` times what `against` takes.

    Without `against`, `most` is absolute, in the unit of the case. Where `eased`, a tenth more is allowed on a CPython
    other than 3.13; `most_on_others` says it where it is something else.
    """

    contestant: str
    most: float
    against: str = ""
    eased: bool = True
    most_on_others: float | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One question: the contestants that `build` makes, compared to `reference`.

    With `each_once` a sample is one whole run of something that takes long (it is not repeated to fill a sample), and
    `share` divides it (by the number of receivers it connects, say). `most_rounds` bounds slow cases.
    """

    group: str
    name: str
    build: Callable[[], Sequence[Contestant]]
    reference: str
    limits: tuple[Limit, ...] = ()
    unit: Unit = "ns"
    each_once: bool = False
    share: int = 1
    most_rounds: int | None = None


@dataclass(frozen=True, slots=True)
class Growth:
    """How something grows: one case for each size, and the exponent over all of them (1 is linear, 2 quadratic).

    `limits` hold for single sizes, `slopes` for the exponent.
    """

    group: str
    name: str
    sizes: tuple[int, ...]
    build: Callable[[int], Sequence[Contestant]]
    reference: str
    limits: Mapping[int, tuple[Limit, ...]] = field(default_factory=dict)
    slopes: tuple[Limit, ...] = ()
    most_rounds: int = 15


@dataclass(frozen=True, slots=True)
class Row:
    """What one contestant took: median and minimum in the case's unit, and both as ratios to the reference."""

    contestant: str
    median: float
    minimum: float
    ratio: float
    ratio_of_minima: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """One limit beside its figure."""

    contestant: str
    against: str
    figure: float
    most: float

    @property
    def ok(self) -> bool:
        """Whether the figure is within the limit."""
        return self.figure <= self.most


@dataclass(frozen=True, slots=True)
class Result:
    """The figures of one case."""

    group: str
    name: str
    reference: str
    unit: str
    rows: tuple[Row, ...]
    verdicts: tuple[Verdict, ...]


def most_allowed(limit: Limit, python: tuple[int, int]) -> float:
    """Return what a limit allows on this CPython: the limits were said for 3.13, and a tenth more for the others."""
    if python >= (3, 13):
        return limit.most
    if limit.most_on_others is not None:
        return limit.most_on_others
    return limit.most * 1.1 if limit.eased else limit.most
