"""The desk as a Gradio page: where the panels stand, and which action each control means."""

from typing import TYPE_CHECKING, Any

from ui.bar import bar
from ui.desk.attending import Attendant
from ui.desk.handling import REASONS, Handling
from ui.desk.markup import Html, tag
from ui.desk.panels.choices import verbs
from ui.desk.saying import Saying

if TYPE_CHECKING:
    import gradio as gr

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
            self._part("pasted", gr.BrowserState([], storage_key="warmline-pasted", secret="warmline"))
            self._line, self._typing = self._bridge("line"), self._bridge("typing")
            self._panel("top", _top(self._say))
            with gr.Row(elem_id="desk"):
                self._queue_column()
                self._case_column()
                self._draft_column()
            self._handling = Handling(attendant, self.parts)
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
                paste = gr.Textbox(
                    placeholder=say("desk_paste_hint"),
                    lines=5,
                    max_lines=9,
                    show_label=False,
                    container=False,
                    elem_id="paste",
                )
                self._paste_order = gr.Dropdown([], label=say("desk_order_pick"), interactive=True)
                self._paste_go = gr.Button(say("desk_paste_go"), elem_id="paste-go", size="sm")
                self._part("paste", paste)
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
                ack = gr.Checkbox(label=say("desk_acknowledge"), visible=False, elem_id="ack")
                self._part("blocked", ack)
                with gr.Row(elem_id="acts"):
                    gr.Button(say("desk_copy"), elem_id="copy", variant="primary", size="sm")
                    sent = gr.Button(say("desk_sent"), elem_id="sent", size="sm")
                    gr.Button(say("desk_undo"), elem_id="undo", size="sm")
                    reason = gr.Dropdown(
                        [(say("desk_reject"), ""), *((say(f"desk_reason_{each}"), each) for each in REASONS)],
                        value="",
                        show_label=False,
                        container=False,
                        interactive=True,
                        elem_id="reason",
                        label=say("desk_reject"),
                    )
                self._part("sent", sent)
                self._part("reason", reason)
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
            self._panel("verbs", verbs(self._attendant.choosing.rewritings(), say))
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

    def _bridge(self, name: str) -> "gr.Textbox":
        """A box nobody sees: what the browser's script writes into it becomes an event."""
        gr = self._gr
        return gr.Textbox(
            elem_id=name, elem_classes="bridge", label=name, show_label=False, container=False,
            html_attributes=gr.InputHTMLAttributes(tabindex=-1),
        )  # fmt: skip

    def _part(self, name: str, component: "gr.components.Component") -> None:
        self.parts[name] = component

    # --- what each control does --------------------------------------------------------------------

    def _wire(self) -> None:
        """Fast answers come at once; drafts stream through the queue."""
        parts, do, sit = self.parts, self._handling, self._sitting
        on = [component for name, component in parts.items() if name not in ("top", "verbs")]
        fast: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "undocumented"}
        slow = {**fast, "queue": True, "concurrency_limit": CONCURRENT}
        many = {"trigger_mode": "multiple"}
        first = [sit, parts["queue"], parts["orders"], self._paste_order]
        self.blocks.load(do.sit, [parts["pasted"]], first, **fast)
        self._line.change(do.commanded, [self._line, sit], on, **slow, **many)
        self._typing.change(do.typed, [self._typing, parts["draft"], sit], on, **fast, **many)
        self._redraft.click(do.redrafted, [parts["steer"], sit], on, **slow, **many)
        parts["steer"].submit(do.redrafted, [parts["steer"], sit], on, **slow, **many)
        self._stop.click(do.stopped, [sit], on, **fast)
        parts["orders"].input(do.ordered, [parts["orders"], sit], on, **slow)
        self._shops.input(do.moved, [self._shops, sit], [self._paste_order], **fast)
        self._paste_go.click(do.pasted_in, [parts["paste"], self._paste_order, sit], on, **slow)
        self._ways_tab.select(do.chose_ways, [sit], on, **fast)
        self._phrases_tab.select(do.sought, [self._search, sit], on, **fast)
        self._search.change(do.sought, [self._search, sit], on, trigger_mode="always_last", **fast)
        parts["sent"].click(do.sent, [parts["draft"], parts["blocked"], sit], on, **fast)
        parts["reason"].input(do.rejected, [parts["reason"], parts["draft"], sit], on, **fast)


def make_desk(attendant: Attendant) -> "gr.Blocks":
    """The desk's page."""
    return Page(attendant).blocks


def _shops(attendant: Attendant) -> list[tuple[str, str]]:
    from retrieval.generation import ShopHome

    app = attendant.app
    names = dict.fromkeys((app.default_shop(), *ShopHome.synced(app.settings.home)))
    return [(app.knowledge(name).shop.name or name, name) for name in names]


def _top(say: Saying) -> Html:
    """The bar with the help on keys."""
    keys = [
        tag("li", tag("kbd", say(f"desk_key_{key}")), tag("span", say(f"desk_does_{key}"))) for key in KEYS
    ]
    help_on_keys = tag(
        "dialog",
        tag("h2", say("desk_keys")),
        tag("ul", keys),
        tag("button", say("desk_close"), data_do="close"),
        id="keys",
        aria_label=say("desk_keys"),
    )
    return bar(
        say,
        "desk",
        tag("button", say("desk_keys"), data_do="keys", title="?"),
        help_on_keys,
        data_copied=say("desk_copied"),
        data_copy=say("desk_copy"),
        data_refused=say("desk_acknowledge_first"),
    )
