"""What a run measured, as a table beside the goals and as curves over N."""

from collections.abc import Mapping
from math import log10
from typing import Any

from tests.bench.goals import FLAT, FLAT_BOUND, GOALS

WIDTH, HEIGHT, MARGIN = 720, 420, 60
COLOURS = ("#1b6ca8", "#b3541e", "#2d7d46", "#7a3b8f")


def table(built: Mapping[str, Any], found: Mapping[str, float], every: Mapping[int, Mapping[str, Any]]) -> str:
    """Goals with their ratios, whether each is met, and what they were made of."""
    rows = [goal.line(found) for goal in GOALS]
    smallest = min(every)
    for name in FLAT:
        ratio = found[name] / every[smallest]["found"][name]
        met = "yes" if ratio <= FLAT_BOUND else "NO"
        rows.append((f"flat: {name} against N={smallest:,}", f"{ratio:.3g}", f"<= {FLAT_BOUND}", met))
    lines = [
        f"{built['incidents']:,} incidents, {built['published']:,} of them published, the rest copied by the database.",
        "",
        "| what | measured | goal | met |",
        "|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        "| request | median ms | CPU ms |",
        "|---|---|---|",
    ]
    for name, value in found.items():
        if f"{name} cpu" in found:
            lines.append(f"| {name} | {1000 * value:,.2f} | {1000 * found[f'{name} cpu']:,.2f} |")
    others = {name: value for name, value in found.items() if f"{name} cpu" not in found and not name.endswith(" cpu")}
    lines += ["", *(f"{name}: {value:,.4g}" for name, value in others.items())]
    return "\n".join(lines)


def plot(every: Mapping[int, Mapping[str, Any]]) -> str:
    """Median milliseconds of the hot paths over the number of incidents, both axes logarithmic, as SVG."""
    counts = sorted(every)
    values = [1000 * every[count]["found"][name] for count in counts for name in FLAT]
    low, high = log10(min(values)) - 0.1, log10(max(values)) + 0.1
    first, last = log10(counts[0]), log10(counts[-1])

    def at(count: int, milliseconds: float) -> tuple[float, float]:
        along = (log10(count) - first) / ((last - first) or 1)
        up = (log10(milliseconds) - low) / (high - low)
        return MARGIN + along * (WIDTH - 2 * MARGIN), HEIGHT - MARGIN - up * (HEIGHT - 2 * MARGIN)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{MARGIN}" y="24" font-size="15">Median milliseconds of a request, by number of incidents</text>',
    ]
    for count in counts:
        x, _ = at(count, values[0])
        parts.append(f'<text x="{x:.0f}" y="{HEIGHT - MARGIN + 22}" text-anchor="middle">{count:,}</text>')
    for number, name in enumerate(FLAT):
        points = [at(count, 1000 * every[count]["found"][name]) for count in counts]
        colour = COLOURS[number]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for count, (x, y) in zip(counts, points, strict=True):
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>')
            label = f"{1000 * every[count]['found'][name]:.1f}"
            parts.append(f'<text x="{x:.1f}" y="{y - 8:.1f}" text-anchor="middle" fill="{colour}">{label}</text>')
        parts.append(f'<text x="{MARGIN + 165 * number}" y="44" fill="{colour}">{name.removesuffix(" product")}</text>')
    return "\n".join([*parts, "</svg>\n"])
