"""What is known of single Chinese characters: their sound, for homophone typos, and their simplified form.

Both packages' tables are read as data: importing pypinyin loads 20 MB of phrases.
"""

import importlib.util
import json
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

from retrieval.errors import RetrievalError


@lru_cache(maxsize=30_000)
def sound(character: str) -> str:
    """The first reading without tone (`退` → `tui`); the character itself where none is known."""
    reading = _readings().get(str(ord(character)))
    if reading is None:
        return character
    spread = unicodedata.normalize("NFD", reading.partition(",")[0])
    return "".join(char for char in spread if not unicodedata.combining(char))


def simplified(text: str) -> str:
    """The text with traditional characters simplified, one by one."""
    return text if text.isascii() else text.translate(_simple_forms())


@cache
def _readings() -> dict[str, str]:
    path = _package("pypinyin", "pypinyin") / "pinyin_dict.json"
    table: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return table


@cache
def _simple_forms() -> dict[int, str]:
    path = _package("opencc", "opencc-python-reimplemented") / "dictionary" / "TSCharacters.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.split() for line in lines)
    return {ord(pair[0]): pair[1] for pair in pairs if len(pair) > 1 and len(pair[0]) == len(pair[1]) == 1}


def _package(name: str, install: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise RetrievalError(f"{name} is not installed; expected it for search: pip install {install}")
    return Path(found.origin).parent
