"""The words of every screen, in both languages, from `words.yaml`."""

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

LANGUAGES = ("zh", "en")


@lru_cache(maxsize=1)
def _all() -> Mapping[str, Mapping[str, str]]:
    import yaml

    words: Mapping[str, Mapping[str, str]] = yaml.safe_load(
        (Path(__file__).parent / "words.yaml").read_text(encoding="utf-8")
    )
    return words


def word(key: str, language: str, /, **values: object) -> str:
    """The words of that key, with `{name}` filled in; the key itself if there are none."""
    text = _all().get(key, {}).get(language, key)
    return text.format(**values) if values else text


def terminal_language() -> str:
    """`zh` or `en`, as WARMLINE_LANG or the terminal's locale says."""
    for name in ("WARMLINE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "").lower()
        if value.startswith("zh"):
            return "zh"
        if value and not value.startswith(("c.", "posix")) and value != "c":
            return "en"
    return "en"
