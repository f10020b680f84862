"""The picture of one run: bars for what a send costs, and lines for what grows. SVG, written by hand."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

from figures import Result, Row
from machine import Machine

WIDTH = 960
LABELS = 190
BAR, GAP, TITLE = 13, 16, 24
LOWEST, HIGHEST = 0.1, 400.0
COLOURS = {
    "hookcore": "#0b7a4b",
    "by hand": "#555555",
    "Django": "#d1803a",
    "pluggy": "#3a6fd1",
    "blinker": "#8a55b8",
    "psygnal": "#b8557f",
}
OTHERS = "#9a9a9a"


class Panel(NamedTuple):
    """What one group of bars shows: a case, how it is titled, and which contestants."""

    case: str
    title: str
    contestants: tuple[str, ...]


PANELS = (
    Panel(
        "send: 10 receivers that return None",
        "send to 10 receivers",
        ("by hand", "hookcore", "a loop by hand", "psygnal (returns nothing)", "Django, caching", "blinker"),
    ),
    Panel(
        "pluggy call: 10 receivers that return None",
        "pluggy's call, 10 receivers",
        ("by hand", "by hand, an object with __call__", "hookcore", "pluggy"),
    ),
    Panel("send_robust: 10 receivers", "send_robust to 10 receivers", ("by hand", "hookcore", "Django, caching")),
    Panel(
        "untyped signal: 10 receivers with **kwargs",
        "untyped Signal(), 10 receivers with **kwargs",
        ("by hand", "hookcore", "Django, caching", "blinker"),
    ),
    Panel(
        "sender filters: 1,000 receivers, one is hit",
        "1,000 receivers that each wait for a sender, one is hit",
        ("a dictionary look-up by hand", "hookcore", "Django, caching", "blinker", "Django"),
    ),
    Panel(
        "wrappers: the call, one wrapper around 10 receivers",
        "pluggy's call, one wrapper around 10 receivers",
        ("by hand", "hookcore", "pluggy"),
    ),
    Panel(
        "asend: 10 coroutine receivers that suspend",
        "asend to 10 coroutines that suspend",
        ("asyncio.TaskGroup by hand", "hookcore", "asyncio.gather by hand", "Django, caching"),
    ),
    Panel(
        "asend: 10 coroutine receivers that don't suspend",
        "asend to 10 coroutines that don't suspend",
        ("asyncio.TaskGroup by hand", "hookcore", "asyncio.gather by hand", "Django, caching"),
    ),
)
GROWTHS = (
    ("growth: connecting, then disconnecting at random", "connecting and disconnecting, for each receiver"),
    ("growth: registering class instances of 10 receivers", "registering a plugin of 10 receivers"),
)


def draw(machine: Machine, load: str, results: Sequence[Result]) -> str:
    """Return the SVG. What was not measured (see `--only`) is not drawn."""
    by_title = {f"{result.group}: {result.name}": result for result in results}
    parts: list[str] = []
    y = 70.0
    for panel in PANELS:
        if panel.case in by_title:
            rows = _rows(by_title[panel.case], panel.contestants)
            parts += _bars(panel.title, rows, y)
            y += TITLE + len(rows) * (BAR + 4) + GAP
    for column, (start, title) in enumerate(GROWTHS):
        sizes = [each for each in results if f"{each.group}: {each.name}".startswith(f"{start}, each of ")]
        if sizes:
            parts += _lines(title, sizes, 20 + column * WIDTH / 2, y)
    height = y + (270 if any(result.group == "growth" for result in results) else 10)
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    head = [
        _text(
            20,
            28,
            "What a signal costs: ratios to code written by hand (medians; the axis is logarithmic)",
            17,
            bold=True,
        ),
        _text(
            20, 48, f"{machine.python}, {machine.system}, {machine.processors} processors, load {load}; {versions}", 11
        ),
    ]
    style = "font-family: system-ui, sans-serif"
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" style="{style}">'
    return "\n".join([opening, '<rect width="100%" height="100%" fill="#ffffff"/>', *head, *parts, "</svg>", ""])


def _rows(result: Result, contestants: Sequence[str]) -> list[Row]:
    return [row for name in contestants for row in result.rows if row.contestant == name]


def _bars(title: str, rows: Sequence[Row], y: float) -> Iterator[str]:
    yield _text(20, y + 14, title, 13, bold=True)
    one = LABELS + 20 + _length(1.0)
    yield f'<path d="M{one:.1f} {y + TITLE - 3} V{y + TITLE + len(rows) * (BAR + 4):.1f}" stroke="#bbbbbb"/>'
    for index, row in enumerate(rows):
        top = y + TITLE + index * (BAR + 4)
        width = _length(row.ratio)
        yield _text(LABELS + 12, top + 11, row.contestant, 11, anchor="end")
        yield (
            f'<rect x="{LABELS + 20}" y="{top:.1f}" width="{width:.1f}" height="{BAR}" rx="2" '
            f'fill="{_colour(row.contestant)}"/>'
        )
        yield _text(LABELS + 26 + width, top + 11, f"{row.ratio:.2f}" if row.ratio < 9.995 else f"{row.ratio:.0f}", 11)


def _length(ratio: float) -> float:
    share = math.log(ratio / LOWEST) / math.log(HIGHEST / LOWEST)
    return (WIDTH - LABELS - 90) * min(1.0, max(0.002, share))


def _lines(title: str, results: Sequence[Result], x: float, y: float) -> Iterator[str]:
    """Microseconds for each, over how many there are; both axes are logarithmic."""
    sizes = [int(result.name.rpartition(" ")[2].replace(",", "")) for result in results]
    drawn = [row.contestant for row in results[-1].rows if "," not in row.contestant]  # variants would hide them
    figures = [row.median / 1000 for result in results for row in _rows(result, drawn)]
    low, high = math.log10(min(figures)), math.log10(max(figures))
    left, right, top, bottom = x + 10, x + 330, y + 40, y + 220

    def at(size: int, microseconds: float) -> tuple[float, float]:
        across = math.log(size / sizes[0]) / math.log(sizes[-1] / sizes[0])
        up = (math.log10(microseconds) - low) / ((high - low) or 1)
        return left + across * (right - left), bottom - up * (bottom - top)

    yield _text(x, y + 18, f"{title} (µs)", 13, bold=True)
    yield f'<path d="M{left} {top} V{bottom} H{right}" fill="none" stroke="#bbbbbb"/>'
    for size in sizes:
        yield _text(at(size, figures[0])[0], bottom + 16, f"{size:,}", 10, anchor="middle")
    for row in _rows(results[-1], drawn):
        medians = [next(each for each in result.rows if each.contestant == row.contestant).median for result in results]
        points = [at(size, median / 1000) for size, median in zip(sizes, medians, strict=True)]
        path = " ".join(f"{across:.1f},{up:.1f}" for across, up in points)
        colour = _colour(row.contestant)
        yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        microseconds = row.median / 1000
        label = (
            f"{row.contestant} {microseconds:,.0f}" if microseconds >= 10 else f"{row.contestant} {microseconds:.1f}"
        )
        yield _text(points[-1][0] + 6, points[-1][1] + 4, label, 10, colour=colour)


def _colour(contestant: str) -> str:
    for start, colour in COLOURS.items():
        if contestant.startswith(start):
            return colour
    return COLOURS["by hand"] if "by hand" in contestant else OTHERS


def _text(
    x: float, y: float, text: str, size: int, *, bold: bool = False, anchor: str = "start", colour: str = "#222222"
) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"{weight}>'
        f"{escape(text)}</text>"
    )
