"""The web server: the desk and the API on one port, bounded, and silent towards every other host."""

import asyncio
import ipaddress
import logging
import os
import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.trustedhost import TrustedHostMiddleware

from service.api import make_api
from service.api.serving import make_server
from service.assembly import Warmline
from service.demo import waiting_tickets
from service.errors import SettingsError
from service.observing.logs import log_as_json
from service.privacy import Masker
from ui.words import LANGUAGES, terminal_language, word

ASSETS = Path(__file__).parent / "desk" / "assets"
LANGUAGE_COOKIE = "warmline_language"
FONT = (
    "system-ui", "-apple-system", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei UI", "Microsoft YaHei",
    "Noto Sans CJK SC", "Source Han Sans SC", "sans-serif",
)  # fmt: skip
"""Fonts of the reader's own machine: none is fetched."""
HEAD = (
    '<link rel="stylesheet" href="/desk/assets/desk.css"><script src="/desk/assets/desk.js" defer></script>'
)
OWN_NAMES = ("127.0.0.1", "localhost", "::1", "[::1]")
"""What this machine calls itself in a browser's address bar."""


def run(app: Warmline, *, host: str, port: int) -> None:
    """Serve until stopped. Raises SettingsError for an address that others can reach."""
    require_loopback(host)
    _log_to(app)
    web = make_web(app)
    warm(app)
    logging.getLogger("uvicorn.error").addFilter(_is_no_farewell)
    make_server(web, app, host=host, port=port, started=lambda: _say_where(host, port)).run()


def make_web(app: Warmline) -> FastAPI:
    """The API with a desk for each language and `/` leading to the reader's own."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read by gradio when it is imported
    from ui.desk.attending import Attendant
    from ui.desk.page import make_desk
    from ui.knowledge.page import make_knowledge_page
    from ui.numbers.page import make_numbers_page

    api = make_api(app)
    api.add_api_route("/", _to_own_language, include_in_schema=False)
    api.add_api_route("/favicon.ico", _favicon, include_in_schema=False)
    # Without accounts the name is the lock: a page elsewhere may point its own name at this machine.
    api.add_middleware(TrustedHostMiddleware, allowed_hosts=list(OWN_NAMES))
    api.mount("/desk/assets", StaticFiles(directory=ASSETS))
    for language in LANGUAGES:
        _mount(api, make_desk(Attendant(app, language)), f"/{language}")
        _mount(api, make_knowledge_page(app, language), f"/knowledge/{language}")
        _mount(api, make_numbers_page(app, language), f"/numbers/{language}")
    return api


def warm(app: Warmline) -> None:
    """Load now what the first draft would else wait for."""
    _ = app.model, app.store
    for ticket in waiting_tickets()[:1]:
        app.candidates(ticket, 1)


def require_loopback(host: str) -> None:
    """Raise SettingsError unless only this machine can reach the address: there are no accounts yet."""
    try:
        local = host in OWN_NAMES or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        local = False
    if not local:
        raise SettingsError(
            f"host {host}: others could reach the desk, and it has no accounts yet; expected 127.0.0.1 or "
            "localhost: leave --host out, and put an authenticating proxy or an SSH tunnel in front"
        )


def own_language(cookie: str | None, accepts: str) -> str:
    """The language chosen earlier, else the one the browser prefers; Chinese if it says nothing."""
    if cookie in LANGUAGES:
        return cookie
    ranked = sorted(
        (part.partition(";q=") for part in accepts.replace(" ", "").split(",")),
        key=lambda part: -_weight(part[2]),
    )
    return next((name[:2].lower() for name, _, _ in ranked if name[:2].lower() in LANGUAGES), LANGUAGES[0])


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


async def _to_own_language(request: Request) -> RedirectResponse:
    cookie = request.cookies.get(LANGUAGE_COOKIE)
    return RedirectResponse(f"/{own_language(cookie, request.headers.get('accept-language', ''))}/")


async def _favicon() -> FileResponse:
    return FileResponse(ASSETS / "favicon.svg", media_type="image/svg+xml")


def _mount(api: FastAPI, page: Any, path: str) -> None:
    import gradio as gr

    gr.mount_gradio_app(
        api,
        page,
        path=path,
        show_error=False,
        max_file_size="1mb",
        ssr_mode=False,
        enable_monitoring=False,
        footer_links=[],
        theme=gr.themes.Base(font=list(FONT), font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"]),
        head=HEAD,
    )


def _log_to(app: Warmline) -> None:
    """A person at a terminal reads warnings; whatever else reads standard error gets every line as JSON."""
    wanted = app.settings.log
    if wanted == "plain" or (wanted == "auto" and sys.stderr.isatty()):
        logging.basicConfig(level=logging.WARNING, format="%(message)s")
    else:
        packs = app.library.rulepacks
        log_as_json(lambda text: Masker(packs).mask(text))


def _is_no_farewell(record: logging.LogRecord) -> bool:
    """A page left open is cut off when the server stops; that is no error worth a traceback."""
    kind = record.exc_info[0] if record.exc_info else None
    cut = kind is not None and issubclass(kind, asyncio.CancelledError)
    return not cut and not str(record.msg).startswith("Cancel %s running task")


def _say_where(host: str, port: int) -> None:
    from rich.console import Console

    shown = f"[{host}]" if ":" in host else host
    text = word("desk_is_at", terminal_language(), url=f"http://{shown}:{port}")
    Console(stderr=True, highlight=False).print(text, markup=False)
