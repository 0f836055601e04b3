"""`warmline demo`, `draft` and `check`."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.terminal.assembling import assembled
from ui.terminal.output import say_json

if TYPE_CHECKING:
    from retrieval.snippet import Snippet
    from service.assembly import Warmline
    from service.draft import Draft
    from service.event import EvidenceReady
    from service.ticket import Ticket

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Text = Annotated[str | None, typer.Argument(help="The text itself.", show_default=False)]
TicketFile = Annotated[
    str | None, typer.Option("--ticket", help="A ticket as JSON: a file, or - for standard input.")
]
Batch = Annotated[
    str | None, typer.Option("--batch", help="JSON lines, one record a line; - for standard input.")
]
ShopName = Annotated[str | None, typer.Option("--shop", help="Shop name, or the path of its folder.")]
MODEL_CALLS = 8
"""Drafts of a batch that ask the model at once."""


def demo(as_json: Json = False) -> None:
    """Three real tickets through the whole line: no key, no network."""
    from service.demo import demo_tickets
    from ui.terminal.showing import console, show_draft, show_ticket, w

    with assembled(model="none") as app:
        app.warm("demo")
        tickets = demo_tickets()
        made = [asyncio.run(_with_evidence(app, ticket)) for ticket in tickets]
        if as_json:
            say_json([_draft_json(draft) for draft, _ in made])
            return
        out = console()
        out.rule(f"[bold]Warmline[/] · {w('demo_title')}")
        for ticket, (draft, evidence) in zip(tickets, made, strict=True):
            out.print()
            show_ticket(ticket, out)
            show_draft(draft, out, snippets=[hit.snippet for hit in evidence.hits], facts=evidence.facts)
        out.rule()
        out.print(f"[dim]{w('demo_model')}[/]")
        url = f"http://{app.settings.host}:{app.settings.port}"
        out.print(w("demo_end", command="make ui", url=url))


def draft(
    text: Text = None,
    ticket: TicketFile = None,
    batch: Batch = None,
    shop: ShopName = None,
    order: Annotated[str | None, typer.Option(help="Order id of the shop.")] = None,
    instruction: Annotated[str | None, typer.Option(help="One line of steer for the writer.")] = None,
    model: Annotated[str | None, typer.Option(help="Model to ask; none: the composer alone.")] = None,
    template: Annotated[str | None, typer.Option(help="Template, like reply or reply@1.")] = None,
    candidates: Annotated[
        int, typer.Option(min=1, max=5, help="Drafts that differ by decision (composer only).")
    ] = 1,
    as_json: Json = False,
) -> None:
    """A checked draft for one customer message, one ticket, or a batch of tickets."""
    from ui.terminal.reading import complete, read_records, read_text, ticket_of_text

    _exactly_one(text=text, ticket=ticket, batch=batch)
    with assembled(shop=shop, model=model, template=template) as app:
        app.require_model_and_template()
        steer: dict[str, Any] = {"app": app, "shop": shop, "order": order, "instruction": instruction}
        if batch is not None:
            tickets = [complete(record, where=where, **steer) for where, record in read_records(batch)]
            asyncio.run(_draft_batch(app, tickets))
            return
        if ticket is not None:
            one = complete(read_text(ticket), where="ticket", **steer)
        else:
            one = ticket_of_text(text or "", **steer)
        _draft_one(app, one, candidates, as_json)


def check(
    text: Text = None,
    ticket: TicketFile = None,
    batch: Batch = None,
    shop: ShopName = None,
    order: Annotated[str | None, typer.Option(help="Order id of the shop.")] = None,
    role: Annotated[str | None, typer.Option(help="Whose authority limits hold.")] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Apply the safe fixes and print the text.")] = False,
    as_json: Json = False,
) -> None:
    """The findings and the commitment ledger of any text, also a human's."""
    with assembled(shop=shop, role=role) as app:
        if batch is not None:
            _exactly_one(text=text, ticket=ticket, batch=batch)
            _check_batch(app, batch, shop)
            return
        _check_one(app, text, ticket, shop, order, fix=fix, as_json=as_json)


def rewrite(
    text: Annotated[str, typer.Argument(help="The reply to rewrite.")],
    how: Annotated[str, typer.Option(help="warmer, shorter, formal, clearer, translate:en or translate:zh.")],
    shop: ShopName = None,
    model: Annotated[str | None, typer.Option(help="Model to ask.")] = None,
    as_json: Json = False,
) -> None:
    """The reply said another way, its numbers, dates and promises held still (needs a model)."""
    from dataclasses import asdict

    from ui.terminal.showing import console

    with assembled(shop=shop, model=model) as app:
        app.require_model_and_template()

        async def go() -> Any:
            try:
                return await app.rewrite(text, how, shop=app.shop_id(shop))
            finally:
                await app.close()

        made = asyncio.run(go())
    if as_json:
        say_json({**asdict(made), "how": str(made.how)})
        return
    console().print(made.text, markup=False)
    for lost in made.lost:
        console(stderr=True).print(f"[yellow]![/] no longer said: {lost.value}")


def _draft_one(app: "Warmline", ticket: "Ticket", candidates: int, as_json: bool) -> None:
    from ui.terminal.showing import console, show_draft, show_ticket

    if candidates > 1:
        made = app.candidates(ticket, candidates)
        if as_json:
            say_json([_draft_json(each) for each in made])
            return
        for each in made:
            console().rule(each.provenance.decision)
            show_draft(each, console())
        return
    if as_json:
        say_json(_draft_json(asyncio.run(_with_evidence(app, ticket))[0]))
        return
    out = console()
    with console(stderr=True).status("…"):
        made_one, evidence = asyncio.run(_with_evidence(app, ticket))
    show_ticket(ticket, out)
    show_draft(made_one, out, snippets=[hit.snippet for hit in evidence.hits], facts=evidence.facts)


async def _with_evidence(app: "Warmline", ticket: "Ticket") -> "tuple[Draft, EvidenceReady]":
    from service.event import Done, EvidenceReady

    evidence = EvidenceReady(hits=(), facts=())
    final = None
    try:
        async for event in app.drafts(ticket):
            if isinstance(event, EvidenceReady):
                evidence = event
            elif isinstance(event, Done):
                final = event.draft
    finally:
        await app.close()
    assert final is not None
    return final, evidence


async def _draft_batch(app: "Warmline", tickets: "Sequence[Ticket]") -> None:
    """Drafts in the order of the tickets, printed as soon as their turn has come."""
    from ui.terminal.showing import progress_bar

    turns = asyncio.Semaphore(MODEL_CALLS if app.model else 1)

    async def one(ticket: "Ticket") -> "Draft":
        async with turns:
            return await app.draft(ticket)

    tasks = [asyncio.create_task(one(ticket)) for ticket in tickets]
    try:
        with progress_bar(len(tasks)) as advance:
            for task in tasks:
                say_json(_draft_json(await task), indent=None)
                advance()
    finally:
        for task in tasks:
            task.cancel()
        await app.close()


def _check_one(
    app: "Warmline",
    text: str | None,
    ticket_file: str | None,
    shop: str | None,
    order: str | None,
    *,
    fix: bool,
    as_json: bool,
) -> None:
    from service.checks import mend
    from service.errors import BadTicket
    from service.ticket import Ticket
    from service.wire import commitment_json, finding_json
    from ui.terminal.reading import complete, decode, read_text, with_order
    from ui.terminal.showing import commitments_table, console, marked, show_findings

    text = (
        read_text("-")
        if text in (None, "-")
        else decode(str(text).encode("utf-8", "surrogateescape"), "text")
    )
    if not text.strip():
        raise BadTicket("text: empty; expected the reply to check, as an argument or on standard input")
    if ticket_file is not None:
        ticket = complete(
            read_text(ticket_file), where="ticket", app=app, shop=shop, order=order, instruction=None
        )
    else:
        bare = Ticket(id="check", shop=app.shop_id(shop), now=datetime.now(UTC))
        ticket = with_order(bare, app=app, order=order)
    examination = app.examine(text, ticket)
    if fix:
        text = mend(text, lambda said: app.examine(said, ticket))
        examination = app.examine(text, ticket)
    if as_json:
        say_json(
            {
                "text": text,
                "findings": [finding_json(each) for each in examination.findings],
                "commitments": [commitment_json(each) for each in examination.commitments],
            }
        )
    else:
        out = console()
        out.print(marked(text, (), examination.findings, {}))
        out.print(commitments_table(text, examination.commitments))
        show_findings(examination.findings, out)
    if any(each.severity == "block" for each in examination.findings):
        raise typer.Exit(1)


def _check_batch(app: "Warmline", batch: str, shop: str | None) -> None:
    """One `{id, findings[], commitments[]}` a line; the exit code says only whether the input was good."""
    from service.wire import commitment_json, finding_json
    from ui.terminal.reading import read_records

    jobs = [(where, _check_job(record, where, shop)) for where, record in read_records(batch)]
    for _, (identity, ticket, snippets, text) in jobs:
        examination = app.examine(text, ticket, snippets=snippets)
        say_json(
            {
                "id": identity,
                "findings": [finding_json(each) for each in examination.findings],
                "commitments": [commitment_json(each) for each in examination.commitments],
            },
            indent=None,
        )


def _check_job(
    record: dict[str, Any], where: str, shop: str | None
) -> "tuple[Any, Ticket, list[Snippet] | None, str]":
    from service.checkrequest import read_check_request

    request = read_check_request(record, where=where)
    ticket = request.ticket.model_copy(update={"shop": shop}) if shop else request.ticket
    return request.id, ticket, request.snippets, request.text


def _draft_json(draft: "Draft") -> dict[str, Any]:
    from service.wire import draft_json

    return draft_json(draft)


def _exactly_one(**given: str | None) -> None:
    from service.errors import BadTicket

    named = [name for name, value in given.items() if value is not None]
    if len(named) != 1:
        raise BadTicket(
            f"{' and '.join(named) or 'nothing'} given; expected exactly one of a text, --ticket FILE, "
            "or --batch FILE"
        )
