"""Every check run over one text."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from prompts.lexicon import Lexicon
from prompts.rulepack import RulePacks
from service.case import Case
from service.checks.grounding import contradicts, stale_policy, ungrounded
from service.checks.ruled import by_rules
from service.checks.view import View
from service.draft import Commitment, Finding
from service.ledger import keep_ledger

Check = Callable[[View], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (by_rules, ungrounded, contradicts, stale_policy)
"""In the order in which overlapping findings of one type are kept."""

RANK = {"block": 0, "warn": 1, "hint": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What the checks say about a text, and every commitment in it."""

    findings: tuple[Finding, ...]
    commitments: tuple[Commitment, ...]


def examine(
    text: str, case: Case, *, rulepacks: RulePacks, lexicon: Lexicon | None = None, language: str = "zh"
) -> Examination:
    """Findings (in the agent's `language`) and commitments of a text, in milliseconds and without a model."""
    ledger = keep_ledger(text, case, rulepacks)
    view = View(
        text=text,
        folded=ledger.folded,
        compact=rulepacks.folding.compact(ledger.folded),
        case=case,
        packs=rulepacks,
        lexicon=lexicon,
        ledger=ledger,
        language=language,
    )
    found = [finding for check in CHECKS for finding in check(view)]
    return Examination(findings=tuple(_in_order(found)), commitments=ledger.commitments)


def _in_order(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Without repetitions of one type on one place; the gravest first, then as they stand."""
    kept: list[Finding] = []
    for finding in findings:
        if not any(
            other.type == finding.type and other.span[0] < finding.span[1] and finding.span[0] < other.span[1]
            for other in kept
        ):
            kept.append(finding)
    yield from sorted(kept, key=lambda f: (RANK[f.severity], f.span))
