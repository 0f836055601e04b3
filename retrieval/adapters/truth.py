"""The truth: a shop's documents and snippets in SQLite, from which every index can be rebuilt.

Rollback journal instead of WAL (one writer, under a lock, rarely), so the WAL-reset race of old SQLite
versions (`safety.md`, finding 3) cannot happen, and `synchronous=FULL`, so a commit survives a power cut.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from retrieval.document import Document
from retrieval.errors import RetrievalError
from retrieval.splitting import Entry

_METADATA = sa.MetaData()
_DOCUMENTS = sa.Table(
    "documents",
    _METADATA,
    sa.Column("shop", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
_SNIPPETS = sa.Table(
    "snippets",
    _METADATA,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("document", sa.Text, nullable=False, index=True),
    sa.Column("text", sa.Text, nullable=False),
)
_FACTS = sa.Table(
    "facts",
    _METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("body", sa.Text, nullable=False),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a sync changed, as document keys."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class Truth:
    """Documents, snippets and facts (shop, products, orders, fingerprint) of one shop."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._engine = sa.create_engine(f"sqlite:///{file}", module=driver(), poolclass=sa.pool.NullPool)
        sa.event.listen(self._engine, "connect", _careful)
        try:
            _METADATA.create_all(self._engine)
        except sa.exc.DatabaseError as error:
            raise RetrievalError(
                f"{file}: damaged; move it away and sync the shop folder again ({error.orig})"
            ) from error

    def replace(
        self, documents: Sequence[Document], entries: Iterable[Entry], facts: dict[str, Any]
    ) -> Changes:
        """Make these the whole truth, in one transaction; what changed is returned."""
        new = {(doc.shop, doc.key): (doc.digest, doc) for doc in documents}
        with self._engine.begin() as db:
            rows = db.execute(sa.select(_DOCUMENTS.c.shop, _DOCUMENTS.c.key, _DOCUMENTS.c.digest))
            old = {(row.shop, row.key): row.digest for row in rows}
            gone = [key for key in old if key not in new]
            stale = [key for key in new if old.get(key) != new[key][0]]
            for shop, key in [*gone, *(key for key in stale if key in old)]:
                db.execute(_DOCUMENTS.delete().where(_DOCUMENTS.c.shop == shop, _DOCUMENTS.c.key == key))
                db.execute(_SNIPPETS.delete().where(_SNIPPETS.c.document == f"{shop}/{key}"))
            if stale:
                db.execute(_DOCUMENTS.insert(), [_row(*key, *new[key]) for key in stale])
            wanted = {f"{shop}/{key}" for shop, key in stale}
            snippets = [_snippet_row(entry) for entry in entries]
            snippets = [row for row in snippets if row["document"] in wanted]
            if snippets:
                db.execute(_SNIPPETS.insert(), snippets)
            db.execute(_FACTS.delete())
            db.execute(
                _FACTS.insert(),
                [
                    {"name": name, "body": json.dumps(fact, ensure_ascii=False)}
                    for name, fact in facts.items()
                ],
            )
        return Changes(
            added=tuple(key for shop, key in stale if (shop, key) not in old),
            changed=tuple(key for shop, key in stale if (shop, key) in old),
            removed=tuple(key for _, key in gone),
        )

    def documents(self) -> tuple[Document, ...]:
        """All documents, ordered by shop and key."""
        with self._engine.connect() as db:
            rows = db.execute(sa.select(_DOCUMENTS.c.body).order_by(_DOCUMENTS.c.shop, _DOCUMENTS.c.key))
            return tuple(Document.from_json(row.body) for row in rows)

    def facts(self) -> dict[str, Any]:
        """What was stored beside the documents; empty before the first sync."""
        with self._engine.connect() as db:
            return {row.name: json.loads(row.body) for row in db.execute(sa.select(_FACTS))}

    def check(self) -> str:
        """SQLite's own verdict on the file: `ok`, or what is wrong."""
        with self._engine.connect() as db:
            return str(db.execute(sa.text("PRAGMA integrity_check")).scalar())


def _row(shop: str, key: str, digest: str, document: Document) -> dict[str, Any]:
    return {"shop": shop, "key": key, "digest": digest, "body": document.to_json()}


def _snippet_row(entry: Entry) -> dict[str, Any]:
    snippet = entry.snippet
    document = f"{snippet.shop}/{snippet.document}@{snippet.version}"
    return {"key": f"{snippet.shop}/{snippet.key}", "document": document, "text": snippet.text}


def driver() -> Any:
    """The SQLite module with the newest library at hand."""
    try:
        from pysqlite3 import dbapi2
    except ModuleNotFoundError:
        import sqlite3 as dbapi2
    return dbapi2


def _careful(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=DELETE")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()
