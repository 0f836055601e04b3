"""Care of a shop's generations: check the live one, go back one, build again from the truth."""

import logging
from dataclasses import dataclass
from pathlib import Path

from retrieval.building import Progress
from retrieval.embedding import Embedder, HashedEmbedder
from retrieval.errors import GenerationDamaged, KnowledgeBusy, RetrievalError, UnknownShop
from retrieval.generation import Manifest, Pointer, ShopHome, file_hash
from retrieval.knowledge import live_manifest
from retrieval.locking import writing
from retrieval.sync import publish
from retrieval.verifying import verify_in_child

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a check found and did."""

    shop: str
    generation: str
    """The live generation afterwards."""
    problem: str = ""
    """What was wrong; empty: nothing."""
    repaired: bool = False


def verify(home: Path, shop: str, *, repair: bool = True, embedder: Embedder | None = None) -> Verdict:
    """Check the live generation in a child process; a damaged one is built again from the truth.

    Raises UnknownShop, KnowledgeBusy, or GenerationDamaged if repair is False or fails.
    """
    place = _synced(home, shop)
    try:
        manifest = live_manifest(place)
        verify_in_child(place.folder(manifest.number))
    except GenerationDamaged as error:
        if not repair:
            raise
        with writing(place):
            manifest = publish(place, embedder=embedder or HashedEmbedder(), afresh=True)
        return Verdict(shop=shop, generation=_name(place, manifest), problem=str(error), repaired=True)
    return Verdict(shop=shop, generation=_name(place, manifest))


def rebuild(
    home: Path, shop: str, *, embedder: Embedder | None = None, progress: Progress | None = None
) -> Verdict:
    """Build a new generation from the truth alone, for another embedder or after damage."""
    place = _synced(home, shop)
    with writing(place):
        manifest = publish(place, embedder=embedder or HashedEmbedder(), progress=progress, afresh=True)
    return Verdict(shop=shop, generation=_name(place, manifest), repaired=True)


def rollback(home: Path, shop: str) -> Verdict:
    """Make the generation before the live one live again, once it has passed its check.

    The truth stays as it is: the next sync publishes the folder's state again.
    """
    place = _synced(home, shop)
    with writing(place):
        pointer = place.pointer()
        live = pointer.number if pointer else 0
        older = [number for number in place.numbers() if number < live]
        if not older:
            raise RetrievalError(
                f"shop {shop}: no generation before {live:06d} is kept; nothing to go back to"
            )
        folder = place.folder(older[-1])
        verify_in_child(folder)
        place.point(Pointer(number=older[-1], manifest=file_hash(folder / "manifest.json")))
        return Verdict(shop=shop, generation=f"{shop}/{older[-1]:06d}")


def healed(place: ShopHome, problem: GenerationDamaged, embedder: Embedder) -> Manifest:
    """A whole generation for the damaged live one: built anew, else the newest older one that is whole.

    Raises the problem again where neither can be had.
    """
    _LOG.error("%s: %s; building it again from the truth", place.shop, problem)
    if place.truth.is_file():
        try:
            with writing(place):
                return publish(place, embedder=embedder, afresh=True)
        except KnowledgeBusy:
            _LOG.warning("%s: another process is writing; the generation before serves meanwhile", place.shop)
        except RetrievalError as error:
            _LOG.error("%s: cannot be built again: %s", place.shop, error)
    for number in reversed(place.numbers()):
        try:
            manifest = place.manifest(number)
            verify_in_child(place.folder(number))
        except GenerationDamaged:
            continue
        if manifest.embedder == embedder.name:
            return manifest
    raise problem


def _synced(home: Path, shop: str) -> ShopHome:
    place = ShopHome.of(home, shop)
    if not place.truth.is_file():
        raise UnknownShop(f"shop {shop} has no knowledge yet; run: warmline kb sync PATH")
    return place


def _name(place: ShopHome, manifest: Manifest) -> str:
    return f"{place.shop}/{manifest.number:06d}"
