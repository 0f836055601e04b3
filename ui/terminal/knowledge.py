"""`warmline kb …`: what is true, brought in, looked at and searched."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from ui.terminal import health
from ui.terminal.assembling import assembled
from ui.terminal.output import say_json

app = typer.Typer(help="The shop's knowledge: policies, products, phrases.", no_args_is_help=True)

for command in (health.verify, health.rollback, health.rebuild, health.conflicts, health.gaps, health.impact):
    app.command()(command)

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

    from ui.terminal.showing import console

    with assembled() as program:
        report = program.sync(path, skip_bad=skip_bad)
        default = program.default_shop()
    if as_json:
        say_json(asdict(report))
        return
    out = console()
    for warning in report.warnings:
        out.print(f"[yellow]![/] {warning}")
    for file, reason in report.skipped:
        out.print(f"[red]✗[/] {file}: {reason}")
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
    from retrieval.query import Query
    from service.errors import BadTicket
    from service.wire import hit_json
    from ui.terminal.showing import console, table, validity

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
    rows = [
        (f"{hit.score:.2f}", hit.snippet.id, validity(hit.snippet), hit.snippet.text[:90], hit.why)
        for hit in hits
    ]
    console().print(
        table(knowledge.generation, ("score", "snippet", "in force", "text", "why"), rows, right=(0,))
    )


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
        facts = asdict(state)
        rows = [(name, _listed(value)) for name, value in facts.items() if name != "shop" and value]
        console().print(table(state.shop, ("", ""), rows, styles=("bold", "")))


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


def _listed(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {count}" for name, count in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(" ".join(map(str, each)) if isinstance(each, tuple) else str(each) for each in value)
    return str(value)


def _figure(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
