"""Every mistake a person can make is one line that says what, where and what to do; exit code 2."""

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from service.demo import FOLDER
from tests.ui.terminal.conftest import Ran

Run = Callable[..., Ran]
PARCEL = FOLDER / "2-late-parcel.json"


def refused(ran: Ran, *said: str) -> None:
    lines = [line for line in ran.err.splitlines() if line.strip()]
    assert ran.code == 2, (ran.out, ran.err)
    assert len(lines) == 1, ran.err
    assert lines[0].startswith("warmline: ")
    for part in said:
        assert part in lines[0]
    assert ran.out == ""


def test_an_unknown_shop(warmline: Run) -> None:
    refused(warmline("draft", "在吗", "--shop", "nowhere"), "nowhere", "warmline kb sync")


def test_an_unknown_order(warmline: Run) -> None:
    refused(warmline("draft", "在吗", "--order", "Z9", "--shop", "demo"), "Z9", "A1001")


def test_an_unknown_template(warmline: Run) -> None:
    refused(warmline("draft", "在吗", "--template", "poem"), "poem", "reply@1")


def test_an_unknown_suite(warmline: Run) -> None:
    refused(warmline("eval", "run", "nothing"), "nothing", "golden")


def test_a_model_without_an_endpoint(warmline: Run) -> None:
    refused(warmline("draft", "在吗", "--model", "gpt"), "gpt", "OPENAI_BASE_URL")


def test_an_endpoint_that_does_not_answer(warmline: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{port}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    refused(warmline("draft", "在吗"), str(port), "does not answer", "--model none")


def test_a_model_the_endpoint_does_not_offer(
    warmline: Run, model_server: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", model_server.url)  # type: ignore[attr-defined]
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    refused(warmline("draft", "在吗", "--model", "gpt-9"), "gpt-9", "not offered", "echo")


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_message(warmline: Run, text: str) -> None:
    refused(warmline("draft", text), "nothing to answer")


def test_a_huge_message(warmline: Run) -> None:
    refused(warmline("draft", "长" * 40_000), "20000")


def test_no_message_at_all(warmline: Run) -> None:
    refused(warmline("draft"), "expected exactly one")


def test_two_inputs_at_once(warmline: Run) -> None:
    refused(warmline("draft", "在吗", "--ticket", PARCEL), "expected exactly one")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Invalid JSON"),
        (b"{not json", "Invalid JSON"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b'{"id":"t\x00"}', "binary"),
        (b"[1]", "should be an object"),
        (b" " * 2_000_000, "2,000,000 bytes"),
        (b'{"id": "t", "now": "yesterday", "conversation": []}', "now"),
        (b'{"id": "t", "conversation": [{"role": "customer", "text": "x"}]}', "now: Field required"),
    ],
)
def test_a_ticket_that_is_none(warmline: Run, tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "t.json"
    path.write_bytes(content)
    refused(warmline("draft", "--ticket", path), said)


def test_a_ticket_file_that_is_not_there(warmline: Run) -> None:
    refused(warmline("draft", "--ticket", "gone.json"), "gone.json", "cannot be read")


def test_a_batch_with_one_bad_line_drafts_nothing(warmline: Run, tmp_path: Path) -> None:
    batch = tmp_path / "b.jsonl"
    batch.write_text(json.dumps(json.loads(PARCEL.read_text())) + "\n{}\n")
    refused(warmline("draft", "--json", "--batch", batch), "line 2", "id: Field required")


def test_a_text_to_check_that_is_empty(warmline: Run) -> None:
    refused(warmline("check", " "), "empty")


def test_a_policy_whose_front_matter_cannot_be_read(warmline: Run, tmp_path: Path, home: Path) -> None:
    shop = tmp_path / "broken"
    (shop / "policies").mkdir(parents=True)
    (shop / "policies" / "good.md").write_text("---\nid: good\ntitle: 好\n---\n## 一\n可以退。\n")
    (shop / "policies" / "bad.md").write_text("---\nid: [\n---\n## 一\n文字\n")
    refused(warmline("kb", "sync", shop), "bad.md")
    refused(warmline("kb", "search", "退", "--shop", "broken"), "broken")
    ran = warmline("kb", "sync", shop, "--skip-bad")
    assert ran.code == 0
    assert "bad.md" in ran.out


def test_a_folder_that_is_no_shop(warmline: Run, tmp_path: Path) -> None:
    refused(warmline("kb", "sync", tmp_path / "nothing-here"), "nothing-here")


def test_a_port_in_use(warmline: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused(warmline("serve", "--port", taken.getsockname()[1]), "cannot be used", "--port 0")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_home_that_cannot_be_written(warmline: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARMLINE_HOME", "/proc/nowhere")
    refused(warmline("draft", "在吗"), "/proc/nowhere")


def test_an_unknown_option_is_a_usage_error(warmline: Run) -> None:
    assert warmline("draft", "--colour").code == 2


def test_a_day_that_is_none(warmline: Run) -> None:
    refused(warmline("kb", "search", "退", "--at", "2026-13-01"), "2026-13-01")
