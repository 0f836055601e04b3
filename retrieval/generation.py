"""Generations on disk: numbered directories that never change, and one pointer that makes one of them live.

home/knowledge/<shop>/
  current                 the pointer: number and hash of the live generation's manifest
  truth.db                documents and snippets, from which any generation can be built
  lock, lock.owner        one writer at a time
  generations/000003/     manifest.json, entries/, lexical/, vectors/ (Chroma), shop.json, probes.*
  open/                   private copies of vectors, one per process that searches
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from retrieval.errors import GenerationDamaged, UnknownShop

FORMAT = 3
"""Changes when a generation of before cannot be read any more, or would be built differently."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a generation is made of."""

    shop: str
    number: int
    created: str
    """ISO 8601, UTC."""
    embedder: str
    dimensions: int
    fingerprint: str
    """Hash over the folder's files, the law pack, the embedder and the recipe: equal means nothing to do."""
    vocabulary: str
    """Hash of `wording.yaml`: its concepts are indexed beside the words."""
    source: str
    """The folder it was synced from."""
    counts: Mapping[str, int]
    """documents, snippets, products, orders, and snippets by kind."""
    dropped: int = 0
    """Rows removed from the vector graph since it was last built afresh."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Path → SHA-256 of every file beside the manifest."""
    format: int = FORMAT

    def to_json(self) -> str:
        """The manifest as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1, sort_keys=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """Which generation is live."""

    number: int
    manifest: str
    """SHA-256 of its manifest file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopHome:
    """Where one shop's knowledge lies."""

    path: Path
    shop: str

    @staticmethod
    def of(home: Path, shop: str) -> "ShopHome":
        """The place of a shop below the home folder; raises UnknownShop for a name that is no name."""
        if not shop or shop.startswith(".") or any(char in shop for char in "/\\\0") or len(shop) > 100:
            raise UnknownShop(f"`{shop[:40]}` is not a shop name; expected the name of a synced shop folder")
        return ShopHome(path=home / "knowledge" / shop, shop=shop)

    @staticmethod
    def synced(home: Path) -> tuple[str, ...]:
        """The shops that have a live generation under that home, by name."""
        return tuple(sorted(path.parent.name for path in (home / "knowledge").glob("*/current")))

    @property
    def generations(self) -> Path:
        """Folder of the generations."""
        return self.path / "generations"

    @property
    def truth(self) -> Path:
        """File of the truth."""
        return self.path / "truth.db"

    def folder(self, number: int) -> Path:
        """Folder of one generation."""
        return self.generations / f"{number:06d}"

    def numbers(self) -> list[int]:
        """Numbers of the generations there are, oldest first."""
        if not self.generations.is_dir():
            return []
        return sorted(int(path.name) for path in self.generations.iterdir() if path.name.isdigit())

    def pointer(self) -> Pointer | None:
        """The live generation, None before the first sync. Raises GenerationDamaged if unreadable."""
        try:
            data = json.loads((self.path / "current").read_bytes())
            return Pointer(number=int(data["number"]), manifest=str(data["manifest"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, OSError) as error:
            raise GenerationDamaged(
                f"{self.path / 'current'}: unreadable; run: warmline kb verify --shop {self.shop}"
            ) from error

    def point(self, pointer: Pointer) -> None:
        """Make a generation live: one atomic swap, on disk before this returns."""
        write_atomically(self.path / "current", json.dumps(asdict(pointer)))

    def manifest(self, number: int, expected: str | None = None) -> Manifest:
        """A generation's manifest; its hash is held against the pointer's if given."""
        file = self.folder(number) / "manifest.json"
        try:
            data = file.read_bytes()
        except OSError as error:
            raise GenerationDamaged(f"{file}: missing or unreadable") from error
        if expected is not None and hashlib.sha256(data).hexdigest() != expected:
            raise GenerationDamaged(f"{file}: changed since it was published")
        try:
            manifest = Manifest(**json.loads(data))
        except (ValueError, TypeError) as error:
            raise GenerationDamaged(f"{file}: not a manifest") from error
        if manifest.format != FORMAT:
            raise GenerationDamaged(f"{file}: format {manifest.format}; expected {FORMAT}: sync again")
        return manifest


def check_files(folder: Path, manifest: Manifest) -> None:
    """Raise GenerationDamaged unless every file is there, unchanged, and no other is."""
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    present.discard("manifest.json")
    for name in sorted(present ^ set(manifest.files)):
        state = "is not in the manifest" if name in present else "is missing"
        raise GenerationDamaged(f"{folder.name}/{name}: {state}")
    for name, expected in manifest.files.items():
        if file_hash(folder / name) != expected:
            raise GenerationDamaged(f"{folder.name}/{name}: changed since it was published")


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise GenerationDamaged(f"{path.name}: cannot be read: {error.strerror}") from error


def hash_files(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a folder, by path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): file_hash(path) for path in files}


def flush(folder: Path) -> None:
    """Put every file and directory of a folder on disk."""
    for path in [*folder.rglob("*"), folder]:
        _fsync(path)


def write_atomically(path: Path, text: str) -> None:
    """Replace a file as a whole: a reader or a crash sees the old or the new text, never a part."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    _fsync(path.parent)


def _fsync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(home: ShopHome, live: int) -> None:
    """Remove unfinished builds and old generations: the live one and the last whole one before it stay."""
    if not home.generations.is_dir():
        return
    before = next(
        (number for number in reversed(home.numbers()) if number < live and is_whole(home, number)), 0
    )
    keep = {f"{number:06d}" for number in (live, before)}
    for path in home.generations.iterdir():
        if path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)


def is_whole(home: ShopHome, number: int) -> bool:
    """Whether a generation's files are what its manifest says."""
    try:
        check_files(home.folder(number), home.manifest(number))
    except GenerationDamaged:
        return False
    return True
