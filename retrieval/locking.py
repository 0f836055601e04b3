"""One writer per shop: a lock that a dead process lets go of by itself."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from retrieval.errors import KnowledgeBusy
from retrieval.generation import ShopHome


@contextmanager
def writing(home: ShopHome) -> Iterator[None]:
    """Hold the shop's write lock. Raises KnowledgeBusy at once where another process has it."""
    from filelock import FileLock, Timeout

    home.path.mkdir(parents=True, exist_ok=True)
    owner = home.path / "lock.owner"
    try:
        lock = FileLock(home.path / "lock", timeout=0)
        with lock:
            owner.write_text(str(os.getpid()), encoding="utf-8")
            yield
    except Timeout as error:
        who = owner.read_text(encoding="utf-8").strip() if owner.is_file() else "unknown"
        raise KnowledgeBusy(
            f"shop {home.shop}: process {who} is writing its knowledge; wait for it, then run this again"
        ) from error
