"""What a program tells of itself, to whom, and what it never tells."""

import io
import json
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from prompts.library import Library
from service.assembly import Warmline
from service.demo import demo_tickets
from service.observing.logs import log_as_json
from service.observing.metrics import Metrics
from service.observing.traces import Traces
from service.privacy import Masker
from service.ticket import Ticket
from tests.model_server import ModelServer

Made = Callable[..., Warmline]
PHONE = "13812345678"
WORDS = "盼了好久的生日礼物"


@pytest.fixture
def personal() -> Ticket:
    """A ticket whose customer says who they are."""
    ticket = demo_tickets()[1]
    said = ticket.conversation[-1].model_copy(update={"text": f"{WORDS}还没到，我电话{PHONE}"})
    return ticket.model_copy(update={"conversation": (said,), "answer_to": None})


@contextmanager
def logged(library: Library) -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    out = io.StringIO()
    log_as_json(lambda text: Masker(library.rulepacks).mask(text), stream=out)
    try:
        yield out
    finally:
        root.handlers[:] = before
        root.setLevel(level)


async def test_a_draft_is_one_line_of_json_without_a_word_of_the_customers(
    with_model: Made, library: Library, personal: Ticket, model_server: ModelServer
) -> None:
    app = with_model()
    model_server.script("您好，我这就为您核实。")
    with logged(library) as out:
        draft = await app.draft(personal)
        await app.close()
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    (line,) = [each for each in lines if each["event"] == "draft"]
    assert (line["draft"], line["writer"], line["model"]) == (draft.id, "model", "polite-2026-11-01")
    assert line["tokens_out"] > 0 and {"instant", "first_token", "total"} <= set(line["ms"])
    assert PHONE not in out.getvalue() and WORDS not in out.getvalue()


def test_what_a_library_logs_is_masked_too_and_so_is_a_traceback(library: Library) -> None:
    with logged(library) as out:
        try:
            raise ValueError(f"打 {PHONE} 找我")
        except ValueError:
            logging.getLogger("somewhere").exception("broke off for %s", PHONE, extra={"at": [PHONE]})
    line = json.loads(out.getvalue())
    assert PHONE not in out.getvalue()
    assert "⟨PHONE_1⟩" in line["event"] and "ValueError" in line["exception"]


async def test_the_metrics_count_what_happened_and_hold_nothing_personal(
    with_model: Made, model_server: ModelServer, personal: Ticket
) -> None:
    app = with_model("polite", first_token_s=1, total_s=2)
    metrics = Metrics(models=app.models, queue=lambda: None)
    app.observers.append(metrics)
    model_server.script("保证明天一定送到，加微信 wx_kefu8888 我转账给您。", "您好，我这就为您核实。")
    await app.draft(personal)
    model_server.script("保证明天一定送到，加微信 wx_kefu8888 我转账给您。", "保证明天一定送到。")
    await app.draft(personal)
    await app.close()
    page = metrics.page().decode()
    for line in (
        'warmline_drafts_total{ending="done",status="ready",writer="model"} 1.0',
        'warmline_drafts_total{ending="done",status="ready",writer="composer"} 1.0',
        'warmline_fallbacks_total{kind="blocked"} 1.0',
        'warmline_repairs_total{outcome="mended"} 1.0',
        'warmline_repairs_total{outcome="given_up"} 1.0',
        'warmline_stage_seconds_count{stage="instant"} 2.0',
        'warmline_stage_seconds_count{stage="repair"} 2.0',
        'warmline_model_events_total{event="calls",use="draft"} 4.0',
    ):
        assert line in page, line
    assert 'state="closed"} 1.0' in page
    assert PHONE not in page and WORDS not in page


@contextmanager
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """An OTLP collector that keeps what it is sent."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", bodies
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_spans_go_to_the_collector_and_say_how_long_each_part_took(
    with_model: Made, personal: Ticket
) -> None:
    app = with_model()
    with collector() as (url, bodies):
        traces = Traces(url, version="1")
        app.observers.append(traces)
        draft = await app.draft(personal)
        await app.close()
        traces.close()
    sent = ExportTraceServiceRequest()
    sent.ParseFromString(bodies[0])
    spans = {each.name: each for each in sent.resource_spans[0].scope_spans[0].spans}
    assert set(spans) == {"draft", "understand and retrieve", "instant draft", "model", "store"}
    root = spans.pop("draft")
    assert all(each.parent_span_id == root.span_id for each in spans.values())
    assert all(each.end_time_unix_nano >= each.start_time_unix_nano > 0 for each in spans.values())
    told = {each.key: each.value for each in root.attributes}
    assert told["warmline.draft"].string_value == draft.id
    assert [each.name for each in root.events] == ["first token"]
    assert PHONE.encode() not in bodies[0] and WORDS.encode() not in bodies[0]
