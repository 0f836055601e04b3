"""A scenario: one conversation, and what a good reply to it must and must not do."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from retrieval.order import Order
from service.ticket import Customer, Ticket, Trigger, Turn

Split = Literal["dev", "gate", "holdout", "canary"]
Action = Literal["answer", "ask", "handoff", "refuse"]
FactKind = Literal["money", "date", "duration", "quantity", "id", "text"]

_NOT_CONTENT = {"status", "provenance", "why", "tags", "note", "disputed"}
"""What may change without making it another scenario."""
ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:-]*$"
_STATUS = re.compile(r"^(draft|verified|retired|quarantined\(\d{4}-\d{2}-\d{2},.+\))$")


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))


def _worded(value: Any) -> Any:
    """Numbers written without quotes in YAML are words here."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _alternatives(value: Any) -> Any:
    """A single alternative may stand without its brackets."""
    return value if isinstance(value, (list, tuple)) else [value]


def _status(value: Any) -> Any:
    """`{quarantined: {until, reason}}` is another way of writing `quarantined(until, reason)`."""
    if isinstance(value, Mapping) and set(value) == {"quarantined"}:
        inner = value["quarantined"]
        value = f"quarantined({_worded(inner.get('until'))}, {inner.get('reason')})"
    if not isinstance(value, str) or not _STATUS.match(value):
        raise ValueError("expected draft, verified, retired or quarantined(YYYY-MM-DD, reason)")
    return value


Words = Annotated[str, BeforeValidator(_worded), Field(min_length=1)]
Alternatives = Annotated[tuple[Words, ...], BeforeValidator(_alternatives), Field(min_length=1)]


class ExpectedFact(_Record):
    """A figure that the reply must state; normalised before comparing (7天 = 七日 = 一周)."""

    key: str = Field(min_length=1)
    type: FactKind
    value: Words


class Expect(_Record):
    """What is held against a draft. A key that is left out is not scored."""

    intents: tuple[str, ...] | None = None
    """The complete set."""
    emotion: str | None = None
    strength: Annotated[int, Field(ge=0, le=3)] | None = None
    risks: tuple[str, ...] | None = None
    escalate: bool | None = None
    action: Action | None = None
    evidence: tuple[str, ...] = ()
    """Documents (`returns`) or sections (`returns#no-reason`) that the right answer rests on."""
    facts: tuple[ExpectedFact, ...] = ()
    states: tuple[Alternatives, ...] = ()
    """Of every inner list one alternative must appear; `/…/` is a regular expression."""
    asks: tuple[str, ...] | None = None
    must_not: tuple[Words, ...] = ()
    language: Literal["zh", "en"] | None = None
    """None: the ticket's locale, else the customer's own language."""


class BadReply(_Record):
    """A reply that must fail: it tests the checks and the judge."""

    text: str = Field(min_length=1)
    fails: tuple[str, ...] = Field(min_length=1)
    """Finding types of the taxonomy, or metric ids."""


class Origin(_Record):
    """Where a scenario comes from."""

    source: str = "authored"
    reviewed_by: tuple[str, ...] = ()
    note: str | None = None


class ScenarioBody(_Record):
    """A scenario as it stands in its family's file."""

    id: str = Field(pattern=ID_PATTERN, max_length=120)
    severity: Literal["blocker", "major", "minor"] = "major"
    tags: tuple[str, ...] = ()
    practices: tuple[str, ...] = ()
    now: AwareDatetime | None = None
    """The ticket's clock; None: the family's."""
    channel: str = "chat"
    locale: str | None = None
    order_id: str | None = None
    order: Order | None = None
    customer: Customer | None = None
    instruction: str | None = None
    trigger: Trigger | None = None
    answer_to: int | None = None
    conversation: tuple[Turn, ...] = ()
    expect: Expect = Expect()
    references: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    bad_replies: tuple[BadReply, ...] = ()
    disputed: tuple[str, ...] = ()
    """Blocking findings that our checks raise on the references, wrongly as a person judged: lint warns of
    them instead of failing, until the checks are mended."""
    repeat: Annotated[int, Field(ge=1, le=100)] | None = None
    status: Annotated[str, BeforeValidator(_status)] = "verified"
    provenance: Origin = Origin()
    note: str | None = None


class _Header(_Record):
    family: str = Field(pattern=ID_PATTERN, max_length=80)
    """The statistical cluster: paraphrases, same policy, same order template."""
    why: str = ""
    shop: str = ""
    """Id of the shop it is written for; empty: any."""
    split: Split = "gate"


class Family(_Header):
    """One family file: scenarios that share a cause, and so are not independent."""

    now: AwareDatetime | None = None
    scenarios: tuple[ScenarioBody, ...] = Field(min_length=1)


class Scenario(ScenarioBody, _Header):
    """A scenario with its family's header: what is run and scored."""

    @cached_property
    def hash(self) -> str:
        """Content hash: two runs may be paired on a scenario when it is equal."""
        content = self.model_dump(mode="json", exclude=_NOT_CONTENT)
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    @property
    def question(self) -> str:
        """All that the customer wrote, a turn per line."""
        return "\n".join(turn.text for turn in self.conversation if turn.role == "customer")

    def runs_on(self, day: date) -> bool:
        """Whether it takes part in a run on that day: not retired, not in quarantine."""
        if self.status.startswith("quarantined"):
            return self.status[12:22] < day.isoformat()
        return self.status != "retired"

    def ticket(self, *, shop: str, orders: Mapping[str, Order]) -> Ticket:
        """The ticket a writer is given. Raises KeyError if the shop has no order of `order_id`."""
        order = self.order or (orders[self.order_id] if self.order_id else None)
        assert self.now is not None, "reading a suite fills in the clock"
        return Ticket(
            id=self.id,
            shop=shop,
            channel=self.channel,
            locale=self.locale,
            now=self.now,
            conversation=self.conversation,
            order=order,
            customer=self.customer,
            instruction=self.instruction,
            trigger=self.trigger,
            answer_to=self.answer_to,
        )


def family_schema() -> dict[str, Any]:
    """The JSON Schema of a family file: what `eval/scenarios/scenario.schema.json` holds."""
    schema = Family.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Scenario family"}
