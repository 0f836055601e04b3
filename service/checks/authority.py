"""Compensation above what the agent's role may grant, and compensation given twice (P34)."""

from collections.abc import Iterator
from decimal import Decimal

from prompts.patterns import Wording
from service.checks.fixing import clause_of
from service.checks.view import View
from service.draft import Finding, Fix
from service.ledger.mention import plain
from service.ledger.proving import Proof, is_compensation


def above_authority(proof: Proof, view: View) -> bool:
    """Whether a figure grants more than the role may, and no source grants it."""
    mention = proof.mention
    if proof.support == "supported" or not isinstance(mention.high, Decimal):
        return False
    return is_compensation(mention, view.ledger.bench) and mention.high > _limit(view)


def excess(view: View) -> Iterator[Finding]:
    """Compensation over the limit, or a second one for the same order."""
    limit = _limit(view)
    for proof in view.ledger.proofs:
        span = view.original(*proof.mention.span)
        if above_authority(proof, view):
            blanks: dict[str, str | Wording] = {"limit": plain(limit), "who": _who(view, proof.mention.high)}
            yield view.finding(
                "excess",
                span,
                says="excess",
                source="shop.authority",
                blanks=blanks,
                fix=_asked_above(view, span),
            )
        elif is_compensation(proof.mention, view.ledger.bench) and (paid := _already(view, proof)):
            yield view.finding(
                "excess",
                span,
                says="excess_double",
                source="order.refunds",
                blanks={"paid": plain(paid)},
                fix=_asked_above(view, span),
            )


def _asked_above(view: View, span: tuple[int, int]) -> Fix:
    return view.fix("fix_excess", clause_of(view.text, span))


def _limit(view: View) -> Decimal:
    authority = view.case.shop.authority.get(view.case.role)
    return authority.compensation_max if authority else Decimal(0)


def _who(view: View, amount: object) -> Wording:
    """The first role whose limit is high enough."""
    assert isinstance(amount, Decimal)
    for role, authority in view.case.shop.authority.items():
        if authority.compensation_max >= amount:
            return Wording(zh=view.words.tables["roles"].get(role, role), en=role)
    return view.words.sentences["nobody"]


def _already(view: View, proof: Proof) -> Decimal | None:
    """What was compensated before, if this amount is another one."""
    order = view.case.ticket.order
    for refund in order.refunds if order else ():
        words = f"{refund.method or ''} {refund.note or ''}"
        given = refund.amount is not None and view.words.find("compensates", words)
        if (
            given
            and refund.amount != proof.mention.low
            and not view.words.find("failed_state", refund.state or "")
        ):
            return refund.amount
    return None
