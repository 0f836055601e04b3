"""The truth: a shop's documents and snippets in SQLite, from which every index can be rebuilt.

Rollback journal instead of WAL (one writer, under a lock, rarely), so the WAL-reset race of old SQLite
versions (`safety.md`, finding 3) cannot happen, and `synchronous=FULL`, so a commit survives a power cut.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from retrieval.document import Document
from retrieval.errors import RetrievalError
from retrieval.splitting import Entry, entries

BATCH = 500
"""Documents written or read at a time."""

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

    def replace(self, documents: Iterable[Document], facts: dict[str, Any]) -> Changes:
        """Make these the whole truth, in one transaction; what changed is returned."""
        added: list[str] = []
        changed: list[str] = []
        waiting = iter(documents)
        with self._engine.begin() as db:
            rows = db.execute(sa.select(_DOCUMENTS.c.shop, _DOCUMENTS.c.key, _DOCUMENTS.c.digest))
            old = {(row.shop, row.key): row.digest for row in rows}
            gone = set(old)
            while batch := list(islice(waiting, BATCH)):
                gone.difference_update((document.shop, document.key) for document in batch)
                stale = [(document, row) for document in batch if (row := _changed(document, old))]
                for document, _ in stale:
                    known = (document.shop, document.key) in old
                    (changed if known else added).append(document.key)
                    if known:
                        _forget(db, document.shop, document.key)
                _insert(db, _DOCUMENTS, [row for _, row in stale])
                _insert(db, _SNIPPETS, [_snippet_row(e) for document, _ in stale for e in entries(document)])
            for shop, key in gone:
                _forget(db, shop, key)
            db.execute(_FACTS.delete())
            bodies = ((name, json.dumps(fact, ensure_ascii=False)) for name, fact in facts.items())
            _insert(db, _FACTS, [{"name": name, "body": body} for name, body in bodies])
        return Changes(added=tuple(added), changed=tuple(changed), removed=tuple(key for _, key in gone))

    def documents(self) -> Iterator[Document]:
        """All documents, ordered by shop and key, so that the versions of one stand together."""
        wanted = sa.select(_DOCUMENTS.c.body).order_by(_DOCUMENTS.c.shop, _DOCUMENTS.c.key)
        with self._engine.connect() as db:
            for row in db.execution_options(yield_per=BATCH).execute(wanted):
                yield Document.from_json(row.body)

    def size(self) -> int:
        """How many documents there are."""
        with self._engine.connect() as db:
            return int(db.execute(sa.select(sa.func.count()).select_from(_DOCUMENTS)).scalar_one())

    def facts(self) -> dict[str, Any]:
        """What was stored beside the documents; empty before the first sync."""
        with self._engine.connect() as db:
            return {row.name: json.loads(row.body) for row in db.execute(sa.select(_FACTS))}

    def check(self) -> str:
        """SQLite's own verdict on the file: `ok`, or what is wrong."""
        with self._engine.connect() as db:
            return str(db.execute(sa.text("PRAGMA integrity_check")).scalar())


def _changed(document: Document, old: Mapping[tuple[str, str], str]) -> dict[str, Any] | None:
    """The row of a document that is new or says something else than before."""
    body = document.to_json()
    digest = hashlib.sha256(body.encode()).hexdigest()
    if old.get((document.shop, document.key)) == digest:
        return None
    return {"shop": document.shop, "key": document.key, "digest": digest, "body": body}


def _forget(db: sa.Connection, shop: str, key: str) -> None:
    db.execute(_DOCUMENTS.delete().where(_DOCUMENTS.c.shop == shop, _DOCUMENTS.c.key == key))
    db.execute(_SNIPPETS.delete().where(_SNIPPETS.c.document == f"{shop}/{key}"))


def _insert(db: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        db.execute(table.insert(), rows)


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
