"""A shop folder made searchable: read, compared with the truth, built aside, verified, made live."""

import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.embedding import Embedder, HashedEmbedder
from retrieval.errors import GenerationDamaged, ShopError
from retrieval.folder import SHIPPED, Reading, file_hashes, read_folder
from retrieval.generation import FORMAT, Manifest, Pointer, ShopHome, file_hash, sweep
from retrieval.locking import writing
from retrieval.ranking import FILE as RANKING_FILE
from retrieval.ranking import load_ranking
from retrieval.snippet import LAW
from retrieval.wording import FILE as WORDING_FILE

if TYPE_CHECKING:
    from retrieval.adapters.truth import Changes
    from retrieval.building import Previous, Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What a sync did."""

    shop: str
    generation: int
    """Number of the live generation afterwards."""
    unchanged: bool
    documents: int
    snippets: int
    added: int = 0
    """Documents (product rows and phrase files are documents, too)."""
    changed: int = 0
    removed: int = 0
    warnings: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    """(file, reason) of files that could not be read; only with skip_bad."""


def sync(
    path: Path, home: Path, *, skip_bad: bool = False, embedder: Embedder | None = None,
    progress: "Progress | None" = None, force: bool = False, law: Path | None = None,
) -> SyncReport:  # fmt: skip
    """Make a shop folder the shop's live knowledge; an unchanged folder costs only reading its files.

    Raises ShopError naming file and reason where a file cannot be read (unless skip_bad), KnowledgeBusy
    while another process writes, GenerationDamaged if what was built does not answer its probes: in every
    case what was live stays live. `force` builds even if nothing changed; `law` replaces the shipped pack.
    """
    embedder = embedder or HashedEmbedder()
    law = law or SHIPPED / LAW
    place = ShopHome.of(home, path.resolve().name)
    with writing(place):
        fingerprint = _fingerprint(path, law, embedder, skip_bad=skip_bad)
        live = _live(place)
        if live is not None and live.fingerprint == fingerprint and not force and _is_whole(place, live):
            return _unchanged(live)
        reading = _read(path, law, skip_bad=skip_bad)
        warnings, skipped = reading.warnings, reading.skipped
        changes = _remember(place, reading, fingerprint, str(path.resolve()))
        del reading
        manifest = publish(place, embedder=embedder, progress=progress, afresh=force)
        return SyncReport(
            shop=place.shop,
            generation=manifest.number,
            unchanged=False,
            documents=manifest.counts["documents"],
            snippets=manifest.counts["snippets"],
            added=len(changes.added),
            changed=len(changes.changed),
            removed=len(changes.removed),
            warnings=warnings,
            skipped=skipped,
        )


def publish(
    place: ShopHome, *, embedder: Embedder, progress: "Progress | None" = None, afresh: bool = False
) -> Manifest:
    """Build a generation from the truth, verify it in a child process and make it live (lock held)."""
    from retrieval.adapters.truth import Truth
    from retrieval.building import build
    from retrieval.verifying import verify_in_child

    live = _live(place)
    number = max([0, *place.numbers(), live.number if live else 0]) + 1
    aside = place.generations / f".building-{number:06d}"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    try:
        manifest = build(
            aside,
            manifest=Manifest(
                shop=place.shop, number=number, created="", embedder="", dimensions=0, counts={},
                fingerprint="", source="", vocabulary=file_hash(WORDING_FILE),
            ),
            truth=Truth(place.truth),
            embedder=embedder,
            ranking=load_ranking(),
            previous=None if afresh else _previous(place, live),
            progress=progress or _quiet,
        )  # fmt: skip
        verify_in_child(aside)
        aside.rename(place.folder(number))
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    place.point(Pointer(number=number, manifest=file_hash(place.folder(number) / "manifest.json")))
    sweep(place, number)
    return manifest


def _quiet(_stage: str, _done: int, _total: int) -> None:
    return None


def _fingerprint(path: Path, law: Path, embedder: Embedder, *, skip_bad: bool) -> str:
    known = {
        "files": file_hashes(path),
        "law": file_hashes(law) if law.is_dir() and path.resolve() != law.resolve() else {},
        "embedder": embedder.name,
        "ranking": file_hash(RANKING_FILE),
        "wording": file_hash(WORDING_FILE),
        "format": FORMAT,
        "skip_bad": skip_bad,
    }
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()


def _live(place: ShopHome) -> Manifest | None:
    """The live manifest; None where there is none or it cannot be trusted."""
    try:
        pointer = place.pointer()
        return place.manifest(pointer.number, pointer.manifest) if pointer else None
    except GenerationDamaged:
        return None


def _previous(place: ShopHome, live: Manifest | None) -> "Previous | None":
    """The live generation, if its files are what was published."""
    from retrieval.building import Previous
    from retrieval.generation import check_files

    if live is None:
        return None
    folder = place.folder(live.number)
    try:
        check_files(folder, live)
    except GenerationDamaged:
        return None
    return Previous(folder=folder, manifest=live)


def _is_whole(place: ShopHome, live: Manifest) -> bool:
    """Whether all files are there: their contents are checked whenever the generation is opened."""
    folder = place.folder(live.number)
    return all((folder / name).is_file() for name in live.files)


def _unchanged(live: Manifest) -> SyncReport:
    return SyncReport(
        shop=live.shop,
        generation=live.number,
        unchanged=True,
        documents=live.counts["documents"],
        snippets=live.counts["snippets"],
    )


def _read(path: Path, law: Path, *, skip_bad: bool) -> Reading:
    """The folder and the law pack it inherits, as one reading."""
    reading = read_folder(path)
    if law.is_dir() and path.resolve() != law.resolve():
        pack = read_folder(law)
        reading = replace(
            reading,
            documents=(*reading.documents, *_inherited(pack)),
            warnings=(*reading.warnings, *(f"{LAW}/{warning}" for warning in pack.warnings)),
            skipped=(*reading.skipped, *((f"{LAW}/{file}", why) for file, why in pack.skipped)),
        )
    if reading.skipped and not skip_bad:
        more = len(reading.skipped) - 1
        raise ShopError(reading.skipped[0][1] + (f" (and {more} more files)" if more else ""))
    return reading


def _inherited(pack: Reading) -> Iterable:  # type: ignore[type-arg]
    return (replace(document, shop=LAW) for document in pack.documents if document.kind == "policy")


def _remember(place: ShopHome, reading: Reading, fingerprint: str, source: str) -> "Changes":
    from retrieval.adapters.truth import Truth
    from retrieval.building import shop_facts

    truth = Truth(place.truth)
    known = truth.facts().get("first_seen", {})
    now = datetime.now(UTC).isoformat(timespec="seconds")
    facts = shop_facts(
        first_seen={product.id: known.get(product.id, now) for product in reading.products},
        shop=reading.shop, products=reading.products, orders=reading.orders,
        warnings=reading.warnings, skipped=reading.skipped, fingerprint=fingerprint, source=source,
    )  # fmt: skip
    return truth.replace(reading.documents, facts)
