"""From a ticket to a case: understand it, find what is true about it, compute its dates and amounts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from time import perf_counter
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from prompts.library import Library
from prompts.playbook import Playbook
from retrieval.product import Product
from retrieval.query import Query
from retrieval.shop import Shop
from retrieval.snippet import Hit, Snippet
from service import facts
from service.analysis import Analysis, Issue
from service.case import Case
from service.ticket import Ticket
from service.understanding import understand

MAX_SNIPPETS = 12
"""Snippets a writer gets: measured, 8 lack a tenth of the sections that answer, more than 12 bring little."""
CONTEXT_TURNS = 3
"""Earlier customer turns that a search takes along."""


class Searchable(Protocol):
    """What this room needs of a shop's knowledge."""

    @property
    def shop(self) -> Shop: ...
    @property
    def products(self) -> Mapping[str, Product]: ...
    def search(self, queries: Sequence[Query], *, k: int = 8) -> list[Hit]: ...


def prepare(
    ticket: Ticket,
    *,
    knowledge: Searchable,
    library: Library,
    role: str = "agent",
    also: str = "",
    analysis: Analysis | None = None,
    ms: dict[str, float] | None = None,
) -> Case:
    """The case of a ticket. `analysis`: if it is understood already.

    `also`: a text whose claims need sources, too (a draft to check). `ms` receives the milliseconds of
    each stage.
    """
    ms = {} if ms is None else ms
    start = perf_counter()
    analysis = analysis or analyse(ticket, library=library, products=list(knowledge.products.values()))
    ms["understand"] = (perf_counter() - start) * 1000
    start = perf_counter()
    asked = queries(ticket, analysis, library.playbooks, knowledge.shop)
    if ticket.instruction:
        asked.append(Query(text=ticket.instruction, at=asked[0].at, product_ids=analysis.product_ids))
    if also.strip():
        asked.append(Query(text=also, at=asked[0].at, product_ids=analysis.product_ids))
    hits = _trusted(knowledge.search(asked, k=MAX_SNIPPETS), library)
    ms["retrieve"] = (perf_counter() - start) * 1000
    start = perf_counter()
    case = case_of(ticket, analysis, hits, shop=knowledge.shop, products=knowledge.products, role=role)
    ms["compute"] = (perf_counter() - start) * 1000
    return case


def prepare_given(
    ticket: Ticket, *, snippets: Sequence[Snippet], shop: Shop, library: Library, role: str = "agent"
) -> Case:
    """The case of a ticket when these snippets, and no others, are its sources."""
    hits = _trusted([Hit(snippet=snippet, score=1.0, why="given") for snippet in snippets], library)
    analysis = analyse(ticket, library=library, products=())
    return case_of(ticket, analysis, hits, shop=shop, products={}, role=role)


def analyse(ticket: Ticket, *, library: Library, products: Sequence[Product]) -> Analysis:
    """What the ticket's customer wants and feels."""
    return understand(ticket, lexicon=library.lexicon, playbooks=library.playbooks, products=products)


def case_of(
    ticket: Ticket,
    analysis: Analysis,
    hits: tuple[Hit, ...],
    *,
    shop: Shop,
    products: Mapping[str, Product],
    role: str,
) -> Case:
    """The parts put together, with dates and amounts computed."""
    return Case(
        ticket=ticket,
        analysis=analysis,
        shop=shop,
        hits=hits,
        facts=facts.compute(ticket, analysis, hits, shop, products=tuple(products.values())),
        products=tuple(products[each] for each in analysis.product_ids if each in products),
        role=role,
    )


def _trusted(hits: Sequence[Hit], library: Library) -> tuple[Hit, ...]:
    """The hits without what someone wrote into a source for the writer to obey.

    No writer reads it, and no check takes it for support (T2).
    """
    return tuple(
        replace(hit, snippet=replace(hit.snippet, text=library.answers.without_orders(hit.snippet.text)))
        for hit in hits
    )


def queries(ticket: Ticket, analysis: Analysis, playbooks: Mapping[str, Playbook], shop: Shop) -> list[Query]:
    """One query per issue, with the playbook's words for what policies call it."""
    burst = set(ticket.burst)
    earlier = tuple(
        turn.text
        for index, turn in enumerate(ticket.conversation)
        if turn.role == "customer" and index not in burst
    )[-CONTEXT_TURNS:]
    return [
        _query(issue, ticket, playbooks.get(issue.intent), earlier, analysis, shop)
        for issue in analysis.issues
    ]


def _query(
    issue: Issue,
    ticket: Ticket,
    playbook: Playbook | None,
    earlier: tuple[str, ...],
    analysis: Analysis,
    shop: Shop,
) -> Query:
    starter = ticket.trigger.note if ticket.trigger else ""
    words: dict[str, Any] = {}
    if playbook:
        # Policies are written in the shop's first language, whatever the customer writes in.
        words["terms"] = (*playbook.terms.zh, *playbook.terms.en)
    alone = len(analysis.intents) == 1
    return Query(
        text=(ticket.question if alone else issue.text) or ticket.question or starter,
        at=decisive_day(ticket, playbook, shop),
        context=earlier if alone else (*earlier, ticket.question),
        product_ids=analysis.product_ids,
        **words,
    )


def decisive_day(ticket: Ticket, playbook: Playbook | None, shop: Shop) -> date:
    """The day whose policy decides: the order's for rights and promotions, today's for procedures."""
    zone = ZoneInfo(shop.timezone)
    order = ticket.order
    if playbook and playbook.decisive == "order" and order and order.paid_at:
        return order.paid_at.astimezone(zone).date()
    return ticket.now.astimezone(zone).date()
