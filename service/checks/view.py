"""What every check looks at: the text in its forms, the case, the rules and the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass

from prompts.folding import Folded
from prompts.lexicon import Lexicon
from prompts.rulepack import RulePacks, Words
from service.case import Case
from service.draft import Finding, Fix, Severity
from service.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """One text under examination."""

    text: str
    folded: Folded
    compact: Folded
    case: Case
    packs: RulePacks
    lexicon: Lexicon | None
    ledger: Ledger
    language: str = "zh"
    """The agent's language: what findings are written in."""

    @property
    def words(self) -> Words:
        """The named patterns and sentences."""
        return self.packs.words

    @property
    def english(self) -> bool:
        """Whether the draft itself is English."""
        return self.case.analysis.language == "en" or not any(
            "\u4e00" <= char <= "\u9fff" for char in self.text
        )

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span in the text as written, of one in the folded text."""
        return self.folded.span(start, end)

    def finding(
        self,
        kind: str,
        span: tuple[int, int],
        *,
        says: str = "",
        why: str = "",
        source: str = "",
        severity: Severity | None = None,
        fix: Fix | None = None,
        blanks: Mapping[str, str] | None = None,
    ) -> Finding:
        """A finding on a span of the text as written; `says` names its sentence, `blanks` fill it."""
        quote = self.text[span[0] : span[1]]
        if says:
            why = self.words.sentences[says].get(self.language).format(quote=quote, **(blanks or {}))
        known = self.packs.findings[kind]
        return Finding(
            type=kind,
            severity=severity or known.severity,
            span=span,
            quote=quote,
            why=why,
            source=source or known.practice,
            fix=fix,
        )
