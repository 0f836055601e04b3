"""Risks in what the customer writes, and whether someone with more authority must see it."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from prompts.lexicon import Lexicon
from service.analysis import Escalation
from service.ticket import Ticket
from service.understanding.intents import Wish
from service.understanding.numbers import number

_INFERRED = 0.5
"""Confidence of an intent that follows from another sign."""


def risks(sentences: Sequence[str], intents: Sequence[str], lexicon: Lexicon) -> tuple[str, ...]:
    """Risk ids with a sign in any folded sentence, or that an intent brings, in the lexicon's order."""
    return tuple(
        name
        for name, entry in lexicon.risks.items()
        if set(entry.intents) & set(intents)
        or any(entry.signs.within(said) and not entry.unless.within(said) for said in sentences)
    )


def complained(text: str, found: Sequence[Wish], lexicon: Lexicon) -> tuple[Wish, ...]:
    """The wishes, and a complaint where a promise was broken or where there is only a threat."""
    words = lexicon.escalation
    told = {wish.intent for wish in found}
    threat = any(lexicon.risks[name].signs.within(text) for name in words.threats if name in lexicon.risks)
    lone = threat and not (told - {"unknown", *words.hollow})
    if words.complaint in told or not (lone or broken(text, lexicon)):
        return tuple(found)
    kept = [] if lone else list(found)
    return (*kept, Wish(intent=words.complaint, confidence=_INFERRED, span=(0, len(text))))


def escalation(
    ticket: Ticket,
    text: str,
    *,
    found: Sequence[str],
    intents: Sequence[str],
    strength: int,
    lexicon: Lexicon,
) -> Escalation:
    """Whether to hand over, with every reason.

    Risks, a call for a manager and sums beyond an agent's reach always go up; a repeated complaint or a
    broken promise is recorded, and goes up when the customer is beside themselves or both come together
    with a promise of the order that is overdue.
    """
    words = lexicon.escalation
    hard = [*found, *(["safety"] if set(intents) & set(words.always) else [])]
    asks_manager = words.manager.within(text) and not words.manager_unless.within(text)
    if asks_manager or words.authority.within(text) or _sum_demanded(text, lexicon):
        hard.append("authority")
    soft = []
    if words.repeat.within(text) and not words.repeat_unless.within(text):
        soft.append("repeat")
    overdue = _overdue(ticket, ticket.now)
    if broken(text, lexicon) or (overdue and words.complaint in intents):
        soft.append("broken_promise")
    needed = bool(hard) or (bool(soft) and (strength >= words.soft_from or (overdue and len(soft) == 2)))
    return Escalation(needed=needed, reasons=tuple(dict.fromkeys([*hard, *soft])))


def broken(text: str, lexicon: Lexicon) -> bool:
    """Whether the customer says that a promise was not kept."""
    words = lexicon.escalation
    return any(not words.broken_unless.within(text[start:end]) for start, end in words.broken.spans(text))


def _overdue(ticket: Ticket, now: datetime) -> bool:
    promises = ticket.order.promises_made if ticket.order else ()
    return any(promise.due is not None and promise.due < now for promise in promises)


def _sum_demanded(text: str, lexicon: Lexicon) -> bool:
    limit = Decimal(str(lexicon.escalation.compensation_over))
    for match in lexicon.escalation.compensation.matches(text):
        value = number(next((said for said in match.groups() if said), ""), lexicon.facts)
        if value is not None and value >= limit:
            return True
    return False
