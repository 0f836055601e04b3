"""The report's charts: Vega-Lite made into SVG in the page's colours; no script, nothing fetched."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from eval.statistics import wilson

if TYPE_CHECKING:
    from eval.comparing import Comparison
    from eval.summary import Row

INK = {"#111111": "--ink", "#222222": "--soft", "#333333": "--line", "#444444": "--good", "#555555": "--bad"}
"""Colours that charts are drawn with → the page's own, light or dark."""
MOST_BARS = 24
_STEP, _WIDTH = 22, 420


def metrics_chart(rows: "Sequence[Row]", comparison: "Comparison | None" = None) -> str:
    """A bar per metric; with a base, a tick where it stood and the interval of the change in its title."""
    values: list[dict[str, Any]] = [
        {"name": row.metric, "value": row.value, "hard": row.hard, "n": row.scenarios}
        for row in rows
        if row.value is not None
    ]
    if not values:
        return ""
    layers = [_bars("value", "datum.value < 1 && datum.hard ? '#555555' : '#444444'")]
    if comparison:
        for value in values:
            if one := comparison.estimates.get(str(value["name"])):
                value["base"] = value["value"] - one.mean
        layers.append(
            {
                "mark": {"type": "tick", "color": "#111111", "thickness": 2, "size": 18},
                "encoding": {"x": {"field": "base", "type": "quantitative"}, "y": _NAMES},
            }
        )
    return _svg(values, layers)


def slice_chart(groups: Mapping[str, Mapping[str, Any]]) -> str:
    """A bar per group, worst first, with the Wilson interval of its share of good drafts."""
    worst = sorted(groups.items(), key=lambda each: (each[1]["good"], -each[1]["scenarios"]))[:MOST_BARS]
    values = []
    for name, group in worst:
        low, high = wilson(round(group["good"] * group["scenarios"]), group["scenarios"])
        shown = f"{name} · {group['scenarios']}"
        values.append({"name": shown, "value": group["good"], "low": low, "high": high})
    if not values:
        return ""
    rule = {
        "mark": {"type": "rule", "color": "#111111", "opacity": 0.6},
        "encoding": {
            "x": {"field": "low", "type": "quantitative"},
            "x2": {"field": "high"},
            "y": _NAMES,
        },
    }
    return _svg(values, [_bars("value", "datum.value < 0.6 ? '#555555' : '#444444'"), rule])


def families_chart(comparison: "Comparison") -> str:
    """How far families moved, worst first; of many, the ends."""
    moved = [one for one in comparison.families if one.a != one.b]
    if len(moved) > MOST_BARS:
        moved = [*moved[: MOST_BARS // 2], *moved[-MOST_BARS // 2 :]]
    if not moved:
        return ""
    values = [{"name": f"{one.family} · {one.scenarios}", "value": one.b - one.a} for one in moved]
    bars = _bars("value", "datum.value < 0 ? '#555555' : '#444444'", domain=[-1, 1])
    return _svg(values, [bars])


def latency_chart(milliseconds: Sequence[float]) -> str:
    """How long drafts took."""
    if len(milliseconds) < 20:
        return ""
    bars = {
        "mark": {"type": "bar", "color": "#444444"},
        "encoding": {
            "x": {"field": "ms", "bin": {"maxbins": 40}, "title": "ms"},
            "y": {"aggregate": "count", "title": None, "axis": {"tickCount": 3}},
        },
    }
    return _svg([{"ms": round(one, 1)} for one in milliseconds], [bars], height=110)


def _bars(field: str, colour: str, *, domain: Sequence[float] = (0, 1)) -> dict[str, Any]:
    axis = {"format": "+.0%" if domain[0] < 0 else ".0%", "title": None, "tickCount": 5}
    scale = {"domain": list(domain)}
    return {
        "mark": {"type": "bar", "height": 13, "cornerRadiusEnd": 2},
        "encoding": {
            "x": {"field": field, "type": "quantitative", "scale": scale, "axis": axis},
            "y": _NAMES,
            "color": {"value": {"expr": colour}},
        },
    }


_NAMES = {"field": "name", "type": "nominal", "sort": None, "title": None}
"""The rows keep their order."""


def _svg(values: Sequence[Mapping[str, Any]], layers: Sequence[Any], *, height: int | None = None) -> str:
    import vl_convert

    config = {
        "background": None,
        "font": "sans-serif",
        "view": {"stroke": None},
        "axis": {
            "labelColor": "#222222",
            "titleColor": "#222222",
            "gridColor": "#333333",
            "domain": False,
            "ticks": False,
            "labelFontSize": 12,
            "labelLimit": 260,
        },
    }
    chart = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": list(values)},
        "layer": list(layers),
        "width": _WIDTH,
        "height": height or {"step": _STEP},
        "config": config,
    }
    svg = str(vl_convert.vegalite_to_svg(chart))
    for drawn, named in INK.items():
        svg = svg.replace(drawn, f"var({named})")
    return svg.replace('font-family="sans-serif"', 'font-family="inherit"')
