"""`warmline eval …`: was it good?"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ui.terminal import batches, judging, verdicts
from ui.terminal.assembling import assembled
from ui.terminal.output import say_json

if TYPE_CHECKING:
    from eval.ablating import Given
    from eval.bulk import BulkWriter
    from eval.hands import Hands
    from eval.run import Run
    from eval.session import Progress
    from service.assembly import Warmline

app = typer.Typer(help="Was it good? Suites run, judged, compared, gated, told.", no_args_is_help=True)

app.command()(verdicts.compare)
app.command()(verdicts.gate)
app.command()(verdicts.report)
app.command()(verdicts.regrade)
app.command()(verdicts.blame)
app.command()(judging.calibrate)
app.command()(judging.prefer)
app.command()(judging.diagnose)
app.command("export")(batches.export)
app.command("import")(batches.import_)

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
    allow_drift: Annotated[
        bool, typer.Option("--allow-drift", help="Go on in a folder begun with something else.")
    ] = False,
    knowledge: Annotated[
        str, typer.Option(help="What the writer is given: real, golden (the right sections) or none.")
    ] = "real",
    judge: Annotated[
        bool, typer.Option("--judge", help="Ask the judge, too; its canaries run first.")
    ] = False,
    judge_model: judging.JudgeModel = None,
    criterion: judging.Criteria = None,
    on: Annotated[str, typer.Option(help="local, or dask: a cluster on this machine.")] = "local",
    scheduler: Annotated[str | None, typer.Option(help="Address of a Dask scheduler, tcp://…")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes of --on dask.")] = 2,
    as_json: Json = False,
) -> None:
    """Draft and score every scenario; a run that was interrupted goes on where it stopped."""
    from eval.ablating import read_given
    from eval.limiting import Limiter
    from eval.running import run as run_suite

    given = read_given(knowledge)
    with assembled(shop=shop, model=model, template=template) as program:
        program.require_model_and_template()
        shelf = program.knowledge(program.shop_id(shop or own_shop(suites)))
        writer = _writer(program, suites, given)
        limiter = Limiter(most=concurrency)
        jury = None
        if judge:
            jury = judging.make_jury(program, shelf, judge_model, criterion, limiter=limiter)
        cluster = _cluster(on, scheduler, workers, shelf.shop.id, program, given, suites)

        async def go() -> "Run":
            with run_progress() as progress:
                try:
                    finished = await run_suite(
                        suites,
                        writer=writer,
                        shop=shelf,
                        out=out,
                        repeats=repeats,
                        concurrency=concurrency,
                        progress=progress,
                        arm=arm_of(program, given),
                        name=name,
                        splits=split or (),
                        only=only or (),
                        allow_drift=allow_drift,
                        fallback_fails=program.model is not None,
                        jury=jury,
                        hands=cluster,
                        limiter=limiter,
                    )
                    if jury:
                        await judging.stand_trial(jury, finished.path)
                    return finished
                finally:
                    await writer.close()
                    await program.close()
                    if jury:
                        await jury.judge.model.aclose()

        try:
            finished = asyncio.run(go())
        except KeyboardInterrupt:
            typer.echo("interrupted; the same command goes on where it stopped", err=True)
            raise
    if as_json:
        say_json({**finished.summary, "run": str(finished.path)})
    else:
        show_run(finished)
    if not finished.complete:
        raise typer.Exit(5)
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
    from eval.linting import mutation
    from eval.suite import SHIPPED, read_suite
    from ui.terminal.showing import console

    names = suites or sorted(path.name for path in SHIPPED.iterdir() if path.is_dir())
    with assembled(shop=shop) as program:
        shelf = program.knowledge(program.shop_id(shop or own_shop(names)))
        suites_read = {name: read_suite(name) for name in names}
        found = {name: lint_suite(one, shelf=shelf, examiner=program) for name, one in suites_read.items()}
    problems = [problem for each in found.values() for problem in each]
    errors = [problem for problem in problems if problem.severity == "error"]
    if as_json:
        say_json([str(problem) for problem in problems])
    else:
        for problem in problems:
            sign = "[red]✗[/]" if problem.severity == "error" else "[yellow]![/]"
            console(stderr=True).print(sign, str(problem), soft_wrap=True, markup=True)
        for name, each in found.items():
            sign = "[red]✗[/]" if any(one.severity == "error" for one in each) else "[green]✓[/]"
            console().print(f"{sign} {name}: {mutation(suites_read[name], each)}", soft_wrap=True)
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
            if progress.eta_s is not None and progress.done < progress.total:
                more += f" · {progress.eta_s:.0f} s left"
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


def _writer(program: "Warmline", suites: Sequence[str], given: "Given") -> "BulkWriter":
    from eval.ablating import Ablation
    from eval.bulk import bulk_writer
    from eval.suite import read_suite

    if given == "real":
        return bulk_writer(program)
    scenarios = {one.id: one for one in read_suite(*suites).scenarios}
    return bulk_writer(program, knowledge_for=Ablation(given, scenarios))


def _cluster(
    on: str,
    scheduler: str | None,
    workers: int,
    shop: str,
    program: "Warmline",
    given: "Given",
    suites: Sequence[str],
) -> "Hands | None":
    if on == "local" and not scheduler:
        return None
    if on not in ("local", "dask"):
        raise typer.BadParameter(f"--on {on}: expected local or dask")
    from eval.adapters.dask_hands import DaskHands
    from eval.bulk import Recipe

    recipe = Recipe(settings=program.settings, shop=shop, given=given, suites=tuple(suites))
    return DaskHands(recipe=recipe, workers=workers, scheduler=scheduler)


def arm_of(program: "Warmline", given: "Given" = "real") -> dict[str, Any]:
    """Who writes: what a run's identity and a release rest on."""
    settings, ablated = program.settings, {} if given == "real" else {"knowledge": given}
    if program.model is None:
        return {"writer": "composer", **ablated}
    from prompts.template import find

    templates = [find(program.library.templates, settings.template, one) for one in ("zh", "en")]
    plan = program.models.plan if program.models else None
    use = plan.use("draft") if plan else None
    return {
        "writer": "model",
        "model": settings.model_name,
        "endpoint": program.model.endpoint,
        "template": templates[0].id,
        "template_hashes": {one.key: one.hash for one in templates},
        "parameters": use.parameters if use else {},
        "prices": {name: one.model_dump() for name, one in plan.prices.items()} if plan else {},
        **ablated,
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
