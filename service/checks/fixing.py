"""Safe fixes applied to a text."""

from collections.abc import Sequence

from service.draft import Finding


def apply_fixes(text: str, findings: Sequence[Finding]) -> str:
    """The text with every safe fix made, from the end backwards; of two that overlap the first wins."""
    taken = len(text) + 1
    for finding in sorted(findings, key=lambda f: (f.span[0], f.span[1]), reverse=True):
        start, end = finding.span
        if finding.fix and finding.fix.safe and end <= taken and text[start:end] == finding.quote:
            text = text[:start] + finding.fix.replacement + text[end:]
            taken = start
    return text
