"""`python -m tests.model_server.faults [COUNT]`: drafts while a fifth of the model's answers fails.

Every draft must be answered and stored once, and no text that was cut may be shown as whole.
"""

import asyncio
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from service.assembly import Warmline
from service.demo import demo_tickets
from service.draft import Draft
from service.settings import Settings
from tests.model_server import Behaviour, ModelServer

ANSWER = "您好，您的情况我已经看到了，我马上为您核实，请您稍等，我会尽快给您答复。祝您生活愉快~"
"""Long enough to be cut, harmless enough to pass every check; a cut text lacks its last words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of the drafts asked for."""

    asked: int
    answered: int
    stored: int
    cut_shown_as_whole: int
    by_model: int
    faults: int
    reasons: Counter[str]

    def __str__(self) -> str:
        reasons = ", ".join(f"{why} ×{count}" for why, count in self.reasons.most_common(4))
        return (
            f"{self.asked} asked, {self.answered} answered, {self.asked - self.stored} lost, "
            f"{self.stored - self.answered} duplicated, {self.cut_shown_as_whole} cut texts shown as whole; "
            f"{self.by_model} by the model, {self.answered - self.by_model} by the composer; "
            f"{self.faults} faults injected ({reasons})"
        )


async def drafted(home: Path, server: ModelServer, *, count: int, at_once: int = 8) -> Outcome:
    """So many drafts of the demo tickets, some at once."""
    server.behaviour = Behaviour(text=ANSWER, fault="mixed", every=5, piece_chars=6)
    app = Warmline(
        settings=Settings(
            home=home,
            database_url=f"sqlite:///{home / 'faults.db'}",
            base_url=server.url,
            api_key=SecretStr("k"),
            model="polite",
            first_token_s=3.0,
            total_s=6.0,
        )
    )
    tickets = demo_tickets()
    left = iter(range(count))
    made: list[Draft] = []

    async def work() -> None:
        for index in left:
            ticket = tickets[index % len(tickets)].model_copy(update={"id": f"fault-{index}"})
            made.append(await app.draft(ticket))

    try:
        await asyncio.gather(*(work() for _ in range(at_once)))
        stored = [draft for each in made if (draft := await app.store.draft(each.id))]
    finally:
        await app.close()
    return Outcome(
        asked=count,
        answered=len({draft.ticket_id for draft in made}),
        stored=len({each.id for each in stored}),
        cut_shown_as_whole=sum(each.writer == "model" and each.text != ANSWER for each in made),
        by_model=sum(each.writer == "model" for each in made),
        faults=server.counts["mixed"],
        reasons=Counter(_reason(each.provenance.fallback) for each in made if each.provenance.fallback),
    )


def _reason(fallback: str | None) -> str:
    return (fallback or "").rpartition(": ")[2][:60]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, ModelServer(keep_requests=False) as running:
        asked = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
        outcome = asyncio.run(drafted(Path(folder), running, count=asked))
        sys.stdout.write(f"{outcome}\n")
