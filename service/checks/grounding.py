"""Figures and rights without a source, against a source, or from a policy no longer in force."""

from collections.abc import Iterator

from service.checks.authority import above_authority
from service.checks.view import View
from service.draft import Finding, Fix
from service.ledger.proving import Proof


def ungrounded(view: View) -> Iterator[Finding]:
    """A figure or right that rests on nothing."""
    for proof in view.ledger.proofs:
        if proof.support == "unsupported" and not above_authority(proof, view):
            yield view.finding("ungrounded", view.original(*proof.mention.span), says="ungrounded")
    for right in view.ledger.rights:
        if right.support == "unsupported":
            yield view.finding("ungrounded", view.original(*right.claim.span), says="ungrounded_right")


def contradicts(view: View) -> Iterator[Finding]:
    """A figure or right of which a source says something else."""
    for proof in view.ledger.proofs:
        if proof.support == "contradicted":
            yield _contradiction(view, proof)
    for right in view.ledger.rights:
        if right.support == "contradicted":
            span, by = view.original(*right.claim.span), right.by[0]
            yield view.finding("contradicts", span, says="contradicts_plain", blanks={"by": by}, source=by)


def stale_policy(view: View) -> Iterator[Finding]:
    """A figure or right that only a superseded policy supports."""
    figures = [(proof.mention.span, proof.by[0]) for proof in view.ledger.proofs if proof.support == "stale"]
    rights = [(right.claim.span, right.by[0]) for right in view.ledger.rights if right.support == "stale"]
    for span, by in (*figures, *rights):
        yield view.finding(
            "stale_policy", view.original(*span), says="stale_policy", blanks={"by": by}, source=by
        )


def _contradiction(view: View, proof: Proof) -> Finding:
    span, by = view.original(*proof.mention.span), proof.by[0]
    if not proof.said:
        return view.finding("contradicts", span, says="contradicts_plain", blanks={"by": by}, source=by)
    fix, blanks = Fix(replacement=proof.said), {"by": by, "rival": proof.said}
    return view.finding("contradicts", span, says="contradicts", blanks=blanks, source=by, fix=fix)
