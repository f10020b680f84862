"""How are figures taken? Interleaved: in each round every contestant runs once, so that a busy moment hits all alike.

A ratio is the median over the rounds of (contestant / reference within that round). Contestants are built anew several
times, since where a function's code and dictionaries happen to lie in memory is worth some per cent.
"""

from __future__ import annotations

import gc
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

Unit = Literal["ns", "bytes", "exponent"]


@dataclass(frozen=True, slots=True)
class Contestant:
    """One way to do what a case asks for. `sample(count)` does it so often and returns how long that took, in seconds.

    `answer` does it once and returns what came back: all contestants of a case must agree, or what they took is no
    comparison. None where nothing can come back. One that is `slow` is sampled in the first round only.
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
    most_rounds: int = 5


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


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured: `batches` times everything is built, and then goes `rounds` rounds of samples that take
    about `sample` seconds each."""

    batches: int = 5
    rounds: int = 60
    sample: float = 0.0004

    @classmethod
    def quick(cls) -> Effort:
        """Just enough to see that the benchmark runs: its figures mean nothing."""
        return cls(batches=1, rounds=1, sample=0.0)


@dataclass(slots=True)
class _Samples:
    """The seconds per run of each contestant, a list entry for each round."""

    taken: dict[str, list[float]] = field(default_factory=dict)

    def add(self, contestant: str, seconds: float) -> None:
        self.taken.setdefault(contestant, []).append(seconds)

    def median(self, contestant: str) -> float:
        return statistics.median(self.taken[contestant])

    def minimum(self, contestant: str) -> float:
        return min(self.taken[contestant])

    def ratio(self, contestant: str, reference: str) -> float:
        pairs = zip(self.taken[contestant], self.taken[reference], strict=True)
        return statistics.median(_divided(mine, theirs) for mine, theirs in pairs)


def measure(case: Case, effort: Effort, python: tuple[int, int]) -> Result:
    """Take the figures of one case. `python` is CPython's version, on which some limits depend."""
    samples = _Samples()
    rounds = effort.rounds if case.most_rounds is None else min(effort.rounds, case.most_rounds)
    batches = 1 if case.each_once else effort.batches
    for _ in range(batches):
        contestants = case.build()
        _refuse_disagreement(case, contestants)
        counts = {each.name: 1 if case.each_once else _count_to_fill(each, effort.sample) for each in contestants}
        was_enabled = gc.isenabled()
        gc.collect()
        gc.disable()
        try:
            for _ in range(rounds):
                for contestant in contestants:
                    _take_sample(contestant, counts[contestant.name], case.share, samples)
        finally:
            if was_enabled:
                gc.enable()
    return _result(case, samples, python)


def _take_sample(contestant: Contestant, count: int, share: int, samples: _Samples) -> None:
    taken = samples.taken.get(contestant.name)
    again = contestant.slow and taken
    samples.add(contestant.name, taken[0] if again and taken else contestant.sample(count) / (count * share))


def measure_growth(growth: Growth, effort: Effort, python: tuple[int, int]) -> list[Result]:
    """Take the figures of every size, a share for each one of what grows, and the exponents."""
    results = [
        measure(
            Case(
                growth.group,
                f"{growth.name}, each of {size:,}",
                partial(growth.build, size),
                growth.reference,
                growth.limits.get(size, ()),
                each_once=True,
                share=size,
                most_rounds=growth.most_rounds,
            ),
            effort,
            python,
        )
        for size in growth.sizes
    ]
    slopes: dict[str, float] = {}
    for row in results[0].rows:
        shares = [_row(result, row.contestant).median for result in results]
        slopes[row.contestant] = _exponent(
            growth.sizes, [share * size for share, size in zip(shares, growth.sizes, strict=True)]
        )
    rows = tuple(
        Row(name, slope, slope, _divided(slope, slopes[growth.reference]), _divided(slope, slopes[growth.reference]))
        for name, slope in slopes.items()
    )
    verdicts = tuple(
        Verdict(limit.contestant, "", slopes[limit.contestant], most_allowed(limit, python)) for limit in growth.slopes
    )
    return [*results, Result(growth.group, f"{growth.name}, exponent", growth.reference, "exponent", rows, verdicts)]


def _row(result: Result, contestant: str) -> Row:
    return next(row for row in result.rows if row.contestant == contestant)


def _exponent(sizes: Sequence[int], totals: Sequence[float]) -> float:
    """Return the slope of a straight line through the points on logarithmic axes (least squares)."""
    return statistics.linear_regression([math.log(size) for size in sizes], [math.log(total) for total in totals]).slope


def _refuse_disagreement(case: Case, contestants: Sequence[Contestant]) -> None:
    answers = {each.name: each.answer() for each in contestants if each.answer is not None}
    for name, answer in answers.items():
        if answer != answers.get(case.reference, answer):
            raise AssertionError(
                f"{case.group}: {case.name}: {name} gives {answer!r}, and {case.reference} {answers[case.reference]!r}"
            )


def _count_to_fill(contestant: Contestant, seconds: float) -> int:
    contestant.sample(40)  # CPython specialises code that has run some times
    count = 1
    while True:
        taken = contestant.sample(count)
        if taken >= seconds / 2:
            return max(1, round(count * min(4.0, _divided(seconds, taken))))
        count *= 2


def _result(case: Case, samples: _Samples, python: tuple[int, int]) -> Result:
    scale = 1e9 if case.unit == "ns" else 1.0
    rows = tuple(
        Row(
            name,
            samples.median(name) * scale,
            samples.minimum(name) * scale,
            samples.ratio(name, case.reference),
            _divided(samples.minimum(name), samples.minimum(case.reference)),
        )
        for name in samples.taken
    )
    verdicts = tuple(
        Verdict(
            limit.contestant,
            limit.against,
            samples.ratio(limit.contestant, limit.against)
            if limit.against
            else samples.median(limit.contestant) * scale,
            most_allowed(limit, python),
        )
        for limit in case.limits
    )
    return Result(case.group, case.name, case.reference, case.unit, rows, verdicts)


def most_allowed(limit: Limit, python: tuple[int, int]) -> float:
    """Return what a limit allows on this CPython: the limits were said for 3.13, and a tenth more for the others."""
    if python >= (3, 13):
        return limit.most
    if limit.most_on_others is not None:
        return limit.most_on_others
    return limit.most * 1.1 if limit.eased else limit.most


def _divided(number: float, by: float) -> float:
    return number / by if by else float("inf")
