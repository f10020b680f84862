"""How is the picture of signals and receivers drawn? For a light page and a dark one, as the reader's is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final
from xml.sax.saxutils import escape

from hookcore.cli.reach import Edge, Graph, described
from hookcore.cli.screen import shown, spread

_ROW: Final = 44
_BOX: Final = 34
_MARGIN: Final = 16
_GAP: Final = 90
_LETTER: Final = 7.8  # how wide one is, at most on average, at 13 pixels in the fonts below
_UNKNOWN: Final = "no receiver is known"
_STYLE: Final = """\
text { font: 13px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2328; }
.whose { font-size: 11px; fill: #59636e; }
rect { fill: #ffffff; stroke: #8c959f; }
.page { fill: #ffffff; stroke: none; }
.signal { fill: #ddf4ff; stroke: #0969da; }
path { fill: none; stroke: #0969da; stroke-width: 1.5; }
.off { stroke-dasharray: 4 4; stroke: #8c959f; }
.failed, .blocked { stroke: #cf222e; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; }
  .whose { fill: #9198a1; }
  rect { fill: #161b22; stroke: #656c76; }
  .page { fill: #0d1117; }
  .signal { fill: #0c2d6b; stroke: #4493f8; }
  path { stroke: #4493f8; }
  .off { stroke: #656c76; }
  .failed, .blocked { stroke: #f85149; }
}"""


def picture_of(drawn: Graph) -> str:
    """Return an SVG document: signals on the left, and on the right their receivers with the plugins that have them."""
    left = _width_of(shown(signal) for signal in drawn.signals)
    texts = [text for edge in drawn.edges for text in (edge.receiver, described(edge))]
    texts += [text for name, state in drawn.others for text in (name, f"{state}, {_UNKNOWN}")]
    right = _width_of(map(shown, texts))
    column = _MARGIN + left + _GAP
    parts: list[str] = []
    top = float(_MARGIN)
    for signal in drawn.signals:
        edges = drawn.of(signal)
        middle = top + max(len(edges) - 1, 0) * _ROW / 2
        for number, edge in enumerate(edges):
            row = top + number * _ROW
            parts.append(_line(_MARGIN + left, middle + _BOX / 2, column, row + _BOX / 2, edge))
            parts += _box(
                column, row, right, edge.receiver, described(edge), _class_of(edge.state, is_reached=edge.is_reached)
            )
        parts += _box(_MARGIN, middle, left, signal, "", "signal")
        top += max(len(edges), 1) * _ROW
    for name, state in drawn.others:
        parts += _box(column, top, right, name, f"{state}, {_UNKNOWN}", _class_of(state, is_reached=False))
        top += _ROW
    width, height = column + right + _MARGIN, top + _MARGIN - (_ROW - _BOX)
    title = escape(f"The signals of {shown(drawn.project)} and their receivers")
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{title}">',
            f"<title>{title}</title>",
            f"<style>\n{_STYLE}\n</style>",
            f'<rect class="page" width="{width:.0f}" height="{height:.0f}"/>',
            *parts,
            "</svg>",
        ]
    )


def _width_of(texts: Iterable[str]) -> float:
    return max([len(spread(text)) * _LETTER for text in texts], default=0) + 2 * 12


def _class_of(state: str, *, is_reached: bool) -> str:
    return state if state in ("failed", "blocked") else "" if is_reached else "off"


def _box(left: float, top: float, width: float, name: str, whose: str, kind: str) -> Iterator[str]:
    baseline = top + (15 if whose else 22)
    kind = f' class="{kind}"' if kind else ""
    yield f'<rect{kind} x="{left:.0f}" y="{top:.0f}" width="{width:.0f}" height="{_BOX}" rx="6"/>'
    yield f'<text x="{left + 12:.0f}" y="{baseline:.0f}">{escape(shown(name))}</text>'
    if whose:
        yield f'<text class="whose" x="{left + 12:.0f}" y="{top + 28:.0f}">{escape(shown(whose))}</text>'


def _line(left: float, begin: float, right: float, end: float, edge: Edge) -> str:
    bend = (left + right) / 2
    name = _class_of(edge.state, is_reached=edge.is_reached)
    kind = f' class="{name}"' if name else ""
    curve = f"C{bend:.0f} {begin:.0f} {bend:.0f} {end:.0f} {right:.0f} {end:.0f}"
    return f'<path{kind} d="M{left:.0f} {begin:.0f} {curve}"/>'
