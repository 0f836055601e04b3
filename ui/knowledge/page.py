"""The knowledge page as Gradio has it: how the knowledge stands, a search, conflicts and gaps."""

import asyncio
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from prompts.taxonomy import load_taxonomy
from retrieval.conflicts import conflicts
from retrieval.gaps import gaps
from retrieval.generation import ShopHome
from retrieval.query import Query
from retrieval.status import status
from service.assembly import Warmline
from service.ticket import read_ticket
from ui.bar import bar
from ui.desk.markup import Html, tag
from ui.desk.saying import Saying
from ui.knowledge import panels

if TYPE_CHECKING:
    import gradio as gr

FOUND = 8
QUESTION_CHARS = 500
MOST_DRAFTS = 500
"""Stored drafts whose questions are searched for gaps: a few seconds' work."""


class Manager:
    """What a knowledge manager asks, answered with a panel."""

    def __init__(self, app: Warmline, say: Saying) -> None:
        self._app, self._say = app, say

    def shops(self) -> list[tuple[str, str]]:
        """Every shop as (name, id), the default one first."""
        app = self._app
        names = dict.fromkeys((app.default_shop(), *ShopHome.synced(app.settings.home)))
        return [(app.knowledge(name).shop.name or name, name) for name in names]

    def standing(self, shop: str) -> tuple[Html, Html]:
        """How a shop's knowledge stands, and what needs care."""
        state = status(self._app.settings.home, self._known(shop))
        return panels.standing(state, self._say), panels.care(state, self._say)

    def found(self, shop: str, question: str, day: str) -> Html:
        """What the knowledge says to a question on a day, and why it was found."""
        if not question.strip():
            return tag("p", self._say("kb_search_hint"), class_="empty")
        knowledge = self._app.knowledge(self._known(shop))
        try:
            at = date.fromisoformat(day.strip()) if day.strip() else self._today(shop)
        except ValueError:
            return tag("p", self._say("kb_bad_day"), class_="note")
        query = Query(text=question.strip()[:QUESTION_CHARS], at=at)
        return panels.found(knowledge.search([query], k=FOUND), self._say)

    def conflicts(self, shop: str) -> Html:
        """Sentences in force that contradict one another."""
        knowledge = self._app.knowledge(self._known(shop))
        return panels.conflicts(conflicts(knowledge, at=self._today(shop)), self._say)

    async def gaps(self, shop: str) -> Html:
        """Questions of the latest drafts that found nothing good."""
        known = self._known(shop)
        stored = await self._app.store.recent(limit=MOST_DRAFTS)
        questions = [
            read_ticket(each.ticket, answerable=False).question for each in stored if each.shop == known
        ]
        knowledge = self._app.knowledge(known)
        found = await asyncio.to_thread(gaps, knowledge, questions, at=self._today(shop))
        return panels.gaps(found, len(questions), self._say)

    def _known(self, shop: str) -> str:
        return self._app.knowledge(shop).shop.id

    def _today(self, shop: str) -> date:
        return datetime.now(ZoneInfo(self._app.knowledge(shop).shop.timezone)).date()


def make_knowledge_page(app: Warmline, language: str) -> "gr.Blocks":
    """The knowledge page in one language."""
    import gradio as gr

    say = Saying(language, load_taxonomy(), app.knowledge().shop.timezone)
    manager = Manager(app, say)
    fast: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "undocumented"}
    with gr.Blocks(title=say("kb_title"), analytics_enabled=False, fill_width=True) as blocks:
        _panel("top", bar(say, "knowledge"))
        with gr.Column(elem_id="page"):
            shops = manager.shops()
            shop = gr.Dropdown(shops, value=shops[0][1], label=say("desk_shop"), interactive=True)
            standing = _panel("standing")
            with gr.Row(elem_id="seeking"):
                question = gr.Textbox(
                    label=say("kb_search"), placeholder=say("kb_search_hint"), scale=4, elem_id="question"
                )
                day = gr.Textbox(label=say("kb_day"), placeholder="2026-11-12", scale=1)
            found = _panel("found")
            with gr.Tabs(elem_id="proof"):
                with gr.Tab(say("kb_care")):
                    care = _panel("care")
                with gr.Tab(say("kb_conflicts")) as conflicts_tab:
                    contradictions = _panel("conflicts")
                with gr.Tab(say("kb_gaps")) as gaps_tab:
                    unanswered = _panel("gaps")
        blocks.load(manager.standing, [shop], [standing, care], **fast)
        shop.input(manager.standing, [shop], [standing, care], **fast)
        for box in (question, day):
            box.submit(manager.found, [shop, question, day], [found], **fast)
        for event in (conflicts_tab.select, shop.input):
            event(manager.conflicts, [shop], [contradictions], **fast)
        for event in (gaps_tab.select, shop.input):
            event(manager.gaps, [shop], [unanswered], **fast)
    blocks.queue(max_size=64, default_concurrency_limit=4)
    return blocks


def _panel(name: str, value: str = "") -> "gr.Markdown":
    """A panel of our own markup, as the desk has them."""
    import gradio as gr

    return gr.Markdown(value, elem_id=name, elem_classes="panel", sanitize_html=False, latex_delimiters=[])
