"""The command line: one tool, every command, one line for every mistake."""

import sys

import typer

from ui.terminal import drafts, evaluation, knowledge, serving, summary, templates
from ui.terminal.rooms import said_by_a_room

app = typer.Typer(
    name="warmline",
    help="Customer-service drafts that are warm and stay in line with policy.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(drafts.demo)
app.command()(drafts.draft)
app.command()(drafts.check)
app.command()(drafts.rewrite)
app.command()(summary.summary)
app.add_typer(knowledge.app, name="kb")
app.add_typer(templates.app, name="prompts")
app.add_typer(evaluation.app, name="eval")
app.command()(serving.serve)
app.command()(serving.doctor)


def main() -> None:
    """Run a command; a mistake a person can mend is one line on standard error and exit code 2."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing is left to say, to anyone.
        sys.stderr.close()
        sys.exit(141)
    except Exception as error:
        if not said_by_a_room(error):
            raise
        print(f"warmline: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(getattr(error, "exit_code", 2))
