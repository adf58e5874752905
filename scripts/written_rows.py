"""The figures of written answers, as rows of a table and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scripts.written import Part, Written


def rows(written: Written) -> list[tuple[str, str, str]]:
    """Name, value, and how many it stands on."""
    parts = {**_parts(written), **_flaws(written)}
    shares = [
        (name, "-" if part.of == 0 else f"{part.count / part.of:.4f}", f"{part.of:,}") for name, part in parts.items()
    ]
    asked = written.answered.of - written.not_sent.count
    numbers = [
        ("input_tokens", f"{written.usage.input_tokens:,}"),
        ("output_tokens", f"{written.usage.output_tokens:,}"),
        ("cost_usd", "-" if written.cost is None else f"{written.cost:.4f}"),
        *((name, "-" if value is None else f"{value:.2f}") for name, value in _seconds(written).items()),
    ]
    return [*shares, *((name, value, f"{asked:,}") for name, value in numbers)]


def as_json(written: Written) -> dict[str, Any]:
    """The same, with counts; a share of nothing is null."""
    parts = {**_parts(written), **_flaws(written)}
    return {
        **{name: _part(part) for name, part in parts.items()},
        "failures": dict(written.failures),
        "input_tokens": written.usage.input_tokens,
        "output_tokens": written.usage.output_tokens,
        "cost_usd": None if written.cost is None else float(written.cost),
        **{name: None if value is None else round(value, 6) for name, value in _seconds(written).items()},
        "ungrounded": list(written.ungrounded),
    }


def _part(part: Part) -> dict[str, float | int | None]:
    return {"value": round(part.count / part.of, 6) if part.of else None, "count": part.count, "of": part.of}


def _parts(written: Written) -> dict[str, Part]:
    return {
        "answered": written.answered,
        "refused": written.refused,
        "refused_answerable": written.refused_answerable,
        "fell_back": written.fell_back,
        "not_sent": written.not_sent,
        "citations_valid": written.citations_valid,
        "figures_not_in_source": written.figures_not_in_source,
        "gold_in_written": written.gold_written,
        "gold_in_shown": written.gold_shown,
        "gold_without_model": written.gold_quoted,
        "sentences_dropped": written.dropped,
    }


def _flaws(written: Written) -> dict[str, Part]:
    from scripts.written import Part

    return {
        f"dropped_{flaw.replace(' ', '_')}": Part(count, written.dropped.of) for flaw, count in written.flaws.items()
    }


def _seconds(written: Written) -> dict[str, float | None]:
    p50, p95 = written.seconds or (None, None)
    return {"seconds_p50": p50, "seconds_p95": p95}
