"""Which products a text names: by id, by full name, by a short name, by what the order holds."""

from collections.abc import Iterator, Sequence

from retrieval.order import Order
from retrieval.product import Product
from service.understanding.folding import bare

_SHORTEST = 2
"""Fewest characters of a name that can stand for a product."""


def named(
    text: str, products: Sequence[Product], order: Order | None
) -> Iterator[tuple[tuple[int, int], str]]:
    """Where a product is named, and its id; products of the order are preferred among equals."""
    ordered = [item for item in (order.items if order else ()) if item.product_id or item.name]
    own = [(item.product_id or item.name or "", item.name or "") for item in ordered]
    known = {product_id for product_id, _ in own}
    rest = [(product.id, product.name) for product in products if product.id not in known]
    full = {product.id: product.name for product in products}
    own = [(key, name or full.get(key, "")) for key, name in own]
    taken: set[str] = set()
    for key, name in [*own, *rest]:
        for label in (key, name):
            spot = _exact(text, bare(label))
            if spot and key not in taken:
                taken.add(key)
                yield spot, key
    for pool in (own, rest):
        if not taken:
            for spot, key in _partly(text, pool):
                taken.add(key)
                yield spot, key


def _exact(text: str, label: str) -> tuple[int, int] | None:
    start = text.find(label) if len(label) >= _SHORTEST else -1
    return (start, start + len(label)) if start >= 0 else None


def _partly(text: str, pool: Sequence[tuple[str, str]]) -> Iterator[tuple[tuple[int, int], str]]:
    """Products with the longest piece of their name in the text, if that piece is theirs alone."""
    best: list[tuple[tuple[int, int], str]] = []
    length = 0
    for key, name in pool:
        spot = _longest(text, bare(name))
        size = spot[1] - spot[0] if spot else 0
        if spot and size > length:
            best, length = [(spot, key)], size
        elif spot and size == length:
            best.append((spot, key))
    if len(best) == 1:
        yield best[0]


def _longest(text: str, name: str) -> tuple[int, int] | None:
    """The longest tail or inner piece of a name that the text holds, at least two characters."""
    for size in range(min(len(name), 24), _SHORTEST - 1, -1):
        for start in range(len(name) - size, -1, -1):
            piece = name[start : start + size]
            if (piece.isascii() and size < 4) or " " in (piece[0], piece[-1]):
                continue
            at = text.find(piece)
            if at >= 0:
                return at, at + size
    return None
