"""How are figures told? A table for people, case by case while it is measured, and JSON for everything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from figures import Result, Verdict
from machine import Machine

WIDTH = 46
FASTER_FROM = 0.25
"""A limit up to this is told as `so many times faster`."""


def heading(machine: Machine, load: float | None) -> str:
    """Return what stands above the tables."""
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    system = f"{machine.system}, {machine.processors} processors, load {told_load(load)}"
    return "\n".join(
        [
            f"{machine.python} ({machine.compiler}), {system}",
            versions,
            "Each ratio is the median over all rounds of (contestant / reference in that round).",
        ]
    )


def told_load(load: float | None) -> str:
    """Return the load in words."""
    return "unknown" if load is None else f"{load:.2f}"


def table(result: Result) -> str:
    """Return one case as a table, with its limits below."""
    lines = [
        "",
        f"{result.group}: {result.name}",
        f"  {'':{WIDTH}} {'median':>12} {'minimum':>12} {'ratio':>8} {'of min.':>8}",
    ]
    for row in result.rows:
        median, minimum = told(row.median, result.unit), told(row.minimum, result.unit)
        lines.append(
            f"  {row.contestant:{WIDTH}} {median:>12} {minimum:>12} {row.ratio:>8.2f} {row.ratio_of_minima:>8.2f}"
        )
    lines += [f"  {'limit':>{WIDTH}} {told_verdict(verdict, result.unit)}" for verdict in result.verdicts]
    return "\n".join(lines)


def told_verdict(verdict: Verdict, unit: str) -> str:
    """Return a limit beside its figure, in words."""
    mark = "ok" if verdict.ok else "OVER"
    if not verdict.against:
        return f"{verdict.contestant}: {told(verdict.figure, unit)}, at most {told(verdict.most, unit)}: {mark}"
    if verdict.most <= FASTER_FROM:
        faster, wanted = 1 / verdict.figure, 1 / verdict.most
        return f"{verdict.contestant}: {faster:.1f} times faster than {verdict.against}, at least {wanted:.1f}: {mark}"
    return f"{verdict.contestant}: {verdict.figure:.2f} times {verdict.against}, at most {verdict.most:.2f}: {mark}"


def told(figure: float, unit: str) -> str:
    """Return a figure with its unit, in the size that reads well."""
    if unit != "ns":
        return f"{figure:.3g}" if unit == "exponent" else f"{figure:,.0f} {unit}"
    for size, name in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
        if figure >= size:
            return f"{figure / size:.3g} {name}" if figure < 1000 * size else f"{figure / size:,.0f} {name}"
    return f"{figure:.1f} ns"


def summary(results: Sequence[Result]) -> str:
    """Return how many limits are kept, and each that is not."""
    verdicts = [(result, verdict) for result in results for verdict in result.verdicts]
    over = [(result, verdict) for result, verdict in verdicts if not verdict.ok]
    lines = ["", f"{len(verdicts) - len(over)} of {len(verdicts)} limits are kept."]
    lines += [f"  {result.group}: {result.name}: {told_verdict(verdict, result.unit)}" for result, verdict in over]
    return "\n".join(lines)


def as_json(machine: Machine, loads: Sequence[float | None], results: Sequence[Result]) -> dict[str, Any]:
    """Return everything as plain data. Times are in nanoseconds."""
    return {
        "machine": asdict(machine),
        "load": {"before": loads[0], "after": loads[-1]},
        "results": [
            {**asdict(result), "verdicts": [{**asdict(verdict), "ok": verdict.ok} for verdict in result.verdicts]}
            for result in results
        ],
    }
