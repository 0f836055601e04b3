"""`orders.json`: sample orders, read leniently from other people's exports."""

import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from retrieval.errors import ShopError
from retrieval.order import Order

ROUNDS = 4
"""Times an order is mended and read again; one field can hide another's problem."""


def read_order_list(
    text: str, *, source: str = "orders.json", timezone: str = "Asia/Shanghai"
) -> tuple[tuple[Order, ...], list[str]]:
    """The orders of a JSON list (or of `{"orders": […]}`), and what was odd about them."""
    try:
        data = json.loads(text) if text.strip() else []
    except (ValueError, RecursionError) as error:
        raise ShopError(f"{source}: not readable as JSON: {error}") from error
    if isinstance(data, dict):
        data = data.get("orders", [data])
    if not isinstance(data, list):
        raise ShopError(f"{source}: expected a list of orders, found a {type(data).__name__}")
    orders, warnings = [], []
    for number, item in enumerate(data):
        order, odd = _read(item, ZoneInfo(timezone))
        name = item.get("order_id", f"number {number}") if isinstance(item, dict) else f"number {number}"
        warnings += [f"{source}: order {name}: {problem}" for problem in odd]
        if order is not None:
            orders.append(order)
    return tuple(orders), warnings


def _read(item: Any, zone: ZoneInfo) -> tuple[Order | None, list[str]]:
    odd: list[str] = []
    for _ in range(ROUNDS):
        try:
            return Order.model_validate_json(json.dumps(item)), odd
        except ValidationError as error:
            problems = error.errors(include_url=False)
            for problem in problems:
                said = _mend(item, problem, zone)
                if said is None:
                    return None, [*odd, f"left out: {'.'.join(map(str, problem['loc']))}: {problem['msg']}"]
                odd.append(said)
    return None, [*odd, "left out: too many problems"]


def _mend(item: Any, problem: Any, zone: ZoneInfo) -> str | None:
    """Drop or mend one field in place; None where the order cannot do without it."""
    *path, last = problem["loc"] or ("",)
    where = ".".join(map(str, problem["loc"]))
    if not path and last in {"order_id", "status", ""}:
        return None
    holder = item
    for part in path:
        try:
            holder = holder[part]
        except (KeyError, IndexError, TypeError):
            return None
    if not isinstance(holder, dict) or last not in holder:
        return None
    value = holder[last]
    if problem["type"] == "timezone_aware" and isinstance(value, str):
        holder[last] = f"{value}{_offset(zone)}"
        return f"{where}: no time zone; the shop's is taken"
    del holder[last]
    return f"{where}: {problem['msg']}; ignored"


def _offset(zone: ZoneInfo) -> str:
    raw = datetime(2026, 1, 1, tzinfo=zone).strftime("%z")
    return f"{raw[:3]}:{raw[3:]}"
