"""Findings that a rule pack states: forbidden claims, channels, requests, waivers, manners."""

from collections.abc import Iterator

from prompts.rulepack import Match
from service.checks.manner import in_trouble
from service.checks.view import View
from service.draft import Finding, Fix


def by_rules(view: View) -> Iterator[Finding]:
    """One finding for every place where a rule applies, the customer's quoted words excepted."""
    matches = view.packs.matches_folded(view.folded, view.compact, platform=view.case.shop.platform)
    quoted = [view.folded.span(*span) for span in view.words.spans("quoted", view.folded.text)]
    for match in matches:
        if match.rule.finding == "unfit_tone" and not in_trouble(view):
            continue
        if not (match.rule.quotable and _customers_words(view, match.span, quoted)):
            yield _finding(view, match)


def _customers_words(view: View, span: tuple[int, int], quoted: list[tuple[int, int]]) -> bool:
    """Whether the span stands in quotation marks around something the customer wrote."""
    for start, end in quoted:
        if start <= span[0] and span[1] <= end:
            words = view.text[start + 1 : end - 1]
            if any(words in turn.text for turn in view.case.ticket.conversation if turn.role == "customer"):
                return True
    return False


def _finding(view: View, match: Match) -> Finding:
    rule = match.rule
    language = "en" if view.english else "zh"
    fix = Fix(replacement=rule.replacement.get(language), safe=rule.safe) if rule.replacement else None
    return view.finding(
        rule.finding,
        match.span,
        why=rule.why.get(view.language),
        source=f"{rule.source} {rule.id}",
        severity=rule.severity,
        fix=fix,
    )
