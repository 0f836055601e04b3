"""A batch file asks what a live run would ask, and its answers make the run a live one would have made."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from eval.batch import export_requests, import_answers, read_answers
from eval.errors import SuiteError
from service.draft import Draft
from service.errors import ModelError
from service.model import Message, Model, answer
from service.ticket import Ticket
from tests.eval.parts import TinyShelf, TinyWriter, tiny_suite


@dataclass(frozen=True)
class AskingWriter:
    """A writer that asks its model, and falls back to a fixed draft like the product does."""

    model: Model

    async def draft(self, ticket: Ticket) -> Draft:
        fixed = await TinyWriter().draft(ticket)
        try:
            messages = [Message(role="user", text=ticket.question)]
            reply = await answer(self.model, messages, parameters={"temperature": 0.3})
        except ModelError as error:
            return replace(
                fixed, provenance=replace(fixed.provenance, fallback=str(error), fallback_kind=error.kind)
            )
        return replace(
            fixed, text=reply.text, writer="model", provenance=replace(fixed.provenance, usage=reply.usage)
        )


def answered(request: dict[str, object], text: str) -> str:
    body = {
        "model": "m-2026",
        "choices": [{"message": {"content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3},
    }
    line = {"custom_id": request["custom_id"], "response": {"status_code": 200, "body": body}, "error": None}
    return json.dumps(line, ensure_ascii=False) + "\n"


async def test_requests_go_out_and_answers_come_back_as_a_run(tmp_path: Path) -> None:
    suite, out = tiny_suite(tmp_path), tmp_path / "requests.jsonl"
    count = await export_requests(
        suite, out, model="m", writer_with=AskingWriter, shop=TinyShelf(), repeats=2
    )
    requests = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert count == len(requests) == 6 and len({one["custom_id"] for one in requests}) == 6
    assert requests[0]["url"] == "/v1/chat/completions" and requests[0]["body"]["temperature"] == 0.3
    answers = tmp_path / "answers.jsonl"
    lines = [answered(one, f"回答{at}") for at, one in enumerate(requests[:-1])]
    answers.write_text("".join(lines), encoding="utf-8")
    made = await import_answers(
        suite,
        answers,
        model="m",
        writer_with=AskingWriter,
        shop=TinyShelf(),
        repeats=2,
        arm={"writer": "model"},
        out=tmp_path / "runs",
    )
    assert made.summary["units"] == {"expected": 6, "recorded": 6, "infra_error": 1, "ok": 5}
    assert {unit.output["text"] for unit in made.units if unit.output} == {f"回答{at}" for at in range(5)}
    assert made.summary["tokens"]["input"] == 35


def test_a_file_that_is_no_batch_output_is_named(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="no such file"):
        read_answers(tmp_path / "gone.jsonl")
    (tmp_path / "other.jsonl").write_text('{"a": 1}\n')
    with pytest.raises(SuiteError, match=r"other.jsonl:1: no custom_id"):
        read_answers(tmp_path / "other.jsonl")
