"""`warmline kb verify|rollback|rebuild|conflicts|gaps|impact`: is the knowledge whole, and is it good?"""

import asyncio
from collections.abc import Iterator, Sequence
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

    from retrieval.impact import Impact, Use
    from retrieval.knowledge import Knowledge
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
    from retrieval.conflicts import conflicts as contradictions
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
        for snippet, sentence in ((each.one, each.one_sentence), (each.other, each.other_sentence)):
            out.print(f"  [cyan]{snippet.key}[/] [dim]{snippet.source}[/]", soft_wrap=True)
            out.print(f"    {sentence}", soft_wrap=True, markup=False)
    out.print(f"{len(found)} pairs to look at" if found else "[green]✓[/] no contradictions seen")


def gaps(shop: ShopName = None, as_json: Json = False) -> None:
    """Customers' questions of the stored drafts that found nothing good, the commonest first."""
    from retrieval.gaps import gaps as unanswered
    from ui.terminal.showing import console, table

    with assembled(shop=shop) as program:
        knowledge = program.knowledge(program.shop_id(shop))
        questions = asyncio.run(_questions(program, knowledge.shop.id))
        found = unanswered(knowledge, questions, at=_today(knowledge.shop))
    if as_json:
        say_json([asdict(each) for each in found])
        return
    if not questions:
        console().print("no stored drafts yet: gaps are read from what customers asked in them")
        return
    rows = [
        (each.count, "\n".join(each.questions), each.nearest or "—", f"{each.covered:.0%}") for each in found
    ]
    title = f"{len(found)} gaps in {len(questions)} questions"
    headings = ("asked", "questions", "nearest snippet", "of the words in it")
    console().print(table(title, headings, rows, right=(0, 3)))


def impact(
    policy: Annotated[str, typer.Argument(help="Id of a policy document, like returns.")],
    new: Annotated[Path | None, typer.Option("--new", help="A changed or new version of its file.")] = None,
    suite: Annotated[
        list[Path] | None, typer.Option("--suite", help="Also scenarios of this folder; may be repeated.")
    ] = None,
    shop: ShopName = None,
    as_json: Json = False,
) -> None:
    """Scenarios, phrases and stored drafts that rest on a policy, and what a new version would change."""
    from retrieval.folder import read_document
    from retrieval.impact import impact as rests_on

    with assembled(shop=shop) as program:
        knowledge = program.knowledge(program.shop_id(shop))
        today = _today(knowledge.shop)
        version = read_document(new, shop=knowledge.shop.id) if new else None
        uses = [
            *_scenarios(knowledge.shop.id, suite or []),
            *_phrases(knowledge, today),
            *asyncio.run(_drafts(program, knowledge.shop.id)),
        ]
        found = rests_on(knowledge, policy, uses=uses, new=version, at=today)
    if as_json:
        say_json(asdict(found))
        return
    _show_impact(found)


def _show_impact(found: "Impact") -> None:
    from ui.terminal.showing import console, table

    out = console()
    if found.against:
        out.print(f"[bold]Against {found.against}[/]" + ("" if found.edits else ": nothing changes"))
    for edit in found.edits:
        figures = ", ".join(edit.figures_gone) or "—", ", ".join(edit.figures_new) or "—"
        said = f"  {figures[0]} → {figures[1]}" if figures != ("—", "—") else ""
        out.print(f"[cyan]{edit.snippet}[/]{said}", soft_wrap=True)
        for sign, lines in (("−", edit.before), ("+", edit.after)):
            for line in lines:
                out.print(f"  {sign} {line}", soft_wrap=True, markup=False)
    rows = [(each.use.kind, each.use.id, each.why, ", ".join(each.changes) or "—") for each in found.resting]
    touched = sum(bool(each.changes) for each in found.resting)
    title = f"{len(rows)} uses rest on {found.policy}" + (f"; {touched} touched" if found.against else "")
    width = 4 if found.against else 3
    headings = ("kind", "which", "why", "touched by")[:width]
    out.print(table(title, headings, [row[:width] for row in rows]) if rows else f"[bold]{title}[/]")


async def _questions(program: "Warmline", shop: str) -> list[str]:
    from service.ticket import read_ticket

    try:
        stored = await program.store.recent(limit=MOST_DRAFTS)
    finally:
        await program.close()
    return [read_ticket(each.ticket, answerable=False).question for each in stored if each.shop == shop]


async def _drafts(program: "Warmline", shop: str) -> "list[Use]":
    from retrieval.impact import Use

    try:
        stored = await program.store.recent(limit=MOST_DRAFTS)
    finally:
        await program.close()
    return [
        Use(
            kind="draft",
            id=each.id,
            snippets=tuple(dict.fromkeys(citation["snippet"] for citation in each.draft["citations"])),
            text=each.draft["text"],
        )
        for each in stored
        if each.shop == shop
    ]


def _scenarios(shop: str, suites: Sequence[Path]) -> "Iterator[Use]":
    """The scenarios written for a shop: the shipped ones that name it, and all of the given folders."""
    from eval.suite import SHIPPED, read_suite
    from retrieval.impact import Use

    shipped = sorted(path for path in SHIPPED.iterdir() if path.is_dir())
    for folder in [*shipped, *suites]:
        for scenario in read_suite(folder).scenarios:
            if scenario.shop == shop or (folder in suites and not scenario.shop):
                yield Use(
                    kind="scenario",
                    id=f"{folder.name}/{scenario.id}",
                    snippets=tuple(scenario.expect.evidence or ()),
                    text="\n".join(scenario.references),
                )


def _phrases(knowledge: "Knowledge", at: "date") -> "Iterator[Use]":
    from retrieval.impact import Use

    for snippet in knowledge.all_in_force(at, kinds=("phrase",)):
        yield Use(kind="phrase", id=snippet.id, text=snippet.text)


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
