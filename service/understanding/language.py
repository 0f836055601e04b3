"""Which language a message is in, by its letters."""

from service.analysis import Language

_CHINESE_WEIGHT = 3
"""One Chinese character says about as much as three Latin letters."""


def language(text: str) -> Language | None:
    """`zh` or `en`; None if the text has no letters."""
    chinese = sum("\u4e00" <= char <= "\u9fff" for char in text)
    latin = sum(char.isascii() and char.isalpha() for char in text)
    if not chinese and not latin:
        return None
    return "zh" if chinese * _CHINESE_WEIGHT >= latin else "en"
