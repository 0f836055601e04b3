"""The numbers page as Gradio has it: figures and bars of the latest drafts."""

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from prompts.taxonomy import load_taxonomy
from service.assembly import Warmline
from ui.bar import bar
from ui.desk.markup import Html, tag
from ui.desk.saying import Saying
from ui.numbers.counting import Numbers, count

if TYPE_CHECKING:
    import gradio as gr

LATEST = 500
"""Drafts that are looked back on."""
MOST_BARS = 12


async def numbers_of(app: Warmline) -> Numbers:
    """The figures of the latest drafts."""
    stored = await app.store.recent(limit=LATEST)
    kept = [(each, await app.store.outcomes(each.id)) for each in stored]
    return await asyncio.to_thread(count, kept)


def sheet(numbers: Numbers, say: Saying) -> Html:
    """All figures of the page."""
    if not numbers.drafts:
        return tag("p", say("num_none"), class_="empty")
    return tag(
        "div",
        tag("dl", _figures(numbers, say), class_="figures"),
        _bars("num_adoption", numbers.adoption, lambda name: say(f"num_{name}"), say),
        _bars("num_reasons", numbers.reasons, lambda name: say.named("desk_reason", name), say),
        _bars("num_intents", numbers.intents, say.intent, say),
        _bars("num_findings", numbers.findings, lambda name: say.named("finding", name), say),
        _bars("num_fallbacks", numbers.fallbacks, str, say),
        class_="cards",
    )


def _figures(numbers: Numbers, say: Saying) -> list[Html]:
    rows = [("num_drafts", str(numbers.drafts))]
    for name, (middle, slow) in numbers.times_ms.items():
        rows.append((f"num_{name}", say("num_spread", middle=f"{middle:.0f}", slow=f"{slow:.0f}")))
    if numbers.changed is not None:
        rows.append(("num_changed", f"{numbers.changed:.0%}"))
    if numbers.cost is not None:
        rows.append(("num_cost", f"{numbers.cost:.4f}"))
    return [tag("div", tag("dt", say(name)), tag("dd", value)) for name, value in rows]


def _bars(title: str, counts: Mapping[str, int], named: Callable[[str], str], say: Saying) -> Html | None:
    """A bar per name, with its count and its share of all."""
    if not counts:
        return None
    total, most = sum(counts.values()), max(counts.values())
    rows = [
        tag(
            "li",
            tag("span", named(name)),
            tag("progress", value=number, max=most, aria_label=named(name)),
            tag("span", f"{number} · {number / total:.0%}"),
        )
        for name, number in list(counts.items())[:MOST_BARS]
    ]
    return tag("section", tag("h3", say(title)), tag("ul", rows, class_="bars"), class_="card")


def make_numbers_page(app: Warmline, language: str) -> "gr.Blocks":
    """The numbers page in one language."""
    import gradio as gr

    say = Saying(language, load_taxonomy())

    async def show() -> Html:
        return sheet(await numbers_of(app), say)

    fast: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented"}
    own: dict[str, Any] = {"elem_classes": "panel", "sanitize_html": False, "latex_delimiters": []}
    with gr.Blocks(title=say("num_title"), analytics_enabled=False, fill_width=True) as blocks:
        gr.Markdown(bar(say, "numbers"), elem_id="top", **own)
        with gr.Column(elem_id="page"):
            shown = gr.Markdown("", elem_id="numbers", **own)
        blocks.load(show, None, [shown], **fast)
    blocks.queue(max_size=64, default_concurrency_limit=4)
    return blocks
