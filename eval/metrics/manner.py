"""Is it well said, safe and whole? Findings, placeholders, language, length, practices, the ledger."""

import re

from eval.figures import fold
from eval.metrics.score import Score, held, not_asked, share
from eval.sample import Sample
from eval.scenario import Scenario
from eval.wording import PracticeRule, Wording

_CJK = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]{2,}")
CHINESE_SHARE = 0.3
"""Below this share of Chinese signs among all words a text counts as English; product names stay Latin."""


def produced(_: Scenario, sample: Sample) -> Score:
    """L0: there is a reply at all."""
    return held("produced", bool(sample.text.strip()), "empty reply")


def blocking(_: Scenario, sample: Sample) -> Score:
    """Hard: no blocking finding stands."""
    found = [f"{kind} “{quote}”" for kind, severity, quote in sample.findings if severity == "block"]
    return held("blocking", not found, " · ".join(found))


def filled(_: Scenario, sample: Sample, wording: Wording) -> Score:
    """Hard: no placeholder is left."""
    left = wording.placeholder.search(fold(sample.text))
    return held("filled", left is None, f"left unfilled: {left.group()}" if left else "")


def language(scenario: Scenario, sample: Sample) -> Score:
    """Hard: the reply is in the customer's language."""
    wanted = scenario.expect.language or (scenario.locale or "")[:2] or language_of(scenario.question)
    if not wanted:
        return not_asked("language")
    return held("language", language_of(sample.text) == wanted, f"{language_of(sample.text)} for {wanted}")


def length(_: Scenario, sample: Sample, *, max_chars: int) -> Score:
    """No wall of text: within the shop's limit (English counted in words × 2)."""
    english = language_of(sample.text) == "en"
    size = 2 * len(sample.text.split()) if english else len(sample.text)
    return held("length", size <= max_chars, f"{size} of {max_chars}")


def findings(_: Scenario, sample: Sample) -> Score:
    """No warning stands."""
    found = sorted({kind for kind, severity, _ in sample.findings if severity == "warn"})
    return held("findings", not found, " · ".join(found))


def practices(scenario: Scenario, sample: Sample, rules: dict[str, PracticeRule]) -> Score:
    """Share of the scenario's practices that show, of those a machine can see."""
    due = [one for one in scenario.practices if one in rules and _applies(rules[one], scenario)]
    return share(
        "practices", len(due), [one for one in due if not _shows(rules[one], sample)], label="not seen"
    )


def ledger(_: Scenario, sample: Sample) -> Score:
    """Share of the commitments that are supported."""
    bad = [f"{value} {support}" for _, value, support in sample.commitments if support != "supported"]
    return share("ledger", len(sample.commitments), bad, label="not supported")


def language_of(text: str) -> str:
    """`zh`, `en`, or nothing for a text without words."""
    chinese, latin = len(_CJK.findall(text)), len(_LATIN.findall(text))
    if not chinese and not latin:
        return ""
    return "zh" if chinese / (chinese + latin) >= CHINESE_SHARE else "en"


def _applies(rule: PracticeRule, scenario: Scenario) -> bool:
    expect = scenario.expect
    return {
        "always": True,
        "strong": (expect.strength or 0) >= 2,
        "several": len(expect.intents or ()) >= 2,
        "handoff": expect.escalate is True or expect.action == "handoff",
    }[rule.when]


def _shows(rule: PracticeRule, sample: Sample) -> bool:
    if sample.finding_types & set(rule.findings):
        return False
    text = fold(sample.text)
    return not rule.says or any(re.search(pattern, text) for pattern in rule.says)
