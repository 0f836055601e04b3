"""Findings that a rule pack states: forbidden claims, channels, requests, waivers, manners."""

from collections.abc import Iterator

from prompts.rulepack import Match
from service.checks.fixing import clause_of
from service.checks.manner import in_trouble
from service.checks.view import View
from service.draft import Finding, Fix


def by_rules(view: View) -> Iterator[Finding]:
    """One finding for every place where a rule applies, the customer's quoted words excepted."""
    matches = view.packs.matches_folded(view.folded, view.compact, platform=view.case.shop.platform)
    quoted = [view.folded.span(*span) for span in view.words.spans("quoted", view.folded.text)]
    for match in matches:
        if match.rule.finding == "over_promise" and _promised_by_policy(view, match):
            continue
        if match.rule.finding == "unfit_tone" and not in_trouble(view):
            continue
        if not (match.rule.quotable and _customers_words(view, match.span, quoted)):
            yield _finding(view, match)


def _promised_by_policy(view: View, match: Match) -> bool:
    """Whether the shop's own rules say it in these words: 坏果包赔 (CF13: a promise of the page binds)."""
    words = view.packs.folding.fold(view.text[slice(*match.span)]).text
    return any(words in source.text for source in view.ledger.known if source.voice == "policy")


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
    return view.finding(
        rule.finding,
        match.span,
        says=rule.why,
        source=f"{rule.source} {rule.id}",
        severity=rule.severity,
        fix=_fix(view, match),
    )


def _fix(view: View, match: Match) -> Fix | None:
    rule, quote = match.rule, view.text[slice(*match.span)]
    swapped = quote
    for word, harmless in rule.swaps.items():
        swapped = swapped.replace(word, harmless)
    if swapped != quote:
        return Fix(replacement=swapped, safe=rule.safe)
    if rule.replacement is None:
        return None
    words = rule.replacement.get(view.own)
    span = clause_of(view.text, match.span, whole=not words)
    return Fix(replacement=words, safe=rule.safe, span=span)
