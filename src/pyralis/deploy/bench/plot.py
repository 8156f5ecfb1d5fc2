"""Plot: lines over minutes, or something else, as an SVG file, for pages on light and on dark ground alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 760, 220  # of one chart
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 34, 34
_TICKS = 4
_STEPS = (1, 2, 2.5, 5, 10)
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#444}.title{font-weight:600;fill:#222}"
    ".grid{stroke:#8886;stroke-width:1}.line{fill:none;stroke:#0a66c2;stroke-width:1.5}.shade{fill:#8882}"
    "@media(prefers-color-scheme:dark){text{fill:#bbb}.title{fill:#eee}.line{stroke:#6cb6ff}}"
)


@dataclass(frozen=True)
class Chart:
    """One line."""

    title: str
    points: Sequence[tuple[float, float]]  # minutes (or what the title says), and the value
    unit: str
    shaded_minutes: float = 0.0  # from the left on, what does not count
    unit_across: str = " min"


def plot(charts: Sequence[Chart]) -> str:
    """The charts, one below the other."""
    height = _HEIGHT * len(charts)
    parts = [_chart(chart, number * _HEIGHT) for number, chart in enumerate(charts)]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img">'
    return "\n".join([head, f"<style>{_STYLE}</style>", *parts, "</svg>", ""])


def _chart(chart: Chart, top: int) -> str:
    minutes = [point[0] for point in chart.points]
    values = [point[1] for point in chart.points]
    last = max(minutes) or 1.0
    # What hardly moves is to look like that.
    step = _step(max(max(values) - min(values), abs(max(values)) / 20) or 1.0)
    low = step * (min(values) // step)
    high = low + step * max(1, -(-(max(values) - low) // step))

    def x(minute: float) -> float:
        return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * minute / last, 1)

    def y(value: float) -> float:
        return round(top + _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * (value - low) / (high - low), 1)

    parts = [f'<text class="title" x="{_LEFT}" y="{top + 20}">{escape(chart.title)}</text>']
    if chart.shaded_minutes:
        width = x(chart.shaded_minutes) - _LEFT
        parts.append(f'<rect class="shade" x="{_LEFT}" y="{y(high)}" width="{width:g}" height="{y(low) - y(high):g}"/>')
    for number in range(round((high - low) / step) + 1):
        value = low + number * step
        parts.append(f'<path class="grid" d="M{_LEFT} {y(value)}H{_WIDTH - _RIGHT}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y(value) + 4}" text-anchor="end">{value:g}</text>')
    apart = _step(last)
    for number in range(int(last / apart) + 1):
        minute = number * apart
        label = f"{minute:g}" if number else f"0{chart.unit_across}"
        parts.append(f'<text x="{x(minute)}" y="{top + _HEIGHT - 12}" text-anchor="middle">{label}</text>')
    parts.append(f'<text x="{_LEFT - 8}" y="{top + 20}" text-anchor="end">{escape(chart.unit)}</text>')
    line = " ".join(f"{x(minute)},{y(value)}" for minute, value in chart.points)
    return "\n".join([*parts, f'<polyline class="line" points="{line}"/>'])


def _step(span: float) -> float:
    """A round distance between lines, of which the span has some four."""
    power = 1.0
    while power * 10 <= span / _TICKS:
        power *= 10
    while power > span / _TICKS:
        power /= 10
    return next(power * step for step in _STEPS if power * step >= span / _TICKS)
