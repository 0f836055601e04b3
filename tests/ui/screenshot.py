"""`python -m tests.ui.screenshot`: the pictures of the documentation, taken of the real desk."""

import tempfile
from pathlib import Path

from tests.ui.desk.serving import Desk, chromium, desk, serving

DOCS = Path(__file__).parents[2] / "docs"
LATE = "demo-2-late-parcel"
SIZE = {"width": 1280, "height": 800}


def main() -> None:
    """Write the pictures of the desk, the knowledge page and the numbers page into `docs/`."""
    DOCS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as url, chromium() as browser:
        with desk(browser, url, viewport=SIZE) as light:
            _shot(light.open().pick(LATE), "desk.png")
        with desk(browser, url, viewport=SIZE, color_scheme="dark") as dark:
            dark.open().pick(LATE).type("我们保证明天一定送到，绝对没问题！")
            _shot(dark, "desk-dark.png")
        with desk(browser, url, viewport=SIZE, locale="en-GB") as english:
            _shot(english.open().pick("demo-07-emma-boots"), "desk-en.png")
        with desk(browser, url, viewport=SIZE) as manager:
            manager.page.goto(f"{url}/knowledge/zh/")
            manager.until("!!document.querySelector('#standing .figures')")
            manager.page.fill("#question :is(textarea, input)", "七天无理由退货运费谁出")
            manager.page.keyboard.press("Enter")
            manager.until("document.querySelectorAll('#found .card').length > 2")
            _shot(manager, "knowledge.png")
            manager.page.goto(f"{url}/numbers/zh/")
            manager.until("!!document.querySelector('#numbers .bars')")
            _shot(manager, "numbers.png")


def _shot(shown: Desk, name: str) -> None:
    shown.page.wait_for_timeout(400)
    shown.page.screenshot(path=str(DOCS / name))


if __name__ == "__main__":
    main()
