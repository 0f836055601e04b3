"""What an issue is about: which product of the catalogue, which line of the order."""

from functools import cached_property

from retrieval.order import OrderItem
from retrieval.product import Product
from service.case import Case
from service.composing import goods
from service.composing.overlap import pairs


class Meant:
    """The goods that one issue speaks of."""

    def __init__(self, case: Case, *, text: str, intent: str, cls: str, query: int) -> None:
        self._case, self.text, self._intent, self._cls, self._query = case, text, intent, cls, query

    @cached_property
    def products(self) -> tuple[Product, ...]:
        """The catalogue's products that the issue is about."""
        if (
            self._case.products
            or self._cls not in {"pre_sale", "after_sale", "other", "outreach"}
            or self._case.ticket.order
        ):
            return self._case.products
        found = goods.product_found(self._case.hits, self.text, query=self._query)
        return (found,) if found and self._intent != "recommendation" else ()

    @property
    def product(self) -> Product | None:
        """The one product meant, if there is one."""
        if not self.products:
            return None
        items = self.items
        named = [each for each in self.products if each.name in self.text or each.id in self.text]
        if named:
            return named[0]
        item = self.item
        if item:
            return next((each for each in self.products if each.id == item.product_id), None)
        bought = [each for each in self.products if len(items) == 1 and each.id == items[0].product_id]
        return self.products[0] if len(self.products) == 1 else bought[0] if bought else None

    @property
    def ids(self) -> frozenset[str]:
        """Ids of the goods whose catalogue entries may speak: the one meant, else all that might be."""
        if self.product:
            return frozenset({self.product.id})
        bought = [item.product_id for item in self.items if item.product_id] if self.item is None else []
        return frozenset([*(product.id for product in self.products), *bought])

    @property
    def others(self) -> frozenset[str]:
        """The last sign pairs of the names of goods that were found and are not meant (`跑鞋`, `背包`)."""
        if not self.ids:
            return frozenset()
        mine = frozenset().union(*(pairs(name) for name in self._names))
        found = [hit.snippet for hit in self._case.hits if hit.snippet.kind == "product"]
        kinds = (goods.kind_of(snippet) for snippet in found if not self.ids & set(snippet.applies_to))
        return frozenset(kind for kind in kinds if kind) - mine - pairs(self.text)

    @property
    def _names(self) -> list[str]:
        bought = [item.name for item in self.items if item.name]
        return [*bought, *(f"{product.name} {product.category}" for product in self.products)]

    @cached_property
    def items(self) -> tuple[OrderItem, ...]:
        """What was bought, without the gifts that came with it."""
        items = self._case.ticket.order.items if self._case.ticket.order else ()
        return tuple(item for item in items if item.paid is None or item.paid > 0)

    @cached_property
    def item(self) -> OrderItem | None:
        """The one line of the order that the customer speaks of."""
        if len(self.items) <= 1:
            return self.items[0] if self.items else None
        said = pairs(self.text) or pairs(self._case.ticket.question)
        scores = [len(pairs(item.name or "") & said) for item in self.items]
        best = max(scores)
        return self.items[scores.index(best)] if best and scores.count(best) == 1 else None

    @property
    def named(self) -> bool:
        """Whether the customer names one of several things bought."""
        return len(self.items) > 1 and self.item is not None

    @property
    def item_name(self) -> str | None:
        """As the order calls it."""
        return self.item.name if self.item else None
