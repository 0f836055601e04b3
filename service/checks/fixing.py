"""Fixes: where they go, and the safe ones applied to a text."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

from service.draft import Finding

END = re.compile(r"[，。；！？,;!?\n]|\.(?=\s|$)")
MOST_FIXES = 20
"""A text with more to mend is better written anew."""


class Examined(Protocol):
    """What an examination tells of a text."""

    @property
    def findings(self) -> Sequence[Finding]:
        """What the checks say."""


def clause_of(text: str, span: tuple[int, int], *, whole: bool = False) -> tuple[int, int]:
    """The clause around a span; `whole`: with the mark that ends it, as it must go when the clause goes."""
    left = max((found.end() for found in END.finditer(text, 0, span[0])), default=0)
    after = END.search(text, max(span[1] - 1, span[0]))
    right = len(text) if after is None else max(after.start(), span[1])
    if whole and after is not None:
        right = max(after.end(), right)
    return left + len(text[left : span[0]]) - len(text[left : span[0]].lstrip()), right


def mend(text: str, examine: Callable[[str], Examined]) -> str:
    """The text with every safe fix made that takes its finding away and brings no other."""
    refused: set[tuple[str, str]] = set()
    findings = examine(text).findings
    for _ in range(MOST_FIXES):
        found = next(
            (each for each in findings if _safe(each) and (each.type, each.quote) not in refused), None
        )
        if found is None:
            break
        mended = apply_fix(text, found)
        after = examine(mended).findings
        if _fewer(findings, after):
            text, findings = mended, after
        else:
            refused.add((found.type, found.quote))
    return text


def apply_fix(text: str, finding: Finding) -> str:
    """The text with one finding's fix made."""
    if finding.fix is None:
        return text
    start, end = finding.fix.span or finding.span
    return text[:start] + finding.fix.replacement + text[end:]


def _safe(finding: Finding) -> bool:
    return finding.fix is not None and finding.fix.safe


def _fewer(before: Sequence[Finding], after: Sequence[Finding]) -> bool:
    """Whether findings went and none came."""
    was, now = Counter(each.type for each in before), Counter(each.type for each in after)
    return now.total() < was.total() and not now - was
