"""Batch files: a run's model calls as JSONL in the OpenAI Batch shape, and the run made of their answers.

The writer is the product's own, with a model that only writes down what it is asked, and later one that
answers from the file: prompts, masking, citations and checks are those of a live run. Repairs are a second
call and are not in a batch: a draft that would need one falls back as when the endpoint is down.
"""

import hashlib
import json
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.errors import SuiteError
from eval.run import Run
from eval.runfolder import json_line, read_records, write_whole
from eval.running import run
from eval.seams import Shelf, Writer
from eval.session import Progress
from eval.suite import read_suite
from service.draft import Usage
from service.errors import ModelUnavailable, ServiceError
from service.model import Chunk, Message

ENDPOINT = "/v1/chat/completions"
NO_ANSWER = "no answer in the batch file"


def request_key(model: str, messages: Sequence[Message], parameters: Mapping[str, Any]) -> str:
    """Hash of everything that decides the answer."""
    asked = {
        "model": model,
        "messages": [[one.role, one.text] for one in messages],
        "parameters": dict(parameters),
    }
    canonical = json.dumps(asked, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


@dataclass
class _Counting:
    """What recorder and replayer share: the same question asked again is another repeat."""

    name: str
    endpoint: str = "batch"
    seen: Counter[str] = field(default_factory=Counter)

    def custom_id(self, messages: Sequence[Message], parameters: Mapping[str, Any]) -> str:
        """Key and repeat of this call."""
        key = request_key(self.name, messages, parameters)
        self.seen[key] += 1
        return f"{key}-{self.seen[key] - 1}"

    async def aclose(self) -> None:
        """Nothing to give back."""


@dataclass
class RecordingModel(_Counting):
    """A model that writes down what it is asked and never answers."""

    requests: list[dict[str, Any]] = field(default_factory=list)

    def stream(
        self, messages: Sequence[Message], *, parameters: Mapping[str, Any]
    ) -> AsyncGenerator[Chunk, None]:
        """Nothing: reading it raises ModelUnavailable."""
        body = {
            "model": self.name,
            "messages": [{"role": one.role, "content": one.text} for one in messages],
            **parameters,
        }
        custom_id = self.custom_id(messages, parameters)
        self.requests.append({"custom_id": custom_id, "method": "POST", "url": ENDPOINT, "body": body})
        return _unanswered()


@dataclass
class ReplayModel(_Counting):
    """A model that answers from a batch's output."""

    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    async def stream(
        self, messages: Sequence[Message], *, parameters: Mapping[str, Any]
    ) -> AsyncGenerator[Chunk, None]:
        """The stored answer. Raises ModelUnavailable if the file has none that is whole."""
        body = self.answers.get(self.custom_id(messages, parameters))
        choice = ((body or {}).get("choices") or [{}])[0]
        if body is None or choice.get("finish_reason") != "stop":
            raise ModelUnavailable(NO_ANSWER, kind="rejected", retryable=False)
        usage = body.get("usage") or {}
        yield Chunk(
            text=str((choice.get("message") or {}).get("content") or ""),
            finish_reason="stop",
            model=body.get("model"),
            usage=Usage(
                input_tokens=usage.get("prompt_tokens", 0), output_tokens=usage.get("completion_tokens", 0)
            ),
        )


async def _unanswered() -> AsyncGenerator[Chunk, None]:
    nothing: tuple[Chunk, ...] = ()
    for chunk in nothing:
        yield chunk
    raise ModelUnavailable("written to the batch file", kind="rejected", retryable=False)


async def export_requests(
    suite: str | Path,
    out: Path,
    *,
    model: str,
    writer_with: Callable[[RecordingModel], Writer],
    shop: Shelf,
    repeats: int = 1,
    splits: Sequence[str] = (),
) -> int:
    """Writes the requests of a run to `out`; how many there are. Raises SuiteError."""
    recorder = RecordingModel(name=model)
    writer = writer_with(recorder)
    for scenario in read_suite(suite).only(splits=splits).scenarios:
        for _ in range(max(repeats, scenario.repeat or 1)):
            try:
                await writer.draft(scenario.ticket(shop=shop.shop.id, orders=shop.orders))
            except ServiceError:
                continue
    write_whole(out, map(json_line, recorder.requests))
    return len(recorder.requests)


async def import_answers(
    suite: str | Path,
    answers: Path,
    *,
    model: str,
    writer_with: Callable[[ReplayModel], Writer],
    shop: Shelf,
    arm: Mapping[str, Any],
    out: Path = Path("runs"),
    repeats: int = 1,
    splits: Sequence[str] = (),
    progress: Callable[[Progress], None] | None = None,
) -> Run:
    """The run made of a batch's answers; a call without a whole answer is an infrastructure error.

    Raises SuiteError if the file is not the output of a batch.
    """
    stored = read_answers(answers)
    digest = hashlib.sha256(answers.read_bytes()).hexdigest()[:16]
    return await run(
        suite,
        writer=writer_with(ReplayModel(name=model, answers=stored)),
        shop=shop,
        out=out,
        repeats=repeats,
        concurrency=1,
        progress=progress,
        arm={**arm, "batch": digest},
        splits=splits,
        fallback_fails=True,
    )


def read_answers(path: Path) -> dict[str, Mapping[str, Any]]:
    """`custom_id` → body of each answer with status 200. Raises SuiteError."""
    if not path.is_file():
        raise SuiteError(f"{path}: no such file; expected the output of a batch, one answer per line")
    found: dict[str, Mapping[str, Any]] = {}
    lines = 0
    for lines, record in enumerate(read_records(path), start=1):
        response = record.get("response") or {}
        if "custom_id" not in record:
            raise SuiteError(f"{path.name}:{lines}: no custom_id; expected a line of a batch's output")
        if response.get("status_code") == 200 and isinstance(response.get("body"), dict):
            found[record["custom_id"]] = response["body"]
    if not lines:
        raise SuiteError(f"{path}: no answer in it; expected one JSON object per line")
    return found
