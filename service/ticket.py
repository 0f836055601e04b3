"""A ticket: one customer's conversation, the order it is about, and what the agent wants."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from retrieval.order import Order
from service.errors import BadTicket

MAX_TEXT_CHARS = 20_000
"""Longest turn read: over a hundred times a long chat message; beyond it someone pasted a file."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Turn(_Record):
    """One message of the conversation."""

    role: Literal["customer", "agent"]
    text: str = Field(max_length=MAX_TEXT_CHARS)
    at: AwareDatetime | None = None


class Customer(_Record):
    """What is known of the customer beyond the order."""

    nickname: str | None = None
    member_level: str | None = None


class Trigger(_Record):
    """Why the agent starts the conversation."""

    kind: Literal["proactive_cart", "proactive_followup"]
    note: str = Field(default="", max_length=2_000)


class Ticket(_Record):
    """One request for a draft."""

    id: str = Field(min_length=1, max_length=200)
    shop: str | None = None
    """Whose policies hold; None: the settings' shop, else the only one synced."""
    channel: str = "chat"
    locale: str | None = None
    """`zh` or `en`; None: the customer's own language."""
    now: AwareDatetime
    """The ticket's clock, ISO 8601 with offset: every relative date is read against it."""
    conversation: tuple[Turn, ...] = ()
    order: Order | None = None
    customer: Customer | None = None
    instruction: str | None = Field(default=None, max_length=2_000)
    """The agent's one-line steer."""
    answer_to: int | None = None
    """Index of the turn to answer; None: the customer's last burst."""
    trigger: Trigger | None = None

    @property
    def burst(self) -> tuple[int, ...]:
        """Indexes of the customer turns to answer: the run of customer turns ending at `answer_to`."""
        if not self.conversation:
            return ()
        last = self.answer_to
        if last is None:
            customers = [i for i, turn in enumerate(self.conversation) if turn.role == "customer"]
            if not customers:
                return ()
            last = customers[-1]
        first = last
        while first > 0 and self.conversation[first - 1].role == "customer":
            first -= 1
        return tuple(range(first, last + 1))

    @property
    def question(self) -> str:
        """The text to answer: the burst's turns joined by newlines."""
        return "\n".join(self.conversation[i].text for i in self.burst)

    @property
    def nickname(self) -> str | None:
        """How the customer is called, if known."""
        for person in (self.customer, self.order.customer if self.order else None):
            if person and person.nickname:
                return person.nickname
        return None


def read_ticket(
    data: Mapping[str, Any] | str | bytes, *, where: str = "ticket", answerable: bool = True
) -> Ticket:
    """A ticket from JSON or a mapping; `answerable`: there must be something to answer.

    Raises BadTicket with one line that names the field, what was expected and what to do.
    """
    try:
        if isinstance(data, (str, bytes)):
            ticket = Ticket.model_validate_json(data)
        else:
            ticket = Ticket.model_validate(data)
    except ValidationError as error:
        raise BadTicket(f"{where}: {first_problem(error)}") from error
    require_answer_to(ticket, where=where)
    if answerable:
        require_question(ticket, where=where)
    return ticket


def require_answer_to(ticket: Ticket, *, where: str = "ticket") -> None:
    """Raise BadTicket if `answer_to` points at no customer turn."""
    at = ticket.answer_to
    turns = ticket.conversation
    if at is not None and not (0 <= at < len(turns) and turns[at].role == "customer"):
        raise BadTicket(
            f"{where}: answer_to: {at} is not the index of a customer turn; "
            f"the conversation has {len(turns)} turns, counted from 0"
        )


def require_question(ticket: Ticket, *, where: str = "ticket") -> None:
    """Raise BadTicket if there is nothing to answer and nothing to start."""
    if not ticket.question.strip() and ticket.trigger is None:
        raise BadTicket(
            f"{where}: conversation: nothing to answer; expected at least one customer turn with text, "
            "or a trigger when the agent starts"
        )


def first_problem(error: ValidationError) -> str:
    """The first thing pydantic complains about, as `field: what was expected`, on one line."""
    problem = error.errors(include_url=False, include_context=False)[0]
    field = ".".join(str(part) for part in problem["loc"]) or "document"
    more = error.error_count() - 1
    seen = "" if problem["type"] in {"missing", "json_invalid"} else f", got {_short(problem['input'])}"
    return " ".join(f"{field}: {problem['msg']}{seen}".split()) + (f" (and {more} more)" if more else "")


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "…"
