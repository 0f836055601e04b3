"""The knowledge page in a real browser: what needs care is named, a search says why, words stay words."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.ui.desk.serving import Desk, chromium, desk, serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The page of a server whose shop was just synced."""
    home: Path = tmp_path_factory.mktemp("knowledge")
    with chromium() as browser, serving(home) as url, desk(browser, url) as shown:
        shown.page.goto(f"{url}/knowledge/zh/")
        shown.until("!!document.querySelector('#standing .figures')")
        yield shown


def test_the_page_shows_how_the_knowledge_stands_and_asks_no_other_host(page: Desk) -> None:
    assert any("demo/" in text for text in page.texts("#standing dd"))
    assert page.texts("#care .card") or page.texts("#care .empty")
    assert {urlsplit(each).netloc for each in page.requests if each.startswith("http")} == {
        urlsplit(page.url).netloc
    }
    assert page.complaints == []


def test_a_search_says_what_was_found_and_why(page: Desk) -> None:
    page.page.fill("#question :is(textarea, input)", "七天无理由退货运费谁出")
    page.page.keyboard.press("Enter")
    page.until("document.querySelectorAll('#found .card').length > 2")
    assert all("找到的原因" in text for text in page.texts("#found .card small"))


def test_contradictions_and_gaps_are_told_on_their_tabs(page: Desk) -> None:
    for place, panel in ((1, "conflicts"), (2, "gaps")):
        page.page.locator("#proof [role=tab]").nth(place).click()
        page.until(f"!!document.querySelector('#{panel} :is(.card, .empty)')")


def test_the_bar_leads_from_page_to_page_in_both_languages(page: Desk) -> None:
    page.page.click('[data-do="language"]')
    page.until("document.querySelector('#top [aria-current]')?.innerText === 'Knowledge'")
    page.page.click("#top .pages a >> nth=0")
    page.until("document.querySelector('#queue h2')?.innerText === 'Waiting'")
