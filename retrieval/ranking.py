"""The numbers search weighs by, read from `ranking.yaml`."""

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from retrieval.errors import RetrievalError
from retrieval.frontmatter import load_mapping

FILE = Path(__file__).with_name("ranking.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Weights and factors; what each one does stands beside it in `ranking.yaml`."""

    k1: float
    b_han: float
    b_latin: float
    sounds: float
    pieces: float
    weak: float
    wording: float
    concepts: float
    context: float
    terms: float
    siblings: float
    law: float
    named_product: float
    covers_product: float
    other_product: float
    pool: int


@cache
def load_ranking(path: Path = FILE) -> Ranking:
    """The ranking of a file. Raises RetrievalError naming file and field."""
    data = load_mapping(path.read_text(encoding="utf-8"), where=path.name)
    known = {field.name for field in fields(Ranking)}
    for name in sorted(known ^ set(data)):
        state = "unknown field" if name in data else "missing"
        raise RetrievalError(f"{path.name}: {name}: {state}; expected exactly {', '.join(sorted(known))}")
    for name, value in data.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
            raise RetrievalError(f"{path.name}: {name}: `{value}` is not a number of 0 or more")
    return Ranking(**data)
