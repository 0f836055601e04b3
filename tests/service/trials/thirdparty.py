"""`make nightly`: the whole line against a server that somebody else wrote, with whatever model it has.

A tiny model with random weights will do: what it says is nonsense, so nearly every draft falls back; what
is proven is that its dialect of the protocol is understood, and that nonsense never passes for a reply.
"""

import asyncio
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

from service.assembly import Warmline
from service.demo import waiting_tickets
from service.settings import read_settings

NEEDS = """needs an OpenAI-compatible server of somebody else's, for example llama.cpp's:
  pip install llama-cpp-python[server]     (compiles for some ten minutes; pip install gguf makes tiny models)
  python -m llama_cpp.server --model tiny.gguf --port 8081 --n_ctx 8192
  make nightly OPENAI_BASE_URL=http://127.0.0.1:8081/v1 OPENAI_API_KEY=none WARMLINE_MODEL=tiny
"""
BROKEN_DIALECT = frozenset({"malformed", "rejected", "unreachable"})
"""Reasons that would say that we and the server do not understand each other."""


async def spoken(home: Path) -> Counter[str]:
    """What became of the drafts of every waiting demo ticket."""
    app = Warmline(settings=read_settings(home=home, max_tokens=120))
    told: Counter[str] = Counter()
    try:
        for ticket in waiting_tickets():
            draft = await app.draft(ticket)
            assert draft.text and not (draft.writer == "model" and draft.status == "partial")
            told[draft.provenance.fallback_kind or draft.writer] += 1
    finally:
        await app.close()
    return told


if __name__ == "__main__":
    if not os.environ.get("OPENAI_BASE_URL"):
        sys.exit(NEEDS)
    with tempfile.TemporaryDirectory() as folder:
        seen = asyncio.run(spoken(Path(folder)))
    sys.stdout.write(f"{seen.total()} drafts: {dict(seen)}\n")
    sys.exit(1 if BROKEN_DIALECT & set(seen) else 0)
