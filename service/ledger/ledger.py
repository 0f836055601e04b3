"""The ledger of one text."""

from dataclasses import dataclass

from prompts.folding import Folded
from prompts.rulepack import RulePacks
from service.case import Case
from service.draft import Commitment
from service.ledger.deriving import derived
from service.ledger.proving import Bench, Proof, prove
from service.ledger.reading import read
from service.ledger.source import Source, sources


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Every commitment of a text with its proof, and the sources it was held against."""

    folded: Folded
    proofs: tuple[Proof, ...]
    known: tuple[Source, ...]

    @property
    def commitments(self) -> tuple[Commitment, ...]:
        """The proofs in the shape that drafts carry, spans in the original text."""
        return tuple(
            Commitment(
                kind=proof.mention.kind,
                value=proof.mention.value,
                span=self.folded.span(*proof.mention.span),
                support="contradicted" if proof.support == "stale" else proof.support,
                by=proof.by,
            )
            for proof in self.proofs
        )


def keep_ledger(text: str, case: Case, rulepacks: RulePacks) -> Ledger:
    """The ledger of a text against a case."""
    words = rulepacks.words
    folded = rulepacks.folding.fold(text)
    known = sources(case, words, rulepacks.folding)
    bench = Bench(text=folded.text, case=case, words=words, known=known, worked_out=derived(case, known))
    found = (prove(mention, bench) for mention in read(folded.text, words, case.now.date()))
    return Ledger(folded=folded, proofs=tuple(proof for proof in found if proof), known=known)
