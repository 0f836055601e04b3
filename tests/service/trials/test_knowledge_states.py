"""Nothing out of force, not approved, or of another shop reaches a prompt, whatever is known (A3, A5)."""

import random
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from retrieval.query import Query
from service.assembly import Warmline
from service.preparing import MAX_SNIPPETS
from service.settings import Settings

FIRST = date(2026, 1, 1)
DAYS = 365
WORDS = ("退货", "换货", "运费", "发票", "保修", "赠品", "尺码", "发货", "优惠券", "退款", "破损", "补发")
SHOPS = ("east", "west")


def write(folder: Path, at: random.Random) -> Path:
    """A shop of policies that are open, closed, over, not yet begun, and some that nobody approved."""
    (folder / "policies").mkdir(parents=True)
    (folder / "shop.yaml").write_text(f"name: {folder.name}\n", encoding="utf-8")
    for number in range(40):
        start = FIRST + timedelta(days=at.randrange(DAYS))
        end = start + timedelta(days=at.randrange(1, 90))
        validity = at.choice(
            ("", f"effective_from: {start}\n", f"effective_from: {start}\neffective_to: {end}\n")
        )
        words = "，".join(f"{word}按第{number}条办理" for word in at.sample(WORDS, 3))
        name, status = at.choice((("p", ""), ("p", "status: approved\n"), ("draft", "status: draft\n")))
        head = f"id: {name}{number}\ntitle: 第{number}条\n{validity}{status}owner: 运营\n"
        text = f"---\n{head}---\n## 内容\n{words}。{folder.name}专用。\n"
        (folder / "policies" / f"{name}{number}.md").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Warmline:
    root, at = tmp_path_factory.mktemp("states"), random.Random(3)
    made = Warmline(settings=Settings(home=root / "home", model="none"))
    for shop in SHOPS:
        made.sync(write(root / shop, at))
    return made


def test_in_a_thousand_searches_nothing_is_out_of_force_or_of_another_shop(app: Warmline) -> None:
    at = random.Random(5)
    found = 0
    for _ in range(1_000):
        shop = at.choice(SHOPS)
        day = FIRST + timedelta(days=at.randrange(-30, DAYS + 60))
        query = Query(text="".join(at.sample(WORDS, 2)), at=day)
        for hit in app.knowledge(shop).search([query], k=MAX_SNIPPETS):
            found += 1
            assert hit.snippet.shop in (shop, "_law")
            assert not hit.snippet.document.startswith("draft")
            assert hit.snippet.effective_from is None or hit.snippet.effective_from <= day
            assert hit.snippet.effective_to is None or day <= hit.snippet.effective_to
    assert found > 1_000


def test_a_policy_that_is_over_is_in_no_prompt(app: Warmline) -> None:
    from service.ticket import Ticket, Turn

    at = random.Random(7)
    for number in range(20):
        now = datetime(2026, 1, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai")) + timedelta(days=at.randrange(DAYS))
        shop = at.choice(SHOPS)
        turn = Turn(role="customer", text=f"{at.choice(WORDS)}怎么办")
        ticket = Ticket(id=f"s{number}", shop=shop, now=now, conversation=(turn,))
        shown = app.prompt(ticket, "reply")[-1].text
        case = app.case(ticket)
        assert case.snippets
        for snippet in case.snippets:
            assert snippet.effective_to is None or now.date() <= snippet.effective_to
        other = next(each for each in SHOPS if each != shop)
        assert f"{other}专用" not in shown
