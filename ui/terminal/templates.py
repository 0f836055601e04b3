"""`warmline prompts …`: the words we keep in files, listed, shown, filled in and linted."""

from pathlib import Path
from typing import Annotated, Any

import typer

from ui.terminal.assembling import assembled
from ui.terminal.output import say_json

app = typer.Typer(help="Templates, playbooks and rule packs.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Name = Annotated[str, typer.Argument(help="Template, like reply or reply@1; or a playbook's intent.")]
Language = Annotated[str, typer.Option("--language", "-l", help="zh or en.")]


@app.command(name="list")
def list_(as_json: Json = False) -> None:
    """Every template with its version, language and release, and every playbook."""
    from prompts.playbook import load_playbooks
    from prompts.template import load_templates
    from ui.terminal.showing import console, table

    templates = [
        {
            "template": each.id,
            "language": each.language,
            "released": each.released == each.hash,
            "hash": each.hash[:12],
            "purpose": each.purpose,
        }
        for each in load_templates().values()
    ]
    playbooks = [
        {"playbook": book.intent, "class": book.cls, "decisions": [each.id for each in book.decisions]}
        for book in load_playbooks().values()
    ]
    if as_json:
        say_json({"templates": templates, "playbooks": playbooks})
        return
    out = console()
    rows = [
        (
            each["template"],
            each["language"],
            "✓" if each["released"] else "draft",
            each["hash"],
            each["purpose"],
        )
        for each in templates
    ]
    out.print(table("Templates", ("template", "language", "released", "hash", "purpose"), rows))
    books = [(book["playbook"], book["class"], ", ".join(book["decisions"])) for book in playbooks]
    out.print(table("Playbooks", ("intent", "class", "decisions, first that fits"), books))


@app.command()
def show(name: Name, language: Language = "zh") -> None:
    """The file of a template or a playbook, as it stands."""
    import prompts
    from prompts.playbook import load_playbooks
    from prompts.template import find, load_templates
    from ui.terminal.showing import console

    if name in load_playbooks():
        path = Path(prompts.__file__).parent / "playbooks" / f"{name}.yaml"
    else:
        path = find(load_templates(), name, language).path
    console().print(path.read_text(encoding="utf-8"), markup=False)


@app.command()
def render(
    name: Name = "reply",
    ticket: Annotated[
        str | None, typer.Option("--ticket", help="A ticket as JSON: a file, or -; default: a demo ticket.")
    ] = None,
    shop: Annotated[str | None, typer.Option("--shop", help="Shop name, or the path of its folder.")] = None,
    as_json: Json = False,
) -> None:
    """What a model would be sent for a ticket, word for word, personal data masked."""
    from service.demo import demo_tickets
    from ui.terminal.reading import complete, read_text
    from ui.terminal.showing import console

    with assembled(shop=shop) as program:
        if ticket is None:
            one = demo_tickets()[0]
        else:
            one = complete(
                read_text(ticket), where="ticket", app=program, shop=shop, order=None, instruction=None
            )
        messages = program.prompt(one, name)
    if as_json:
        say_json([{"role": each.role, "content": each.text} for each in messages])
        return
    for each in messages:
        console().rule(each.role, align="left")
        console().print(each.text, markup=False)


@app.command()
def lint(as_json: Json = False) -> None:
    """Everything wrong with templates, playbooks, phrases, lexicons and rule packs."""
    from prompts.library import load_library
    from prompts.releasing import lint as lint_templates
    from prompts.rulepack import lint_rulepacks
    from ui.terminal.showing import console

    library = load_library()
    problems = [str(each) for each in (*lint_templates(), *lint_rulepacks(library.rulepacks))]
    if as_json:
        say_json(problems)
    else:
        for problem in problems:
            console(stderr=True).print(f"[red]✗[/] {problem}")
        counts = f"{len(library.templates)} templates, {len(library.playbooks)} playbooks"
        console().print(f"{'[green]✓[/] ' if not problems else ''}{counts}, {len(problems)} problems")
    if problems:
        raise typer.Exit(1)


@app.command()
def diff(
    old: Annotated[str, typer.Argument(help="Like reply@1.")],
    new: Annotated[str, typer.Argument(help="Like reply@2.")],
    language: Language = "zh",
) -> None:
    """What changed between two versions of a template."""
    from prompts.releasing import diff as changes
    from prompts.template import find, load_templates
    from ui.terminal.showing import console

    templates = load_templates()
    said = changes(find(templates, old, language), find(templates, new, language))
    console().print(said or "no difference", markup=False)


@app.command()
def release(
    name: Annotated[str, typer.Argument(help="Like reply@2.")],
    run: Annotated[Path | None, typer.Option(help="The run of that version which passed.")] = None,
    against: Annotated[Path | None, typer.Option("--against", help="The base run it passed against.")] = None,
    reason: Annotated[str, typer.Option(help="Why it is released without such a run.")] = "",
    by: Annotated[str, typer.Option(help="Who signs the release.")] = "",
) -> None:
    """Pin a version by hash: it needs a run that passed, or a reason and who signs it."""
    from datetime import UTC, datetime

    from prompts.promoting import Ground, promote
    from ui.terminal.showing import console

    verdict = _proof(name, run, against) if run and against else {}
    new = promote(name, Ground(by=by, reason=reason, verdict=verdict), at=datetime.now(UTC))
    console().print(f"[green]✓[/] {', '.join(new)}" if new else f"{name} was released before")


@app.command()
def ledger(as_json: Json = False) -> None:
    """Every release: when, by whom, on what proof."""
    from dataclasses import asdict

    from prompts.promoting import read_ledger
    from ui.terminal.showing import console, table

    entries = read_ledger()
    if as_json:
        say_json([asdict(each) for each in entries])
        return
    rows = [
        (each.at, each.template, each.by, each.reason or f"{each.verdict['outcome']}: {each.verdict['run']}")
        for each in entries
    ]
    console().print(table("Releases", ("at", "template", "by", "ground"), rows))


def _proof(name: str, run: Path, against: Path) -> dict[str, Any]:
    from eval.promoting import proof
    from eval.run import read_run
    from prompts.template import load_templates
    from ui.terminal.verdicts import verdict_of

    hashes = {each.key: each.hash for each in load_templates().values() if each.id == name}
    return proof(
        name,
        hashes,
        base=read_run(against),
        candidate=read_run(run),
        verdict=verdict_of(run, against),
    )
