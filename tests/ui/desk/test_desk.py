"""The desk in a real browser: what an agent does all day works, and nothing hostile does."""

import asyncio
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser

from service.adapters.sql_store import open_store
from service.store import Outcome, StoredDraft
from tests.model_server import ModelServer
from tests.ui.desk.serving import Desk, desk, serving

pytestmark = pytest.mark.browser
LATE = "demo-2-late-parcel"
PROMISE = "我们保证明天一定送到，绝对没问题！"


async def _kept(home: Path, ticket: str) -> list[tuple[StoredDraft, list[Outcome]]]:
    store = open_store(f"sqlite:///{home / 'warmline.db'}")
    drafts = [each for each in await store.recent(limit=200) if each.ticket["id"] == ticket]
    kept = [(each, await store.outcomes(each.id)) for each in drafts]
    await store.close()
    return kept


def outcomes(home: Path, ticket: str) -> list[Outcome]:
    """What the store knows of a conversation."""
    with ThreadPoolExecutor(1) as thread:  # this one is busy with the browser's loop
        kept = thread.submit(asyncio.run, _kept(home, ticket)).result()
    return [outcome for _, given in kept for outcome in given]


def test_a_picked_conversation_shows_its_instant_draft_order_and_proof(page: Desk) -> None:
    page.pick(LATE)
    assert "小满" in page.draft
    assert any("A1001" in text for text in page.texts("#case .order"))
    assert page.texts("#sources .sources li"), "the draft quotes its sources"
    assert page.texts("#case .facts li"), "what was computed is shown with how"
    assert page.texts("#progress .stages .done")


def test_no_request_goes_to_another_host_and_the_console_is_silent(page: Desk) -> None:
    page.pick(LATE)
    hosts = {urlsplit(each).netloc for each in page.requests if each.startswith("http")}
    assert hosts == {urlsplit(page.url).netloc}
    assert page.complaints == []


def test_a_forbidden_promise_is_found_while_typing_and_mended_with_one_click(page: Desk) -> None:
    page.pick(LATE).type(PROMISE)
    found = page.page.locator("#findings li.is-block", has_text="保证明天一定送到")
    assert found.count() >= 1
    found.first.locator(".fix").click()
    page.settled()
    assert "保证明天一定送到" not in page.draft


def test_a_blocked_text_is_copied_only_after_it_was_acknowledged(page: Desk) -> None:
    page.pick(LATE).type(PROMISE)
    page.page.click("#copy", force=True)
    page.until("document.querySelector('#copy').classList.contains('refused')")
    page.page.click("#ack input")
    page.page.click("#copy")
    page.until("document.body.dataset.copied > 0")
    assert page.page.evaluate("navigator.clipboard.readText()") == page.draft


def test_an_outcome_is_kept_with_the_final_text_and_its_findings(page: Desk, home: Path) -> None:
    ticket = page.pick("demo-18-quilt-for-mum").ticket
    page.type(PROMISE)
    text = page.draft
    page.page.click("#ack input")
    page.page.click("#sent")
    page.until(f"!document.querySelector('#queue [data-ticket=\"{ticket}\"]')")
    page.until(f"document.querySelector('#talk .talk').dataset.ticket !== '{ticket}'")
    (kept,) = outcomes(home, ticket)
    assert (kept.kind, kept.final_text) == ("edited", text)
    assert "over_promise" in {each["type"] for each in kept.findings}


def test_a_rejection_is_kept_with_its_reason(page: Desk, home: Path) -> None:
    ticket = page.pick("demo-22-praise-and-idea").ticket
    page.page.click("#reason input")
    page.page.click('[role=option]:has-text("语气不合适")')
    page.until(f"!document.querySelector('#queue [data-ticket=\"{ticket}\"]')")
    (kept,) = outcomes(home, ticket)
    assert (kept.kind, kept.reason) == ("rejected", "tone")


def test_what_was_typed_survives_a_refresh(page: Desk) -> None:
    page.pick(LATE).type("已经在催了")
    typed = page.draft
    page.open()
    assert page.ticket == LATE
    page.until(f"document.querySelector('#draft textarea').value === {typed!r}")


def test_the_keys_of_the_help_work(page: Desk) -> None:
    first = page.ticket
    page.page.keyboard.press("j")
    page.until(f"document.querySelector('#talk .talk').dataset.ticket !== '{first}'")
    page.page.keyboard.press("k")
    page.until(f"document.querySelector('#talk .talk').dataset.ticket === '{first}'")
    page.page.keyboard.press("?")
    page.until("document.querySelector('#keys').open")
    page.page.keyboard.press("?")
    page.until("!document.querySelector('#keys').open")
    page.page.keyboard.press("e")
    page.until("document.activeElement === document.querySelector('#draft textarea')")
    before = page.draft
    page.type("多余的一句")
    page.page.keyboard.press("Control+Enter")
    page.until("!document.querySelector('#draft textarea').value.includes('多余的一句')")
    assert page.draft == before
    page.page.click("#undo")
    page.until("document.querySelector('#draft textarea').value.includes('多余的一句')")
    page.page.keyboard.press("Escape")
    page.page.keyboard.press("/")
    page.until("document.activeElement.closest('#phrase-search') !== null")
    page.page.keyboard.press("Escape")
    page.page.keyboard.press("Control+Enter")
    page.until("!document.querySelector('#draft textarea').value.includes('多余的一句')")
    page.settled()
    page.page.keyboard.press("c")
    page.until(
        "document.body.dataset.copied > 0 || document.querySelector('#copy').classList.contains('refused')"
    )


def test_a_blocked_text_looks_barred_until_it_is_acknowledged_right_above_the_copy_key(page: Desk) -> None:
    page.pick(LATE)
    page.until("document.querySelector('#copy').ariaDisabled === 'false'")
    page.type(PROMISE)
    page.until("document.querySelector('#copy').ariaDisabled === 'true'")
    ack, copy = (page.page.locator(each).bounding_box() for each in ("#ack", "#copy"))
    assert ack and copy
    assert 0 <= copy["y"] - (ack["y"] + ack["height"]) < 40
    page.page.click("#ack input")
    page.until("document.querySelector('#copy').ariaDisabled === 'false'")


def test_a_new_message_marks_the_draft_as_stale_until_it_is_drafted_again(page: Desk) -> None:
    page.pick(LATE)
    page.page.fill("#talk .heard input", "算了 帮我退款吧")
    page.page.keyboard.press("Enter")
    page.until("!!document.querySelector('#progress .stale')")
    assert page.texts("#talk .turn p")[-1] == "算了 帮我退款吧"
    page.page.click("#progress .stale button")
    page.until("!document.querySelector('#progress .stale')")
    page.settled()


def test_a_missing_fact_that_is_filled_in_makes_a_new_draft(page: Desk) -> None:
    page.pick("demo-11-vague")
    before = page.draft
    page.page.fill("#case .missing input[name=order_no]", "NO-SUCH")
    page.page.keyboard.press("Enter")
    page.until("document.querySelector('#progress .note')?.innerText.includes('NO-SUCH') === true")
    assert page.draft == before
    page.page.fill("#case .missing input[name=order_no]", "A1001")
    page.page.keyboard.press("Enter")
    page.until("!!document.querySelector('#case .order')")
    page.until("!document.querySelector('#case .missing input[name=order_no]')")
    page.settled()


def test_steers_are_remembered_and_undo_brings_back_what_a_rewrite_replaced(page: Desk) -> None:
    page.pick(LATE)
    before = page.draft
    for steer in ("提一下补发", "短一点", "提一下补发", "先道歉"):
        page.page.fill("#steer textarea, #steer input", steer)
        page.page.keyboard.press("Enter")
        page.page.wait_for_timeout(50)
    page.until("document.querySelectorAll('#steers button').length === 3")
    assert page.texts("#steers button") == ["先道歉", "提一下补发", "短一点"]
    page.until(f"document.querySelector('#draft textarea').value !== {before!r}")
    page.settled()
    while page.draft != before:
        was = page.draft
        page.page.click("#undo")
        page.until(f"document.querySelector('#draft textarea').value !== {was!r}")
    page.pick("demo-13-invoice-late")
    other = page.draft
    page.page.click("#undo")
    page.page.wait_for_timeout(200)
    assert page.draft == other, "another customer's text never comes back here"


def test_phrases_are_found_by_their_pinyin_initials(page: Desk) -> None:
    page.pick(LATE)
    page.page.keyboard.press("/")
    page.until("document.activeElement.closest('#phrase-search') !== null")
    page.page.keyboard.type("cmbhs")
    page.until("document.querySelector('#phrases button b')?.innerText.startsWith('尺码不合适') === true")


HOSTILE = """顾客：<img src=x onerror="document.body.dataset.owned='yes'"><script>
document.title='owned'</script>
顾客：![x](https://evil.test/a.png) [点我](javascript:alert(1)) <svg onload=alert(1)>

# 标题 **粗** $$x$$ </div></section><iframe src="https://evil.test"></iframe> 我的快递呢"""


def test_a_hostile_conversation_stays_words(page: Desk) -> None:
    page.paste(HOSTILE).type('<img src="https://evil.test/b.png" onerror=alert(1)> **绝对没问题**')
    page.page.wait_for_timeout(300)
    assert page.page.evaluate("document.body.dataset.owned ?? 'no'") == "no"
    assert page.page.title() != "owned"
    grown = "#talk, #queue, #case, #findings, #ledger, #sources"
    assert page.page.evaluate(
        f"[...document.querySelectorAll('{grown}')].flatMap(each => "
        "[...each.querySelectorAll('img, svg, script, iframe, a, h1, em.md')]).length"
    ) == 0  # fmt: skip
    assert not [each for each in page.requests if "evil" in each]
    assert any("<img src=x onerror" in text for text in page.texts("#talk .turn p"))
    assert any("![x](https://evil.test/a.png)" in text for text in page.texts("#talk .turn p"))
    assert not [each for each in page.complaints if "dialog" in each]


def test_a_pasted_conversation_with_its_order_is_there_again_after_a_refresh(page: Desk) -> None:
    page.paste("顾客：羽绒服怎么还没到\n客服：在查\n顾客：五天了")
    ticket = page.ticket
    assert page.texts("#talk .turn.agent p") == ["在查"]
    page.page.click("#orders input")
    page.page.keyboard.type("A1001")
    page.page.keyboard.press("Enter")
    page.until("!!document.querySelector('#case .order')")
    page.open()
    assert page.page.query_selector(f'#queue [data-ticket="{ticket}"]') is not None


def test_a_request_under_another_name_is_refused_and_every_answer_has_the_headers(url: str) -> None:
    assert httpx.get(f"{url}/zh/", headers={"Host": "evil.test"}).status_code == 400
    for path in ("/zh/", "/en/config", "/desk/assets/desk.js", "/healthz", "/nothing"):
        headers = httpx.get(url + path).headers
        assert "unsafe-eval" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_an_english_browser_gets_an_english_desk(browser: Browser, url: str) -> None:
    with desk(browser, url, locale="en-GB") as english:
        english.open()
        assert english.texts("#queue h2") == ["Waiting"]
        english.page.click('[data-do="language"]')
        english.until("document.querySelector('#queue h2')?.innerText === '待回复'")


@pytest.fixture
def with_model(
    browser: Browser, url: str, home: Path, tmp_path: Path, model_server: ModelServer
) -> Iterator[Desk]:
    """A desk whose model streams slowly enough to type into."""
    env = {
        "OPENAI_BASE_URL": model_server.url,
        "OPENAI_API_KEY": "test",
        "WARMLINE_MODEL": "polite?between_s=0.05&first_token_s=0.3",
    }
    shutil.copytree(home / "knowledge" / "demo", tmp_path / "home" / "knowledge" / "demo")
    with serving(tmp_path / "home", env) as address, desk(browser, address) as opened:
        yield opened.open()


def test_a_models_draft_streams_in_and_typing_keeps_what_was_typed(with_model: Desk) -> None:
    page = with_model
    page.page.click(f'#queue [data-ticket="{LATE}"]')
    page.until("!!document.querySelector('#progress [data-streaming]')")
    page.until("!document.querySelector('#progress [data-streaming]')")
    page.settled()
    page.page.click("#redraft")
    page.until("!!document.querySelector('#progress [data-streaming]')")
    page.page.click("#draft textarea")
    page.page.keyboard.press("Control+End")
    page.page.keyboard.type("我自己写的一句")
    typed = page.draft
    page.until("!document.querySelector('#progress [data-streaming]')", within_s=30)
    page.page.wait_for_timeout(300)
    assert "我自己写的一句" in page.draft
    assert page.draft == typed


def test_other_ways_and_phrases_follow_the_conversation(page: Desk) -> None:
    page.pick("demo-02-return-day-nine")
    page.page.locator("#proof [role=tab]").nth(2).click()
    page.until("!!document.querySelector('#ways button')")
    before = page.draft
    page.page.click("#ways button >> nth=0")
    page.until(f"document.querySelector('#draft textarea').value !== {before!r}")
    page.settled()
    page.page.click("#undo")
    page.until(f"document.querySelector('#draft textarea').value === {before!r}")
    page.page.locator("#proof [role=tab]").nth(3).click()
    page.until("!!document.querySelector('#phrases button')")
    first = page.texts("#phrases button")
    page.pick("demo-13-invoice-late")
    page.until(f"document.querySelector('#phrases button').innerText !== {first[0]!r}")
    page.page.click("#phrases button >> nth=0")
    page.until("document.querySelector('#draft textarea').value.includes('\\n')")
    page.settled()
