"""Whether a generation answers as it should: its files unchanged, its probes found. Run in a child process.

python -m retrieval.verifying FOLDER     prints one JSON line {"ok": …, "problem": …}, exits 0 or 1
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from retrieval.adapters.chroma import ChromaVectors, borrowed
from retrieval.embedding import Vectors
from retrieval.errors import GenerationDamaged
from retrieval.generation import FORMAT, Manifest, check_files
from retrieval.lexical import LexicalIndex
from retrieval.table import EntryTable

TIMEOUT_S = 600.0
"""Longest a check may take: 200,000 snippets take about half a minute."""
MISSES = 0.2
"""Share of probes an approximate graph may miss: it measures 0.2 to 12 %, damage all or most of them."""
NEAR = 1e-3
"""Two cosines closer than this are one answer."""


def verify_in_child(folder: Path, *, timeout_s: float = TIMEOUT_S) -> None:
    """Check a generation in a process of its own, so that a crash there is an answer, not our end."""
    command = [sys.executable, "-m", "retrieval.verifying", str(folder.resolve())]
    room = str(Path(__file__).parent.parent)
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=timeout_s, check=False, cwd=room
        )
    except subprocess.TimeoutExpired as error:
        raise GenerationDamaged(f"{folder.name}: no answer to its probes within {timeout_s:.0f} s") from error
    if done.returncode == 0:
        return
    try:
        problem = json.loads(done.stdout.strip().splitlines()[-1])["problem"]
    except (ValueError, IndexError, KeyError, TypeError):
        said = done.stderr.strip().splitlines()
        problem = (
            f"{folder.name}: the check died with code {done.returncode}: {said[-1] if said else 'silent'}"
        )
    raise GenerationDamaged(problem)


def verify(folder: Path) -> None:
    """Raise GenerationDamaged unless the generation is whole and answers its own probes."""
    try:
        manifest = Manifest(**json.loads((folder / "manifest.json").read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise GenerationDamaged(f"{folder.name}/manifest.json: not a manifest") from error
    if manifest.format != FORMAT:
        raise GenerationDamaged(f"{folder.name}: format {manifest.format}; expected {FORMAT}: sync again")
    check_files(folder, manifest)
    table = EntryTable.load(folder / "entries")
    lexical = LexicalIndex.load(folder / "lexical")
    expected = manifest.counts["snippets"]
    if not len(table) == lexical.size == expected:
        raise GenerationDamaged(f"{folder.name}: {len(table)} entries; expected {expected}")
    probes = json.loads((folder / "probes.json").read_text(encoding="utf-8"))
    for probe in probes:
        _ask_words(folder, table, lexical, probe)
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=folder.parent) as spare:
        _ask_vectors(folder, Path(spare) / "vectors", manifest, probes)


def _ask_words(folder: Path, table: EntryTable, lexical: LexicalIndex, probe: dict[str, object]) -> None:
    row, tokens = probe["row"], probe["tokens"]
    assert isinstance(row, int)
    assert isinstance(tokens, list)
    if table.rows_of_keys([str(probe["key"])]) != [row]:
        raise GenerationDamaged(f"{folder.name}: probe {probe['key']} is not in row {row}")
    scores = lexical.score(dict.fromkeys(tokens, 1.0))
    if tokens and scores[row] < 0.6 * scores.max():
        raise GenerationDamaged(f"{folder.name}: the words of {probe['key']} do not find it")


def _ask_vectors(folder: Path, spare: Path, manifest: Manifest, probes: list[dict[str, object]]) -> None:
    asked = np.load(folder / "probes.npy", allow_pickle=False)
    with borrowed(folder / "vectors", spare, embedder=manifest.embedder) as vectors:
        if vectors.count() != manifest.counts["snippets"]:
            raise GenerationDamaged(
                f"{folder.name}: {vectors.count()} vectors; expected {manifest.counts['snippets']}"
            )
        missed = [
            str(probe["key"])
            for probe, vector in zip(probes, asked, strict=True)
            if not _finds(vectors, vector, str(probe["key"]), manifest.counts["snippets"], folder)
        ]
        if len(missed) > MISSES * len(probes):
            raise GenerationDamaged(
                f"{folder.name}: {len(missed)} vectors do not find themselves: {missed[0]}"
            )


def _finds(vectors: ChromaVectors, vector: Vectors, key: str, rows: int, folder: Path) -> bool:
    """Whether a row's own vector finds it, or a twin of the same vector."""
    if not np.any(vector):
        return True
    try:
        nearest = vectors.nearest(vector, min(10, rows))
    except Exception as error:
        raise GenerationDamaged(f"{folder.name}: Chroma does not answer: {error}") from error
    if not nearest or nearest[0][1] < 1 - NEAR:
        return False
    twins = [found for found, cosine in nearest if cosine >= 1 - NEAR]
    return key in twins or len(twins) == len(nearest)


def main(arguments: list[str]) -> int:
    """Check the generation of the first argument."""
    try:
        verify(Path(arguments[0]))
    except GenerationDamaged as error:
        sys.stdout.write(json.dumps({"ok": False, "problem": str(error)}, ensure_ascii=False) + "\n")
        return 1
    sys.stdout.write(json.dumps({"ok": True, "problem": None}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
