"""The order card, what was computed from it, and what is still missing."""

from decimal import Decimal

from retrieval.order import Order, OrderItem
from service.analysis import Fact
from ui.desk.markup import Child, Html, tag
from ui.desk.saying import Saying
from ui.desk.sitting import Work

STEPS = ("paid_at", "shipped_at", "delivered_at")


def case(work: Work, say: Saying) -> Html:
    """All the desk knows beside the conversation."""
    order = work.ticket.order
    missing = work.draft.analysis.missing if work.draft else ()
    return tag(
        "div",
        _missing(missing, say),
        _order(order, say) if order else tag("p", say("desk_no_order"), class_="empty"),
        _facts(work.facts, say),
        class_="case",
    )


def _missing(slots: tuple[str, ...], say: Saying) -> Html | None:
    """A field for each fact that is missing; what is filled in makes a new draft."""
    if not slots:
        return None
    fields = [
        tag("label", tag("span", say.ask(slot)), tag("input", type="text", name=slot, maxlength=500))
        for slot in slots
    ]
    go = tag("button", say("desk_fill"), data_do="fill", class_="go")
    return tag("div", tag("h3", say("missing")), fields, go, class_="missing")


def _order(order: Order, say: Saying) -> Html:
    number = tag("code", order.order_id)
    status = tag("span", say.named("status", order.status), class_=f"status {order.status}")
    return tag(
        "div",
        tag("div", tag("h3", say("order"), " ", number), status, class_="head"),
        tag("ul", [_item(item, say) for item in order.items], class_="goods"),
        _steps(order, say),
        _promises(order, say),
        _refunds(order, say),
        _tracking(order, say),
        tag("p", tag("b", say("desk_internal_note")), " ", order.notes, class_="internal")
        if order.notes
        else None,
        class_="order",
    )


def _item(item: OrderItem, say: Saying) -> Html:
    paid = say("desk_yuan", amount=_money(item.paid)) if item.paid is not None else ""
    spec = " · ".join(part for part in (item.spec, f"×{item.qty}" if item.qty else None) if part)
    return tag("li", tag("span", item.name or item.product_id or ""), tag("small", spec), tag("em", paid))


def _steps(order: Order, say: Saying) -> Html:
    """The order's road, with the times it has so far."""
    rows: list[Child] = []
    for field in STEPS:
        at = getattr(order, field)
        label = tag("b", say(f"desk_{field}"))
        due = ""
        if field == "shipped_at" and at is None and order.promised_ship_by:
            due = say("desk_promised_by", at=say.time(order.promised_ship_by))
        shown = tag("time", say.time(at) or due or "—")
        rows.append(tag("li", label, shown, class_="reached" if at else "ahead"))
    return tag("ol", rows, class_="steps")


def _promises(order: Order, say: Saying) -> Html | None:
    if not order.promises_made:
        return None
    rows = [
        tag(
            "li",
            each.text,
            tag("small", _joined(each.by, say("desk_due", at=say.time(each.due)) if each.due else "")),
        )
        for each in order.promises_made
    ]
    return tag("div", tag("h3", say("desk_promised")), tag("ul", rows), class_="promises")


def _refunds(order: Order, say: Saying) -> Html | None:
    if not order.refunds:
        return None
    rows = []
    for each in order.refunds:
        amount = say("desk_yuan", amount=_money(each.amount)) if each.amount is not None else ""
        rows.append(tag("li", _joined(say.time(each.at), amount, each.method, each.state, each.note)))
    return tag("div", tag("h3", say("desk_refunds")), tag("ul", rows), class_="refunds")


def _tracking(order: Order, say: Saying) -> Html | None:
    if not (order.tracking or order.carrier):
        return None
    carrier = " ".join(filter(None, [order.carrier, order.tracking_no]))
    events = [
        tag("li", tag("time", say.time(event.at)), tag("span", event.event or event.place or ""))
        for event in reversed(order.tracking)
    ]
    return tag(
        "div",
        tag("h3", say("desk_tracking"), " ", tag("code", carrier)),
        tag("ol", events),
        class_="tracking",
    )


def _facts(facts: tuple[Fact, ...], say: Saying) -> Html | None:
    if not facts:
        return None
    return tag(
        "div", tag("h3", say("computed")), tag("ul", [_fact(each, say) for each in facts]), class_="facts"
    )


def _fact(fact: Fact, say: Saying) -> Html:
    """What it is, its value, whether it is past, and how it came about."""
    state = None
    if fact.passed is not None:
        state = tag("em", say("desk_passed" if fact.passed else "desk_not_passed"))
    return tag(
        "li",
        tag("span", tag("b", say.fact(fact.key)), " ", say.value(fact.kind, fact.value), state),
        tag("small", say.derivation(fact.derivation)),
        class_="passed" if fact.passed else None,
        title=" ".join((fact.key, *fact.sources)),
    )


def _money(amount: Decimal | None) -> str:
    return f"{amount:.2f}" if amount is not None else ""


def _joined(*parts: str | None) -> str:
    return " · ".join(part for part in parts if part)
