"""The situation of one issue: which flags hold, and what each slot of a line is filled with."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from prompts.playbook import Playbook
from retrieval.order import OrderItem
from retrieval.product import Product
from service.analysis import Fact, Issue
from service.case import Case
from service.composing import goods, sizing
from service.composing.composition import Source, Stated, Value
from service.composing.policy import FAULTS, PolicyWords
from service.composing.rewording import Reworder
from service.composing.selecting import Candidate, pairs
from service.composing.wording import Wording, has_chinese
from service.facts.computing import paid_total
from service.facts.timeline import timeline, truths
from service.facts.vocabulary import vocabulary, wish_finder

_FAULT_INTENTS = frozenset({"damage", "defect", "wrong_item", "missing_item"})
_STALLED_DAYS = 2
_STRONG = 2


class Situation:
    """What is known about one issue of a case. Lines and decisions are read against it."""

    def __init__(
        self,
        case: Case,
        issue: Issue,
        book: Playbook,
        *,
        query: int,
        reworder: Reworder,
        wording: Wording,
        stated: Stated,
        budget: int,
        cache: dict[tuple[int, str], tuple[Candidate, ...]] | None = None,
    ) -> None:
        self.case, self.issue, self.book = case, issue, book
        self.wording, self.stated = wording, stated
        self._reworder, self._query = reworder, query
        self.language = wording.language
        self.text = issue.text or case.ticket.question
        self.truths = self._truths()
        self.policy = PolicyWords(
            case,
            issue,
            book,
            query=query,
            truths=self.truths,
            reworder=reworder,
            wording=wording,
            stated=stated,
            budget=budget,
            cache={} if cache is None else cache,
        )

    def _truths(self) -> dict[str, bool]:
        case = self.case
        found = truths(case.ticket, case.analysis, text=self.text, products=case.products)
        intents = set(case.analysis.intents)
        if self.issue.intent in {"return", "exchange", "refund_status"} and intents & _FAULT_INTENTS:
            found["quality"] = True
        for intent, name in (
            ("damage", "damage"),
            ("defect", "quality"),
            ("wrong_item", "wrong"),
            ("missing_item", "missing"),
        ):
            if self.issue.intent == intent:
                found[name] = True
                found["no_reason"] = False
        if self.issue.intent == "exchange" and not any(found.get(name) for name in FAULTS):
            found.update(dict.fromkeys(FAULTS, False))
        return found

    # --- flags -------------------------------------------------------------------------------

    def holds(self, flag: str) -> bool:
        """Whether a flag of the playbooks holds: `a|b` either, `!a` not, `open.return:quality`…"""
        if "|" in flag:
            return any(self.holds(part) for part in flag.split("|"))
        if flag.startswith("!"):
            return not self.holds(flag[1:])
        head, _, rest = flag.partition(".")
        if rest:
            return self._family(head, rest)
        return self._plain(flag)

    def _family(self, head: str, rest: str) -> bool:
        if head == "has":
            return self.slot(rest) is not None
        if head in {"open", "passed"} and rest == "product_warranty":
            fact = self._fact("product.warranty_until")
            return fact is not None and fact.passed is (head == "passed")
        if head in {"open", "passed"}:
            deadline = self.policy.deadline(rest)
            return deadline is not None and deadline.passed is (head == "passed")
        if head in {"denied", "denied_opened"}:
            if head == "denied" and self.policy.excluded_by_nature():
                return True
            return self.policy.denial(rest, opened=head == "denied_opened") is not None
        if head == "is":
            return self.truths.get(rest, False)
        if head == "missing":
            return rest in self.asked
        if head == "wants":
            return rest in self._wishes
        if head == "facet":
            return any(word in self.text.lower() for word in vocabulary().facets[rest].customer)
        if head == "also":
            return rest in self.case.analysis.intents
        if head == "risk":
            return rest in self.case.analysis.risks
        if head == "stock":
            return self._stock(rest)
        if head == "allows":
            return self.policy.allows(rest) is not None
        if head == "stated":
            return rest in self.stated.measures
        raise ValueError(f"{self.book.intent}: flag {head}.{rest}: no such family of flags")

    def _plain(self, flag: str) -> bool:
        order = self.case.ticket.order
        status = order.status if order else ""
        known: dict[str, Callable[[], bool]] = {
            "order": lambda: order is not None,
            "no_order": lambda: order is None,
            "unshipped": lambda: status in {"unpaid", "paid"},
            "sent": lambda: bool(order) and status in {"shipped", "delivered"},
            "late": self._late,
            "stalled": lambda: status == "shipped" and self._days("idle_days") >= _STALLED_DAYS,
            "moving": lambda: status == "shipped",
            "refunding_any": lambda: (
                status in {"returning", "refunding", "refunded"} or bool(order and order.refunds)
            ),
            "fault": self._fault,
            "product": lambda: bool(self.products),
            "one_product": lambda: self.product is not None or self._item_name is not None,
            "unknown_spec": lambda: self.product is not None and goods.asks_unknown(self.product, self.text),
            "refund_old": lambda: self._refund_days() >= _OLD_REFUND_DAYS,
            "vague": lambda: len(self.text) < _VAGUE_CHARS,
            "photo": lambda: "photo" in self._wishes,
            "no_history": lambda: len(self.case.ticket.conversation) <= len(self.case.ticket.burst),
            "emotional": lambda: (
                self.case.analysis.strength >= 1 and self.case.analysis.emotion not in {"calm", "positive"}
            ),
            "strong": lambda: self.case.analysis.strength >= _STRONG,
            "escalate": lambda: self.case.analysis.escalation.needed,
        }
        if flag in known:
            return known[flag]()
        if flag in _STATUSES:
            return status == flag
        raise ValueError(f"{self.book.intent}: flag {flag}: no such flag")

    @cached_property
    def _wishes(self) -> frozenset[str]:
        return wish_finder().names(self.text if self.text.strip() else self.case.ticket.question)

    def _fault(self) -> bool:
        return any(self.truths.get(name) for name in FAULTS)

    def _late(self) -> bool:
        order = self.case.ticket.order
        due = self._ship_due
        return (
            bool(order)
            and order is not None
            and order.status == "paid"
            and due is not None
            and bool(due.passed)
        )

    @cached_property
    def _ship_due(self) -> Fact | None:
        own = self._fact("order.ship_by")
        return own or self.policy.deadline("dispatch")

    def _stock(self, which: str) -> bool:
        units = goods.stock(self.product) if self.product else None
        if which == "variant_out":
            return self._slot_variant_out() is not None
        if units is None:
            return False
        return units > 0 if which == "in" else units == 0

    def _refund_days(self) -> int:
        event = timeline(self.case.ticket.order, self.case.shop).get("requested")
        return (self.case.now.date() - event.at.date()).days if event else 0

    def _fact(self, key: str) -> Fact | None:
        return next((fact for fact in self.case.facts if fact.key == key), None)

    def _days(self, name: str) -> int:
        fact = self._fact(f"order.{name}")
        return int(fact.value[1:-1]) if fact else 0

    # --- what is asked ------------------------------------------------------------------------

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """The slots of the playbook that are missing and that this situation calls for."""
        return tuple(
            slot
            for slot in self.book.ask
            if slot in self.case.analysis.missing
            and all(self._ask_flag(flag) for flag in self.book.ask_if.get(slot, ()))
        )

    def _ask_flag(self, flag: str) -> bool:
        return self.holds(flag)

    # --- slots --------------------------------------------------------------------------------

    @cached_property
    def products(self) -> tuple[Product, ...]:
        """The catalogue's products that the issue is about."""
        if (
            self.case.products
            or self.book.cls not in {"pre_sale", "after_sale", "other"}
            or self.case.ticket.order
        ):
            return self.case.products
        found = goods.product_found(self.case.hits, self.text, query=self._query)
        return (found,) if found and self.issue.intent != "recommendation" else ()

    @property
    def product(self) -> Product | None:
        """The one product meant, if there is one."""
        if not self.products:
            return None
        items = self._items
        named = [each for each in self.products if each.name in self.text or each.id in self.text]
        if named:
            return named[0]
        item = self._item
        if item:
            return next((each for each in self.products if each.id == item.product_id), None)
        bought = [each for each in self.products if len(items) == 1 and each.id == items[0].product_id]
        return self.products[0] if len(self.products) == 1 else bought[0] if bought else None

    @cached_property
    def _items(self) -> tuple[OrderItem, ...]:
        """What was bought, without the gifts that came with it."""
        items = self.case.ticket.order.items if self.case.ticket.order else ()
        return tuple(item for item in items if item.paid is None or item.paid > 0)

    @cached_property
    def _item(self) -> OrderItem | None:
        """The one line of the order that the customer speaks of."""
        if len(self._items) <= 1:
            return self._items[0] if self._items else None
        said = pairs(self.text) or pairs(self.case.ticket.question)
        scores = [len(pairs(item.name or "") & said) for item in self._items]
        best = max(scores)
        return self._items[scores.index(best)] if best and scores.count(best) == 1 else None

    @cached_property
    def _item_name(self) -> str | None:
        return self._item.name if self._item else None

    def slot(self, name: str) -> Value | None:
        """The value of a slot, or None if nothing is known."""
        if name.endswith(".policy") or name in {"policy", "policy_more", "policy_fit"}:
            return self.policy.words(name)
        if "." in name:
            return self.policy.measure(name)
        maker = getattr(self, f"_slot_{name}", None)
        if maker is None:
            raise ValueError(f"{self.book.intent}: slot {{{name}}}: no such slot")
        made: Value | str | None = maker()
        return Value(made) if isinstance(made, str) and made else made if isinstance(made, Value) else None

    def _slot_product(self) -> str:
        name = self.product.name if self.product else self._item_name
        if not name or self._reworder.internal(name):
            return self.wording.format("item")
        return goods.short_name(name)

    def _slot_agent(self) -> str | None:
        name = self.case.shop.voice.agent_name
        return None if self.language == "en" and has_chinese(name) else name

    def _slot_back_by(self) -> str | None:
        return self._moment("service.verify_by")

    def _slot_supervisor_by(self) -> str | None:
        return self._moment("service.supervisor_by")

    def _slot_follow_up_by(self) -> str | None:
        return self._moment("service.follow_up_by")

    def _moment(self, key: str) -> str | None:
        fact = self._fact(key)
        return self.wording.moment(datetime.fromisoformat(fact.value)) if fact else None

    def _event_day(self, anchor: str) -> str | None:
        event = timeline(self.case.ticket.order, self.case.shop).get(anchor)
        return self.wording.day(event.at.date()) if event else None

    def _slot_paid_day(self) -> str | None:
        return self._event_day("paid")

    def _slot_shipped_day(self) -> str | None:
        return self._event_day("shipped")

    def _slot_delivered_day(self) -> str | None:
        return self._event_day("delivered")

    def _count(self, name: str) -> str | None:
        days = self._days(name)
        return str(days) if days >= 1 else None

    def _slot_idle_days(self) -> str | None:
        return self._count("idle_days")

    def _slot_paid_days(self) -> str | None:
        return self._count("paid_days")

    def _slot_ship_by(self) -> str | None:
        fact = self._fact("order.ship_by")
        return self.wording.fact(fact) if fact else None

    def _slot_due_ship(self) -> Value | None:
        due = self._ship_due
        return Value(self.wording.fact(due), self.policy.sources_of(due)) if due else None

    def _slot_carrier(self) -> str | None:
        order = self.case.ticket.order
        name = (order.carrier or "") if order else ""
        return name if name and self._sayable(name, _CARRIER_MAX) else None

    def _slot_event(self) -> str | None:
        last = self.case.ticket.order.last_event if self.case.ticket.order else None
        words = ((last.event or "") if last else "").strip("。. ")
        return words if words and self._sayable(words, _EVENT_MAX) else None

    def _slot_event_place(self) -> str | None:
        last = self.case.ticket.order.last_event if self.case.ticket.order else None
        place = ((last.place or "") if last else "").strip()
        return (
            place
            if place and self._sayable(place, _PLACE_MAX) and place not in (last.event or "" if last else "")
            else None
        )

    def _slot_event_time(self) -> str | None:
        last = self.case.ticket.order.last_event if self.case.ticket.order else None
        return self.wording.exact(last.at) if last and last.at else None

    def _sayable(self, words: str, longest: int) -> bool:
        """Whether words from outside may stand in the reply: short, no long numbers, no instructions."""
        if (
            len(words) > longest
            or self._reworder.internal(words)
            or (self.language == "en" and has_chinese(words))
        ):
            return False
        return not any(len(run) >= _LONG_NUMBER for run in _digit_runs(words))

    def _slot_paid_amount(self) -> str | None:
        total = paid_total(self.case.ticket)
        return self.wording.money(total) if total is not None else None

    def _slot_refund_amount(self) -> str | None:
        refunds = self.case.ticket.order.refunds if self.case.ticket.order else ()
        amount = refunds[-1].amount if refunds else None
        if amount is None:
            return None
        return f"{amount:.0f}" if amount == amount.to_integral() else f"{amount:.2f}"

    def _slot_refund_method(self) -> str | None:
        refunds = self.case.ticket.order.refunds if self.case.ticket.order else ()
        method = (refunds[-1].method or "") if refunds else ""
        return method if method and self._sayable(method, _PLACE_MAX) else None

    def _slot_refund_state(self) -> str | None:
        refunds = self.case.ticket.order.refunds if self.case.ticket.order else ()
        state = (refunds[-1].state or "") if refunds else ""
        return state if has_chinese(state) and self._sayable(state, _PLACE_MAX) else None

    def _slot_refund_day(self) -> str | None:
        return self._event_day("requested")

    def _slot_promise(self) -> str | None:
        made = self.case.ticket.order.promises_made if self.case.ticket.order else ()
        words = made[-1].text.strip("。. ") if made else ""
        return words if words and self._sayable(words, _EVENT_MAX) else None

    def _slot_promise_due(self) -> str | None:
        made = self.case.ticket.order.promises_made if self.case.ticket.order else ()
        due = made[-1].due if made else None
        return self.wording.exact(due) if due and due <= self.case.now else None

    def _slot_difference(self) -> str | None:
        items = self.case.ticket.order.items if self.case.ticket.order else ()
        named = [
            Decimal(each.value)
            for each in self.case.analysis.mentioned
            if each.kind == "amount" and _decimal(each.value)
        ]
        if len(items) != 1 or items[0].paid is None or not named:
            return None
        unit = items[0].paid / (items[0].qty or 1)
        for each in self.case.analysis.mentioned:
            before = self.case.ticket.question[: each.span[0]].rstrip()
            if each.kind == "amount" and before.endswith(vocabulary().drops) and _decimal(each.value):
                return self.wording.money(Decimal(each.value))
        lower = [value for value in named if unit / 2 < value < unit]
        return self.wording.money(unit - max(lower)) if lower else None

    # --- catalogue ----------------------------------------------------------------------------

    def _slot_price(self) -> Value | None:
        product = self.product
        if product is None or product.price is None:
            return None
        return Value(
            self.wording.money(product.price), goods.source_of(product, f"{product.price}", self.case.hits)
        )

    def _slot_spec(self) -> Value | None:
        if self.product is None:
            return None
        return goods.specs(self.product, self.text, self.case.hits, self.language) or goods.found_first(
            self.product, self.text, self.case.hits, query=self._query, language=self.language
        )

    def _slot_highlights(self) -> Value | None:
        return goods.highlights(self.product, self.language) if self.product else None

    def _slot_stock(self) -> str | None:
        units = goods.stock(self.product) if self.product else None
        return None if units is None else str(units)

    @cached_property
    def _variants(self) -> tuple[tuple[str, int], ...]:
        """The variants that the customer's words name, with the units in stock."""
        cell = goods.column(self.product, "stock_detail") if self.product else None
        rows = [row.split() for row in re.split(r"[;；]", cell[1])] if cell else []
        said = self.text.upper()
        return tuple(
            (" ".join(row[:-1]), int(row[-1]))
            for row in rows
            if len(row) > 1 and row[-1].isdigit() and _names_all(row[:-1], said)
        )

    def _variant_value(self, *, gone: bool) -> Value | None:
        names = [name for name, units in self._variants if (units == 0) is gone]
        shown = [name for name in names if self.language == "zh" or not has_chinese(name)][:3]
        if not shown or self.product is None:
            return None
        cell = goods.column(self.product, "stock_detail")
        source = goods.source_of(self.product, cell[1], self.case.hits) if cell else ()
        return Value(self.wording.list(shown), source)

    def _slot_variant_out(self) -> Value | None:
        return self._variant_value(gone=True)

    def _slot_variant_in(self) -> Value | None:
        return self._variant_value(gone=False)

    def _slot_presale(self) -> Value | None:
        return self._date_cell("presale")

    def _date_cell(self, role: str) -> Value | None:
        """A date of the catalogue, written as dates are; other words as they stand, if they may be shown."""
        cell = goods.column(self.product, role) if self.product else None
        if cell is None or self.product is None:
            return None
        sources = goods.source_of(self.product, cell[1], self.case.hits)
        try:
            return Value(self.wording.day(datetime.fromisoformat(cell[1].strip()).date()), sources)
        except ValueError:
            return Value(cell[1].strip(), sources) if self.language == "zh" else None

    def _slot_note(self) -> Value | None:
        return self._cell("note", longest=_CHART_MAX)

    def _slot_intact(self) -> Value | None:
        """Says nothing by itself: it is there when the policies ask for goods in original condition."""
        return self.policy.mentions(vocabulary().intact)

    def _slot_restock(self) -> Value | None:
        return self._date_cell("restock")

    @cached_property
    def _size(self) -> sizing.SizeFit | None:
        said = " ".join(turn.text for turn in self.case.ticket.conversation if turn.role == "customer")
        return sizing.size_fit(self.product, said, self.case.hits) if self.product else None

    def _slot_size(self) -> Value | None:
        return Value(self._size.size, self._size.source) if self._size and not self._size.outside else None

    def _slot_size_nearest(self) -> Value | None:
        return Value(self._size.size, self._size.source) if self._size and self._size.outside else None

    def _slot_size_other(self) -> str | None:
        return self._size.other if self._size else None

    def _slot_size_range(self) -> str | None:
        text = self._size.range if self._size else ""
        return None if self.language == "en" and has_chinese(text) else text

    def _slot_measured(self) -> str | None:
        text = self._size.measured if self._size else ""
        return None if self.language == "en" and has_chinese(text) else text

    def _slot_warranty_until(self) -> Value | None:
        fact = self._fact("product.warranty_until")
        if fact is None or self.product is None:
            return None
        cell = goods.column(self.product, "warranty")
        return Value(
            self.wording.fact(fact), goods.source_of(self.product, cell[1], self.case.hits) if cell else ()
        )

    def _slot_size_chart(self) -> Value | None:
        return self._cell("size_chart", longest=_CHART_MAX)

    def _slot_fit_note(self) -> Value | None:
        cell = self._cell("fit", longest=_EVENT_MAX)
        return Value(f"{cell.text}。", cell.sources) if cell and self.language == "zh" else cell

    def _slot_warranty_spec(self) -> Value | None:
        return self._cell("warranty", longest=_EVENT_MAX)

    def _cell(self, role: str, *, longest: int) -> Value | None:
        cell = goods.column(self.product, role) if self.product else None
        if cell is None or self.product is None or len(cell[1]) > longest:
            return None
        if self.language == "en" and has_chinese(cell[1]):
            return None
        return Value(goods.clean(cell[1]), goods.source_of(self.product, cell[1], self.case.hits))

    @cached_property
    def _picks(self) -> list[goods.Pick]:
        own = tuple(product.id for product in self.products) if self.issue.intent != "recommendation" else ()
        return goods.picks(self.case.hits, self.text, exclude=own)

    def _slot_picks(self) -> Value | None:
        if not self._picks or (self.language == "en" and not self._picks[0].price):
            return None
        shown, sources = [], []
        for pick in self._picks[:3]:
            price = self.wording.money(pick.price) if pick.price is not None else ""
            why = pick.why if self.language == "zh" or not has_chinese(pick.why) else ""
            details = "，".join(part for part in (price, why) if part)
            shown.append(
                f"{goods.short_name(pick.name)}（{details}）" if details else goods.short_name(pick.name)
            )
            sources.append(pick.source)
        return Value(self.wording.list(shown), tuple(sources))

    def _slot_alternative(self) -> Value | None:
        price = self.product.price if self.product else None
        category = self.product.category or self.product.specs.get("category", "") if self.product else ""
        fitting = [
            pick
            for pick in self._picks
            if (not category or pick.category == category)
            and (pick.name != self.product.name if self.product else True)
            and (self.issue.intent != "price_objection" or (price and pick.price and pick.price < price))
        ]
        if not fitting:
            return None
        best = fitting[0]
        cost = f"（{self.wording.money(best.price)}）" if best.price is not None else ""
        return Value(f"{goods.short_name(best.name)}{cost}", (best.source,))


_STATUSES = frozenset(
    ["unpaid", "paid", "shipped", "delivered", "returning", "refunding", "refunded", "closed"]
)
_OLD_REFUND_DAYS = 7
"""A refund that takes longer is looked into, whatever the rule says."""
_VAGUE_CHARS = 9
_LONG_NUMBER = 6
_CARRIER_MAX = 12
_PLACE_MAX = 20
_EVENT_MAX = 48
_CHART_MAX = 160


def _digit_runs(text: str) -> list[str]:
    runs, run = [], ""
    for sign in text:
        if sign.isdigit():
            run += sign
        elif sign not in " -":
            runs.append(run)
            run = ""
    return [*runs, run]


def _names_all(words: list[str], said: str) -> bool:
    """Whether a text names a variant: its size as a word of its own, its colour by any character pair."""
    sizes = [word for word in words if word.isascii()]
    colours = [word for word in words if not word.isascii()]
    return (
        bool(sizes or colours)
        and all(re.search(rf"(?<![A-Z0-9]){re.escape(size)}(?![A-Z0-9])", said) for size in sizes)
        and (not colours or any(colour in said for colour in colours) or bool(sizes))
    )


def _decimal(text: str) -> bool:
    try:
        Decimal(text)
    except ArithmeticError:
        return False
    return True


__all__ = ["Situation", "Source"]
