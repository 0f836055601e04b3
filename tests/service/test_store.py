"""The store keeps what it acknowledged, and one key is one record."""

import asyncio
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from service.adapters.sql_store import open_store, sqlite_driver, wal_is_safe
from service.errors import SettingsError
from service.store import KeyTaken, Outcome, StoredDraft

AT = datetime(2026, 11, 12, 12, 15, tzinfo=UTC)


def stored(name: str, *, key: str | None = None) -> StoredDraft:
    return StoredDraft(
        id=name,
        at=AT,
        shop="demo",
        ticket={"id": "t"},
        draft={"text": "您好"},
        idempotency_key=key,
        body_hash="h",
    )


async def test_a_draft_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'new' / 'w.db'}")
    await store.save_draft(stored("d1", key="k1"))
    assert await store.draft("d1") == stored("d1", key="k1")
    assert await store.draft_by_key("k1") == stored("d1", key="k1")
    assert await store.draft("d2") is None
    assert [each.id for each in await store.recent()] == ["d1"]
    await store.close()


async def test_one_key_keeps_one_draft_even_when_asked_at_once(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'w.db'}")
    tries = await asyncio.gather(
        *(store.save_draft(stored(f"d{n}", key="k")) for n in range(12)), return_exceptions=True
    )
    assert [type(each) for each in tries if each is not None] == [KeyTaken] * 11
    assert len(await store.recent()) == 1
    await store.close()


async def test_outcomes_belong_to_a_draft_in_their_order(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'w.db'}")
    await store.save_draft(stored("d1"))
    given = [
        Outcome(draft_id="d1", at=AT, kind="edited", final_text="您好呀"),
        Outcome(draft_id="d1", at=AT, kind="sent", final_text="您好"),
    ]
    for outcome in given:
        await store.save_outcome(outcome)
    assert await store.outcomes("d1") == given
    await store.close()


async def test_what_was_acknowledged_is_there_after_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.service.store_writer", str(path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout
    acknowledged = [writer.stdout.readline().strip() for _ in range(25)]
    os.kill(writer.pid, signal.SIGKILL)
    acknowledged += [line.strip() for line in writer.stdout if line.endswith("\n")]
    writer.wait()
    writer.stdout.close()
    store = open_store(f"sqlite:///{path}")
    kept = {each.id for each in await store.recent(limit=10_000)}
    assert set(acknowledged) <= kept
    await store.close()


def test_a_store_that_cannot_be_opened_says_so_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(SettingsError, match="WARMLINE_DATABASE_URL"):
        open_store(f"sqlite:///{tmp_path / 'file' / 'w.db'}")
    with pytest.raises(SettingsError, match="cannot be opened"):
        open_store("nonsense")


@pytest.mark.parametrize(
    ("version", "safe"),
    [((3, 40, 1), False), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 53, 4), True), ((3, 6, 23), True)],
)
def test_write_ahead_logging_is_used_only_without_the_reset_race(
    version: tuple[int, ...], safe: bool
) -> None:
    assert wal_is_safe(version) is safe


def test_the_installed_sqlite_is_free_of_the_race() -> None:
    assert wal_is_safe(sqlite_driver().sqlite_version_info)
