"""Rules are applied to the order they hold for, and to no other."""

from datetime import datetime
from typing import Any

from retrieval.shop import ServiceLevels, Shop, WorkingHours
from retrieval.snippet import Hit, Snippet
from service.analysis import Analysis, Fact, Issue
from service.facts import compute
from service.facts.computing import in_working_hours
from service.ticket import Ticket, read_ticket

SHOP = Shop(id="x")


def ticket(text: str, **order: Any) -> Ticket:
    data: dict[str, Any] = {
        "id": "t",
        "now": "2026-11-12T20:15:00+08:00",
        "conversation": [{"role": "customer", "text": text}],
    }
    if order:
        data["order"] = {"order_id": "A", "status": "delivered", **order}
    return read_ticket(data)


def facts(told: Ticket, *texts: str, intent: str = "return") -> dict[str, Fact]:
    hits = [
        Hit(snippet=Snippet(id=f"p{i}#s", text=text, kind="policy", shop="x", heading="规则"), score=1.0)
        for i, text in enumerate(texts)
    ]
    issue = Issue(intent=intent, confidence=1.0, span=(0, len(told.question)), text=told.question)
    return {fact.key: fact for fact in compute(told, Analysis(issues=(issue,)), hits, SHOP)}


def test_a_return_window_ends_with_its_last_day() -> None:
    told = ticket("还能退吗", delivered_at="2026-11-03T16:22:00+08:00")
    fact = facts(told, "签收次日起7天内可以无理由退货")["return:no_reason.until"]
    assert (fact.value, fact.passed) == ("2026-11-10", True)
    assert "order.delivered_at" in fact.sources


def test_the_last_day_is_still_open() -> None:
    told = ticket("还能退吗", delivered_at="2026-11-05T00:10:00+08:00")
    assert facts(told, "签收后七日内可以无理由退货")["return:no_reason.until"].passed is False


def test_a_member_gets_the_members_window() -> None:
    text = "金卡、黑卡会员签收次日起 15 天内可以无理由退货，普卡、银卡是 7 天。"
    order = {"delivered_at": "2026-11-03T16:22:00+08:00"}
    gold = facts(ticket("想退", customer={"member_level": "黑卡"}, **order), text)
    plain = facts(ticket("想退", customer={"member_level": "普卡"}, **order), text)
    assert {fact.value for key, fact in gold.items() if key.startswith("return")} == {"2026-11-18"}
    assert {fact.value for key, fact in plain.items() if key.startswith("return")} == {"2026-11-10"}


def test_a_promotion_holds_only_for_orders_paid_in_it() -> None:
    text = "2026-10-31 至 2026-11-11 付款的订单，付款次日起 30 天内降价可以申请差价"
    inside = facts(ticket("降价了", paid_at="2026-11-01T10:00:00+08:00"), text)
    outside = facts(ticket("降价了", paid_at="2026-10-29T10:00:00+08:00"), text)
    assert inside["price_protection.until"].value == "2026-12-01"
    assert "price_protection.until" not in outside


def test_an_order_paid_after_the_cut_off_ships_the_next_day() -> None:
    text = "每天下午4点前付款的订单当日发出，之后的次日发出"
    early = facts(ticket("发货没", status="paid", paid_at="2026-11-11T15:59:00+08:00"), text)
    late = facts(ticket("发货没", status="paid", paid_at="2026-11-11T16:00:00+08:00"), text)
    assert early["dispatch.due"].value == "2026-11-11"
    assert late["dispatch.due"].value == "2026-11-12"


def test_compensation_is_held_between_its_bounds() -> None:
    told = ticket("赔多少", status="paid", items=[{"name": "裤", "paid": "40.00"}])
    found = facts(told, "逾期发货按实付金额的5%赔付，最低5元，最高50元。")
    assert [fact.value for key, fact in found.items() if key.startswith("compensation")] == ["5.00"]


def test_without_the_event_nothing_is_computed() -> None:
    assert not [key for key in facts(ticket("能退吗"), "签收后7天内可以退货") if key.startswith("return")]


def test_outside_working_hours_the_wait_begins_at_opening() -> None:
    shop = Shop(
        id="x",
        service_levels=ServiceLevels(verify_back_min=30),
        working_hours=WorkingHours(start="09:00", end="18:00", days=(1, 2, 3, 4, 5)),
    )
    friday_evening = datetime.fromisoformat("2026-11-13T20:00:00+08:00")
    due = in_working_hours(friday_evening, 30, shop)
    assert due == datetime.fromisoformat("2026-11-16T09:30:00+08:00")


def test_a_rule_for_orders_from_a_day_on_does_not_hold_for_earlier_ones() -> None:
    new = "2026-11-01 起付款的订单，付款次日起 25 天内降价退差价。"
    old = "2026-10-31 以前付款的订单，付款次日起 10 天内降价退差价。"
    early = facts(ticket("退差价", paid_at="2026-10-31T09:00:00+08:00"), new, old)
    late = facts(ticket("退差价", paid_at="2026-11-01T09:00:00+08:00"), new, old)
    assert early["price_protection.until"].value == "2026-11-10"
    assert late["price_protection.until"].value == "2026-11-26"


def test_a_fact_that_two_policies_give_names_both() -> None:
    told = ticket("还能退吗", delivered_at="2026-11-03T16:22:00+08:00")
    rule = "签收次日起7天内可以无理由退货。"
    fact = facts(told, rule, f"没有拆封的，{rule}")["return:no_reason.until"]
    assert {"p0#s", "p1#s"} <= {source.partition("@")[0] for source in fact.sources}
