"""From a ticket to its analysis, in a few milliseconds, without a model."""

from collections.abc import Mapping, Sequence

from prompts.lexicon import Lexicon
from retrieval.product import Product
from service.analysis import Analysis, Issue, Language, Mentioned
from service.ticket import Ticket
from service.understanding.feeling import Feeling, feeling
from service.understanding.intents import Wish, wishes
from service.understanding.language import language
from service.understanding.mentioning import mentioned
from service.understanding.missing import Asking, missing
from service.understanding.reading import Reading, reading
from service.understanding.risking import complained, escalation, risks
from service.understanding.segmenting import sentences


def understand(
    ticket: Ticket,
    *,
    lexicon: Lexicon,
    playbooks: Mapping[str, Asking],
    products: Sequence[Product] = (),
    issues: tuple[Issue, ...] = (),
) -> Analysis:
    """What the customer wants, feels and mentions, what is at risk and what must still be asked.

    `playbooks` say what each intent needs (`ask`); it may be empty. Spans lie in `ticket.question`.
    `issues`: what the customer wants, where someone else has found that out already.
    """
    text, read = ticket.question, reading(ticket, lexicon)
    folded, parts, earlier = read.folded, read.parts, read.earlier
    if not issues:
        found = _triggered(ticket) or _wishes(read, lexicon)
        issues = tuple(_issue(wish, text) for wish in found)
    spans = [issue.span for issue in issues]
    issues = issues or (_unknown(text),)
    intents = tuple(dict.fromkeys(issue.intent for issue in issues))
    felt = feeling(folded, parts, intents, spans, read.shown.blocks, lexicon)
    at_risk = risks(sentences(folded, parts), intents, lexicon)
    facts = mentioned(
        text, folded, now=ticket.now, words=lexicon.facts, order=ticket.order, products=products
    )
    known = [*facts, *_known_before(ticket, earlier, lexicon, products)]
    return Analysis(
        issues=issues,
        emotion=felt.emotion,
        strength=felt.strength,
        cause=_words(felt, text),
        risks=at_risk,
        mentioned=facts,
        product_ids=_products(facts, known, ticket),
        missing=missing(
            ticket,
            intents=intents,
            said="\n".join([*earlier, folded]),
            facts=known,
            playbooks=playbooks,
            lexicon=lexicon,
        ),
        language=_language(ticket, text),
        escalation=escalation(
            ticket,
            folded,
            found=at_risk,
            intents=intents,
            strength=felt.strength if felt.emotion != "positive" else 0,
            lexicon=lexicon,
        ),
    )


def _wishes(read: Reading, lexicon: Lexicon) -> tuple[Wish, ...]:
    sarcastic = lexicon.emotions.sarcasm.within(read.folded)
    barred = lexicon.emotions.bars if sarcastic else ()
    found = wishes(read.folded, read.telling, read.shown, lexicon=lexicon, barred=barred)
    return complained(read.folded, found, lexicon)


def _triggered(ticket: Ticket) -> tuple[Wish, ...]:
    if ticket.trigger is None:
        return ()
    return (Wish(intent=ticket.trigger.kind, confidence=1.0, span=(0, 0)),)


def _issue(wish: Wish, text: str) -> Issue:
    start, end = wish.span
    return Issue(intent=wish.intent, confidence=wish.confidence, span=wish.span, text=text[start:end])


def _unknown(text: str) -> Issue:
    return Issue(intent="unknown", confidence=0.1, span=(0, len(text)), text=text)


def _known_before(
    ticket: Ticket, earlier: Sequence[str], lexicon: Lexicon, products: Sequence[Product]
) -> list[Mentioned]:
    said = "\n".join(earlier[-6:])
    return list(
        mentioned(said, said, now=ticket.now, words=lexicon.facts, order=ticket.order, products=products)
    )


def _products(facts: Sequence[Mentioned], known: Sequence[Mentioned], ticket: Ticket) -> tuple[str, ...]:
    here = [fact.value for fact in facts if fact.kind == "product"]
    before = [fact.value for fact in known if fact.kind == "product"]
    ordered = [item.product_id for item in ticket.order.items if item.product_id] if ticket.order else []
    return tuple(dict.fromkeys([*here, *(before if not here else ()), *ordered]))


def _words(felt: Feeling, text: str) -> str:
    return text[felt.cause[0] : felt.cause[1]].strip() if felt.cause else ""


def _language(ticket: Ticket, text: str) -> Language:
    if ticket.locale:
        return "en" if ticket.locale.lower().startswith("en") else "zh"
    earlier = " ".join(turn.text for turn in ticket.conversation if turn.role == "customer")
    return language(text) or language(earlier) or "zh"
