"""A ticket taken apart: folded, cut into clauses, weighed against what was said before."""

from collections.abc import Sequence
from dataclasses import dataclass

from prompts.lexicon import Lexicon
from service.ticket import Ticket
from service.understanding.folding import folder
from service.understanding.learned import Classifier
from service.understanding.segmenting import Clause, clauses, wanted
from service.understanding.weighing import Traits, traits

_MOST = 400
"""Clauses looked at one by one; a longer text is a pasted file, not a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What understanding works on."""

    folded: str
    parts: tuple[Clause, ...]
    telling: Sequence[Clause]
    """The clauses that say something; all, if none does."""
    earlier: tuple[str, ...]
    """The customer's earlier turns, folded."""
    shown: Traits
    """Rows of `shown.clauses` belong to `telling`."""


def reading(ticket: Ticket, lexicon: Lexicon, learner: Classifier | None = None) -> Reading:
    """The ticket's question taken apart; `learner` stands in for the lexicon's own."""
    fold = folder(lexicon)
    folded = fold(ticket.question)
    meant = wanted(folded, lexicon)
    parts = clauses(meant, lexicon)
    telling = ([part for part in parts if not part.empty] or list(parts))[:_MOST]
    earlier = tuple(fold(said) for said in _earlier(ticket, "customer"))
    shown = traits(
        meant,
        telling,
        before=" ".join(earlier[-3:]),
        answered=" ".join(fold(said) for said in _earlier(ticket, "agent")[-1:]),
        status=ticket.order.status if ticket.order else None,
        lexicon=lexicon,
        learner=learner,
    )
    return Reading(folded=folded, parts=parts, telling=telling, earlier=earlier, shown=shown)


def _earlier(ticket: Ticket, role: str) -> list[str]:
    first = ticket.burst[0] if ticket.burst else len(ticket.conversation)
    return [turn.text for turn in ticket.conversation[:first] if turn.role == role]
