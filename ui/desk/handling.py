"""What Gradio calls: a control's values become an action, and its screens become components."""

import json
from collections.abc import AsyncGenerator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from retrieval.errors import RetrievalError
from service.errors import ServiceError
from ui.desk.attending import Attendant
from ui.desk.markup import tag
from ui.desk.screens import MAX_CHARS, Screen
from ui.desk.sitting import Sitting

if TYPE_CHECKING:
    import gradio as gr

REASONS = ("wrong_facts", "wrong_decision", "tone", "missed_point", "not_needed", "other")
"""Why a draft is rejected; also what the store keeps."""
Shown = dict[Any, Any]
Stream = AsyncGenerator[Shown, None]


class Handling:
    """The handlers of one desk. `parts`: its components by the name they have in a screen."""

    def __init__(self, attendant: Attendant, parts: "Mapping[str, gr.components.Component]") -> None:
        self._attendant, self._parts = attendant, parts

    def sit(self, pasted: Any) -> tuple[Any, ...]:
        """A new session: itself, the queue, and the orders twice."""
        import gradio as gr

        attendant = self._attendant
        sitting = attendant.sit(pasted if isinstance(pasted, list) else [])
        orders = gr.update(choices=attendant.screens.orders(sitting.shop), value=None)
        return sitting, attendant.screens.waiting(sitting)["queue"], orders, orders

    async def commanded(self, line: str, sitting: Sitting | None) -> Stream:
        """What a click inside a panel asks for: `{do, …}` as the browser wrote it."""
        async for shown in self._all(self._obeyed(_read(line), sitting)):
            yield shown

    async def typed(self, line: str, text: str, sitting: Sitting | None) -> Shown:
        """The agent has paused in typing."""
        if sitting is None:
            return self._shown({})
        ticket = str(_read(line).get("ticket", ""))
        return self._shown(await self._attendant.typed(sitting, ticket, text or ""))

    async def redrafted(self, steer: str, sitting: Sitting | None) -> Stream:
        """Draft again."""
        screens = self._attendant.redraft(sitting, steer or "") if sitting else _once({})
        async for shown in self._all(screens):
            yield shown

    async def stopped(self, sitting: Sitting | None) -> Shown:
        """Give the model up."""
        return self._shown(await self._attendant.stop(sitting) if sitting else {})

    async def ordered(self, order_id: str | None, sitting: Sitting | None) -> Stream:
        """Another order belongs to the conversation."""
        screens = self._attendant.attach(sitting, order_id) if sitting else _once({})
        async for shown in self._all(screens):
            yield shown

    def moved(self, shop: str, sitting: Sitting | None) -> Any:
        """Pasted conversations belong to another shop."""
        import gradio as gr

        if sitting is not None:
            sitting.shop = self._attendant.app.knowledge(shop).shop.id
        return gr.update(choices=self._attendant.screens.orders(shop), value=None)

    async def pasted_in(self, text: str, order_id: str | None, sitting: Sitting | None) -> Stream:
        """A conversation was pasted."""
        async for shown in self._all(self._taken_in(text or "", order_id, sitting)):
            yield shown

    async def chose_ways(self, sitting: Sitting | None) -> Shown:
        """Other decisions are wanted."""
        return self._shown(await self._attendant.choosing.ways(sitting) if sitting else {})

    def sought(self, wanted: str, sitting: Sitting | None) -> Shown:
        """A phrase is wanted."""
        return self._shown(self._attendant.choosing.phrases(sitting, wanted or "") if sitting else {})

    async def sent(self, text: str, acknowledged: bool, sitting: Sitting | None) -> Shown:
        """The text went to the customer."""
        if sitting is None:
            return self._shown({})
        return self._shown(await self._attendant.finish(sitting, text or "", acknowledged=bool(acknowledged)))

    async def rejected(self, reason: str | None, text: str, sitting: Sitting | None) -> Shown:
        """The draft was of no use."""
        if sitting is None or reason not in REASONS:
            return self._shown({})
        screen = await self._attendant.finish(sitting, text or "", reason=reason)
        return self._shown({**screen, "reason": ""})

    async def _obeyed(
        self, command: Mapping[str, Any], sitting: Sitting | None
    ) -> AsyncGenerator[Screen, None]:
        if sitting is None:
            return
        at, choosing, said = self._attendant, self._attendant.choosing, partial(_text, command)
        match command.get("do"):
            case "open":
                screens = at.open(sitting, said("ticket"), said("kept"), said("steer"))
            case "answer":
                screens = at.answer(sitting, said("index"))
            case "fill":
                given = command.get("given")
                slots = given if isinstance(given, dict) else {}
                screens = at.fill(sitting, {str(slot): _text(slots, slot) for slot in slots})
            case "hear":
                screens = at.hear(sitting, said("text"))
            case "rewrite":
                screens = at.reword(sitting, said("how"), said("text"))
            case "take":
                screens = _once(await choosing.take(sitting, said("way")))
            case "ways":
                screens = _once(await choosing.ways(sitting))
            case "phrases":
                screens = _once(choosing.phrases(sitting, said("wanted")))
            case _:
                return
        async for screen in screens:
            yield screen

    async def _taken_in(
        self, text: str, order_id: str | None, sitting: Sitting | None
    ) -> AsyncGenerator[Screen, None]:
        if sitting is None:
            return
        try:
            ticket = self._attendant.paste(sitting, text, order_id)
        except (ServiceError, RetrievalError):
            yield {"paste_note": tag("p", self._attendant.say("desk_paste_empty"), class_="note")}
            return
        yield {"paste": "", "paste_note": "", "pasted": self._attendant.pasted(sitting)}
        async for screen in self._attendant.open(sitting, ticket):
            yield screen

    async def _all(self, screens: AsyncGenerator[Screen, None]) -> Stream:
        """The screens as Gradio takes them; at least one, for a silent generator would empty every part."""
        silent = True
        async for screen in screens:
            silent = False
            yield self._shown(screen)
        if silent:
            yield self._shown({})

    def _shown(self, screen: Screen) -> Shown:
        """A screen as component → value. What is not named stays as it is."""
        import gradio as gr

        parts = self._parts
        shown = {parts[name]: _value(name, value) for name, value in screen.items() if name in parts}
        return shown or {parts["paste_note"]: gr.skip()}


def _value(name: str, value: Any) -> Any:
    import gradio as gr

    if name == "blocked":
        return gr.update(visible=bool(value), **({} if value else {"value": False}))
    if name == "orders":
        return gr.update(choices=value[0], value=value[1])
    return value


async def _once(screen: Screen) -> AsyncGenerator[Screen, None]:
    if screen:
        yield screen


def _text(values: Mapping[str, Any], name: str) -> str:
    """A value the browser sent, as bounded text; nothing if it is missing."""
    value = values.get(name)
    return "" if value is None else str(value)[:MAX_CHARS]


def _read(line: str) -> dict[str, Any]:
    try:
        command = json.loads(line)
    except (TypeError, ValueError):
        return {}
    return command if isinstance(command, dict) else {}
