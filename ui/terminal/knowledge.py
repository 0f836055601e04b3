"""`warmline kb …`: what is true, brought in, looked at and searched."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.terminal import health
from ui.terminal.assembling import assembled
from ui.terminal.output import say_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from retrieval.status import Status

app = typer.Typer(help="The shop's knowledge: policies, products, phrases.", no_args_is_help=True)

for command in (health.verify, health.rollback, health.rebuild, health.conflicts, health.gaps, health.impact):
    app.command()(command)

SHOWN = 160
"""Characters of a found snippet that are shown."""
LISTED = 12
"""Names that are listed in one line of the status."""

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
ShopName = Annotated[str | None, typer.Option("--shop", help="Shop name, or the path of its folder.")]


@app.command()
def sync(
    path: Annotated[Path, typer.Argument(help="The shop's folder.")],
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave out files that cannot be read, and name them.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring a shop folder in: only what changed is indexed; readers switch over at once."""
    from dataclasses import asdict

    from rich.markup import escape

    from ui.terminal.showing import console

    with assembled() as program:
        report = program.sync(path, skip_bad=skip_bad)
        default = program.default_shop()
    if as_json:
        say_json(asdict(report))
        return
    out = console()
    for warning in report.warnings:
        out.print(f"[yellow]![/] {escape(warning)}", soft_wrap=True)
    for _, reason in report.skipped:
        out.print(f"[red]✗[/] {escape(reason)}", soft_wrap=True)
    changes = f"+{report.added} ~{report.changed} −{report.removed}"
    said = "unchanged" if report.unchanged else changes
    out.print(
        f"[green]✓[/] [bold]{report.shop}[/] generation {report.generation}: "
        f"{report.documents} documents, {report.snippets} snippets ({said})"
    )
    out.print(f"[dim]Tickets that name no shop go to {default}; --shop or WARMLINE_SHOP says otherwise.[/]")


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="A question, in the customer's words.")],
    shop: ShopName = None,
    at: Annotated[str | None, typer.Option(help="Decisive day, like 2026-11-12; default today.")] = None,
    k: Annotated[int, typer.Option(min=1, max=50)] = 5,
    as_json: Json = False,
) -> None:
    """What the knowledge says to a question, and why it was found."""
    from rich.padding import Padding

    from retrieval.query import Query
    from service.errors import BadTicket
    from service.wire import hit_json
    from ui.terminal.showing import console, validity

    try:
        day = date.fromisoformat(at) if at else date.today()
    except ValueError as error:
        raise BadTicket(f"--at: {at!r}; expected a day like 2026-11-12") from error
    if not question.strip():
        raise BadTicket("question: empty; expected a question in the customer's words")
    with assembled(shop=shop) as program:
        knowledge = program.knowledge(program.shop_id(shop))
        hits = knowledge.search([Query(text=question, at=day)], k=k)
    if as_json:
        say_json([hit_json(hit) for hit in hits])
        return
    out = console()
    out.print(f"[dim]{knowledge.generation}[/]")
    for place, hit in enumerate(hits, start=1):
        snippet = hit.snippet
        valid = validity(snippet)
        out.print(f"[bold]{place}  {snippet.id}[/]  {hit.score:.2f}  [dim]{valid}[/]", soft_wrap=True)
        out.print(f"   {snippet.heading}", style="cyan", soft_wrap=True, markup=False)
        text = " ".join(snippet.text.split())
        out.print(Padding(text if len(text) <= SHOWN else f"{text[:SHOWN]}…", (0, 0, 0, 3)), markup=False)
        out.print(Padding(hit.why, (0, 0, 0, 3)), style="dim", markup=False)
    if not hits:
        out.print("nothing found")


@app.command()
def status(
    shop: Annotated[str | None, typer.Argument(help="Shop name; default: every synced shop.")] = None,
    as_json: Json = False,
) -> None:
    """What is known: documents, versions, last sync; what is expired, due, ownerless or unknown."""
    from dataclasses import asdict

    from retrieval.generation import ShopHome
    from retrieval.status import status as status_of
    from ui.terminal.showing import console, table

    with assembled() as program:
        home = program.settings.home
        if shop is None:
            program.knowledge()
        states = [status_of(home, each) for each in ((shop,) if shop else ShopHome.synced(home))]
    if as_json:
        say_json([asdict(state) for state in states])
        return
    for state in states:
        console().print(table(state.shop, ("", ""), _lines(state), styles=("bold", "")))


def _lines(state: "Status") -> "Iterator[tuple[str, str]]":
    """What a knowledge manager reads of a shop: what there is, then what needs care."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in state.by_kind.items())
    yield "generation", f"{state.generation}, made {state.last_sync} of {state.source}"
    if state.damage:
        yield "DAMAGED", f"{state.damage}; run: warmline kb verify --shop {state.shop}"
    yield "documents", f"{state.documents} ({kinds}); {state.versions} of them in several versions"
    yield "snippets", f"{state.snippets}, vectors by {state.embedder}"
    yield "kept generations", _some(map(str, state.generations))
    yield "expired", _some(state.expired)
    yield "not yet in force", _some(state.upcoming)
    yield "due for review", _some(state.review)
    yield "without owner", _some(state.unowned)
    yield "never found", _some(state.withheld)
    yield "products unknown", _some(state.unknown_products)
    yield "warnings", _some(state.warnings, "\n")
    yield "left out", _some((reason for _, reason in state.skipped), "\n")


def _some(names: "Iterable[str]", between: str = ", ") -> str:
    """Names in a row, many of them counted only."""
    from rich.markup import escape

    every = list(names)
    more = f"{between}… {len(every) - LISTED} more (--json has all)" if len(every) > LISTED else ""
    return escape(between.join(every[:LISTED]) + more) or "—"


@app.command()
def bench(
    folder: Annotated[Path, typer.Argument(help="corpus.jsonl, queries.jsonl and qrels.tsv.")],
    compare: Annotated[bool, typer.Option("--compare", help="Also other settings, side by side.")] = False,
    as_json: Json = False,
) -> None:
    """How well the retriever finds what it should, on a folder of judged questions."""
    from dataclasses import asdict

    from retrieval.bench import bench as measure
    from ui.terminal.showing import console, table

    rows = [asdict(row) for row in measure(folder, compare=compare)]
    if as_json:
        say_json(rows if compare else rows[0])
        return
    cells = [[_figure(value) for value in row.values()] for row in rows]
    console().print(table(str(folder), list(rows[0]), cells, right=range(1, len(rows[0]))))


def _figure(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
