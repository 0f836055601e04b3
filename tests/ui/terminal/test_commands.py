"""Each command does its job, for a person and for a machine."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from service.demo import FOLDER, demo_tickets
from tests.model_server import ModelServer
from tests.ui.terminal.conftest import Ran

Run = Callable[..., Ran]


def test_demo_shows_three_drafts_with_their_proof_and_how_to_go_on(warmline: Run) -> None:
    ran = warmline("demo")
    assert ran.code == 0, ran.err
    for ticket in demo_tickets():
        assert ticket.id in ran.out
    assert ran.out.count("Draft (instant, no model)") == 3
    assert "Commitments" in ran.out and "Sources" in ran.out
    assert "make ui" in ran.out


def test_a_draft_for_machines_has_the_shape_tools_rely_on(warmline: Run) -> None:
    ran = warmline("draft", "--json", "--ticket", FOLDER / "2-late-parcel.json")
    assert ran.code == 0, ran.err
    draft = ran.json
    assert {"text", "writer", "analysis", "citations", "commitments", "findings", "provenance", "ms"} <= set(
        draft
    )
    assert {"intents", "emotion", "strength", "risks", "escalate", "missing"} <= set(draft["analysis"])
    assert all({"snippet", "span"} <= set(each) for each in draft["citations"])


def test_a_ticket_may_come_on_standard_input(warmline: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    data = (FOLDER / "1-presale.json").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert warmline("draft", "--json", "--ticket", "-").json["ticket_id"] == demo_tickets()[0].id


def test_a_batch_answers_in_its_order_one_draft_a_line(warmline: Run, tmp_path: Path) -> None:
    batch = tmp_path / "b.jsonl"
    tickets = [path.read_text() for path in sorted(FOLDER.glob("*.json"))]
    batch.write_text("\n".join(json.dumps(json.loads(each)) for each in tickets) + "\n\n")
    ran = warmline("draft", "--json", "--batch", batch)
    assert ran.code == 0, ran.err
    ids = [json.loads(line)["ticket_id"] for line in ran.out.splitlines()]
    assert ids == [ticket.id for ticket in demo_tickets()]


def test_a_draft_for_a_message_and_an_order(warmline: Run) -> None:
    ran = warmline("draft", "我的快递到哪了", "--order", "A1001", "--shop", "demo")
    assert ran.code == 0, ran.err
    assert "A1001" in ran.out


def test_candidates_differ_by_decision(warmline: Run) -> None:
    ran = warmline("draft", "--json", "--candidates", 3, "--ticket", FOLDER / "3-broken-and-missing.json")
    decisions = [each["provenance"]["decision"] for each in ran.json]
    assert len(set(decisions)) == len(decisions) > 1


def test_check_says_what_is_wrong_with_any_text_and_exits_1(warmline: Run) -> None:
    ran = warmline("check", "保证明天一定送到，加我微信转账更快", "--json")
    assert ran.code == 1
    assert {"off_platform", "over_promise"} <= {each["type"] for each in ran.json["findings"]}
    assert warmline("check", "您好，收到，我看一下。").code == 0


def test_check_takes_given_snippets_as_the_only_sources(warmline: Run, tmp_path: Path) -> None:
    ticket = {"id": "t", "shop": "elsewhere", "now": "2026-11-12T10:00:00+08:00", "conversation": []}
    source = {"id": "r#days", "text": "签收后15天内可以申请退货，运费由店铺承担。"}
    lines = [
        {"id": 1, "ticket": ticket, "snippets": [source], "text": "您好，签收后15天内都可以申请退货。"},
        {"id": 2, "ticket": ticket, "snippets": [source], "text": "您好，签收后30天内都可以申请退货。"},
    ]
    batch = tmp_path / "c.jsonl"
    batch.write_text("\n".join(json.dumps(line) for line in lines))
    ran = warmline("check", "--json", "--batch", batch)
    assert ran.code == 0, ran.err
    good, bad = (json.loads(line) for line in ran.out.splitlines())
    assert (good["id"], bad["id"]) == (1, 2)
    assert not [each for each in good["findings"] if each["severity"] == "block"]
    assert {"ungrounded", "contradicts"} & {each["type"] for each in bad["findings"]}


def test_a_shop_folder_is_brought_in_and_used(warmline: Run, tmp_path: Path) -> None:
    shop = tmp_path / "tea-house"
    (shop / "policies").mkdir(parents=True)
    (shop / "policies" / "r.md").write_text(
        "---\nid: freshness\ntitle: 茶叶保鲜\n---\n## 退换\n未拆封的茶叶签收后20天内可以退。\n"
    )
    assert warmline("kb", "sync", shop, "--json").json["shop"] == "tea-house"
    assert warmline("kb", "sync", shop, "--json").json["unchanged"] is True
    hits = warmline("kb", "search", "没拆的茶叶能退吗", "--shop", "tea-house", "--json").json
    assert hits[0]["snippet"].startswith("freshness#")
    draft = warmline("draft", "没拆封的茶叶还能退吗", "--shop", "tea-house", "--json").json
    assert any(each["snippet"].startswith("freshness#") for each in draft["citations"])


def test_prompts_are_listed_shown_and_filled_in(warmline: Run) -> None:
    assert {"reply@1"} <= {
        each["template"] for each in warmline("prompts", "list", "--json").json["templates"]
    }
    assert "=== system" in warmline("prompts", "show", "reply").out
    messages = warmline("prompts", "render", "reply", "--json").json
    assert messages[0]["role"] == "system"
    assert demo_tickets()[0].question.split("\n")[-1] in messages[-1]["content"]
    assert warmline("prompts", "lint").code == 0


def test_a_suite_runs_to_a_table_and_a_run_folder(warmline: Run, tmp_path: Path) -> None:
    ran = warmline("eval", "run", "smoke", "--out", tmp_path)
    assert ran.code == 0, ran.err + ran.out
    assert "scenarios in" in ran.out
    folder = next(tmp_path.iterdir())
    assert {"manifest.json", "units.jsonl", "scores.jsonl", "summary.json"} <= {
        each.name for each in folder.iterdir()
    }


def test_a_model_at_an_endpoint_writes_the_draft(
    warmline: Run, model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", model_server.url)
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    draft = warmline("draft", "--json", "--model", "polite", "--ticket", FOLDER / "2-late-parcel.json").json
    assert draft["writer"] == "model", draft["provenance"]["fallback"]


def test_importing_the_terminal_loads_nothing_heavy() -> None:
    heavy = [
        "chromadb",
        "gradio",
        "langchain_core",
        "openai",
        "fastapi",
        "numpy",
        "sqlalchemy",
        "pydantic",
        "rich",
    ]
    code = f"import ui.terminal, sys; print([m for m in {heavy!r} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
