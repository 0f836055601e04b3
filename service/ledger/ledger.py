"""The ledger of one text."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from prompts.folding import Folded
from prompts.rulepack import RulePacks
from prompts.words import Words
from service.case import Case
from service.draft import Commitment
from service.ledger.acting import Promise, promises
from service.ledger.adding import add_up
from service.ledger.deriving import derived
from service.ledger.granting import RightProof, prove_right
from service.ledger.proving import Proof, Support, prove
from service.ledger.reading import read
from service.ledger.rights import grants
from service.ledger.source import Source, sources
from service.ledger.stating import Clash, called_free, clashes, sent_where_nothing_goes, statements, turned
from service.ledger.supporting import Bench
from service.ledger.weighing import rarities


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Every commitment of a text with its proof, and the sources it was held against."""

    folded: Folded
    proofs: tuple[Proof, ...]
    rights: tuple[RightProof, ...]
    promises: tuple[Promise, ...]
    clashes: tuple[Clash, ...]
    """Statements of the text that a source states the other way round."""
    bench: Bench
    known: tuple[Source, ...]

    @property
    def commitments(self) -> tuple[Commitment, ...]:
        """The proofs in the shape that drafts carry, spans in the original text."""
        figures = (
            Commitment(
                kind=proof.mention.kind,
                value=proof.mention.value,
                span=self.folded.span(*proof.mention.span),
                support=_shown(proof.support),
                by=proof.by,
            )
            for proof in self.proofs
        )
        rights = (
            Commitment(
                kind="right",
                value=("no " if proof.claim.denied else "") + proof.claim.right,
                span=self.folded.span(*proof.claim.span),
                support=_shown(proof.support),
                by=proof.by,
            )
            for proof in self.rights
        )
        actions = (
            Commitment(
                kind="action",
                value=promise.action,
                span=self.folded.span(*promise.span),
                support="supported" if promise.support else "unsupported",
                by=promise.by,
            )
            for promise in self.promises
        )
        return tuple(sorted((*figures, *rights, *actions), key=lambda one: one.span))


def _shown(support: Support) -> Literal["supported", "unsupported", "contradicted"]:
    return "contradicted" if support == "stale" else support


def keep_ledger(text: str, case: Case, rulepacks: RulePacks) -> Ledger:
    """The ledger of a text against a case."""
    words = rulepacks.words
    folded = rulepacks.folding.fold(text)
    mentions = read(folded.text, words, case.now.date())
    claims = tuple(grants(folded.text, words))
    known = sources(case, words, rulepacks.folding, rights=bool(claims))
    bench = Bench(
        text=folded.text,
        case=case,
        words=words,
        known=known,
        rarity=rarities(known),
        worked_out=derived(case, known, words) if {m.kind for m in mentions} & {"date", "money"} else (),
    )
    proofs = add_up(tuple(proof for mention in mentions if (proof := prove(mention, bench))), bench)
    rights = (prove_right(claim, bench) for claim in claims)
    return Ledger(
        folded=folded,
        proofs=proofs,
        rights=tuple(proof for proof in rights if proof),
        promises=tuple(promises(folded.text, known, words)),
        clashes=tuple(_clashes(folded.text, known, words)),
        bench=bench,
        known=known,
    )


def _clashes(text: str, known: tuple[Source, ...], words: Words) -> Iterator[Clash]:
    mine = statements(text, words)
    policies = [source for source in known if source.voice == "policy" and source.text]
    if mine:
        yield from clashes(mine, tuple((s.key, statements(s.text, words)) for s in policies))
    for source in policies:
        for reader in (turned, called_free, sent_where_nothing_goes):
            yield from (Clash(span=span, by=source.key) for span in reader(text, source.text, words))
