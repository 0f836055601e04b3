"""`warmline prompts …`: the words we keep in files, listed, shown, filled in and linted."""

from typing import Annotated

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
    from pathlib import Path

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
def release(name: Annotated[str, typer.Argument(help="Like reply@2.")]) -> None:
    """Pin a version by hash: from then on its files may not change."""
    from prompts.releasing import release as pin
    from ui.terminal.showing import console

    new = pin(name)
    console().print(f"[green]✓[/] {', '.join(new)}" if new else f"{name} was released before")
