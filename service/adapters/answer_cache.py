"""Answers kept as JSON in a SQLite file of their own."""

import json
import logging
import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

_BUSY_S = 10.0
_TABLE = "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"


class SqliteAnswers:
    """A `service.edge.caching.AnswerStore` in one file; several processes may share it.

    It can be deleted at any time. A damaged file is put aside and begun anew. The rollback journal is
    kept on purpose: write-ahead logging with several connections can lose pages in SQLite before 3.51.3.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = self._open()
        except sqlite3.DatabaseError:
            aside = path.with_suffix(path.suffix + ".damaged")
            path.replace(aside)
            log.warning("answer cache %s is damaged: put aside as %s, begun anew", path, aside.name)
            self._db = self._open()

    def get(self, key: str) -> dict[str, Any] | None:
        """What is kept under the key."""
        with self._lock:
            row = self._db.execute("SELECT value FROM answers WHERE key = ?", (key,)).fetchone()
        return None if row is None else dict(json.loads(row[0]))

    def put(self, key: str, value: Mapping[str, Any]) -> None:
        """Keeps it; what is there already stays."""
        text = json.dumps(value, ensure_ascii=False)
        with self._lock, self._db:
            self._db.execute("INSERT OR IGNORE INTO answers (key, value) VALUES (?, ?)", (key, text))

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._db.close()

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=_BUSY_S, check_same_thread=False)
        try:
            # No wait for the disk: a killed process loses nothing, and what a power cut breaks is begun anew.
            db.execute("PRAGMA synchronous = OFF")
            with db:
                db.execute(_TABLE)
            db.execute("PRAGMA quick_check").fetchone()
        except sqlite3.DatabaseError:
            db.close()
            raise
        return db
