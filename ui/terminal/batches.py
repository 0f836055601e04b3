"""`warmline eval export|import`: a run through OpenAI Batch files, at half the price, by any engine."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.terminal.assembling import assembled
from ui.terminal.output import say_json

if TYPE_CHECKING:
    from eval.bulk import BulkWriter
    from service.assembly import Warmline
    from service.model import Model

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Suite = Annotated[str, typer.Argument(help="Suite name (golden, smoke…), or a folder or file of scenarios.")]
ModelName = Annotated[str, typer.Option(help="Model the requests are for.")]
ShopName = Annotated[str | None, typer.Option("--shop", help="Shop name, or the path of its folder.")]
Template = Annotated[str | None, typer.Option(help="Template, like reply@1.")]
Repeats = Annotated[int, typer.Option(min=1, max=50)]
Splits = Annotated[list[str] | None, typer.Option("--split", help="Only these splits.")]


def export(
    suite: Suite,
    out: Annotated[Path, typer.Option(help="The file to write, requests.jsonl.")],
    model: ModelName,
    shop: ShopName = None,
    template: Template = None,
    repeats: Repeats = 1,
    split: Splits = None,
    as_json: Json = False,
) -> None:
    """Write a run's model calls as JSONL in the Batch API's shape."""
    from eval.batch import export_requests
    from ui.terminal.evaluation import own_shop
    from ui.terminal.showing import console

    with assembled(shop=shop, template=template, model="none") as program:
        shelf = program.knowledge(program.shop_id(shop or own_shop([suite])))
        count = asyncio.run(
            export_requests(
                suite,
                out,
                model=model,
                writer_with=lambda recorder: _writer(program, recorder),
                shop=shelf,
                repeats=repeats,
                splits=split or (),
            )
        )
    if as_json:
        say_json({"requests": count, "file": str(out)})
    else:
        console().print(f"{count} requests in {out}; send them, then: warmline eval import", soft_wrap=True)


def import_(
    suite: Suite,
    answers: Annotated[Path, typer.Argument(help="The batch's output, answers.jsonl.")],
    model: ModelName,
    shop: ShopName = None,
    template: Template = None,
    repeats: Repeats = 1,
    split: Splits = None,
    out: Annotated[Path, typer.Option(help="Where run folders go.")] = Path("runs"),
    as_json: Json = False,
) -> None:
    """Make a run of a batch's answers: scored like any other."""
    from eval.batch import import_answers
    from ui.terminal.evaluation import own_shop, run_progress, show_run

    with assembled(shop=shop, template=template, model="none") as program, run_progress() as progress:
        shelf = program.knowledge(program.shop_id(shop or own_shop([suite])))
        finished = asyncio.run(
            import_answers(
                suite,
                answers,
                model=model,
                writer_with=lambda replay: _writer(program, replay),
                shop=shelf,
                arm={"writer": "model", "model": model, "template": program.settings.template},
                out=out,
                repeats=repeats,
                splits=split or (),
                progress=progress,
            )
        )
    if as_json:
        say_json({**finished.summary, "run": str(finished.path)})
    else:
        show_run(finished)
    if not finished.complete:
        raise typer.Exit(5)


def _writer(program: "Warmline", model: "Model") -> "BulkWriter":
    from eval.bulk import writer_with

    return writer_with(program, model)
