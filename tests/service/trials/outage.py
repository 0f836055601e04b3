"""`python -m tests.service.trials.outage [PER_MODE]`: a model that fails in ten ways, for long (R4, R5).

Every draft must be there in its deadline, labelled with why the model's is not; the endpoint must not be
asked more than the breaker allows.
"""

import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from service.assembly import Warmline
from service.demo import demo_tickets
from service.draft import Draft
from service.edge import Breaker, ModelEdge
from service.errors import ModelError, ModelUnavailable
from service.model import Message, answer
from service.settings import Settings
from tests.model_server import ModelServer
from tests.service.edge.fakes import Clock, Scripted

FIRST_S, TOTAL_S = 0.5, 1.0
MODES = {
    "refused": ("http://127.0.0.1:9/v1", "m"),
    "no such name": ("http://nowhere.invalid/v1", "m"),
    "no TLS there": ("https://{host}/v1", "m"),
    "429": ("", "fixed?fault=rate_limited"),
    "500": ("", "fixed?fault=server_error"),
    "hang": ("", "fixed?fault=hang"),
    "a byte at a time": ("", "fixed?fault=drip&between_s=0.05"),
    "cut JSON": ("", "fixed?fault=malformed_json"),
    "wrong schema": ("", "fixed?fault=wrong_schema"),
    "12 MB body": ("", "fixed?fault=huge&after=0"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mode:
    """What became of the drafts of one mode."""

    name: str
    asked: int
    labelled: int
    slowest_ms: float
    """Of the model's part: what came after the instant draft was on the screen."""
    after_opening_ms: float
    """The same once the breaker had opened."""
    kinds: Counter[str]

    def __str__(self) -> str:
        kinds = ", ".join(f"{kind} ×{count}" for kind, count in self.kinds.most_common(3))
        return (
            f"{self.name}: {self.labelled} of {self.asked} labelled fallbacks; model part slowest "
            f"{self.slowest_ms:.0f} ms, breaker open {self.after_opening_ms:.0f} ms ({kinds})"
        )


async def failing(home: Path, server: ModelServer, mode: str, count: int) -> Mode:
    """So many drafts while the model fails in this way."""
    url, model = MODES[mode]
    app = Warmline(
        settings=Settings(
            home=home,
            database_url=f"sqlite:///{home / 'outage.db'}",
            base_url=url.format(host=server.url.split("/")[2]) or server.url,
            api_key=SecretStr("k"),
            model=model,
            first_token_s=FIRST_S,
            total_s=TOTAL_S,
        )
    )
    if app.models:
        await app.models.warm()
    tickets = demo_tickets()
    made: list[Draft] = []
    try:
        for number in range(count):
            made.append(await app.draft(tickets[number % len(tickets)]))  # noqa: PERF401
    finally:
        await app.close()
    opened = [each.ms["model"] for each in made if each.provenance.fallback_kind == "circuit_open"]
    return Mode(
        name=mode,
        asked=count,
        labelled=sum(each.writer == "composer" and bool(each.provenance.fallback) for each in made),
        slowest_ms=max(each.ms["model"] for each in made),
        after_opening_ms=max(opened, default=0.0),
        kinds=Counter(each.provenance.fallback_kind or "" for each in made),
    )


async def five_minutes(*, per_s: int = 4, threshold: int = 5, rest_s: float = 30.0) -> str:
    """A backend that fails for five minutes of a clock of our own, then recovers."""
    clock = Clock()
    down: Callable[[int], list[ModelError | str]] = lambda _: (  # noqa: E731
        [ModelUnavailable("m: failed", kind="server_error")] if clock.now < 1_300 else ["可以退"]
    )
    model = Scripted(down)
    breaker = Breaker(threshold=threshold, rest_s=rest_s, clock=clock)
    edge = ModelEdge([model], breaker=lambda _: breaker, chance=lambda: 0.0)
    asked, recovered = 0, 0.0
    while not recovered and clock.now < 3_000:
        asked += 1
        try:
            await answer(edge, [Message(role="user", text="?")], parameters={})
            recovered = clock.now - 1_300
        except ModelError:
            pass
        clock.now += 1 / per_s
    probes = model.calls - 1 - threshold
    return (
        f"down for 300 s, {asked} drafts asked: {model.calls - 1} calls while it failed "
        f"(threshold {threshold} + {probes} probes), {edge.counts['retries']} retries; "
        f"used again {recovered:.1f} s after it was back"
    )


async def main(count: int) -> bool:
    """Every mode, then the outage."""
    good = True
    with tempfile.TemporaryDirectory() as folder, ModelServer(keep_requests=False) as server:
        for mode in MODES:
            began = time.monotonic()
            seen = await failing(Path(folder), server, mode, count)
            good = good and seen.labelled == seen.asked and seen.slowest_ms <= TOTAL_S * 1000 + 250
            sys.stdout.write(f"{seen} [{time.monotonic() - began:.0f} s]\n")
            sys.stdout.flush()
    sys.stdout.write(await five_minutes() + "\n")
    return good


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)) else 1)
