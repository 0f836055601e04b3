"""What every check looks at: the text in its forms, the case, the rules and the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass

from prompts.folding import Folded
from prompts.lexicon import Lexicon
from prompts.patterns import Wording
from prompts.rulepack import RulePacks
from prompts.words import Words
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

    def say(self, said: str | Wording, language: str, **blanks: str | Wording) -> str:
        """A sentence, or the one of that name, in a language, with its blanks filled."""
        if isinstance(said, Wording):
            return said.get(language)
        filled = {
            name: blank.get(language) if isinstance(blank, Wording) else blank
            for name, blank in blanks.items()
        }
        return self.words.sentences[said].get(language).format(**filled)

    def fix(
        self,
        says: str | Wording,
        span: tuple[int, int] | None = None,
        *,
        safe: bool = False,
        blanks: Mapping[str, str] | None = None,
    ) -> Fix:
        """A fix in the draft's own language; `says` is or names its words."""
        return Fix(replacement=self.say(says, self.own, **(blanks or {})), safe=safe, span=span)

    @property
    def own(self) -> str:
        """The language of the draft."""
        return "en" if self.english else "zh"

    def finding(
        self,
        kind: str,
        span: tuple[int, int],
        *,
        says: str | Wording,
        source: str = "",
        severity: Severity | None = None,
        fix: Fix | None = None,
        blanks: Mapping[str, str | Wording] | None = None,
    ) -> Finding:
        """A finding on a span of the text as written; `says` is or names its sentence, `blanks` fill it."""
        quote = self.text[span[0] : span[1]]
        why = {each: self.say(says, each, quote=quote, **(blanks or {})) for each in ("zh", "en")}
        known = self.packs.findings[kind]
        return Finding(
            type=kind,
            severity=severity or known.severity,
            span=span,
            quote=quote,
            why=why["zh"],
            why_en=why["en"],
            source=source or known.practice,
            fix=fix,
        )
