"""Risks in what the customer writes, and whether someone with more authority must see it."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from prompts.lexicon import Lexicon
from service.analysis import Escalation
from service.ticket import Ticket
from service.understanding.numbers import number


def risks(sentences: Sequence[str], intents: Sequence[str], lexicon: Lexicon) -> tuple[str, ...]:
    """Risk ids with a sign in any folded sentence, or that an intent brings, in the lexicon's order."""
    return tuple(
        name
        for name, entry in lexicon.risks.items()
        if set(entry.intents) & set(intents)
        or any(entry.signs.within(said) and not entry.unless.within(said) for said in sentences)
    )


def escalation(
    ticket: Ticket, text: str, *, found: Sequence[str], intents: Sequence[str], lexicon: Lexicon
) -> Escalation:
    """Whether to hand over, with every reason."""
    words = lexicon.escalation
    reasons = list(found)
    if set(intents) & set(words.always):
        reasons.append("safety")
    asks_manager = words.manager.within(text) and not words.manager_unless.within(text)
    if asks_manager or words.authority.within(text) or _sum_demanded(text, lexicon):
        reasons.append("authority")
    if words.repeat.within(text) and not words.repeat_unless.within(text):
        reasons.append("repeat")
    if _overdue(ticket, ticket.now) or words.broken.within(text):
        reasons.append("broken_promise")
    unique = tuple(dict.fromkeys(reasons))
    return Escalation(needed=bool(unique), reasons=unique)


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
