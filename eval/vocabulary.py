"""The closed vocabularies that scenarios use: intents, emotions, risks, findings, asks, practices."""

from collections.abc import Mapping
from dataclasses import dataclass

PRACTICES = frozenset(f"P{number:02d}" for number in range(1, 41))
"""P01 to P40 of the practice catalogue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Every id that a scenario may name."""

    intents: frozenset[str]
    emotions: frozenset[str]
    risks: frozenset[str]
    asks: frozenset[str]
    findings: Mapping[str, str]
    """Finding type → severity."""
    practice_of: Mapping[str, str]
    """Finding type → practice."""

    @property
    def blocking(self) -> frozenset[str]:
        """Finding types that block."""
        return frozenset(name for name, severity in self.findings.items() if severity == "block")


def read_vocabulary() -> Vocabulary:
    """The vocabulary of the prompt room. Raises PromptError."""
    from prompts.taxonomy import load_taxonomy

    taxonomy = load_taxonomy()
    return Vocabulary(
        intents=frozenset(taxonomy.intents),
        emotions=frozenset(taxonomy.emotions),
        risks=frozenset(taxonomy.risks),
        asks=frozenset(taxonomy.asks),
        findings={name: kind.severity for name, kind in taxonomy.findings.items()},
        practice_of={name: kind.practice for name, kind in taxonomy.findings.items()},
    )
