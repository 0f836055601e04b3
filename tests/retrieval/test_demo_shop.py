"""The demo shop's catalogue and sample orders: complete, consistent, and rich enough to try everything."""

import csv
import json
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import get_args

import pytest

import retrieval
from retrieval.order import Order, OrderStatus

DEMO = Path(retrieval.__file__).parent / "shops" / "demo"
NOW = datetime.fromisoformat("2026-11-12T20:00:00+08:00")

SENT = {"shipped", "delivered", "returning", "refunded"}


@pytest.fixture(scope="module")
def products() -> dict[str, dict[str, str]]:
    with (DEMO / "products.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["id"] for row in rows}) == len(rows)
    return {row["id"]: row for row in rows}


@pytest.fixture(scope="module")
def orders() -> tuple[Order, ...]:
    records = json.loads((DEMO / "orders.json").read_text(encoding="utf-8"))
    return tuple(Order.model_validate_json(json.dumps(record)) for record in records)


def test_there_are_enough_products_and_orders_and_their_ids_are_unique(
    products: dict[str, dict[str, str]], orders: tuple[Order, ...]
) -> None:
    assert len(products) >= 60
    assert len(orders) >= 40
    assert len({order.order_id for order in orders}) == len(orders)


def test_every_row_has_exactly_the_columns_of_the_header(products: dict[str, dict[str, str]]) -> None:
    for row in products.values():
        assert None not in row
        assert all(value is not None for value in row.values()), row["id"]


def test_prices_have_two_decimals_and_never_exceed_the_list_price(
    products: dict[str, dict[str, str]],
) -> None:
    for row in products.values():
        price, list_price = Decimal(row["price"]), Decimal(row["list_price"])
        assert price.as_tuple().exponent == list_price.as_tuple().exponent == -2, row["id"]
        assert 0 < price <= list_price, row["id"]


def test_stock_is_the_sum_of_its_details_and_what_is_sold_out_says_when_it_returns(
    products: dict[str, dict[str, str]],
) -> None:
    for row in products.values():
        details = [int(part.rsplit(" ", 1)[1]) for part in row["stock_detail"].split("; ") if part]
        if details:
            assert sum(details) == int(row["stock"]), row["id"]
        if row["stock"] == "0" or 0 in details:
            assert datetime.fromisoformat(row["restock_date"] + "T00:00:00+08:00") > NOW, row["id"]


def test_some_products_are_sold_out_some_on_presale_and_some_new(
    products: dict[str, dict[str, str]],
) -> None:
    fresh = (NOW - timedelta(hours=48)).date().isoformat()
    assert sum(row["stock"] == "0" for row in products.values()) >= 3
    assert sum(bool(row["presale_ship_by"]) for row in products.values()) >= 3
    assert sum(fresh < row["listed_on"] <= NOW.date().isoformat() for row in products.values()) >= 3


def test_every_order_line_names_a_product_of_the_catalogue(
    products: dict[str, dict[str, str]], orders: tuple[Order, ...]
) -> None:
    for order in orders:
        assert order.items, order.order_id
        for item in order.items:
            assert item.product_id in products, order.order_id
            assert item.name == products[item.product_id]["name"], order.order_id
            assert item.qty and item.qty >= 1, order.order_id


def test_nobody_paid_more_than_the_price_and_many_paid_less(
    products: dict[str, dict[str, str]], orders: tuple[Order, ...]
) -> None:
    reduced = 0
    for order in orders:
        for item in order.items:
            full = Decimal(products[item.product_id or ""]["price"]) * (item.qty or 1)
            if item.paid is not None:
                assert Decimal(0) <= item.paid <= full, order.order_id
                reduced += item.paid < full
    assert reduced >= 15


def test_every_status_occurs_at_least_twice(orders: tuple[Order, ...]) -> None:
    seen = [order.status for order in orders]
    assert all(seen.count(status) >= 2 for status in get_args(OrderStatus))


def test_statuses_agree_with_their_timestamps(orders: tuple[Order, ...]) -> None:
    for order in orders:
        name = f"{order.order_id} {order.status}"
        paid = all(item.paid is not None for item in order.items)
        assert paid == (order.paid_at is not None) == (order.promised_ship_by is not None), name
        assert (order.shipped_at is not None) == bool(order.carrier) == bool(order.tracking), name
        if order.status == "unpaid":
            assert order.paid_at is None and order.shipped_at is None, name
        if order.status == "paid":
            assert order.paid_at and order.shipped_at is None and order.delivered_at is None, name
        if order.status in SENT:
            assert order.shipped_at is not None, name
        if order.status in SENT - {"shipped"}:
            assert order.delivered_at is not None, name
        if order.status == "shipped":
            assert order.delivered_at is None, name


def test_refunds_agree_with_the_status_and_never_exceed_what_was_paid(orders: tuple[Order, ...]) -> None:
    for order in orders:
        name = f"{order.order_id} {order.status}"
        states = {refund.state for refund in order.refunds}
        if order.status in {"returning", "refunding", "refunded"}:
            assert states, name
        if order.status in {"refunded", "closed"}:
            assert states <= {"已退款"}, name
        if order.status in {"returning", "refunding"}:
            assert "已退款" not in states, name
        refunded = sum((refund.amount or Decimal(0) for refund in order.refunds), Decimal(0))
        assert refunded <= sum((item.paid or Decimal(0) for item in order.items), Decimal(0)), name


def test_timelines_run_forward_and_never_past_the_demo_evening(orders: tuple[Order, ...]) -> None:
    for order in orders:
        scans = [event.at for event in order.tracking]
        line = [order.paid_at, order.shipped_at, *scans, order.delivered_at]
        known = [at for at in line if at is not None]
        assert known == sorted(known), order.order_id
        refunds = [refund.at for refund in order.refunds if refund.at]
        assert refunds == sorted(refunds), order.order_id
        promised = [promise.at for promise in order.promises_made if promise.at]
        for at in (*known, *refunds, *promised):
            assert at <= NOW, order.order_id
            assert at.utcoffset() == timedelta(hours=8), order.order_id
        if order.paid_at and order.promised_ship_by:
            assert order.paid_at < order.promised_ship_by, order.order_id


def test_a_delivered_parcel_was_signed_for_when_the_order_says_so(orders: tuple[Order, ...]) -> None:
    for order in orders:
        if order.delivered_at and order.last_event:
            assert order.last_event.at == order.delivered_at, order.order_id


def test_the_cases_that_matter_are_there(orders: tuple[Order, ...]) -> None:
    delivered_days_ago = {(NOW.date() - o.delivered_at.date()).days for o in orders if o.delivered_at}
    assert {7, 8, 9} <= delivered_days_ago
    late = [o for o in orders if o.status == "paid" and o.promised_ship_by and o.promised_ship_by < NOW]
    assert late
    stuck = [
        o for o in orders
        if o.status == "shipped" and o.last_event and o.last_event.at
        and NOW - o.last_event.at > timedelta(days=4)
    ]  # fmt: skip
    assert stuck
    overdue = [p for o in orders for p in o.promises_made if p.due and p.due < NOW]
    assert len(overdue) >= 3
    methods = {refund.method for order in orders for refund in order.refunds}
    assert {"支付宝", "微信", "银行卡", "信用卡"} <= methods
    assert any("系统提示" in (order.notes or "") for order in orders)
    assert any(order.customer and order.customer.nickname == "Emma" for order in orders)


def test_no_nickname_or_note_carries_a_phone_number(orders: tuple[Order, ...]) -> None:
    for order in orders:
        text = (order.notes or "") + (order.customer.nickname or "" if order.customer else "")
        runs = "".join(c if c.isdigit() else " " for c in text).split()
        assert all(not (len(run) == 11 and run.startswith("1")) for run in runs), order.order_id
