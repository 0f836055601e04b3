"""Keeps drafts one after another and prints each id once it is acknowledged (for the kill test)."""

import asyncio
import sys
from datetime import UTC, datetime

from service.adapters.sql_store import open_store
from service.store import StoredDraft


async def main(path: str, prefix: str = "") -> None:
    """Write until killed."""
    store = open_store(f"sqlite:///{path}")
    for number in range(100_000):
        name = f"{prefix}d{number}"
        await store.save_draft(
            StoredDraft(id=name, at=datetime.now(UTC), shop="demo", ticket={}, draft={"text": "好" * 300})
        )
        print(name, flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
