"""`warmline kb verify|rollback|rebuild|conflicts|gaps|impact`: is the knowledge whole, and is it good?"""

import asyncio
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from ui.terminal.assembling import assembled
from ui.terminal.output import say_json

if TYPE_CHECKING:
    from datetime import date

    from retrieval.health import Use
    from retrieval.maintaining import Verdict
    from retrieval.shop import Shop
    from service.assembly import Warmline

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
ShopName = Annotated[str | None, typer.Option("--shop", help="Shop name; default: the default shop.")]
MOST_DRAFTS = 5_000
"""Stored drafts that gaps and impact look back on."""


def verify(shop: ShopName = None, as_json: Json = False) -> None:
    """Check the live generation against its manifest and probes; a damaged one is built again."""
    from retrieval.maintaining import verify as checked

    with assembled() as program:
        verdict = checked(program.settings.home, shop or program.default_shop(), embedder=program.embedder)
    _say(verdict, as_json)


def rollback(shop: ShopName = None, as_json: Json = False) -> None:
    """Make the generation before the live one live again."""
    from retrieval.maintaining import rollback as rolled_back

    with assembled() as program:
        verdict = rolled_back(program.settings.home, shop or program.default_shop())
    _say(verdict, as_json)


def rebuild(shop: ShopName = None, as_json: Json = False) -> None:
    """Build a new generation from the stored documents alone, for another embedder or after damage."""
    from retrieval.maintaining import rebuild as built_again

    with assembled() as program:
        verdict = built_again(
            program.settings.home,
            shop or program.default_shop(),
            embedder=program.embedder,
            progress=program.progress,
        )
    _say(verdict, as_json)


def conflicts(shop: ShopName = None, as_json: Json = False) -> None:
    """Documents in force that give different figures for what seems one right."""
    from retrieval.health import conflicts as contradictions
    from ui.terminal.showing import console

    with assembled(shop=shop) as program:
        knowledge = program.knowledge(program.shop_id(shop))
        found = contradictions(knowledge, at=_today(knowledge.shop))
    if as_json:
        say_json([asdict(each) for each in found])
        return
    out = console()
    for each in found:
        out.print(f"[bold]{each.figures[0]} ↔ {each.figures[1]}[/] [dim]{each.unit}[/]", soft_wrap=True)
        out.print(f"  {each.one.key}: {each.one_sentence}", soft_wrap=True, markup=False)
        out.print(f"  {each.other.key}: {each.other_sentence}", soft_wrap=True, markup=False)
    out.print(f"{len(found)} pairs to look at" if found else "[green]✓[/] no contradictions seen")


def gaps(shop: ShopName = None, as_json: Json = False) -> None:
    """Customers' questions of the stored drafts that found nothing good, the commonest first."""
    from retrieval.health import gaps as unanswered
    from ui.terminal.showing import console, table

    with assembled(shop=shop) as program:
        knowledge = program.knowledge(program.shop_id(shop))
        questions = asyncio.run(_questions(program, knowledge.shop.id))
        found = unanswered(knowledge, questions, at=_today(knowledge.shop))
    if as_json:
        say_json([asdict(each) for each in found])
        return
    rows = [(each.count, " / ".join(each.questions), each.nearest, f"{each.covered:.2f}") for each in found]
    title = f"{len(found)} gaps in {len(questions)} questions"
    console().print(table(title, ("asked", "questions", "nearest", "covered"), rows, right=(0, 3)))


def impact(
    policy: Annotated[str, typer.Argument(help="Id of a policy document, like returns.")],
    new: Annotated[Path | None, typer.Option("--new", help="A new version of its file.")] = None,
    shop: ShopName = None,
    as_json: Json = False,
) -> None:
    """Scenarios, phrases and stored drafts that rest on a policy, and what a new version would change."""
    from retrieval.folder import read_document
    from retrieval.health import impact as rests_on
    from ui.terminal.showing import console, table

    with assembled(shop=shop) as program:
        knowledge = program.knowledge(program.shop_id(shop))
        uses = [*_scenarios(), *asyncio.run(_drafts(program, knowledge.shop.id))]
        version = read_document(new, shop=knowledge.shop.id) if new else None
        found = rests_on(knowledge, policy, uses=uses, new=version)
    if as_json:
        say_json(asdict(found))
        return
    rows = [(each.use.kind, each.use.id, each.why) for each in found.resting]
    console().print(table(f"{len(rows)} uses rest on {policy}", ("kind", "which", "why"), rows))
    for edit in found.edits:
        gone, fresh = ", ".join(edit.figures_gone) or "—", ", ".join(edit.figures_new) or "—"
        console().print(f"[bold]{edit.snippet}[/]  {gone} → {fresh}", soft_wrap=True)


async def _questions(program: "Warmline", shop: str) -> list[str]:
    from service.ticket import read_ticket

    try:
        stored = await program.store.recent(limit=MOST_DRAFTS)
    finally:
        await program.close()
    return [read_ticket(each.ticket, answerable=False).question for each in stored if each.shop == shop]


async def _drafts(program: "Warmline", shop: str) -> "list[Use]":
    from retrieval.health import Use

    try:
        stored = await program.store.recent(limit=MOST_DRAFTS)
    finally:
        await program.close()
    return [
        Use(
            kind="draft",
            id=each.id,
            snippets=tuple(citation["snippet"] for citation in each.draft["citations"]),
            text=each.draft["text"],
        )
        for each in stored
        if each.shop == shop
    ]


def _scenarios() -> "Iterator[Use]":
    from eval.suite import SHIPPED, read_suite
    from retrieval.health import Use

    for folder in sorted(path for path in SHIPPED.iterdir() if path.is_dir()):
        for scenario in read_suite(folder).scenarios:
            yield Use(
                kind="scenario",
                id=f"{folder.name}/{scenario.id}",
                snippets=tuple(scenario.expect.evidence or ()),
                text=" ".join(scenario.references),
            )


def _today(shop: "Shop") -> "date":
    return datetime.now(ZoneInfo(shop.timezone)).date()


def _say(verdict: "Verdict", as_json: bool) -> None:
    from ui.terminal.showing import console

    if as_json:
        say_json(asdict(verdict))
        return
    sign = "[yellow]![/]" if verdict.problem else "[green]✓[/]"
    done = " (built again)" if verdict.repaired else ""
    console().print(f"{sign} {verdict.generation} {verdict.problem}{done}", soft_wrap=True)
