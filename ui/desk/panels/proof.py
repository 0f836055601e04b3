"""How the draft came about and what holds it up: stages, findings, sources, commitments."""

import json
from collections.abc import Iterable, Mapping, Sequence

from retrieval.snippet import Snippet
from service.analysis import Analysis
from service.draft import Citation, Commitment, Draft, Finding
from ui.desk.markup import Html, tag
from ui.desk.saying import Saying, number_sign

STAGES = ("understand", "retrieve", "instant", "model", "check")
QUOTE_CHARS = 40
RANK = {"block": 0, "warn": 1, "hint": 2}


def progress(
    reached: str,
    say: Saying,
    *,
    draft: Draft | None = None,
    model: bool = False,
    note: str = "",
    stale: bool = False,
) -> Html:
    """The stages of a draft, as far as it came, and how the message was understood.

    `reached`: the stage at work; `done`: all are through.
    """
    at = len(STAGES) if reached == "done" else STAGES.index(reached)
    steps = []
    for index, stage in enumerate(STAGES):
        skipped = stage == "model" and not model
        state = "skipped" if skipped else "done" if index < at else "now" if index == at else "ahead"
        steps.append(
            tag(
                "li",
                say(f"desk_stage_{stage}"),
                class_=state,
                title=say("desk_no_model") if skipped else None,
            )
        )
    return tag(
        "div",
        tag("ol", steps, _writer(draft, say), class_="stages", aria_label=say("desk_stages")),
        _stale(say) if stale else None,
        tag("p", note, class_="note") if note else None,
        understood(draft.analysis, say) if draft else None,
        _handover(draft, say),
        class_="progress",
        data_streaming="yes" if reached == "model" else None,
    )


def _stale(say: Saying) -> Html:
    """The customer wrote again: the draft answers what was said before."""
    again = tag("button", say("desk_redraft"), data_do="again", class_="go")
    return tag("p", say("desk_stale"), " ", again, class_="note stale", role="alert")


def _writer(draft: Draft | None, say: Saying) -> Html | None:
    """Who wrote, and how long it took."""
    if draft is None:
        return None
    who = draft.provenance.model if draft.writer == "model" else say("desk_composer")
    took = draft.ms.get("total", draft.ms.get("instant"))
    shown = f"{who} · {say('milliseconds', ms=f'{took:.0f}')}" if took is not None else who
    return tag("li", shown, class_="by")


def _handover(draft: Draft | None, say: Saying) -> Html | None:
    if draft is None or not draft.handover:
        return None
    return tag("details", tag("summary", say("handover")), tag("p", draft.handover), class_="handover")


def understood(analysis: Analysis, say: Saying) -> Html:
    """What the customer wants and feels, and what to be careful of."""
    chips = [tag("span", say.intent(each), class_="chip") for each in analysis.intents]
    if analysis.strength or analysis.emotion != "calm":
        feeling = say.named("emotion", analysis.emotion)
        dots = tag("span", "●" * analysis.strength + "○" * (3 - analysis.strength), class_="dots")
        chips.append(
            tag("span", feeling, " ", dots, class_=f"chip mood s{analysis.strength}", title=analysis.cause)
        )
    chips += [tag("span", say.risk(each), class_="chip bad") for each in analysis.risks]
    if analysis.escalation.needed:
        reasons = ", ".join(say.risk(each) for each in analysis.escalation.reasons)
        chips.append(tag("span", say("escalate"), class_="chip bad", title=reasons))
    return tag("div", chips, class_="chips understood")


def findings(text: str, found: Sequence[Finding], say: Saying, *, ticket: str = "") -> Html:
    """What the checks say about a text, gravest first, each with its mending."""
    ordered = sorted(found, key=lambda each: RANK[each.severity])
    blocking = sum(each.severity == "block" for each in found)
    title = say("desk_findings", count=len(ordered)) if ordered else say("desk_clean")
    return tag(
        "div",
        tag("h3", title, class_="bad" if blocking else "good" if not ordered else None),
        tag("ul", [_finding(each, say, text) for each in ordered]) if ordered else None,
        class_="findings",
        data_blocked="yes" if blocking else None,
        data_ticket=ticket,
        data_checked=fingerprint(text),
        data_spans=json.dumps([[*each.span, each.severity] for each in ordered]),
        role="status",
    )


def _finding(each: Finding, say: Saying, text: str) -> Html:
    start, end = (each.fix.span if each.fix else None) or each.span
    fix = (
        tag(
            "button",
            say("desk_fix") if each.fix.replacement else say("desk_cut"),
            tag("q", each.fix.replacement) if each.fix.replacement else None,
            class_="fix",
            data_do="fix",
            data_start=start,
            data_end=end,
            data_quote=text[start:end],
            data_with=each.fix.replacement,
        )
        if each.fix
        else None
    )
    head = tag(
        "span",
        tag("b", say(each.severity), class_=f"badge is-{each.severity}"),
        tag("strong", say.named("finding", each.type)),
        tag("q", _short(each.quote)) if each.quote else None,
        class_="top",
        data_do="show" if each.quote else None,
        data_start=each.span[0],
        data_end=each.span[1],
    )
    return tag(
        "li", head, tag("p", each.said(say.language)), fix, class_=f"is-{each.severity}", title=each.source
    )


def sources(text: str, citations: Iterable[Citation], known: Mapping[str, Snippet], say: Saying) -> Html:
    """Each source once: number, quoted sentence, address, version, validity; its whole text opens."""
    first: dict[tuple[str, str], Citation] = {}
    for citation in citations:
        first.setdefault((citation.snippet, citation.version), citation)
    if not first:
        return tag("p", say("desk_no_sources"), class_="empty")
    rows = [
        _source(number, citation, known.get(f"{citation.snippet}@{citation.version}"), text, say)
        for number, citation in enumerate(first.values(), start=1)
    ]
    return tag("ol", rows, class_="sources")


def _source(number: int, citation: Citation, snippet: Snippet | None, text: str, say: Saying) -> Html:
    quote = citation.quote or (snippet.text[:120] if snippet else "")
    address = tag("code", citation.snippet)
    facts = " · ".join(filter(None, [f"v{citation.version}", say.validity(snippet) if snippet else ""]))
    whole = (
        tag("details", tag("summary", say("desk_whole")), tag("p", snippet.heading), tag("p", snippet.text))
        if snippet
        else None
    )
    start, end = citation.span
    return tag(
        "li",
        tag("span", number_sign(number), class_="number"),
        tag("blockquote", quote),
        tag("small", address, " ", facts),
        whole,
        data_do="show",
        data_words=text[start:end],
    )


def ledger(text: str, commitments: Sequence[Commitment], say: Saying) -> Html:
    """Every commitment of a text and what supports it."""
    if not commitments:
        return tag("p", say("no_commitments"), class_="empty")
    rows = [
        tag(
            "li",
            tag("b", say(each.support), class_=f"badge {each.support}"),
            tag("strong", text[slice(*each.span)]),
            tag("small", say.named("kind", each.kind), " · " if each.by else "", ", ".join(each.by)),
            data_do="show",
            data_start=each.span[0],
            data_end=each.span[1],
        )
        for each in commitments
    ]
    return tag("ul", rows, class_="ledger")


def _short(quote: str) -> str:
    line = " ".join(quote.split())
    return line if len(line) <= QUOTE_CHARS else line[: QUOTE_CHARS - 1] + "…"


def fingerprint(text: str) -> str:
    """A short number of a text that the browser works out alike (FNV-1a over code points)."""
    value = 0x811C9DC5
    for char in text:
        value = ((value ^ ord(char)) * 0x01000193) & 0xFFFFFFFF
    return f"{value:08x}"
