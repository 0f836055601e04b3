"""Other words for the same reply: other decisions, the shop's phrases, another tone."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from functools import lru_cache

from prompts.errors import PromptError
from retrieval.errors import RetrievalError
from retrieval.query import Query
from retrieval.snippet import Snippet
from service.assembly import Warmline
from service.errors import ServiceError
from service.rewriting import ways as rewritings
from ui.desk.panels import choices
from ui.desk.saying import Saying
from ui.desk.screens import MAX_CHARS, Screen, Screens
from ui.desk.sitting import Sitting

PERSON_CAN_MEND = (ServiceError, RetrievalError, PromptError)
WAYS = 4
PHRASES = 12
STEERED = ("warmer", "shorter")
"""Rewritings that the composer does as well, when it is steered so."""


class Choosing:
    """What an agent may put in the place of the draft."""

    def __init__(self, app: Warmline, screens: Screens, say: Saying) -> None:
        self._app, self._screens, self._say = app, screens, say

    async def ways(self, sitting: Sitting) -> Screen:
        """Drafts that decide otherwise than the one on the desk."""
        work = sitting.work
        if work is None or work.draft is None:
            return {}
        if not work.ways:
            made = await asyncio.to_thread(self._app.candidates, work.ticket, WAYS)
            work.ways = tuple(each for each in made if each.text != work.draft.text)
        books = dict(self._app.library.playbooks)
        titles = [choices.title_of(each.provenance.decision, books, self._say.language) for each in work.ways]
        return {"ways": choices.ways(work.ways, work.offered, titles, self._say)}

    async def take(self, sitting: Sitting, way: str) -> Screen:
        """Put another draft onto the desk."""
        work = sitting.work
        if work is None:
            return {}
        if way == "offered":
            chosen, work.offered = work.offered, None
        else:
            chosen = work.ways[int(way)] if way.isdigit() and int(way) < len(work.ways) else None
        if chosen is None:
            return {}
        sitting.begin()
        work.draft, work.text, work.typed = chosen, chosen.text, False
        return await self._screens.whole(sitting, work, reached="done")

    def phrases(self, sitting: Sitting, wanted: str) -> Screen:
        """The shop's quick phrases for what was searched, in words or pinyin initials, or is asked."""
        work = sitting.work
        if work is None:
            return {}
        shown = list(self._by_initials(sitting, wanted.strip().lower())) or self._by_words(sitting, wanted)
        return {"phrases": choices.phrases(shown[:PHRASES], work.ticket.nickname, self._say)}

    def rewritings(self) -> tuple[str, ...]:
        """The ways to say a text differently that are at hand: without a model, those a steer can ask for."""
        if self._app.model_for("rewrite") is None:
            return STEERED
        return rewritings(self._app.library.templates)

    async def reworded(self, sitting: Sitting, how: str, text: str) -> AsyncGenerator[Screen, None]:
        """The model's other wording of the agent's text, checked like any edit; a failure leaves it alone."""
        work = sitting.work
        if work is None or work.draft is None:
            return
        run = sitting.begin()
        yield self._screens.noted(work, self._say("desk_rewording"))
        try:
            said = await self._app.rewrite(text[:MAX_CHARS], how, shop=work.ticket.shop or sitting.shop)
        except PERSON_CAN_MEND as error:
            yield self._screens.noted(work, self._say("desk_reword_failed", reason=error))
            return
        if sitting.run != run:
            return
        work.text, work.typed = said.text, True
        lost = ", ".join(each.value for each in said.lost)
        note = self._say("desk_reword_lost", lost=lost) if lost else ""
        yield await self._screens.whole(sitting, work, reached="done", note=note)

    def _by_words(self, sitting: Sitting, wanted: str) -> list[Snippet]:
        assert sitting.work is not None
        ticket = sitting.work.ticket
        text = (wanted.strip() or ticket.question)[:500] or " "
        query = Query(text=text, at=ticket.now.date(), kinds=("phrase",))
        return [hit.snippet for hit in self._app.knowledge(ticket.shop).search([query], k=PHRASES)]

    def _by_initials(self, sitting: Sitting, letters: str) -> Iterator[Snippet]:
        assert sitting.work is not None
        if not (letters.isascii() and letters.isalpha()):
            return
        ticket = sitting.work.ticket
        known = self._app.knowledge(ticket.shop).all_in_force(ticket.now.date(), kinds=("phrase",))
        yield from (snippet for snippet in known if letters in initials(snippet.heading))


@lru_cache(maxsize=4096)
def initials(text: str) -> str:
    """The first letters of a text's syllables in pinyin; Latin letters and digits as they are."""
    from pypinyin import Style, lazy_pinyin

    letters = "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower()
    return "".join(letter for letter in letters if letter.isascii() and letter.isalnum())
