"""The words understanding goes by: intents with examples, emotions, risks, fact patterns."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from prompts.errors import PromptFileInvalid
from prompts.factwords import FactWords
from prompts.reading import Strict, read_record
from prompts.sayings import Clause, FittedDecisions, IntentWords, Message
from prompts.wordlist import NONE, WordList


class EmotionWords(Strict):
    """Words for one emotion by how strong they are."""

    mild: WordList = NONE
    clear: WordList = NONE
    extreme: WordList = NONE
    unless: WordList = NONE
    """In the same clause it is not that emotion after all."""


class UnsaidEmotion(Strict):
    """An emotion to be inferred from what happened."""

    when: WordList = NONE
    """Words of the message; empty: always."""
    emotion: str
    strength: int = Field(ge=0, le=3)


class Emotions(Strict):
    """How feelings show."""

    words: dict[str, EmotionWords]
    stronger: WordList
    """Intensifiers: one step up."""
    weaker: WordList
    negation: WordList
    """Right before a word it takes it back."""
    sarcasm: WordList
    """Praise that means the opposite."""
    bars: tuple[str, ...] = ()
    """Intents that sarcasm rules out."""
    shouting: WordList
    """Punctuation and writing that raises strength."""
    lively: WordList
    """Writing in good spirits."""
    polite: WordList
    unsaid: dict[str, tuple[UnsaidEmotion, ...]]
    """Intent → what is felt when no word for it is said; the first rule that holds counts."""


class RiskWords(Strict):
    """Signs of one risk."""

    signs: WordList
    unless: WordList = NONE
    """In the same sentence it is harmless."""
    intents: tuple[str, ...] = ()
    """Intents that bring this risk by their nature."""


class SlotWords(Strict):
    """How a slot shows up as already given."""

    given: WordList = NONE
    kinds: tuple[str, ...] = ()
    """Kinds of mentioned facts that fill it."""


class EscalationWords(Strict):
    """Words that ask for more authority than the agent has."""

    manager: WordList
    manager_unless: WordList
    repeat: WordList
    repeat_unless: WordList
    promise: WordList
    """A promise with a time, in an agent's turn."""
    broken: WordList
    """The customer says that a promise was not kept."""
    broken_unless: WordList
    soft_from: int = Field(ge=0, le=4)
    """Strength of emotion from which a repeated complaint or a broken promise goes up by itself."""
    authority: WordList
    compensation: WordList
    """A sum demanded on top; a group holds the sum."""
    compensation_over: float = Field(ge=0)
    """Yuan from which a demanded compensation is a matter of authority."""
    always: tuple[str, ...] = ()
    """Intents that go up by their nature."""
    complaint: str
    """Intent of a broken promise, and of a message that is only a threat."""
    threats: tuple[str, ...] = ()
    """Risks that are threats."""
    hollow: tuple[str, ...] = ()
    """Intents that are no more than the threat itself unless something else is said."""


class Segmenting(Strict):
    """Where a message falls into clauses."""

    end: WordList
    """Ends a sentence."""
    pause: WordList
    """Ends a clause."""
    turn: WordList
    """Begins another subject."""
    question: WordList
    noise: WordList
    """Clauses that say nothing: greetings, politeness, answers."""
    elliptic: WordList
    """Beginnings that lean on what was said before."""
    denied: WordList
    """A wish that is expressly not meant: the group is left out of account."""


class Alphabets(Strict):
    """Two strings of equal length: the n-th character of the first is written as the n-th of the second."""

    variants: str = Field(alias="from")
    usual: str = Field(alias="to")


class Folding(Strict):
    """How writing is made uniform before anything is matched: never changes a text's length."""

    characters: Alphabets
    typos: dict[str, str]
    """Word → word of the same length."""

    @model_validator(mode="after")
    def _lengths(self) -> "Folding":
        if len(self.characters.variants) != len(self.characters.usual):
            raise ValueError("characters: `from` and `to` must be equally long")
        for word, usual in self.typos.items():
            if len(word) != len(usual):
                raise ValueError(f"typos.{word}: {usual!r} must be as long as what it replaces")
        return self


class Tuning(Strict):
    """Settings of the learner and of its decisions, found by leaving authors out."""

    ridge: float = Field(gt=0)
    """Shrinkage of the learner."""
    grams: tuple[int, ...]
    """Lengths of the letter groups it sees."""
    seen: int = Field(ge=1)
    """Examples a feature must occur in to count."""
    accept: float
    """Score from which an intent counts beside the best one."""
    yields: tuple[str, ...]
    """Intents that step back when anything else is asked."""
    polite: tuple[str, ...]
    """Intents a message of mere politeness may have."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lexicon:
    """All lexicon files, compiled. Compared by identity, so that callers may cache by it."""

    intents: Mapping[str, IntentWords]
    clauses: tuple["Clause", ...]
    emotions: Emotions
    risks: Mapping[str, RiskWords]
    slots: Mapping[str, SlotWords]
    escalation: EscalationWords
    facts: FactWords
    segmenting: Segmenting
    folding: Folding
    tuning: Tuning
    messages: Mapping[str, tuple[Message, ...]]
    """Author (file) → labelled messages."""
    fitted: FittedDecisions
    folder: Path
    """Where the files lie."""
    cache: Path | None = None
    """Where what is learned from them may be kept."""

    @property
    def felt(self) -> tuple[str, ...]:
        """The emotions, calm first."""
        return ("calm", *self.emotions.words)


class _Clauses(Strict):
    clauses: tuple[Clause, ...]


class _Messages(Strict):
    messages: tuple[Message, ...]


class _Intents(Strict):
    intents: dict[str, IntentWords]


class _Risks(Strict):
    risks: dict[str, RiskWords]


class _Slots(Strict):
    slots: dict[str, SlotWords]


def load_lexicon(root: Path | None = None, *, cache: Path | None = None) -> Lexicon:
    """The lexicon of the folder `root/lexicon`; what is learned from it may be kept in `cache`.

    Raises PromptFileInvalid with one line that names the file and field, also for an id that the
    taxonomy does not know.
    """
    from prompts.taxonomy import load_taxonomy

    base = root or Path(__file__).parent
    folder, taxonomy = base / "lexicon", load_taxonomy(base)
    intents: dict[str, IntentWords] = {}
    for path in sorted((folder / "intents").glob("*.yaml")):
        found = read_record(path, _Intents).intents
        _known(path, "intents", found, taxonomy.intents)
        _known(path, "intents (already in another file)", [], set(), twice=set(found) & set(intents))
        intents |= found
    clauses: list[Clause] = []
    for path in sorted((folder / "clauses").glob("*.yaml")):
        told = read_record(path, _Clauses).clauses
        _known(path, "clauses", [intent for clause in told for intent in clause.i], taxonomy.intents)
        clauses += told
    messages: dict[str, tuple[Message, ...]] = {}
    for path in sorted((folder / "messages").glob("*.yaml")):
        messages[path.stem] = read_record(path, _Messages).messages
        told_of = messages[path.stem]
        _known(path, "messages.i", [intent for one in told_of for intent in one.i], taxonomy.intents)
        _known(path, "messages.e", [one.e for one in told_of], taxonomy.emotions)
        _known(path, "messages.r", [risk for one in told_of for risk in one.r], taxonomy.risks)
    lexicon = Lexicon(
        intents=intents,
        clauses=tuple(clauses),
        emotions=read_record(folder / "emotions.yaml", Emotions),
        risks=read_record(folder / "risks.yaml", _Risks).risks,
        slots=read_record(folder / "slots.yaml", _Slots).slots,
        escalation=read_record(folder / "escalation.yaml", EscalationWords),
        facts=read_record(folder / "facts.yaml", FactWords),
        segmenting=read_record(folder / "segmenting.yaml", Segmenting),
        folding=read_record(folder / "folding.yaml", Folding),
        tuning=read_record(folder / "tuning.yaml", Tuning),
        messages=messages,
        fitted=read_record(folder / "fitted.json", FittedDecisions),
        folder=folder,
        cache=cache,
    )
    _known(folder / "emotions.yaml", "words", lexicon.emotions.words, taxonomy.emotions)
    _known(folder / "emotions.yaml", "unsaid", lexicon.emotions.unsaid, taxonomy.intents)
    for intent, rules in lexicon.emotions.unsaid.items():
        named = [rule.emotion for rule in rules]
        _known(folder / "emotions.yaml", f"unsaid.{intent}.emotion", named, taxonomy.emotions)
    _known(folder / "risks.yaml", "risks", lexicon.risks, taxonomy.risks)
    _known(folder / "slots.yaml", "slots", lexicon.slots, taxonomy.asks)
    _known(folder / "escalation.yaml", "always", lexicon.escalation.always, taxonomy.intents)
    _known(folder / "escalation.yaml", "complaint", [lexicon.escalation.complaint], taxonomy.intents)
    _known(folder / "escalation.yaml", "threats", lexicon.escalation.threats, taxonomy.risks)
    for field in ("yields", "polite"):
        _known(folder / "tuning.yaml", field, getattr(lexicon.tuning, field), taxonomy.intents)
    return lexicon


def _known(path: Path, field: str, ids: Any, allowed: Any, *, twice: Any = ()) -> None:
    for name in [*twice, *(name for name in ids if name not in allowed)]:
        raise PromptFileInvalid(
            f"{path}: {field}.{name}: not expected here; "
            f"expected one of {', '.join(sorted(allowed)) or 'none'}"
        )
