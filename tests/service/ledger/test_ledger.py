"""Figures are read as people write them, and compared by what they mean."""

import random
from calendar import monthrange
from datetime import date, timedelta

import pytest

from prompts.rulepack import RulePacks
from service.ledger import differences, keep_ledger
from service.ledger.deriving import last_day
from service.ledger.mention import Mention
from service.ledger.reading import read
from service.ticket import read_ticket
from tests.service.checks.corpus import given, library

TODAY = date(2026, 11, 12)


def packs() -> RulePacks:
    return library().rulepacks


def mentions(text: str) -> tuple[Mention, ...]:
    return read(packs().folding.fold(text).text, packs().words, TODAY)


SAME = [
    ("7天", "10080 minute"),
    ("七日内", "10080 minute"),
    ("一周", "10080 minute"),
    ("１６８小时", "10080 minute"),
    ("半小时", "30 minute"),
    ("一个半小时", "90 minute"),
    ("3-5个工作日", "3-5 workday"),
    ("三至五个工作日", "3-5 workday"),
    ("3 to 5 business days", "3-5 workday"),
    ("forty-eight hours", "2880 minute"),
    ("两年", "24 month"),
    ("两百元", "200 yuan"),
    ("¥1,280.50", "1280.5 yuan"),
    ("三百五十块", "350 yuan"),
    ("1.2万元", "12000 yuan"),
    ("百分之五", "5 percent"),
    ("88折", "88 price"),
    ("八折", "80 price"),
    ("11月10日", "2026-11-10"),
    ("2026-11-10", "2026-11-10"),
    ("10号前", "2026-11-10"),
    ("明天", "2026-11-13"),
    ("Nov 10", "2026-11-10"),
    ("下周一", "2026-11-16"),
    ("晚上8点前", "T20:00"),
    ("24:00", "T24:00"),
    ("1.5kg", "1500 g"),
]


@pytest.mark.parametrize(("text", "value"), SAME)
def test_a_figure_is_read_as_what_it_means(text: str, value: str) -> None:
    assert [mention.value for mention in mentions(text)] == [value]


@pytest.mark.parametrize("text", ["第一步", "有一点着急", "3号楼", "一下", "随时", "千万别担心"])
def test_words_that_look_like_figures_are_none(text: str) -> None:
    assert mentions(text) == ()


def test_a_threshold_is_two_amounts() -> None:
    assert [mention.value for mention in mentions("满300减40")] == ["300 yuan", "40 yuan"]


def test_a_rewrite_that_keeps_every_commitment_differs_in_nothing() -> None:
    before = "签收后7天内可无理由退货，收到退货后三个工作日内退款199元，订单A10034。"
    after = "您在签收后一周内都可以无理由退货哦，我们收到退货后3个工作日内退您199元（订单A10034）。"
    assert differences(before, after, rulepacks=packs(), today=TODAY) == ()


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        ("3天内可以退款199元", "duration"),
        ("7天内可以退款198元", "money"),
        ("7天内不能退款199元", "negation"),
        ("7天内可以退款199元，运费我们承担", "right"),
        ("7天内可以退款199元，单号SF123456789", "id"),
        ("可以退款199元", "duration"),
    ],
)
def test_a_rewrite_that_changes_a_commitment_is_seen(after: str, kind: str) -> None:
    found = differences("7天内可以退款199元", after, rulepacks=packs(), today=TODAY)
    assert kind in {difference.kind for difference in found}


def test_a_translation_keeps_its_figures() -> None:
    found = differences(
        "3个工作日内退款199元", "We refund 199 yuan within 3 business days", rulepacks=packs(), today=TODAY
    )
    assert [difference for difference in found if difference.kind in {"money", "duration"}] == []


WISHES = (
    "保修五年，赔我500元，15号前送到，给我打8折，80 dollars back。"
    "我花了459元买的，等了5天，身高165，宝宝6个月"
)
SECTIONS = {
    "warranty#a": "整机保修一年。",
    "carriers#a": "满500元默认顺丰，其他默认中通。",
    "coupon#a": "店铺券满1000元减200元。",
    "late#a": "晚发超过72小时补偿10元优惠券。",
}


def supports(said: str) -> list[str]:
    ticket = read_ticket(
        {
            "id": "x",
            "shop": "s",
            "now": "2026-11-12T10:00:00+08:00",
            "conversation": [{"role": "customer", "text": WISHES}],
        }
    )
    ledger = keep_ledger(said, given(ticket, SECTIONS), packs())
    return [one.support for one in ledger.commitments if one.kind not in {"right", "action"}]


@pytest.mark.parametrize(
    "said",
    [
        "保修期延长到五年",
        "保修已经延长到五年",
        "您说的保修五年没问题",
        "您要求的500元赔偿我们同意",
        "按您说的赔500元",
        "同意赔您500元",
        "送您200元优惠券",
        "15号前到货",
        "好的，打8折",
        "you will get 80 dollars back",
    ],
)
def test_what_a_customer_wishes_for_supports_no_promise(said: str) -> None:
    assert "supported" not in supports(said)


@pytest.mark.parametrize(
    "said",
    [
        "您说的500元赔偿，我们无法答应",
        "您花了459元买的",
        "您等了5天，抱歉",
        "您身高165cm，建议M码",
        "宝宝6个月可以先少量试",
        "晚发了我们补偿您10元优惠券",
        "满500元默认发顺丰",
    ],
)
def test_what_a_customer_tells_of_themselves_may_be_repeated(said: str) -> None:
    assert set(supports(said)) <= {"supported"}


@pytest.mark.parametrize("said", ["双11到11月11日结束", "应在11月7日20:16前发出，现在已经超时"])
def test_a_deadline_gone_by_binds_nobody(said: str) -> None:
    assert set(supports(said)) <= {"supported"}


def test_days_are_counted_from_the_day_after_receipt_whatever_the_month() -> None:
    dice = random.Random(3)
    wrong = []
    for _ in range(200):
        received = date(2024, 1, 1) + timedelta(days=dice.randrange(1200))
        days = dice.choice((7, 15, 30))
        last = received + timedelta(days=days)
        text = f"{last.year}年{last.month}月{last.day}日前都可以申请无理由退货"
        late = last + timedelta(days=1)
        wrong_text = f"{late.year}年{late.month}月{late.day}日前都可以申请无理由退货"
        for said, expected in ((text, "supported"), (wrong_text, "contradicted")):
            ticket = read_ticket(
                {
                    "id": "x",
                    "shop": "s",
                    "now": f"{received + timedelta(days=1)}T10:00:00+08:00",
                    "conversation": [{"role": "customer", "text": "还能退吗"}],
                    "order": {
                        "order_id": "A1",
                        "status": "delivered",
                        "delivered_at": f"{received}T09:00:00+08:00",
                    },
                }
            )
            case = given(ticket, {"returns#a": f"签收次日起{days}天内可申请无理由退货。"})
            supports = [
                one.support for one in keep_ledger(said, case, packs()).commitments if one.kind == "date"
            ]
            if supports[:1] != [expected] and not (
                expected == "contradicted" and supports[:1] == ["unsupported"]
            ):
                wrong.append((received, days, said, supports))
    assert wrong == []


REPLY = "抱歉，签收后7天内可以退货，运费我们承担，我今天给您登记，24小时内给您补发，赔您20元，不用寄回。"
KEPT = {
    "warmer": "签收后7天内都可以退货哦，运费我们来承担，今天就给您登记，24小时内补发，再赔您20元，不用寄回。",
    "shorter": "抱歉，7天内可退，运费我们承担，今天登记，24小时内补发，赔您20元，不用寄回。",
    "formal": "签收后7日内可以退货，运费由我们承担；今日为您登记，24小时内补发，并赔您20元，商品不用寄回。",
    "clearer": "1. 7天内可以退货，运费我们承担；2. 今天给您登记，24小时内补发，不用寄回；3. 赔您20元。",
}


@pytest.mark.parametrize("verb", KEPT)
def test_a_rewrite_of_every_verb_that_keeps_its_word_is_the_same(verb: str) -> None:
    assert differences(REPLY, KEPT[verb], rulepacks=packs(), today=TODAY) == ()


@pytest.mark.parametrize(
    ("now", "before", "kind"),
    [
        ("不用寄回", "不用寄回", None),
        ("24小时内给您补发", "尽快给您补发", "duration"),
        ("赔您20元", "赔您200元", "money"),
        ("24小时内给您补发", "24小时内给您回复", "action"),
        ("运费我们承担", "运费您承担", "right"),
        ("7天内可以退货", "7天内不能退货", "negation"),
        ("今天给您登记", "明天给您登记", "date"),
    ],
)
def test_what_a_rewrite_may_not_touch_is_told(now: str, before: str, kind: str | None) -> None:
    found = differences(REPLY, REPLY.replace(now, before), rulepacks=packs(), today=TODAY)
    assert (kind in {each.kind for each in found}) if kind else found == ()


@pytest.mark.parametrize(
    ("said", "english"),
    [
        ("7天内退款50元", "We refund 50 yuan within 7 days"),
        ("不能在3天内退款", "We cannot refund within 3 days"),
        ("11月15日前发货，订单A10034", "We ship before 15 November, order A10034"),
        ("八折，满200元可用", "20% off on orders over 200 yuan"),
    ],
)
def test_a_translation_says_the_same(said: str, english: str) -> None:
    assert differences(said, english, rulepacks=packs(), today=TODAY) == ()


@pytest.mark.parametrize(
    ("said", "english", "kind"),
    [
        ("7天内退款50元", "We refund 50 yuan within 17 days", "duration"),
        ("不能在3天内退款", "We can refund within 3 days", "negation"),
        ("11月15日前发货", "We ship before 25 November", "date"),
        ("退款50元", "We refund 50 dollars", "money"),
    ],
)
def test_a_translation_that_says_something_else_is_told(said: str, english: str, kind: str) -> None:
    found = differences(said, english, rulepacks=packs(), today=TODAY)
    assert kind in {each.kind for each in found}


def test_actions_are_commitments_with_what_they_rest_on() -> None:
    ticket = read_ticket(
        {
            "id": "x",
            "shop": "s",
            "now": "2026-11-12T10:00:00+08:00",
            "conversation": [{"role": "customer", "text": "碎了"}],
        }
    )
    case = given(ticket, {"damage#a": "破损的，核实后24小时内补发。"})
    kept = keep_ledger("我现在给您登记，24小时内给您补发，再帮您换新。", case, packs()).commitments
    actions = {one.value: (one.support, one.by) for one in kept if one.kind == "action"}
    assert actions["register"] == ("supported", ("agent",))
    assert actions["resend"] == ("supported", ("damage#a@1",))
    assert actions["exchange"] == ("unsupported", ())


def test_dates_counted_from_policy_match_an_oracle() -> None:
    dice = random.Random(6)
    for _ in range(2000):
        start = date(2023, 1, 1) + timedelta(days=dice.randrange(1500))
        days = dice.choice((1, 2, 3, 7, 10, 15, 30, 45, 90))
        after = after_days(start, f"{days}天")
        assert after == start + timedelta(days=days)
        months = dice.choice((1, 2, 3, 6, 12, 24))
        year, month = divmod(start.month - 1 + months, 12)
        last = monthrange(start.year + year, month + 1)[1]
        assert after_days(start, f"{months}个月") == date(start.year + year, month + 1, min(start.day, last))


def after_days(start: date, duration: str) -> date:
    """The last day of a period that begins with a day, as the ledger derives it."""
    length = read(duration, packs().words, start)[0]
    end = last_day(start, length, length.high)
    assert end is not None
    assert isinstance(end.low, date)
    return end.low


def test_working_days_leave_out_holidays() -> None:
    assert after_days(date(2026, 9, 30), "1个工作日") == date(2026, 10, 8)
