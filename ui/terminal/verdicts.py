"""`warmline eval compare|gate|report|regrade`: runs held against each other, and told."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.terminal.output import say_json

if TYPE_CHECKING:
    from eval.comparing import Comparison
    from eval.gate import MetricVerdict, Verdict
    from eval.judging.standing import Worth

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
RunFolder = Annotated[Path, typer.Argument(help="A run's folder, like runs/golden-1a2b3c4d.")]
COLOURS = {"PASS": "green", "IMPROVED": "bold green", "REGRESSED": "bold red"}


def compare(a: RunFolder, b: RunFolder, as_json: Json = False) -> None:
    """Two runs side by side: what moved, by metric, by family, and the drafts behind it."""
    from eval.comparing import compare as held_together
    from eval.run import read_run
    from ui.terminal.showing import console, table

    found = held_together(read_run(a), read_run(b))
    if as_json:
        say_json(asdict(found))
        return
    out = console()
    rows = [
        (name, f"{each.mean:+.3f}", f"{each.lower:+.3f} … {each.upper:+.3f}")
        for name, each in found.estimates.items()
    ]
    title = f"{found.a} → {found.b}: {found.changed_texts} drafts differ; {_told(found)}"
    out.print(table(title, ("metric", "change", "bounds"), rows, right=(1,)))
    families = [
        (each.family, f"{each.a:.2f} → {each.b:.2f}", each.won, each.lost) for each in found.families[:15]
    ]
    if families:
        out.print(table("families", ("family", "good", "won", "lost"), families, right=(2, 3)))
    for mover in found.movers[:6]:
        out.rule(f"{mover.scenario}: {mover.a:.2f} → {mover.b:.2f}", align="left")
        out.print(f"A: {mover.text_a}\nB: {mover.text_b}\n{mover.reason_b}", markup=False)


def gate(
    run: RunFolder,
    against: Annotated[Path, typer.Option("--against", help="The base run's folder.")],
    judge: Annotated[
        list[str] | None,
        typer.Option(help="A judge's metric that must decide, like judge.resolves; exit 6 if it may not."),
    ] = None,
    confirm: Annotated[
        list[str] | None, typer.Option(help="A blocker that a person confirmed, as scenario:metric.")
    ] = None,
    as_json: Json = False,
) -> None:
    """PASS, REGRESSED or INCONCLUSIVE against a base run; the exit code says so, too (0, 1, 3, 4, 5, 6)."""
    from ui.terminal.showing import console, table

    pairs = [(scenario, metric) for scenario, _, metric in (one.partition(":") for one in confirm or ())]
    verdict = verdict_of(run, against, must_decide=judge or (), confirmed=pairs)
    if as_json:
        say_json(asdict(verdict))
    else:
        out = console()
        rows = [_row(each) for each in verdict.metrics]
        title = f"{verdict.scenarios} scenarios in {verdict.families} families"
        out.print(table(title, ("metric", "outcome", "change", "bounds", ""), rows, right=(2,)))
        for blocker in verdict.blockers:
            out.print(f"[red]✗[/] {blocker.scenario} {blocker.metric}: {blocker.reason}", soft_wrap=True)
        for worth in judge_worths(run):
            out.print(str(worth), soft_wrap=True)
        colour = COLOURS.get(verdict.outcome, "yellow")
        out.print(f"[{colour}]{verdict.outcome}[/]  {'; '.join(verdict.reasons)}", soft_wrap=True)
    raise typer.Exit(verdict.exit_code)


def report(
    run: RunFolder,
    against: Annotated[Path | None, typer.Option("--against", help="A base run, for a verdict.")] = None,
) -> None:
    """Write report.html, report.md and junit.xml into the run's folder."""
    from eval.reporting.page import gather
    from eval.reporting.rendering import write_reports
    from eval.run import read_run
    from ui.terminal.showing import console

    base = read_run(against) if against else None
    verdict = verdict_of(run, against) if against else None
    page = gather(read_run(run), base=base, verdict=verdict, worths=judge_worths(run))
    for path in write_reports(page, run).values():
        console().print(str(path), soft_wrap=True)


def regrade(
    run: RunFolder,
    out: Annotated[Path, typer.Option(help="Folder of the regraded run; must be new.")],
    suite: Annotated[
        str | None, typer.Option(help="A suite whose expectations replace the stored ones.")
    ] = None,
) -> None:
    """Score a run's stored drafts again, with today's checks."""
    from eval.regrading import regrade as scored_again
    from eval.suite import read_suite
    from ui.terminal.evaluation import show_run

    show_run(scored_again(run, out, suite=read_suite(suite) if suite else None))


def blame(
    real: RunFolder,
    golden: Annotated[Path, typer.Option(help="The run made with --knowledge golden.")],
    none: Annotated[Path | None, typer.Option(help="The run made with --knowledge none.")] = None,
    as_json: Json = False,
) -> None:
    """Whose a failure is: retrieval's, the policy's or the writer's, from runs given other knowledge."""
    from collections import Counter

    from eval.ablating import blame as culprits
    from eval.run import read_run
    from ui.terminal.showing import console, table

    found = culprits(read_run(real), read_run(golden), read_run(none) if none else None)
    counts = dict(Counter(found.values()))
    if as_json:
        say_json({"counts": counts, "scenarios": found})
        return
    rows = sorted(found.items(), key=lambda each: (each[1], each[0]))
    console().print(table(f"{counts}", ("scenario", "whose"), rows))


def verdict_of(
    run: Path,
    against: Path,
    *,
    must_decide: Sequence[str] = (),
    confirmed: Sequence[tuple[str, str]] = (),
) -> "Verdict":
    """The gate's verdict, with what this machine knows of the judge. Raises EvalError."""
    from datetime import date

    from eval.gate import gate as verdict_on
    from eval.judging.standing import refusals
    from eval.run import read_run
    from service.settings import read_settings
    from ui.terminal.judging import certificates

    candidate = read_run(run)
    standing = refusals(candidate, certificates=certificates(read_settings()), today=date.today())
    return verdict_on(
        read_run(against), candidate, standing=standing, must_decide=must_decide, confirmed=confirmed
    )


def judge_worths(run: Path) -> "list[Worth]":
    """What each judge's share of the run is worth in true units, where it has a certificate."""
    from eval.judging.standing import worths
    from eval.run import read_run
    from service.settings import read_settings
    from ui.terminal.judging import certificates

    return worths(read_run(run), certificates=certificates(read_settings()))


def _told(found: "Comparison") -> str:
    """What a draft takes and the run costs, before and after."""
    ms, cost = found.ms, found.cost
    said = f"{ms[0]:.0f} → {ms[1]:.0f} ms per draft"
    return said + (f", cost {cost[0]:.4f} → {cost[1]:.4f}" if any(cost) else "")


def _row(each: "MetricVerdict") -> tuple[str, ...]:
    estimate = each.estimate
    change = f"{estimate.mean:+.3f}" if estimate else "—"
    bounds = f"{estimate.lower:+.3f} … {estimate.upper:+.3f}" if estimate else ""
    colour = COLOURS.get(each.outcome, "yellow")
    note = f"shown only: {'; '.join(each.refused)}" if each.refused else each.note
    return each.metric, f"[{colour}]{each.outcome}[/]", change, bounds, note
