"""Actions a text promises (we will resend today), and whether anything says the shop does such things."""

from collections.abc import Iterator
from dataclasses import dataclass

from prompts.words import Words, clause
from service.ledger.source import Source

MOST_KEYS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One action promised, by its name in the words file."""

    action: str
    span: tuple[int, int]
    support: bool
    by: tuple[str, ...] = ()


def promises(text: str, known: tuple[Source, ...], words: Words) -> Iterator[Promise]:
    """Every action promised; what an agent does at the desk rests on the agent, the rest on a source."""
    for start, end, action in words.scan("action", text):
        left, right = clause(text, start, end)
        inside = text[left : right + 1]
        if (
            not words.find("promised", inside)
            or words.find("wonders", inside)
            or words.negates(text[left:start])
        ):
            continue
        if action in words.tables["desk_actions"]:
            yield Promise(action=action, span=(start, end), support=True, by=("agent",))
            continue
        pattern = f"action.{action}"
        keys = [s.key for s in known if s.voice not in {"customer", "stale"} and words.find(pattern, s.text)]
        by = tuple(dict.fromkeys(keys))[:MOST_KEYS]
        yield Promise(action=action, span=(start, end), support=bool(by), by=by)
