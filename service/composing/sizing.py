"""Which size of a chart fits the measurements a customer gives."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from retrieval.product import Product
from retrieval.snippet import Hit
from service.composing.composition import Source
from service.composing.goods import column, source_of
from service.facts.vocabulary import pattern, vocabulary

_HALF_KILO = Decimal("0.5")


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeFit:
    """A size that suits, and one that also might."""

    size: str
    range: str
    measured: str
    other: str = ""
    outside: bool = False
    """The measurements lie outside the chart; `size` is the nearest."""
    source: tuple[Source, ...] = ()


def size_fit(product: Product, text: str, hits: Sequence[Hit]) -> SizeFit | None:
    """The size of a chart like `M 身高160-165 体重50-55kg; L …` that the measurements fit."""
    chart = column(product, "size_chart")
    given = measurements(text)
    if chart is None or not given:
        return None
    rows = list(_rows(chart[1]))
    ranked = sorted(
        ((_misfit(bounds, given), place, name, body) for place, (name, body, bounds) in enumerate(rows)),
        key=lambda row: row[:2],
    )
    if not ranked or ranked[0][0] >= _UNMEASURED:
        return None
    if ranked[0][0] >= _MISFIT_MAX:
        _, _, name, body = ranked[0]
        nearest = source_of(product, body.split()[0], hits) or source_of(product, chart[1], hits)
        return SizeFit(size=name, range=body, measured=_measured(text), outside=True, source=nearest)
    misfit, _place, name, body = ranked[0]
    other = (
        ranked[1][2]
        if len(ranked) > 1 and ranked[1][0] <= misfit + _CLOSE and ranked[1][0] < _MISFIT_MAX
        else ""
    )
    return SizeFit(
        size=name,
        range=body,
        measured=_measured(text),
        other=other,
        source=source_of(product, body.split()[0], hits) or source_of(product, chart[1], hits),
    )


_MISFIT_MAX = 0.5
"""Beyond half a size off, no size of the chart is recommended."""
_UNMEASURED = 9.0
"""No measurement of the chart is known."""
_CLOSE = 0.01


def measurements(text: str) -> dict[str, Decimal]:
    """Height (cm), weight (kg) and the like that a customer gives."""
    found: dict[str, Decimal] = {}
    low = text.lower()
    height = pattern("height").search(low)
    if height:
        metres = height[3]
        found["height"] = Decimal(height[1]) if height[1] else Decimal(100 + int(f"{metres:0<2}"))
    weight = pattern("weight").search(low)
    if weight:
        found["weight"] = Decimal(weight[1]) * (
            _HALF_KILO if weight[2] == vocabulary().patterns["half_kilo"] else 1
        )
    for word in vocabulary().goods.other_measures:
        match = re.search(re.escape(word) + vocabulary().patterns["after_measure"], low)
        if match:
            found[word] = Decimal(match[1])
    return found


def _measured(text: str) -> str:
    """The measurements as the customer wrote them, without sizes that merely look like them."""
    parts = [part.strip(" ，,。") for part in pattern("measured").findall(text) if re.search(r"\d", part)]
    with_unit = [part for part in parts if not part.isdigit()]
    tall = any(pattern("height").search(part) for part in with_unit)
    kept = [part for part in parts if part in with_unit or (not tall and pattern("height").fullmatch(part))]
    return "、".join(kept)[:40]


def _rows(chart: str) -> Iterator[tuple[str, str, Mapping[str, tuple[Decimal, Decimal]]]]:
    for row in re.split(r"[;；\n|]", chart):
        name, _, body = row.strip().partition(" ")
        if not body:
            name, _, body = row.strip().partition("：")
        bounds = dict(_bounds(body))
        if name and bounds:
            yield name.rstrip("：:"), body.strip(), bounds


def _bounds(body: str) -> Iterator[tuple[str, tuple[Decimal, Decimal]]]:
    goods = vocabulary().goods
    for match in pattern("bounds").finditer(body):
        label = match[1].lower()
        low = Decimal(match[2])
        high = Decimal(match[3]) if match[3] else low
        if match[4]:
            low, high = low * _HALF_KILO, high * _HALF_KILO
        if any(word in label for word in goods.height) or (not label and low > 100):
            yield "height", (low, high)
        elif any(word in label for word in goods.weight):
            yield "weight", (low, high)
        else:
            for word in goods.other_measures:
                if word in label:
                    yield word, (low, high)


def _misfit(bounds: Mapping[str, tuple[Decimal, Decimal]], given: Mapping[str, Decimal]) -> float:
    """How far outside the bounds the measurements lie, in widths of the bounds."""
    off, known = 0.0, 0
    for name, (low, high) in bounds.items():
        value = given.get(name)
        if value is None:
            continue
        known += 1
        width = float(max(high - low, Decimal(1)))
        if value < low:
            off += float(low - value) / width
        elif value > high:
            off += float(value - high) / width
        else:
            off -= 0.001 * (1 - abs(float(value - (low + high) / 2)) / width)
    return off if known else _UNMEASURED
