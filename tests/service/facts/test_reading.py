"""Policy sentences of any shop are read into rules, or not at all."""

from decimal import Decimal

import pytest

from retrieval.snippet import Snippet
from service.facts.measure import amounts, durations, number
from service.facts.reading import rules
from service.facts.rule import Rule
from service.facts.sentence import sentences


def snippet(text: str, heading: str = "规则") -> Snippet:
    return Snippet(id="p#s", text=text, kind="policy", shop="x", heading=heading)


def windows(text: str, heading: str = "规则") -> list[Rule]:
    return [rule for rule in rules(snippet(text, heading)) if rule.kind == "window"]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("7", 7),
        ("七", 7),
        ("十", 10),
        ("十五", 15),
        ("二十四", 24),
        ("三十", 30),
        ("一百二十", 120),
        ("两", 2),
        ("半", "0.5"),
    ],
)
def test_chinese_numerals_are_numbers(written: str, value: object) -> None:
    assert number(written) == Decimal(str(value))


@pytest.mark.parametrize(
    ("text", "unit", "low", "high"),
    [
        ("签收后7天内", "day", 7, 7),
        ("3-5个工作日", "workday", 3, 5),
        ("1 至 3 个工作日", "workday", 1, 3),
        ("四十八小时", "hour", 48, 48),
        ("半年", "year", "0.5", "0.5"),
        ("两周", "week", 2, 2),
        ("within 30 days", "day", 30, 30),
        ("5 business days", "workday", 5, 5),
        ("十二个月", "month", 12, 12),
    ],
)
def test_durations_are_read_in_both_languages(text: str, unit: str, low: object, high: object) -> None:
    (found,) = durations(text)
    assert (found.unit, found.low, found.high) == (unit, Decimal(str(low)), Decimal(str(high)))


@pytest.mark.parametrize("text", ["2026年11月11日", "11月3日至11月11日", "每天 24:00 前", "12 件"])
def test_dates_and_clock_times_are_no_durations(text: str) -> None:
    assert durations(text) == ()


def test_money_and_percentages_are_told_apart() -> None:
    found = amounts("按实付金额的5%赔付，最低5元，最高￥50")
    assert [(each.kind, each.value) for each in found] == [
        ("percent", Decimal(5)),
        ("money", Decimal(5)),
        ("money", Decimal(50)),
    ]


@pytest.mark.parametrize(
    ("text", "topic", "anchor", "conditions"),
    [
        ("自签收次日起7天内，商品完好可无理由退货", "return", "delivered", {"no_reason"}),
        ("消费者自签收商品之日起七日内可以申请无理由退货", "return", "delivered", {"no_reason"}),
        ("质量问题签收后15天内可以退换", "return", "delivered", {"quality"}),
        ("仓库签收退货后3个工作日内退款", "refund", "received_back", set()),
        ("付款后48小时内发货", "dispatch", "paid", set()),
        ("签收后48小时内联系客服并提供破损照片", "report", "delivered", {"damage"}),
        ("购买之日起三十日内降价可以申请差价", "price_protection", "paid", set()),
        ("整机保修一年，自签收日起算", "warranty", "delivered", set()),
        ("Items may be returned within 30 days of delivery", "return", "delivered", set()),
        (
            "Refunds are issued within 5 business days after we receive the return",
            "refund",
            "received_back",
            set(),
        ),
    ],
)
def test_a_window_has_its_topic_anchor_and_conditions(
    text: str, topic: str, anchor: str, conditions: set[str]
) -> None:
    rule = windows(text)[0]
    assert (rule.topic, rule.anchor, set(rule.conditions)) == (topic, anchor, conditions)


def test_what_lies_beyond_a_duration_grants_nothing() -> None:
    assert windows("超过7天的不再受理，质量问题不受 7 天限制") == []


def test_staff_getting_in_touch_is_no_deadline_for_the_customer() -> None:
    assert windows("吃了不舒服的，主管1小时内与您联系")[0].topic == "handle"


def test_each_half_of_a_sentence_keeps_its_own_member_levels() -> None:
    first, second = windows("金卡、黑卡会员签收次日起 15 天内可以无理由退货，普卡、银卡是 7 天。")
    assert "level:金卡|黑卡" in first.conditions
    assert "level:普卡|银卡" in second.conditions


def test_who_pays_the_freight_is_read_for_each_case() -> None:
    found = {
        ("quality" in rule.conditions): rule.payer
        for rule in rules(snippet("无理由退货运费由买家承担；质量问题往返运费由店铺承担。"))
        if rule.kind == "payer"
    }
    assert found == {False: "customer", True: "shop"}


def test_letting_the_customer_choose_is_not_making_them_pay() -> None:
    found = [
        rule.payer
        for rule in rules(snippet("质量问题可以退货或维修，由您选，来回运费由我们承担。"))
        if rule.kind == "payer"
    ]
    assert found == ["shop"]


def test_compensation_has_its_bounds() -> None:
    (rule,) = (
        rule
        for rule in rules(snippet("逾期发货按实付金额的5%赔付，最低5元，最高50元。"))
        if rule.kind == "percent"
    )
    assert (rule.percent, rule.minimum, rule.maximum) == (Decimal(5), Decimal(5), Decimal(50))


def test_a_cut_off_is_found_beside_another_clock_time() -> None:
    found = [
        rule
        for rule in rules(snippet("每天上午10点截单，10点前付款当天发，10点后次日发"))
        if rule.kind == "cutoff"
    ]
    assert [rule.said for rule in found] == ["10点"]


def test_a_table_row_reads_as_a_sentence_and_quotes_the_row() -> None:
    text = "从我们同意退款时起算：\n\n| 方式 | 到账时间 |\n|---|---|\n| 信用卡 | 3 至 7 个工作日 |"
    (row,) = sentences(snippet(text))
    assert row.text == "信用卡，到账时间3 至 7 个工作日"
    assert row.quote in text
    assert windows(text)[0].anchor == "approved"


def test_a_short_list_is_one_statement_with_its_lead() -> None:
    text = "可以任选一种：\n1. 补发新的\n2. 全额退款"
    (whole,) = sentences(snippet(text))
    assert whole.text == "可以任选一种：①补发新的；②全额退款"
    assert whole.quote in text


def test_a_product_entry_states_its_warranty() -> None:
    entry = Snippet(
        id="product-A#specs", text="台灯；质保: 2年；价格: 99 元", kind="product", shop="x", applies_to=("A",)
    )
    (rule,) = rules(entry)
    assert (rule.topic, rule.said) == ("warranty", "2年")


def test_how_often_or_the_how_manieth_day_is_no_deadline() -> None:
    assert not windows("每个账号每 12 个月用 1 次。", "换货 · 换货规则")
    (only,) = windows("从签收第二天零点开始算 7 天，商品完好就能申请无理由退货，第 7 天 24:00 前提交即可。")
    assert (only.topic, only.said) == ("return", "7 天")


def test_words_in_brackets_do_not_name_the_topic() -> None:
    (rule,) = windows("自付款之日起 15 天内，本店的到手价（含店铺满减，不含会员券）比您实付的低，退差价。")
    assert (rule.topic, rule.anchor) == ("price_protection", "paid")


def test_a_noun_may_stand_between_the_event_and_its_time() -> None:
    (rule,) = windows("仓库收到旧壶 72 小时内验货。")
    assert (rule.topic, rule.anchor) == ("handle", "received_back")


def test_without_a_fault_is_not_a_fault() -> None:
    (rule,) = (
        rule for rule in rules(snippet("没有质量问题的退货，寄回运费由顾客承担。")) if rule.kind == "payer"
    )
    assert rule.conditions == {"no_reason"}


@pytest.mark.parametrize("text", ["常青享 95 折、退货期限 21 天。", "常青会员的退货期限是 21 天。"])
def test_a_right_of_a_member_level_is_only_theirs_whatever_it_is_called(text: str) -> None:
    (rule,) = windows(text, "会员 · 会员等级")
    assert "level:常青" in rule.conditions


def test_the_name_of_a_payment_service_is_no_payment_matter() -> None:
    (rule,) = windows("微信零钱、支付宝余额 24 小时内到。", "退款时间 · 退款多久到账")
    assert rule.topic == "refund"
