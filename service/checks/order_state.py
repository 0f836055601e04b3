"""What a text says about the order, against the order card (P15)."""

from collections.abc import Iterator

from prompts.words import clause
from service.checks.grounding import opposite
from service.checks.view import View
from service.draft import Finding

SUPPOSED = "supposes"


def misstates_order(view: View) -> Iterator[Finding]:
    """A state, a carrier or a tracking number that the order card does not show."""
    order = view.case.ticket.order
    if order is None:
        return
    yield from _states(view, order.status)
    yield from _carrier(view, order.carrier or "", order.tracking_no or "")


def _states(view: View, status: str) -> Iterator[Finding]:
    order = view.case.ticket.order
    assert order is not None
    text = view.folded.text
    said = view.packs.folding.fold(view.case.ticket.question).text
    for start, end, state in view.words.scan("state", text):
        left, right = clause(text, start, end)
        inside = text[left : right + 1]
        if view.words.find(SUPPOSED, inside) or view.words.find("echo", inside):
            continue
        if view.words.find(f"state.{state}", said):
            continue
        if status in view.words.tables["states"][state].split():
            continue
        if state == "refunded" and any(view.words.find("done_state", r.state or "") for r in order.refunds):
            continue
        if (state, True) in {
            ("delivered", order.delivered_at is not None),
            ("shipped", order.shipped_at is not None),
        }:
            continue
        span = view.original(start, end)
        yield opposite(view, span, "order.status")


def _carrier(view: View, carrier: str, number: str) -> Iterator[Finding]:
    """Another carrier than the one on the parcel, or another number."""
    text = view.folded.text
    known = view.packs.folding.fold(carrier).text
    for start, end in view.words.spans("carriers", text) if known else ():
        name, (left, right) = text[start:end], clause(text, start, end)
        inside = text[left:right]
        shipped = view.words.find("sent_by", inside) and not view.words.find("going_to_send", inside)
        if name not in known and known not in name and shipped:
            span = view.original(start, end)
            yield opposite(view, span, "order.carrier")
    plain_number = number.lower()
    for found in view.words.each("personal_tracking", text) if plain_number else ():
        spans = list(found.spans.values())
        value = text[slice(*spans[0])] if spans else ""
        said = " ".join(turn.text.lower() for turn in view.case.ticket.conversation)
        if value and value not in plain_number and plain_number not in value and value not in said:
            span = view.original(*spans[0])
            yield opposite(view, span, "order.tracking_no")
