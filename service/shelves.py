"""The shops of a home, opened: policies, products and orders, as of their newest generation."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock

from retrieval.embedding import Embedder
from retrieval.errors import UnknownShop
from retrieval.folder import shipped_shops
from retrieval.generation import ShopHome
from retrieval.knowledge import Knowledge
from retrieval.order import Order
from retrieval.searching import Reranker
from retrieval.shop import Shop
from retrieval.sync import SyncReport, sync
from service.errors import UnknownOrder
from service.settings import Settings

Progress = Callable[[str, int, int], None]
"""Called with stage, done, total."""


@dataclass
class Shelves:
    """What the settings' shops know. Each is opened once, when it is first asked for."""

    settings: Settings
    progress: Progress | None = None
    """Told how far the indexing of a shop has come."""

    def __post_init__(self) -> None:
        self._default: str | None = self.settings.shop
        self._knowledge: dict[str, Knowledge] = {}
        self._opening = Lock()

    @cached_property
    def embedder(self) -> Embedder | None:
        """The endpoint's embedder, or None for the embedded one."""
        settings = self.settings
        if not (settings.embedding_model and settings.base_url and settings.api_key):
            return None
        from retrieval.adapters.endpoint import EndpointEmbedder

        return EndpointEmbedder(
            settings.base_url,
            settings.embedding_model,
            dimensions=settings.embedding_dimensions,
            cache=settings.home / "vectors.db",
            api_key=settings.api_key.get_secret_value(),
        )

    @cached_property
    def reranker(self) -> Reranker | None:
        """The endpoint's reranker, or None for none."""
        settings = self.settings
        if not (settings.rerank_model and settings.base_url and settings.api_key):
            return None
        from retrieval.adapters.endpoint import EndpointReranker

        key = settings.api_key.get_secret_value()
        return EndpointReranker(settings.base_url, settings.rerank_model, api_key=key)

    def knowledge(self, shop: str | None = None) -> Knowledge:
        """A shop's knowledge, as of its newest generation; the shipped shop is indexed on first use.

        None: the shop of tickets that name none. Raises UnknownShop.
        """
        with self._opening:
            return self._opened(shop or self.default_shop())

    def _opened(self, shop: str) -> Knowledge:
        known = self._knowledge.get(shop)
        if known is None:
            shipped = shipped_shops()
            if shop in shipped:
                self.sync(shipped[shop])
            known = self._knowledge[shop] = Knowledge.open(
                self.settings.home, shop, embedder=self.embedder, reranker=self.reranker
            )
        elif (newest := known.refresh()) is not known:
            known = self._knowledge[shop] = newest
        return known

    def sync(self, path: Path, *, skip_bad: bool = False) -> SyncReport:
        """Bring a shop folder into the knowledge. Raises RetrievalError."""
        report = sync(
            path, self.settings.home, skip_bad=skip_bad, embedder=self.embedder, progress=self.progress
        )
        self._knowledge.pop(report.shop, None)
        return report

    def default_shop(self) -> str:
        """The shop of tickets that name none: the setting, else the only one synced, else the shipped one.

        It stays what it was first found to be: a shop synced later takes over no running server.
        """
        if self._default is None:
            shipped = shipped_shops()
            own = [shop for shop in ShopHome.synced(self.settings.home) if shop not in shipped]
            self._default = own[0] if len(own) == 1 else next(iter(shipped))
        return self._default

    def shop_id(self, named: str | None) -> str:
        """The shop that is meant by a name or a folder (synced first); None: the default one.

        Raises RetrievalError.
        """
        if named and ("/" in named or "\\" in named or Path(named).is_dir()):
            return self.sync(Path(named)).shop
        return self.knowledge(named).shop.id

    def order(self, shop: str, order_id: str) -> Order:
        """An order of the shop. Raises UnknownOrder."""
        orders = self.knowledge(shop).orders
        if order_id not in orders:
            some = ", ".join(list(orders)[:5]) or "none"
            raise UnknownOrder(
                f"order {order_id!r}: shop {shop!r} has no such order; it has {some}…; "
                "for another shop pass --shop NAME"
            )
        return orders[order_id]

    def shop_or_defaults(self, shop: str | None) -> Shop:
        """The shop if we know it, else one with all defaults: a check needs no synced shop."""
        try:
            return self.knowledge(shop).shop
        except UnknownShop:
            return Shop(id=shop or "")
