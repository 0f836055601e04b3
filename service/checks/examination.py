"""Every check run over one text."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from prompts.lexicon import Lexicon
from prompts.rulepack import RulePacks
from service.case import Case
from service.checks.authority import excess
from service.checks.deadlines import misjudges_deadline
from service.checks.disclosure import leak, privacy
from service.checks.grounding import contradicts, misstates, stale_policy, ungrounded
from service.checks.manner import cold, no_empathy, too_long, unfit_tone
from service.checks.moving import missed_issue, no_next_step, no_options, no_time, re_asks
from service.checks.order_state import misstates_order
from service.checks.ruled import by_rules
from service.checks.view import View
from service.draft import Commitment, Finding
from service.ledger import keep_ledger

Check = Callable[[View], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    by_rules,
    ungrounded,
    contradicts,
    misstates,
    stale_policy,
    misstates_order,
    misjudges_deadline,
    excess,
    privacy,
    leak,
    no_empathy,
    cold,
    no_next_step,
    no_time,
    no_options,
    missed_issue,
    re_asks,
    too_long,
    unfit_tone,
)
"""In the order in which overlapping findings of one type are kept."""

SAID_ALREADY = {
    "no_next_step": {"stonewall", "cold", "no_options"},
    "no_options": {"stonewall", "cold", "rights_waiver", "blame"},
    "missed_issue": {"cold", "no_next_step", "stonewall"},
    "no_empathy": {"cold", "blame", "stonewall"},
    "no_time": {"stonewall", "cold", "no_next_step", "paid_review", "sensitive_request", "off_platform"},
}
"""A finding that the listed ones include: the agent hears the graver one only."""

LEAST = {"no_next_step", "no_options", "no_empathy", "no_time"}
"""Not worth saying about a text that must be written anew anyway."""

RANK = {"block": 0, "warn": 1, "hint": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What the checks say about a text, and every commitment in it."""

    findings: tuple[Finding, ...]
    commitments: tuple[Commitment, ...]


def examine(text: str, case: Case, *, rulepacks: RulePacks, lexicon: Lexicon | None = None) -> Examination:
    """Findings and commitments of a text, in milliseconds and without a model."""
    ledger = keep_ledger(text, case, rulepacks)
    view = View(
        text=text,
        folded=ledger.folded,
        compact=rulepacks.folding.compact(ledger.folded),
        case=case,
        packs=rulepacks,
        lexicon=lexicon,
        ledger=ledger,
    )
    found = [finding for check in CHECKS for finding in check(view)]
    return Examination(findings=tuple(_in_order(_told_once(found))), commitments=ledger.commitments)


def _told_once(findings: Sequence[Finding]) -> Iterator[Finding]:
    types = {finding.type for finding in findings}
    grave = any(finding.severity == "block" for finding in findings)
    for finding in findings:
        if finding.type == "unfit_tone" and any(_overlap(finding, other) for other in findings):
            continue
        if SAID_ALREADY.get(finding.type, set()) & types or (grave and finding.type in LEAST):
            continue
        yield finding


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


def _overlap(one: Finding, other: Finding) -> bool:
    apart = one.span[1] <= other.span[0] or other.span[1] <= one.span[0]
    return other.severity == "block" and not apart
