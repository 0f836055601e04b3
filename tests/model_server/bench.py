"""`python -m tests.model_server.bench`: what the model edge costs over the raw client, as ratios of one run.

The server runs in a process of its own. `prompt` includes rendering and masking nothing: the case is given.
"""

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

from prompts.taxonomy import load_taxonomy
from prompts.template import find, load_templates
from service.adapters.langchain_model import LangChainModel
from service.edge import FairQueue, ModelEdge
from service.errors import ModelError
from service.model import Message, answer
from service.prompting import reply_messages
from tests.rendered.cases import CASES, PLAYBOOKS

CASE = CASES["return_in_window"]
TEMPLATE = find(load_templates(), "reply@1", "zh")
TAXONOMY = load_taxonomy()

Draft = Callable[[str], Awaitable[tuple[float, int]]]
"""Model name → seconds to the first text, and characters in all."""


def messages() -> list[dict[str, str]]:
    prompt = reply_messages(CASE, template=TEMPLATE, playbooks=PLAYBOOKS, taxonomy=TAXONOMY)
    return [{"role": each.role, "content": each.text} for each in prompt.messages]


async def raw(client: Any, sent: Any, model: str) -> tuple[float, int]:
    """The openai library alone, with the messages ready."""
    began, first, chars = time.perf_counter(), 0.0, 0
    stream = await client.chat.completions.create(
        model=model, messages=sent, stream=True, stream_options={"include_usage": True}
    )
    async for chunk in stream:
        text = chunk.choices[0].delta.content if chunk.choices else None
        if text:
            first = first or time.perf_counter() - began
            chars += len(text)
    return first, chars


async def ours(models: dict[str, ModelEdge], url: str, model: str, queue: FairQueue) -> tuple[float, int]:
    """The prompt written from the case, then the edge with queue, breaker and chain."""
    began, first, chars = time.perf_counter(), 0.0, 0
    if model not in models:
        made = LangChainModel(endpoint=url, api_key="k", model=model, first_token_s=60, total_s=120)
        models[model] = ModelEdge([made], first_token_s=60, total_s=120, queue=queue)
        await models[model].warm()
    prompt = reply_messages(CASE, template=TEMPLATE, playbooks=PLAYBOOKS, taxonomy=TAXONOMY)
    async with aclosing(models[model].stream(prompt.messages, parameters={"temperature": 0.3})) as chunks:
        async for chunk in chunks:
            if chunk.text:
                first = first or time.perf_counter() - began
                chars += len(chunk.text)
    return first, chars


async def first_token_ms(one: Draft, other: Draft, model: str, rounds: int) -> tuple[float, float]:
    """Medians, measured in turn so that both see the same machine."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for draft, taken in zip((one, other), times, strict=True):
            taken.append((await draft(model))[0])
    return statistics.median(times[0]) * 1000, statistics.median(times[1]) * 1000


async def drafts_per_s(draft: Draft, model: str, *, at_once: int, count: int) -> float:
    """Drafts finished per second with so many under way at once."""
    left = iter(range(count))

    async def work() -> None:
        for _ in left:
            await draft(model)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(at_once)))
    return count / (time.perf_counter() - began)


async def measured(url: str) -> AsyncIterator[str]:
    """The lines of the report."""
    import httpx2
    from openai import AsyncOpenAI

    limits = httpx2.Limits(max_connections=256, max_keepalive_connections=256)
    http = httpx2.AsyncClient(limits=limits, timeout=120, verify=False)
    client = AsyncOpenAI(base_url=url, api_key="k", max_retries=0, http_client=http)
    models: dict[str, ModelEdge] = {}
    queue = FairQueue(at_once=64, waiting=256)
    sent = messages()

    async def one(model: str) -> tuple[float, int]:
        return await raw(client, sent, model)

    async def other(model: str) -> tuple[float, int]:
        return await ours(models, url, model, queue)

    for draft in (one, other):
        await drafts_per_s(draft, "fixed", at_once=2, count=10)
    before, after = await first_token_ms(one, other, "fixed?first_token_s=0.05", 60)
    yield f"first token, one draft, p50: raw {before:.1f} ms, ours {after:.1f}, added {after - before:.1f}"
    for label, model, count in (
        ("60 tokens, 20 ms apart", "fixed?first_token_s=0.2&between_s=0.02&piece_chars=2", 256),
        ("60 tokens, no pause", "fixed?piece_chars=2", 384),
    ):
        rates: tuple[list[float], list[float]] = ([], [])
        for _ in range(3):
            for draft, rate in zip((one, other), rates, strict=True):
                rate.append(await drafts_per_s(draft, model, at_once=64, count=count))
        before, after = statistics.median(rates[0]), statistics.median(rates[1])
        yield (
            f"drafts per second, 64 at once, {label}: "
            f"raw {before:.1f}, ours {after:.1f}, ratio {after / before:.2f}"
        )
    yield await overload(url)
    for edge in models.values():
        await edge.aclose()
    await http.aclose()


async def overload(url: str, *, at_once: int = 16, waiting: int = 32, times: int = 10) -> str:
    """Ten times as many callers as fit: how fast the rest hears no, and whether the others finish."""
    made = LangChainModel(endpoint=url, api_key="k", model="fixed?first_token_s=0.3")
    edge = ModelEdge([made], first_token_s=5, total_s=10, queue=FairQueue(at_once=at_once, waiting=waiting))
    await edge.warm()
    shed: list[float] = []
    finished: list[float] = []

    async def call() -> None:
        began = time.perf_counter()
        try:
            await answer(edge, [Message(role="user", text="?")], parameters={})
            finished.append(time.perf_counter() - began)
        except ModelError:
            shed.append(time.perf_counter() - began)

    await asyncio.gather(*(call() for _ in range((at_once + waiting) * times)))
    await edge.aclose()
    return (
        f"overload ×{times}: {len(finished)} finished (slowest {max(finished):.2f} s), "
        f"{len(shed)} shed, p99 {sorted(shed)[int(len(shed) * 0.99) - 1] * 1000:.0f} ms"
    )


async def main(url: str) -> None:
    async for line in measured(url):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    with subprocess.Popen(
        [sys.executable, "-m", "tests.model_server"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            asyncio.run(main(process.stdout.readline().strip()))
        finally:
            process.terminate()
