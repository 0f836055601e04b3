"""What is said of the goods: price, specification, stock, size, warranty, and what else would suit."""

import re
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from service.case import Case
from service.composing import goods, sizing
from service.composing.cells import cells
from service.composing.composition import Source, Value
from service.composing.dealing import Deal, deal
from service.composing.meant import Meant
from service.composing.policy import PolicyWords
from service.composing.wording import Wording, has_chinese
from service.facts.vocabulary import vocabulary

_CHART_MAX = 160
_NOTE_MAX = 48


class GoodsWords:
    """The slots that the catalogue fills: `slot_<name>` gives the words, or None if nothing is known."""

    def __init__(
        self, case: Case, meant: Meant, *, intent: str, query: int, policy: PolicyWords, wording: Wording
    ) -> None:
        self._case, self._meant, self._intent, self._query = case, meant, intent, query
        self._policy, self._wording = policy, wording

    def slot_price(self) -> Value | None:
        product = self._meant.product
        if product is None or product.price is None:
            return None
        return Value(
            self._wording.money(product.price), goods.source_of(product, f"{product.price}", self._case.hits)
        )

    @cached_property
    def _deal(self) -> Deal | None:
        product, price = self._meant.product, self._deal_price
        name = f"{product.name} {product.category}" if product else self._meant.text
        return deal(price, name, self._policy.ranked, self._case.now.date()) if price else None

    @property
    def _deal_price(self) -> Decimal | None:
        """The product's price, else the one sum that the customer names."""
        if self._meant.product and self._meant.product.price is not None:
            return self._meant.product.price
        sums = [each.value for each in self._case.analysis.mentioned if each.kind == "amount"]
        return Decimal(sums[0]) if len(sums) == 1 and sums[0].replace(".", "", 1).isdigit() else None

    def slot_deal_price(self) -> str | None:
        """What it costs without the promotion."""
        return self._wording.money(self._deal_price) if self._deal_price else None

    def slot_deal(self) -> Value | None:
        """What the product costs under the promotion that runs."""
        return Value(self._wording.money(self._deal.price), (self._deal.source,)) if self._deal else None

    def slot_deal_off(self) -> str | None:
        """By how much that is less."""
        return self._wording.money(self._deal.off) if self._deal else None

    def slot_spec(self) -> Value | None:
        if self._meant.product is None:
            return None
        return goods.specs(
            self._meant.product, self._meant.text, self._case.hits, self._wording.language
        ) or goods.found_first(
            self._meant.product,
            self._meant.text,
            self._case.hits,
            query=self._query,
            language=self._wording.language,
        )

    def slot_record(self) -> Value | None:
        """The catalogue's entry that was looked at, whatever it says."""
        product = self._meant.product
        entry = self._wording.format("record")
        found = (hit.snippet for hit in self._case.hits if product and product.id in hit.snippet.applies_to)
        cited = [Source(snippet.key, cell.quote) for snippet in found for cell in cells(snippet)[:1]]
        return Value(entry, tuple(cited[:1])) if product else None

    def slot_highlights(self) -> Value | None:
        return goods.highlights(self._meant.product, self._wording.language) if self._meant.product else None

    def slot_stock(self) -> str | None:
        units = goods.stock(self._meant.product) if self._meant.product else None
        return None if units is None else str(units)

    @cached_property
    def _variants(self) -> tuple[tuple[str, int], ...]:
        """The variants that the customer's words name, with the units in stock."""
        cell = goods.column(self._meant.product, "stock_detail") if self._meant.product else None
        rows = [row.split() for row in re.split(r"[;；]", cell[1])] if cell else []
        said = self._meant.text.upper()
        return tuple(
            (" ".join(row[:-1]), int(row[-1]))
            for row in rows
            if len(row) > 1 and row[-1].isdigit() and _names_all(row[:-1], said)
        )

    def _variant_value(self, *, gone: bool) -> Value | None:
        names = [name for name, units in self._variants if (units == 0) is gone]
        shown = [name for name in names if self._wording.language == "zh" or not has_chinese(name)][:3]
        if not shown or self._meant.product is None:
            return None
        cell = goods.column(self._meant.product, "stock_detail")
        source = goods.source_of(self._meant.product, cell[1], self._case.hits) if cell else ()
        return Value(self._wording.list(shown), source)

    def slot_variant_out(self) -> Value | None:
        return self._variant_value(gone=True)

    def slot_variant_in(self) -> Value | None:
        return self._variant_value(gone=False)

    def slot_presale(self) -> Value | None:
        return self._date_cell("presale")

    def _date_cell(self, role: str) -> Value | None:
        """A date of the catalogue, written as dates are; other words as they stand, if they may be shown."""
        cell = goods.column(self._meant.product, role) if self._meant.product else None
        if cell is None or self._meant.product is None:
            return None
        sources = goods.source_of(self._meant.product, cell[1], self._case.hits)
        try:
            return Value(self._wording.day(datetime.fromisoformat(cell[1].strip()).date()), sources)
        except ValueError:
            return Value(cell[1].strip(), sources) if self._wording.language == "zh" else None

    def slot_note(self) -> Value | None:
        return self._cell("note", longest=_CHART_MAX)

    def slot_intact(self) -> Value | None:
        """Says nothing by itself: it is there when the policies ask for goods in original condition."""
        return self._policy.mentions(vocabulary().intact)

    def slot_restock(self) -> Value | None:
        return self._date_cell("restock")

    @property
    def _said(self) -> str:
        return " ".join(turn.text for turn in self._case.ticket.conversation if turn.role == "customer")

    @cached_property
    def _size(self) -> sizing.SizeFit | None:
        product = self._meant.product
        return sizing.size_fit(product, self._said, self._case.hits) if product else None

    def slot_size(self) -> Value | None:
        return Value(self._size.size, self._size.source) if self._size and not self._size.outside else None

    def slot_size_nearest(self) -> Value | None:
        return Value(self._size.size, self._size.source) if self._size and self._size.outside else None

    def slot_size_other(self) -> str | None:
        return self._size.other if self._size else None

    def slot_size_range(self) -> str | None:
        text = self._size.range if self._size else ""
        return None if self._wording.language == "en" and has_chinese(text) else text

    def slot_measured(self) -> str | None:
        text = self._size.measured if self._size else ""
        return None if self._wording.language == "en" and has_chinese(text) else text

    def slot_warranty_until(self) -> Value | None:
        fact = self._case.fact("product.warranty_until")
        if fact is None or self._meant.product is None:
            return None
        cell = goods.column(self._meant.product, "warranty")
        return Value(
            self._wording.fact(fact),
            goods.source_of(self._meant.product, cell[1], self._case.hits) if cell else (),
        )

    def slot_size_chart(self) -> Value | None:
        return self._cell("size_chart", longest=_CHART_MAX)

    def slot_fit_note(self) -> Value | None:
        cell = self._cell("fit", longest=_NOTE_MAX)
        return Value(f"{cell.text}。", cell.sources) if cell and self._wording.language == "zh" else cell

    def slot_warranty_spec(self) -> Value | None:
        return self._cell("warranty", longest=_NOTE_MAX)

    def _cell(self, role: str, *, longest: int) -> Value | None:
        cell = goods.column(self._meant.product, role) if self._meant.product else None
        if cell is None or self._meant.product is None or len(cell[1]) > longest:
            return None
        if self._wording.language == "en" and has_chinese(cell[1]):
            return None
        return Value(goods.clean(cell[1]), goods.source_of(self._meant.product, cell[1], self._case.hits))

    @cached_property
    def _picks(self) -> list[goods.Pick]:
        own = (
            tuple(product.id for product in self._meant.products) if self._intent != "recommendation" else ()
        )
        return goods.picks(self._case.hits, self._meant.text, exclude=own)

    def slot_picks(self) -> Value | None:
        if not self._picks or (self._wording.language == "en" and not self._picks[0].price):
            return None
        shown, sources = [], []
        for pick in self._picks[:3]:
            price = self._wording.money(pick.price) if pick.price is not None else ""
            why = pick.why if self._wording.language == "zh" or not has_chinese(pick.why) else ""
            details = "，".join(part for part in (price, why) if part)
            shown.append(
                f"{goods.short_name(pick.name)}（{details}）" if details else goods.short_name(pick.name)
            )
            sources.append(pick.source)
        return Value(self._wording.list(shown), tuple(sources))

    def slot_picks_reasoned(self) -> str | None:
        """Says nothing by itself: it is there when what is recommended meets a need that was stated."""
        return "reasoned" if any(pick.why for pick in self._picks) else None

    def slot_picks_sized(self) -> str | None:
        """Says nothing by itself: it is there when what is recommended comes in sizes, and none is known."""
        sized = any(pick.sized for pick in self._picks[:3])
        return "sized" if sized and not sizing.measurements(self._said) else None

    def slot_alternative(self) -> Value | None:
        price = self._meant.product.price if self._meant.product else None
        category = (
            self._meant.product.category or self._meant.product.specs.get("category", "")
            if self._meant.product
            else ""
        )
        fitting = [
            pick
            for pick in self._picks
            if (not category or pick.category == category)
            and (pick.name != self._meant.product.name if self._meant.product else True)
            and (self._intent != "price_objection" or (price and pick.price and pick.price < price))
        ]
        if not fitting:
            return None
        best = fitting[0]
        cost = f"（{self._wording.money(best.price)}）" if best.price is not None else ""
        return Value(f"{goods.short_name(best.name)}{cost}", (best.source,))


def _names_all(words: list[str], said: str) -> bool:
    """Whether a text names a variant: its size as a word of its own, its colour by any character pair."""
    sizes = [word for word in words if word.isascii()]
    colours = [word for word in words if not word.isascii()]
    return (
        bool(sizes or colours)
        and all(re.search(rf"(?<![A-Z0-9]){re.escape(size)}(?![A-Z0-9])", said) for size in sizes)
        and (not colours or any(colour in said for colour in colours) or bool(sizes))
    )
