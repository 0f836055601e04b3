"""The real server in a process of its own, and a real headless Chromium to look at it with."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
START_WITHIN_S = 120
"""A first start indexes the shipped shop."""
UNTIL_S = 15


@contextmanager
def serving(home: Path, env: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of `warmline serve` on a free port."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "WARMLINE_"))
    }
    log = home / "serve.log"
    home.mkdir(parents=True, exist_ok=True)
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "ui.terminal", "serve", "--port", "0"],
            env={**kept, "WARMLINE_HOME": str(home), "WARMLINE_LANG": "en", **(env or {})},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _address(process, log)
    finally:
        process.terminate()
        assert process.wait(timeout=20) is not None


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    until = time.monotonic() + START_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        if found := re.search(r"desk is at (http://\S+)", log.read_text()):
            return found.group(1)
        time.sleep(0.1)
    raise AssertionError(f"the server did not start: {log.read_text()[-2000:]}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; skips where there is none, unless WARMLINE_REQUIRE_BROWSER=1."""
    if not CHROMIUM.exists():
        reason = f"{CHROMIUM} is not installed: apt-get install chromium fonts-noto-cjk"
        if os.environ.get("WARMLINE_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Desk:
    """The page, and what a test needs to know of it."""

    page: Page
    url: str
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """Errors on the browser's console."""

    def until(self, claim: str, *, within_s: float = UNTIL_S) -> None:
        """Wait until a JavaScript expression is true; the page's policy forbids Playwright's own waiting."""
        end = time.monotonic() + within_s
        while not self.page.evaluate(claim):
            assert time.monotonic() < end, f"never came true: {claim}"
            time.sleep(0.02)

    def open(self) -> "Desk":
        """Load the page and wait for the first draft."""
        self.page.goto(self.url)
        self.until("(document.querySelector('#draft textarea')?.value.length ?? 0) > 10")
        self.until("!!document.querySelector('#findings .findings')")
        return self

    def pick(self, ticket: str) -> "Desk":
        """Click a conversation of the queue and wait until it is on the desk with its draft."""
        self.page.click(f'#queue [data-ticket="{ticket}"]')
        self.until(f"document.querySelector('#talk .talk')?.dataset.ticket === '{ticket}'")
        self.settled()
        return self

    def paste(self, text: str) -> "Desk":
        """Paste a conversation and wait for its draft."""
        if not self.page.locator("#paste textarea").is_visible():
            self.page.click("#pasting > button")
        self.page.fill("#paste textarea", text)
        self.page.click("#paste-go")
        self.until("document.querySelector('#talk .talk')?.dataset.ticket.startsWith('paste-')")
        self.settled()
        return self

    def type(self, text: str) -> "Desk":
        """Type at the end of the draft and wait for the checks of it."""
        self.page.click("#draft textarea")
        self.page.keyboard.press("Control+End")
        self.page.keyboard.type(text)
        self.settled()
        return self

    def settled(self) -> None:
        """Wait until the findings are those of the very text in the editor."""
        self.page.wait_for_timeout(60)
        end = time.monotonic() + UNTIL_S
        while True:
            shown = self.page.evaluate("document.querySelector('#findings .findings')?.dataset.checked")
            if shown == fingerprint_of(self.draft) and self.draft:
                return
            assert time.monotonic() < end, f"the checks never caught up with: {self.draft[:80]}"
            time.sleep(0.02)

    def dismiss(self, dialog: Dialog) -> None:
        """A dialog is never ours."""
        self.complaints.append("a dialog opened")
        dialog.dismiss()

    @property
    def draft(self) -> str:
        """The text in the editor."""
        return str(self.page.evaluate("document.querySelector('#draft textarea')?.value ?? ''"))

    @property
    def ticket(self) -> str:
        """Id of the conversation on the desk."""
        return str(self.page.evaluate("document.querySelector('#talk .talk')?.dataset.ticket ?? ''"))

    def texts(self, selector: str) -> list[str]:
        """The words of every element that fits."""
        return [each.inner_text() for each in self.page.query_selector_all(selector)]


def fingerprint_of(text: str) -> str:
    """What the page must call this text."""
    from ui.desk.panels.proof import fingerprint

    return fingerprint(text)


@contextmanager
def desk(browser: Browser, url: str, **context: Any) -> Iterator[Desk]:
    """A fresh browser context on the desk."""
    settings = {"viewport": {"width": 1280, "height": 800}, "locale": "zh-CN", **context}
    opened = browser.new_context(**settings)
    opened.grant_permissions(["clipboard-read", "clipboard-write"], origin=url)
    page = opened.new_page()
    shown = Desk(page=page, url=url)
    page.on("request", lambda request: shown.requests.append(request.url))
    page.on("console", lambda said: shown.complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: shown.complaints.append(str(error)))
    page.on("dialog", shown.dismiss)
    yield shown
    opened.close()
