"""What the agent's one-line steer asks of a draft: its length, its warmth, and what it should mention."""

import re
from dataclasses import dataclass
from functools import cache

from service.facts.vocabulary import any_of, vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class Steer:
    """A steer, read. What it asks to mention is said only in the words of a policy."""

    shorter: bool = False
    warmer: bool = False
    mention: str = ""


def read_steer(instruction: str | None) -> Steer:
    """The steer of an instruction in whatever words; an empty one asks nothing."""
    text = (instruction or "").strip()
    if not text:
        return Steer()
    rest = text
    for name in ("shorter", "warmer", "verbs"):
        rest = _words(name).sub(" ", rest)
    mention = re.sub(r"[\s，,。.;；、!！：:]+", " ", rest).strip()
    return Steer(
        shorter=bool(_words("shorter").search(text)),
        warmer=bool(_words("warmer").search(text)),
        mention=mention if len(mention) > 1 else "",
    )


@cache
def _words(name: str) -> re.Pattern[str]:
    return any_of(vocabulary().steer[name])
