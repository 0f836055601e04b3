"""Deadlines that have passed but are offered as open, and open ones called closed (P15)."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from prompts.words import clause
from service.checks.fixing import clause_of
from service.checks.grounding import opposite
from service.checks.view import View
from service.draft import Finding

MINUTES_PER_DAY = 1440


def misjudges_deadline(view: View) -> Iterator[Finding]:
    """A right offered after its window, an open window called closed, a past day offered as to come."""
    yield from _past_days(view)
    window = _return_window(view)
    if window is None:
        return
    end, by = window
    today, text = view.case.now.date(), view.folded.text
    if end < today:
        yield from _offered_late(view, text, by)
    elif end >= today:
        for start, stop in view.words.spans("window_closed", text):
            sentence = _sentence(text, start, stop)
            if view.words.find("return_window_words", sentence) and not view.words.find("supposes", sentence):
                span = view.original(start, stop)
                yield opposite(view, span, by)


def _offered_late(view: View, text: str, by: str) -> Iterator[Finding]:
    for proof in view.ledger.rights:
        claim = proof.claim
        sentence = text[claim.sentence[0] : claim.sentence[1]]
        if (
            claim.right != "no_reason"
            or claim.denied
            or claim.fault
            or view.words.find("window_closed", sentence)
        ):
            continue
        if view.words.find("offers_now", sentence) and not view.words.find("general_rule", sentence):
            yield _passed(view, view.original(*claim.span), by)
    for start, stop in view.words.spans("window_open", text):
        sentence = _sentence(text, start, stop)
        if view.words.find("return_window_words", sentence) and not view.words.find("supposes", sentence):
            yield _passed(view, view.original(start, stop), by)


def _past_days(view: View) -> Iterator[Finding]:
    today, text = view.case.now.date(), view.folded.text
    for proof in view.ledger.proofs:
        mention = proof.mention
        if (
            mention.kind != "date"
            or not isinstance(mention.low, date)
            or mention.low >= today
            or mention.echo
        ):
            continue
        sentence = _sentence(text, *mention.span)
        after = text[mention.span[1] : mention.clause[1]]
        until = view.words.find("before_word", after[:8]) and not view.words.find("of_orders", after)
        over = any(view.words.find(name, sentence) for name in ("window_closed", "passed_words"))
        closing = view.words.find("closing_word", after[:8])
        offer = "offers_still" if closing else "offers_now"
        if until and not over and view.words.find(offer, sentence):
            yield _passed(view, view.original(*mention.span), "now")


def _passed(view: View, span: tuple[int, int], by: str) -> Finding:
    fix = view.fix("fix_passed", clause_of(view.text, span))
    return view.finding("contradicts", span, says="passed", source=by, fix=fix)


def _return_window(view: View) -> tuple[date, str] | None:
    """Last day of the no-reason window, from the facts or from policy and order."""
    for fact in view.case.facts:
        if fact.key.startswith("return") and "no_reason" in fact.key and fact.kind in {"date", "datetime"}:
            return date.fromisoformat(fact.value[:10]), fact.key
    order = view.case.ticket.order
    if order is None or order.delivered_at is None:
        return None
    start = order.delivered_at.astimezone(view.case.now.tzinfo).date()
    for source in view.ledger.known:
        for mention in source.mentions:
            fits = source.voice == "policy" and mention.kind == "duration" and mention.head == "no_reason"
            if fits and mention.unit == "minute" and isinstance(mention.high, Decimal) and not mention.denied:
                return start + timedelta(days=int(mention.high // MINUTES_PER_DAY)), source.key
    return None


def _sentence(text: str, start: int, end: int) -> str:
    left, right = clause(text, start, end, stops="。;!?\n")
    return text[left:right]
