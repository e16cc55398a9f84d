"""Draws boxes, arrows and wrapped words as SVG text; knows no stage and no programme.

Presentation attributes only: no styles, scripts or fonts, so that a strict content policy lets it through and
it prints in black and white.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

INK = "#1a1a1a"
FAINT = "#5a5a5a"
FONT = "Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
_WIDE = frozenset("ЖШЩЮМФЫДЪЭmwMWжшщюмфыъэ№«»")
_NARROW = frozenset(" .,:;()'!|ilIjtrfг-")


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; lengths are in the units of the view box."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle_x(self) -> float:
        return self.x + self.width / 2

    @property
    def middle_y(self) -> float:
        return self.y + self.height / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height


def wrap(text: str, width: float, size: float) -> list[str]:
    """Break text into lines of at most about ``width``; a longer word gets a line of its own."""
    lines: list[str] = []
    for word in text.split():
        candidate = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(candidate, size) <= width:
            lines[-1] = candidate
        else:
            lines.append(word)
    return lines


def text_width(text: str, size: float) -> float:
    """Estimate the width of a line in a sans-serif font, on the generous side."""
    return size * sum(0.85 if char in _WIDE else 0.36 if char in _NARROW else 0.6 for char in text)


def lines_of_text(
    lines: list[str],
    x: float,
    y: float,
    *,
    size: float,
    anchor: str = "start",
    weight: str = "normal",
    fill: str = INK,
) -> str:
    """Return lines whose first baseline is ``y``, 1.25 of the size apart."""
    spans = "".join(
        f'<tspan x="{x:g}" y="{y + number * size * 1.25:g}">{escape(line)}</tspan>' for number, line in enumerate(lines)
    )
    return (
        f'<text font-family="{FONT}" font-size="{size:g}" font-weight="{weight}" text-anchor="{anchor}" '
        f'fill="{fill}">{spans}</text>'
    )


def rectangle(box: Box, *, fill: str = "#ffffff", stroke_width: float = 1.2, dashed: bool = False) -> str:
    """Return a rounded rectangle."""
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return (
        f'<rect x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" rx="6" '
        f'fill="{fill}" stroke="{INK}" stroke-width="{stroke_width:g}"{dash}/>'
    )


def rule(x: float, top: float, bottom: float) -> str:
    """Return a thin vertical line."""
    return f'<line x1="{x:g}" y1="{top:g}" x2="{x:g}" y2="{bottom:g}" stroke="{FAINT}" stroke-width="0.8"/>'


def arrow(*points: tuple[float, float], dashed: bool = False, both_ends: bool = False) -> str:
    """Return a polyline with a head at its end, and one at its start when ``both_ends``."""
    path = " ".join(f"{x:g},{y:g}" for x, y in points)
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    line = f'<polyline points="{path}" fill="none" stroke="{INK}" stroke-width="1.4"{dash}/>'
    heads = _head(points[-2], points[-1]) + (_head(points[1], points[0]) if both_ends else "")
    return line + heads


def mark(kind: str, x: float, y: float) -> str:
    """Return a sign of radius 10 around a point: done (a tick), current (a filled arrow), ahead (a ring)."""
    ring = f'<circle cx="{x:g}" cy="{y:g}" r="10" fill="#ffffff" stroke="{INK}" stroke-width="1.4"/>'
    if kind == "done":
        tick = f"{x - 5:g},{y:g} {x - 1:g},{y + 4.5:g} {x + 5.5:g},{y - 4.5:g}"
        return ring + f'<polyline points="{tick}" fill="none" stroke="{INK}" stroke-width="2.4"/>'
    if kind == "current":
        shape = f"{x - 4:g},{y - 6:g} {x + 6:g},{y:g} {x - 4:g},{y + 6:g}"
        disc = f'<circle cx="{x:g}" cy="{y:g}" r="10" fill="{INK}" stroke="{INK}"/>'
        return disc + f'<polygon points="{shape}" fill="#ffffff"/>'
    return ring


def _head(before: tuple[float, float], tip: tuple[float, float]) -> str:
    """Draw the head by hand: a marker needs an id, and ids of two pictures on one page collide."""
    dx, dy = tip[0] - before[0], tip[1] - before[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    ux, uy = dx / length * 7, dy / length * 7
    left = (tip[0] - ux - uy * 0.55, tip[1] - uy + ux * 0.55)
    right = (tip[0] - ux + uy * 0.55, tip[1] - uy - ux * 0.55)
    points = " ".join(f"{x:g},{y:g}" for x, y in (tip, left, right))
    return f'<polygon points="{points}" fill="{INK}"/>'
