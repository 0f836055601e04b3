"""The sound of a Chinese character: toneless, one reading, for matching homophone typos."""

import importlib.util
import json
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

from retrieval.errors import RetrievalError


@lru_cache(maxsize=30_000)
def sound(character: str) -> str:
    """The first reading without tone (`退` → `tui`); the character itself where none is known."""
    reading = _table().get(str(ord(character)))
    if reading is None:
        return character
    spread = unicodedata.normalize("NFD", reading.partition(",")[0])
    return "".join(char for char in spread if not unicodedata.combining(char))


@cache
def _table() -> dict[str, str]:
    """pypinyin's character table, read as data: importing the package loads 20 MB of phrases."""
    package = importlib.util.find_spec("pypinyin")
    if package is None or package.origin is None:
        raise RetrievalError("pypinyin is not installed; expected it for search: pip install pypinyin")
    with (Path(package.origin).parent / "pinyin_dict.json").open(encoding="utf-8") as file:
        table: dict[str, str] = json.load(file)
    return table
