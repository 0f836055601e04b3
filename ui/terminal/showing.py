"""How drafts, findings and tables look in the terminal."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ui.words import terminal_language, word

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress
    from rich.text import Text

    from retrieval.snippet import Snippet
    from service.analysis import Analysis, Fact
    from service.draft import Citation, Commitment, Draft, Finding
    from service.ticket import Ticket

SEVERITY_COLOURS = {"block": "bold red", "warn": "yellow", "hint": "cyan"}
SUPPORT_COLOURS = {"supported": "green", "unsupported": "yellow", "contradicted": "bold red"}
NEVER_FIRST = "，。、；：！？）】》”’,.;:!?)]}…"
NUMBERS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


def console(*, stderr: bool = False) -> "Console":
    """Where output goes; width and colour as the terminal allows."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False)


def w(key: str, /, **values: object) -> str:
    """A word in the terminal's language."""
    return word(key, terminal_language(), **values)


def show_ticket(ticket: "Ticket", out: "Console") -> None:
    """The conversation and the order, in short."""
    from rich.panel import Panel
    from rich.text import Text

    lines = Text()
    for turn in ticket.conversation[-8:]:
        who = w(turn.role)
        lines.append(f"{who}  ", style="bold cyan" if turn.role == "customer" else "dim")
        lines.append(turn.text.replace("\n", "\n      ") + "\n")
    if ticket.order:
        items = "、".join(f"{item.name or item.product_id} ×{item.qty}" for item in ticket.order.items)
        lines.append(f"{w('order')}  {ticket.order.order_id} · {ticket.order.status} · {items}", style="dim")
    lines.rstrip()
    out.print(Panel(lines, title=ticket.id, title_align="left", border_style="cyan"))


def show_draft(
    draft: "Draft", out: "Console", *, snippets: Sequence["Snippet"] = (), facts: Sequence["Fact"] = ()
) -> None:
    """A draft with what it rests on, what it commits to, and what the checks say."""
    from rich.panel import Panel

    out.print(f"[dim]{w('understood')}[/]  ", analysis_line(draft.analysis), sep="")
    numbers = _numbers(draft.citations)
    model = draft.provenance.model or ""
    title = w("draft_by_model", model=model) if draft.writer == "model" else w("draft_by_composer")
    out.print(
        Panel(
            folded(marked(draft.text, draft.citations, draft.findings, numbers), out.width - 6),
            title=f"[bold]{title}[/]",
            title_align="left",
            subtitle=f"[dim]{_ms(draft)}[/]",
            subtitle_align="right",
            border_style="red" if draft.blocked else "green",
            padding=(1, 2),
        )
    )
    if draft.provenance.fallback:
        out.print(f"[yellow]{w('fallback', reason=draft.provenance.fallback)}[/]")
    if draft.citations:
        out.print(citations_table(draft.citations, snippets, numbers))
    proving = {source for commitment in draft.commitments for source in commitment.by}
    if used := [fact for fact in facts if fact.key in proving and not fact.key.startswith("service.")]:
        out.print(facts_table(used))
    out.print(commitments_table(draft.text, draft.commitments))
    show_findings(draft.findings, out)
    if draft.blocked:
        out.print(f"[bold red]{w('blocked')}[/]")
    if draft.handover:
        out.print(Panel(draft.handover, title=w("handover"), title_align="left", border_style="magenta"))


def marked(
    text: str,
    citations: Iterable["Citation"],
    findings: Iterable["Finding"],
    numbers: dict[tuple[str, str], int],
) -> "Text":
    """The text with findings underlined and a number after each stretch that rests on a source."""
    from rich.text import Text

    shown = Text(text)
    for finding in findings:
        colour = SEVERITY_COLOURS[finding.severity]
        shown.stylize(f"underline {colour}", *finding.span)
    ends: dict[int, list[int]] = {}
    for citation in citations:
        number = numbers[citation.snippet, citation.version]
        ends.setdefault(citation.span[1], [])
        if number not in ends[citation.span[1]]:
            ends[citation.span[1]].append(number)
    pieces = Text()
    at = 0
    for end in sorted(ends):
        pieces.append_text(shown[at:end])
        pieces.append("".join(number_sign(each) for each in sorted(ends[end])), style="dim green")
        at = end
    pieces.append_text(shown[at:])
    return pieces


def folded(text: "Text", width: int) -> "Text":
    """The text broken at the width, Chinese in mid-line, never before a closing mark."""
    from rich.cells import cell_len
    from rich.text import Text

    plain, breaks, used = text.plain, [], 0
    for at, character in enumerate(plain):
        used = 0 if character == "\n" else used + cell_len(character)
        if used > width:
            start = at - 1 if character in NEVER_FIRST else at
            breaks.append(start)
            used = cell_len(plain[start : at + 1])
    return Text("\n").join(text.divide(breaks))


def number_sign(number: int) -> str:
    """A small sign for a source number."""
    return NUMBERS[number - 1] if number <= len(NUMBERS) else f"[{number}]"


def analysis_line(analysis: "Analysis") -> str:
    """The understanding, on one line."""
    parts = [" + ".join(analysis.intents), f"{analysis.emotion} {analysis.strength}/3"]
    if analysis.cause:
        parts.append(f"“{analysis.cause}”")
    if analysis.risks:
        parts.append("[red]" + ", ".join(analysis.risks) + "[/]")
    if analysis.missing:
        parts.append(f"{w('missing')}: {', '.join(analysis.missing)}")
    if analysis.escalation.needed:
        parts.append(f"[magenta]{w('escalate')}: {', '.join(analysis.escalation.reasons)}[/]")
    return " · ".join(parts)


def citations_table(
    citations: Sequence["Citation"], snippets: Sequence["Snippet"], numbers: dict[tuple[str, str], int]
) -> "RenderableType":
    """Each source once: number, address, version and validity, the sentence it rests on."""
    known = {snippet.key: snippet for snippet in snippets}
    quotes: dict[tuple[str, str], str] = {}
    for citation in citations:
        quotes.setdefault((citation.snippet, citation.version), citation.quote)
    rows = []
    for source, number in numbers.items():
        snippet = known.get("@".join(source))
        valid = validity(snippet) if snippet else source[1]
        rows.append((number_sign(number), source[0], valid, quotes[source]))
    return table(w("sources"), ("", "", "", ""), rows, styles=("green", "bold", "dim", ""))


def facts_table(facts: Sequence["Fact"]) -> "RenderableType":
    """Deadlines and amounts worked out in code, with their derivation."""
    rows = [(fact.key, fact.value, fact.derivation) for fact in facts]
    return table(w("computed"), ("", "", ""), rows, styles=("bold", "", "dim"))


def commitments_table(text: str, commitments: Sequence["Commitment"]) -> "RenderableType":
    """Every commitment of the text and what supports it."""
    rows = [
        (
            f"[{SUPPORT_COLOURS[each.support]}]{w(each.support)}[/]",
            each.kind,
            text[slice(*each.span)],
            ", ".join(each.by),
        )
        for each in commitments
    ]
    if not rows:
        return f"[dim]{w('commitments')}: {w('no_commitments')}[/]"
    return table(w("commitments"), ("", "", "", ""), rows, styles=("", "dim", "bold", "dim"))


def show_findings(findings: Sequence["Finding"], out: "Console") -> None:
    """Findings as sentences, gravest first."""
    if not findings:
        out.print(f"[green]✓[/] [dim]{w('findings')}: {w('nothing_found')}[/]")
        return
    rank = list(SEVERITY_COLOURS)
    for each in sorted(findings, key=lambda finding: rank.index(finding.severity)):
        colour = SEVERITY_COLOURS[each.severity]
        line = f"[{colour}]{w(each.severity)}[/] [bold]{each.type}[/] “{_escaped(each.quote)}”  "
        line += _escaped(each.said(terminal_language()))
        if each.fix:
            line += f" [dim]{w('fix')}: {_escaped(each.fix.replacement)}[/]"
        out.print(line)


def table(
    title: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    styles: Sequence[str] = (),
    right: Container[int] = (),
) -> "RenderableType":
    """A table without a frame. `right`: columns of figures."""
    from rich import box
    from rich.table import Table

    drawn = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD if any(headings) else None,
        show_header=any(headings),
        pad_edge=False,
    )
    for index, heading in enumerate(headings):
        drawn.add_column(
            heading,
            style=styles[index] if index < len(styles) else "",
            justify="right" if index in right else "left",
            overflow="fold",
        )
    for row in rows:
        drawn.add_row(*(str(cell) for cell in row))
    return drawn


def validity(snippet: "Snippet") -> str:
    """From when to when a snippet is in force."""
    start, end = snippet.effective_from, snippet.effective_to
    if end:
        return w("in_force_until", start=start or "", end=end)
    return w("in_force", start=start) if start else w("always_in_force")


@contextmanager
def progress_bar(total: int) -> Iterator[Callable[[], None]]:
    """A bar on standard error; call what it gives once per finished piece."""
    with bar() as shown:
        task = shown.add_task("", total=total)
        yield lambda: shown.advance(task)


@contextmanager
def sync_progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on standard error that appears with the first stage it is told of."""
    shown = bar()
    tasks: list[Any] = []

    def told(stage: str, done: int, total: int) -> None:
        if not tasks:
            shown.start()
            tasks.append(shown.add_task("", total=None))
        shown.update(tasks[0], description=w(f"stage_{stage}"), completed=done, total=total or None)

    try:
        yield told
    finally:
        shown.stop()


def bar(more: str = "") -> "Progress":
    """A progress bar on standard error that leaves nothing behind."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = [TextColumn("{task.description}"), BarColumn(bar_width=30), MofNCompleteColumn()]
    if more:
        columns.append(TextColumn(more))
    return Progress(*columns, TimeRemainingColumn(), console=console(stderr=True), transient=True)


def _numbers(citations: Iterable["Citation"]) -> dict[tuple[str, str], int]:
    sources = dict.fromkeys((each.snippet, each.version) for each in citations)
    return {source: number for number, source in enumerate(sources, start=1)}


def _ms(draft: "Draft") -> str:
    shown = draft.ms.get("total", draft.ms.get("instant", 0.0))
    return w("milliseconds", ms=f"{shown:.0f}")


def _escaped(text: str) -> str:
    from rich.markup import escape

    return escape(" ".join(text.split()))
