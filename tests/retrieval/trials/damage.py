"""Damage to what is published, one kind at a time: all are noticed before anything is served, and mended.

python -m tests.retrieval.trials.damage [SNIPPETS]      default 5000
"""

import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from retrieval.errors import GenerationDamaged
from retrieval.generation import ShopHome
from retrieval.knowledge import Knowledge, live_manifest
from retrieval.query import Query


def flip(path: Path, share: float = 0.5) -> None:
    """Change one byte."""
    data = bytearray(path.read_bytes())
    data[int((len(data) - 1) * share)] ^= 0xFF
    path.write_bytes(bytes(data))


def cut(path: Path) -> None:
    """Keep the first half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def zero(path: Path) -> None:
    """Keep the length, lose the contents."""
    path.write_bytes(bytes(path.stat().st_size))


def _graph(folder: Path, name: str) -> Path:
    return next(folder.glob(f"vectors/*/{name}"))


def _count(folder: Path) -> None:
    file = folder / "manifest.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    data["counts"]["snippets"] += 1
    file.write_text(json.dumps(data), encoding="utf-8")


def _swap(folder: Path) -> None:
    one, other = folder / "lexical" / "starts.npy", folder / "lexical" / "rows.npy"
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)


def _text(folder: Path) -> None:
    file = folder / "entries" / "entries.jsonl"
    file.write_bytes(file.read_bytes().replace("天".encode(), "年".encode(), 1))


VARIANTS: Mapping[str, Callable[[Path], object]] = {
    "graph vectors cut": lambda g: cut(_graph(g, "data_level0.bin")),
    "graph vectors: one byte": lambda g: flip(_graph(g, "data_level0.bin")),
    "graph vectors gone": lambda g: _graph(g, "data_level0.bin").unlink(),
    "graph lengths zeroed": lambda g: zero(_graph(g, "length.bin")),
    "graph lengths: one byte": lambda g: flip(_graph(g, "length.bin")),
    "graph lengths gone": lambda g: _graph(g, "length.bin").unlink(),
    "graph header: one byte": lambda g: flip(_graph(g, "header.bin")),
    "graph header gone": lambda g: _graph(g, "header.bin").unlink(),
    "graph links gone": lambda g: _graph(g, "link_lists.bin").unlink(),
    "graph folder gone": lambda g: shutil.rmtree(_graph(g, "header.bin").parent),
    "Chroma's database cut": lambda g: cut(g / "vectors" / "chroma.sqlite3"),
    "Chroma's database: one byte": lambda g: flip(g / "vectors" / "chroma.sqlite3", 0.7),
    "Chroma's database gone": lambda g: (g / "vectors" / "chroma.sqlite3").unlink(),
    "postings: one byte": lambda g: flip(g / "lexical" / "rows.npy"),
    "postings swapped": _swap,
    "weights cut": lambda g: cut(g / "lexical" / "idf.npy"),
    "a word of a snippet": _text,
    "validity zeroed": lambda g: zero(g / "entries" / "start.npy"),
    "shop gone": lambda g: (g / "shop.json").unlink(),
    "manifest edited": _count,
    "manifest cut": lambda g: cut(g / "manifest.json"),
    "a file too many": lambda g: (g / "vectors" / "more.bin").write_bytes(b"x"),
    "pointer garbled": lambda g: (g.parent.parent / "current").write_text("{", encoding="utf-8"),
    "pointer to nowhere": lambda g: (g.parent.parent / "current").write_text(
        '{"number": 99, "manifest": "0"}', encoding="utf-8"
    ),
}


def noticed(place: ShopHome) -> bool:
    """Whether opening would notice that the live generation is damaged."""
    try:
        live_manifest(place)
    except GenerationDamaged:
        return True
    return False


def main(arguments: list[str]) -> int:
    """Damage, open, look whether it was mended."""
    from retrieval.sync import sync
    from tests.retrieval.trials.scale import generate

    spare = Path(tempfile.mkdtemp(prefix="warmline-damage-"))
    missed = 0
    try:
        shop, home = generate(spare / "big", int(arguments[0]) if arguments else 5000), spare / "home"
        sync(shop, home)
        place = ShopHome.of(home, "big")
        for name, damage in VARIANTS.items():
            pointer = place.pointer()
            assert pointer is not None
            damage(place.folder(pointer.number))
            found = noticed(place)
            started = time.perf_counter()
            knowledge = Knowledge.open(home, "big")
            took = time.perf_counter() - started
            snippets = list(knowledge.all_in_force(date(2026, 11, 1)))[::97][:100]
            right = sum(
                knowledge.search([Query(text=s.text, at=date(2026, 11, 1))], k=1)[0].snippet.id == s.id
                for s in snippets
            )
            knowledge.close()
            good = found and right >= 0.99 * len(snippets)
            missed += not good
            sys.stdout.write(
                f"{name:30} {'noticed' if found else 'MISSED'}, mended in {took:.1f} s, "
                f"self-recall {right}/{len(snippets)}\n"
            )
            sys.stdout.flush()
    finally:
        shutil.rmtree(spare, ignore_errors=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
