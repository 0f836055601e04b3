"""A tiny shop, a tiny writer and a tiny suite for the tests of the evaluation room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from retrieval.order import Order
from retrieval.shop import Shop
from retrieval.snippet import Snippet
from service.analysis import Analysis, Escalation, Issue
from service.draft import Citation, Commitment, Draft, Finding, Provenance
from service.errors import ModelUnavailable
from service.ticket import Ticket

FAMILY = """
family: return-window
why: The window is the most asked fact.
shop: tiny
split: gate
now: 2026-11-12T20:15:00+08:00
scenarios:
  - id: return-window-open
    severity: major
    practices: [P15, P17]
    order_id: T1
    conversation:
      - {role: customer, text: 我10号收到的毛衣还能退吗}
    expect:
      intents: [return]
      emotion: calm
      strength: 0
      escalate: false
      action: answer
      evidence: [returns#no-reason]
      facts: [{key: window_end, type: date, value: 2026-11-17}]
      states: [["11月17日", "/11[./-]17/"]]
      must_not: ["/不.{0,2}退/"]
    references: ["可以的，七天内都能退，11月17日24:00前申请就行。"]
    bad_replies: [{text: "不能退了哦", fails: [must_not, states]}]
  - id: return-window-rant
    severity: blocker
    conversation:
      - {role: customer, text: 再不处理我就打12315}
    expect:
      intents: [service_complaint]
      emotion: angry
      strength: 3
      risks: [regulator]
      escalate: true
      action: handoff
"""

SECOND_FAMILY = """
family: greeting
split: dev
scenarios:
  - id: greeting-hello
    now: 2026-11-12T20:15:00+08:00
    conversation: [{role: customer, text: 在吗}]
    expect: {intents: [chitchat], emotion: calm, strength: 0, asks: [question]}
"""


@dataclass(frozen=True)
class TinyShelf:
    """A shop with one order and one policy in two versions."""

    shop: Shop = field(default_factory=lambda: Shop(id="tiny"))
    generation: str = "tiny/000001"

    @property
    def orders(self) -> Mapping[str, Order]:
        return {"T1": Order(order_id="T1", status="delivered")}

    def snippets(self, id: str) -> tuple[Snippet, ...]:
        known = (
            Snippet(
                id="returns#no-reason",
                text="七天内可退。",
                kind="policy",
                shop="tiny",
                effective_from=date(2026, 1, 1),
            ),
            Snippet(
                id="old#part", text="旧规则。", kind="policy", shop="tiny", effective_to=date(2025, 12, 31)
            ),
        )
        return tuple(one for one in known if id in {one.id, one.document})


@dataclass(frozen=True)
class Seen:
    """What the tiny examiner says."""

    findings: tuple[Finding, ...] = ()
    commitments: tuple[Commitment, ...] = ()


@dataclass
class TinyWriter:
    """Answers from a table, remembers what it was asked, breaks where told."""

    answers: Mapping[str, str] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    asked: list[str] = field(default_factory=list)

    async def draft(self, ticket: Ticket) -> Draft:
        self.asked.append(ticket.id)
        if ticket.id in self.broken:
            raise ModelUnavailable("the endpoint is down", retryable=False)
        text = self.answers.get(ticket.id, "亲，11月17日24:00前都可以申请退货的。")
        angry = "12315" in ticket.question
        analysis = Analysis(
            issues=(Issue(intent="service_complaint" if angry else "return", confidence=1, span=(0, 1)),),
            emotion="angry" if angry else "calm",
            strength=3 if angry else 0,
            risks=("regulator",) if angry else (),
            escalation=Escalation(needed=angry),
        )
        return Draft(
            id=f"d-{ticket.id}",
            ticket_id=ticket.id,
            text=text,
            writer="composer",
            analysis=analysis,
            citations=(Citation(snippet="returns#no-reason", version="2026-01-01", span=(0, 1)),),
            handover="客户要求投诉" if angry else "",
            provenance=Provenance(snippets=("returns#no-reason@2026-01-01",), knowledge="tiny/000001"),
        )

    def examine(self, text: str, ticket: Ticket, *, snippets: Sequence[Snippet] | None = None) -> Seen:
        if "保证" not in text:
            return Seen()
        return Seen(
            findings=(
                Finding(type="over_promise", severity="block", span=(0, 2), quote="保证", why="过度承诺"),
            )
        )


def tiny_suite(folder: Path) -> Path:
    """A suite of two families, written into the folder."""
    suite = folder / "tiny"
    suite.mkdir(parents=True, exist_ok=True)
    (suite / "return-window.yaml").write_text(FAMILY, encoding="utf-8")
    (suite / "greeting.yaml").write_text(SECOND_FAMILY, encoding="utf-8")
    return suite
