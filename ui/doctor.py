"""What is configured, reachable and stale, and what to do about it: one row each."""

import os
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from retrieval.errors import RetrievalError
from retrieval.folder import shipped_shops
from retrieval.generation import ShopHome
from retrieval.status import Status, status
from service.assembly import Warmline
from service.errors import SettingsError
from service.settings import Settings
from ui.words import terminal_language, word

State = Literal["good", "note", "bad"]
MIN_PYTHON = (3, 11)
LITTLE_DISK_MB = 500
"""Two generations of a large shop and the store, with room to spare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One thing that was looked at."""

    what: str
    state: State
    says: str
    do: str = ""
    """What to do about it; empty if nothing."""


def examine(app: Warmline) -> list[Row]:
    """Everything worth knowing before the first ticket, in the order in which one would mend it."""
    return [
        _python(),
        _home(app.settings.home),
        _disk(app.settings.home),
        _sqlite(),
        _store(app),
        *_shops(app),
        _templates(),
        *_models(app),
        _port(app.settings.host, app.settings.port),
    ]


def _row(what: str, state: State, says: str, do: str = "", /, **values: object) -> Row:
    language = terminal_language()
    return Row(
        what=word(f"doctor_{what}", language),
        state=state,
        says=word(f"doctor_{says}", language, **values),
        do=word(f"doctor_do_{do}", language, **values) if do else "",
    )


def _python() -> Row:
    version = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info[:2] < MIN_PYTHON:
        return _row("python", "bad", "version", "python", version=version)
    return _row("python", "good", "version", version=version)


def _home(home: Path) -> Row:
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=home):
            pass
    except OSError as error:
        return _row("home", "bad", "unwritable", "home", path=home, reason=error.strerror or error)
    return _row("home", "good", "path", path=home.resolve())


def _disk(home: Path) -> Row:
    place = next(path for path in (home.absolute(), *home.absolute().parents) if path.exists())
    free_mb = shutil.disk_usage(place).free // 2**20
    if free_mb < LITTLE_DISK_MB:
        return _row("disk", "bad", "free", "disk", free=free_mb, least=LITTLE_DISK_MB)
    return _row("disk", "good", "free", free=free_mb)


def _sqlite() -> Row:
    from service.adapters.sql_store import sqlite_driver, wal_is_safe

    driver = sqlite_driver()
    if wal_is_safe(driver.sqlite_version_info):
        return _row("sqlite", "good", "wal", version=driver.sqlite_version)
    return _row("sqlite", "note", "no_wal", "sqlite", version=driver.sqlite_version)


def _store(app: Warmline) -> Row:
    import asyncio

    try:
        store = app.store
        asyncio.run(store.recent(limit=1))
    except SettingsError as error:
        return _row("store", "bad", "said", "store", text=str(error))
    except Exception as error:  # the edge that talks to a person: whatever the database says is the answer
        return _row("store", "bad", "said", "store", text=" ".join(str(error).split())[:200])
    return _row("store", "good", "store_answers", url=_without_password(app.settings.store_url))


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"


def _shops(app: Warmline) -> Iterator[Row]:
    home = app.settings.home
    synced = ShopHome.synced(home)
    for name in synced:
        try:
            yield _shop(status(home, name))
        except RetrievalError as error:
            yield _row("shop", "bad", "said", "sync", text=str(error), path=f"PATH ({name})")
    for name, path in shipped_shops().items():
        if name not in synced:
            yield _row("shop", "note", "not_synced", "sync", shop=name, path=path)


def _shop(found: Status) -> Row:
    if found.damage:
        return _row("shop", "bad", "said", "verify", text=found.damage, shop=found.shop)
    source = Path(found.source)
    age = _age_days(found.last_sync)
    facts = {"shop": found.shop, "generation": found.generation, "snippets": found.snippets, "days": age}
    if not source.is_dir():
        return _row("shop", "note", "folder_gone", "sync", **facts, path=found.source or "PATH")
    if _changed_since(source, found.last_sync):
        return _row("shop", "note", "folder_newer", "sync", **facts, path=source)
    if found.expired or found.skipped:
        count = len(found.expired) + len(found.skipped)
        return _row("shop", "note", "needs_care", "status", **facts, count=count)
    return _row("shop", "good", "synced", **facts)


def _age_days(synced: str) -> int:
    return (datetime.now(UTC) - datetime.fromisoformat(synced)).days if synced else 0


def _changed_since(folder: Path, synced: str) -> bool:
    """Whether any file of the shop is newer than its knowledge."""
    at = datetime.fromisoformat(synced).timestamp() if synced else 0.0
    return any(path.stat().st_mtime > at for path in folder.rglob("*") if path.is_file())


def _templates() -> Row:
    from prompts.releasing import lint
    from prompts.template import load_templates

    problems = lint()
    if problems:
        return _row("templates", "bad", "said", "templates", text=str(problems[0]))
    templates = load_templates()
    loose = sorted({each.id for each in templates.values() if not each.released})
    if loose:
        return _row("templates", "note", "unreleased", "release", names=", ".join(loose), name=loose[0])
    return _row("templates", "good", "released", count=len(templates))


def _models(app: Warmline) -> Iterator[Row]:
    settings = app.settings
    if settings.plan is None:
        yield _no_model(settings)
        return
    from service.adapters.endpoint import problem_of

    for endpoint in settings.plan.asked_for("draft"):
        problem = problem_of(endpoint, settings.key_of(endpoint))
        if problem:
            yield _row("model", "bad", "said", "model", text=problem)
        else:
            yield _row("model", "good", "model_answers", model=endpoint.model, url=endpoint.base_url)


def _no_model(settings: Settings) -> Row:
    if settings.model == "none":
        return _row("model", "note", "model_off")
    if settings.api_key and not settings.base_url:
        return _row("model", "note", "key_alone", "endpoint")
    if settings.base_url and not settings.api_key:
        return _row("model", "note", "endpoint_alone", "key")
    return _row("model", "note", "composer", "both")


def _port(host: str, port: int) -> Row:
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        reason = error.strerror or error
        return _row("port", "note", "port_taken", "port", host=host, port=port, reason=reason)
    return _row("port", "good", "port_free", host=host, port=port)
