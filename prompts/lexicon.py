"""The words understanding goes by: intents with examples, emotions, risks, fact patterns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, model_validator

from prompts.errors import PromptFileInvalid
from prompts.reading import read_record


@dataclass(frozen=True, slots=True)
class Words:
    """A list of words or RE2 patterns, found as one alternation. They are matched against folded text."""

    patterns: tuple[str, ...]
    compiled: Any
    """A compiled RE2 pattern; None for an empty list, which matches nothing."""

    def __bool__(self) -> bool:
        return self.compiled is not None

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where they occur, left to right, not overlapping."""
        if self.compiled is not None:
            for match in self.compiled.finditer(text):
                if match.end() > match.start():
                    yield match.span()

    def matches(self, text: str) -> Iterator[Any]:
        """The same as match objects, for patterns with groups."""
        if self.compiled is not None:
            yield from self.compiled.finditer(text)

    def within(self, text: str) -> bool:
        """Whether any occurs."""
        return self.compiled is not None and self.compiled.search(text) is not None


def words(value: Any) -> Words:
    """Words of a list of patterns; ValueError names the pattern that RE2 does not accept."""
    import re2

    if isinstance(value, Words):
        return value
    if value is None:
        return Words((), None)
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) and item for item in value):
        raise ValueError("expected a list of words or RE2 patterns")
    if not value:
        return Words((), None)
    for item in value:
        _compiled(re2, item)
    return Words(tuple(value), _compiled(re2, "|".join(f"(?:{item})" for item in value)))


def _compiled(re2: Any, pattern: str) -> Any:
    try:
        options = re2.Options()
        options.log_errors = False
        return re2.compile(pattern, options)
    except Exception as error:
        raise ValueError(f"{pattern!r} is not an RE2 pattern: {error}") from error


WordList = Annotated[Words, PlainValidator(words)]
_NONE = Words((), None)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class IntentWords(_Record):
    """How customers say one intent."""

    certain: WordList = _NONE
    """One hit in a clause is enough."""
    likely: WordList = _NONE
    """One hit speaks for it."""
    against: WordList = _NONE
    """One hit in the clause takes it back."""
    status: dict[str, float] = Field(default_factory=dict)
    """Order status → how much likelier it makes the intent (negative: less)."""
    asked_only: bool = False
    """Counts only in a clause that asks, unless nothing else is said."""
    zh: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Trade → example messages in Chinese."""
    en: dict[str, tuple[str, ...]] = Field(default_factory=dict)

    @property
    def examples(self) -> tuple[tuple[str, str], ...]:
        """Every example as (trade, text)."""
        both = [*self.zh.items(), *self.en.items()]
        return tuple((trade, text) for trade, texts in both for text in texts)


class EmotionWords(_Record):
    """Words for one emotion by how strong they are."""

    mild: WordList = _NONE
    clear: WordList = _NONE
    extreme: WordList = _NONE
    unless: WordList = _NONE
    """In the same clause it is not that emotion after all."""


class UnsaidEmotion(_Record):
    """An emotion to be inferred from what happened."""

    when: WordList = _NONE
    """Words of the message; empty: always."""
    emotion: str
    strength: int = Field(ge=0, le=3)


class Emotions(_Record):
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
    unsaid: dict[str, tuple[UnsaidEmotion, ...]]
    """Intent → what is felt when no word for it is said; the first rule that holds counts."""


class RiskWords(_Record):
    """Signs of one risk."""

    signs: WordList
    unless: WordList = _NONE
    """In the same sentence it is harmless."""
    intents: tuple[str, ...] = ()
    """Intents that bring this risk by their nature."""


class SlotWords(_Record):
    """How a slot shows up as already given."""

    given: WordList = _NONE
    kinds: tuple[str, ...] = ()
    """Kinds of mentioned facts that fill it."""


class EscalationWords(_Record):
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


class FactWords(_Record):
    """Patterns of the facts customers mention. `NUM` in a pattern stands for a captured number."""

    digits: dict[str, int]
    """Numeral character → value, 0 to 9."""
    units: dict[str, int]
    """Numeral character → power of ten."""
    numeral: str
    """RE2 class of the characters a number is written with."""
    spoken: dict[str, int]
    """English number words."""
    amount: WordList
    order_no: WordList
    order_no_context: WordList
    tracking_no: WordList
    tracking_context: WordList
    quantity: WordList
    size: WordList
    duration: dict[Literal["D", "W", "M", "Y", "TH", "TM"], WordList]
    halves: dict[str, str]
    """Word → ISO 8601 duration."""
    days: dict[str, int]
    """Word → days from today."""
    weekdays: dict[str, int]
    """Word → ISO weekday."""
    weekday: WordList
    """Group 1: last, this, next or nothing; group 2: the day."""
    weeks: dict[str, int]
    """Word of group 1 → weeks from this one."""
    day_of_month: WordList
    month_day: WordList
    month_name: WordList
    name_month: WordList
    months: dict[str, int]
    full_date: WordList
    ago: WordList
    """Group 1 number, group 2 unit."""
    ago_units: dict[str, int]
    """Unit → days."""
    festivals: dict[str, str]
    """Word → `MM-DD`."""
    past: WordList
    """Words that say that it lies behind."""
    future: WordList
    """Words that say that a bare date lies ahead."""

    @model_validator(mode="before")
    @classmethod
    def _numbers(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("numeral"), str):
            return data
        number = f"{data['numeral']}+"

        def fill(value: Any) -> Any:
            if isinstance(value, str):
                return value.replace("(NUM)", f"({number})")
            return [fill(item) for item in value] if isinstance(value, list) else value

        return {
            name: {unit: fill(item) for unit, item in value.items()} if name == "duration" else fill(value)
            for name, value in data.items()
        }


class Segmenting(_Record):
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


class Alphabets(_Record):
    """Two strings of equal length: the n-th character of the first is written as the n-th of the second."""

    variants: str = Field(alias="from")
    usual: str = Field(alias="to")


class Folding(_Record):
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


class Tuning(_Record):
    """Weights of the parts, found by cross-validation on our own examples."""

    ridge: float = Field(gt=0)
    """Shrinkage of the learner."""
    grams: tuple[int, ...]
    """Lengths of the letter groups it sees."""
    seen: int = Field(ge=1)
    """Examples a feature must occur in to count."""
    certain: float
    """What a certain cue adds to a clause's score; so on for `likely`, `against`, `status`."""
    likely: float
    against: float
    status: float
    unasked: float
    """Taken from an asked-only intent where nothing is asked."""
    sentence: float = Field(ge=0, le=1)
    """Share of the sentence's score in its clauses'."""
    context: float
    """Share of what was said before."""
    accept: float
    """Score from which a clause's best intent counts."""
    second: float
    """Score from which a partner in the same clause counts."""
    relative: float
    """Share of the leading intent's score below which another is dropped."""
    sure: float
    """Score from which an intent is not absorbed."""
    sure_told: float
    """The same for an intent that is told rather than asked."""
    plain: float
    """Score from which an asked intent is plainly what the message is about."""
    told: float
    """Score an intent that is only told must reach beside a plainly asked one."""
    troubles: tuple[str, ...]
    """Intents that count also when only told: something went wrong."""
    guess: float
    """Score from which the best guess for the whole message counts."""
    content: int
    """Characters from which a message has something to say, so that a default may be guessed."""
    default: dict[str, dict[str, float]]
    """`<order status or none>.<asks or tells>` → intent → lift of the guess."""
    partners: dict[str, tuple[str, ...]]
    """Intent → intents that may be said in the same clause."""
    absorbs: dict[str, tuple[str, ...]]
    """Intent → intents it swallows when they are only its reason."""
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


class Clause(_Record):
    """One clause as a customer typed it, with all it wants; nothing, if it only tells the circumstances."""

    t: str
    i: tuple[str, ...]


class _Clauses(_Record):
    clauses: tuple[Clause, ...]


class _Intents(_Record):
    intents: dict[str, IntentWords]


class _Risks(_Record):
    risks: dict[str, RiskWords]


class _Slots(_Record):
    slots: dict[str, SlotWords]


def load_lexicon(root: Path | None = None) -> Lexicon:
    """The lexicon of the folder `root/lexicon`.

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
    _known(folder / "tuning.yaml", "absorbs", lexicon.tuning.absorbs, taxonomy.intents)
    return lexicon


def _known(path: Path, field: str, ids: Any, allowed: Any, *, twice: Any = ()) -> None:
    for name in [*twice, *(name for name in ids if name not in allowed)]:
        raise PromptFileInvalid(
            f"{path}: {field}.{name}: not expected here; "
            f"expected one of {', '.join(sorted(allowed)) or 'none'}"
        )
