"""The desk as a Gradio page: where the panels stand, and which action each control means."""

import json
import logging
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from retrieval.errors import RetrievalError
from service.errors import ServiceError
from ui.desk.attending import Attendant, Screen
from ui.desk.markup import Html, tag
from ui.desk.saying import Saying
from ui.desk.sitting import Sitting

if TYPE_CHECKING:
    import gradio as gr

log = logging.getLogger(__name__)

REASONS = ("wrong_facts", "wrong_decision", "tone", "missed_point", "not_needed", "other")
KEYS = ("j", "k", "ctrl_enter", "esc", "e", "c", "slash", "question")
CONCURRENT = 40
"""Events of one kind that run at once: as many as agents that draft at the same moment."""


class Page:
    """The components of the desk by the name their part has in a screen."""

    def __init__(self, attendant: Attendant) -> None:
        import gradio as gr

        self._gr, self._attendant, self._say = gr, attendant, attendant.say
        self.parts: dict[str, gr.components.Component] = {}
        with gr.Blocks(
            title=self._say("desk_title"), analytics_enabled=False, fill_width=True
        ) as self.blocks:
            self._sitting = gr.State(None)
            self._pasted = gr.BrowserState([], storage_key="warmline-pasted", secret="warmline")
            self._line = gr.Textbox(elem_id="line", elem_classes="bridge", show_label=False, container=False)
            self._typing = gr.Textbox(
                elem_id="typing", elem_classes="bridge", show_label=False, container=False
            )
            self._panel("top", _top(self._say))
            with gr.Row(elem_id="desk"):
                self._queue_column()
                self._case_column()
                self._draft_column()
            self._wire()
        self.blocks.queue(max_size=256, default_concurrency_limit=CONCURRENT)

    # --- what stands where -------------------------------------------------------------------------

    def _queue_column(self) -> None:
        gr, say = self._gr, self._say
        with gr.Column(elem_id="left"):
            self._panel("queue")
            with gr.Accordion(say("desk_paste"), open=False, elem_id="pasting"):
                self._shops = gr.Dropdown(
                    _shops(self._attendant),
                    label=say("desk_shop"),
                    visible=len(_shops(self._attendant)) > 1,
                    interactive=True,
                )
                self._paste = gr.Textbox(
                    placeholder=say("desk_paste_hint"),
                    lines=5,
                    max_lines=9,
                    show_label=False,
                    container=False,
                    elem_id="paste",
                )
                self._paste_order = gr.Dropdown([], label=say("desk_order_pick"), interactive=True)
                self._paste_go = gr.Button(say("desk_paste_go"), elem_id="paste-go", size="sm")
                self._panel("paste_note")

    def _case_column(self) -> None:
        gr, say = self._gr, self._say
        with gr.Column(elem_id="middle"):
            self._panel("talk")
            self._part(
                "orders",
                gr.Dropdown(
                    [],
                    label=say("desk_order_pick"),
                    interactive=True,
                    elem_id="orders",
                    show_label=False,
                    container=False,
                ),
            )
            self._panel("case")

    def _draft_column(self) -> None:
        gr, say = self._gr, self._say
        with gr.Column(elem_id="right"):
            self._panel("progress")
            with gr.Group(elem_id="writing"):
                self._part(
                    "draft",
                    gr.Textbox(
                        show_label=False,
                        label=say("draft"),
                        lines=8,
                        max_lines=12,
                        container=False,
                        elem_id="draft",
                        placeholder=say("desk_draft_hint"),
                        html_attributes=gr.InputHTMLAttributes(spellcheck=False),
                    ),
                )
                with gr.Row(elem_id="acts"):
                    gr.Button(say("desk_copy"), elem_id="copy", variant="primary", size="sm")
                    sent = gr.Button(say("desk_sent"), elem_id="sent", size="sm")
                    gr.Button(say("desk_undo"), elem_id="undo", size="sm")
                    self._reason = gr.Dropdown(
                        [(say("desk_reject"), ""), *((say(f"desk_reason_{each}"), each) for each in REASONS)],
                        value="",
                        show_label=False,
                        container=False,
                        interactive=True,
                        elem_id="reason",
                        label=say("desk_reject"),
                    )
                self._part("sent", sent)
            with gr.Row(elem_id="steering"):
                self._part(
                    "steer",
                    gr.Textbox(
                        placeholder=say("desk_steer_hint"),
                        show_label=False,
                        label=say("desk_steer"),
                        container=False,
                        elem_id="steer",
                    ),
                )
                self._redraft = gr.Button(say("desk_redraft"), elem_id="redraft", size="sm")
                self._stop = gr.Button(say("desk_stop"), elem_id="stop", size="sm")
            self._part("blocked", gr.Checkbox(label=say("desk_acknowledge"), visible=False, elem_id="ack"))
            self._panel("findings")
            with gr.Tabs(elem_id="proof"):
                with gr.Tab(say("sources"), id="sources"):
                    self._panel("sources")
                with gr.Tab(say("commitments"), id="ledger"):
                    self._panel("ledger")
                with gr.Tab(say("desk_ways"), id="ways") as self._ways_tab:
                    self._panel("ways")
                with gr.Tab(say("desk_phrases"), id="phrases") as self._phrases_tab:
                    self._search = gr.Textbox(
                        placeholder=say("desk_phrases_hint"),
                        show_label=False,
                        container=False,
                        elem_id="phrase-search",
                    )
                    self._panel("phrases")

    def _panel(self, name: str, value: Html | None = None) -> None:
        """A panel of our own markup.

        Gradio's HTML component compiles a template in the browser, which our content policy forbids;
        Markdown shows a line of markup as it stands, and ours is escaped where it is made.
        """
        component = self._gr.Markdown(
            value or "",
            elem_id=name.replace("_", "-"),
            elem_classes="panel",
            sanitize_html=False,
            latex_delimiters=[],
        )
        self._part(name, component)

    def _part(self, name: str, component: "gr.components.Component") -> None:
        self.parts[name] = component

    # --- what each control does --------------------------------------------------------------------

    def _wire(self) -> None:
        parts = self.parts
        fast: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "undocumented"}
        slow = {**fast, "queue": True, "concurrency_limit": CONCURRENT}
        many = {"trigger_mode": "multiple"}
        sit = self._sitting
        self.blocks.load(
            self._sit, [self._pasted], [sit, parts["queue"], parts["orders"], self._paste_order], **fast
        )
        on = self._outputs()
        self._line.change(self._commanded, [self._line, sit], on, **slow, **many)
        self._typing.change(self._typed, [self._typing, parts["draft"], sit], on, **fast, **many)
        again = ([parts["steer"], sit], on)
        self._redraft.click(self._redrafted, *again, **slow, **many)
        parts["steer"].submit(self._redrafted, *again, **slow, **many)
        self._stop.click(self._stopped, [sit], on, **fast)
        parts["orders"].input(self._ordered, [parts["orders"], sit], on, **slow)
        self._shops.input(self._moved, [self._shops, sit], [self._paste_order], **fast)
        self._paste_go.click(
            self._pasted_in, [self._paste, self._paste_order, sit], [*on, self._paste, self._pasted], **slow
        )
        self._ways_tab.select(self._chose_ways, [sit], on, **fast)
        self._phrases_tab.select(self._sought, [self._search, sit], on, **fast)
        self._search.change(self._sought, [self._search, sit], on, trigger_mode="always_last", **fast)
        ending = [parts["draft"], parts["blocked"], sit]
        parts["sent"].click(self._sent, ending, [*on, self._pasted], **slow)
        self._reason.input(self._rejected, [self._reason, *ending], [*on, self._reason, self._pasted], **slow)

    def _outputs(self) -> "list[gr.components.Component]":
        return [component for name, component in self.parts.items() if name != "top"]

    def _sit(self, pasted: Any) -> tuple[Any, ...]:
        gr, attendant = self._gr, self._attendant
        sitting = attendant.sit(pasted if isinstance(pasted, list) else [])
        orders = attendant.orders(sitting.shop)
        offered = gr.update(choices=orders, value=None)
        return sitting, attendant.waiting(sitting)["queue"], offered, offered

    async def _commanded(self, line: str, sitting: Sitting | None) -> AsyncGenerator[dict[Any, Any], None]:
        """What a click inside a panel asks for: `{do, …}` as the browser wrote it."""
        command = _read(line)
        if sitting is None or command is None:
            return
        attendant, done = self._attendant, command.get("do")
        if done == "open":
            screens = attendant.open(
                sitting, str(command.get("ticket", "")), str(command.get("kept") or "")[:20_000]
            )
        elif done == "answer" and str(command.get("index", "")).isdigit():
            screens = attendant.change(sitting, answer_to=int(command["index"]))
        elif done == "take":
            screens = _once(await attendant.take(sitting, str(command.get("way", ""))))
        else:
            return
        async for screen in screens:
            yield self._shown(screen)

    async def _typed(self, line: str, text: str, sitting: Sitting | None) -> dict[Any, Any]:
        command = _read(line)
        if sitting is None or command is None:
            return self._shown({})
        return self._shown(await self._attendant.typed(sitting, str(command.get("ticket", "")), text or ""))

    async def _redrafted(self, steer: str, sitting: Sitting | None) -> AsyncGenerator[dict[Any, Any], None]:
        if sitting is not None:
            async for screen in self._attendant.redraft(sitting, steer or ""):
                yield self._shown(screen)

    async def _stopped(self, sitting: Sitting | None) -> dict[Any, Any]:
        return self._shown(await self._attendant.stop(sitting) if sitting else {})

    async def _ordered(
        self, order_id: str | None, sitting: Sitting | None
    ) -> AsyncGenerator[dict[Any, Any], None]:
        work = sitting.work if sitting else None
        if sitting is None or work is None:
            return
        app, shop = self._attendant.app, work.ticket.shop or sitting.shop
        order = app.order(shop, order_id) if order_id else None
        async for screen in self._attendant.change(sitting, order=order):
            yield self._shown(screen)

    def _moved(self, shop: str, sitting: Sitting | None) -> Any:
        if sitting is not None and shop in dict(_shops(self._attendant)).values():
            sitting.shop = shop
        return self._gr.update(choices=self._attendant.orders(shop), value=None)

    async def _pasted_in(
        self, text: str, order_id: str | None, sitting: Sitting | None
    ) -> AsyncGenerator[dict[Any, Any], None]:
        if sitting is None:
            return
        try:
            ticket = self._attendant.paste(sitting, text or "", order_id)
        except (ServiceError, RetrievalError):
            note = tag("p", self._say("desk_paste_empty"), class_="note")
            yield self._shown({"paste_note": note})
            return
        kept = {self._paste: "", self._pasted: self._attendant.pasted(sitting)}
        yield {**kept, **self._shown({"paste_note": ""})}
        async for screen in self._attendant.open(sitting, ticket):
            yield self._shown(screen)

    async def _chose_ways(self, sitting: Sitting | None) -> dict[Any, Any]:
        return self._shown(await self._attendant.ways(sitting) if sitting else {})

    def _sought(self, wanted: str, sitting: Sitting | None) -> dict[Any, Any]:
        return self._shown(self._attendant.phrases(sitting, wanted or "") if sitting else {})

    async def _sent(
        self, text: str, acknowledged: bool, sitting: Sitting | None
    ) -> AsyncGenerator[dict[Any, Any], None]:
        if sitting is not None:
            screen = await self._attendant.finish(sitting, text or "", acknowledged=bool(acknowledged))
            async for shown in self._then_next(sitting, screen):
                yield shown

    async def _rejected(
        self, reason: str | None, text: str, acknowledged: bool, sitting: Sitting | None
    ) -> AsyncGenerator[dict[Any, Any], None]:
        if sitting is not None and reason in REASONS:
            screen = await self._attendant.finish(
                sitting, text or "", reason=reason, acknowledged=bool(acknowledged)
            )
            yield {self._reason: ""}
            async for shown in self._then_next(sitting, screen):
                yield shown

    async def _then_next(self, sitting: Sitting, screen: Screen) -> AsyncGenerator[dict[Any, Any], None]:
        """The screen after an outcome; the browser itself turns to the next conversation."""
        kept = {self._pasted: self._attendant.pasted(sitting)} if "next" in screen else {}
        yield {**kept, **self._shown(screen)}

    def _shown(self, screen: Screen) -> dict[Any, Any]:
        """A screen as Gradio takes it: component → value. Nothing said means nothing changes."""
        shown: dict[Any, Any] = {
            self.parts[name]: self._value(name, value) for name, value in screen.items() if name in self.parts
        }
        return shown or {self.parts["paste_note"]: self._gr.skip()}

    def _value(self, name: str, value: Any) -> Any:
        gr = self._gr
        if name == "blocked":
            return gr.update(visible=bool(value), **({} if value else {"value": False}))
        if name == "orders":
            return gr.update(choices=value[0], value=value[1])
        return value


def make_desk(attendant: Attendant) -> "gr.Blocks":
    """The desk's page."""
    return Page(attendant).blocks


async def _once(screen: Screen) -> AsyncGenerator[Screen, None]:
    yield screen


def _read(line: str) -> dict[str, Any] | None:
    try:
        command = json.loads(line)
    except (TypeError, ValueError):
        return None
    return command if isinstance(command, dict) else None


def _shops(attendant: Attendant) -> list[tuple[str, str]]:
    from retrieval.generation import ShopHome

    app = attendant.app
    names = dict.fromkeys((app.default_shop(), *ShopHome.synced(app.settings.home)))
    return [(app.knowledge(name).shop.name or name, name) for name in names]


def _top(say: Saying) -> Html:
    """The bar at the top: name, language, light, keys."""
    other = "en" if say.language == "zh" else "zh"
    keys = [
        tag("li", tag("kbd", say(f"desk_key_{key}")), tag("span", say(f"desk_does_{key}"))) for key in KEYS
    ]
    return tag(
        "div",
        tag("span", "", class_="mark"),
        tag("strong", "Warmline"),
        tag("span", say("desk_subtitle"), class_="subtitle"),
        tag("span", "", class_="gap"),
        tag("button", say("desk_keys"), data_do="keys", title="?"),
        tag("button", say("desk_light"), data_do="light"),
        tag("button", say("desk_other_language"), data_do="language", data_language=other, lang=other),
        tag(
            "dialog",
            tag("h2", say("desk_keys")),
            tag("ul", keys),
            tag("button", say("desk_close"), data_do="close"),
            id="keys",
            aria_label=say("desk_keys"),
        ),
        class_="bar",
        data_copied=say("desk_copied"),
        data_copy=say("desk_copy"),
        data_refused=say("desk_acknowledge_first"),
    )
