"""The plots of a run, ``python -m scripts.benchmark.plots FIGURES.json FOLDER``, where matplotlib is installed.

Each stands on a light card of its own, so that it reads on a dark page as on a light one. Colours are Okabe and Ito's,
which colour-blind readers tell apart, and every line and point has its name beside it. Drawn twice, a file is the same.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scripts.benchmark.cells import OURS, order, short
from scripts.benchmark.figures import Figures
from scripts.benchmark.placing import apart, around
from scripts.benchmark.recorded import read_figures
from scripts.benchmark.systems import Unit

_SIZE = 10_000
_CARD, _EDGE, _INK, _FAINT, _GRID = "#ffffff", "#d0d7de", "#1f2328", "#59636e", "#e7ebef"
_COLOURS = {
    "pregonero": "#d55e00",
    "langchain": "#0072b2",
    "langchain-mpnet": "#0072b2",
    "langchain-ours": "#56b4e9",
    "chroma": "#009e73",
    "chroma-ours": "#009e73",
    "txtai": "#cc79a7",
    "rank-bm25": "#8c8c8c",
    "bm25s": "#4d4d4d",
}
# A second row of the same library.
_DASHED = {"langchain-mpnet", "chroma-ours"}
_BAR = "#a9b8c6"
# Drawn with matplotlib's own font, so that places do not depend on what is installed; shown in the reader's.
_DRAWN = "'DejaVu Sans'"
_SHOWN = "-apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, 'DejaVu Sans', sans-serif"
_SETTINGS = {
    "svg.fonttype": "none",
    "svg.hashsalt": "pregonero",
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.color": _INK,
    "axes.edgecolor": _EDGE,
    "axes.labelcolor": _FAINT,
    "axes.labelsize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "grid.color": _GRID,
    "xtick.color": _FAINT,
    "ytick.color": _FAINT,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
}


def names(figures: Figures) -> dict[str, str]:
    """Names of the plots that the run has figures for, without their ending, and what each shows."""
    plots = {
        "benchmarks-quality-latency": (
            "Quality against latency",
            any(row.passages == _SIZE for row in figures.latency),
        ),
        "benchmarks-latency": ("Latency by size", bool(figures.latency)),
        "benchmarks-quality": ("Quality by language and unit", bool(figures.quality)),
    }
    return {name: shown for name, (shown, measured) in plots.items() if measured}


def draw(figures: Figures, folder: Path, kind: str = "svg") -> list[Path]:
    """Draw the plots that the run has figures for; returns the files written."""
    import matplotlib as mpl

    plots = {
        "benchmarks-quality-latency": _quality_latency,
        "benchmarks-latency": _latency,
        "benchmarks-quality": _quality,
    }
    with mpl.rc_context(_SETTINGS):
        return [_save(plots[name](figures), folder / f"{name}.{kind}") for name in names(figures)]


def _quality_latency(figures: Figures) -> Any:
    """Each system's quality against its latency among 10,000 passages: up and left is better."""
    rows = [row for row in figures.latency if row.passages == _SIZE and row.ndcg10 is not None]
    canvas, axes = _canvas(
        8.6,
        4.8,
        "Quality against latency",
        f"{_SIZE:,} passages, most made up, Spanish questions; up and left is better",
    )
    axes.set_xscale("log")
    for row in sorted(rows, key=lambda row: row.system == OURS):
        ours = row.system == OURS
        colour = _COLOURS[row.system]
        axes.hlines(row.ndcg10, row.p50.low, row.p50.high, color=colour, linewidth=1.4, zorder=2)
        axes.scatter(row.p50.median, row.ndcg10, s=190 if ours else 75, color=colour, edgecolors=_CARD, linewidths=1.2,
                     marker="*" if ours else "o" if row.system not in _DASHED else "D", zorder=3)  # fmt: skip
    _room(axes, [row.p50.median for row in rows], [row.ndcg10 for row in rows if row.ndcg10 is not None])
    axes.set_xlabel("one question, p50, ms (log)")
    axes.set_ylabel("paragraph nDCG@10")
    axes.grid(visible=True)
    _plain_logs(axes.xaxis)
    _name(axes, [(row.p50.median, row.ndcg10, row.system) for row in rows if row.ndcg10 is not None])
    return canvas


def _latency(figures: Figures) -> Any:
    """p50 of a question by the number of passages, a line a system, its name at the right."""
    rows = sorted(figures.latency, key=lambda row: row.passages)
    systems = sorted({row.system for row in rows}, key=lambda system: (system == OURS, order(system)))
    canvas, axes = _canvas(
        8.6, 4.8, "Latency by size", "one question, its encoding included; lower is better", right=0.69
    )
    axes.set(xscale="log", yscale="log", xlabel="passages (log)", ylabel="p50, ms (log)")
    ends = []
    for system in systems:
        sizes = [row.passages for row in rows if row.system == system]
        times = [row.p50.median for row in rows if row.system == system]
        ours = system == OURS
        axes.plot(sizes, times, color=_COLOURS[system], linewidth=3 if ours else 1.6, marker="o",
                  markersize=6 if ours else 4, linestyle=(0, (4, 2)) if system in _DASHED else "-",
                  zorder=3 if ours else 2)  # fmt: skip
        ends.append((sizes[-1], times[-1]))
    axes.grid(visible=True)
    sizes = sorted({row.passages for row in rows})
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.xaxis.minorticks_off()
    _plain_logs(axes.yaxis)
    _name_ends(canvas, axes, ends, systems)
    return canvas


def _name_ends(canvas: Any, axes: Any, ends: Sequence[tuple[float, float]], systems: Sequence[str]) -> None:
    """Write the names of the lines that reach the right there, moved apart; of others, above where they end."""
    canvas.draw_without_rendering()
    # The lines to the names end outside the plot, which must not grow with them.
    axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())
    farthest, right = max(size for size, _ in ends), axes.bbox.x1
    points = [axes.transData.transform(end) for end in ends]
    reaching = [number for number, (size, _) in enumerate(ends) if size == farthest]
    heights = apart([points[number][1] for number in reaching], gap=1.5 * _pixels(canvas, 10))
    places = {number: (right + 26, height) for number, height in zip(reaching, heights, strict=True)}
    inside = axes.transData.inverted()
    for number, system in enumerate(systems):
        x, y = points[number]
        name = places.get(number, (x, y + _pixels(canvas, 10)))
        if number in places:
            path = [
                inside.transform(place)
                for place in ((x, y), (right + 6, y), (right + 18, name[1]), (right + 22, name[1]))
            ]
            axes.plot(*zip(*path, strict=True), color=_COLOURS[system], linewidth=0.8, clip_on=False, zorder=1)
        axes.text(*inside.transform(name), short(system), ha="left" if number in places else "center",
                  va="center_baseline", clip_on=False, zorder=4,
                  bbox={"facecolor": _CARD, "edgecolor": "none", "alpha": 0.8, "pad": 1}, **_voice(system))  # fmt: skip


def _voice(system: str) -> dict[str, str]:
    """How a system's name is written: this project's stands out."""
    return {"color": _COLOURS[OURS], "weight": "bold"} if system == OURS else {"color": _INK, "weight": "normal"}


def _quality(figures: Figures) -> Any:
    """nDCG@10 by language and unit, a panel each."""
    wanted = [(asked, unit) for asked in ("es", "en") for unit in Unit]
    panels = [pair for pair in wanted if any((row.asked, row.unit) == pair for row in figures.quality)]
    systems = sorted({row.system for row in figures.quality}, key=order, reverse=True)
    canvas, every = _canvas(
        9.4,
        1.3 + 0.34 * len(systems),
        "Quality",
        "nDCG@10, questions on the Spanish text",
        left=0.225,
        panels=len(panels),
    )
    values = {(row.asked, row.unit, row.system): row.ndcg10 for row in figures.quality}
    for axes, (asked, unit) in zip(every, panels, strict=True):
        for place, system in enumerate(systems):
            value = values.get((asked, str(unit), system))
            ours = system == OURS
            if value is not None:
                axes.barh(place, value, height=0.68, color=_COLOURS[OURS] if ours else _BAR)
                axes.text(value - 0.03, place, f"{value:.3f}", va="center_baseline", ha="right", size=9,
                          weight="bold" if ours else "normal", color=_CARD if ours else _INK)  # fmt: skip
        axes.set_title(f"{'Spanish' if asked == 'es' else 'English'}, {unit}", size=10, color=_FAINT, loc="left")
        axes.set(xlim=(0, 1), xticks=[], yticks=[], ylim=(-0.5, len(systems) - 0.5))
        axes.spines[["left", "bottom"]].set_visible(False)
    every[0].set_yticks(range(len(systems)), [short(system) for system in systems])
    for text, system in zip(every[0].get_yticklabels(), systems, strict=True):
        text.set(**_voice(system))
    return canvas


def _canvas(
    width: float, height: float, title: str, subtitle: str, *, left: float = 0.09, right: float = 0.965, panels: int = 0
) -> Any:
    """A card of that many inches with its titles, and its axes: one, or a list of ``panels`` side by side."""
    from matplotlib.figure import Figure
    from matplotlib.patches import FancyBboxPatch

    canvas = Figure(figsize=(width, height))
    card = FancyBboxPatch((0.03, 0.03), width - 0.06, height - 0.06, "round,pad=0,rounding_size=0.12", facecolor=_CARD,
                          edgecolor=_EDGE, linewidth=1, transform=canvas.dpi_scale_trans, zorder=-10)  # fmt: skip
    canvas.add_artist(card)
    canvas.text(0.25 / width, 1 - 0.25 / height, title, size=14, weight="bold", va="top")
    canvas.text(0.25 / width, 1 - 0.55 / height, subtitle, size=10, color=_FAINT, va="top")
    top, bottom = 1 - (1.15 if panels else 0.95) / height, (0.2 if panels else 0.65) / height
    axes = canvas.subplots(1, panels or 1, squeeze=False, gridspec_kw={"wspace": 0.08})[0]
    canvas.subplots_adjust(left, bottom, right, top)
    return canvas, (list(axes) if panels else axes[0])


def _name(axes: Any, points: Sequence[tuple[float, float, str]]) -> None:
    """Write each point's name where it covers no point and no other name: the first place that is free."""
    from matplotlib.transforms import Bbox

    canvas = axes.figure
    canvas.draw_without_rendering()
    spots = [tuple(axes.transData.transform((x, y))) for x, y, _ in points]
    inside = axes.transData.inverted()
    taken = [Bbox.from_bounds(x - 6, y - 6, 12, 12) for x, y in spots]
    for (x, y), (_, _, system) in sorted(zip(spots, points, strict=True), key=lambda each: order(each[1][2])):
        text = axes.text(*inside.transform((x, y)), short(system), va="center", zorder=4, **_voice(system))
        box = text.get_window_extent()
        boxes = [Bbox.from_bounds(*place, box.width, box.height) for place in around(x, y, box.width, box.height)]
        fitting = [each for each in boxes if axes.bbox.x0 <= each.x0 and each.x1 <= axes.bbox.x1] or boxes
        best = min(fitting, key=lambda each: sum(each.padded(1).overlaps(other) for other in taken))
        taken.append(best)
        # In the data's units: the file has another number of pixels to the inch.
        text.set(position=inside.transform((best.x0, (best.y0 + best.y1) / 2)))


def _room(axes: Any, xs: Sequence[float], ys: Sequence[float]) -> None:
    """Leave room for names around the outermost points."""
    if xs:
        low, high = min(ys), max(ys)
        space = 0.12 * (high - low) + 0.01
        axes.set(xlim=(min(xs) / 1.8, max(xs) * 1.8), ylim=(low - space, high + space))


def _plain_logs(axis: Any) -> None:
    """Whole numbers at powers of ten, and at two and five times them where there is less than three decades."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axis.get_view_interval()
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 1000 else (1,)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axis.set_minor_formatter(NullFormatter())


def _pixels(canvas: Any, points: float) -> float:
    return points * float(canvas.dpi) / 72


def _save(canvas: Any, file: Path) -> Path:
    if file.suffix != ".svg":
        canvas.savefig(file, dpi=100)
        return file
    canvas.savefig(file, metadata={"Date": None, "Creator": None})
    file.write_text(file.read_text(encoding="utf-8").replace(_DRAWN, _SHOWN), encoding="utf-8")
    return file


if __name__ == "__main__":
    draw(read_figures(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))
