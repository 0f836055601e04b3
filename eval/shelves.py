"""A shop read straight from its folder: enough to lint a suite, without an index."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from retrieval.order import Order
from retrieval.shop import Shop
from retrieval.snippet import Snippet


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderShelf:
    """What lint needs to know of a shop."""

    shop: Shop
    orders: Mapping[str, Order]
    generation: str
    by_document: Mapping[str, tuple[Snippet, ...]]

    def snippets(self, id: str) -> tuple[Snippet, ...]:
        """All versions of a snippet, or of all snippets of a document."""
        document, _, section = id.partition("#")
        known = self.by_document.get(document) or self.by_document.get(f"product-{document}", ())
        if not section:
            return known
        return tuple(one for one in known if one.id == id or one.id.startswith(f"{id}#"))


def open_folder(*paths: Path) -> FolderShelf:
    """The shelf of a shop folder and of the packs it inherits. Raises ShopError."""
    from retrieval.folder import read_folder
    from retrieval.splitting import entries

    by_document: dict[str, list[Snippet]] = {}
    readings = [read_folder(path) for path in paths]
    for reading in readings:
        for document in reading.documents:
            by_document.setdefault(document.id, []).extend(entry.snippet for entry in entries(document))
    return FolderShelf(
        shop=readings[0].shop,
        orders={order.order_id: order for order in readings[0].orders},
        generation=f"{readings[0].shop.id}/folder",
        by_document={name: tuple(found) for name, found in by_document.items()},
    )
