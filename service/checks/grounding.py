"""Figures and rights without a source, against a source, or from a policy no longer in force."""

from collections.abc import Iterator

from service.checks.view import View
from service.draft import Finding, Fix
from service.ledger.proving import Proof


def ungrounded(view: View) -> Iterator[Finding]:
    """A figure or right that rests on nothing."""
    for proof in view.ledger.proofs:
        if proof.support == "unsupported":
            says = "ungrounded_right" if proof.mention.kind == "right" else "ungrounded"
            yield view.finding("ungrounded", view.original(*proof.mention.span), says=says)


def contradicts(view: View) -> Iterator[Finding]:
    """A figure or right of which a source says something else."""
    for proof in view.ledger.proofs:
        if proof.support == "contradicted":
            yield _contradiction(view, proof)


def stale_policy(view: View) -> Iterator[Finding]:
    """A figure or right that only a superseded policy supports."""
    for proof in view.ledger.proofs:
        if proof.support == "stale":
            span = view.original(*proof.mention.span)
            yield view.finding("stale_policy", span, says="stale_policy", by=proof.by[0], source=proof.by[0])


def _contradiction(view: View, proof: Proof) -> Finding:
    span, by = view.original(*proof.mention.span), proof.by[0] if proof.by else ""
    if not proof.rival or not proof.said:
        return view.finding("contradicts", span, says="contradicts_plain", by=by, source=by)
    fix = Fix(replacement=proof.said)
    return view.finding("contradicts", span, says="contradicts", by=by, rival=proof.said, source=by, fix=fix)
