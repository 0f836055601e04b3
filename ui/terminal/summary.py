"""`warmline summary`: a conversation as a note for whoever takes it over."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from ui.terminal.assembling import assembled
from ui.terminal.output import say_json

if TYPE_CHECKING:
    from service.summarising import Note


def summary(
    ticket: Annotated[
        str, typer.Option("--ticket", help="A ticket as JSON: a file, or - for standard input.")
    ],
    shop: Annotated[str | None, typer.Option("--shop", help="Shop name, or the path of its folder.")] = None,
    order: Annotated[str | None, typer.Option(help="Order id of the shop.")] = None,
    model: Annotated[str | None, typer.Option(help="Model to ask; none: the composer alone.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """What the customer wants, what happened, what was promised: for a colleague or a supervisor."""
    from dataclasses import asdict

    from ui.terminal.reading import complete, read_text
    from ui.terminal.showing import console, w

    with assembled(shop=shop, model=model) as app:
        app.require_model_and_template()
        one = complete(read_text(ticket), where="ticket", app=app, shop=shop, order=order, instruction=None)

        async def go() -> "Note":
            try:
                return await app.summary(one)
            finally:
                await app.close()

        note = asyncio.run(go())
    if as_json:
        say_json(asdict(note))
        return
    console().print(note.text, markup=False)
    if note.fallback:
        console(stderr=True).print(f"[yellow]![/] {w('fallback', reason=note.fallback)}", markup=True)
