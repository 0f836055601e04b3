"""The bounds of the safety notes (C1, C3, C4, C5, C7, P3, P5) at sizes a commit can afford.

`WARMLINE_FUZZ=200000 pytest tests/service/test_bounds.py` runs the whole number of fuzzed texts.
"""

import os
import random
import re
import time

from prompts.rulepack import RulePacks
from service.checks import examine
from service.privacy import Masker
from tests.service.checks.corpus import Labelled, labelled, library
from tests.service.checks.measure import DEV
from tests.service.privacy.messages import messages

FUZZED = int(os.environ.get("WARMLINE_FUZZ", "150"))
ROUND_TRIPS = 500
HARD_BANS = frozenset(
    {"ad_law", "off_platform", "paid_review", "sensitive_request", "rights_waiver", "medical_claim"}
)
SEPARATORS = ("", " ", ".", "-", "·", "\u200b", "*")
DISGUISED = (
    "加{0}V{0}心聊",
    "加{0}薇{0}信",
    "薇{0}❤{0}详聊",
    "v{0}x：abc{0}1234",
    "好{0}评{0}返{0}现{0}3元",
    "扣{0}扣{0}联系我",
)
SECRETS = ("验证码", "支付密码", "CVV", "银行卡号", "身份证号")


def packs() -> RulePacks:
    return library().rulepacks


def drafts() -> list[Labelled]:
    return [draft for half in DEV for draft in labelled(half)]


def hard(text: str) -> set[str]:
    return {match.rule.finding for match in packs().matches(text)} & HARD_BANS


def test_rules_find_their_own_violations_and_leave_clean_drafts_alone() -> None:
    violating = [
        (rule, text) for rule in packs().rules if rule.finding in HARD_BANS for text in rule.must_fire
    ]
    missed = [text for rule, text in violating if rule.finding not in hard(text)]
    assert len(missed) <= 0.02 * len(violating), missed
    clean = [
        sentence
        for draft in drafts()
        if not draft.labels
        for sentence in re.split("(?<=[。！？!?])", draft.text)
        if sentence.strip()
    ]
    assert len(clean) >= 500
    alarms = [sentence for sentence in clean if hard(sentence)]
    assert len(alarms) <= 0.02 * len(clean), alarms


def test_disguised_contacts_and_bought_reviews_are_seen() -> None:
    texts = [text.format(mark) for text in DISGUISED for mark in SEPARATORS]
    missed = [text for text in texts if not hard(f"您{text}，我给您处理")]
    assert len(missed) <= 0.05 * len(texts), missed


def test_no_secret_may_be_asked_for() -> None:
    for secret in SECRETS:
        for ask in ("请把{}发我", "麻烦提供一下{}", "{}是多少呢", "需要您的{}登记"):
            assert "sensitive_request" in hard(ask.format(secret)), ask.format(secret)
        assert "sensitive_request" not in hard(f"我们不会向您索要{secret}")


def test_no_statutory_right_may_be_refused() -> None:
    for text in ("拆封不退", "最终解释权归本店", "概不退换", "一经售出概不负责", "签收后概不负责"):
        assert "rights_waiver" in hard(f"您好，{text}。"), text


def test_fuzzed_texts_crash_nothing_and_take_bounded_time() -> None:
    dice, known = random.Random(20), drafts()
    letters = "".join(draft.text for draft in known) + "⟨⟩①％０１２３元天\u200b\n"
    for _ in range(FUZZED):
        text = "".join(dice.choices(letters, k=dice.randrange(1, 300)))
        start = time.process_time()
        examine(text, dice.choice(known).case, rulepacks=packs())
        assert time.process_time() - start < 2, text


def test_masking_comes_back_exactly_and_leaves_no_placeholder() -> None:
    for message in messages(ROUND_TRIPS, seed=33):
        masker = Masker(packs())
        hidden = masker.mask(message.text)
        assert masker.restore(hidden) == message.text
        assert masker.strangers(hidden.replace("_1⟩", "_91⟩")) or "⟨" not in hidden


def test_an_altered_placeholder_is_blocked() -> None:
    case = drafts()[0].case
    for text in ("您的手机号⟨PHONE_1⟩", "地址[ADDRESS_2]已更新", "PHONE_1 收到"):
        found = examine(text, case, rulepacks=packs()).findings
        assert any(each.type == "leak" and each.severity == "block" for each in found), text
