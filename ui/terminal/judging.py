"""`warmline eval calibrate|prefer`, and the jury of a run: what only a judge can tell."""

import asyncio
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.terminal.assembling import assembled
from ui.terminal.output import say_json

if TYPE_CHECKING:
    from eval.judging.calibrating import Certificate
    from eval.judging.judge import Judge
    from eval.judging.jury import JudgeJury
    from eval.judging.preferring import Preferences
    from eval.limiting import Limiter
    from eval.metrics.score import Score
    from eval.seams import Shelf
    from service.assembly import Warmline
    from service.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
RunFolder = Annotated[Path, typer.Argument(help="A run's folder, like runs/golden-1a2b3c4d.")]
JudgeModel = Annotated[
    str | None, typer.Option("--judge-model", help="Another model than the settings name.")
]
ShopName = Annotated[str | None, typer.Option("--shop", help="Shop name, or the path of its folder.")]
Criteria = Annotated[
    list[str] | None, typer.Option("--criterion", help="Ask only these (eval/criteria.yaml); default: all.")
]
CANARIES = "canary"
AT_ONCE = 32
"""Verdicts asked for at a time, where no run says otherwise."""


def certificates(settings: "Settings") -> Path:
    """Where the certificates of judges are kept."""
    return settings.home / "certificates"


def make_judge(program: "Warmline", name: str | None, *, limiter: "Limiter | None" = None) -> "Judge":
    """The judge of the settings, its verdicts kept. Raises SettingsError.

    `limiter` is the drafting model's: it is shared where the judge stands at the same endpoint.
    """
    from eval.adapters.chat import judge_model
    from eval.judging.judge import Judge
    from eval.limiting import Limiter
    from service.adapters.answer_cache import SqliteAnswers

    settings, model = program.settings, judge_model(program.settings, name)
    kept = settings.answer_cache is not False
    shared = limiter if program.model and program.model.endpoint == model.endpoint else None
    return Judge(
        model=model,
        templates=program.library.templates,
        limiter=shared or Limiter(most=limiter.most if limiter else AT_ONCE),
        answers=SqliteAnswers(settings.home / "verdicts.db") if kept else None,
    )


def make_jury(
    program: "Warmline",
    shelf: "Shelf",
    name: str | None,
    criteria: Sequence[str] | None,
    *,
    limiter: "Limiter",
) -> "JudgeJury":
    """The jury of a run. Raises EvalError naming a criterion there is none of."""
    from eval.judging.criterion import chosen
    from eval.judging.jury import JudgeJury

    judge = make_judge(program, name, limiter=limiter)
    return JudgeJury(judge=judge, criteria=chosen(criteria or ()), shelf=shelf)


async def stand_trial(jury: "JudgeJury", folder: Path) -> None:
    """Runs the canaries and puts beside the run what came of them."""
    from eval.judging.jury import write_standing
    from eval.suite import read_suite

    write_standing(folder, jury, await jury.canaries(read_suite(CANARIES)))


def calibrate(
    run: RunFolder,
    labels: Annotated[Path, typer.Option(help="People's labels, one JSON object per line.")],
    criterion: Criteria = None,
    judge_model: JudgeModel = None,
    shop: ShopName = None,
    as_json: Json = False,
) -> None:
    """What the judge's word is worth, from people's labels; a certificate where it is worth a vote."""
    from eval.judging.calibrating import calibrate as certify
    from eval.judging.calibrating import judged
    from eval.judging.criterion import chosen
    from eval.judging.jury import exhibit_of
    from eval.judging.labels import read_labels
    from eval.judging.standing import keep_certificate
    from eval.run import read_run

    found, finished, made = read_labels(labels), read_run(run), {}
    named = criterion or sorted({place[2] for place in found.truth})
    with assembled(shop=shop) as program:
        shelf = program.knowledge(program.shop_id(shop or finished.manifest["shop"]))
        judge = make_judge(program, judge_model)
        units = {unit.key: unit for unit in finished.units}
        scenarios = {one.id: one for one in finished.scenarios}

        async def go() -> None:
            for name, one in chosen(named).items():
                shown = {}
                for (scenario, repeat, about), human in found.truth.items():
                    unit = units.get((scenario, repeat))
                    exhibit = exhibit_of(unit, scenarios[scenario], shelf) if unit and about == name else None
                    if exhibit:
                        shown[f"{scenario}[{repeat}]"] = (exhibit, human)
                seen = await judged(judge, shown, name=name, criterion=one)
                made[name] = certify(seen, fingerprint=judge.fingerprint(one), today=date.today())
            await judge.model.aclose()

        asyncio.run(go())
        for certificate in made.values():
            keep_certificate(certificates(program.settings), certificate)
    _show_certificates(made, found.agreement, found.alone, len(found.open), as_json=as_json)
    if any(one.refusals(one.fingerprint, date.today()) for one in made.values()):
        raise typer.Exit(6)


def prefer(
    a: RunFolder, b: RunFolder, judge_model: JudgeModel = None, shop: ShopName = None, as_json: Json = False
) -> None:
    """Blind A/B of two runs: which drafts the judge would rather send, asked in both orders."""
    from eval.judging.preferring import prefer as compared
    from eval.judging.preferring import write_preferences
    from eval.run import read_run
    from ui.terminal.showing import console

    one, other = read_run(a), read_run(b)
    with assembled(shop=shop) as program:
        shelf = program.knowledge(program.shop_id(shop or one.manifest["shop"]))
        judge = make_judge(program, judge_model)

        async def go() -> "Preferences":
            found = await compared(one, other, judge=judge, shelf=shelf)
            await judge.model.aclose()
            return found

        found = asyncio.run(go())
    path = b / f"preferences-over-{a.name}.jsonl"
    write_preferences(path, found)
    estimate, counts = found.estimate, dict(found.counts)
    if as_json:
        mean = estimate.mean if estimate else None
        say_json({"counts": counts, "swaps": found.swaps, "mean": mean, "file": str(path)})
        return
    out = console()
    out.print(f"{found.b} over {found.a}: {counts}; {found.swaps:.0%} of pairs changed with the order")
    if estimate:
        out.print(f"mean {estimate.mean:+.3f} ({estimate.t_lower:+.3f} … {estimate.upper:+.3f}) by family")
    out.print(f"[dim]{path}[/]", soft_wrap=True)


def diagnose(
    run: RunFolder, judge_model: JudgeModel = None, shop: ShopName = None, as_json: Json = False
) -> None:
    """ragas metrics on stored drafts, asked in Chinese: diagnostics that never gate."""
    from eval.adapters.ragas_metrics import diagnostics, read_prompts
    from eval.diagnosing import diagnose_run, told_of
    from eval.run import read_run
    from retrieval.embedding import HashedEmbedder
    from ui.terminal.showing import bar, console, table

    finished, prompts = read_run(run), read_prompts()
    with assembled(shop=shop) as program, bar("drafts") as shown:
        shelf = program.knowledge(program.shop_id(shop or finished.manifest["shop"]))
        judge, embedder = make_judge(program, judge_model), program.embedder or HashedEmbedder()
        task = shown.add_task("", total=None)
        metrics = diagnostics(judge, embed=lambda text: embedder.embed([text])[0].tolist(), prompts=prompts)

        async def go() -> "dict[str, list[Score]]":
            found = await diagnose_run(
                finished,
                metrics,
                shelf=shelf,
                prompts=prompts.hash,
                told=lambda done, total: shown.update(task, completed=done, total=total),
            )
            await judge.model.aclose()
            return found

        found = asyncio.run(go())
    rows = [(name, *told_of(scores)) for name, scores in found.items()]
    if as_json:
        say_json([dict(zip(("metric", "mean", "scored", "without"), row, strict=True)) for row in rows])
        return
    head = ("metric", "mean", "scored", "without a score")
    console().print(table("ragas, diagnostic only", head, rows, right=(1, 2)))


def _show_certificates(
    made: "dict[str, Certificate]", agreement: float, alone: int, unsettled: int, *, as_json: bool
) -> None:
    from dataclasses import asdict

    from ui.terminal.showing import console, table

    today = date.today()
    if as_json:
        shown = {
            name: {**asdict(one), "refusals": one.refusals(one.fingerprint, today)}
            for name, one in made.items()
        }
        say_json({"agreement": agreement, "alone": alone, "unsettled": unsettled, "certificates": shown})
        return
    rows = [
        (
            name,
            one.labels,
            *(f"{value:.2f} ({low:.2f}–{high:.2f})" for value, low, high in (one.tpr, one.tnr, one.kappa)),
            f"{one.flips:.0%}",
            "; ".join(one.refusals(one.fingerprint, today)) or f"may decide until {one.expires}",
        )
        for name, one in made.items()
    ]
    head = ("criterion", "labels", "TPR", "TNR", "κ", "flips", "")
    title = f"people agree with κ {agreement:.2f}; {alone} labelled by one alone, {unsettled} unsettled"
    console().print(table(title, head, rows, right=(1,)))
