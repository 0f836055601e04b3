"""How a shop's knowledge stands: counts, what is out of date, what nobody looks after."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from retrieval.document import Document
from retrieval.errors import GenerationDamaged, UnknownShop
from retrieval.generation import ShopHome

REVIEW_AFTER_DAYS = 180
"""A policy not looked at for this long is due for review."""
KNOWN_WITHIN_H = 48
"""A new product is in the knowledge base within this time (P36)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The state of one shop's knowledge."""

    shop: str
    generation: str
    last_sync: str
    """ISO 8601, UTC."""
    source: str
    embedder: str
    documents: int
    snippets: int
    versions: int
    """Documents that have more than one version."""
    by_kind: Mapping[str, int]
    generations: tuple[int, ...]
    """Numbers that can be rolled back to, and the live one."""
    expired: tuple[str, ...] = ()
    """`id@version` whose last day is past and that no newer version replaces."""
    upcoming: tuple[str, ...] = ()
    """`id@version` that begin later."""
    review: tuple[str, ...] = ()
    """`id@version` in force and not updated for REVIEW_AFTER_DAYS."""
    unowned: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    """`id@version` that are never found: not approved, or internal."""
    unknown_products: tuple[str, ...] = ()
    """Product ids older than KNOWN_WITHIN_H of which nothing is known but name and price."""
    warnings: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    damage: str = ""
    """What is wrong with the live generation's pointer or manifest; empty: nothing."""


def status(home: Path, shop: str, *, now: datetime | None = None) -> Status:
    """The state of a shop's knowledge. Raises UnknownShop where it was never synced."""
    from retrieval.adapters.truth import Truth

    place = ShopHome.of(home, shop)
    if not place.truth.is_file():
        raise UnknownShop(f"shop {shop} has no knowledge yet; run: warmline kb sync PATH")
    truth = Truth(place.truth)
    facts, documents = truth.facts(), tuple(truth.documents())
    now = now or datetime.now(UTC)
    today = now.astimezone(ZoneInfo(facts.get("shop", {}).get("timezone", "Asia/Shanghai"))).date()
    policies = [doc for doc in documents if doc.kind == "policy"]
    own = [doc for doc in policies if doc.shop == shop]
    live, damage = _live(place)
    return Status(
        shop=shop,
        generation=f"{shop}/{live.get('number', 0):06d}",
        last_sync=live.get("created", ""),
        source=facts.get("source", ""),
        embedder=live.get("embedder", ""),
        documents=len(documents),
        snippets=live.get("counts", {}).get("snippets", 0),
        versions=_with_versions(documents),
        by_kind={
            kind: sum(doc.kind == kind for doc in documents) for kind in ("policy", "product", "phrase")
        },
        generations=tuple(place.numbers()),
        expired=tuple(doc.key for doc in own if _expired(doc, own, today)),
        upcoming=tuple(doc.key for doc in own if doc.effective_from and doc.effective_from > today),
        review=tuple(doc.key for doc in own if _due(doc, today)),
        unowned=tuple(doc.key for doc in own if not doc.owner),
        withheld=tuple(doc.key for doc in own if not doc.retrievable),
        unknown_products=tuple(_unknown(facts, own, now)),
        warnings=tuple(facts.get("warnings", ())),
        skipped=tuple((file, why) for file, why in facts.get("skipped", ())),
        damage=damage,
    )


def _live(place: ShopHome) -> tuple[dict[str, Any], str]:
    try:
        pointer = place.pointer()
        if pointer is None:
            return {}, "nothing published yet; sync again"
        manifest = place.manifest(pointer.number, pointer.manifest)
    except GenerationDamaged as error:
        return {}, str(error)
    return {
        "number": manifest.number,
        "created": manifest.created,
        "embedder": manifest.embedder,
        "counts": manifest.counts,
    }, ""


def _with_versions(documents: Iterable[Document]) -> int:
    seen: dict[tuple[str, str], int] = {}
    for doc in documents:
        seen[doc.shop, doc.id] = seen.get((doc.shop, doc.id), 0) + 1
    return sum(count > 1 for count in seen.values())


def _expired(document: Document, all_: Sequence[Document], today: date) -> bool:
    if document.effective_to is None or document.effective_to >= today:
        return False
    return not any(
        other.id == document.id and (other.effective_to is None or other.effective_to > document.effective_to)
        for other in all_
    )


def _due(document: Document, today: date) -> bool:
    if document.effective_to is not None and document.effective_to < today:
        return False
    seen = document.updated or document.effective_from
    return seen is None or today - seen > timedelta(days=REVIEW_AFTER_DAYS)


def _unknown(facts: Mapping[str, Any], policies: Sequence[Document], now: datetime) -> Iterable[str]:
    from retrieval.catalogue import wording

    internal = {str(name) for name in wording()["internal"]}
    covered = {name for doc in policies for name in doc.applies_to}
    for product in facts.get("products", ()):
        specs = {name for name in product["specs"] if _fold(name) not in internal}
        first = facts.get("first_seen", {}).get(product["id"])
        age_h = (now - datetime.fromisoformat(first)).total_seconds() / 3600 if first else 0.0
        if not specs and product["id"] not in covered and age_h > KNOWN_WITHIN_H:
            yield product["id"]


def _fold(name: str) -> str:
    return "".join(char for char in name.lower() if char not in " _-（）()")
