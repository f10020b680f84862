"""How are figures taken? Interleaved: in each round every contestant runs once, so that a busy moment hits all alike.

A ratio is the median over the rounds of (contestant / reference within that round). Contestants are built anew several
times, since where a function's code and dictionaries happen to lie in memory is worth some per cent.
"""

from __future__ import annotations

import gc
import math
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from figures import Case, Contestant, Growth, Limit, Result, Row, Verdict, most_allowed

SLOW_ONES_EVERY = 5
Python = tuple[int, int]


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
    """The seconds (or bytes) per run of each contestant, a list entry for each round."""

    taken: dict[str, list[float]] = field(default_factory=dict)

    def take(self, contestant: Contestant, count: int, share: int) -> None:
        taken = self.taken.setdefault(contestant.name, [])
        if contestant.slow and len(taken) % SLOW_ONES_EVERY:
            taken.append(taken[-1])
        else:
            taken.append(contestant.sample(count) / (count * share))

    def median(self, contestant: str) -> float:
        return statistics.median(self.taken[contestant])

    def minimum(self, contestant: str) -> float:
        return min(self.taken[contestant])

    def ratio(self, contestant: str, reference: str) -> float:
        pairs = zip(self.taken[contestant], self.taken[reference], strict=True)
        return statistics.median(_divided(mine, theirs) for mine, theirs in pairs)


def measure(case: Case, effort: Effort, python: Python) -> Result:
    """Take the figures of one case. `python` is CPython's version, on which some limits depend."""
    samples = _Samples()
    for _ in range(1 if case.each_once else effort.batches):
        contestants = case.build()
        _refuse_disagreement(case, contestants)
        counts = [1 if case.each_once else _count_to_fill(each, effort.sample) for each in contestants]
        with _garbage_left_alone():
            for _ in range(min(effort.rounds, case.most_rounds or effort.rounds)):
                for contestant, count in zip(contestants, counts, strict=True):
                    samples.take(contestant, count, case.share)
    return _result(case, samples, python)


def measure_growth(growth: Growth, effort: Effort, python: Python) -> list[Result]:
    """Take the figures of every size, in each round all of them, and the exponents: a median over rounds as well."""
    cases = [_case_of(growth, size) for size in growth.sizes]
    built = [case.build() for case in cases]
    samples = [_Samples() for _ in cases]
    with _garbage_left_alone():
        for _ in range(min(effort.rounds, growth.most_rounds)):
            for case, contestants, taken in zip(cases, built, samples, strict=True):
                for contestant in contestants:
                    taken.take(contestant, 1, case.share)
    results = [_result(case, taken, python) for case, taken in zip(cases, samples, strict=True)]
    exponents = _exponents(growth.sizes, samples)
    case = Case(growth.group, f"{growth.name}, exponent", list, growth.reference, growth.slopes, unit="exponent")
    return [*results, _result(case, exponents, python)]


def _case_of(growth: Growth, size: int) -> Case:
    name = f"{growth.name}, each of {size:,}"
    limits = growth.limits.get(size, ())
    return Case(growth.group, name, partial(growth.build, size), growth.reference, limits, share=size)


def _exponents(sizes: Sequence[int], samples: Sequence[_Samples]) -> _Samples:
    """Return in place of seconds how the total grew in each round: the slope on logarithmic axes (least squares)."""
    found = _Samples()
    logarithms = [math.log(size) for size in sizes]
    for name in samples[0].taken:
        rounds = zip(*(each.taken[name] for each in samples), strict=True)
        found.taken[name] = [
            1 + statistics.linear_regression(logarithms, [math.log(share) for share in shares]).slope
            for shares in rounds
        ]
    return found


@contextmanager
def _garbage_left_alone() -> Iterator[None]:
    """Collect garbage now and not meanwhile, as `timeit` does."""
    was_enabled = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


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


def _result(case: Case, samples: _Samples, python: Python) -> Result:
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
    verdicts = tuple(_verdict(limit, samples, scale, python) for limit in case.limits)
    return Result(case.group, case.name, case.reference, case.unit, rows, verdicts)


def _verdict(limit: Limit, samples: _Samples, scale: float, python: Python) -> Verdict:
    name, against = limit.contestant, limit.against
    figure = samples.ratio(name, against) if against else samples.median(name) * scale
    return Verdict(name, against, figure, most_allowed(limit, python))


def _divided(number: float, by: float) -> float:
    return number / by if by else float("inf")
