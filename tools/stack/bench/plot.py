"""Draws the figures as one SVG picture: bars for token checks and starts, lines for growth. It uses no library."""

from collections.abc import Sequence
from statistics import median
from xml.sax.saxutils import escape

from stack.bench.functions import AUTHORIZER
from stack.bench.goals import CHECK, RAW, Results, figures

WIDTH, MARGIN, BAR, GAP, LABEL = 860, 20, 18, 8, 220
OURS, OTHERS, INK = "#b7410e", "#8a9ba8", "#222222"
LINES = ("#b7410e", "#2f6f9f", "#4c8c4a", "#7a5195")
# These measure steps of a decision and not a whole token check, so the bars leave them out.
PARTS = ("parse alone", "rules and policy", "whole decision")
PANEL = 240


def render(results: Results) -> str:
    """The picture as SVG."""
    tokens = {name: median(times) for name, times in results.verification.items() if name not in PARTS}
    starts = {name: median(figures(results, name, "init")) / 1e3 for name in results.processes}
    parts: list[str] = []
    y = _bars(parts, MARGIN, "One token: µs of processor time", tokens, "µs", (RAW, CHECK))
    y = _bars(parts, y, "From exec to ready: ms", starts, "ms", (AUTHORIZER,))
    y = _growth(parts, y, results.growth)
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y}" font-family="sans-serif" font-size="13">\n'
        f'<rect width="{WIDTH}" height="{y}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _bars(parts: list[str], y: int, title: str, values: dict[str, float], unit: str, ours: Sequence[str]) -> int:
    """Draws one panel of bars at `y`, and returns the `y` of the next panel."""
    y = _title(parts, y, title)
    scale = (WIDTH - LABEL - MARGIN - 90) / max(values.values())
    for name, value in sorted(values.items(), key=lambda item: item[1]):
        colour, width = (OURS if name in ours else OTHERS), max(value * scale, 1)
        parts.append(_text(LABEL - 8, y + 13, name, "end"))
        parts.append(f'<rect x="{LABEL}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{colour}"/>')
        parts.append(_text(LABEL + width + 6, y + 13, f"{value:.1f} {unit}"))
        y += BAR + GAP
    return y + MARGIN


def _growth(parts: list[str], y: int, growth: dict[str, dict[int, float]]) -> int:
    """Draws the cost of a decision against size. Each axis goes from its smallest size (left) to its largest
    (right)."""
    y = _title(parts, y, "One decision as one thing grows: µs of processor time")
    most = max(max(costs.values()) for costs in growth.values()) * 1.1
    left, right, bottom = 60, WIDTH - 200, y + PANEL
    for step in range(5):
        level = bottom - PANEL * step / 4
        parts.append(f'<path d="M{left} {level:.1f}H{right}" stroke="#dddddd"/>')
        parts.append(_text(left - 8, level + 4, f"{most * step / 4:.0f}", "end"))
    labels: list[tuple[float, str, str]] = []
    for (axis, costs), colour in zip(growth.items(), LINES, strict=False):
        least, last = min(costs), max(costs)
        points = [
            (left + (right - left) * (size - least) / (last - least), bottom - PANEL * cost / most)
            for size, cost in sorted(costs.items())
        ]
        coordinates = " ".join(f"{x:.1f},{height:.1f}" for x, height in points)
        parts.append(f'<polyline points="{coordinates}" fill="none" stroke="{colour}" stroke-width="2"/>')
        labels.append((points[-1][1], f"{axis}: {least} to {last}", colour))
    previous = float("-inf")
    for height, label, colour in sorted(labels):
        previous = max(height + 4, previous + 16)
        parts.append(_text(right + 8, previous, label, colour=colour))
    return bottom + MARGIN


def _title(parts: list[str], y: int, text: str) -> int:
    parts.append(_text(MARGIN, y + 14, text, weight="bold"))
    return y + 30


def _text(x: float, y: float, text: str, anchor: str = "start", weight: str = "normal", colour: str = INK) -> str:
    style = f'text-anchor="{anchor}" font-weight="{weight}" fill="{colour}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'
