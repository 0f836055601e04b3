"""One server and one browser for the browser tests of a module: its loop may not outlive it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.ui.desk.serving import Desk, chromium, desk, serving


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server of these tests keeps everything."""
    return tmp_path_factory.mktemp("desk")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def url(browser: Browser, home: Path) -> Iterator[str]:
    """A running server without a model."""
    with serving(home) as address:
        yield address


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Desk]:
    """A fresh visitor on the desk, its first draft there."""
    with desk(browser, url) as opened:
        yield opened.open()
