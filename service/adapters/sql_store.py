"""The store on SQLAlchemy: SQLite by default, any other database by URL."""

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError

from service.errors import SettingsError
from service.store import KeyTaken, Outcome, StoredDraft

T = TypeVar("T")

metadata = sa.MetaData()

drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False, index=True),
    sa.Column("shop", sa.String(200), nullable=False, index=True),
    sa.Column("ticket", sa.JSON, nullable=False),
    sa.Column("draft", sa.JSON, nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Column("instant", sa.JSON, nullable=True),
    sa.Column("idempotency_key", sa.String(200), unique=True, nullable=True),
    sa.Column("body_hash", sa.String(64), nullable=True),
)

outcomes = sa.Table(
    "outcomes",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("draft_id", sa.String(64), sa.ForeignKey("drafts.id"), nullable=False, index=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("final_text", sa.Text, nullable=False),
    sa.Column("findings", sa.JSON, nullable=False),
    sa.Column("idempotency_key", sa.String(200), unique=True, nullable=True),
)


def open_store(url: str) -> "SqlStore":
    """A store at that SQLAlchemy URL, its tables made if they are not there.

    Raises SettingsError if the URL or the file cannot be used.
    """
    try:
        engine = _engine(url)
        metadata.create_all(engine)
    except (SQLAlchemyError, OSError, sqlite3.Error, ImportError) as error:
        raise SettingsError(
            f"store {_shown(url)}: cannot be opened ({_reason(error)}); "
            "check WARMLINE_DATABASE_URL and the rights on WARMLINE_HOME"
        ) from error
    return SqlStore(engine)


class SqlStore:
    """A `service.store.Store` over one SQLAlchemy engine; calls run in worker threads."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    async def save_draft(self, stored: StoredDraft) -> None:
        """Keep a draft. Raises KeyTaken if its idempotency key is in use."""
        await self._write(drafts, _columns(stored))

    async def draft(self, draft_id: str) -> StoredDraft | None:
        """The draft of that id."""
        return await self._one(drafts.c.id == draft_id)

    async def draft_by_key(self, key: str) -> StoredDraft | None:
        """The draft made under that idempotency key."""
        return await self._one(drafts.c.idempotency_key == key)

    async def recent(self, *, limit: int = 50) -> list[StoredDraft]:
        """The newest drafts, newest first."""
        query = sa.select(drafts).order_by(drafts.c.at.desc()).limit(limit)
        return [StoredDraft(**row) for row in await self._rows(query)]

    async def save_outcome(self, outcome: Outcome) -> None:
        """Keep an outcome. Raises KeyTaken if its idempotency key is in use."""
        await self._write(outcomes, _columns(outcome))

    async def outcomes(self, draft_id: str) -> list[Outcome]:
        """The outcomes of a draft, oldest first."""
        query = sa.select(outcomes).where(outcomes.c.draft_id == draft_id).order_by(outcomes.c.number)
        rows = await self._rows(query)
        return [Outcome(**{name: row[name] for name in row if name != "number"}) for row in rows]

    async def close(self) -> None:
        """Give connections back."""
        await asyncio.to_thread(self._engine.dispose)

    async def _write(self, table: sa.Table, values: dict[str, Any]) -> None:
        def insert() -> None:
            with self._engine.begin() as connection:
                connection.execute(table.insert().values(**values))

        try:
            await asyncio.to_thread(insert)
        except IntegrityError as error:
            raise KeyTaken(str(values.get("idempotency_key"))) from error

    async def _one(self, where: sa.ColumnElement[bool]) -> StoredDraft | None:
        rows = await self._rows(sa.select(drafts).where(where))
        return StoredDraft(**rows[0]) if rows else None

    async def _rows(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        def read() -> list[dict[str, Any]]:
            with self._engine.connect() as connection:
                return [_aware(dict(row)) for row in connection.execute(query).mappings()]

        return await asyncio.to_thread(read)


def _columns(record: StoredDraft | Outcome) -> dict[str, Any]:
    values = {name: getattr(record, name) for name in record.__dataclass_fields__}
    return {**values, "at": record.at.astimezone(UTC)}


def _aware(row: dict[str, Any]) -> dict[str, Any]:
    """SQLite forgets time zones; what is stored is UTC."""
    at: datetime = row["at"]
    return {**row, "at": at if at.tzinfo else at.replace(tzinfo=UTC)}


def _engine(url: str) -> sa.Engine:
    parsed = sa.make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return sa.create_engine(parsed, pool_pre_ping=True)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    driver = sqlite_driver()
    engine = sa.create_engine(parsed, module=driver, connect_args={"timeout": 10})
    sa.event.listen(
        engine, "connect", _pragmas("WAL" if wal_is_safe(driver.sqlite_version_info) else "DELETE")
    )
    return engine


def sqlite_driver() -> ModuleType:
    """SQLite as new as can be had: the bundled one if installed, else Python's own."""
    try:
        import pysqlite3.dbapi2 as bundled
    except ImportError:
        return sqlite3
    return bundled  # type: ignore[no-any-return]


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Whether this SQLite is free of the WAL-reset race (3.7.0 to 3.51.2)."""
    return not (3, 7, 0) <= tuple(version) < (3, 51, 3)


def _pragmas(journal: str) -> Callable[[Any, Any], None]:
    def on_connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in (f"journal_mode={journal}", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return on_connect


def _shown(url: str) -> str:
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except SQLAlchemyError:
        return "URL"


def _reason(error: Exception) -> str:
    original = error.orig if isinstance(error, OperationalError) else error
    return " ".join(str(original).split())[:200]
