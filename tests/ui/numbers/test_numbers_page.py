"""The numbers page in a real browser: a draft that was made at the desk is counted."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.ui.desk.serving import chromium, desk, serving


@pytest.mark.browser
def test_a_draft_that_was_sent_at_the_desk_is_counted(tmp_path: Path) -> None:
    with chromium() as browser, serving(tmp_path) as url, desk(browser, url) as shown:
        shown.page.goto(f"{url}/numbers/zh/")
        shown.until("!!document.querySelector('#numbers .empty')")
        shown.open().pick("demo-18-quilt-for-mum")
        shown.page.click("#sent")
        shown.until("!document.querySelector('#queue [data-ticket=\"demo-18-quilt-for-mum\"]')")
        assert shown.complaints == []
        shown.page.goto(f"{url}/numbers/zh/")
        shown.complaints.clear()  # the desk says that what it was still loading was given up
        shown.until("!!document.querySelector('#numbers .bars')")
        assert any("原样发出" in text for text in shown.texts("#numbers .bars li"))
        hosts = {urlsplit(each).netloc for each in shown.requests if each.startswith("http")}
        assert hosts == {urlsplit(url).netloc}
        assert shown.complaints == []
