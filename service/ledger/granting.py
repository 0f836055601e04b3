"""Each right a text grants or denies, held against every source."""

from dataclasses import dataclass

from service.ledger.proving import MOST_KEYS, Support
from service.ledger.rights import Claim
from service.ledger.source import Source
from service.ledger.supporting import Bench


@dataclass(frozen=True, slots=True, kw_only=True)
class RightProof:
    """A right a text grants or denies, and what came of it."""

    claim: Claim
    support: Support
    by: tuple[str, ...] = ()


def prove_right(claim: Claim, bench: Bench) -> RightProof | None:
    """What supports or contradicts a right; None for a denial that no source speaks against."""
    told = [(s, c) for s in bench.known for c in s.claims if c.right == claim.right and s.voice != "stale"]
    granting = [(s, c) for s, c in told if not c.denied and _fits(claim, c)]
    denying = [(s, c) for s, c in told if c.denied and (claim.denied or _fits(claim, c))]
    if not claim.denied and claim.used:  # 拆封后也可以退: 未拆封可以退 is no ground for it
        denying += [(s, c) for s, c in told if not c.denied and c.used is False and not granting]
    if claim.denied:
        if _fault_case(claim, bench):
            denying = [(s, c) for s, c in denying if not c.no_reason]
        if not claim.fault and not _fault_case(claim, bench):
            granting = [(s, c) for s, c in granting if not c.fault]
        goods = claim.right in bench.words.tables["unconditional_rights"]
        against = (
            granting if granting and not denying and (goods or not (claim.fault or claim.no_reason)) else []
        )
        return RightProof(claim=claim, support="contradicted", by=_keys(against)) if against else None
    if claim.right in bench.words.tables["rights_by_law"] and claim.fault:
        return RightProof(claim=claim, support="supported", by=_keys(granting) or ("law:CF28",))
    excluded = [(s, c) for s, c in denying if _leaves_out(s.text, c, bench)]
    other_case = claim.no_reason and any(c.no_reason for _, c in denying)
    other_case = other_case and not any(c.no_reason for _, c in granting)
    if excluded or other_case:
        return RightProof(claim=claim, support="contradicted", by=_keys(excluded or denying))
    if granting:
        return RightProof(claim=claim, support="supported", by=_keys(granting))
    if denying:
        return RightProof(claim=claim, support="contradicted", by=_keys(denying))
    stale = [
        s.key for s in bench.known if s.voice == "stale" and any(c.right == claim.right for c in s.claims)
    ]
    if stale:
        return RightProof(claim=claim, support="stale", by=tuple(stale[:MOST_KEYS]))
    return RightProof(claim=claim, support="unsupported")


def _fits(claim: Claim, told: Claim) -> bool:
    """Whether a source speaks of goods in the state the claim speaks of: opened or untouched."""
    if told.used is None or told.used == claim.used:
        return True
    return claim.used is None and not (told.denied and told.used)


def _fault_case(claim: Claim, bench: Bench) -> bool:
    """Whether the customer complains of a fault of ours, and the text speaks of nothing else."""
    intents = set(bench.case.analysis.intents) & bench.words.tables["fault_intents"].keys()
    return bool(claim.fault or intents) and not bench.words.find("topic.no_reason", bench.text)


def _keys(told: list[tuple[Source, Claim]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(source.key for source, _ in told))[:MOST_KEYS]


def _leaves_out(text: str, denial: Claim, bench: Bench) -> bool:
    """Whether the goods of this case are among those a denial names."""
    order = bench.case.ticket.order
    names = [f"{item.name or ''} {item.spec or ''}" for item in order.items] if order else []
    goods = " ".join(names or [bench.case.ticket.question]).lower()
    sentence = text[max(0, denial.sentence[0] - 40) : denial.sentence[1] + 40]
    for kind, members in bench.words.tables["kinds_of_goods"].items():
        named = members.split() + ([kind] if names else [])
        if kind in sentence and any(word in goods for word in named):
            return True
    return False
