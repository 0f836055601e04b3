"""A conversation as it is pasted from a chat tool, read into turns."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from service.errors import BadTicket
from service.ticket import MAX_TEXT_CHARS, Turn

MAX_TURNS = 200
"""Turns read from one paste."""
Role = Literal["customer", "agent"]


def read_pasted(text: str, now: datetime) -> tuple[Turn, ...]:
    """The turns of a pasted conversation.

    A line that begins with a speaker's name and a colon starts a turn; other lines go on with it. Without
    any speaker the whole text is the customer's. Raises BadTicket if nothing is left to read.
    """
    turns: list[tuple[Role, list[str]]] = []
    for line in text.strip().splitlines():
        role, words = _spoken(line)
        if role is not None:
            turns.append((role, [words]))
        elif turns:
            turns[-1][1].append(line)
        else:
            turns.append(("customer", [line]))
    spoken: list[tuple[Role, str]] = [(role, "\n".join(lines).strip()) for role, lines in turns]
    kept = [(role, words) for role, words in spoken if words]
    if not kept or len(kept) > MAX_TURNS or any(len(words) > MAX_TEXT_CHARS for _, words in kept):
        raise BadTicket(
            f"paste: {len(kept)} turns; expected 1 to {MAX_TURNS}, each at most {MAX_TEXT_CHARS:,} characters"
        )
    return tuple(Turn(role=role, text=words, at=now) for role, words in kept)


def _spoken(line: str) -> tuple[Role | None, str]:
    match = re.match(r"\s*([^\s:：]{1,12})\s*[:：]\s*(.*)$", line)
    if match is None:
        return None, line
    return _speakers().get(match.group(1).casefold()), match.group(2)


@lru_cache(maxsize=1)
def _speakers() -> Mapping[str, Role]:
    import yaml

    path = Path(__file__).parent / "speakers.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    roles: tuple[Role, ...] = ("customer", "agent")
    return {str(name).casefold(): role for role in roles for name in data[role]}
