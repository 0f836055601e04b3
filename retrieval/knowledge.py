"""The knowledge of one shop, opened for search."""

import itertools
import json
import logging
import os
import shutil
import weakref
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import RLock
from typing import Any

from retrieval.embedding import Embedder, HashedEmbedder
from retrieval.errors import EmbedderChanged, GenerationDamaged, UnknownShop
from retrieval.folder import shipped_shops
from retrieval.generation import Manifest, Pointer, ShopHome, check_files
from retrieval.lexical import LexicalIndex
from retrieval.order import Order
from retrieval.product import Product
from retrieval.query import EVIDENCE, Query
from retrieval.ranking import load_ranking
from retrieval.searching import Nearest, Reranker, Searcher
from retrieval.shop import Authority, ServiceLevels, Shop, Voice, WorkingHours
from retrieval.snippet import Hit, Snippet, SnippetKind
from retrieval.table import EntryTable, entry_key

_LOG = logging.getLogger(__name__)
_COUNTER = itertools.count()


class Knowledge:
    """One verified generation of a shop, read-only; safe to share between threads."""

    def __init__(
        self, home: ShopHome, manifest: Manifest, embedder: Embedder, reranker: Reranker | None = None
    ) -> None:
        folder = home.folder(manifest.number)
        facts = json.loads((folder / "shop.json").read_text(encoding="utf-8"))
        self._home, self._manifest, self._embedder, self._folder = home, manifest, embedder, folder
        self.shop: Shop = _shop(facts["shop"])
        self.products: Mapping[str, Product] = {item["id"]: _product(item) for item in facts["products"]}
        self.orders: Mapping[str, Order] = {
            item["order_id"]: Order.model_validate_json(json.dumps(item)) for item in facts["orders"]
        }
        self._reranker = reranker
        self._table = EntryTable.load(folder / "entries")
        self._lock = RLock()
        self._vectors: Nearest | None = None
        self._copy = home.path / "open" / f"{manifest.number:06d}-{os.getpid()}-{next(_COUNTER)}"
        self._searcher = Searcher(
            table=self._table,
            lexical=LexicalIndex.load(folder / "lexical"),
            vectors=self._opened,
            embedder=embedder,
            reranker=reranker,
            ranking=load_ranking(),
            categories={product.id: product.category for product in self.products.values()},
        )

    @staticmethod
    def open(
        home: Path, shop: str, *, embedder: Embedder | None = None, reranker: Reranker | None = None
    ) -> "Knowledge":
        """The live generation of a shop, its files held against its manifest first.

        A damaged generation is built again from the truth, or the one before it serves. Raises UnknownShop
        where the shop was never synced, GenerationDamaged where nothing whole is left, EmbedderChanged
        where its vectors cannot be compared with this embedder's.
        """
        place, embedder = ShopHome.of(home, shop), embedder or HashedEmbedder()
        try:
            manifest = live_manifest(place)
        except GenerationDamaged as problem:
            from retrieval.maintaining import healed

            manifest = healed(place, problem, embedder)
        if manifest.embedder != embedder.name:
            raise EmbedderChanged(
                f"shop {shop}: its vectors are {manifest.embedder}'s, but {embedder.name} is configured; "
                f"make them anew: warmline kb sync {manifest.source}"
            )
        return Knowledge(place, manifest, embedder, reranker)

    @property
    def generation(self) -> str:
        """Shop and number: `demo/000003`."""
        return f"{self._home.shop}/{self._manifest.number:06d}"

    @property
    def manifest(self) -> Manifest:
        """What the generation is made of."""
        return self._manifest

    @property
    def products_by_id(self) -> Mapping[str, Product]:
        """The catalogue by product id."""
        return self.products

    def search(self, queries: Sequence[Query], *, k: int = 8) -> list[Hit]:
        """The best hits of every query in turn, at most k; asking for more never loses one."""
        return self._searcher.search(queries, k=k)

    def snippets(self, identity: str) -> tuple[Snippet, ...]:
        """All versions of a snippet, oldest first; of `id@version` that one."""
        name, _, version = identity.partition("@")
        found = [self._table.entry(row).snippet for row in self._table.rows_of_id(name)]
        return tuple(snippet for snippet in found if not version or snippet.version == version)

    def of_document(self, document: str) -> tuple[Snippet, ...]:
        """Every snippet of a document, versions oldest first."""
        found = (self._table.entry(row).snippet for row in range(len(self._table)))
        return tuple(snippet for snippet in found if snippet.document == document)

    def all_in_force(self, day: date, *, kinds: Sequence[SnippetKind] = EVIDENCE) -> Iterator[Snippet]:
        """Every snippet of these kinds that holds on a day."""
        mask = self._table.in_force(day) & self._table.of_kinds(kinds)
        return (self._table.entry(int(row)).snippet for row in mask.nonzero()[0])

    def coverage(self, text: str, snippet: Snippet) -> float:
        """Share of a question's weight that a snippet holds, 0 to 1: low means it is no answer."""
        row = self._table.rows_of_keys([entry_key(snippet)])[0]
        return self._searcher.coverage(text, row) if row >= 0 else 0.0

    def warm(self) -> "Knowledge":
        """Open the vectors now instead of with the first search."""
        self._opened()
        return self

    def refresh(self) -> "Knowledge":
        """The live generation: this one, or a newer one if one was published. Cheap when nothing changed."""
        pointer = self._home.pointer()
        if pointer is None or pointer.number == self._manifest.number:
            return self
        try:
            manifest = _checked(self._home, pointer)
        except GenerationDamaged as error:
            _LOG.error("generation %s stays live: %s", self.generation, error)
            return self
        return Knowledge(self._home, manifest, self._embedder, self._reranker)

    def close(self) -> None:
        """Let go of the private copy of the vectors."""
        with self._lock:
            if self._vectors is not None:
                self._finalizer()
                self._vectors = None

    def _opened(self) -> Nearest | None:
        """The vectors, on a copy of our own: several processes on one Chroma directory corrupt it."""
        with self._lock:
            if self._vectors is None and len(self._table):
                from retrieval.adapters.chroma import ChromaVectors

                _sweep_copies(self._copy.parent)
                shutil.copytree(self._folder / "vectors", self._copy)
                vectors = ChromaVectors.open(self._copy, embedder=self._embedder.name)
                self._finalizer = weakref.finalize(self, _let_go, vectors, self._copy)
                self._vectors = vectors
            return self._vectors


def _let_go(vectors: Any, copy: Path) -> None:
    vectors.close()
    shutil.rmtree(copy, ignore_errors=True)


def _sweep_copies(folder: Path) -> None:
    """Remove copies whose process is gone."""
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        process = path.name.split("-")[1:2]
        if (
            process
            and process[0].isdigit()
            and not Path(f"/proc/{process[0]}").exists()
            and os.name == "posix"
        ):
            shutil.rmtree(path, ignore_errors=True)


def live_manifest(place: ShopHome) -> Manifest:
    """The live manifest, its files held against it. Raises GenerationDamaged or UnknownShop."""
    pointer = place.pointer()
    if pointer is None:
        path = f"retrieval/shops/{place.shop}" if place.shop in shipped_shops() else "PATH of its folder"
        raise UnknownShop(f"shop {place.shop} has no knowledge yet; run: warmline kb sync {path}")
    return _checked(place, pointer)


def _checked(place: ShopHome, pointer: Pointer) -> Manifest:
    manifest = place.manifest(pointer.number, pointer.manifest)
    check_files(place.folder(pointer.number), manifest)
    return manifest


def _product(item: dict[str, Any]) -> Product:
    return Product(**{**item, "price": None if item["price"] is None else Decimal(item["price"])})


def _shop(data: dict[str, Any]) -> Shop:
    hours = {**data["working_hours"], "days": tuple(data["working_hours"]["days"])}
    authority = {
        role: Authority(
            compensation_max=Decimal(limit["compensation_max"]), exceptions=tuple(limit["exceptions"])
        )
        for role, limit in data["authority"].items()
    }
    return Shop(
        **{
            **data,
            "locales": tuple(data["locales"]),
            "channels": tuple(data["channels"]),
            "voice": Voice(**data["voice"]),
            "service_levels": ServiceLevels(**data["service_levels"]),
            "working_hours": WorkingHours(**hours),
            "authority": authority,
        }
    )
