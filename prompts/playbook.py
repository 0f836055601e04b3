"""A playbook says how one intent is handled: what to ask, what to decide, what to say, what never."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from prompts.errors import PromptFileInvalid
from prompts.line import Line, Record, Said, Words
from prompts.reading import read_record, yaml_files

IntentClass = Literal["pre_sale", "order", "logistics", "after_sale", "complaint", "outreach", "other"]
Action = Literal["answer", "ask", "handoff", "refuse"]
Stage = Literal["empathy", "own", "answer", "next", "options", "ask", "extra", "follow_up"]
"""`own`: take it seriously, name who handles it; `extra`: one useful line nobody asked for."""


class Moves(Record):
    """The order of a reply's stages, by how strong the emotion is."""

    calm: tuple[Stage, ...]
    strong: tuple[Stage, ...]


class Decision(Record):
    """One way to decide the case; the first whose flags hold is taken, the others are candidates."""

    id: str
    needs: tuple[str, ...] = Field(default=(), alias="if")
    """Flags, all of which must hold; `!flag` must not; `a|b` either."""
    action: Action = "answer"
    guide: Said
    """The decision in one sentence, for a trainer and for a model."""
    answer: tuple[str, ...] = ()
    """Lines to say, in order. `a | b | c`: the first that can be said."""
    next: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    """Lines of choices for the customer; shown as a list when more than one can be said."""
    extra: tuple[str, ...] = ()
    alone: bool = False
    """Nothing is quoted beside its own lines."""
    prefer: tuple[str, ...] = ()
    """Words of the policy sentences that belong to this decision."""
    avoid: tuple[str, ...] = ()
    """Words of policy sentences that do not."""


class Offer(Record):
    """Something that may be offered, and the policy topics that must allow it."""

    what: Said
    needs: tuple[str, ...] = ()


class Playbook(Record):
    """How one intent is handled."""

    intent: str
    cls: IntentClass = Field(alias="class")
    title: Said
    """What the intent is called in a summary."""
    when: Said
    """When it applies."""
    terms: Words
    """Words of policy wording to search with, beside the customer's own."""
    topics: tuple[str, ...] = ()
    """Topics of policy rules that answer it, the decisive one first (`service/facts/words.yaml`)."""
    decisive: Literal["order", "today"] = "today"
    """Whose day's policy decides: the order's (rights, promotions) or today's (procedures)."""
    absorbs: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Intent → flags: raised beside this one, it is answered within it when the flags hold."""
    practices: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    """Slots (ids of `taxonomy.yaml` asks) the intent needs: asked if neither chat nor order gives them."""
    ask_if: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Slot → flags that must hold for it to be asked; a slot left out is always asked."""
    ask_as: dict[str, str] = Field(default_factory=dict)
    """Slot → line of `ask.yaml` that asks for it better than the slot's own."""
    moves: Moves
    decisions: tuple[Decision, ...] = Field(min_length=1)
    offers: tuple[Offer, ...] = ()
    never: Words
    follow_up: Said
    lines: dict[str, Line] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> "Playbook":
        ids = [decision.id for decision in self.decisions]
        if len(ids) != len(set(ids)):
            raise ValueError(f"decisions: two share an id among {', '.join(ids)}; give each its own")
        return self


def alternatives(move: str) -> tuple[str, ...]:
    """The line ids of `a | b | c`, in order of preference."""
    return tuple(part.strip() for part in move.split("|"))


def load_playbooks(root: Path | None = None) -> dict[str, Playbook]:
    """Every playbook of `playbooks/*.yaml`, by intent.

    Raises PromptFileInvalid naming the file and field that does not fit.
    """
    folder = (root or Path(__file__).parent) / "playbooks"
    books: dict[str, Playbook] = {}
    for path in yaml_files(folder):
        book = read_record(path, Playbook)
        if book.intent != path.stem:
            raise PromptFileInvalid(
                f"{path}: intent: {book.intent!r}; expected the file's name, {path.stem!r}"
            )
        books[book.intent] = book
    if not books:
        raise PromptFileInvalid(f"{folder}: no playbook found; expected one YAML file per intent")
    return books


def unknown_lines(book: Playbook, shared: Any) -> tuple[str, ...]:
    """Line ids that the playbook's decisions name and neither it nor `shared` (a container) has."""
    named = (
        line
        for decision in book.decisions
        for stage in (decision.answer, decision.next, decision.options, decision.extra)
        for move in stage
        for line in alternatives(move)
    )
    return tuple(dict.fromkeys(line for line in named if line not in book.lines and line not in shared))
