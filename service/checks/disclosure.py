"""Personal data and internal words that must not reach a customer (P33, P31)."""

from collections.abc import Iterator

from prompts.words import Words
from service.checks.fixing import clause_of
from service.checks.view import View
from service.draft import Finding, Fix
from service.privacy.finding import Personal, kind_name, masked, personal

SHOWN_IN_FULL = frozenset({"PHONE", "ID", "CARD", "ADDRESS", "EMAIL"})
RUN = 8
"""Characters in a row that two texts do not share by chance in Chinese."""
SHORT_RUN = 4
"""The same, if they hold a word that is only used of customers behind their backs."""
ENGLISH_RUN = 24


def privacy(view: View) -> Iterator[Finding]:
    """Personal data in full; the shop's own address and hotline, which policies state, are no secret."""
    public = " ".join(source.text for source in view.ledger.known if source.voice == "policy")
    said = " ".join(turn.text for turn in view.case.ticket.conversation if turn.role == "customer")
    for one in personal(view.text, view.words, view.packs.folding):
        value = view.text[one.span[0] : one.span[1]]
        if one.kind in SHOWN_IN_FULL and not _public(one, value, public, said, view):
            kind = kind_name(one.kind, view.words)
            fix = Fix(replacement=masked(one.kind, value), safe=True)
            yield view.finding("privacy", one.span, says="privacy", blanks={"kind": kind}, fix=fix)


def _public(one: Personal, value: str, public: str, said: str, view: View) -> bool:
    plain = view.packs.folding.fold(value).text
    if plain in public:
        return True
    if one.kind == "EMAIL" and value in said:
        return True
    around = view.folded.text[max(0, one.span[0] - 20) : one.span[0]]
    return one.kind in {"ADDRESS", "PHONE"} and view.words.find("shops_own", around)


def leak(view: View) -> Iterator[Finding]:
    """Words of the shop's internal remark, or of an internal note in a refund."""
    order = view.case.ticket.order
    if order is None:
        return
    inner = [order.notes or "", *(refund.note or "" for refund in order.refunds)]
    outer = " ".join(source.text for source in view.ledger.known)
    for note in inner:
        span = _shared_run(view.packs.folding.fold(note).text, view.folded.text, outer, view.words)
        if span:
            place = view.original(*span)
            fix = Fix(replacement="", safe=True, span=clause_of(view.text, place, whole=True))
            yield view.finding("leak", place, says="leak", source="order.notes", fix=fix)


def _shared_run(note: str, text: str, outer: str, words: Words) -> tuple[int, int] | None:
    """The longest stretch of a note that stands in the text and nowhere a customer may have it from."""
    best: tuple[int, int] | None = None
    for start in range(len(text)):
        size = SHORT_RUN if text[start] > "\u2e7f" else ENGLISH_RUN
        if text[start : start + size] not in note or len(text) - start < size:
            continue
        end = start + size
        while end < len(text) and text[start : end + 1] in note:
            end += 1
        run = text[start:end]
        if end - start < RUN and not words.find("insiders", run):
            continue
        if run not in outer and (best is None or end - start > best[1] - best[0]):
            best = (start, end)
    return best
