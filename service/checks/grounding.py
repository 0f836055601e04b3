"""Figures and rights without a source, against a source, or from a policy no longer in force."""

from collections.abc import Iterator

from prompts.words import clause
from service.checks.authority import above_authority
from service.checks.fixing import clause_of
from service.checks.view import View
from service.draft import Finding, Fix
from service.ledger.proving import Proof

VERBATIM = 8
"""Characters from which a clause is a policy's own and no chance likeness."""


def ungrounded(view: View) -> Iterator[Finding]:
    """A figure or right that rests on nothing."""
    for proof in view.ledger.proofs:
        if proof.support == "unsupported" and not above_authority(proof, view):
            yield _ungrounded(view, view.original(*proof.mention.span), "ungrounded")
    for right in view.ledger.rights:
        if right.support == "unsupported":
            yield _ungrounded(view, view.original(*right.claim.span), "ungrounded_right")


def contradicts(view: View) -> Iterator[Finding]:
    """A figure or right of which a source says something else."""
    for proof in view.ledger.proofs:
        if proof.support == "contradicted":
            yield _contradiction(view, proof)
    for right in view.ledger.rights:
        if right.support == "contradicted":
            yield opposite(view, view.original(*right.claim.span), right.by[0])


def misstates(view: View) -> Iterator[Finding]:
    """A plain statement (可以机洗) of which a source says the opposite (不可机洗)."""
    for clash in view.ledger.clashes:
        if not _verbatim(view, clash.span):
            yield opposite(view, view.original(*clash.span), clash.by)
    yield from _stock(view)


def _verbatim(view: View, span: tuple[int, int]) -> bool:
    """Whether the words stand in a clause that a policy in force has word for word."""
    text = view.folded.text
    start = next((at for at in range(*span) if text[at].isalnum()), span[0])
    said = text[slice(*clause(text, start, max(start + 1, span[1])))].strip("\n ,.。，;；:：!！")
    return len(said) >= VERBATIM and any(
        source.voice == "policy" and said in source.text for source in view.ledger.known
    )


def _stock(view: View) -> Iterator[Finding]:
    """Something called in stock that a source says is not."""
    text, words = view.folded.text, view.words
    told = [
        (s, span)
        for s in view.ledger.known
        if s.voice == "policy"
        for span in words.spans("stock_not", s.text)
    ]
    for start, end in words.spans("stock_yes", text) if told else ():
        left, right = clause(text, start, end)
        inside = text[left : right + 1]
        if words.negates(text[left:start]) or words.find("wonders", inside) or words.find("others", inside):
            continue
        for source, span in told:
            around = slice(*clause(source.text, *span))
            if _pairs(text[left:start]) & _pairs(source.text[around]):
                yield opposite(view, view.original(start, end), source.key)
                return


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


def stale_policy(view: View) -> Iterator[Finding]:
    """A figure or right that only a superseded policy supports."""
    figures = [(proof.mention.span, proof.by[0]) for proof in view.ledger.proofs if proof.support == "stale"]
    rights = [(right.claim.span, right.by[0]) for right in view.ledger.rights if right.support == "stale"]
    for span, by in (*figures, *rights):
        place = view.original(*span)
        fix = view.fix("fix_ungrounded", clause_of(view.text, place))
        yield view.finding("stale_policy", place, says="stale_policy", blanks={"by": by}, source=by, fix=fix)


def opposite(view: View, span: tuple[int, int], by: str) -> Finding:
    """A finding on words that say the opposite of a source."""
    fix = view.fix("fix_ungrounded", clause_of(view.text, span))
    return view.finding("contradicts", span, says="contradicts_plain", blanks={"by": by}, source=by, fix=fix)


def _ungrounded(view: View, span: tuple[int, int], says: str) -> Finding:
    fix = view.fix("fix_ungrounded", clause_of(view.text, span))
    return view.finding("ungrounded", span, says=says, fix=fix)


def _contradiction(view: View, proof: Proof) -> Finding:
    span, by = view.original(*proof.mention.span), proof.by[0]
    if not proof.said:
        return opposite(view, span, by)
    quoted = (
        proof.rival is not None and proof.rival.unit == proof.mention.unit and bool(proof.rival.clause[1])
    )
    fix, blanks = Fix(replacement=proof.said, safe=quoted), {"by": by, "rival": proof.said}
    return view.finding("contradicts", span, says="contradicts", blanks=blanks, source=by, fix=fix)
