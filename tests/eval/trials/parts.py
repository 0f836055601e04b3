"""What the trials share: a suite in bulk, a writer of one call, a run of two calls per scenario."""

import json
from dataclasses import dataclass
from pathlib import Path

from eval.adapters.chat import ChatModel
from eval.judging.criterion import chosen
from eval.judging.judge import Judge
from eval.judging.jury import JudgeJury
from eval.limiting import Limiter
from eval.run import Run
from eval.running import run
from prompts.template import load_templates
from service.adapters.answer_cache import SqliteAnswers
from service.analysis import Analysis, Escalation, Issue
from service.draft import Draft, Provenance
from service.edge.caching import CachedModel
from service.model import Message, Model, answer
from service.ticket import Ticket
from tests.eval.parts import TinyShelf

CRITERION = "resolves"
SYSTEM = "你是网店客服。按资料回答顾客，先回应感受，再说清楚办法和时间，不承诺资料里没有的东西。" * 12


def bulk_suite(path: Path, count: int) -> Path:
    """Scenarios that differ in their question, 20 families of them."""
    lines = [
        {
            "id": f"s{at:05d}",
            "family": f"f{at % 20}",
            "now": "2026-11-12T20:15:00+08:00",
            "conversation": [{"role": "customer", "text": f"第{at}件毛衣能退吗，什么时候到账"}],
            "expect": {"intents": ["return"], "states": [["18:00"]]},
        }
        for at in range(count)
    ]
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines), encoding="utf-8")
    return path


@dataclass(frozen=True)
class OneCallWriter:
    """A bare model with a prompt: what is left is the harness."""

    model: Model

    async def draft(self, ticket: Ticket) -> Draft:
        reply = await answer(self.model, messages(ticket.question), parameters={"temperature": 0.3})
        return Draft(
            id=f"d-{ticket.id}",
            ticket_id=ticket.id,
            text=reply.text,
            writer="model",
            analysis=Analysis(
                issues=(Issue(intent="return", confidence=1, span=(0, 1)),),
                emotion="calm",
                strength=0,
                risks=(),
                escalation=Escalation(needed=False),
            ),
            provenance=Provenance(model=reply.model, usage=reply.usage),
        )


def messages(question: str) -> list[Message]:
    """The prompt of a bare model."""
    return [Message(role="system", text=SYSTEM), Message(role="user", text=question)]


async def two_calls_each(
    suite: Path, out: Path, url: str, *, wait_s: float, concurrency: int = 50, cache: Path | None = None
) -> Run:
    """A run in which every scenario costs a draft and a verdict."""
    drafts = ChatModel(endpoint=url, api_key="k", model=f"fixed?first_token_s={wait_s}")
    verdicts = ChatModel(endpoint=url, api_key="k", model=f"reading-judge?first_token_s={wait_s}")
    kept = SqliteAnswers(cache) if cache else None
    judge = Judge(model=verdicts, templates=load_templates(), limiter=Limiter(most=concurrency), answers=kept)
    try:
        return await run(
            suite,
            writer=OneCallWriter(CachedModel(drafts, kept) if kept else drafts),
            shop=TinyShelf(),
            out=out,
            concurrency=concurrency,
            name="run",
            allow_drift=True,
            jury=JudgeJury(judge=judge, criteria=chosen([CRITERION]), shelf=TinyShelf()),
        )
    finally:
        await drafts.aclose()
        await verdicts.aclose()
        if kept:
            kept.close()
