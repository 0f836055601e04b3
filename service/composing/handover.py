"""The summary for the supervisor who takes a case over."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from prompts.line import SLOT, Line
from prompts.playbook import Playbook
from service.case import Case
from service.composing.wording import Wording
from service.facts.computing import paid_total

_WORDS_MAX = 80
_FACTS_MAX = 3


def handover(case: Case, books: Sequence[Playbook], wording: Wording, lines: Mapping[str, Line]) -> str:
    """What happened, what was promised, what is asked; empty when nothing is escalated."""
    if not case.analysis.escalation.needed:
        return ""
    made = []
    for name, slots in _sections(case, books, wording):
        template = lines[f"handover.{name}"].of(wording.language)[0]
        made.append(_filled(template, slots))
    return "\n".join(made)


def _filled(template: str, slots: Mapping[str, str]) -> str:
    kept = []
    for part in template.replace("[", "\0[").replace("]", "]\0").split("\0"):
        names = SLOT.findall(part)
        if part.startswith("[") and part.endswith("]") and names:
            if not all(slots.get(name) for name in names):
                continue
            part = part[1:-1]
        kept.append(SLOT.sub(lambda match: slots.get(match[1], ""), part))
    return "".join(kept)


def _sections(
    case: Case, books: Sequence[Playbook], wording: Wording
) -> Iterator[tuple[str, Mapping[str, str]]]:
    analysis, order = case.analysis, case.ticket.order
    titles = [book.title.en if wording.language == "en" else book.title.zh for book in books]
    words = " ".join((analysis.cause or case.ticket.question).split())
    yield (
        "matter",
        {
            "titles": wording.list(titles),
            "emotion": analysis.emotion,
            "strength": str(analysis.strength),
            "words": words[:_WORDS_MAX] + ("…" if len(words) > _WORDS_MAX else ""),
        },
    )
    if order:
        paid = paid_total(case.ticket)
        day = order.delivered_at.astimezone(case.now.tzinfo).date() if order.delivered_at else None
        yield (
            "order",
            {
                "order_id": order.order_id,
                "status": order.status,
                "items": wording.list([item.name for item in order.items if item.name]),
                "paid_amount": wording.money(paid) if paid is not None else "",
                "delivered_day": wording.day(day) if day else "",
            },
        )
        if order.promises_made:
            yield "promises", {"promises": wording.list([promise.text for promise in order.promises_made])}
    decisive = [
        fact for fact in case.facts if fact.passed is not None and not fact.key.startswith("service.")
    ]
    if decisive:
        yield "facts", {"facts": wording.list([fact.derivation for fact in decisive[:_FACTS_MAX]])}
    reasons = (*analysis.risks, *(each for each in analysis.escalation.reasons if each not in analysis.risks))
    if reasons:
        yield "risks", {"risks": wording.list(reasons)}
    due = next((fact for fact in case.facts if fact.key == "service.supervisor_by"), None)
    yield "asks", {"supervisor_by": wording.moment(datetime.fromisoformat(due.value)) if due else ""}
