"""What is said of an order: its days, parcel, refunds and promises, and by when the customer hears back."""

from datetime import datetime
from decimal import Decimal

from service.analysis import Fact
from service.case import Case
from service.composing.composition import Value
from service.composing.goods import short_name
from service.composing.meant import Meant
from service.composing.rewording import Reworder
from service.composing.ruling import Rulings
from service.composing.wording import Wording, has_chinese
from service.facts.computing import paid_total
from service.facts.timeline import timeline
from service.facts.vocabulary import pattern, vocabulary

_LONG_NUMBER = 6
_CARRIER_MAX = 12
_PLACE_MAX = 20
_EVENT_MAX = 48
_DAY = len("2026-01-01")


class OrderWords:
    """The slots that an order fills: `slot_<name>` gives the words, or None if nothing is known."""

    def __init__(
        self, case: Case, meant: Meant, *, rulings: Rulings, reworder: Reworder, wording: Wording
    ) -> None:
        self._case, self._meant, self._order = case, meant, case.ticket.order
        self._rulings, self._reworder, self._wording = rulings, reworder, wording

    def slot_agent(self) -> str | None:
        name = self._case.shop.voice.agent_name
        return None if self._wording.language == "en" and has_chinese(name) else name

    def slot_back_by(self) -> str | None:
        return self._moment("service.verify_by")

    def slot_supervisor_by(self) -> str | None:
        return self._moment("service.supervisor_by")

    def slot_follow_up_by(self) -> str | None:
        return self._moment("service.follow_up_by")

    def _moment(self, key: str) -> str | None:
        fact = self._case.fact(key)
        return self._wording.moment(datetime.fromisoformat(fact.value)) if fact else None

    def _event_day(self, anchor: str) -> str | None:
        event = timeline(self._order, self._case.shop).get(anchor)
        return self._wording.day(event.at.date()) if event else None

    def slot_paid_day(self) -> str | None:
        return self._event_day("paid")

    def slot_shipped_day(self) -> str | None:
        return self._event_day("shipped")

    def slot_delivered_day(self) -> str | None:
        return self._event_day("delivered")

    def days(self, name: str) -> int:
        """Whole days since an event: `idle_days`, `paid_days`…"""
        fact = self._case.fact(f"order.{name}")
        return int(fact.value[1:-1]) if fact else 0

    @property
    def ship_due(self) -> Fact | None:
        """By when it must be sent: as promised on the order, else by the rule."""
        return self._case.fact("order.ship_by") or self._rulings.deadline("dispatch")

    @property
    def refund_days(self) -> int:
        """Whole days since the refund was asked for."""
        event = timeline(self._order, self._case.shop).get("requested")
        return (self._case.now.date() - event.at.date()).days if event else 0

    def _count(self, name: str) -> str | None:
        days = self.days(name)
        return str(days) if days >= 1 else None

    def slot_idle_days(self) -> str | None:
        return self._count("idle_days")

    def slot_paid_days(self) -> str | None:
        return self._count("paid_days")

    def slot_ship_by(self) -> str | None:
        fact = self._case.fact("order.ship_by")
        return self._wording.fact(fact) if fact else None

    def slot_due_ship(self) -> Value | None:
        due, ruled = self.ship_due, self._rulings.deadline("dispatch")
        if due is None:
            return None
        same = ruled is not None and ruled.value[:_DAY] == due.value[:_DAY]
        return Value(self._wording.fact(due), self._rulings.sources_of(ruled if ruled and same else due))

    def slot_carrier(self) -> str | None:
        order = self._order
        name = (order.carrier or "") if order else ""
        return name if name and self._sayable(name, _CARRIER_MAX) else None

    def slot_event(self) -> str | None:
        last = self._order.last_event if self._order else None
        words = ((last.event or "") if last else "").strip("。. ")
        return words if words and self._sayable(words, _EVENT_MAX) else None

    def slot_event_place(self) -> str | None:
        last = self._order.last_event if self._order else None
        place = ((last.place or "") if last else "").strip()
        if self._wording.language == "en":
            return _romanised(place) or None
        return (
            place
            if place and self._sayable(place, _PLACE_MAX) and place not in (last.event or "" if last else "")
            else None
        )

    def slot_event_time(self) -> str | None:
        last = self._order.last_event if self._order else None
        return self._wording.exact(last.at) if last and last.at else None

    def _sayable(self, words: str, longest: int) -> bool:
        """Whether words from outside may stand in the reply: short, no long numbers, no instructions."""
        if (
            len(words) > longest
            or self._reworder.internal(words)
            or (self._wording.language == "en" and has_chinese(words))
        ):
            return False
        return not any(len(run) >= _LONG_NUMBER for run in _digit_runs(words))

    def slot_paid_amount(self) -> str | None:
        total = paid_total(self._case.ticket)
        return self._wording.money(total) if total is not None else None

    def slot_item_paid(self) -> str | None:
        """What was paid for the one thing spoken of."""
        item = self._meant.item
        return self._wording.money(item.paid) if item and item.paid is not None else None

    def slot_item_name(self) -> str | None:
        """Its name, where the order has more than one."""
        name = self._meant.item_name or ""
        several = len(self._meant.items) > 1
        return short_name(name) if several and name and self._sayable(name, _EVENT_MAX) else None

    def slot_cancel_amount(self) -> str | None:
        """What comes back if it is cancelled: the one thing spoken of, else the whole order."""
        return self.slot_item_paid() if self._meant.named else self.slot_paid_amount()

    def slot_refund_amount(self) -> str | None:
        refunds = self._order.refunds if self._order else ()
        amount = refunds[-1].amount if refunds else None
        if amount is None:
            return None
        return f"{amount:.0f}" if amount == amount.to_integral() else f"{amount:.2f}"

    def slot_refund_method(self) -> str | None:
        refunds = self._order.refunds if self._order else ()
        method = (refunds[-1].method or "") if refunds else ""
        return method if method and self._sayable(method, _PLACE_MAX) else None

    def slot_refund_state(self) -> str | None:
        refunds = self._order.refunds if self._order else ()
        state = (refunds[-1].state or "") if refunds else ""
        return state if has_chinese(state) and self._sayable(state, _PLACE_MAX) else None

    def slot_refund_day(self) -> str | None:
        return self._event_day("requested")

    def slot_promise(self) -> str | None:
        made = self._order.promises_made if self._order else ()
        words = made[-1].text.strip("。. ") if made else ""
        return words if words and self._sayable(words, _EVENT_MAX) else None

    def slot_promise_due(self) -> str | None:
        made = self._order.promises_made if self._order else ()
        due = made[-1].due if made else None
        return self._wording.exact(due) if due and due <= self._case.now else None

    def slot_difference(self) -> str | None:
        items = self._order.items if self._order else ()
        named = [
            Decimal(each.value)
            for each in self._case.analysis.mentioned
            if each.kind == "amount" and _decimal(each.value)
        ]
        if len(items) != 1 or items[0].paid is None or not named:
            return None
        unit = items[0].paid / (items[0].qty or 1)
        for each in self._case.analysis.mentioned:
            before = self._case.ticket.question[: each.span[0]].rstrip()
            if each.kind == "amount" and before.endswith(vocabulary().drops) and _decimal(each.value):
                return self._wording.money(Decimal(each.value))
        lower = [value for value in named if unit / 2 < value < unit]
        return self._wording.money(unit - max(lower)) if lower else None


def _romanised(place: str) -> str:
    """Province and city in Latin letters; nothing of what is more precise."""
    found = pattern("province").match(place)
    if not found:
        return ""
    from pypinyin import lazy_pinyin

    names = [found[1], *([found[2]] if found[2] else [])]
    return ", ".join("".join(lazy_pinyin(name)).capitalize() for name in reversed(names))


def _digit_runs(text: str) -> list[str]:
    runs, run = [], ""
    for sign in text:
        if sign.isdigit():
            run += sign
        elif sign not in " -":
            runs.append(run)
            run = ""
    return [*runs, run]


def _decimal(text: str) -> bool:
    try:
        Decimal(text)
    except ArithmeticError:
        return False
    return True
