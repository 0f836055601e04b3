"""`warmline eval …`: was it good?"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.terminal import verdicts
from ui.terminal.assembling import assembled
from ui.terminal.output import say_json

if TYPE_CHECKING:
    from eval.run import Run
    from eval.running import Progress
    from service.assembly import Warmline

app = typer.Typer(help="Scenario suites: run, lint, report.", no_args_is_help=True)

app.command()(verdicts.compare)
app.command()(verdicts.gate)
app.command()(verdicts.report)
app.command()(verdicts.regrade)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Suites = Annotated[
    list[str], typer.Argument(help="Suite names (golden, smoke…) or folders and files of scenarios.")
]
ShopName = Annotated[str | None, typer.Option("--shop", help="Shop name, or the path of its folder.")]


@app.command()
def run(
    suites: Suites,
    shop: ShopName = None,
    model: Annotated[str | None, typer.Option(help="Model to ask; none: the composer alone.")] = None,
    template: Annotated[str | None, typer.Option(help="Template, like reply@1.")] = None,
    repeats: Annotated[int, typer.Option(min=1, max=50)] = 1,
    concurrency: Annotated[int, typer.Option(min=1, max=512)] = 8,
    split: Annotated[list[str] | None, typer.Option(help="Only these splits.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only these scenario ids.")] = None,
    out: Annotated[Path, typer.Option(help="Where run folders go.")] = Path("runs"),
    name: Annotated[str | None, typer.Option(help="Name of the run folder.")] = None,
    allow_drift: Annotated[bool, typer.Option("--allow-drift")] = False,
    as_json: Json = False,
) -> None:
    """Draft and score every scenario; a run that was interrupted goes on where it stopped."""
    from eval.running import run as run_suite

    with assembled(shop=shop, model=model, template=template) as program:
        program.require_model_and_template()
        shelf = program.knowledge(program.shop_id(shop or own_shop(suites)))

        async def go() -> "Run":
            with run_progress() as progress:
                try:
                    return await run_suite(
                        suites,
                        writer=program,
                        shop=shelf,
                        out=out,
                        repeats=repeats,
                        concurrency=concurrency,
                        progress=progress,
                        arm=_arm(program),
                        name=name,
                        splits=split or (),
                        only=only or (),
                        allow_drift=allow_drift,
                    )
                finally:
                    await program.close()

        finished = asyncio.run(go())
    if as_json:
        say_json({**finished.summary, "run": str(finished.path)})
    else:
        show_run(finished)
    if finished.summary["blockers"]:
        raise typer.Exit(1)


@app.command()
def lint(
    suites: Annotated[list[str] | None, typer.Argument(help="Suites; default: all that are shipped.")] = None,
    shop: ShopName = None,
    as_json: Json = False,
) -> None:
    """Everything wrong with scenario files: references must pass their checks, bad replies must fail."""
    from eval.linting import lint as lint_suite
    from eval.suite import SHIPPED, read_suite
    from ui.terminal.showing import console

    names = suites or sorted(path.name for path in SHIPPED.iterdir() if path.is_dir())
    with assembled(shop=shop) as program:
        shelf = program.knowledge(program.shop_id(shop or own_shop(names)))
        problems = [
            problem
            for name in names
            for problem in lint_suite(read_suite(name), shelf=shelf, examiner=program)
        ]
    errors = [problem for problem in problems if problem.severity == "error"]
    if as_json:
        say_json([str(problem) for problem in problems])
    else:
        for problem in problems:
            sign = "[red]✗[/]" if problem.severity == "error" else "[yellow]![/]"
            console(stderr=True).print(sign, str(problem), soft_wrap=True, markup=True)
        if not errors:
            console().print(f"[green]✓[/] {', '.join(names)}")
    if errors:
        raise typer.Exit(2)


@app.command()
def schema() -> None:
    """The JSON Schema of scenario files, for editors."""
    from eval.schema import schema_text

    typer.echo(schema_text(), nl=False)


@contextmanager
def run_progress() -> "Iterator[Callable[[Progress], None]]":
    """A live bar: done of total, failures, rate, time left, cost so far."""
    from ui.terminal.showing import bar

    with bar("{task.fields[more]}") as shown:
        task = shown.add_task("", total=None, more="")

        def told(progress: "Progress") -> None:
            more = f"{progress.rate:.1f}/s"
            if progress.failures:
                more += f" · {progress.failures} failed"
            if progress.cost:
                more += f" · {progress.cost:.4f}"
            shown.update(task, completed=progress.done, total=progress.total, more=more)

        yield told


def own_shop(suites: Sequence[str]) -> str | None:
    """The shop that the scenarios name, if it is one that ships with the project; else the default shop."""
    from eval.suite import read_suite
    from retrieval.folder import shipped_shops

    named = {scenario.shop for scenario in read_suite(*suites).scenarios}
    return named.pop() if len(named) == 1 and named <= set(shipped_shops()) else None


def _arm(program: "Warmline") -> dict[str, Any]:
    settings = program.settings
    if program.model is None:
        return {"writer": "composer"}
    return {
        "writer": "model",
        "model": settings.model_name,
        "endpoint": settings.base_url,
        "template": settings.template,
        "temperature": settings.temperature,
        "max_tokens": settings.max_tokens,
    }


def show_run(finished: "Run") -> None:
    """The table at the end of a run, and what blocks."""
    from eval.summary import table as rows_of
    from ui.terminal.showing import console, table

    out = console()
    rows = [
        (
            row.layer,
            row.metric,
            "—" if row.value is None else f"{row.value:.3f}",
            row.scenarios,
            row.failed or "",
            row.missing or "",
            row.means,
        )
        for row in rows_of(finished)
    ]
    summary = finished.summary
    title = f"{summary['suite']}: {summary['scenarios']} scenarios in {summary['families']} families"
    out.print(
        table(
            title,
            ("layer", "metric", "mean", "scenarios", "failed", "missing", "what it says"),
            rows,
            styles=("dim", "bold", "", "dim", "red", "yellow", "dim"),
            right=(2, 3, 4, 5),
        )
    )
    for blocker in summary["blockers"][:20]:
        out.print(f"[red]✗[/] {blocker}", soft_wrap=True)
    out.print(f"[dim]{finished.path}[/]")
