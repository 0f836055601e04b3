"""A corpus with questions and what answers them, read from BEIR-style files.

A folder holds `corpus.jsonl {id, text, title?}`, `queries.jsonl {id, text}` and `qrels.tsv` (query,
document, grade).
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from retrieval.errors import RetrievalError
from retrieval.snippet import Snippet
from retrieval.splitting import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A corpus with questions and what answers them."""

    corpus: Mapping[str, Entry]
    queries: Mapping[str, str]
    qrels: Mapping[str, Mapping[str, float]]
    """Query → document → grade; 0 and below is wrong."""


def read_judged(folder: Path) -> Judged:
    """The files of a folder. Raises RetrievalError naming file and line."""
    lines = list(_lines(folder / "corpus.jsonl", "id", "text"))
    queries = {line["id"]: line["text"] for line in _lines(folder / "queries.jsonl", "id", "text")}
    return Judged(
        corpus=passages((line["id"], line.get("title", ""), line["text"]) for line in lines),
        queries=queries,
        qrels=_qrels(folder / "qrels.tsv"),
    )


def passages(rows: Iterable[tuple[str, str, str]]) -> dict[str, Entry]:
    """(id, title, text) as entries. A title of one passage only is its heading; a shared one is text."""
    rows = list(rows)
    titles = Counter(title for _, title, _ in rows)
    found = {}
    for number, (name, title, text) in enumerate(rows):
        own = titles[title] == 1
        words = text if own or not title else f"{title}\n{text}"
        found[name] = Entry(
            snippet=Snippet(
                id=str(number), text=words, heading=title if own else "", kind="policy", shop="bench"
            )
        )
    return found


def _lines(path: Path, *needed: str) -> Iterator[dict[str, str]]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                if not line.strip():
                    continue
                try:
                    data = json.loads(line)
                except ValueError as error:
                    raise RetrievalError(f"{path.name}: line {number}: not JSON: {error}") from error
                if isinstance(data, dict) and "id" not in data and "_id" in data:
                    data["id"] = data["_id"]
                missing = [name for name in needed if not isinstance(data, dict) or name not in data]
                if missing:
                    raise RetrievalError(
                        f"{path.name}: line {number}: no `{missing[0]}`; expected {', '.join(needed)}"
                    )
                yield {key: str(value) for key, value in data.items() if value is not None}
    except (OSError, UnicodeDecodeError) as error:
        raise RetrievalError(f"{path}: cannot be read; expected BEIR-style JSON lines ({error})") from error


def _qrels(path: Path) -> dict[str, dict[str, float]]:
    qrels: dict[str, dict[str, float]] = {}
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RetrievalError(f"{path}: cannot be read; expected query, document, grade ({error})") from error
    for number, line in enumerate(lines, start=1):
        cells = line.split("\t") if "\t" in line else line.split()
        if len(cells) == 4:
            cells = [cells[0], cells[2], cells[3]]
        if not line.strip():
            continue
        try:
            query, document, grade = cells if len(cells) == 3 else (*cells, "1")
            qrels.setdefault(query, {})[document] = float(grade)
        except ValueError as error:
            if number == 1:
                continue
            raise RetrievalError(f"{path.name}: line {number}: expected query, document, grade") from error
    return qrels
